# SPDX-License-Identifier: GPL-2.0-only
"""The course's drawing of a page fault, and memory as a bar."""

from pathlib import Path

import pytest

import vmlab
from vmlab.pintos import page_fault
from vmlab.views.frames import Frames

HERE = Path(__file__).parent

# The drawing's instructions, with a page boundary where ESP is at the start, and a last one that nothing allows.
PUSHES = """
    .globl _start
_start:
    andl $-4096, %esp
    addl $4, %esp
    pushl %ebp
    subl $20, %esp
second:
    pushl %eax
    pushl %ebx
third:
    movl %eax, 0x100
"""


@pytest.fixture(scope="module")
def lab() -> vmlab.Lab:
    lab = vmlab.Lab(abi="pintos")
    lab.spawn(vmlab.asm(PUSHES))
    lab.run()
    lab.check()
    return lab


def test_a_push_below_the_stack_resumes(lab: vmlab.Lab) -> None:
    (fault,) = (fault for fault in lab.events.faults if fault.result == "stack_grow")
    steps = page_fault(fault)
    assert [label for label, _ in steps] == [
        "instruction",
        "intr0e_stub",
        "page_fault()",
        "is it the user's?",
        "allocate page frame",
        "install page in page table",
        "ret",
    ]
    esp = fault.registers["esp"]
    assert esp % 4096 == 4096 - 20
    assert fault.address == esp - 4
    assert steps["instruction"].startswith("push eax, at 0x0804")
    assert steps["intr0e_stub"] == "interrupt 0x0e, error code 6: a write in user mode; the page is not present"
    assert steps["page_fault()"] == f"get fault addr: CR2 is {fault.address}"
    assert steps["is it the user's?"] == "yes: bfffe000-c0000000 rw- (stack)"
    assert fault.pte_after is not None
    assert steps["allocate page frame"] == f"frame {fault.pte_after >> 12}, filled with zeros: the stack has grown"
    assert steps["install page in page table"] == "directory entry 0x2ff, table entry 0x3fe: present writable user"
    assert steps["ret"] == f"the instruction at {fault.eip} is executed again, and the MMU walks the page table again"


def test_a_process_that_nothing_is_mapped_for_is_terminated(lab: vmlab.Lab) -> None:
    steps = page_fault(lab.events.faults[-1])
    assert [label for label, _ in steps] == [
        "instruction",
        "intr0e_stub",
        "page_fault()",
        "is it the user's?",
        "terminate process",
    ]
    assert steps["is it the user's?"] == "no: nothing is mapped there, and no stack may grow to it"
    assert lab.processes[0].exit_status == -1


def test_code_comes_from_its_file(lab: vmlab.Lab) -> None:
    fault = next(fault for fault in lab.events.faults if fault.access == "fetch")
    steps = page_fault(fault)
    assert steps["instruction"].startswith("an instruction that is not in memory yet, at 0x0804")
    assert steps["allocate page frame"].endswith("with the page from its file or swap slot")


def test_what_the_kernel_touches_needs_no_stub(lab: vmlab.Lab) -> None:
    fault = lab.events.kernel_faults[0]  # the arguments on the stack
    steps = page_fault(fault)
    assert steps["intr0e_stub"] == ""
    assert steps["system call"] == "the kernel itself touches the page, with the memory of its caller"
    assert steps["ret"].startswith("the system call goes on")


def test_a_fault_that_is_not_answered_yet_has_no_steps() -> None:
    with vmlab.Lab(abi="pintos") as lab:
        process = lab.spawn(vmlab.asm(PUSHES))
        lab.run(until="fault")
        with pytest.raises(ValueError, match="not acted"):
            page_fault(process.faults[-1])


def test_memory_as_a_bar() -> None:
    assert Frames(("page",) * 4 + ("free",) * 4, {}).bar(8) == "####...."
    assert Frames(("page", "free") * 4, {}).bar(4) == "++++"
    assert Frames(("page",) * 3 + ("zeroed",) * 5, {}).bar(4) == "#+.."
    assert Frames(("page", "free"), {}).bar(8) == "#."
    with vmlab.Lab(abi="pintos") as lab:
        lab.spawn(HERE / "memory.c", args=["600"])
        lab.run(until="swap_out")
        bar = lab.frames.bar(64)
        assert len(bar) == 64
        assert bar.count(".") > 30
        assert bar.startswith("#" * 20)


def test_a_saved_session_runs_again(tmp_path: Path) -> None:
    with vmlab.Lab(abi="pintos", root=HERE) as lab:
        lab.spawn(HERE / "memory.c", args=["200", "0", "3"])
        lab.run()
        lab.save(tmp_path / "journal")
        console = lab.console
    assert vmlab.replay(tmp_path / "journal").console == console
