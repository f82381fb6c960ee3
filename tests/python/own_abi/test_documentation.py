# SPDX-License-Identifier: GPL-2.0-only
"""The page about an ABI of one's own says what is there, and its code runs."""

import inspect
import re

from tests.python.documentation import page_text, run_code

import vmlab

PAGE = page_text("your_own_abi.md")


def test_the_pages_code_runs() -> None:
    run_code("your_own_abi.md", blocks=2)


def test_every_attribute_stands_there_with_its_default() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.*?) ?\| ", PAGE, re.MULTILINE)
    found: dict[str, str] = {}
    for attributes, defaults in rows:
        named = re.findall(r"`(\w+)`", attributes)
        shown = re.findall(r"`([^`]+)`", defaults)
        if named[0] in vars(vmlab.Abi):
            found |= dict(zip(named, shown or [""] * len(named), strict=True))
    public = {name: value for name, value in vars(vmlab.Abi).items() if not name.startswith("_")}
    attributes = {name: value for name, value in public.items() if not inspect.isfunction(value)}
    assert set(found) == set(attributes)
    assert found.pop("name") == attributes.pop("name") == ""
    assert found.pop("stack_top") == "kernel_window"
    assert attributes.pop("stack_top") is None
    assert {name: eval(text) for name, text in found.items()} == attributes


def test_everything_that_a_handle_has_is_named() -> None:
    public = [name for name in vars(vmlab.ProcessHandle) if not name.startswith("_")]
    assert [name for name in public if not re.search(rf"`{name}\b", PAGE)] == []
