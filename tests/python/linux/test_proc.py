# SPDX-License-Identifier: GPL-2.0-only
"""/proc as busybox reads it: processes, memory, descriptors, and settings that are written."""

from pathlib import Path
from typing import Any

import pytest
from tests.python.linux.host import folder_named_by

import vmlab


@pytest.fixture(scope="module")
def busybox() -> Path:
    return folder_named_by("VMLAB_TEST_BUSYBOX", "Debian's static i386 busybox")


def run(busybox: Path, *arguments: str, **config: Any) -> str:
    with vmlab.Lab(**{"ram": "16 MiB", **config}) as lab:
        process = lab.spawn(busybox, arguments)
        assert lab.run(budget=2_000_000_000).reason == "exited"
        lab.check()
        assert process.stderr == b""
        assert process.exit_status == 0
        return process.stdout.decode()


def shell(busybox: Path, script: str, **config: Any) -> str:
    return run(busybox, "sh", "-c", script, **config)


def test_ps_lists_who_is_there(busybox: Path) -> None:
    lines = shell(busybox, "sleep 5 & ps -o pid,ppid,stat,comm,args; kill $!").splitlines()
    assert lines[0].split() == ["PID", "PPID", "STAT", "COMMAND", "COMMAND"]
    assert [line.split()[:4] for line in lines[1:]] == [
        ["1", "0", "S", "busybox"],
        ["2", "1", "S", "sleep"],
        ["3", "1", "R", "ps"],
    ]
    assert lines[2].endswith(" sleep 5")


def test_free_tells_what_there_is(busybox: Path) -> None:
    lines = run(busybox, "free", swap="1 MiB").splitlines()
    assert lines[1].split()[:2] == ["Mem:", "16384"]
    assert lines[-1].split() == ["Swap:", "1024", "0", "1024"]


def test_top_runs_once(busybox: Path) -> None:
    text = run(busybox, "top", "-b", "-n1")
    assert text.startswith("Mem: ")
    assert any(line.split()[:2] == ["1", "0"] and line.endswith("top -b -n1") for line in text.splitlines())


def test_small_commands_find_their_files(busybox: Path) -> None:
    assert shell(busybox, "sleep 5 & pidof sleep; kill $!") == "2\n"
    assert run(busybox, "mount") == "tmpfs on / type tmpfs (rw)\nproc on /proc type proc (rw)\n"
    assert "load average: 0.00, 0.00, 0.00" in run(busybox, "uptime")
    assert run(busybox, "ls", "/proc/self/fd") == "0\n1\n2\n3\n"
    assert run(busybox, "sysctl", "-n", "kernel.ostype", "kernel.osrelease") == "Linux\n6.1.0\n"
    assert shell(busybox, "echo in | cat /dev/stdin; echo out > /dev/stdout") == "in\nout\n"
    assert run(busybox, "find", "/proc/sys/vm", "-name", "over*") == (
        "/proc/sys/vm/overcommit_kbytes\n/proc/sys/vm/overcommit_memory\n/proc/sys/vm/overcommit_ratio\n"
    )


def test_everything_in_proc_can_be_read(busybox: Path) -> None:
    names = run(busybox, "find", "/proc", "-type", "f").split()
    assert len(names) > 40
    readable = [name for name in names if not name.endswith(("drop_caches", "pagemap"))]
    read = shell(busybox, f"for name in {' '.join(readable)}; do cat $name > /dev/null && echo $name; done")
    assert read.split() == readable


def test_settings_change_the_kernel(busybox: Path) -> None:
    allocate = "dd if=/dev/zero of=/dev/null bs=20M count=1 2>&1 | grep -c 'out of memory'"
    turn = "cd /proc/sys/vm; echo 1 > overcommit_memory; cat overcommit_memory"
    script = f"{allocate}; {turn}; dd bs=1 count=0 obs=20M; echo $?"
    assert shell(busybox, f"({script}) 2> /dev/null", swap="0", overcommit="heuristic") == "1\n1\n0\n"
    assert shell(busybox, "echo 80 > /proc/sys/vm/overcommit_ratio; cat /proc/sys/vm/overcommit_ratio") == "80\n"
    limit = shell(busybox, "echo 400 > /proc/sys/vm/overcommit_kbytes; grep CommitLimit /proc/meminfo")
    assert limit.split()[1] == "400"
    assert shell(busybox, "cd /proc/sys/vm; echo 3 > page-cluster; cat page-cluster") == "3\n"


@pytest.mark.parametrize(
    "command",
    [
        "echo 3 > /proc/sys/vm/overcommit_memory",
        "echo x > /proc/sys/vm/overcommit_memory",
        "echo 6 > /proc/sys/vm/page-cluster",
        "echo 0 > /proc/sys/vm/drop_caches",
        "echo 99999999999 > /proc/sys/vm/overcommit_ratio",
        "echo 1 > /proc/sys/kernel/ostype",
        "echo 1 > /proc/meminfo",
    ],
)
def test_settings_refuse_what_they_do_not_know(command: str, busybox: Path) -> None:
    with vmlab.Lab(ram="16 MiB") as lab:
        process = lab.spawn(busybox, ["sh", "-c", f"before=$(cat /proc/sys/vm/overcommit_memory); {command}"])
        assert lab.run(budget=2_000_000_000).reason == "exited"
        assert process.exit_status != 0
        lab.check()


def test_caches_are_dropped(busybox: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(2 << 20))
    look = "grep ^Cached /proc/meminfo"
    script = f"cat /file > /dev/null; {look}; echo 1 > /proc/sys/vm/drop_caches; {look}"
    with vmlab.Lab(ram="16 MiB", root=tmp_path) as lab:
        process = lab.spawn(busybox, ["sh", "-c", script])
        assert lab.run(budget=2_000_000_000).reason == "exited"
        before, after = (int(line.split()[1]) for line in process.stdout_text.splitlines())
        assert before - after >= 2048
        lab.check()


def test_a_past_moment_has_the_same_files(busybox: Path, tmp_path: Path) -> None:
    with vmlab.Lab(ram="16 MiB") as lab:
        process = lab.spawn(busybox, ["sh", "-c", "cat /proc/self/stat /proc/uptime /proc/meminfo"])
        lab.run()
        first, log = process.stdout, lab.events.to_bytes()
    with vmlab.Lab(ram="16 MiB") as lab:
        process = lab.spawn(busybox, ["sh", "-c", "cat /proc/self/stat /proc/uptime /proc/meminfo"])
        lab.run()
        assert process.stdout == first
        assert lab.events.to_bytes() == log
