# SPDX-License-Identifier: GPL-2.0-only
"""`vmlab run --terminal`: a program at the lab's terminal, and our own standard input at its keyboard."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from vmlab.lab import Lab, Stop

_END_OF_FILE = b"\x04"


def run_at_terminal(lab: Lab, run: Callable[[], Stop]) -> Stop:
    """Runs the lab, shows its screen, and types a line of ours when it waits for one; at our end, an end of file."""
    shown = 0
    ended = False
    with _silent_keyboard():
        while True:
            stop = run()
            screen = lab.terminal.screen
            sys.stdout.buffer.write(screen[shown:])
            sys.stdout.buffer.flush()
            shown = len(screen)
            if stop.reason != "input" or ended:
                return stop
            line = sys.stdin.buffer.readline() if sys.stdin is not None else b""
            ended = line == b""
            lab.type(line or _END_OF_FILE)


@contextlib.contextmanager
def _silent_keyboard() -> Iterator[None]:
    """What is typed on a terminal of ours is shown by the lab's, and not twice."""
    try:
        import termios
    except ImportError:
        yield
        return
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSANOW, silent)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
