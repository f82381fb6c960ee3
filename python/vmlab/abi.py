# SPDX-License-Identifier: GPL-2.0-only
"""The names of ABIs."""

from __future__ import annotations

__all__ = ["convention", "family"]

_RENUMBERED = ("jos-lab5",)


def family(abi: str) -> str:
    """The system whose versions share a calling convention, a guest library and a layout, as "jos" of "jos-lab3".

    >>> family("jos-lab3"), family("xv6")
    ('jos', 'xv6')
    """
    return abi.partition("-")[0]


def convention(abi: str) -> str:
    """What a program is built for: the family's calls, or the version's own where it numbers them in another way.

    >>> convention("jos-lab4"), convention("jos-lab5")
    ('jos', 'jos-lab5')
    """
    return abi if abi in _RENUMBERED else family(abi)
