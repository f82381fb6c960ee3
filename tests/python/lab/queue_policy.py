# SPDX-License-Identifier: GPL-2.0-only
"""A replacement policy in Python that keeps a list of its own."""

from collections.abc import Sequence

import vmlab
from vmlab.policy import Page


class Queue(vmlab.ReplacementPolicy):
    """First in, first out."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def on_insert(self, page: Page) -> None:
        self.pages.append(page)

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return self.pages[0]

    def on_evict(self, page: Page) -> None:
        self.pages.remove(page)
