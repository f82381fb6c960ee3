# SPDX-License-Identifier: GPL-2.0-only
"""The page about page replacement says what is there, and its code runs."""

import re
from pathlib import Path

from vmlab import _core

PAGE = (Path(__file__).parents[3] / "docs" / "replacement.md").read_text(encoding="utf-8")


def test_the_pages_code_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "replacement.md", "exec"), names)


def test_every_policy_stands_there_with_its_options_and_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (.*)\|$", PAGE, re.MULTILINE))
    defaults = _core.PolicyOptions()
    assert list(rows) == [policy.name for policy in _core.policies()]
    for policy in _core.policies():
        taken = [option for option in policy.options if option != "future"]
        assert re.findall(r"`(\w+)`", rows[policy.name]) == taken
        for option, default in re.findall(r"`(\w+)` \((\d+)\)", rows[policy.name]):
            assert getattr(defaults, option) == int(default)


def test_the_policies_that_need_each_access_are_named() -> None:
    sentence = re.search(r"^(.*) go by each single access", PAGE, re.MULTILINE)
    assert sentence is not None
    needing = [policy.name for policy in _core.policies() if policy.needs == _core.PolicyNeeds.EVERY_ACCESS]
    assert re.findall(r"`(\w+)`", sentence[1]) == needing
