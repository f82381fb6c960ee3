# SPDX-License-Identifier: GPL-2.0-only
"""The page about page replacement says what is there, and its code runs."""

import re

from tests.python.documentation import page_text, run_code

from vmlab import _core

PAGE = page_text("replacement.md")


def test_the_pages_code_runs() -> None:
    run_code("replacement.md", blocks=2)


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
