# SPDX-License-Identifier: GPL-2.0-only
"""The profile "windows": guaranteed working sets, a balance-set manager that trims them, a swapper for the idle."""

from pathlib import Path

import pytest

import vmlab

PROGRAMS = Path(__file__).parents[2] / "programs"

IDLE = """
    #include <string.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>
    static char data[20 * 4096];
    int main(void) {
        for (int page = 0; page < 20; page++)
            memset(data + page * 4096, page + 1, 4096);
        int child = fork();
        if (child == 0) {
            struct timespec half = {10, 0};
            nanosleep(&half, 0);
            nanosleep(&half, 0);
            _exit(7);
        }
        int status = 0;
        waitpid(child, &status, 0);
        for (int at = 0; at < 20 * 4096; at++)
            if (data[at] != at / 4096 + 1)
                return 1;
        return WEXITSTATUS(status);
    }"""


def test_a_process_idle_for_15_seconds_is_swapped_out_stack_first() -> None:
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", profile="windows") as lab:
        parent = lab.spawn(vmlab.c(IDLE))
        stop = lab.run(until="working_set_emptied")
        assert stop.event is not None
        assert stop.event.pid == parent.pid
        assert stop.event.pages >= 20
        assert lab.now >= 15_000_000_000
        out = [event for event in lab.events if event.name == "stack_swapped_out"]
        assert [(event.pid, event.slot) for event in out] == [(parent.pid, parent.stack_slot)]
        assert parent.stack_slot is not None
        assert lab.swap[parent.stack_slot].object == 0
        assert "kernel stack" in str(lab.swap)
        assert lab.frames[out[0].frame].use != "kernel_stack"
        assert parent.trap_frame.eip == parent.registers.eip
        assert not any(entry.user for entry in parent.page_table.values())
        assert lab.workers["swapper"] == (2, 1 + stop.event.pages)
        lab.check()
        lab.run()
        assert parent.exit_status == 7
        names = [event.name for event in lab.events if event.pid == parent.pid]
        assert names.index("stack_swapped_out") < names.index("working_set_emptied") < names.index("stack_swapped_in")
        assert names[names.index("stack_swapped_in") + 1] == "context_switch"
        assert parent.stack_slot is None
        lab.check()
        assert lab.swap.used == 0


def test_who_waits_for_less_stays() -> None:
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", profile="windows", swapper_idle_ms=20_001) as lab:
        parent = lab.spawn(vmlab.c(IDLE))
        lab.run()
        assert parent.exit_status == 7
        assert not {"stack_swapped_out", "working_set_emptied"} & {event.name for event in lab.events}


def test_registers_of_a_process_that_is_swapped_out_can_be_written() -> None:
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", profile="windows") as lab:
        parent = lab.spawn(vmlab.c(IDLE))
        lab.run(until="stack_swapped_out")
        parent.write(parent.registers.esp, parent.read(parent.registers.esp, 4))
        lab.check()
        lab.run()
        assert parent.exit_status == 7


def test_a_swapped_out_process_can_be_killed() -> None:
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", profile="windows") as lab:
        parent = lab.spawn(vmlab.c(IDLE))
        lab.run(until="stack_swapped_out")
        assert parent.stack_slot is not None
    # Closing the lab ends its processes; the same within a run:
    with vmlab.Lab(ram="1 MiB", frames=180, swap=0, profile="windows", overcommit="always") as lab:
        parent = lab.spawn(vmlab.c(IDLE))
        lab.run(until="working_set_emptied")
        assert parent.stack_slot is None  # there is no swap to take it
        lab.run()
        assert parent.exit_status == 7
        lab.check()


def test_no_more_processes_than_working_sets() -> None:
    with vmlab.Lab(ram="1 MiB", frames=120, swap="1 MiB", profile="windows") as lab:
        first = lab.spawn(vmlab.touch(["w0"]))
        lab.spawn(vmlab.touch(["w0"]))
        with pytest.raises(ValueError, match="there is not enough memory to start a process"):
            lab.spawn(vmlab.touch(["w0"]))
        (refused,) = [event for event in lab.events if event.name == "start_refused"]
        assert (refused.minimum, refused.promised, refused.frames) == (50, 100, 120)
        lab.check()
        lab.run()
        assert first.exit_status == 0
        third = lab.spawn(vmlab.touch(["w0"]))  # the others have ended
        lab.run()
        assert third.exit_status == 0


def test_a_fork_that_cannot_be_guaranteed_fails() -> None:
    source = """
        #include <errno.h>
        #include <unistd.h>
        int main(void) {
            return fork() == -1 && errno == ENOMEM ? 5 : 0;
        }"""
    with vmlab.Lab(ram="1 MiB", frames=99, profile="windows") as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 5
        lab.check()


def test_a_workbench_keeps_the_promise_too() -> None:
    bench = vmlab.Workbench(frames=8, profile="windows", working_set_minimum=3)
    first = bench.create()
    bench.fork(first)
    with pytest.raises(MemoryError, match="working set"):
        bench.create()
    with pytest.raises(MemoryError, match="working set"):
        bench.fork(first)
    bench.check()


def test_the_balance_set_manager_trims_what_is_not_used() -> None:
    source = """
        #include <time.h>
        static volatile char used[80 * 4096];
        int main(void) {
            for (int page = 0; page < 80; page++)
                used[page * 4096] = 1;
            struct timespec second = {1, 1};
            for (int i = 0; i < 4; i++) {
                nanosleep(&second, 0);
                used[0]++;
            }
            for (int page = 1; page < 80; page++)
                if (used[page * 4096] != 1)
                    return 1;
            return 0;
        }"""
    with vmlab.Lab(ram="1 MiB", swap="1 MiB", profile="windows", working_set_minimum=20) as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 0
        assert lab.workers["balance_set_manager"].pages >= 60
        assert lab.workers["modified_page_writer"].pages >= 50
        assert process.counters["reclaim"] >= 60  # they were on standby, and came back without a read
        assert process.counters["pages_swapped_in"] == 0
        assert lab.workers["zero_page_thread"].pages > 0
        assert lab.workers["pageout_daemon"] == (0, 0)
        lab.check()


@pytest.mark.parametrize("frames", [40, 200])
def test_the_profile_changes_no_answer(frames: int) -> None:
    with vmlab.Lab(frames=frames, swap="1 MiB", profile="windows", working_set_minimum=10, balance_tick=20_000) as lab:
        process = lab.spawn(vmlab.c(PROGRAMS / "fork_memory.c"))
        lab.run()
        assert process.exit_status == 0, process.stdout_text
        assert "rounds: 200, bss -57 0" in process.stdout_text
        lab.check()
        assert lab.swap.used == 0
