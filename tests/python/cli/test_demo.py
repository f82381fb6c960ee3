# SPDX-License-Identifier: GPL-2.0-only
"""What a student sees first: the demo, and the doctor."""

import os
import re
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "vmlab.cli"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **environment}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, encoding="utf-8", timeout=120, env=given)


@pytest.fixture(scope="module")
def story() -> str:
    done = run("demo", PATH="", VMLAB_CC="")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_tells_the_faults_in_order(story: str) -> None:
    numbers = [int(number) for number in re.findall(r"^Fault (\d+)", story, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 4


def test_each_fault_has_its_parts(story: str) -> None:
    count = len(re.findall(r"^Fault ", story, re.MULTILINE))
    for part in (r"^  error +\d = .*(is not present|forbid it)", r"^  kernel +\w+: ", r"^  entry ", r"^ +-> "):
        assert len(re.findall(part, story, re.MULTILINE)) == count, part


def test_the_demo_shows_the_main_ways_a_page_comes(story: str) -> None:
    for result in ("page_in", "zero_fill"):
        assert f"{result}: " in story


def test_the_demo_ends_with_the_map(story: str) -> None:
    ending = story[story.index("memory map") :]
    assert "[stack]" in ending
    assert "r-xp" in ending


def test_the_demo_is_no_paragraph_of_hex(story: str) -> None:
    lines = story.splitlines()
    assert max(map(len, lines)) <= 100
    assert not [line for line in lines if len(re.findall(r"0x[0-9a-f]{8}", line)) > 2]


def test_the_doctor_finds_what_is_here() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    for word in ("unicorn 2.1", "capstone 5.", "Python", "self-test", "one page fault"):
        assert word in done.stdout


def test_the_doctor_says_when_something_is_broken() -> None:
    code = """
import sys
sys.modules["vmlab.engine"] = None
from vmlab.doctor import examine
sys.exit(examine())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert "not working: engines, self-test" in done.stdout
