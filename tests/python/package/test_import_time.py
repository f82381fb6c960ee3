# SPDX-License-Identifier: GPL-2.0-only
"""`import vmlab` brings in nothing heavy: what a script does not use it does not wait for."""

import json
import subprocess
import sys

HEAVY = {"capstone", "elftools", "IPython", "matplotlib", "numpy", "pandas", "pydantic", "rich", "typer", "unicorn"}


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return set(json.loads(output))


def test_import_brings_in_nothing_heavy() -> None:
    loaded = modules_after("import vmlab")
    assert "vmlab" in loaded
    assert loaded & HEAVY == set()


def test_the_measure_sees_a_heavy_module() -> None:
    assert "rich" in modules_after("import rich") & HEAVY


def test_the_front_door_names_all_it_exports() -> None:
    code = "import vmlab\nmissing = [n for n in vmlab.__all__ if not hasattr(vmlab, n)]\nassert not missing, missing"
    subprocess.run([sys.executable, "-c", code], check=True)
