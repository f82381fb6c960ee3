# SPDX-License-Identifier: GPL-2.0-only
"""System calls in words: arguments by their letters, results, strings, and Linux's names."""

import errno
import os
import platform
import re
import signal
import sys
from pathlib import Path

import pytest
from tests.python.tiny_elf import BSS, exit_with, tiny_elf, write_out

import vmlab
from vmlab import jos_names
from vmlab.linux_names import ERRORS, SIGNALS, signal_name
from vmlab.views.syscall import quote, show_argument, show_result

ERRNO = Path(__file__).parents[3] / "src/cpp/abi/linux/errno.hpp"
JOS_HEADER = Path(__file__).parents[3] / "python/vmlab/guest/include/jos.h"
RENAMED = {"TOOBIG": "E2BIG", "OVERFLOWED": "EOVERFLOW"}  # where C++ cannot have the name


@pytest.mark.parametrize(
    ("kind", "word", "shown"),
    [
        *(("d", 3, "3"), ("d", 0xFFFFFFFF, "-1"), ("d", 0x80000000, "-2147483648")),
        *(("x", 0, "0"), ("x", 0x8000, "0x8000"), ("x", 0xFFFFFFFF, "0xffffffff")),
        *(("p", 0, "NULL"), ("p", 0xBFFFFFF0, "0xbffffff0"), ("s", 0, "NULL"), ("s", 16, "0x10")),
        *(("f", 0, "0"), ("f", 0xFFFFFFFF, "-1"), ("f", 0xFFFFFF9C, "AT_FDCWD"), ("d", 0xFFFFFF9C, "-100")),
    ],
)
def test_an_argument_by_its_letter(kind: str, word: int, shown: str) -> None:
    assert show_argument("linux", kind, word) == shown


def test_linuxs_names_are_for_linux_alone() -> None:
    assert show_argument("xv6", "f", 0xFFFFFF9C) == "-100"
    for abi in ("xv6", "pintos", "mine"):
        assert [show_result(abi, "open", result) for result in (-1, -2, -512)] == ["-1", "-2", "-512"]


@pytest.mark.parametrize(
    ("name", "result", "shown"),
    [
        ("read", 3, "3"),
        ("mmap2", 0xB7FFF000 - (1 << 32), "0xb7fff000"),
        ("brk", 0x804B000, "0x804b000"),
        ("mmap2", -12, "-1 ENOMEM (Cannot allocate memory)"),
        ("lseek", -4096, "-4096"),
        ("read", -4095, "-1 errno 4095 (unknown error)"),
        ("read", -512, "? ERESTARTSYS (To be restarted if SA_RESTART is set)"),
        ("futex", -513, "? ERESTARTNOINTR (To be restarted)"),
        ("pause", -514, "? ERESTARTNOHAND (To be restarted if no handler)"),
        ("nanosleep", -516, "? ERESTART_RESTARTBLOCK (Interrupted by signal)"),
    ],
)
def test_a_result(name: str, result: int, shown: str) -> None:
    assert show_result("linux", name, result) == shown


@pytest.mark.parametrize(
    ("abi", "name", "result", "shown"),
    [
        ("jos-lab4", "sys_page_map", -3, "-3 E_INVAL"),
        ("jos-lab3", "sys_env_destroy", -2, "-2 E_BAD_ENV"),
        ("jos", "sys_ipc_recv", -1, "-1"),
        ("jos-lab5", "sys_getenvid", 0x1000, "4096"),
        ("xv6", "sbrk", 0x4000, "0x4000"),
        ("xv6", "sbrk", -1, "-1"),
        ("pintos", "mmap", 1, "1"),
    ],
)
def test_a_result_of_another_system(abi: str, name: str, result: int, shown: str) -> None:
    assert show_result(abi, name, result) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"/etc/x", '"/etc/x"'),
        (b"", '""'),
        (b'\t\n\v\f\r"\\', r'"\t\n\v\f\r\"\\"'),
        (b"\x01a\x011\xff", r'"\1a\0011\377"'),
        (b"\xc3\xa9 \x7f", r'"\303\251 \177"'),
    ],
)
def test_a_string(data: bytes, shown: str) -> None:
    assert quote(data) == shown


def test_joss_errors_are_those_that_its_programs_know() -> None:
    named = re.findall(r"\b(E_\w+) = (\d+)", JOS_HEADER.read_text(encoding="utf-8"))
    assert {int(number): name for name, number in named} == jos_names.ERRORS


def test_every_error_of_the_kernel_has_a_name() -> None:
    members = re.findall(r"^    (\w+) = (\d+),$", ERRNO.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(members) > 30
    assert {int(number): RENAMED.get(name, f"E{name}") for name, number in members}.items() <= {
        number: name for number, (name, _) in ERRORS.items()
    }.items()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems number errors and signals otherwise")
def test_errors_and_signals_are_those_of_a_linux_host() -> None:
    for number, (name, text) in ERRORS.items():
        assert getattr(errno, name) == number
        if platform.libc_ver()[0] == "glibc":
            assert os.strerror(number) == text
    named = {name: number for number, name in enumerate(SIGNALS, 1)}
    assert {one.name: int(one) for one in signal.Signals if one < 32}.items() <= named.items()


def test_signals_have_names() -> None:
    assert [signal_name(number) for number in (1, 11, 31, 32, 64)] == [
        *("SIGHUP", "SIGSEGV", "SIGSYS", "SIGRT_0", "SIGRT_32")
    ]


def test_a_run_is_watched_as_it_happens() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(tiny_elf(write_out(BSS, 2), write_out(BSS, 3), exit_with(0)))
        seen: list[tuple[int, int, int]] = []
        names = ("syscall", "process_exited")
        stop = lab.run_watched(lambda event: seen.append((event.index, len(lab.events), len(process.stdout))), names)
        assert stop.reason == "exited"
        assert [written for _, _, written in seen] == [0, 2, 5, 5]
        assert [index for index, _, _ in seen] == [event.index for event in lab.events.of(*names)]
        assert all(there == index + 1 for index, there, _ in seen)


def test_what_a_watcher_raises_ends_the_run() -> None:
    def refuse(event: vmlab.Event) -> None:
        raise KeyError(event.name)

    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(exit_with(0)))
        with pytest.raises(KeyError, match="syscall"):
            lab.run_watched(refuse, ["syscall"])
        with pytest.raises(ValueError, match="falt"):
            lab.run_watched(refuse, ["falt"])
        with pytest.raises(ValueError, match="budget"):
            lab.run_watched(refuse, ["fault"], budget=-1)
