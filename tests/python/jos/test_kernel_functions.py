# SPDX-License-Identifier: GPL-2.0-only
"""JOS's own functions, called from outside by the course's names."""

from pathlib import Path

import pytest
from tests.python.jos.running import guest

import vmlab
from vmlab.journal.replay import replay_journal

PAGE = 4096
VA = 0x20000000
SPINS = guest("for (;;) sys_yield();")
READS = guest("while (*(volatile char *)0x20000000 != 'x') sys_yield(); printf(\"seen\\n\");")
P_W_U = 7
COW = 0x800


def test_a_page_of_zeros_goes_into_an_environment_with_its_bits() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(SPINS)
        free = lab.frames.free
        page = lab.jos.page_alloc()
        assert page is not None
        assert page % PAGE == 0
        assert lab.frames[page // PAGE].use == "page"
        assert lab.jos.page_lookup(process, VA) is None
        assert lab.jos.page_insert(process, page, VA, 4 | COW) == 0
        walk = process.walk(VA)
        assert walk.steps[1].bits & ~0x60 == page | 5 | COW
        assert lab.jos.page_lookup(process, VA + 5) == page
        assert process.read(VA, PAGE) == bytes(PAGE)
        assert lab.frames.free == free - 2  # with a page table
        lab.check()
        lab.jos.page_remove(process, VA)
        assert lab.jos.page_lookup(process, VA) is None
        lab.jos.page_remove(process, VA)
        assert lab.frames[page // PAGE].use == "free"
        lab.check()


def test_a_page_in_two_environments_is_one_page() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        jos = lab.jos
        one, other = lab.spawn(SPINS), lab.spawn(READS)
        page = jos.page_alloc()
        assert page is not None
        assert jos.page_insert(one, page, VA, P_W_U) == 0
        assert jos.page_insert(other, page, VA, 5) == 0
        one.write(VA, b"x")
        assert other.read(VA, 1) == b"x"
        lab.check()
        with pytest.raises(ValueError, match="pp_ref is not 0"):
            jos.page_free(page)
        jos.page_remove(one, VA)
        assert jos.page_lookup(other, VA) == page
        lab.run(until="process_exited")
        assert b"seen\n" in lab.console
        assert lab.frames[page // PAGE].use == "free"
        lab.check()


def test_insert_takes_the_place_of_what_is_there() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(SPINS)
        first, second = lab.jos.page_alloc(), lab.jos.page_alloc()
        assert first is not None
        assert second is not None
        for page in (first, second, second):
            assert lab.jos.page_insert(process, page, VA, P_W_U) == 0
            assert lab.jos.page_lookup(process, VA) == page
            lab.check()
        assert lab.frames[first // PAGE].use == "free"


def test_what_is_not_inserted_is_given_back_by_page_free() -> None:
    with vmlab.Lab(abi="jos-lab3") as lab:
        lab.spawn(SPINS)
        free = lab.frames.free
        page = lab.jos.page_alloc()
        assert page is not None
        lab.jos.page_free(page)
        assert lab.frames.free == free
        for wrong in (page, page + 1, 0, 0xFFFFF000):
            with pytest.raises(ValueError, match="no page of page_alloc's"):
                lab.jos.page_free(wrong)
        lab.check()


def test_without_frames_there_is_no_page_and_no_table() -> None:
    with vmlab.Lab(abi="jos-lab4", ram="1 MiB") as lab:
        process = lab.spawn(SPINS)
        pages = list(iter(lab.jos.page_alloc, None))
        assert lab.frames.free == 0
        assert lab.jos.page_insert(process, pages[0], VA, P_W_U) == -4
        lab.check()
        for page in pages:
            lab.jos.page_free(page)
        assert lab.jos.page_alloc() is not None
        lab.check()


def test_a_page_that_is_lost_with_the_lab_leaves_nothing() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        lab.jos.page_alloc()
        lab.spawn(guest(""))
        lab.run()
        lab.check()


@pytest.mark.parametrize(("va", "perm"), [(VA + 1, 7), (0xEEC00000, 7), (0xF0000000, 7), (VA, 2), (VA, 0x107)])
def test_wrong_places_and_rights_are_refused(va: int, perm: int) -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(SPINS)
        page = lab.jos.page_alloc()
        assert page is not None
        with pytest.raises(ValueError, match="page's first byte below UTOP"):
            lab.jos.page_insert(process, page, va, perm)
        with pytest.raises(ValueError, match="no page of page_alloc's"):
            lab.jos.page_insert(process, page + PAGE, VA, P_W_U)
        lab.check()


def runs_of(process: vmlab.Process, slot: int) -> int:
    record = process.read(0xEEC00000 + 124 * slot, 124)
    return int.from_bytes(record[88:92], "little")


def test_env_run_gives_the_processor() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        environments = [lab.spawn(SPINS) for _ in range(3)]
        lab.run(until="syscall")
        for slot in (2, 1, 1, 0, 2):
            before = runs_of(environments[0], slot)
            current = lab.events[-1].pid
            lab.jos.env_run(environments[slot])
            lab.run(until=vmlab.event("syscall"))
            assert lab.events[-1].pid == environments[slot].pid
            if current != environments[slot].pid:
                assert lab.events.of("context_switch")[-1].pid == environments[slot].pid
                assert runs_of(environments[0], slot) == before + 1
        lab.check()


def test_env_run_of_one_that_waits_is_refused() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest("sys_ipc_recv((void *)-1);"))
        lab.run()
        with pytest.raises(ValueError, match="not runnable"):
            lab.jos.env_run(process)
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest(""))
        lab.run()
        for call in (lab.jos.env_run, lambda ended: lab.jos.page_lookup(ended, VA)):
            with pytest.raises(ValueError, match="has ended"):
                call(process)
    with vmlab.Lab() as lab, pytest.raises(ValueError, match=r'lab\.jos is for abi="jos-lab3"'):
        lab.jos.page_alloc()


def test_a_run_with_calls_replays(tmp_path: Path) -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        one, other = lab.spawn(SPINS), lab.spawn(READS)
        lab.run(until="syscall")
        page, spare = lab.jos.page_alloc(), lab.jos.page_alloc()
        assert page is not None
        assert spare is not None
        lab.jos.page_insert(one, page, VA, P_W_U)
        lab.jos.page_insert(other, page, VA, 5)
        lab.jos.page_free(spare)
        one.write(VA, b"x")
        lab.jos.env_run(other)
        lab.run(budget=20_000)
        lab.jos.page_remove(one, VA)
        lab.run(budget=20_000)
        lab.save(tmp_path / "run")
        console = lab.console
    replayed = replay_journal(tmp_path / "run")
    assert replayed.same
    assert replayed.lab.console == console
    assert b"seen" in console
