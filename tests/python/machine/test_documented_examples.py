# SPDX-License-Identifier: GPL-2.0-only
"""The code on the page about the bare machine runs, from top to bottom."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "machine.md"


def test_the_pages_code_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
