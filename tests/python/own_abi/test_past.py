# SPDX-License-Identifier: GPL-2.0-only
"""Runs under an ABI of our own, run again from their journals without its code."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.python.own_abi.abis import HELPERS, Larger, Tiny
from tests.python.replay.test_replay import assert_goes_on_after_failure, assert_same

import vmlab
from vmlab import ProcessHandle
from vmlab.policy import Page

FAMILY = vmlab.c(f"""
    #include <larger.h>
    {HELPERS}
    char memory[12 * 4096];
    int main(int argc, char **argv) {{
        int parent = park() + argc;
        for (int page = 0; page < 12; page++) memory[page * 4096] = page;
        char *more = (char *)map(0, 3 * 4096, 1), *heap = (char *)sbrk(9000);
        heap[8999] = more[5000] = parent;
        int child = fork();
        for (int page = 0; page < 12; page++) memory[page * 4096] += child == 0 ? 2 : 1;
        say("%d %s\\n", memory[4096], argv[1]);
        if (child == 0) {{ sleep(5000); park(); copy("\\n", more); protect(more, 4096, 0); exit(memory[8192]); }}
        while (!unpark(child)) yield();
        int status;
        wait(&status);
        unmap(more, 4096);
        write((void *)4, 4);
        return more[0]; }}""")


class Fateful(Larger):
    """No two runs under it are alike, and it keeps what it knows in Python."""

    name = "larger"

    def __init__(self) -> None:
        self.parked: list[int] = []

    @vmlab.syscall(12)
    def park(self, process: ProcessHandle) -> int:
        if not self.parked:
            self.parked.append(process.pid)
            return random.SystemRandom().randrange(100)
        return super().park(process)


class Lottery(vmlab.ReplacementPolicy):
    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return random.SystemRandom().choice(candidates)


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"frames": 10, "swap": "256 KiB"},
        {"frames": 10, "swap": "256 KiB", "swap_disk": "ssd", "file_disk": "ssd", "replacement": Lottery},
        {"profile": "xv6", "frames": 90},
        {"profile": "windows", "frames": 128, "swap": "256 KiB"},
    ],
)
def test_a_whole_run(keywords: dict[str, Any], tmp_path: Path) -> None:
    with vmlab.Lab(abi=Fateful, **keywords) as lab:
        process = lab.spawn(FAMILY.compile(Larger), ["word"])
        lab.run(budget=700)
        lab.run(until="fork")
        lab.run()
        assert process.signal == 9, "its last read is of what it gave up"
        assert [one.exit_status for one in process.children] == [4]
        replayed = assert_same(lab, tmp_path / "journal")
        assert dict(replayed.counters) == dict(lab.counters)
        assert replayed.console == lab.console
        assert [str(call) for call in replayed.events.syscalls] == [str(call) for call in lab.events.syscalls]
        assert str(replayed.process(1).layout()) == str(process.layout())


def test_the_journal_has_the_class_and_not_its_code(tmp_path: Path) -> None:
    with vmlab.Lab(abi=Tiny) as lab:
        lab.spawn(vmlab.c("#include <tiny.h>\nint main(void) { return getpid(); }"))
        lab.run(until="syscall")
        lab.save(tmp_path / "journal")
    with vmlab.replay(tmp_path / "journal") as again:
        assert again.abi == "tiny"
        assert again.syscall_table == {1: ("write", "pd"), 2: ("getpid", ""), 3: ("exit", "d")}
        with pytest.raises(vmlab.VmlabError, match="no further answer of the ABI"):
            again.run()
        again.check()


def test_a_policy_that_fails_while_a_handler_reads(tmp_path: Path) -> None:
    class Failing(vmlab.ReplacementPolicy):
        failures = 1

        def select_victim(self, candidates: Sequence[Page]) -> Page:
            if lab.events[-1].name != "fault" or lab.events[-1].eip or not Failing.failures:
                return candidates[0]
            Failing.failures -= 1
            raise LookupError("no idea")

    body = """
        #include <larger.h>
        char memory[12 * 4096];
        int main(void) {
            for (int page = 0; page < 12; page++) memory[page * 4096] = page;
            return copy("text", memory); }"""
    with vmlab.Lab(abi=Larger, frames=6, swap="256 KiB", replacement=Failing) as lab:
        process = lab.spawn(vmlab.c(body))
        assert_goes_on_after_failure(lab, process, tmp_path / "journal", status=4)


def test_with_a_page_fault_handler_beside_it(tmp_path: Path) -> None:
    def handler(kernel: vmlab.handlers.HandlerKernel, fault: vmlab.handlers.FaultHandle) -> Any:
        if fault.address >= 0x40000000:
            return NotImplemented
        if fault.access != "write":
            return NotImplemented
        kernel.map_page(fault.page, kernel.allocate_frame())
        return vmlab.RETRY

    body = """
        #include <larger.h>
        int main(void) {
            char *far = (char *)0x20000000;
            for (int page = 0; page < 3; page++) far[page * 4096] = page + copy("word", far + page * 4096 + 1);
            return far[8192] + far[8193]; }"""
    with vmlab.Lab(abi=Larger) as lab:
        lab.set_page_fault_handler(handler)
        process = lab.spawn(vmlab.c(body))
        lab.run()
        assert_same(lab, tmp_path / "journal")
        assert process.exit_status == 2 - 14, "the kernel's own faults are not the handler's"


def test_what_can_be_pickled() -> None:
    with vmlab.Lab(abi=Larger) as lab:
        process = lab.spawn(FAMILY.compile(Larger))
        lab.run(until="fork")
        events = pickle.loads(pickle.dumps(lab.events))
        assert [str(call) for call in events.syscalls] == [str(call) for call in lab.events.syscalls]
        assert pickle.loads(pickle.dumps(process.layout())) == process.layout()
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(lab)
    assert isinstance(pickle.loads(pickle.dumps(Larger())), Larger)
