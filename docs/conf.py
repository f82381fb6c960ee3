# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx configuration: `sphinx-build -W docs docs/_build/html`, with the docs extra installed."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from event_table import event_page
from syscall_table import syscall_page

_root = Path(__file__).parents[1]

# The pages that are made from the tables in the source.
_generated = Path(__file__).parent / "_generated"
_generated.mkdir(exist_ok=True)
for _name, _table, _page in (
    ("events", "trace/events.def", event_page),
    ("linux_system_calls", "abi/linux/syscalls.def", syscall_page),
):
    _text = (_root / "src" / "cpp" / _table).read_text(encoding="utf-8")
    (_generated / f"{_name}.md").write_text(_page(_text), encoding="utf-8")

project = "vmlab"
author = "the vmlab authors"
project_copyright = "2026, the vmlab authors"

_version_file = _root / "python" / "vmlab" / "_version.py"
_stated = re.search(r'__version__ = "([^"]+)"', _version_file.read_text(encoding="utf-8"))
assert _stated is not None
release = _stated[1]

extensions = ["myst_nb"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"vmlab {release}"
