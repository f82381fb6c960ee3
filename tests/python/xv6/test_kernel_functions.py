# SPDX-License-Identifier: GPL-2.0-only
"""xv6's own functions, called from outside by the lecture's names."""

from pathlib import Path

import pytest
from tests.python.xv6.running import guest

import vmlab
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
        lab.xv6  # noqa: B018
