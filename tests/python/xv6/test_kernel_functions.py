# SPDX-License-Identifier: GPL-2.0-only
"""xv6's own functions, called from outside by the lecture's names."""

from itertools import pairwise
from pathlib import Path

import pytest
from tests.python.xv6.running import guest

import vmlab
from vmlab.address import Address
from vmlab.journal.replay import replay_journal

PAGE = 4096
KERNBASE = 0x80000000
SPINS = guest("for (;;) syscall(13, 1);")


def test_walkpgdir_finds_the_entry_where_the_kernel_sees_it() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS)
        entry = lab.xv6.walkpgdir(process, 0x123)
        walk = process.walk(0x123)
        assert entry is not None
        assert (entry.address, entry.bits) == (KERNBASE + walk.steps[1].address, walk.steps[1].bits)
        assert entry.flags.startswith("present writable user")
        guard = lab.xv6.walkpgdir(process, process.maps[1].start)
        assert guard is not None
        assert guard.bits & 7 == 3
        assert lab.xv6.walkpgdir(process, 0x40000000) is None
        with pytest.raises(ValueError, match="4 MB"):
            lab.xv6.walkpgdir(process, KERNBASE)


def test_walkpgdir_makes_a_table_when_asked_to() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS)
        tables = lab.counters["table_frames"]
        pages = lab.counters["page_frames"]
        entry = lab.xv6.walkpgdir(process, 0x40001000, alloc=True)
        assert entry is not None
        assert entry.bits == 0
        assert entry.address % PAGE == 4
        assert lab.counters["table_frames"] == tables + 1
        assert lab.counters["page_frames"] == pages
        assert lab.xv6.walkpgdir(process, 0x40001000) == entry
        assert len(process.maps) == 3
        lab.check()


def test_walkpgdir_without_a_frame_gives_none() -> None:
    with vmlab.Lab(abi="xv6", ram="1 MiB") as lab:
        process = lab.spawn(SPINS)
        while lab.xv6.growproc(process, PAGE) == 0:
            pass
        assert lab.console == b"allocuvm out of memory\n"
        assert lab.xv6.walkpgdir(process, 0x40000000, alloc=True) is None
        lab.check()


def test_growproc_moves_sz_as_sbrk_does() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS)
        sz = lab.xv6.sz(process)
        assert lab.xv6.growproc(process, 10_000) == 0
        assert lab.xv6.sz(process) == sz + 10_000
        assert process.read(sz + 9_999, 1) == b"\0"
        assert lab.xv6.growproc(process, -10_000) == 0
        assert lab.xv6.sz(process) == sz
        assert lab.xv6.growproc(process, 0x7FFFFFFF) == -1
        assert lab.console == b""
        assert lab.xv6.growproc(process, 300 << 20) == -1
        assert lab.console == b"allocuvm out of memory\n"
        assert lab.xv6.sz(process) == sz
        assert lab.xv6.growproc(process, -(1 << 31)) == 0
        assert lab.xv6.sz(process) == sz
        lab.check()
        lab.run(budget=100_000)
        assert process.alive


def test_allocuvm_maps_pages_and_deallocuvm_takes_them_and_sz_stays() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS)
        xv6, sz = lab.xv6, lab.xv6.sz(process)
        assert xv6.allocuvm(process, sz + 1, sz + 2 * PAGE + 1) == sz + 2 * PAGE + 1
        assert [process.page_table[sz + page * PAGE].present for page in range(4)] == [False, True, True, False]
        assert xv6.sz(process) == sz
        lab.check()
        assert xv6.allocuvm(process, sz + PAGE, sz + 2 * PAGE) == 0  # there is one already
        assert xv6.deallocuvm(process, sz + 2 * PAGE + 1, sz + PAGE + 1) == sz + PAGE + 1
        assert process.page_table[sz + PAGE].present
        assert not process.page_table[sz + 2 * PAGE].present
        assert xv6.deallocuvm(process, sz + 3 * PAGE, sz) == sz
        assert len(process.maps) == 3
        assert xv6.allocuvm(process, 10, 5) == 10
        assert xv6.deallocuvm(process, 5, 10) == 5
        assert xv6.allocuvm(process, sz, KERNBASE) == 0
        assert lab.console == b""
        assert xv6.allocuvm(process, sz, sz + (300 << 20)) == 0
        assert lab.console == b"allocuvm out of memory\n"
        assert len(process.maps) == 3
        lab.check()


def test_kalloc_gives_the_frame_that_was_freed_last() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        xv6 = lab.xv6
        free = lab.frames.free
        one, other = xv6.kalloc(), xv6.kalloc()
        assert one != other
        assert KERNBASE < one < KERNBASE + (224 << 20)
        assert lab.frames.free == free - 2
        xv6.kfree(one)
        assert xv6.kalloc() == one
        xv6.kfree(one)
        xv6.kfree(other)
        assert lab.frames.free == free
        for wrong in (one, one + 1, KERNBASE, KERNBASE - PAGE, 0, 0xFFFFF000):
            with pytest.raises(ValueError, match="panic"):
                xv6.kfree(wrong)
        lab.check()


def test_the_free_list_goes_through_the_free_pages_themselves() -> None:
    with vmlab.Lab(abi="xv6", ram="1 MiB") as lab:
        xv6 = lab.xv6
        lab.spawn(SPINS)
        one, other = xv6.kalloc(), xv6.kalloc()
        xv6.kfree(one)
        free = xv6.freelist()
        assert len(free) == len(set(free)) == lab.frames.free
        assert {lab.frames[(page - KERNBASE) // PAGE].use for page in free} == {"free"}
        for page, following in pairwise([*free, 0]):
            assert xv6.peek(page, 4) == following.to_bytes(4, "little")
        assert free[0] == one
        assert xv6.peek(one, PAGE)[4:] == b"\1" * (PAGE - 4)
        assert [xv6.kalloc() for _ in range(3)] == free[:3]
        assert xv6.freelist() == free[3:]
        xv6.kfree(other)
        assert xv6.freelist()[0] == other
        lab.check()
        for wrong, size in ((0, 4), (KERNBASE - 4, 8), (KERNBASE + (1 << 20) - 2, 4)):
            with pytest.raises(ValueError, match="nothing else to read"):
                xv6.peek(wrong, size)


def test_looking_at_the_free_list_changes_no_run() -> None:
    program = guest('char *p = sbrk(40000); for (int i = 0; i < 40000; i++) if (p[i]) return 1; printf("zeros\\n");')
    with vmlab.Lab(abi="xv6", ram="1 MiB") as lab:
        lab.spawn(program)
        assert lab.xv6.freelist()
        lab.run()
        assert lab.console == b"zeros\n"


def test_kalloc_ends_where_memory_ends() -> None:
    with vmlab.Lab(abi="xv6", ram="256 KiB") as lab:
        free = lab.frames.free
        pages = list(iter(lab.xv6.kalloc, 0))
        assert len(set(pages)) == free
        lab.check()
        for page in pages:
            lab.xv6.kfree(page)
        assert lab.frames.free == free


def test_mappages_maps_frames_of_kalloc_which_are_the_processs_then() -> None:
    program = guest("for (;;) { syscall(13, 1); *(volatile char *)0x40000fff += 1; }", name="uses")
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(program)
        xv6 = lab.xv6
        page, kernels = xv6.kalloc(), xv6.kalloc()
        assert xv6.mappages(process, 0x40000FFF, 1, page - KERNBASE, 6) == 0
        assert xv6.mappages(process, 0x40001000, PAGE, kernels - KERNBASE, 2) == 0
        assert process.walk(0x40000000).physical == page - KERNBASE
        assert process.page_table[0x40000000].user
        assert process.page_table[0x40001000].writable
        assert not process.page_table[0x40001000].user
        before = process.read(0x40000FFF, 1)[0]
        lab.run(budget=20_000)
        assert process.read(0x40000FFF, 1)[0] != before
        lab.check()
        with pytest.raises(ValueError, match="remap"):
            xv6.mappages(process, 0x40001000, 1, xv6.kalloc() - KERNBASE, 6)
        with pytest.raises(ValueError, match="kalloc gave"):
            xv6.mappages(process, 0x50000000, 1, page - KERNBASE, 6)
        with pytest.raises(ValueError, match="kalloc gave"):
            xv6.mappages(process, KERNBASE, 1, xv6.kalloc() - KERNBASE, 6)
        with pytest.raises(ValueError, match="panic"):
            xv6.kfree(page)
        assert xv6.deallocuvm(process, 0x40002000, 0x40000000) == 0x40000000
        assert xv6.kalloc() in (page, kernels)
        lab.check()


def test_loaduvm_copies_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(100)))
    with vmlab.Lab(abi="xv6", root=tmp_path) as lab:
        process = lab.spawn(SPINS)
        lab.xv6.growproc(process, PAGE)
        at = process.maps[-1].start
        assert lab.xv6.loaduvm(process, at, "/file", 10, 50) == 0
        assert process.read(at, 51) == bytes(range(10, 60)) + b"\0"
        assert lab.xv6.loaduvm(process, at, "/file", 60, 50) == -1
        with pytest.raises(ValueError, match="panic"):
            lab.xv6.loaduvm(process, at + 1, "/file", 0, 1)


def test_setupkvm_has_mapped_all_of_ram_above_kernbase() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        (row,) = lab.xv6.setupkvm(lab.spawn(SPINS))
        assert (row.virtual, row.start, row.end) == (KERNBASE, 0, 224 << 20)
        assert (row.writable, row.user) == (True, False)


def test_what_was_called_from_outside_replays(tmp_path: Path) -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS)
        lab.run(budget=1000)
        xv6, sz = lab.xv6, lab.xv6.sz(process)
        xv6.growproc(process, 5 * PAGE)
        xv6.growproc(process, -PAGE)
        xv6.allocuvm(process, sz + 9 * PAGE, sz + 11 * PAGE)
        xv6.deallocuvm(process, sz + 11 * PAGE, sz + 10 * PAGE)
        xv6.walkpgdir(process, 0x40000000, alloc=True)
        xv6.kfree(xv6.kalloc())
        xv6.mappages(process, 0x50000000, 1, xv6.kalloc() - KERNBASE, 6)
        with pytest.raises(ValueError, match="remap"):
            xv6.mappages(process, 0x50000000, 1, xv6.kalloc() - KERNBASE, 6)
        lab.run(budget=1000)
        lab.save(tmp_path / "journal")
        maps = process.maps
    replayed = replay_journal(tmp_path / "journal")
    assert replayed.same
    assert replayed.lab.process(1).maps == maps


def test_an_ended_process_and_another_system_have_none_of_them() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(guest(""))
        lab.run()
        with pytest.raises(ValueError, match="has ended"):
            lab.xv6.growproc(process, 1)
        with pytest.raises(ValueError, match="32 bits"):
            lab.xv6.growproc(process, 1 << 31)
    with vmlab.Lab() as lab, pytest.raises(ValueError, match='abi="xv6"'):
        lab.xv6.kalloc()


STEPS = ["namei", "setupkvm", "allocuvm", "loaduvm", "allocuvm", "clearpteu", "copyout", "switchuvm"]


def test_the_steps_of_exec_are_told_with_their_addresses() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(SPINS, args=["x"])
        steps = lab.xv6.exec_steps(process)
        assert [label for label, _ in steps] == STEPS
        guard, stack = process.maps[1], process.maps[2]
        directory = process.walk(0).steps[0].address
        assert steps["clearpteu"] == f"{guard.start}: the guard page is the kernel's alone"
        assert steps["setupkvm"].startswith(f"page directory at {directory:#x}; the kernel's part from 0x80000000 on")
        assert (
            steps["copyout"] == f"argc 2 and the strings below {Address(stack.end)}: ESP {process.registers.esp:#010x}"
        )
        assert steps["switchuvm"].startswith(f"lcr3({directory:#x}); ring 3 begins at ")
        assert [text for label, text in steps if label == "allocuvm"][1].endswith(f"to {Address(stack.end)}")


def test_exec_gives_the_old_memory_back() -> None:
    other = 'char *words[] = {"guest", "in", "turn", 0}; if (argc == 1) execv("guest", words); for (;;) syscall(13, 1);'
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(guest(other))
        lab.run(until="exec")
        steps = lab.xv6.exec_steps(process)
        assert [label for label, _ in steps] == [*STEPS, "freevm"]
        assert steps["copyout"].startswith("argc 3 ")
        assert steps["freevm"]
        lab.run(until="syscall")


def test_exec_of_a_child_or_an_ended_process_cannot_be_told() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(guest("if (fork() == 0) for (;;) syscall(13, 1); exit(0);"))
        lab.run(until="process_exited")
        with pytest.raises(ValueError, match="has ended"):
            lab.xv6.exec_steps(process)
        with pytest.raises(ValueError, match="came by fork"):
            lab.xv6.exec_steps(lab.process(2))
