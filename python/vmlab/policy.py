# SPDX-License-Identifier: GPL-2.0-only
"""Replacement policies: those that are built in, by name, and the base of those written in Python."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

from vmlab import _core
from vmlab._core import PolicyPage as Page
from vmlab.errors import PolicyError

__all__ = ["Page", "PolicyError", "ReplacementPolicy", "policy_names"]


class ReplacementPolicy:
    """Which page leaves memory: define `select_victim`, and of the others what you need.

    class Fifo(vmlab.ReplacementPolicy):
        def select_victim(self, candidates):
            return candidates[0]

    vmlab.simulate([1, 2, 3, 1, 4], frames=3, policy=Fifo)

    A page is the same object from `on_insert` to `on_evict`, and may be given attributes of your own. It has `number`,
    `identity` and `frame`; while `select_victim` or `on_tick` runs, `accessed`, `modified` and
    `test_and_clear_accessed()` too.
    """

    def on_insert(self, page: Page) -> None:
        """The page came into memory."""

    def on_access(self, page: Page) -> None:
        """The page was referenced; in a simulation called for each reference, after on_insert if it came in for it."""

    def on_tick(self, pages: Sequence[Page]) -> None:
        """A tick has passed; `pages` are those that might be evicted, in the order in which they came in."""

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        """One of `candidates`, the pages that may be evicted now, in the order in which they came in."""
        raise NotImplementedError(f"{type(self).__name__} has no select_victim: define it to return a candidate")

    def on_evict(self, page: Page) -> None:
        """The page left memory."""


def policy_names() -> tuple[str, ...]:
    """The names of the built-in policies."""
    return tuple(policy.name for policy in _core.policies())


def name_or_instance(policy: object, options: Mapping[str, object]) -> str | ReplacementPolicy:
    """The policy that a user means by a name, a class or an instance; the options of a class go to its constructor."""
    if isinstance(policy, str):
        _check_options(policy, options)
        return policy
    if isinstance(policy, type) and issubclass(policy, ReplacementPolicy):
        return policy(**options)
    if isinstance(policy, ReplacementPolicy):
        if options:
            raise TypeError(f"a policy that was made already takes no options, not {', '.join(options)}")
        return policy
    raise TypeError(
        f"{policy!r} is no replacement policy: give a name ({', '.join(policy_names())}), or a subclass of "
        "vmlab.ReplacementPolicy or an instance of one"
    )


def _check_options(name: str, options: Mapping[str, object]) -> None:
    known = {policy.name: [each for each in policy.options if each not in _NOT_OPTIONS] for policy in _core.policies()}
    if name not in known:
        raise ValueError(f'there is no replacement policy "{name}"; there are: {", ".join(known)}')
    unknown = [option for option in options if option not in known[name]]
    if unknown:
        takes = ", ".join(known[name]) or "no options"
        raise TypeError(f'the policy "{name}" takes {takes}, not {", ".join(unknown)}')


# What a user gives in another way: how often there are ticks, and what the references will be.
_NOT_OPTIONS = frozenset({"tick", "future"})

# The least and the largest value of each option.
_RANGES = {"seed": (0, 2**64 - 1), "tau": (1, 2**64 - 1), "hand_spread": (1, 2**32 - 1), "tick": (0, 2**64 - 1)}


def core_options(options: Mapping[str, object]) -> _core.PolicyOptions:
    """Checked, as the core takes them; names of other options are passed over."""
    made = _core.PolicyOptions()
    for name, (least, largest) in _RANGES.items():
        if name in options:
            setattr(made, name, whole_number(name, options[name], least, largest))
    return made


def whole_number(name: str, value: object, least: int, largest: int) -> int:
    """The value of the argument `name`; TypeError when it is no int, ValueError when it is out of range."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}={value!r}: give an int, {least} or more")
    number = operator.index(value)
    if not least <= number <= largest:
        raise ValueError(f"{name}={value!r}: give an int from {least} to {largest}")
    return number
