# SPDX-License-Identifier: GPL-2.0-only
"""The committed stub of the extension is what the extension itself yields."""

import difflib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "python" / "vmlab" / "_core.pyi"


def test_committed_stub_is_current(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pybind11_stubgen", "vmlab._core", "--exit-code", "-o", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    fresh = (tmp_path / "vmlab" / "_core.pyi").read_text(encoding="utf-8").splitlines()
    committed = COMMITTED.read_text(encoding="utf-8").splitlines()
    difference = "\n".join(difflib.unified_diff(committed, fresh, "committed", "fresh", lineterm=""))
    assert not difference, f"run: pybind11-stubgen vmlab._core -o python\n{difference}"


def test_stub_names_no_machine() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    assert not re.search(r"0x[0-9a-f]{8,}>|/home/|/root/|/tmp/", text)
