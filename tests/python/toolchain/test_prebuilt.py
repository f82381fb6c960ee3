# SPDX-License-Identifier: GPL-2.0-only
"""The prebuilt guests are those that their sources make."""

import hashlib
import json

from tests.python.toolchain.programs import require_compiler

from vmlab.guest.build import GUEST, MANIFEST, PREBUILT, PROGRAMS, sources_sha256
from vmlab.program import c, prebuilt
from vmlab.toolchain import find_compiler

RECORDED = json.loads(MANIFEST.read_text(encoding="utf-8"))


def test_every_program_is_built_from_the_sources_as_they_are() -> None:
    current = {path.stem: sources_sha256(path) for path in PROGRAMS.glob("*.c")}
    recorded = {name: entry["sources_sha256"] for name, entry in RECORDED["programs"].items()}
    assert recorded == current, "run: python -m vmlab.guest.build"


def test_the_files_are_those_that_were_built() -> None:
    current = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in PREBUILT.glob("*.elf")}
    assert current == {name: entry["elf_sha256"] for name, entry in RECORDED["programs"].items()}


def test_the_same_compiler_builds_the_same_bytes() -> None:
    require_compiler()
    built = {path.stem: c(path).compile() for path in PROGRAMS.glob("*.c")}
    if find_compiler().version == RECORDED["compiler"]:
        assert built == {name: prebuilt(name) for name in built}
    for name, program in built.items():
        assert bytes(GUEST) not in program.elf, f"{name} holds a path of this machine"
