# SPDX-License-Identifier: GPL-2.0-only
"""What all tests need of the process that they run in."""

import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C work as in a terminal: a script's background job, as a CI's may be, starts with SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
