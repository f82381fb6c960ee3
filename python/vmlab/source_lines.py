# SPDX-License-Identifier: GPL-2.0-only
"""Which line of source, or which function, an address of a program belongs to."""

from __future__ import annotations

import bisect
import io
import itertools
from typing import Any


class SourceLines:
    """Looks addresses up in a program's DWARF line table, and where there is none in its symbols."""

    def __init__(self, elf: bytes) -> None:
        from elftools.elf.elffile import ELFFile

        file = ELFFile(io.BytesIO(elf))
        self._lines = sorted(_line_starts(file))
        self._functions = sorted(_functions(file))

    def at(self, address: int) -> str | None:
        """ "story.c:12 in main", as much of it as is known."""
        line = _last_before(self._lines, address)
        function = self.function_at(address)
        if line and function:
            return f"{line}, in {function}()"
        return line or (f"{function}()" if function else None)

    def function_at(self, address: int) -> str | None:
        """The name of the function that the address lies in."""
        return _last_before(self._functions, address)


def _last_before(starts: list[tuple[int, str]], address: int) -> str | None:
    index = bisect.bisect_right(starts, (address, "\U0010ffff")) - 1
    return (starts[index][1] or None) if index >= 0 else None


def _functions(file: Any) -> list[tuple[int, str]]:
    symbols = file.get_section_by_name(".symtab")
    if symbols is None:
        return []
    found = []
    for symbol in symbols.iter_symbols():
        if symbol["st_info"]["type"] == "STT_FUNC":
            found += [(symbol["st_value"], symbol.name), (symbol["st_value"] + symbol["st_size"], "")]
    return found


def _line_starts(file: Any) -> list[tuple[int, str]]:
    if not file.has_dwarf_info():
        return []
    dwarf = file.get_dwarf_info()
    found = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        first = 0 if program.header["version"] >= 5 else 1
        rows: list[tuple[int, str]] = []
        for state in (entry.state for entry in program.get_entries() if entry.state is not None):
            name = program.header["file_entry"][state.file - first].name.decode(errors="replace")
            rows.append((state.address, f"{name}:{state.line}"))
            if state.end_sequence:
                found += [row for row, after in itertools.pairwise(rows) if row[0] < after[0]]
                found.append((state.address, ""))
                rows = []
    return found
