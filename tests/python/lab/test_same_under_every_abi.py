# SPDX-License-Identifier: GPL-2.0-only
"""One C source under several ABIs: over the same virtual memory the same things happen to it."""

from typing import Any

import pytest

import vmlab

PAGES = 6
# Each ABI's headers have fork and wait; Pintos has no fork.
FORKS = f"""
    #include <stdio.h>
    #include <sys/wait.h>
    #include <unistd.h>
    static volatile char data[{PAGES} * 4096] __attribute__((aligned(4096))) = {{1}};
    static void write_to(int first, int last, char value) {{
        for (int page = first; page < last; page++) data[page * 4096] = value;
    }}
    static int sum(void) {{
        int result = 0;
        for (int page = 0; page < {PAGES}; page++) result += data[page * 4096];
        return result;
    }}
    int main(void) {{
        write_to(0, {PAGES}, 1);
        int child = fork();
        if (child == 0) {{
            write_to(0, 3, 2);
            printf("child %d\\n", sum());
            fflush(stdout);
            _exit(0);
        }}
        waitpid(child, 0, 0);
        write_to(2, {PAGES}, 3);
        printf("parent %d\\n", sum());
        return 0;
    }}
"""
# The same without a fork: what Pintos's programs can do.
WRITES = f"""
    #include <stdio.h>
    static volatile char data[{PAGES} * 4096] __attribute__((aligned(4096))) = {{1}};
    int main(void) {{
        for (int page = {PAGES} - 1; page >= 0; page -= 2) data[page * 4096] = 2;
        int result = 0;
        for (int page = 0; page < {PAGES}; page++) result += data[page * 4096];
        printf("sum %d\\n", result);
        return 0;
    }}
"""
ABIS: dict[str, dict[str, Any]] = {
    "linux": {},
    "xv6": {"fork": "cow", "image": "demand"},
    "jos-lab4": {},
    "pintos": {},
}


def data_start(program: vmlab.Program) -> int:
    """Where the linker has put the array."""
    import io

    from elftools.elf.elffile import ELFFile

    symbols = ELFFile(io.BytesIO(program.elf)).get_section_by_name(".symtab").get_symbol_by_name("data")
    return int(symbols[0]["st_value"])


def memory_events(abi: str, source: str = FORKS) -> tuple[str, list[tuple[str, int, str, str | None]]]:
    """What was printed; and of each fault in the array who had it, where, by what access, and how it ended."""
    program = vmlab.c(source).compile(abi)
    start = data_start(program)
    with vmlab.Lab(abi=abi, ram="16 MiB", **ABIS[abi]) as lab:
        first = lab.spawn(program)
        lab.run(budget=100_000_000)
        printed = (first.stdout or lab.console).decode()
        found = [
            ("parent" if fault.pid == first.pid else "child", (fault.address - start) >> 12, fault.access, fault.result)
            for fault in lab.events.faults
            if 0 <= fault.address - start < PAGES * 4096
        ]
        lab.check()
    return printed, found


def test_the_lectures_copy_on_write_is_the_same_under_linux_and_xv6() -> None:
    on_linux, linux_events = memory_events("linux")
    on_xv6, xv6_events = memory_events("xv6")
    assert on_linux == on_xv6 == "child 9\nparent 14\n"
    assert linux_events == xv6_events
    assert linux_events == [
        *(("parent", page, "write", "copy_up") for page in range(PAGES)),
        *(("child", page, "write", "copy_up") for page in range(3)),
        # The child has ended, and nobody else can see the pages that it did not write.
        *(("parent", page, "write", "upgrade") for page in range(2, PAGES)),
    ]


def test_the_same_writes_fault_in_jos_whose_programs_copy_pages_themselves() -> None:
    _, linux_events = memory_events("linux")
    printed, jos_events = memory_events("jos-lab4")
    assert "child 9\nparent 14\n" in "".join(line + "\n" for line in printed.splitlines() if line[:1] in "cp")
    # JOS has read the whole program in before it starts, so that there the parent's first writes find their pages.
    assert [event[:3] for event in jos_events] == [event[:3] for event in linux_events[PAGES:]]
    assert {result for *_, result in jos_events} == {"protection"}  # the kernel leaves it to the program's handler


def test_the_same_pages_are_brought_in_under_pintos() -> None:
    on_linux, linux_events = memory_events("linux", WRITES)
    on_xv6, xv6_events = memory_events("xv6", WRITES)
    on_pintos, pintos_events = memory_events("pintos", WRITES)
    assert on_linux == on_xv6 == "sum 7\n"
    assert "sum 7\n" in on_pintos
    assert pintos_events == xv6_events == linux_events
    assert [(page, access) for _, page, access, _ in linux_events] == [
        *((page, "write") for page in (5, 3, 1)),
        *((page, "read") for page in (0, 2, 4)),
    ]


@pytest.mark.parametrize("abi", ["linux", "xv6", "jos-lab4"])
def test_every_fork_prints_the_same(abi: str) -> None:
    with vmlab.Lab(abi=abi) as lab:
        first = lab.spawn(vmlab.c(FORKS))
        lab.run(budget=500_000_000)
        shown = (first.stdout or lab.console).decode().splitlines()
        assert [line for line in shown if line.startswith(("child", "parent"))] == ["child 9", "parent 14"]
        lab.check()
