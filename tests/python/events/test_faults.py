# SPDX-License-Identifier: GPL-2.0-only
"""Page faults as one thing each, and what they tell a student."""

import pickle
from collections.abc import Iterator

import pytest
from tests.python.tiny_elf import BSS, ENTRY, exit_with, load, store, tiny_elf, write_out

import vmlab
from vmlab.explain import error_in_words
from vmlab.views.fault import Fault


@pytest.fixture(scope="module")
def lab() -> Iterator[vmlab.Lab]:
    """Fetch, write to bss, read of bss, the kernel's read of another page, a read of address 16 that kills."""
    code = store(BSS, 7), load(BSS + 0x1000), write_out(BSS + 0x2000, 4), load(16)
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(*code))
        lab.run()
        yield lab


@pytest.fixture(scope="module")
def faults(lab: vmlab.Lab) -> dict[int, Fault]:
    return {int(fault.address): fault for fault in lab.events.faults}


def test_each_fault_has_what_the_processor_says(faults: dict[int, Fault]) -> None:
    assert [(address, f.error, f.access) for address, f in faults.items()] == [
        (ENTRY, 4, "fetch"),
        (BSS, 6, "write"),
        (BSS + 0x1000, 4, "read"),
        (16, 4, "read"),
    ]
    assert faults[BSS].eip == ENTRY
    assert faults[BSS].trap == 14
    assert faults[BSS].page == BSS


def test_each_fault_has_what_the_kernel_did(faults: dict[int, Fault]) -> None:
    assert (faults[ENTRY].result, faults[ENTRY].major) == ("page_in", True)
    assert (faults[BSS].result, faults[BSS].major) == ("zero_fill", False)
    assert faults[16].result == "no_mapping"


def test_entries_before_and_after(faults: dict[int, Fault]) -> None:
    fault = faults[BSS]
    assert fault.pte_before is not None
    assert fault.pte_after is not None
    assert fault.pte_before & 1 == 0
    assert fault.pte_after & 7 == 7


def test_the_mapping_of_a_fault(faults: dict[int, Fault]) -> None:
    mapping = faults[BSS].mapping
    assert mapping is not None
    assert mapping.start <= BSS < mapping.end
    assert "rw-" in str(mapping)
    assert faults[16].mapping is None


def test_where_the_kernel_itself_touches_a_page_there_is_no_instruction(lab: vmlab.Lab) -> None:
    (fault,) = (fault for fault in lab.events.kernel_faults if fault.address == BSS + 0x2000)
    assert (fault.eip, fault.trap, fault.registers, fault.instruction) == (None, None, {}, None)
    assert (fault.result, fault.access, fault.error) == ("zero_page", "read", 0)
    assert "the kernel itself" in str(fault.explain())
    assert all(fault.by_kernel for fault in lab.events.kernel_faults)
    assert not any(fault.by_kernel for fault in lab.events.faults)


def test_an_explanation_names_everything(faults: dict[int, Fault]) -> None:
    explanation = faults[BSS].explain()
    assert f"mov dword ptr [{BSS:#x}], 7, at {ENTRY:#010x}" in explanation["instruction"]
    assert explanation["address"].startswith(f"{BSS:#010x}")
    assert explanation["error code"] == "6: a write in user mode; the page is not present"
    assert "not present" in explanation["walk"] or "present" in explanation["walk"]
    assert "rw-" in explanation["mapping"]
    assert explanation["what was done"] == "a fresh frame, filled with zeros"
    assert "present writable user" in str(explanation)


def test_an_explanation_shows_the_registers_that_the_instruction_uses() -> None:
    push_at = b"\xbb" + BSS.to_bytes(4, "little") + b"\x89\x43\x04"  # mov ebx, BSS; mov [ebx + 4], eax
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(push_at, exit_with(0)))
        lab.run()
        explanation = lab.events.faults.of("zero_fill")[0].explain()
    assert f"ebx = {BSS:#010x}" in explanation["registers"]
    assert "eax = 0x00000000" in explanation["registers"]


def test_events_of_a_fault_explain_themselves(lab: vmlab.Lab) -> None:
    question = lab.events.faults[1].question
    question = lab.events[question.index]
    answer = question.partner
    assert answer is not None
    assert answer.name == "fault_resolved"
    assert lab.events[answer.index].partner == question
    assert str(question.explain()) == str(lab.events[answer.index].explain())
    with pytest.raises(ValueError, match="only page faults"):
        lab.events.of("syscall")[0].explain()


def test_a_fault_that_waits_for_the_kernel_says_so() -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(tiny_elf(exit_with(0)))
        stop = lab.run(until="fault")
        assert stop.event is not None
        explanation = stop.event.explain()
    assert "has not acted" in explanation["what was done"]
    assert explanation["mapping"] == ""


def test_faults_filter_by_result_and_pickle(lab: vmlab.Lab) -> None:
    faults = lab.events.faults
    assert {fault.result for fault in faults.of("zero_fill")} == {"zero_fill"}
    assert len(faults.of(pid=2)) == 0
    with pytest.raises(ValueError, match="no fault result 'zerofill'"):
        faults.of("zerofill")
    fault = faults[1]
    assert pickle.loads(pickle.dumps(fault)) == fault


def test_faults_interleaved_between_processes_are_paired_by_process() -> None:
    program = tiny_elf(store(BSS), load(BSS + 0x1000), exit_with(0))
    with vmlab.Lab(ram="1 MiB") as lab:
        processes = [lab.spawn(program), lab.spawn(program)]
        lab.run()
        for process in processes:
            assert [fault.pid for fault in process.faults] == [process.pid] * 3
            assert len(process.events.kernel_faults) > 0
            assert all(fault.answer and fault.answer.address == fault.address for fault in process.faults)


@pytest.mark.parametrize(
    ("error", "access", "words"),
    [
        (4, "fetch", "an instruction fetch in user mode; the page is not present"),
        (7, "write", "a write in user mode; the page is present, but its rights forbid it"),
        (0, None, "a read or fetch in kernel mode; the page is not present"),
        (2, None, "a write in kernel mode; the page is not present"),
    ],
)
def test_error_codes_in_words(error: int, access: str | None, words: str) -> None:
    assert error_in_words(error, access) == words
