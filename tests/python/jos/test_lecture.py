# SPDX-License-Identifier: GPL-2.0-only
"""The lecture's way of one system call, and what the kernel does with a page fault, told by JOS's own names."""

import struct

import pytest
from tests.python.jos.running import finished, guest

import vmlab
from vmlab.jos import CallPath, page_fault_handler, system_call

CALL = guest('sys_cputs("asdf", 4);')
PRINTF = guest('printf("asdf\\n"); fflush(stdout); return 0;')
RING_0 = [
    *("the processor", "the vector's stub", "_alltraps", "trap", "trap_dispatch", "syscall"),
    *("env_pop_tf", "iret"),
]


def stopped_at(kind: str, program: vmlab.Program, abi: str = "jos-lab4") -> tuple[vmlab.Process, CallPath]:
    lab = vmlab.Lab(abi=abi)
    process = lab.spawn(program)
    assert lab.run(until=vmlab.event(kind, number=0)).event is not None
    return process, system_call(process)


@pytest.mark.parametrize("abi", ["jos-lab3", "jos-lab4"])
def test_the_steps_come_in_order_with_their_rings(abi: str) -> None:
    _, path = stopped_at("syscall", CALL, abi)
    inner = [step.name for step in path if step.ring == 0]
    assert inner == RING_0
    start = path.names.index("sys_cputs")
    assert path.names[start - 1] == "main"
    assert path.names[start:] == ["sys_cputs", "int $0x30", *RING_0, "sys_cputs"]
    assert [step.ring for step in path][start:] == [3, 3, *[0] * len(RING_0), 3]


def test_printing_goes_through_the_library() -> None:
    _, path = stopped_at("syscall", PRINTF)
    chain = [step.name for step in path if step.ring == 3]
    assert chain.index("main") < chain.index("printf") < chain.index("write") < chain.index("sys_cputs")


def test_the_trap_frame_shows_number_and_length() -> None:
    process, path = stopped_at("syscall", CALL)
    words = dict(path["_alltraps"].pushed)
    assert (words["eax"], words["ecx"]) == (0, 4)
    assert process.read(words["edx"], 4) == b"asdf"
    assert dict(path["the vector's stub"].pushed) == {"err": 0, "trapno": 48}
    pushed = [word for step in path for _, word in step.pushed]
    assert struct.pack("<17I", *reversed(pushed)) == path.frame_bytes
    names = [name for step in path for name, _ in step.pushed]
    assert names == [name for name, _ in reversed(list(process.trap_frame.items()))]


def test_the_processor_pushes_what_ring_3_had() -> None:
    process, path = stopped_at("syscall", CALL)
    registers = process.registers
    assert dict(path["the processor"].pushed) == {
        "ss": 0x23,
        "esp": registers.esp,
        "eflags": registers.eflags,
        "cs": 0x1B,
        "eip": registers.eip,
    }


@pytest.mark.parametrize(("abi", "size"), [("jos-lab3", 96), ("jos-lab4", 124)])
def test_the_kernel_has_a_copy_that_ring_3_can_read(abi: str, size: int) -> None:
    process, path = stopped_at("syscall", CALL, abi)
    assert "environment 00001000, at 0xeec00000" in path["trap"].text
    assert process.read(0xEEC00000, size)[:68] == path.frame_bytes


def test_the_result_goes_into_eax_of_the_frame() -> None:
    process, after = stopped_at("syscall", CALL)
    assert after["syscall"].text.endswith(": 0x0 goes into eax of the frame")
    assert after.steps[-1].text.endswith("with eax 0x0")
    assert process.trap_frame.eax == 0


def test_a_call_that_waits_has_no_result_yet() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest("sys_ipc_recv((void *)-1);"))
        lab.run()
        path = system_call(process)
        assert path["syscall"].text.endswith("not yet made")
        assert path.steps[-1].text.endswith("with eax what the call returns")


def test_a_program_without_frame_pointers_or_symbols_is_told_as_far_as_it_goes() -> None:
    text = """
        .globl _start
    _start:
        movl $-1, %ebp
        movl $2, %eax
        int $0x30
        hlt
    """
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(vmlab.asm(text))
        lab.run(until="syscall")
        path = system_call(process)
        assert path.names[0] in ("_start", "a program without symbols")
        assert "sys_getenvid()" in path["syscall"].text
    with pytest.raises(KeyError, match="the steps are"):
        path["nowhere"]
    assert "alltraps" in str(path)
    assert "alltraps" in path._repr_html_()


def test_what_is_no_system_call_is_refused() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(CALL)
        with pytest.raises(ValueError, match="is in no system call"):
            system_call(process)
        lab.run()
        with pytest.raises(ValueError, match="is in no system call"):
            system_call(process)
    with vmlab.Lab() as lab, pytest.raises(ValueError, match="tells of JOS's kernels"):
        system_call(lab.spawn(vmlab.touch(["r0"])))


FAULTING = """
static void handler(struct UTrapframe *frame) {
    sys_page_alloc(0, (void *)(frame->utf_fault_va & ~4095u), PTE_P | PTE_U | PTE_W);
    if (frame->utf_fault_va == 0x10000000) *(volatile int *)0x10001000 = 2;
}
"""


def test_a_fault_goes_to_the_program_s_handler_also_its_own() -> None:
    program = guest("set_pgfault_handler(handler); *(volatile int *)0x10000000 = 1;", before=FAULTING)
    with finished(program) as lab:
        process = lab.process(1)
        faults = [fault for fault in process.faults if fault.address >= 0x10000000]
        assert [fault.address for fault in faults] == [0x10000000, 0x10001000]
        first, nested = (page_fault_handler(process, fault) for fault in faults)
        upcalls = process.events.of("upcall")
        assert upcalls[0].record == 0xEEC00000 - 52
        assert upcalls[1].record < upcalls[0].record
        assert first["exception stack"] == "from its top down"
        assert nested["exception stack"] == "a word is left free below ESP, which is there already"
        assert first["UTrapframe"].startswith("52 bytes at 0xeebfffcc")
        assert str(upcalls[0].handler) in first["env_run"]


def test_a_fault_of_a_program_without_a_handler_ends_it() -> None:
    with finished(guest("*(volatile int *)0 = 1;")) as lab:
        process = lab.process(1)
        told = page_fault_handler(process, process.faults[-1])
        assert told["env_destroy"]
        assert not told["UTrapframe"]
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest("*(volatile int *)0 = 1;"))
        lab.run(until="fault")
        with pytest.raises(ValueError, match="has not acted"):
            page_fault_handler(process, process.faults[-1])


def test_functions_are_those_of_the_program_that_runs_not_of_one_before_it() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        lab.spawn(PRINTF)
        second = lab.spawn(CALL)
        lab.run(until=vmlab.event("syscall", number=0, pid=second.pid))
        names = system_call(second).names
        assert names[names.index("main") : names.index("int $0x30")] == ["main", "sys_cputs"]
