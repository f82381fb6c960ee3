# SPDX-License-Identifier: GPL-2.0-only
"""A saved journal, run again, gives the same log byte for byte."""

import signal
from pathlib import Path

import pytest
from tests.python.tiny_elf import BSS, DATA, LOOP_FOR_EVER, exit_with, load, store, tiny_elf, write_out

import vmlab
from vmlab.handlers import FaultHandle, HandlerKernel
from vmlab.journal.replay import replay_journal

FAR = 0x40000000
PROGRAM = tiny_elf(store(BSS), load(DATA), write_out(DATA, 5), exit_with(9), data=b"hello")


def assert_same(lab: vmlab.Lab, path: Path) -> vmlab.Lab:
    lab.save(path)
    replayed = replay_journal(path)
    assert replayed.same
    assert replayed.events == len(lab.events)
    assert replayed.lab.events.to_bytes() == lab.events.to_bytes()
    replayed.lab.check()
    again = path.with_suffix(".again")
    replayed.lab.save(again)
    assert again.read_bytes() == path.read_bytes(), "a replay is journalled as the run was"
    return replayed.lab


def assert_goes_on_after_failure(lab: vmlab.Lab, process: vmlab.Process, path: Path, *, status: int) -> None:
    """Code of the user's raises once, and the run ends there; the next one ends with the process. Both replay."""
    with pytest.raises(LookupError, match="no idea"):
        lab.run()
    lab.check()
    assert_same(lab, path)
    lab.run()
    assert process.exit_status == status
    assert_same(lab, path)


def test_a_whole_run(tmp_path: Path) -> None:
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "root" / "sub" / "file").write_bytes(bytes(range(256)))
    with vmlab.Lab(ram="1 MiB", frames=100, seed=7, root=tmp_path / "root") as lab:
        lab.spawn(PROGRAM, args=["one", "zwei"], env={"A": "b"}, stdin=b"\0\xff")
        lab.spawn(PROGRAM)
        lab.run()
        again = assert_same(lab, tmp_path / "journal")
        assert [process.stdout for process in again.processes] == [b"hello"] * 2
        assert vmlab.replay(tmp_path / "journal").events.to_bytes() == lab.events.to_bytes()


def test_runs_that_stop_in_between(tmp_path: Path) -> None:
    with vmlab.Lab(ram="1 MiB") as lab:
        process = lab.spawn(PROGRAM)
        lab.run(until="fault")
        process.write(DATA, b"HE")
        lab.run(until=vmlab.event("fault_resolved", result="zero_fill"))
        lab.run(until=lambda event: event.name == "syscall")
        lab.run(budget=1)
        lab.spawn(tiny_elf(LOOP_FOR_EVER))
        lab.run(budget=12_345)
        lab.run(budget=77)
        assert process.stdout == b"HEllo"
        again = assert_same(lab, tmp_path / "journal")
        assert again.process(2).registers == lab.process(2).registers
        assert again.now == lab.now
        assert (again.run(budget=50), again.events.to_bytes()) == (lab.run(budget=50), lab.events.to_bytes())


def test_a_handler_takes_part_without_being_there(tmp_path: Path) -> None:
    calls = []

    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        calls.append(fault.page)
        if fault.address < FAR:
            return NotImplemented
        if fault.access == "write":
            return vmlab.DELIVER
        frame = kernel.allocate_frame()
        kernel.allocate_frame()
        kernel.write_frame(frame, b"magic", offset=16)
        kernel.map_page(fault.page, frame, writable=False)
        return vmlab.RETRY

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(tiny_elf(load(FAR), write_out(FAR + 16, 5), store(FAR)))
        lab.run()
        assert (process.stdout, process.signal) == (b"magic", 11)
        count = len(calls)
        again = assert_same(lab, tmp_path / "journal")
        assert again.process(1).stdout == b"magic"
        assert len(calls) == count, "the user's handler is not asked"


def test_a_handler_that_raised(tmp_path: Path) -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        if fault.access == "write":
            kernel.allocate_frame()
            raise LookupError
        return NotImplemented

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        process = lab.spawn(PROGRAM)
        with pytest.raises(LookupError):
            lab.run()
        lab.set_page_fault_handler(None)
        lab.run()
        assert process.exit_status == 9
        assert_same(lab, tmp_path / "journal")


def test_what_failed_is_part_of_the_run(tmp_path: Path) -> None:
    with vmlab.Lab(ram="128 KiB") as lab:
        with pytest.raises(ValueError, match=r"(?i)ram"):
            list(map(lab.spawn, [PROGRAM] * 20))
        with pytest.raises(ValueError, match="memory behind"):
            lab.processes[0].write(0, b"x")
        lab.run()
        assert_same(lab, tmp_path / "journal")


def test_a_handler_that_raised_at_once(tmp_path: Path) -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        raise LookupError

    with vmlab.Lab(ram="1 MiB", page_fault_handler=handler) as lab:
        lab.spawn(PROGRAM)
        with pytest.raises(LookupError):
            lab.run()
        again = assert_same(lab, tmp_path / "journal")
        with pytest.raises(vmlab.VmlabError, match="no further answer"):
            again.run()


def test_no_progress(tmp_path: Path) -> None:
    with vmlab.Lab(ram="1 MiB", page_fault_handler=lambda kernel, fault: vmlab.RETRY) as lab:
        lab.spawn(PROGRAM)
        with pytest.raises(vmlab.HandlerMadeNoProgress):
            lab.run()
        assert_same(lab, tmp_path / "journal")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers on this platform")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, LookupError])
def test_a_run_that_a_signal_ended(tmp_path: Path, kind: type[BaseException]) -> None:
    def interrupt(*_: object) -> None:
        raise kind

    before = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        with vmlab.Lab(ram="1 MiB") as lab:
            lab.spawn(tiny_elf(LOOP_FOR_EVER))
            lab.spawn(tiny_elf(store(BSS), LOOP_FOR_EVER))
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
            if kind is KeyboardInterrupt:
                assert lab.run().reason == "interrupted"
            else:
                with pytest.raises(kind):
                    lab.run()
            assert lab.counters.instructions > 100_000
            lab.run(budget=100)
            again = assert_same(lab, tmp_path / "journal")
            assert again.now == lab.now
    finally:
        signal.signal(signal.SIGVTALRM, before)


def test_out_of_frames_in_a_handler(tmp_path: Path) -> None:
    def handler(kernel: HandlerKernel, fault: FaultHandle) -> object:
        with pytest.raises(MemoryError):
            list(iter(kernel.allocate_frame, None))
        return NotImplemented

    with vmlab.Lab(ram="128 KiB", page_fault_handler=handler) as lab:
        lab.spawn(PROGRAM)
        lab.run()
        assert_same(lab, tmp_path / "journal")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    with vmlab.Lab(ram="1 MiB") as lab:
        lab.spawn(PROGRAM)
        lab.run()
        lab.save(tmp_path / "journal")
    return tmp_path / "journal"


@pytest.mark.parametrize("keep", [0, 5, 16, 100, -1, -9])
def test_a_truncated_journal(saved: Path, keep: int) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"journal: .*(no vmlab journal|truncated or damaged)"):
        vmlab.replay(saved)


def test_a_damaged_journal(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    saved.write_bytes(data)
    with pytest.raises(ValueError, match="truncated or damaged"):
        vmlab.replay(saved)


def test_no_journal_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        vmlab.replay(tmp_path / "nowhere")
