# SPDX-License-Identifier: GPL-2.0-only
"""The page of i386 Linux's system calls, made from src/cpp/abi/linux/syscalls.def, the one table of them."""

import re

_ENTRY = re.compile(r'^VMLAB_SYSCALL(_MISSING)?\((\d+), (\w+), "([dxpsf]*)"(?:, sys_\w+)?\)$')
_KINDS = {"d": "number", "x": "bits", "p": "address", "s": "text", "f": "descriptor"}

_HEAD = """# Linux's system calls

Those of `abi="linux"` by their numbers, from `src/cpp/abi/linux/syscalls.def`; the table also gives `vmlab run --trace`
and the events `syscall` and `syscall_return` their names and arguments. Linux's manual pages say what each does; a
call marked *missing* returns ENOSYS, as does every number that is not here.

| number | call | arguments | |
|---:|---|---|---|
"""


def syscall_page(definitions: str) -> str:
    """Markdown for the text of syscalls.def. Raises ValueError for a line that it cannot read."""
    rows = []
    for line in definitions.splitlines():
        if not line.startswith("VMLAB_SYSCALL"):
            continue
        entry = _ENTRY.match(line)
        if entry is None:
            raise ValueError(f"syscalls.def: cannot read {line!r}")
        arguments = ", ".join(_KINDS[letter] for letter in entry[4])
        rows.append(f"| {entry[2]} | `{entry[3]}` | {arguments} | {'missing' if entry[1] else ''} |")
    return _HEAD + "\n".join(rows) + "\n"
