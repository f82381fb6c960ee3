# SPDX-License-Identifier: GPL-2.0-only
"""Hostile arguments: each call fails with -1 or the process dies by xv6's rule, and the kernel stays whole."""

import pytest
from tests.python.xv6.running import console_of, finished, guest

PLACES = {
    "the size": "(unsigned)sbrk(0)",
    "past the size": "(unsigned)sbrk(0) + 4096",
    "straddling the size": "(unsigned)sbrk(0) - 1",
    "the kernel": "0x80000000",
    "just below the kernel": "0x7fffffff",
    "the last byte": "0xffffffff",
    "a place that wraps": "0xfffffff0",
}

CALLS = {
    "read": "syscall(5, ends[0], at, 8)",
    "write": "syscall(16, 1, at, 8)",
    "pipe": "syscall(4, at)",
    "fstat": "syscall(8, 1, at)",
    "open": "syscall(15, at, 0)",
    "open to create": "syscall(15, at, 0x202)",
    "unlink": "syscall(18, at)",
    "link from": 'syscall(19, at, "new")',
    "link to": 'syscall(19, "guest", at)',
    "mkdir": "syscall(20, at)",
    "mknod": "syscall(17, at, 1, 1)",
    "chdir": "syscall(9, at)",
    "exec": "syscall(7, at, at)",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_pointer_must_end_within_the_size(call: str) -> None:
    places = ", ".join(PLACES.values())
    program = guest(
        f"""
        int ends[2];
        pipe(ends);
        write(ends[1], "12345678", 8);
        memset((char *)sbrk(4096), 'x', 4096);
        unsigned places[] = {{{places}}};
        for (int i = 0; i < {len(PLACES)}; i++) {{
            unsigned at = places[i];
            printf("%d ", (int)({CALLS[call]}));
        }}
        printf("%d\\n", (int)read(ends[0], (void *)ends, 8));
        """
    )
    assert console_of(program) == "-1 " * len(PLACES) + "8\n"


@pytest.mark.parametrize("number", [5, 16])
@pytest.mark.parametrize("count", ["-1", "0x80000000", "0x7fffffff"])
def test_a_count_below_0_or_too_large_fails(number: int, count: str) -> None:
    assert console_of(guest(f'printf("%d\\n", (int)syscall({number}, 1, argv, {count}));')) == "-1\n"


@pytest.mark.parametrize("descriptor", [3, 15, 16, 17, -1, 0x7FFFFFFF, -0x80000000])
def test_a_descriptor_that_is_not_open_fails(descriptor: int) -> None:
    calls = ("5, fd, argv, 4", "16, fd, argv, 4", "8, fd, argv", "10, fd", "21, fd")
    body = "".join(f'printf("%d ", (int)syscall({call}));' for call in calls)
    assert console_of(guest(f"int fd = {descriptor}; {body}")) == "-1 " * len(calls)


def test_arguments_are_looked_for_where_the_stack_pointer_says() -> None:
    program = guest(
        """
        unsigned end = (unsigned)sbrk(4096) + 4096;
        unsigned places[] = {end - 8, end - 7, end - 4, end, 0x7ffffffc, 0x80000000, 0xfffffffa, 0xfffffffc};
        for (int i = 0; i < 8; i++) {
            int result;
            __asm__ volatile("movl %%esp, %%edi; movl %2, %%esp; int $64; movl %%edi, %%esp"
                             : "=a"(result) : "0"(13), "b"(places[i]) : "edi", "memory");
            printf("%d ", result);
        }
        """
    )
    # sleep(0) works where the heap's last word is the argument; 0xfffffffc + 4 is address 0, which is the program.
    console = console_of(program)
    assert console.split()[:7] == ["0"] + ["-1"] * 6


def test_a_stack_pointer_that_leads_nowhere_is_no_trouble_until_it_is_used() -> None:
    with finished(guest('__asm__ volatile("movl $0x90000000, %esp; pushl $1");', name="off")) as lab:
        assert b"pid 1 off: trap 14 err " in lab.console
        assert lab.console.endswith(b" addr 0x8ffffffc--kill proc\n")


def test_a_read_may_write_over_the_program() -> None:
    program = guest(
        """
        int ends[2];
        pipe(ends);
        unsigned char jump[] = {0xeb, 0xfe};
        write(ends[1], jump, 2);
        printf("%d ", (int)read(ends[0], (void *)0, 2));
        volatile unsigned char *volatile start = 0;
        printf("%02x%02x\\n", start[0], start[1]);
        """
    )
    assert console_of(program) == "2 ebfe\n"
