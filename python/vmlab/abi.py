# SPDX-License-Identifier: GPL-2.0-only
"""The names of ABIs."""

from __future__ import annotations

__all__ = ["family"]


def family(abi: str) -> str:
    """The system whose versions share a calling convention, a guest library and a layout, as "jos" of "jos-lab3".

    >>> family("jos-lab3"), family("xv6")
    ('jos', 'xv6')
    """
    return abi.partition("-")[0]
