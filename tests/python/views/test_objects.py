# SPDX-License-Identifier: GPL-2.0-only
"""A process's objects: what lecture 004 draws before and after fork, and after the first writes."""

import pickle

import vmlab

SOURCE = """
    #include <sys/wait.h>
    #include <unistd.h>
    char memory[3 * 4096];
    int main(void) {
        memory[0] = memory[4096] = memory[8192] = 1;
        if (fork() == 0) { memory[4096] = 2; _exit(0); }
        memory[8192] = 3;
        wait(0);
        getpid();
        return 0;
    }"""


def chain_of_memory(process: vmlab.Process) -> list[list[int]]:
    """The page numbers in each object of the chain behind the writable memory that is no stack."""
    maps = process.maps
    entry = next(entry for entry in maps if entry.writable and not entry.name)
    return [[slot.page for slot in each.slots] for each in process.objects.chain(entry.object_id)]


def test_a_chain_grows_with_the_first_write_and_goes_with_the_child() -> None:
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(SOURCE))
        lab.run(until="fork")
        before = chain_of_memory(process)
        assert len(before) == 1
        lab.run(until=vmlab.event("fault_resolved", result="copy_up"))
        (child,) = process.children
        chains = [chain_of_memory(each) for each in (process, child)]
        assert sorted(map(len, chains)) in ([1, 2], [2, 2])
        lab.run()
        assert len(chain_of_memory(process)) == 1
        lab.check()


def test_the_snapshot_tells_of_frames_swap_and_states() -> None:
    with vmlab.Lab(frames=2, swap="64 KiB", replacement="fifo") as lab:
        process = lab.spawn(vmlab.touch(["w0", "w1", "w2"]))
        lab.run()
        objects = process.objects
        (data,) = [each for each in objects.values() if each.kind == "anonymous" and each.pages == 3]
        assert [(slot.page, slot.frame is None, slot.swap is None) for slot in data.slots] == [
            (0, True, False),
            (1, False, True),
            (2, False, True),
        ]
        assert (data.resident, data.swapped) == (2, 1)
        assert [slot.state for slot in data.slots] == [None, "active", "active"]
        (file,) = [each for each in objects.values() if each.kind == "file"]
        assert [slot.state for slot in file.slots] == ["wired"]
        assert f"object {data.id}: anonymous, 3 pages, 2 in memory, 1 in swap" in str(data)
        assert "in memory" in str(objects)
        assert pickle.loads(pickle.dumps(objects)) == objects
