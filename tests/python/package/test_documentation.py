# SPDX-License-Identifier: GPL-2.0-only
"""What the documentation names is there."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import vmlab

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# A path in backticks: with a slash and only the characters of our own file names; `{hpp,cpp}` stands for both.
PATH = re.compile(r"`((?:src|python|tests|docs|cmake|benchmarks|notebooks|\.ci)/[\w./{},-]*)`")


def paths_in(text: str) -> list[str]:
    """The paths of this tree that a page names, with braces spelled out."""
    found = []
    for path in PATH.findall(text):
        head, brace, rest = path.partition("{")
        if not brace:
            found.append(path)
            continue
        choices, _, tail = rest.partition("}")
        found += [f"{head}{choice}{tail}" for choice in choices.split(",")]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_paths_exist(page: Path) -> None:
    missing = [path for path in paths_in(page.read_text(encoding="utf-8")) if not (ROOT / path).exists()]
    assert missing == []


def test_the_search_sees_paths() -> None:
    text = "`src/cpp/vm/fault.{hpp,cpp}` and `docs/conf.py`, not `PATH` nor `a/b`"
    assert paths_in(text) == ["src/cpp/vm/fault.hpp", "src/cpp/vm/fault.cpp", "docs/conf.py"]


def module_of_docs(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def event_table() -> ModuleType:
    return module_of_docs("event_table")


def test_every_event_and_field_is_on_the_page(event_table: ModuleType) -> None:
    definitions = (ROOT / "src" / "cpp" / "trace" / "events.def").read_text(encoding="utf-8")
    page = event_table.event_page(definitions)
    events = re.findall(r"^VMLAB_EVENT\(\w+, (\w+),", definitions, re.MULTILINE)
    fields = re.findall(r"^VMLAB_FIELD\(\w+, \w+, (\w+),", definitions, re.MULTILINE)
    assert len(events) > 10
    assert all(f"### {event}\n" in page for event in events)
    assert page.count("\n| `") == len(fields) + definitions.count("\nVMLAB_VALUE(")


def test_an_entry_that_cannot_be_read_is_an_error(event_table: ModuleType) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        event_table.event_page('VMLAB_EVENT(FaultEvent, fault,\n    "wrapped")')


def test_every_system_call_is_on_its_page() -> None:
    table = module_of_docs("syscall_table")
    definitions = (ROOT / "src" / "cpp" / "abi" / "linux" / "syscalls.def").read_text(encoding="utf-8")
    page = table.syscall_page(definitions)
    with vmlab.Lab() as lab:
        calls = lab.syscall_table
    assert len(calls) > 150
    assert all(f"| {number} | `{name}` |" in page for number, (name, _) in calls.items())
    assert page.count("\n| ") == len(calls) + 1
    with pytest.raises(ValueError, match="cannot read"):
        table.syscall_page('VMLAB_SYSCALL(1, exit, "q", sys_exit)')
