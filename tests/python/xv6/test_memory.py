# SPDX-License-Identifier: GPL-2.0-only
"""An xv6 process's memory: one image at 0, a guard page, a page of stack, and a heap that is there at once."""

import pytest
from tests.python.xv6.running import console_of, finished, guest

import vmlab

PAGE = 4096


def test_memory_is_image_guard_stack_and_heap() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(guest("sbrk(10000); for (;;) ;"))
        lab.run(until="break_changed")
        image, guard, stack, heap = process.maps
        assert (image.start, guard.name, stack.name, heap.name) == (0, "[guard]", "[stack]", "[heap]")
        assert [guard.start, stack.start, heap.start] == [image.end, guard.end, stack.end]
        assert guard.end - guard.start == stack.end - stack.start == PAGE
        assert heap.end - heap.start == 3 * PAGE
        table = process.page_table
        assert sorted(entry.address for entry in table.values()) == list(range(0, heap.end, PAGE))
        assert [entry.address for entry in table.values() if not entry.user] == [guard.start]
        assert table[guard.start].writable
        lab.check()


def test_a_program_starts_with_argc_and_argv_and_returns_nowhere() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        process = lab.spawn(guest("", name="argued"), args=["one", "three33"])
        esp = process.registers.esp
        words = [int.from_bytes(process.read(esp + 4 * i, 4), "little") for i in range(7)]
        assert words[:3] == [0xFFFFFFFF, 3, esp + 12]
        assert words[6] == 0
        texts = [process.read(address, 8).partition(b"\0")[0] for address in words[3:6]]
        assert texts == [b"argued", b"one", b"three33"]
        assert all(address % 4 == 0 for address in words[3:6])
        assert process.registers.eip == 0


def test_a_program_that_stays_in_its_memory_has_no_page_fault() -> None:
    program = guest(
        """
        char *more = sbrk(5 * 4096);
        memset(more, 1, 5 * 4096);
        if (fork() == 0) { memset(more, 2, 5 * 4096); _exit(0); }
        wait(NULL);
        printf("%d\\n", more[4096]);
        """
    )
    with finished(program) as lab:
        assert lab.console == b"1\n"
        assert len(lab.events.faults) == 0


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("*(volatile int *)0x800444 = 1;", "trap 14 err 6 on cpu 0 eip 0x{eip:x} addr 0x800444"),
        ("*(volatile int *)0x800444;", "trap 14 err 4 on cpu 0 eip 0x{eip:x} addr 0x800444"),
        ("*(volatile int *)0x80000000;", "trap 14 err 5 on cpu 0 eip 0x{eip:x} addr 0x80000000"),
        ("*(volatile int *)0x8010000c = 7;", "trap 14 err 7 on cpu 0 eip 0x{eip:x} addr 0x8010000c"),
        ('__asm__ volatile("outb %al, $0x70");', "trap 13 err 0 on cpu 0 eip 0x{eip:x} addr 0x0"),
        ('__asm__ volatile("int $3");', "trap 13 err 26 on cpu 0 eip 0x{eip:x} addr 0x0"),
        ('__asm__ volatile("ud2");', "trap 6 err 0 on cpu 0 eip 0x{eip:x} addr 0x0"),
        ('__asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx");',
         "trap 0 err 0 on cpu 0 eip 0x{eip:x} addr 0x0"),
    ],
)  # fmt: skip
def test_a_trap_that_nothing_can_be_done_about_kills_with_a_line(body: str, line: str) -> None:
    with finished(guest(body, name="dies")) as lab:
        (process,) = lab.processes
        eip = process.trap_frame.eip
        assert lab.console.decode() == f"pid 1 dies: {line.format(eip=eip)}--kill proc\n"
        assert process.signal == 9


def test_address_0_is_the_program() -> None:
    program = guest('unsigned char *volatile null = 0; printf("%02x%02x\\n", null[0], null[1]);')
    assert console_of(program) == program.elf[0x1000:0x1002].hex() + "\n"


def test_the_guard_page_is_there_and_nobody_may_touch_it() -> None:
    program = guest(
        """
        char *guard = (char *)((unsigned)&argc / 4096 * 4096 - 1);
        if (fork() == 0) { *guard = 1; _exit(1); }
        wait(NULL);
        if (fork() == 0) { return *(volatile char *)guard; }
        wait(NULL);
        """,
        name="deep",
    )
    with finished(program) as lab:
        first, second = lab.console.decode().splitlines()
        assert first.startswith("pid 2 deep: trap 14 err 7 on cpu 0 eip 0x")
        assert second.startswith("pid 3 deep: trap 14 err 5 on cpu 0 eip 0x")


def test_the_kernel_may_read_and_write_the_guard_page() -> None:
    program = guest(
        """
        char *guard = (char *)((unsigned)&argc / 4096 * 4096 - 8);
        int ends[2];
        pipe(ends);
        write(ends[1], "through", 8);
        printf("%d\\n", (int)read(ends[0], guard, 8));
        write(1, guard, 7);
        write(1, "\\n", 1);
        """
    )
    assert console_of(program) == "8\nthrough\n"


def test_sbrk_counts_bytes() -> None:
    program = guest(
        """
        char *start = sbrk(0);
        printf("%d\\n", (char *)sbrk(1) == start);
        printf("%d\\n", (char *)sbrk(0) == start + 1);
        printf("%d\\n", (char *)sbrk(4095) == start + 1);
        printf("%d\\n", (char *)sbrk(-4096) == start + 4096);
        printf("%d\\n", (char *)sbrk(0) == start);
        printf("%d\\n", sbrk(0x7fffffff) == (void *)-1);
        printf("%d\\n", (char *)sbrk(-0x7fffffff) == start);
        printf("%d\\n", (char *)sbrk(0) == start);
        """
    )
    assert console_of(program) == "1\n" * 8


def test_what_sbrk_gave_back_is_gone() -> None:
    program = guest("char *page = sbrk(4096); page[5] = 1; sbrk(-4096); page[5] = 2;", name="less")
    with finished(program) as lab:
        assert b"pid 1 less: trap 14 err 6 on cpu 0" in lab.console


def test_memory_may_be_given_back_down_into_the_stack() -> None:
    program = guest("sbrk(-(int)sbrk(0)); return 1;", name="none")
    with finished(program) as lab:
        assert lab.console.startswith(b"pid 1 none: trap 14 err 4 on cpu 0 eip 0x")


def test_no_memory_for_sbrk_is_said_on_the_console_and_nothing_has_changed() -> None:
    program = guest(
        """
        char *before = sbrk(0);
        printf("%d\\n", sbrk(300 << 20) == (void *)-1);
        printf("%d\\n", (char *)sbrk(0) == before);
        """
    )
    with finished(program) as lab:
        assert lab.console == b"allocuvm out of memory\n1\n1\n"


def test_a_page_table_without_a_frame_is_said_apart() -> None:
    # The heap grows over 4 MiB, where the next table is due. On one of these machines the page takes the last frame.
    program = guest('printf("%d\\n", sbrk(16 << 20) == (void *)-1);')
    said = []
    for frames in range(1024, 1040):
        with finished(program, ram=frames * PAGE) as lab:
            first, second = lab.console.decode().splitlines()
            assert second == "1"
            said.append(first)
    assert said.count("allocuvm out of memory (2)") == 1
    assert set(said) == {"allocuvm out of memory", "allocuvm out of memory (2)"}


def test_a_fork_without_memory_fails_and_the_parent_goes_on() -> None:
    program = guest(
        """
        memset(sbrk(3 << 20), 1, 3 << 20);
        printf("%d\\n", (int)fork());
        printf("%d\\n", *((char *)sbrk(0) - 1));
        """
    )
    with finished(program, ram="5 MiB") as lab:
        assert lab.console == b"-1\n1\n"


def test_an_unknown_call_is_said_and_fails() -> None:
    program = guest('printf("%d\\n", (int)syscall(77, 1, 2)); printf("%d\\n", (int)syscall(-3));', name="asks")
    assert console_of(program) == "1 asks: unknown sys call 77\n-1\n1 asks: unknown sys call -3\n-1\n"


def test_a_system_without_devices_has_no_frame_buffer() -> None:
    with pytest.raises(ValueError, match="/dev/fb0"):
        vmlab.Lab(abi="xv6", frame_buffer="64 KiB")


@pytest.mark.parametrize("ram", ["16 KiB", "24 KiB"])
def test_a_machine_too_small_for_a_program_is_said_to_be(ram: str) -> None:
    with vmlab.Lab(abi="xv6", ram=ram) as lab:
        with pytest.raises(ValueError, match="RAM"):
            lab.spawn(guest("static char much[20000]; printf(much);"))
        assert lab.console.startswith(b"allocuvm out of memory")
        lab.check()


def test_the_machine_has_what_xv6_uses() -> None:
    with vmlab.Lab(abi="xv6") as lab:
        assert len(lab.frames.uses) == 57_344
