# SPDX-License-Identifier: GPL-2.0-only
"""The version and the console script are what the installed metadata says."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import vmlab

ROOT = Path(__file__).parents[3]


def test_one_version_everywhere() -> None:
    stated = re.search(r'__version__ = "([^"]+)"', (ROOT / "python" / "vmlab" / "_version.py").read_text())
    assert stated is not None
    assert vmlab.__version__ == stated[1]
    assert importlib.metadata.version("vmlab") == stated[1]


def test_console_script_is_the_command_line() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="vmlab")
    assert script.value == "vmlab.cli:main"


def test_console_script_runs() -> None:
    vmlab_script = shutil.which("vmlab", path=sysconfig.get_path("scripts"))
    assert vmlab_script is not None
    run = subprocess.run([vmlab_script, "--version"], capture_output=True, text=True, check=True)
    assert vmlab.__version__ in run.stdout


def test_package_is_marked_as_typed() -> None:
    assert (Path(vmlab.__file__).parent / "py.typed").is_file()


def test_supported_python() -> None:
    assert importlib.metadata.metadata("vmlab")["Requires-Python"] == ">=3.10"
    assert sys.version_info >= (3, 10)
