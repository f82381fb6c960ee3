# SPDX-License-Identifier: GPL-2.0-only
"""What the course's labs change in xv6, as fields of the memory profile: lazy sbrk, fork on write, demand loading."""

import pytest
from tests.python.xv6.running import finished, guest

import vmlab

PAGE = 4096

STEPS_AROUND_THE_SIZE = """
    char *end = (char *)sbrk(3 * 4096) + 3 * 4096;
    if (fork() == 0) { end[-1] = 1; dprintf(1, "sz-1 is there\\n"); _exit(0); }
    wait(NULL);
    if (fork() == 0) { *end = 1; dprintf(1, "sz is there\\n"); _exit(0); }
    wait(NULL);
    if (fork() == 0) { *(volatile char *)((unsigned)&argc / 4096 * 4096 - 1); dprintf(1, "the guard is there\\n"); }
    """


def test_lazy_sbrk_gives_a_page_below_the_size_and_kills_at_it() -> None:
    with finished(guest(STEPS_AROUND_THE_SIZE + "else wait(NULL);", name="lazy"), profile="xv6-lazy") as lab:
        size = lab.processes[0].maps.find(lab.processes[0].maps[-1].start).end
        there, at_size, guard = lab.console.decode().splitlines()
        assert there == "sz-1 is there"
        assert at_size.startswith("pid 3 lazy: trap 14 err 6 ")
        assert at_size.endswith(f" addr {size:#x}--kill proc")
        assert guard.startswith("pid 4 lazy: trap 14 err 5 ")
        (fault,) = lab.processes[1].faults
        assert (fault.address, fault.result) == (size - 1, "zero_fill")


def test_lazy_sbrk_counts_bytes_where_a_page_was_never_touched() -> None:
    program = guest("char *end = (char *)sbrk(100) + 100; *end = 1;", name="edge")
    with finished(program, profile="xv6-lazy") as lab:
        assert lab.console.startswith(b"pid 1 edge: trap 14 err 6 ")
    program = guest("char *end = (char *)sbrk(100) + 100; end[-1] = 1; *end = 1;")
    with finished(program, profile="xv6-lazy") as lab:
        assert lab.console == b""


def test_lazy_sbrk_takes_no_frame_and_may_promise_more_than_there_is() -> None:
    program = guest('printf("%d\\n", sbrk(300 << 20) != (void *)-1); printf("%d\\n", sbrk(0x7fffffff) == (void *)-1);')
    with finished(program, profile="xv6-lazy") as lab:
        assert lab.console == b"1\n1\n"
        assert lab.counters["peak_frames"] < 16


def test_memory_that_runs_out_at_a_fault_kills() -> None:
    touches = "for (int i = 0; i < 4 << 20; i += 4096) all[i] = 1;"
    program = guest(f"volatile char *all = sbrk(4 << 20); {touches}", name="hungry")
    with finished(program, profile="xv6-lazy", ram="2 MiB") as lab:
        line = lab.console.decode()
        assert line.startswith("pid 1 hungry: trap 14 err 6 on cpu 0 eip 0x")
        assert lab.counters["out_of_memory"] == 1


def test_memory_that_runs_out_in_a_system_call_kills() -> None:
    program = guest(
        """
        char *all = sbrk(4 << 20);
        int ends[2];
        pipe(ends);
        for (int i = 0; i < 4 << 20; i += 4096) { write(ends[1], "x", 1); read(ends[0], all + i, 1); }
        dprintf(1, "never\\n");
        """
    )
    with finished(program, profile="xv6-lazy", ram="2 MiB") as lab:
        assert lab.console == b""
        assert lab.processes[0].signal == 9


def test_system_calls_reach_pages_that_were_never_touched() -> None:
    program = guest(
        """
        char *page = sbrk(4096);
        int ends[2];
        pipe(ends);
        write(ends[1], page + 100, 5);
        printf("%d\\n", (int)read(ends[0], (char *)sbrk(4096) + 4090, 6));
        printf("%d\\n", (int)syscall(18, page));
        """
    )
    with finished(program, profile="xv6-lazy") as lab:
        assert lab.console == b"5\n-1\n"


COPIES = """
    char *page = sbrk(4096);
    *page = 'p';
    if (fork() == 0) {
        *page = 'c';
        dprintf(1, "%c", *page);
        _exit(0);
    }
    wait(NULL);
    dprintf(1, "%c\\n", *page);
    """


@pytest.mark.parametrize("fork", ["eager", "cow"])
def test_fork_copies_at_once_or_on_write(fork: str) -> None:
    with finished(guest(COPIES), fork=fork) as lab:
        assert lab.console == b"cp\n"
        results = {fault.result for fault in lab.events.faults}
        assert results == ({"copy_up", "move_up"} if fork == "cow" else set())


def test_a_write_to_the_kernel_kills_also_with_copy_on_write() -> None:
    program = guest("if (fork() == 0) *(volatile int *)0x80000000 = 1; wait(NULL);", name="cow")
    with finished(program, fork="cow") as lab:
        assert lab.console.startswith(b"pid 2 cow: trap 14 err 7 ")


def test_demand_loading_brings_a_page_from_the_disk_when_it_is_touched() -> None:
    program = guest('printf("%d %d\\n", table[9 * 4096], untouched[0]);',
                    before="static char table[10 * 4096] = {1}, untouched[8192];")  # fmt: skip
    with finished(program, image="demand") as lab:
        assert lab.console == b"0 0\n"
        faults = [fault for fault in lab.events.faults if fault.result == "page_in"]
        assert 0 < len(faults) < 8
        assert all(fault.major for fault in faults)
        assert len({fault.address.page for fault in faults}) == len(faults)
    with finished(program) as lab:
        assert len(lab.events.faults) == 0


def test_the_lab_of_all_three_runs_as_the_system_without() -> None:
    program = guest(STEPS_AROUND_THE_SIZE + "else wait(NULL);" + COPIES, name="same")
    consoles = []
    for fields in ({}, {"heap": "lazy", "fork": "cow", "image": "demand"}):
        with finished(program, **fields) as lab:
            consoles.append(lab.console)
    assert consoles[0] == consoles[1]


def test_the_profile_can_be_another_systems() -> None:
    with vmlab.Lab(abi="xv6", profile="linux", swap="1 MiB", frames=12) as lab:
        touches = "for (int i = 0; i < 160000; i += 4096) all[i % 80000] += i;"
        lab.spawn(guest(f"volatile char *all = sbrk(80000); {touches}"))
        assert lab.run().reason == "exited"
        assert lab.console == b""
        assert lab.counters["pages_swapped_out"] > 0
        lab.check()
