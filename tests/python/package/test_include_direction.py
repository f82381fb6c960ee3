# SPDX-License-Identifier: GPL-2.0-only
"""The rooms of src/cpp include each other in one direction only, and each third party has one door."""

import fnmatch
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# A room may include itself and the rooms before it.
ROOMS = ("base", "trace", "machine", "vm", "kernel", "abi", "bindings")

# Where a third party's headers may be included.
DOORS = {
    "unicorn/": ("machine/cpu_unicorn*", "machine/engine_library*"),
    "capstone/": ("machine/instruction*", "machine/engine_library*"),
    "pybind11/": ("bindings/*",),
    "Python.h": ("bindings/*",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def violations(source: Path) -> list[str]:
    """Every include below `source` that breaks a rule, as `file: what is wrong`."""
    found = []
    for path in sorted(source.rglob("*")):
        if path.suffix not in {".hpp", ".cpp", ".def", ".h", ".inc"}:
            continue
        name = path.relative_to(source).as_posix()
        room = name.split("/")[0]
        if room not in ROOMS:
            found.append(f"{name}: {room} is no room")
            continue
        for quote, target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            found += [f"{name}: {wrong}" for wrong in _wrong_with(source, name, room, quote, target)]
    return found


def _wrong_with(source: Path, name: str, room: str, quote: str, target: str) -> list[str]:
    wrong = []
    target_room = target.split("/")[0]
    if target_room in ROOMS and "/" in target:
        if ROOMS.index(target_room) > ROOMS.index(room):
            wrong.append(f"{room} includes {target}, which lies to the right of it")
        if not (source / target).is_file():
            wrong.append(f"includes {target}, which does not exist")
    elif quote == '"':
        wrong.append(f"includes {target} by another path than its room's")
    for header, doors in DOORS.items():
        if target.startswith(header) and not any(fnmatch.fnmatch(name, door) for door in doors):
            wrong.append(f"includes {target} outside of {', '.join(doors)}")
    return wrong


def test_includes_point_leftwards() -> None:
    source = ROOT / "src" / "cpp"
    assert {path.name for path in source.iterdir()} == set(ROOMS)
    assert violations(source) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "base/address.hpp": "#pragma once\n#include <cstdint>\n",
        "trace/tracer.hpp": '#include "base/address.hpp"\n',
        "machine/mmu.hpp": '#include "base/address.hpp"\n#include "trace/tracer.hpp"\n',
        "machine/cpu_unicorn.cpp": "#include <unicorn/unicorn.h>\n",
        "vm/fault.cpp": '#include "machine/mmu.hpp"\n',
        "bindings/module.cpp": "#include <pybind11/pybind11.h>\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_tree_that_obeys_passes(tree: Path) -> None:
    assert violations(tree) == []


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("base/result.hpp", '#include "trace/tracer.hpp"', "lies to the right"),
        ("trace/journal.hpp", '#include "machine/mmu.hpp"', "lies to the right"),
        ("machine/pmap.cpp", '  #  include   "vm/fault.cpp"', "lies to the right"),
        ("vm/object.hpp", "#include <bindings/module.cpp>", "lies to the right"),
        ("kernel/trap.cpp", '#include "machine/absent.hpp"', "does not exist"),
        ("machine/tlb.cpp", '#include "mmu.hpp"', "by another path"),
        ("machine/tlb.cpp", '#include "../base/address.hpp"', "by another path"),
        ("vm/page.cpp", "#include <unicorn/unicorn.h>", "outside of"),
        ("kernel/page.cpp", "#include <capstone/capstone.h>", "outside of"),
        ("abi/page.cpp", "#include <pybind11/stl.h>", "outside of"),
        ("common/page.cpp", "", "is no room"),
    ],
)
def test_a_tree_that_disobeys_fails(tree: Path, name: str, text: str, wrong: str) -> None:
    path = tree / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    (found,) = violations(tree)
    assert found.startswith(name)
    assert wrong in found
