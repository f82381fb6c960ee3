# SPDX-License-Identifier: GPL-2.0-only
"""A Lab whose memory is too small: replacement, swap, and what happens when both run out."""

from pathlib import Path

import pytest

import vmlab

TOUCHED = 0x10000000  # where the pages of a touch() guest lie
BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("frames", "misses"), [(3, 9), (4, 10)])
def test_beladys_anomaly_on_a_live_guest(frames: int, misses: int) -> None:
    with vmlab.Lab(frames=frames, replacement="fifo", swap="64 KiB") as lab:
        process = lab.spawn(vmlab.touch(BELADY))
        lab.run()
        assert len(process.faults) == misses
        lab.check()


@pytest.mark.parametrize(("frames", "misses"), [(3, 9), (4, 10)])
def test_the_same_with_writes_goes_through_swap(frames: int, misses: int) -> None:
    with vmlab.Lab(frames=frames, replacement="fifo", swap="64 KiB") as lab:
        process = lab.spawn(vmlab.touch([f"w{page}" for page in BELADY]))
        lab.run()
        assert len(process.faults) == misses
        assert process.counters["major_faults"] == misses - 5
        assert process.counters["pages_swapped_out"] == misses - frames
        lab.check()


def test_every_page_keeps_its_content_with_half_the_frames() -> None:
    pages = 32
    with vmlab.Lab(frames=16, swap="256 KiB") as lab:
        process = lab.spawn(vmlab.touch([f"w{page}" for page in range(pages)] * 2))
        lab.run(until="fault_resolved")
        for page in range(pages):
            process.write(0x10000000 + page * 4096, page.to_bytes(4, "little"))
        assert [int.from_bytes(process.read(0x10000000 + page * 4096, 4), "little") for page in range(pages)] == list(
            range(pages)
        )
        assert lab.swap.used >= pages - 16
        assert all(slot.number < lab.swap.total for slot in lab.swap)
        lab.check()
        lab.run()
        assert lab.swap.used == 0
        lab.check()


def test_swap_is_a_snapshot() -> None:
    with vmlab.Lab(frames=2, swap="64 KiB", replacement="fifo") as lab:
        lab.spawn(vmlab.touch(["w0", "w1", "w2", "r0"]))
        lab.run(until=vmlab.event("swap_out"))
        swap = lab.swap
        assert (swap.total, swap.used, swap.free) == (16, 1, 15)
        assert swap[0].page == 0
        assert "slot" in str(swap)
        lab.run()
        assert swap.used == 1


def test_out_of_memory_kills_the_largest_with_a_reason() -> None:
    with vmlab.Lab(frames=8) as lab:
        small = lab.spawn(vmlab.touch(["w0", "w1"]))
        large = lab.spawn(vmlab.touch([f"w{page}" for page in range(20)]))
        stop = lab.run()
        assert stop.reason == "exited"
        assert (small.exit_status, large.signal) == (0, 9)
        kill, *more = [event for event in lab.events if event.name == "oom_kill"]
        assert (kill.victim, more) == (large.pid, [])
        lab.check()


def test_an_instruction_whose_pages_do_not_fit_ends() -> None:
    with vmlab.Lab(frames=1, swap="64 KiB") as lab:
        process = lab.spawn(vmlab.asm("mov 0x08049ffe, %eax\n mov $1, %eax\n xor %ebx, %ebx\n int $0x80\n .space 8192"))
        stop = lab.run(budget=100_000)
        assert stop.reason == "exited"
        assert process.signal == 9
        lab.check()


@pytest.mark.parametrize("profile", ["linux", "bsd44", "xv6", "xv6-lazy", "pintos"])
@pytest.mark.parametrize("replacement", ["fifo", "clock"])
def test_profiles_and_policies_change_no_answer(profile: str, replacement: str) -> None:
    program = Path(__file__).parents[2] / "programs" / "fork_memory.c"
    with vmlab.Lab(frames=24, swap="1 MiB", profile=profile, replacement=replacement) as lab:
        process = lab.spawn(vmlab.c(program))
        lab.run()
        assert process.exit_status == 0, process.stdout_text
        assert "rounds: 200, bss -57 0" in process.stdout_text
        lab.check()
        assert lab.swap.used == 0


@pytest.mark.parametrize(
    ("options", "counters"),
    [
        ({"fork": "eager"}, {"copy_up": 0}),
        ({"fork": "cow", "fork_entries": "copied"}, {"resident": 0}),
    ],
)
def test_fork_modes(options: dict[str, str], counters: dict[str, int]) -> None:
    source = """
        #include <sys/wait.h>
        #include <unistd.h>
        int data = 17;
        int main(void) {
            data = 18;
            int status = 0;
            if (fork() == 0) { int seen = data; data = 19; _exit(seen); }
            wait(&status);
            return WEXITSTATUS(status) == 18 && data == 18 ? 0 : 1;
        }"""
    with vmlab.Lab(**options) as lab:  # type: ignore[arg-type]
        process = lab.spawn(vmlab.c(source))
        lab.run(until="fork")
        (child,) = process.children
        assert child.parent is not None
        assert child.parent.pid == process.pid
        before = child.counters
        lab.run()
        assert process.exit_status == 0
        for name, count in counters.items():
            assert child.counters[name] - before[name] == count


def test_a_vforked_child_writes_to_its_parent() -> None:
    source = """
        #include <unistd.h>
        volatile int data = 17;
        int main(void) { if (vfork() == 0) { data = 18; _exit(0); } return data; }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until="fork")
        lab.run()
        assert process.exit_status == 18
        assert process.children[0].exit_status == 0


def test_a_parent_that_waits_is_blocked_while_its_child_runs() -> None:
    source = """
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) { if (fork() == 0) for (;;) getpid(); wait(0); return 0; }
        """
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        assert lab.run(budget=50_000).reason == "budget"
        assert process.state == "blocked"
        assert process.children[0].alive


def test_ten_thousand_rounds_leave_nothing_behind() -> None:
    source = """
        #include <sys/wait.h>
        #include <unistd.h>
        int data[2048];
        int main(void) {
            for (int i = 0; i < 2000; i++) {
                data[i % 2048] = i;
                if (fork() == 0) { data[0] = i; _exit(0); }
                wait(0);
            }
            return 0;
        }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until=vmlab.event("fork", child=1500))
        frames = lab.frames.by_use["page"]
        lab.run(until=vmlab.event("fork", child=2000))
        assert lab.frames.by_use["page"] == frames
        lab.check()
        lab.run()
        assert process.exit_status == 0
        with pytest.raises(ValueError, match="no longer kept"):
            _ = lab.process(5).maps


def test_every_reference_is_traced_when_asked() -> None:
    with vmlab.Lab(trace_accesses=True, frames=3, swap="64 KiB") as lab:
        lab.spawn(vmlab.touch(["r0", "w1", "r0", "r2", "r3", "w1"]))
        lab.run()
        accesses = [(event.page, event.access) for event in lab.events if event.name == "access"]
        assert accesses == [(0, "read"), (1, "write"), (0, "read"), (2, "read"), (3, "read"), (1, "write")]


def test_forks_and_swap_replay_byte_for_byte(tmp_path: Path) -> None:
    program = vmlab.c(Path(__file__).parents[2] / "programs" / "fork_memory.c")
    with vmlab.Lab(frames=20, swap="1 MiB", replacement="fifo", fork_entries="empty") as lab:
        lab.spawn(program)
        lab.run()
        lab.save(tmp_path / "journal")
        log = lab.events.to_bytes()
    assert vmlab.replay(tmp_path / "journal").events.to_bytes() == log


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"profile": "vms"}, ValueError, "memory profile.*linux, bsd44"),
        ({"replacement": "best"}, ValueError, "fifo, lru"),
        ({"heap": "huge"}, ValueError, "lazy, eager"),
        ({"process_frames": -1}, ValueError, "whole number"),
        ({"process_frames": "many"}, ValueError, "whole number"),
        ({"no_such_option": 1}, ValueError, "no memory option"),
        ({"fork": True}, TypeError, "name or a whole number"),
        ({"swap": "much"}, ValueError, "(?i)size|KiB|bytes"),
        ({"swap": -4096}, ValueError, "(?i)size|KiB|bytes"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        vmlab.Lab(**options)  # type: ignore[arg-type]


def test_an_ended_process_reads_as_it_did_when_it_lived() -> None:
    source = """
        #include <sys/mman.h>
        #include <unistd.h>
        int main(void) {
            unsigned *area = mmap((void *)0x20000000, 40 * 4096, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            for (int page = 0; page < 20; page++) area[page * 1024] = page + 1;
            getpid();
            return 0;
        }"""
    with vmlab.Lab(frames=8, swap="256 KiB") as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until=vmlab.event("syscall", number=20))
        alive = process.read(0x20000000, 40 * 4096)
        lab.run()
        assert not process.alive
        assert process.read(0x20000000, 40 * 4096) == alive
        assert [alive[page * 4096] for page in range(21)] == [*range(1, 21), 0]


def test_of_an_ended_process_so_much_is_kept() -> None:
    pages = 1200
    with vmlab.Lab(frames=8, swap="8 MiB", replacement="fifo") as lab:
        process = lab.spawn(vmlab.touch([f"w{page}" for page in range(pages)]))
        lab.run()
        assert len(process.read(TOUCHED, 1000 * 4096)) == 1000 * 4096
        with pytest.raises(ValueError, match="memory behind"):
            process.read(TOUCHED, (pages - 20) * 4096)
        assert len(process.read(TOUCHED + (pages - 4) * 4096, 4096)) == 4096
