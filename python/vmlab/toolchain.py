# SPDX-License-Identifier: GPL-2.0-only
"""Finds a compiler and builds i386 guest programs with it.

The compiler is VMLAB_CC, clang, gcc or the ziglang package, the first of them that really links a static i386 ELF.
Nothing of the host gets into a program: no headers, no libraries, no paths, no dates.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmlab.errors import CompileError, ToolchainError
from vmlab.guest_target import GUEST, Target

__all__ = ["Compiler", "assemble", "build_assembly", "build_c", "find_compiler", "survey"]

_COMPILE_FLAGS = (
    "-march=i686",
    "-mfpmath=387",
    "-std=gnu17",
    "-ffreestanding",
    "-nostdinc",
    "-fno-pie",
    "-fno-stack-protector",
    "-fcf-protection=none",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-ffunction-sections",
    "-fdata-sections",
    "-fdiagnostics-color=never",
    "-O1",
)
_LINK_FLAGS = (
    "-nostdlib",
    "-static",
    "-Wl,--build-id=none",
    "-Wl,-z,noexecstack",
    "-Wl,-z,max-page-size=4096",
)
_WARNINGS = ("-Wall", "-Wextra")

# What would let the host's own headers and libraries in, or change the output from one run to the next.
_FOREIGN_VARIABLES = (
    "CPATH",
    "C_INCLUDE_PATH",
    "LIBRARY_PATH",
    "DEPENDENCIES_OUTPUT",
    "SUNPRO_DEPENDENCIES",
    "GCC_COLORS",
)

_WAYS_TO_GET_ONE = """\
Any one of these is enough:
  clang with lld           (Debian: apt install clang lld; macOS: brew install llvm lld)
  gcc on an x86-64 host    (Debian: apt install gcc; no multilib package is needed)
  the ziglang package      (pip install 'vmlab[toolchain]')
  any other compiler       (set VMLAB_CC to its command)"""


@dataclass(frozen=True)
class _Dialect:
    """How one family of compilers is asked for a bare i386 program."""

    both: tuple[str, ...]
    compile: tuple[str, ...] = ()
    link: tuple[str, ...] = ()


_QUIET = "-Wno-unused-command-line-argument"
_GCC = _Dialect(("-m32",), compile=("-fno-stack-clash-protection",), link=("-no-pie",))
_CLANG_LLD = _Dialect(("--target=i386-linux-gnu", _QUIET), link=("-fuse-ld=lld",))
_CLANG = _Dialect(("--target=i386-linux-gnu", _QUIET))
_ZIG = _Dialect(
    ("-target", "x86-freestanding-none", _QUIET), compile=("-fno-sanitize=all", "-Wno-date-time", "-UNDEBUG")
)


@dataclass(frozen=True)
class Compiler:
    """A compiler that was seen to link an i386 program."""

    command: tuple[str, ...]
    version: str
    dialect: _Dialect

    def compile_command(self, *arguments: str) -> list[str]:
        flags = (*_COMPILE_FLAGS, f"-ffile-prefix-map={GUEST}=guest")
        return [*self.command, *self.dialect.both, *flags, *self.dialect.compile, *arguments]

    def link_command(self, *arguments: str) -> list[str]:
        return [*self.command, *self.dialect.both, *_LINK_FLAGS, *self.dialect.link, *arguments]


def find_compiler() -> Compiler:
    """The compiler that builds guest programs here; a ToolchainError names the ways to get one."""
    return _find_compiler(os.environ.get("VMLAB_CC", ""), os.environ.get("PATH", ""))


def survey() -> list[tuple[str, Compiler | ToolchainError]]:
    """Every compiler in the order of preference: its name, and what it is or why it will not do."""
    found: list[tuple[str, Compiler | ToolchainError]] = []
    for name, command, dialects in _candidates(os.environ.get("VMLAB_CC", "")):
        try:
            found.append((name, _probe(name, command, dialects)))
        except ToolchainError as error:
            found.append((name, error))
    return found


@functools.lru_cache(maxsize=8)
def _find_compiler(wanted: str, path: str) -> Compiler:
    reasons = []
    for name, command, dialects in _candidates(wanted):
        try:
            return _probe(name, command, dialects)
        except ToolchainError as error:
            if wanted:
                raise
            reasons.append(f"  {error}")
    tried = "\n".join(["Tried:", *reasons])
    raise ToolchainError(f"No compiler that can build i386 programs was found.\n{_WAYS_TO_GET_ONE}\n{tried}")


def _candidates(wanted: str) -> Iterator[tuple[str, tuple[str, ...], tuple[_Dialect, ...]]]:
    if wanted:
        command = tuple(shlex.split(wanted, posix=os.name == "posix"))
        yield f"VMLAB_CC={wanted}", command, (_ZIG, _CLANG_LLD, _CLANG, _GCC)
    yield "clang", ("clang",), (_CLANG_LLD, _CLANG)
    yield "gcc", ("gcc",), (_GCC,)
    if importlib.util.find_spec("ziglang") is not None:
        yield "ziglang", (sys.executable, "-m", "ziglang", "cc"), (_ZIG,)


def _probe(name: str, command: tuple[str, ...], dialects: Sequence[_Dialect]) -> Compiler:
    program = shutil.which(command[0]) if command else None
    if program is None:
        raise ToolchainError(f"{name}: not found")
    command = (program, *command[1:])
    with _scratch_directory() as scratch:
        version = _run([*command, "--version"], scratch)
        if version.returncode != 0:
            raise ToolchainError(f"{name}: --version fails: {_first_line(version.stderr)}")
        for dialect in dialects:
            compiler = Compiler(command, _first_line(version.stdout), dialect)
            complaint = _why_it_cannot_link(compiler, scratch)
            if complaint is None:
                return compiler
    raise ToolchainError(f"{name}: cannot build an i386 ELF program: {complaint}")


def _why_it_cannot_link(compiler: Compiler, scratch: Path) -> str | None:
    (scratch / "probe.c").write_text("void _start(void) { for (;;) ; }\n", encoding="utf-8")
    output = scratch / "probe.elf"
    link = ("-Wl,-T," + str(GUEST / "abi_linux.ld"), "probe.o", "-o", str(output))
    for command in (
        compiler.compile_command("-c", "probe.c", "-o", "probe.o"),
        compiler.link_command(*link),
    ):
        result = _run(command, scratch)
        if result.returncode != 0:
            return _first_line(result.stderr)
    # e_ident: class 32 bits, little-endian; then e_type EXEC and e_machine 386.
    header = output.read_bytes()[:20]
    if header[:6] != b"\x7fELF\x01\x01" or header[16:20] != struct.pack("<HH", 2, 3):
        return "its output is not a static i386 ELF"
    return None


def build_c(name: str, text: str, *, target: Target, directory: Path | None = None, flags: Iterable[str] = ()) -> bytes:
    """Compile C source and link it with the guest library; includes in quotes are searched for in `directory`."""
    compiler = find_compiler()
    with _scratch_directory() as scratch:
        headers = ("-isystem", str(target.write_headers(scratch))) if target.headers else ()
        include = () if directory is None else ("-iquote", str(directory))
        mapped = () if directory is None else (f"-ffile-prefix-map={directory}=.",)
        compiled = _compile(
            compiler,
            name,
            text,
            scratch,
            [*headers, "-isystem", str(GUEST / "include"), *include, *mapped, *_WARNINGS, "-g", *target.flags, *flags],
        )
        calls = [] if target.calls is None else [_compile(compiler, "vmlab_calls.S", target.calls, scratch, [])]
        library = _library_objects(compiler, target, scratch)
        objects = ["-Wl,--gc-sections", compiled, *calls, *map(str, library)]
        return _link(compiler, name, scratch, target.write_script(scratch), objects)


def build_assembly(
    name: str, text: str, *, target: Target, directory: Path | None = None, flags: Iterable[str] = ()
) -> bytes:
    """Assemble a program that brings its own `_start` and uses no library."""
    compiler = find_compiler()
    with _scratch_directory() as scratch:
        include = () if directory is None else (f"-Wa,-I,{directory}",)
        compiled = _compile(compiler, name, text, scratch, [*target.flags, "-g", *include, *flags])
        return _link(compiler, name, scratch, target.write_script(scratch), [compiled])


def assemble(text: str, *, origin: int = 0) -> bytes:
    """Assemble text to flat i386 machine code and data that stand at `origin`, to be loaded into a Machine.

    The syntax is AT&T's; `.intel_syntax noprefix` changes it.
    """
    if not 0 <= origin < 1 << 32:
        raise ValueError(f"origin must be a 32-bit address, not {origin:#x}")
    compiler = find_compiler()
    with _scratch_directory() as scratch:
        script = scratch / "flat.ld"
        script.write_text(
            "OUTPUT_FORMAT(elf32-i386)\nENTRY(_start)\nSECTIONS\n{\n"
            f"    PROVIDE(_start = {origin:#x});\n    . = {origin:#x};\n"
            "    .flat : { *(.text .text.*) *(.rodata .rodata.*) *(.data .data.*) *(.bss .bss.*) *(COMMON) }\n"
            "    /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }\n}\n",
            encoding="utf-8",
        )
        compiled = _compile(compiler, "assembly.s", text, scratch, [])
        return _section(_link(compiler, "assembly.s", scratch, script, [compiled]), b".flat")


def _compile(compiler: Compiler, name: str, text: str, scratch: Path, flags: Sequence[str]) -> str:
    (scratch / name).write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    output = Path(name).stem + ".o"
    command = compiler.compile_command(f"-ffile-prefix-map={scratch}=.", *flags, "-c", name, "-o", output)
    _run_or_raise(command, scratch, name)
    return output


def _link(compiler: Compiler, name: str, scratch: Path, script: Path, objects: Sequence[str]) -> bytes:
    output = scratch / "linked.elf"
    command = compiler.link_command(f"-Wl,-T,{script}", *objects, "-o", str(output))
    _run_or_raise(command, scratch, name)
    return output.read_bytes()


def _library_objects(compiler: Compiler, target: Target, scratch: Path) -> list[Path]:
    """The guest library's object files, from the user's cache where there is one that can be written."""
    sources = target.library
    headers = sorted((GUEST / "include").rglob("*.h")) + sorted((GUEST / "lib").glob("*.h"))
    command = compiler.compile_command("-isystem", str(GUEST / "include"), "-g0", *target.flags, "-c")
    digest = hashlib.sha256(repr((compiler.version, command)).encode())
    for path in [*sources, *headers]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    objects = [f"{source.stem}.o" for source in sources]
    cache = _cache_directory()
    kept = cache / f"guest-{target.library_name}-{digest.hexdigest()[:32]}" if cache is not None else None
    if kept is not None and all((kept / name).is_file() for name in objects):
        return [kept / name for name in objects]
    built = scratch / "library"
    built.mkdir()
    for source, output in zip(sources, objects, strict=True):
        _run_or_raise([*command, str(source), "-o", output], built, "the guest library")
    if kept is not None:
        _keep(built, kept)
    return [built / name for name in objects]


def _keep(built: Path, kept: Path) -> None:
    """Copy a directory so that it appears whole or not at all; if another process was first, its copy is as good."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="new-") as staging:
            shutil.copytree(built, Path(staging) / "library")
            os.rename(Path(staging) / "library", kept)


def _cache_directory() -> Path | None:
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    if base:
        return Path(base) / "vmlab"
    try:
        return Path.home() / ".cache" / "vmlab"
    except RuntimeError:  # a user without a home
        return None


@contextlib.contextmanager
def _scratch_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vmlab-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _run(command: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in _FOREIGN_VARIABLES}
    environment |= {"LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
    environment |= dict.fromkeys(("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR"), str(directory / "zig"))
    return subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _run_or_raise(command: Sequence[str], directory: Path, name: str) -> None:
    result = _run(command, directory)
    if result.returncode == 0:
        return
    diagnostics = (result.stderr + result.stdout).strip()
    for path, shown in ((directory, ""), (GUEST, "guest" + os.sep), (_cache_directory(), "")):
        diagnostics = diagnostics.replace(f"{path}{os.sep}", shown)
    raise CompileError(name, re.sub(r"^(\./)+", "", diagnostics, flags=re.MULTILINE))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _section(elf: bytes, name: bytes) -> bytes:
    """The bytes of one section of a 32-bit ELF file; none if it has no such section."""
    table, entry_size, count, names_index = struct.unpack_from("<12xI10xHHH", elf, 20)
    headers = [struct.unpack_from("<10I", elf, table + index * entry_size) for index in range(count)]
    names = headers[names_index][4]
    for header in headers:
        start = names + header[0]
        if elf[start : elf.index(b"\0", start)] == name:
            return elf[header[4] : header[4] + header[5]]
    return b""
