# SPDX-License-Identifier: GPL-2.0-only
"""Which compiler is found, what it is asked for, and what becomes of its complaints."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.python.toolchain.programs import require_compiler

from vmlab import toolchain
from vmlab.errors import CompileError, ToolchainError
from vmlab.program import asm, c

HELLO = '#include <stdio.h>\nint main(void) { printf("%s %d\\n", __FILE__, 1 / 2); puts(__DATE__); return 0; }\n'
posix_only = pytest.mark.skipif(os.name != "posix", reason="the stand-in compiler is a shell script")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("LOCALAPPDATA", str(cache))
    return cache


def stand_in(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def real_gcc() -> str:
    found = [compiler for name, compiler in toolchain.survey() if name == "gcc"]
    if not found or not isinstance(found[0], toolchain.Compiler):
        pytest.skip("gcc is not there, or cannot build i386 programs")
    return found[0].command[0]


def test_no_compiler_names_the_ways_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VMLAB_CC", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    toolchain._find_compiler.cache_clear()
    with pytest.raises(ToolchainError) as caught:
        c(HELLO).compile()
    toolchain._find_compiler.cache_clear()
    for way in ("clang with lld", "apt install gcc", "pip install 'vmlab[toolchain]'", "VMLAB_CC", "gcc: not found"):
        assert way in str(caught.value)


@posix_only
def test_clang_comes_first_but_only_if_it_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VMLAB_CC", raising=False)
    gcc = real_gcc()
    path = os.environ["PATH"]
    stand_in(tmp_path / "able", "clang", f'case "$*" in *--target=*) shift;; esac; exec {gcc} "$@"')
    stand_in(tmp_path / "unable", "clang", 'case "$*" in *--version*) echo clang 99;; *) echo no >&2; exit 1;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path / 'unable'}{os.pathsep}{path}")
    assert toolchain.find_compiler().command == (gcc,)
    complaints = {name: str(found) for name, found in toolchain.survey()}
    assert complaints["clang"] == "clang: cannot build an i386 ELF program: no"


@posix_only
def test_vmlab_cc_comes_before_all_and_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcc = real_gcc()
    stand_in(tmp_path, "mine", f'exec {gcc} "$@"')
    monkeypatch.setenv("VMLAB_CC", f"{tmp_path / 'mine'} -DFROM_VMLAB_CC")
    assert toolchain.find_compiler().command == (str(tmp_path / "mine"), "-DFROM_VMLAB_CC")
    c("#ifndef FROM_VMLAB_CC\n#error no\n#endif\nint main(void) { return 0; }\n").compile()
    monkeypatch.setenv("VMLAB_CC", "no-such-compiler")
    with pytest.raises(ToolchainError, match="VMLAB_CC=no-such-compiler: not found"):
        toolchain.find_compiler()


@posix_only
def test_a_compiler_for_another_machine_will_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcc = real_gcc()
    script = f'for a; do shift; [ "$a" = -m32 ] || set -- "$@" "$a"; done; exec {gcc} "$@"'
    stand_in(tmp_path, "wide", script.replace("exec", 'case "$*" in *target*) exit 1;; esac; exec'))
    monkeypatch.setenv("VMLAB_CC", str(tmp_path / "wide"))
    with pytest.raises(ToolchainError, match="cannot build an i386 ELF program"):
        toolchain.find_compiler()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("int main(void) {\n    return missing;\n}\n", ["lesson.c:2:12: error", "missing"]),
        ("int later(void);\nint main(void) { return later(); }\n", ["lesson.c:2", "later"]),
        ("#include <pthread.h>\n", ["lesson.c:1:10", "pthread.h"]),
        ("int helper(void) { return 1; }\n", ["main"]),
    ],
    ids=["undeclared", "undefined", "no such header", "no main"],
)
def test_a_compile_error_is_in_the_users_own_words(source: str, expected: list[str], tmp_path: Path) -> None:
    require_compiler()
    path = tmp_path / "lesson.c"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(CompileError) as caught:
        c(path).compile()
    for words in expected:
        assert words in caught.value.diagnostics
    assert str(tmp_path) not in str(caught.value)
    assert "vmlab-" not in str(caught.value), "no name of a temporary directory"
    assert str(caught.value).startswith("lesson.c does not build:\n")


def test_an_assembly_error_names_the_line() -> None:
    require_compiler()
    with pytest.raises(CompileError, match=r"program\.s:3"):
        asm(".globl _start\n_start:\n  frobnicate %eax\n").compile()
    with pytest.raises(CompileError, match=r"assembly\.s:2"):
        toolchain.assemble("nop\nfrobnicate %eax")
    with pytest.raises(CompileError, match="nowhere"):
        toolchain.assemble("jmp nowhere")


def test_the_same_source_gives_the_same_bytes_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_compiler()
    built = set()
    for name in ("here", "elsewhere"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "greeting.h").write_text("#include <stdio.h>\n", encoding="utf-8")
        (folder / "hello.c").write_text('#include "greeting.h"\n' + HELLO, encoding="utf-8")
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        monkeypatch.setenv("LOCALAPPDATA", str(folder / "cache"))
        monkeypatch.setenv("TMPDIR", str(folder))
        built.add(c(folder / "hello.c").compile().elf)
    assert len(built) == 1
    assert bytes(tmp_path) not in built.pop()


def test_nothing_of_the_host_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_compiler()
    (tmp_path / "stdio.h").write_text("#error the host's own\n", encoding="utf-8")
    monkeypatch.setenv("CPATH", str(tmp_path))
    c(HELLO).compile()


def test_the_library_is_kept_and_used_again(own_cache: Path) -> None:
    require_compiler()
    first = c(HELLO).compile()
    (kept,) = (own_cache / "vmlab").iterdir()
    times = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert c(HELLO).compile() == first
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == times
    next(kept.iterdir()).unlink()
    assert c(HELLO).compile() == first, "a damaged cache is not relied on"


def test_many_at_once_with_an_empty_cache(own_cache: Path) -> None:
    require_compiler()
    script = f"import sys; from vmlab.program import c; print(c({HELLO!r}).compile().sha256)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))

    def run(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        digests = set(pool.map(run, range(4)))
    assert digests == {c(HELLO).compile().sha256 + "\n"}
    assert len(list((own_cache / "vmlab").iterdir())) == 1, "nothing half-made is left"


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_compiler()
    blocked = tmp_path / "file"
    blocked.write_text("not a directory", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setenv("LOCALAPPDATA", str(blocked))
    assert c(HELLO).compile().elf.startswith(b"\x7fELF")
    assert blocked.read_text(encoding="utf-8") == "not a directory"


def test_flat_machine_code() -> None:
    require_compiler()
    text = 'movl $message, %eax\nint $3\nmessage: .ascii "hi"\n.data\n.long 5, message\n'
    code = b"\xb8\x06\x10\x00\xc0\xcchi"
    assert toolchain.assemble(text, origin=0xC0001000)[: len(code)] == code
    assert toolchain.assemble(text, origin=0xC0001000)[-8:] == b"\x05\0\0\0\x06\x10\0\xc0"
    assert toolchain.assemble(".intel_syntax noprefix\nmov cr3, eax\niretd") == b"\x0f\x22\xd8\xcf"
    assert toolchain.assemble("nop\n.bss\n.long 0")[:1] == b"\x90"
    assert toolchain.assemble("") == b""
    with pytest.raises(ValueError, match="32-bit address"):
        toolchain.assemble("nop", origin=1 << 32)
