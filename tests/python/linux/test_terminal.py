# SPDX-License-Identifier: GPL-2.0-only
"""The lab's terminal: what a person types and sees there is what they see on the host's."""

import os
import platform
import select
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.python.linux.host import compile_program, folder_named_by, require_native

import vmlab

QUIET = 0.15  # seconds after which a program on the host is taken to wait for more

SIGNALS = ("\x03", "\x1a", "\x1c")
KEYS = [
    "hello\n",
    "helpX\x7f\x7flo\n",
    "gone\x15kept\n",
    "two words\x17more\n",
    "a\tb\t\x7fc\n",
    "\x16\x03x\n",
    "pieces\n",
    "\x04",
    "text\x04",
    "more\n",
    "ab\x7fc\x01d\x15last\n",
    "secret\n",
    "xyz",
    "12345",
    "half",
    "\x03",
    "\x1c",
    "end\n",
]

SHELL = [
    "echo one; read x; echo $x\n",
    "two\n",
    "cat\n",
    "through cat\n",
    "\x04",
    "sleep 100\n",
    "\x03",
    "echo status $?\n",
    "sleep 50\n",
    "\x1a",
    "jobs\n",
    "kill %1; wait %1; echo $?\n",
    "cat > f &\n",
    "jobs\n",
    "fg\n",
    "into f\n",
    "\x04",
    "cat f; tty > /dev/null; echo $?\n",
    "stty -a | head -n 1; stty -echo; echo hidden; stty echo\n",
    "exit 3\n",
    "exit 3\n",
]


def on_the_host(command: Sequence[str], executable: Path, env: dict[str, str], keys: list[str], folder: Path) -> bytes:
    """What a terminal of the host's shows when each text is typed as soon as nothing more is written."""
    import fcntl
    import pty
    import struct
    import termios

    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        os.chdir(folder)
        os.execve(executable, list(command), env)
    shown = b""
    for text in [*keys, ""]:
        while select.select([master], [], [], QUIET)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:  # everybody has closed it
                piece = b""
            shown += piece
            if not piece:
                break
        if text:
            os.write(master, text.encode())
    os.close(master)
    os.waitpid(pid, 0)
    return shown


def require_terminals() -> None:
    require_native()
    if platform.system() != "Linux":
        pytest.skip("terminals are compared on Linux")


def type_all(lab: vmlab.Lab, keys: list[str]) -> None:
    """Each text when somebody waits for it; a signal along with the line before it, as simulated time does not wait."""
    for text, after in zip(keys, [*keys[1:], ""], strict=True):
        if not text.startswith(SIGNALS):
            lab.run()
        lab.type(text)
        if not after.startswith(SIGNALS):
            lab.run()


def lines(screen: bytes) -> list[str]:
    return screen.decode().split("\n")


def test_lines_bytes_and_signals_are_the_hosts(tmp_path: Path) -> None:
    require_terminals()
    program = compile_program("terminal_lines", tmp_path)
    expected = on_the_host(["terminal_lines"], program, {}, KEYS, tmp_path)
    with vmlab.Lab() as lab:
        process = lab.spawn(program, terminal=True)
        type_all(lab, KEYS)
        assert lines(lab.terminal.screen) == lines(expected)
        assert process.exit_status == 0
        lab.check()


def test_a_shell_with_jobs_is_the_hosts(tmp_path: Path) -> None:
    require_terminals()
    busybox = folder_named_by("VMLAB_TEST_BUSYBOX", "Debian's static i386 busybox")
    (tmp_path / "native").mkdir()
    env = {"LANG": "C", "PATH": "/none", "PS1": "> ", "TERM": "dumb"}
    expected = on_the_host(["sh"], busybox, env, SHELL, tmp_path / "native")
    with vmlab.Lab() as lab:
        shell = lab.spawn(busybox, args=["sh"], env=env, terminal=True)
        type_all(lab, SHELL)
        assert lines(lab.terminal.screen) == lines(expected)
        assert shell.exit_status == 3
        assert lab.terminal.session is None
        lab.check()


def test_a_session_replays(tmp_path: Path) -> None:
    program = compile_program("terminal_lines", tmp_path)
    with vmlab.Lab() as lab:
        lab.spawn(program, stdin="".join(KEYS[:4]), terminal=True)
        assert lab.run().reason == "input"
        lab.type(KEYS[4])
        lab.run()
        lab.save(tmp_path / "run")
        with vmlab.replay(tmp_path / "run") as again:
            assert again.terminal == lab.terminal
            assert again.events.to_bytes() == lab.events.to_bytes()


def test_one_program_at_a_time_has_the_terminal(tmp_path: Path) -> None:
    program = compile_program("terminal_lines", tmp_path)
    with vmlab.Lab() as lab:
        lab.spawn(program, terminal=True)
        with pytest.raises(ValueError, match="terminal belongs to process 1"):
            lab.spawn(program, terminal=True)
        lab.run()
        lab.check()
