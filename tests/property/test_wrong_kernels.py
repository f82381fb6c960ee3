# SPDX-License-Identifier: GPL-2.0-only
"""That each mistake of wrong_kernels.py can still be made: `python -m tests.property.wrong_kernels` makes them."""

from __future__ import annotations

import re

import pytest
from tests.property.wrong_kernels import MISTAKES, Mistake, source_of


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_changes_one_place(mistake: Mistake) -> None:
    found = source_of(mistake).read_text(encoding="utf-8").count(mistake.right)
    assert found == 1, f"{mistake.file} has {found} times what the mistake replaces: choose its text anew"
    assert mistake.right != mistake.wrong
    assert not re.search(mistake.words, ""), "words that are found in everything"


def test_mistakes_are_told_apart_by_name() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
