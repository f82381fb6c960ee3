# SPDX-License-Identifier: GPL-2.0-only
"""What a guest program is linked with for its ABI: the library, the linker script, and the calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vmlab.abi import convention, family
from vmlab.own_abi_guest import GuestFiles

__all__ = ["GUEST", "Target", "abis", "own_target", "target_named"]

GUEST = Path(__file__).parent / "guest"

# What of the guest library needs no system call.
_LIBRARY_WITHOUT_CALLS = ("ctype.c", "decimal.c", "float64.c", "format.c", "integer64.c", "print.c", "string.c")

# As JOS's makefile has them: its monitor, and vmlab.jos, find a function's callers by the frame pointers.
_FLAGS = {"jos": ("-fno-omit-frame-pointer", "-fno-optimize-sibling-calls")}


@dataclass(frozen=True)
class Target:
    """One ABI's."""

    library_name: str
    library: tuple[Path, ...]  # sources
    script: str
    headers: Mapping[str, str] = field(default_factory=dict)  # beside those of the library: name, text
    calls: str | None = None  # more assembly
    flags: tuple[str, ...] = ()  # for the compiler, beside those for all

    def write_script(self, directory: Path) -> Path:
        path = directory / "target.ld"
        path.write_text(self.script, encoding="utf-8")
        return path

    def write_headers(self, directory: Path) -> Path:
        """Returns where they are."""
        path = directory / "target_headers"
        path.mkdir()
        for name, text in self.headers.items():
            (path / name).write_text(text, encoding="utf-8")
        return path


def abis() -> tuple[str, ...]:
    """The calling conventions that programs can be built for."""
    return tuple(sorted(path.stem.removeprefix("abi_") for path in GUEST.glob("abi_*.ld")))


def target_named(abi: str) -> Target:
    """ValueError when programs cannot be built for such an ABI."""
    name = family(abi)
    if name not in abis():
        raise ValueError(f"abi must be one of {', '.join(abis())}; not {abi!r}")
    sources = (*sorted((GUEST / "lib").glob("*.[cS]")), *sorted(GUEST.glob(f"abi_{name}[._]*[cS]")))
    own = convention(abi)
    version = () if own == name else (f"-D__{own.replace('-', '_')}__",)  # a version with numbers of its own
    script = (GUEST / f"abi_{name}.ld").read_text(encoding="utf-8")
    return Target(name, sources, script, flags=(*_FLAGS.get(name, ()), *version))


def own_target(files: GuestFiles) -> Target:
    """Of an ABI of the user's own. ValueError when its header would hide one of the library's."""
    header = f"{files.abi}.h"
    if (GUEST / "include" / header).exists():
        raise ValueError(f"the guest library has a header <{header}> already: give the ABI another name")
    sources = tuple(GUEST / "lib" / name for name in _LIBRARY_WITHOUT_CALLS)
    return Target("without-calls", sources, files.script, {header: files.header}, files.assembly)
