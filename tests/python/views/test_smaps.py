# SPDX-License-Identifier: GPL-2.0-only
"""What of each mapping is in memory: the same numbers as a snapshot and in the guest's /proc."""

import pickle
import re
from pathlib import Path

import pytest

import vmlab

SOURCE = """
    #include <fcntl.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    #include <unistd.h>
    char memory[8 * 4096];
    static void show(const char *path) {
        static char buffer[512];
        int file = open(path, O_RDONLY);
        for (int n; (n = read(file, buffer, sizeof buffer)) > 0;)
            write(1, buffer, n);
        close(file);
    }
    static int lock(void *from, int size) {
        int result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(150), "b"(from), "c"(size) : "memory");
        return result;
    }
    int main(void) {
        char *shared = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        char *locked = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (lock(locked, 4096)) return 1;
        for (int page = 0; page < 8; page++) memory[page * 4096] = 1;
        shared[0] = 1;
        if (fork() == 0) {
            memory[0] = 2;
            show("PATH");
            _exit(0);
        }
        wait(0);
        return 0;
    }"""
OPEN = 5


def counts(text: str) -> list[str]:
    """The lines with counts, without those that name mappings."""
    return [line.rstrip() for line in text.splitlines() if re.match(r"\w+: ", line)]


def stopped_after_open(lab: vmlab.Lab, path: str) -> vmlab.Process:
    """The child, at the moment for which the file that it has opened speaks."""
    parent = lab.spawn(vmlab.c(SOURCE.replace("PATH", path)))
    lab.run(until="fork")
    (child,) = parent.children
    lab.run(until=vmlab.event("syscall_return", pid=child.pid, number=OPEN))
    return child


@pytest.mark.parametrize("options", [{}, {"frames": 24, "swap": "256 KiB"}])
def test_the_guests_file_says_what_the_snapshot_says(options: dict[str, object]) -> None:
    with vmlab.Lab(**options) as lab:  # type: ignore[arg-type]
        child = stopped_after_open(lab, "/proc/self/smaps")
        smaps = child.smaps
        lab.run()
        assert counts(child.stdout_text) == counts(str(smaps))
        assert len(smaps) == child.stdout_text.count("VmFlags: ")


def test_the_rollup_is_the_sum() -> None:
    with vmlab.Lab() as lab:
        child = stopped_after_open(lab, "/proc/self/smaps_rollup")
        smaps = child.smaps
        lab.run()
        first, *rest = child.stdout_text.splitlines()
        assert first.split() == [f"{smaps[0].mapping.start:08x}-{smaps[-1].mapping.end:08x}", "---p", "00000000",
                                 "00:00", "0", "[rollup]"]  # fmt: skip
        assert rest == smaps.total.lines()
        for name in ("rss", "private_dirty", "shared_clean", "anonymous", "swap", "size"):
            assert getattr(smaps.total, name) == sum(getattr(entry, name) for entry in smaps)


def test_shares_of_all_processes_are_the_frames_that_are_mapped() -> None:
    with vmlab.Lab() as lab:
        child = stopped_after_open(lab, "/proc/self/smaps")
        living = [process for process in lab.processes if process.alive]
        assert child.pid in [process.pid for process in living]
        mapped = {entry.frame for process in living for entry in process.page_table.values()}
        mapped -= {entry.frame for process in living for entry in process.page_table.values() if zero(lab, entry.frame)}
        shares = sum(process.smaps.total.pss for process in living)
        assert len(mapped) * 4096 - len(living) <= shares <= len(mapped) * 4096
        assert sum(process.counters.pss_bytes for process in living) == shares
        assert shares <= lab.counters.pss_bytes <= len(mapped) * 4096
        for process in living:
            assert process.smaps.total.rss == 4096 * process.counters.resident_pages


def zero(lab: vmlab.Lab, frame: int | None) -> bool:
    return frame is not None and lab.frames[frame].use == "zero_page"


def test_an_ended_process_answers_as_at_its_end() -> None:
    with vmlab.Lab() as lab:
        child = stopped_after_open(lab, "/proc/self/smaps")
        parent = child.parent
        lab.run()
        assert parent is not None
        assert parent.smaps.total.rss > 8 * 4096
        (locked,) = [entry for entry in parent.smaps if "lo" in entry.flags]
        # It was never written, but brought in to be written, which counts as much on Linux.
        assert (locked.locked, locked.rss, locked.private_dirty) == (4096, 4096, 4096)
        assert pickle.loads(pickle.dumps(parent.smaps)) == parent.smaps
        found = parent.smaps.find(locked.mapping.start)
        assert found == locked


def test_the_names_are_those_of_the_host_and_in_its_order() -> None:
    hosts = Path("/proc/self/smaps")
    if not hosts.exists():
        pytest.skip("this host has no /proc/self/smaps")
    names = [line.split(":")[0] for line in counts(hosts.read_text())]
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.touch(["w0"]))
        lab.run()
        ours = [line.split(":")[0] for line in counts(str(process.smaps[0]))]
    end = names.index("VmFlags") + 1
    native = [name for name in names[:end] if name in ours]
    assert native == [name for name in ours if name in native]
    assert set(ours) - set(native) <= {"Pss_Dirty", "SwapPss"}  # older kernels lack these
