# SPDX-License-Identifier: GPL-2.0-only
"""Debian's i386 programs with its dynamic linker and C library print and return what they do on the host."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.python.linux.host import Ending, compile_program, folder_named_by, require_native, run_command, run_here
from tests.python.linux.test_busybox import TEXT, fill

import vmlab

LOADER = "lib/ld-linux.so.2"
LIBRARIES = ("libc.so.6", "libselinux.so.1", "libpcre2-8.so.0", "libgmp.so.10", "libacl.so.1", "libattr.so.1")
PROGRAMS = ("dash", "cat", "echo", "expr", "head", "ls", "printf", "seq", "sort", "test", "wc")
EXIT_GROUP = 252
ENVIRONMENT = {"LANG": "C", "PATH": "/bin"}

COMMANDS = [
    ["echo", "hello", "world"],
    ["echo", "-e", r"tab\there"],
    ["cat", "text", "binary"],
    ["cat"],
    ["cat", "none"],
    ["sort", "text"],
    ["sort", "-n", "lines"],
    ["sort", "-ru"],
    ["wc", "text", "binary", "large"],
    ["wc", "-l"],
    ["head", "-n", "3", "text"],
    ["head", "-c", "5000", "large"],
    ["seq", "1", "3", "20"],
    ["seq", "-s", ", ", "0.5", "0.25", "2"],
    ["expr", "6", "*", "7"],
    ["expr", "123456789012345678901234567890", "*", "7"],
    ["expr", "1", "/", "0"],
    ["test", "-f", "text"],
    ["test", "-d", "text"],
    ["printf", r"%05d|%s|%x|%.3f\n", "42", "text", "255", "1.5"],
    ["ls", "-1", "directory", "text"],
    ["ls", "none"],
    ["dash", "-c", "x=3; while [ $x -gt 0 ]; do echo $x; x=$((x-1)); done; exit 5"],
    ["dash", "-c", 'read a b; echo "$b,$a"; kill -TERM $$'],
    ["dash", "-c", "(echo in a child; exit 3); echo $?"],
    ["dash", "-c", "no_such_program"],
]
IN_A_ROOT = [
    "cat /text; echo $?; ls -1 /directory",
    "sort /lines > /sorted; head -n 2 /sorted; wc -l < /sorted",
    "expr 3 + 4 && test -f /none || echo no",
    "seq 1 30 | sort -rn | head -n 2; cat /large | sort | wc",
    "head -n 1; n=$(seq 1 9 | wc -l); expr $n '*' $(cat /lines | wc -l)",
    "exec printf '%s %s\n' one two",
]


@pytest.fixture(scope="module")
def debian() -> Path:
    return folder_named_by("VMLAB_TEST_I386_ROOT", "a folder with Debian's i386 programs and libraries")


def found(debian: Path, folders: Sequence[str], name: str) -> Path:
    return next(path for folder in folders if (path := debian / folder / name).exists())


def add_programs(debian: Path, root: Path) -> Path:
    """What the programs need, each file at one of the places where Debian's releases have had it."""
    libraries = root / "lib" / "i386-linux-gnu"
    libraries.mkdir(parents=True)
    shutil.copy(found(debian, ("lib", "usr/lib"), "ld-linux.so.2"), root / LOADER)
    for name in LIBRARIES:
        shutil.copy(found(debian, ("lib/i386-linux-gnu", "usr/lib/i386-linux-gnu"), name), libraries / name)
    (root / "bin").mkdir()
    for name in PROGRAMS:
        shutil.copy(found(debian, ("bin", "usr/bin"), name), root / "bin" / name)
    return root


@pytest.fixture(scope="module")
def installed(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return add_programs(debian, tmp_path_factory.mktemp("installed"))


def run_by_loader(installed: Path, arguments: list[str], stdin: bytes, folder: Path) -> Ending:
    """On the host, whose own /lib need not have the loader: it starts the program as an argument."""
    program = installed / "bin" / arguments[0]
    libraries = installed / "lib" / "i386-linux-gnu"
    loader = [installed / LOADER, "--library-path", libraries, "--argv0", arguments[0], program]
    return run_command([*loader, *arguments[1:]], ENVIRONMENT, stdin, folder)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_and_status_are_the_hosts(arguments: list[str], debian: Path, installed: Path, tmp_path: Path) -> None:
    require_native()
    expected = run_by_loader(installed, arguments, TEXT, fill(tmp_path / "native"))
    root = add_programs(debian, fill(tmp_path / "here"))
    assert run_here(installed / "bin" / arguments[0], arguments[1:], ENVIRONMENT, TEXT, root) == expected


@pytest.mark.parametrize("script", IN_A_ROOT)
def test_a_shell_runs_other_programs_as_on_the_host(script: str, debian: Path, tmp_path: Path) -> None:
    require_native()
    if os.geteuid() != 0:
        pytest.skip("only root may change its root directory")
    native = add_programs(debian, fill(tmp_path / "native"))
    done = run_command(["/bin/dash", "-c", script], ENVIRONMENT, TEXT, native, change_root=True)
    root = add_programs(debian, fill(tmp_path / "here"))
    here = run_here(root / "bin" / "dash", ["-c", script], ENVIRONMENT, TEXT, root)
    # Its name is the path by which it was started.
    assert here == Ending(done.stdout, done.stderr.replace(b"/bin/dash", b"dash"), done.status)


def test_libraries_come_in_page_by_page_and_are_shared(installed: Path) -> None:
    with vmlab.Lab(root=installed) as lab:
        first = lab.spawn(installed / "bin" / "echo", args=["hello"])
        lab.run()
        assert first.stdout == b"hello\n"
        library = (installed / "lib" / "i386-linux-gnu" / "libc.so.6").stat().st_size
        brought_in = [fault for fault in first.faults if fault.major]
        assert 10 < len(brought_in) < library / 4096 / 2
        second = lab.spawn(installed / "bin" / "echo", args=["hello"])
        lab.run()
        assert second.stdout == first.stdout
        assert not any(fault.major for fault in second.faults)
        lab.check()


def test_a_program_without_its_loader_is_refused_with_the_way_out(installed: Path) -> None:
    with vmlab.Lab() as lab:
        with pytest.raises(ValueError, match=r"needs the interpreter /lib/ld-linux\.so\.2.*root="):
            lab.spawn(installed / "bin" / "echo")
        lab.check()


def test_a_run_replays(installed: Path, tmp_path: Path) -> None:
    with vmlab.Lab(root=installed) as lab:
        lab.spawn(installed / "bin" / "sort", stdin=TEXT)
        lab.run()
        lab.save(tmp_path / "run")
        recorded = lab.events.to_bytes()
    with vmlab.replay(tmp_path / "run") as again:
        assert again.events.to_bytes() == recorded


def test_scripts_run_with_debians_shell(installed: Path, tmp_path: Path) -> None:
    script = tmp_path / "greet"
    script.write_text('#!/bin/dash -e\nfor name in "$@"; do echo "$0 $name"; done\nfalse\necho not reached\n')
    with vmlab.Lab(root=installed) as lab:
        process = lab.spawn(script, args=["one", "two words"])
        lab.run()
        assert process.stdout_text == "/bin/greet one\n/bin/greet two words\n"
        assert process.exit_status == 1


def test_a_seed_moves_a_program_and_the_run_replays(installed: Path, tmp_path: Path) -> None:
    starts = []
    for seed in (None, None, 1, 1, 2):
        with vmlab.Lab(root=installed, randomize=seed) as lab:
            process = lab.spawn(installed / "bin" / "sort", stdin=TEXT)
            lab.run(until=vmlab.event("syscall", number=EXIT_GROUP))
            starts.append([(mapping.start, mapping.end) for mapping in process.maps])
            lab.run()
            assert process.stdout == b"".join(sorted(TEXT.splitlines(keepends=True)))
            lab.save(tmp_path / "run")
            recorded = lab.events.to_bytes()
        with vmlab.replay(tmp_path / "run") as again:
            assert again.events.to_bytes() == recorded
    assert starts[0] == starts[1]
    assert starts[2] == starts[3]
    assert len({tuple(start) for start in starts}) == 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_program_may_ask_that_nothing_of_where_it_lies_is_left_to_chance(seed: int, tmp_path: Path) -> None:
    elf = compile_program("execution_domain", tmp_path)
    with vmlab.Lab(randomize=seed) as lab:
        process = lab.spawn(elf)
        lab.run()
        assert b"the same place: 1\n" in process.stdout


def test_the_seed_of_the_layout_is_a_number() -> None:
    with pytest.raises(ValueError, match="randomize='yes'"):
        vmlab.Lab(randomize="yes")  # type: ignore[arg-type]
