# SPDX-License-Identifier: GPL-2.0-only
"""The committed stub of the extension is what the extension itself yields.

`python -m tests.python.package.test_stubs` writes it anew.
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "python" / "vmlab" / "_core.pyi"


def write_stub(directory: Path) -> Path:
    """Writes vmlab/_core.pyi below `directory` from the installed extension; an expression that is none is an error."""
    options = ["--exit-code", "--enum-class-locations", "[A-Z][A-Za-z]+:vmlab._core", "-o", str(directory)]
    run = subprocess.run(
        [sys.executable, "-m", "pybind11_stubgen", "vmlab._core", *options], capture_output=True, text=True
    )
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    stub = directory / "vmlab" / "_core.pyi"
    stub.write_text(in_current_typing(stub.read_text(encoding="utf-8")), encoding="utf-8")
    return stub


def in_current_typing(text: str) -> str:
    """The generator's text in the form that type checkers want, and the same for every version of Python."""
    text = re.sub(r"^(    \w+): typing\.ClassVar\[\w+\]$", r"\1 = ...", text, flags=re.MULTILINE)
    text = re.sub(r"    @classmethod\n    def __new__\(cls, value\):\n(?: {8}.*\n)+", "", text)
    text = re.sub(r"    def __(?:release_)?buffer__\(self, \w+\):\n(?: {8}.*\n)+", "", text)
    text = re.sub(r"os\.PathLike(?!\[)", "os.PathLike[str]", text)
    return "# SPDX-License-Identifier: GPL-2.0-only\n" + re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


def test_committed_stub_is_current(tmp_path: Path) -> None:
    fresh = write_stub(tmp_path).read_text(encoding="utf-8").splitlines()
    committed = COMMITTED.read_text(encoding="utf-8").splitlines()
    difference = "\n".join(difflib.unified_diff(committed, fresh, "committed", "fresh", lineterm=""))
    assert not difference, f"run: python -m tests.python.package.test_stubs\n{difference}"


def test_stub_names_no_machine() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    assert not re.search(r"0x[0-9a-f]{8,}>|/home/|/root/|/tmp/", text)


if __name__ == "__main__":
    print(write_stub(ROOT / "python"))
