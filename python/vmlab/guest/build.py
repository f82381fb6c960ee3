# SPDX-License-Identifier: 0BSD
"""Builds the prebuilt guests: `python -m vmlab.guest.build`. The manifest says from what sources they were made."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

GUEST = Path(__file__).parent
PROGRAMS = GUEST / "programs"
PREBUILT = GUEST / "prebuilt"
MANIFEST = PREBUILT / "manifest.json"

_LIBRARY = ("abi_linux*", "include/**/*.h", "lib/*")


def sources_sha256(program: Path) -> str:
    """Of the program and of all of the library, with their names, whatever the host's line ends."""
    files = sorted({path for pattern in _LIBRARY for path in GUEST.glob(pattern)})
    digest = hashlib.sha256()
    for path in [program, *files]:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(GUEST).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def build() -> None:
    """Compile every program and write the ELF files with a manifest."""
    from vmlab.program import c
    from vmlab.toolchain import find_compiler

    PREBUILT.mkdir(exist_ok=True)
    programs: dict[str, dict[str, str]] = {}
    for path in sorted(PROGRAMS.glob("*.c")):
        program = c(path).compile("linux")
        (PREBUILT / f"{program.name}.elf").write_bytes(program.elf)
        programs[program.name] = {"sources_sha256": sources_sha256(path), "elf_sha256": program.sha256}
        print(f"{program.name}.elf  {len(program.elf)} bytes")
    manifest = {"compiler": find_compiler().version, "programs": programs}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build()
