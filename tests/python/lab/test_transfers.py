# SPDX-License-Identifier: GPL-2.0-only
"""Disks that take time: who waits sleeps, others run, and what comes out is the same."""

import signal
from pathlib import Path

import pytest

import vmlab

PAGES = 12
SWAPPER = [f"w{page}" for page in range(PAGES)] * 3
HDD = 12_040_000  # units that one page takes: seek, turn and transfer

SPIN = """
#include <unistd.h>
int main(void) {
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < 2000000; ++i) sum += i;
    write(1, "done\\n", 5);
    return 0;
}
"""


def test_others_run_while_one_waits_for_its_page() -> None:
    with vmlab.Lab(frames=PAGES, swap="256 KiB", swap_disk="hdd") as lab:
        waits = lab.spawn(vmlab.touch(SWAPPER))
        lab.run()
        alone = lab.now
        spins = lab.spawn(vmlab.c(SPIN))
        lab.run()
        spinning = lab.now - alone
        assert waits.counters["major_faults"] == 0
        assert spins.exit_status == 0
    with vmlab.Lab(frames=8, swap="256 KiB", swap_disk="hdd") as lab:
        waits = lab.spawn(vmlab.touch(SWAPPER))
        lab.run()
        swapping = lab.now
        majors = waits.counters["major_faults"]
        assert majors > 0
        assert swapping > majors * HDD
    with vmlab.Lab(frames=8, swap="256 KiB", swap_disk="hdd") as lab:
        waits, spins = lab.spawn(vmlab.touch(SWAPPER)), lab.spawn(vmlab.c(SPIN))
        lab.run()
        assert spins.stdout == b"done\n"
        # The one computes while the other waits; that it takes frames away makes for a few transfers more.
        assert lab.now < swapping + spinning // 2 + 8 * 2 * HDD
        times = {event.name: event.time for event in lab.events if event.pid == spins.pid}
        assert times["process_exited"] < swapping / 2
        lab.check()


@pytest.mark.parametrize("disk", ["ssd", "hdd"])
def test_a_slow_disk_changes_the_time_and_nothing_else(disk: str) -> None:
    def faults(model: str) -> tuple[list[tuple[int, str, bool]], int]:
        with vmlab.Lab(frames=4, swap="64 KiB", swap_disk=model, file_disk=model, replacement="fifo") as lab:
            process = lab.spawn(vmlab.touch(["w0", "w1", "w2", "w3", "w4", "r0", "r1", "w5", "r2", "r0"]))
            lab.run()
            lab.check()
            assert lab.swap.used == 0
            return [(fault.address, fault.result, fault.major) for fault in process.faults], lab.now

    fast, slow = faults("memory"), faults(disk)
    assert fast[0] == slow[0]
    assert slow[1] > fast[1]


def test_a_stop_while_a_page_travels() -> None:
    with vmlab.Lab(frames=2, swap="64 KiB", swap_disk="ssd", replacement="fifo") as lab:
        process = lab.spawn(vmlab.touch(["w0", "w1", "w2", "r0"]))
        stop = lab.run(until="fault_blocked")
        assert stop.event is not None
        assert stop.event.transfer == 0  # no frame is free: it waits for one
        (leaving,) = lab.transfers
        assert leaving.direction == "write"
        assert process.state == "blocked"
        assert process.objects[leaving.pages[0].object].slots[0].state == "busy"
        lab.check()
        lab.run(until=vmlab.event("io_started", direction="read"))
        (coming,) = [transfer for transfer in lab.transfers if transfer.direction == "read"]
        assert coming.pid == process.pid
        assert coming.ends_at - lab.now <= 2 * 108_000
        lab.check()
        lab.run()
        assert process.exit_status == 0
        assert lab.transfers == []


def test_the_second_process_waits_for_the_transfer_of_the_first() -> None:
    with vmlab.Lab(file_disk="hdd") as lab:
        program = vmlab.c("int main(void) { return 3; }")
        first, second = lab.spawn(program), lab.spawn(program)
        lab.run()
        assert (first.exit_status, second.exit_status) == (3, 3)
        blocked = [event for event in lab.events if event.name == "fault_blocked"]
        assert {event.pid for event in blocked} == {first.pid, second.pid}
        assert blocked[0].transfer == blocked[1].transfer
        assert first.counters["major_faults"] > 0
        assert second.counters["major_faults"] == 0
        assert lab.counters["pages_read"] == first.counters["pages_read"]


@pytest.mark.parametrize("fields", [{}, {"readahead": 4, "cluster": 4}, {"scope": "local", "process_frames": 7}])
def test_many_processes_that_wait_for_frames_all_come_to_their_end(fields: dict[str, str | int]) -> None:
    source = """
    #include <stdlib.h>
    #include <unistd.h>
    #include <sys/wait.h>
    int main(void) {
        char *page = malloc(48 * 4096);
        for (int i = 0; i < 48; ++i) page[i * 4096] = i;
        int child = fork(), sum = 0;
        for (int round = 0; round < 2; ++round)
            for (int i = 0; i < 48; ++i) sum += page[i * 4096]++;
        if (child != 0) wait(0);
        return sum == 2 * 24 * 47 + 48 ? 0 : 1;
    }
    """
    program = vmlab.c(source)
    with vmlab.Lab(frames=24, swap="2 MiB", swap_disk="ssd", **fields) as lab:
        processes = [lab.spawn(program), lab.spawn(program)]
        stop = lab.run(budget=20_000_000)
        assert stop.reason == "exited"
        assert [process.exit_status for process in processes] == [0, 0]
        assert any(event.name == "fault_blocked" and event.transfer == 0 for event in lab.events)
        lab.check()


def test_a_process_that_is_killed_while_its_page_travels_gives_all_back() -> None:
    source = """
    #include <signal.h>
    #include <unistd.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    int main(void) {
        char *page = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int child = fork();
        if (child == 0) {
            for (;;) for (int i = 0; i < 16; ++i) page[i * 4096] = i;
        }
        for (volatile int i = 0; i < 100000; ++i) ;
        kill(child, SIGKILL);
        int status;
        return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? 0 : 1;
    }
    """
    with vmlab.Lab(frames=12, swap="256 KiB", swap_disk="hdd") as lab:
        parent = lab.spawn(vmlab.c(source))
        lab.run()
        assert parent.exit_status == 0
        assert lab.swap.used == 0
        lab.check()


def test_a_disk_that_fails_gives_sigbus_and_loses_nothing() -> None:
    with vmlab.Lab(frames=2, swap="64 KiB", swap_disk="ssd", replacement="fifo") as lab:
        process = lab.spawn(vmlab.touch(["w0", "w1", "w2", "r0"]))
        lab.run(until="swap_out")
        lab.fail_disk("swap", "read")
        lab.run()
        assert process.signal == signal.SIGBUS
        assert process.faults[-1].result == "bus_error"
        assert lab.swap.used == 0
        lab.check()


def test_a_disk_that_cannot_write_at_all_ends_in_a_kill_and_not_in_a_hang() -> None:
    with vmlab.Lab(frames=2, swap="64 KiB", swap_disk="ssd") as lab:
        lab.fail_disk("swap", "write", 1_000_000)
        process = lab.spawn(vmlab.touch(["w0", "w1", "w2", "r0"]))
        stop = lab.run(budget=10_000_000)
        assert stop.reason == "exited"
        assert process.signal == signal.SIGKILL
        assert [event.name for event in lab.events].count("oom_kill") == 1
        lab.check()


def test_a_read_from_a_disk_that_fails_is_an_error_to_the_caller(tmp_path: Path) -> None:
    source = """
    #include <errno.h>
    #include <fcntl.h>
    #include <unistd.h>
    int main(void) {
        char byte;
        int file = open("/data", O_RDONLY);
        if (read(file, &byte, 1) != -1 || errno != EIO) return 1;
        return read(file, &byte, 1) == 1 && byte == 'x' ? 0 : 2;
    }
    """
    (tmp_path / "data").write_bytes(b"x" * 5000)
    with vmlab.Lab(file_disk="ssd", root=tmp_path) as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until=vmlab.event("syscall_return", number=5))
        lab.fail_disk("files", "read")
        lab.run()
        assert process.exit_status == 0


def test_saved_and_replayed_with_slow_and_failing_disks(tmp_path: Path) -> None:
    with vmlab.Lab(frames=3, swap="64 KiB", swap_disk="hdd", file_disk="ssd", readahead=4) as lab:
        lab.spawn(vmlab.touch(SWAPPER))
        lab.spawn(vmlab.touch(["w0", "w1", "w2", "w3", "r0"]))
        lab.run(until="swap_out")
        lab.fail_disk("swap", "write", 2)
        lab.run()
        log = lab.events.to_bytes()
        lab.save(tmp_path / "slow.vmlab")
    with vmlab.replay(tmp_path / "slow.vmlab") as again:
        assert again.events.to_bytes() == log


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("tape", "read"), "'swap', 'files'"), (("swap", "sideways"), "'read', 'write'"), (("swap", "read", -1), "0 to")],
)
def test_a_failure_that_no_disk_has(arguments: tuple[str, str], hint: str) -> None:
    with vmlab.Lab() as lab, pytest.raises(ValueError, match=hint):
        lab.fail_disk(*arguments)
