# SPDX-License-Identifier: GPL-2.0-only
"""Programs for guests: compiled from source, read from an ELF file, prebuilt, or made of page references."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vmlab.abi import convention
from vmlab.abi_description import AbiDescription
from vmlab.own_abi_guest import guest_files
from vmlab.page_references import BASE, PageReference, touch_elf

if TYPE_CHECKING:
    from vmlab.own_abi import Abi

__all__ = [
    "Program",
    "Runnable",
    "Source",
    "asm",
    "build",
    "c",
    "elf",
    "elf_and_name",
    "load",
    "prebuilt",
    "touch",
]

_PREBUILT = Path(__file__).parent / "guest" / "prebuilt"


@dataclass(frozen=True)
class Program:
    """An ELF executable for one calling convention, as a value: equal bytes are equal programs."""

    name: str
    elf: bytes = field(repr=False)
    abi: str = "linux"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.elf).hexdigest()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ELF file, executable, so that a host that runs i386 programs can run it."""
        target = Path(path)
        target.write_bytes(self.elf)
        target.chmod(0o755)


@dataclass(frozen=True)
class Source:
    """A program's source text. What it includes in quotes is looked for in `directory`."""

    language: str  # "c" or "asm"
    file_name: str
    text: str = field(repr=False)
    directory: Path | None = None
    flags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return Path(self.file_name).stem

    def compile(self, abi: str | AbiDescription | Abi | type[Abi] = "linux") -> Program:
        """Build it for a calling convention: a CompileError carries what the compiler says.

        For a vmlab.Abi of the name "tiny", say, <tiny.h> declares its calls, and of the C library there is what needs
        no system call: <string.h>, <ctype.h>, snprintf.
        """
        from vmlab import toolchain
        from vmlab.guest_target import own_target, target_named

        if isinstance(abi, str):
            name, target = abi, target_named(abi)
        else:
            description = _description(abi)
            name, target = description.name, own_target(guest_files(description))
        build_elf = toolchain.build_c if self.language == "c" else toolchain.build_assembly
        image = build_elf(self.file_name, self.text, target=target, directory=self.directory, flags=self.flags)
        return Program(self.name, image, name)


def _description(abi: AbiDescription | Abi | type[Abi]) -> AbiDescription:
    from vmlab.own_abi import description_of

    return abi if isinstance(abi, AbiDescription) else description_of(abi)


# What can be spawned; text is the path of an ELF file, or of a source file ending in .c, .s or .S.
Runnable = Program | Source | str | os.PathLike[str] | bytes


def c(source: str | os.PathLike[str], *, flags: Iterable[str] = ()) -> Source:
    """A C program: a path, text that ends in ".c" on one line, or else the source itself.

    It is linked with vmlab's small C library, and builds just as well with the host's compiler and library.
    """
    return _source("c", source, (".c",), "program.c", flags)


def asm(source: str | os.PathLike[str], *, flags: Iterable[str] = ()) -> Source:
    """An assembly program that begins at `_start` and uses no library: a path, or the source itself.

    The syntax is AT&T's unless it says `.intel_syntax noprefix`.
    """
    return _source("asm", source, (".s", ".S"), "program.s", flags)


def _source(
    language: str, source: str | os.PathLike[str], suffixes: tuple[str, ...], default: str, flags: Iterable[str]
) -> Source:
    if isinstance(flags, str):
        raise TypeError(f"flags is a sequence of the compiler's options, not one text: flags=[{flags!r}]")
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"a program's source is a path or text, not {type(source).__name__}")
    if isinstance(source, str) and ("\n" in source or not source.endswith(suffixes)):
        return Source(language, default, source, None, tuple(flags))
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    return Source(language, path.name, text, path.parent.resolve(), tuple(flags))


def elf(path: str | os.PathLike[str], *, abi: str = "linux") -> Program:
    """An ELF file that is there already. Whether it can be run is for the loader to say."""
    file = Path(path)
    return Program(file.name, file.read_bytes(), abi)


def touch(references: Iterable[int | str | PageReference], *, base: int = BASE) -> Program:
    """A program that reads and writes pages in this order and exits: [0, "r1", "w2"] reads 0 and 1 and writes 2.

    Page n lies at base + n * 4096, in zeroed memory, and its first bytes are used. No compiler takes part. The text
    and the stack are marked to be wired by the loader; under a kernel that does not know the mark, the first use of
    each text page is a page fault too, one for every 1024 references or so.
    """
    return Program("touch", touch_elf(references, base))


def prebuilt(name: str) -> Program:
    """One of the guests that come with the package, built beforehand: it needs no compiler."""
    path = _PREBUILT / f"{name}.elf"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in _PREBUILT.glob("*.elf")))
        raise ValueError(f"there is no prebuilt program {name!r}; there are {names}")
    return Program(name, path.read_bytes())


def load(path: str | os.PathLike[str], abi: str | AbiDescription = "linux") -> Program:
    """A program from a file: C source (.c) and assembly (.s, .S) are built, anything else is taken for an ELF file."""
    file = Path(path)
    if file.suffix == ".c":
        return c(file).compile(abi)
    if file.suffix in (".s", ".S"):
        return asm(file).compile(abi)
    return elf(file, abi=_name(abi))


def _name(abi: str | AbiDescription) -> str:
    return abi if isinstance(abi, str) else abi.name


def build(program: object, abi: str | AbiDescription = "linux") -> Program:
    """Whatever can be spawned (see Runnable), ready for this calling convention."""
    if isinstance(program, Source):
        return program.compile(abi)
    if isinstance(program, (bytes, bytearray)):
        return Program("program", bytes(program), _name(abi))
    if isinstance(program, (str, os.PathLike)):
        return load(program, abi)
    if not isinstance(program, Program):
        wanted = "a Program, vmlab.c(...), vmlab.asm(...), vmlab.touch(...) or a path"
        raise TypeError(f"a program to run is {wanted}, not {type(program).__name__}")
    if convention(program.abi) != convention(_name(abi)):
        raise ValueError(
            f"{program.name} was built for abi={program.abi!r}, not for abi={_name(abi)!r}: build it again"
        )
    return program


def elf_and_name(program: object, abi: str | AbiDescription) -> tuple[bytes, str]:
    """What a kernel needs to know of a program."""
    built = build(program, abi)
    return built.elf, built.name
