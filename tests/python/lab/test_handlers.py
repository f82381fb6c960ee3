# SPDX-License-Identifier: GPL-2.0-only
"""Page faults answered in Python."""

import traceback

import pytest
from tests.python.tiny_elf import BSS, CODE, exit_with, load, store, tiny_elf, write_out

import vmlab
from vmlab.handlers import FaultHandle, HandlerKernel

FAR = 0x40000000  # nothing is mapped there


def test_a_handler_maps_pages() -> None:
    seen = []

    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        if fault.address < FAR:
            return NotImplemented
        seen.append((fault.address, fault.page, fault.error, fault.access, fault.pid))
        frame = kernel.allocate_frame()
        kernel.write_frame(frame, b"from python", offset=fault.address.offset)
        kernel.map_page(fault.page, frame, writable=True)
        return vmlab.RETRY

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(
            tiny_elf(store(FAR + 0x1008), load(FAR + 0x2000), write_out(FAR + 0x2000, 11), exit_with(0))
        )
        lab.run()
        assert (process.exit_status, process.stdout) == (0, b"from python")
        assert seen == [
            (FAR + 0x1008, FAR + 0x1000, 6, "write", process.pid),
            (FAR + 0x2000, FAR + 0x2000, 4, "read", process.pid),
        ]
        assert [fault.result for fault in process.faults if fault.page in (FAR + 0x1000, FAR + 0x2000)] == [
            "handled",
            "handled",
        ]
        lab.check()


def test_frames_that_a_handler_did_not_map_go_back() -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        kernel.allocate_frame()
        kernel.allocate_frame()
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(store(BSS), exit_with(0)))
        lab.run()
        assert process.exit_status == 0
        assert "handler" not in lab.frames.by_use
        lab.check()


def test_a_handler_may_deliver() -> None:
    with vmlab.Lab(ram="1 MiB", page_fault_handler=lambda kernel, fault: vmlab.DELIVER) as lab:
        process = lab.spawn(tiny_elf(exit_with(0)))
        lab.run()
        assert process.signal == 11


def test_an_exception_comes_out_with_its_own_traceback_and_the_lab_stays_whole() -> None:
    calls = []

    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        calls.append(fault.address)
        if fault.access == "write" and len(calls) < 5:
            kernel.allocate_frame()
            raise LookupError("no page in my table")
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(store(BSS), exit_with(0)))
        with pytest.raises(LookupError, match="no page in my table") as raised:
            lab.run()
        assert "in handler" in "".join(traceback.format_tb(raised.value.__traceback__))
        lab.check()
        assert process.alive
        assert lab.events.faults[-1].answer is None
        assert not process.page_table[BSS].present
        calls += [0] * 5
        assert lab.run().reason == "exited", "the fault waits for an answer, and gets one now"
        assert process.exit_status == 0
        lab.check()


def test_no_progress_is_an_error_of_its_own() -> None:
    with vmlab.Lab(ram="1 MiB", page_fault_handler=lambda kernel, fault: vmlab.RETRY) as lab:
        process = lab.spawn(tiny_elf(exit_with(0)))
        with pytest.raises(vmlab.HandlerMadeNoProgress):
            lab.run(budget=100_000)
        lab.check()
        assert process.alive
        lab.set_page_fault_handler(None)
        lab.run()
        assert process.exit_status == 0


@pytest.mark.parametrize("answer", [None, True, 0, "retry"])
def test_another_answer_is_refused(answer: object) -> None:
    with vmlab.Lab(ram="1 MiB", page_fault_handler=lambda kernel, fault: answer) as lab:
        lab.spawn(tiny_elf(exit_with(0)))
        with pytest.raises(TypeError, match=r"vmlab\.RETRY, vmlab\.DELIVER or NotImplemented"):
            lab.run()
        lab.check()


def test_kernel_and_fault_expire() -> None:
    kept = []

    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        kept.append((kernel, fault))
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        lab.spawn(tiny_elf(exit_with(0)))
        lab.run()
    kernel, fault = kept[0]
    with pytest.raises(ValueError, match="expired"):
        kernel.allocate_frame()
    with pytest.raises(ValueError, match="expired"):
        _ = fault.address
    assert repr(fault) == "<an expired fault>"


def test_a_handler_may_not_touch_frames_of_others() -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        with pytest.raises(ValueError, match="allocate_frame"):
            kernel.map_page(FAR, 0)
        with pytest.raises(ValueError, match="allocate_frame"):
            kernel.write_frame(0, b"x")
        frame = kernel.allocate_frame()
        with pytest.raises(ValueError, match="do not fit"):
            kernel.write_frame(frame, b"xy", offset=4095)
        with pytest.raises(ValueError, match="cannot be mapped"):
            kernel.map_page(0xC0000000, frame)
        with pytest.raises(ValueError, match="32-bit"):
            kernel.map_page(1 << 32, frame)
        with pytest.raises(ValueError, match="does not allow such rights"):
            kernel.map_page(CODE, frame, writable=True)
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(exit_with(0)))
        lab.run()
        assert process.exit_status == 0
        lab.check()


def test_a_handler_runs_out_of_frames() -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        with pytest.raises(MemoryError, match="no frame is left"):
            list(iter(kernel.allocate_frame, None))
        return NotImplemented

    with vmlab.Lab(ram="256 KiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(exit_with(5)))
        lab.run()
        assert process.exit_status == 5


def test_a_handler_cannot_run_the_lab() -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        assert lab.events[-1].name == "fault", "looking is allowed"
        with pytest.raises(vmlab.LabBusy):
            lab.run()
        with pytest.raises(vmlab.LabBusy):
            lab.spawn(tiny_elf(exit_with(0)))
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(exit_with(0)))
        lab.run()
        assert process.exit_status == 0


def test_a_handler_must_be_callable() -> None:
    with pytest.raises(TypeError, match="cannot be called"):
        vmlab.Lab(page_fault_handler=3)  # type: ignore[arg-type]
