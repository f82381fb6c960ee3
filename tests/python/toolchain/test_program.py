# SPDX-License-Identifier: GPL-2.0-only
"""Programs as values: from source, from files, and what is said of a mistake."""

import os
import pickle
from pathlib import Path

import pytest
from tests.python.toolchain.programs import require_compiler, require_native, run_program

from vmlab.errors import CompileError
from vmlab.program import Program, asm, build, c, elf, elf_and_name, load, prebuilt, touch

RETURNS_7 = "int main(void) { return 7; }\n"
EXITS_WITH_9 = ".globl _start\n_start: movl $1, %eax\n movl $9, %ebx\n int $0x80\n"


def test_a_program_is_a_value() -> None:
    program = touch([0, 1])
    assert program == touch([0, 1])
    assert hash(program) == hash(touch([0, 1]))
    assert pickle.loads(pickle.dumps(program)) == program
    assert len(program.sha256) == 64
    assert repr(program) == "Program(name='touch', abi='linux')"
    with pytest.raises(AttributeError):
        program.name = "other"  # type: ignore[misc]


def test_saved_and_read_again(tmp_path: Path) -> None:
    program = touch(["w3"])
    path = tmp_path / "saved"
    program.save(path)
    assert elf(path) == Program("saved", program.elf)
    assert os.name == "nt" or os.access(path, os.X_OK)


def test_source_is_text_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "seven.c"
    path.write_text(RETURNS_7, encoding="utf-8")
    assert c(path) == c(str(path))
    assert (c(path).name, c(path).text, c(RETURNS_7).name, c(RETURNS_7).text) == (
        "seven",
        RETURNS_7,
        "program",
        RETURNS_7,
    )
    assert c("int main(void) { return 7; }").text == "int main(void) { return 7; }"
    assert pickle.loads(pickle.dumps(c(path))) == c(path)


def test_c_and_assembly_run(tmp_path: Path) -> None:
    require_native()
    require_compiler()
    assert run_program(c(RETURNS_7).compile(), tmp_path).status == 7
    assert run_program(asm(EXITS_WITH_9).compile(), tmp_path).status == 9


def test_flags_and_headers_beside_the_source(tmp_path: Path) -> None:
    require_native()
    require_compiler()
    (tmp_path / "answer.h").write_text("#define ANSWER (40 + MORE)\n", encoding="utf-8")
    (tmp_path / "main.c").write_text('#include "answer.h"\nint main(void) { return ANSWER; }\n', encoding="utf-8")
    source = c(tmp_path / "main.c", flags=["-DMORE=2"])
    assert run_program(source.compile(), tmp_path).status == 42
    with pytest.raises(CompileError, match="MORE"):
        c(tmp_path / "main.c").compile()


def test_load_goes_by_the_files_name(tmp_path: Path) -> None:
    require_compiler()
    (tmp_path / "seven.c").write_text(RETURNS_7, encoding="utf-8")
    (tmp_path / "nine.s").write_text(EXITS_WITH_9, encoding="utf-8")
    (tmp_path / "nine.S").write_text("#define NINE 9\n" + EXITS_WITH_9.replace("$9", "$NINE"), encoding="utf-8")
    (tmp_path / "pages").write_bytes(touch([0]).elf)
    assert load(tmp_path / "seven.c") == c(tmp_path / "seven.c").compile()
    assert load(tmp_path / "nine.s").elf[:4] == load(tmp_path / "nine.S").elf[:4] == b"\x7fELF"
    assert load(tmp_path / "pages").elf == touch([0]).elf


def test_what_can_be_spawned(tmp_path: Path) -> None:
    program = touch([0])
    program.save(tmp_path / "pages")
    assert build(program) is program
    assert elf_and_name(program, "linux") == (program.elf, "touch")
    assert elf_and_name(program.elf, "linux") == (program.elf, "program")
    assert elf_and_name(str(tmp_path / "pages"), "linux") == (program.elf, "pages")
    with pytest.raises(TypeError, match=r"vmlab\.touch"):
        build(42)
    with pytest.raises(ValueError, match="built for abi='linux'"):
        build(program, "other")
    with pytest.raises(FileNotFoundError):
        build(tmp_path / "missing")


@pytest.mark.parametrize("name", ["fault", "story"])
def test_prebuilt_programs_need_no_compiler(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert prebuilt(name).name == name
    require_native()
    assert run_program(prebuilt(name), tmp_path).status == 0


def test_mistakes_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="story"):
        prebuilt("missing")
    with pytest.raises(ValueError, match="abi must be one of jos, linux, pintos, xv6; not 'vms'"):
        c(RETURNS_7).compile("vms")
    with pytest.raises(TypeError, match="flags="):
        c(RETURNS_7, flags="-O2")
    with pytest.raises(TypeError, match="path or text"):
        c(42)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        c(tmp_path / "missing.c")
