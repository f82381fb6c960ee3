# SPDX-License-Identifier: GPL-2.0-only
"""Pages of the documentation, and the Python code on them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def page_text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def run_code(page: str, *, blocks: int) -> None:
    """Runs so many blocks of a page one after the other, as a reader would who types them in."""
    found = re.findall(r"^```python\n(.*?)^```$", page_text(page), re.MULTILINE | re.DOTALL)
    assert len(found) == blocks
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, page, "exec"), names)
