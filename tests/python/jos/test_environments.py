# SPDX-License-Identifier: GPL-2.0-only
"""What JOS's kernel prints of environments and their ends: whole consoles of labs 3 and 4."""

import pytest
from tests.python.jos.running import MONITOR, NOTHING_LEFT, START, console_of, finished, guest, printed, with_places

import vmlab
from vmlab.strace import Strace

LAB3_TRAP = "Incoming TRAP frame at 0xefffffbc\n"
LAB3_END = "[00001000] free env 00001000\nDestroyed the only environment - nothing more to do!\n" + MONITOR


def dump(trap: str, error: str, *, cr2: str = "") -> str:
    cr2 = f"  cr2  0x{cr2}\n" if cr2 else ""
    return (
        "".join(f"  {name} -\n" for name in ("edi", "esi", "ebp", "oesp", "ebx", "edx", "ecx", "eax"))
        + f"  es   0x----0023\n  ds   0x----0023\n  trap {trap}\n{cr2}  err  {error}\n"
        + "  eip -\n  cs   0x----001b\n  flag -\n  esp -\n  ss   0x----0023\n"
    )


ENDINGS = {
    "divide": ('__asm__ volatile("divl %%ecx" : : "a"(1), "d"(0), "c"(0));', "0x00000000 Divide error", "0x00000000"),
    "int $14": ('__asm__ volatile("int $14");', "0x0000000d General Protection", "0x00000072"),
    "a kernel segment": (
        '__asm__ volatile("movw $0x28, %ax; movw %ax, %ds");',
        "0x0000000d General Protection",
        "0x00000028",
    ),
    "an undefined instruction": ('__asm__ volatile("ud2");', "0x00000006 Invalid Opcode", "0x00000000"),
    "in from a port": (
        '__asm__ volatile("inb $0x60, %%al" : : : "eax");',
        "0x0000000d General Protection",
        "0x00000000",
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_trap_that_nobody_handles_ends_the_environment(ending: str) -> None:
    body, trap, error = ENDINGS[ending]
    program = guest(body)
    shown = "TRAP frame at -{}\n" + dump(trap, error)
    assert with_places(console_of(program)) == (
        START + shown.format(" from CPU 0") + "[00001000] free env 00001000\n" + NOTHING_LEFT
    )
    assert with_places(console_of(program, abi="jos-lab3")) == START + LAB3_TRAP + shown.format("") + LAB3_END


FAULTS = {
    "read of nothing": ("(void)*(volatile int *)0;", "00000000", "0x00000004 [user, read, not-present]"),
    "write to nothing": ("*(volatile int *)0 = 0;", "00000000", "0x00000006 [user, write, not-present]"),
    "read of the kernel": ("(void)*(volatile int *)0xf0100000;", "f0100000", "0x00000005 [user, read, protection]"),
    "write to the kernel": ("*(volatile int *)0xf0100000 = 0;", "f0100000", "0x00000007 [user, write, protection]"),
    "write to the table of environments": (
        "*(volatile int *)UENVS = 0;",
        "eec00000",
        "0x00000007 [user, write, protection]",
    ),
    "write to a page table": ("*(volatile int *)UVPT = 0;", "ef400000", "0x00000006 [user, write, not-present]"),
    "jump to nothing": ("((void (*)(void))0xdeadbeef)();", "deadbeef", "0x00000004 [user, read, not-present]"),
    "below the stack": (
        "*(volatile int *)(USTACKTOP - 8192) = 0;",
        "eebfc000",
        "0x00000006 [user, write, not-present]",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_fault_that_nobody_handles_ends_the_environment(fault: str) -> None:
    body, va, error = FAULTS[fault]
    console = with_places(console_of(guest(body)))
    line, rest = console.removeprefix(START).split("\n", 1)
    assert line.startswith(f"[00001000] user fault va {va} ip ")
    assert rest == (
        "TRAP frame at - from CPU 0\n"
        + dump("0x0000000e Page Fault", error, cr2=va)
        + "[00001000] free env 00001000\n"
        + NOTHING_LEFT
    )


def test_lab_3_says_of_each_trap_where_its_frame_lies() -> None:
    console = console_of(guest('sys_cputs("hello", 5); sys_getenvid();'), abi="jos-lab3")
    assert console == (
        START + LAB3_TRAP + "hello" + LAB3_TRAP + LAB3_TRAP + "[00001000] exiting gracefully\n" + LAB3_END
    )


def test_a_breakpoint_gives_the_machine_to_the_monitor() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest('__asm__ volatile("int3"); sys_cputs("on", 2);'))
        assert lab.run(budget=10_000_000).reason == "input"
        assert process.alive
        assert with_places(lab.console.decode()) == (
            START + MONITOR + "TRAP frame at - from CPU 0\n" + dump("0x00000003 Breakpoint", "0x00000000")
        )
        lab.check()


def test_calls_that_lab_3_does_not_have_are_invalid_there() -> None:
    program = guest('int r = sys_page_alloc(0, (void *)0x400000, 7); sys_cputs(r == -E_INVAL ? "no" : "yes", 3);')
    assert "no" in console_of(program, abi="jos-lab3")
    assert "yes" in console_of(program)
    assert printed(guest('printf("%d %d", syscall(13, 0), syscall(-1, 0));')) == "-3 -3"


POINTERS = {
    "null": ("(char *)0", 1, "00000000"),
    "one": ("(char *)1", 1, "00000001"),
    "the kernel": ("(char *)0xf010000c", 100, "f010000c"),
    "ULIM": ("(char *)0xef800000", 1, "ef800000"),
    "straddling into nothing": ("(char *)(USTACKTOP - 4)", 8, "eebfe000"),
    "wrapping": ("(char *)0xeebfdff0", 0xFFFFFFFF, "eebfe000"),
}


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_bad_pointer_ends_the_environment(pointer: str) -> None:
    place, length, bad = POINTERS[pointer]
    console = console_of(guest(f'sys_cputs({place}, {length}U); sys_cputs("on", 2);'))
    assert console == (
        START + f"[00001000] user_mem_check assertion failure for va {bad}\n"
        "[00001000] free env 00001000\n" + NOTHING_LEFT
    )


def test_what_the_kernel_shows_may_be_printed_and_nothing_may() -> None:
    assert printed(guest("sys_cputs((char *)UENVS, 0); sys_cputs((char *)UENVS, 1);")) == ""


def test_the_lecture_s_call_returns_0_and_leaves_ecx() -> None:
    """Lecture 000: sys_cputs("asdf", 4) with the number in eax, the address in edx and the length in ecx."""
    program = guest(
        """
        unsigned eax, ecx;
        __asm__ volatile("int $0x30" : "=a"(eax), "=c"(ecx) : "a"(0), "d"("asdf"), "c"(4), "b"(0), "D"(0), "S"(0));
        printf(" eax %u ecx %u", eax, ecx);
        """
    )
    assert printed(program) == "asdf eax 0 ecx 4"


def test_only_oneself_and_one_s_children_can_be_ended() -> None:
    program = guest(
        """
        int child = sys_exofork();
        printf("%d %d %d ", sys_env_destroy(0x1234), sys_env_destroy((uint32_t)child + 0x1000), sys_env_destroy(1));
        printf("%d\\n", sys_env_destroy((uint32_t)child));
        printf("%d\\n", sys_env_destroy((uint32_t)child));
        """
    )
    assert printed(program) == (
        "[00001000] new env 00001001\n[00001000] destroying 00001001\n[00001000] free env 00001001\n-2 -2 -2 0\n-2\n"
    )


def test_an_id_is_not_given_twice() -> None:
    program = guest(
        """
        for (int i = 0; i < 3; i++) {
            int child = sys_exofork();
            sys_env_destroy((uint32_t)child);
        }
        """
    )
    lines = [line for line in console_of(program).splitlines() if "new env" in line]
    assert lines[1:] == [f"[00001000] new env 0000{generation}001" for generation in (1, 2, 3)]


def test_the_console_is_polled() -> None:
    program = guest('char c; printf("%d ", sys_cgetc()); while (read(0, &c, 1) == 1 && c != 10) printf("<%c>", c);')
    assert printed(program, typed="\nab\n").startswith("10 ")
    assert printed(guest('char c; read(0, &c, 1); printf("%c", c);'), typed="x\n") == "x"


def test_the_kernel_holds_1024_environments() -> None:
    program = guest(
        """
        int made = 0, last;
        while ((last = sys_exofork()) > 0) made++;
        printf("made %d, then %d\\n", made, last);
        """
    )
    with vmlab.Lab(abi="jos-lab4", ram="256 MiB") as lab:
        lab.spawn(program)
        lab.run(budget=500_000_000)
        assert b"made 1023, then -5\n" in lab.console
        lab.check()


def test_who_is_left_waiting_leaves_the_machine_to_the_monitor() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest("sys_ipc_recv((void *)UTOP);"))
        assert lab.run(budget=10_000_000).reason == "deadlock"
        assert process.alive
        assert lab.console.decode() == START + NOTHING_LEFT
        lab.check()


def test_the_table_of_environments_is_live() -> None:
    program = guest(
        """
        const volatile struct Env *me = &envs[ENVX(sys_getenvid())];
        printf("%x %x %d %x\\n", me->env_id, me->env_parent_id, me->env_status == ENV_RUNNING, me->env_tf.cs);
        int child = sys_exofork();
        const volatile struct Env *its = &envs[ENVX((uint32_t)child)];
        printf("%x %x %d\\n", its->env_id, its->env_parent_id, its->env_status == ENV_NOT_RUNNABLE);
        printf("%d %x\\n", its->env_tf.eax, its->env_tf.esp / 4096 == me->env_tf.esp / 4096);
        sys_env_set_pgfault_upcall((uint32_t)child, (void (*)(void))0x1234);
        printf("%x %d\\n", its->env_pgfault_upcall, me->env_pgdir != its->env_pgdir);
        sys_env_destroy((uint32_t)child);
        printf("%d\\n", its->env_status == ENV_FREE);
        """
    )
    shown = [line for line in printed(program).splitlines() if not line.startswith("[")]
    assert shown == ["1000 0 1 1b", "1001 1000 1", "0 1", "1234 1", "1"]


def test_a_lab_shows_environments_as_processes() -> None:
    with finished(guest("if (fork() == 0) _exit(0);")) as lab:
        parent, child = lab.processes
        assert [event.child for event in lab.events.of("fork", pid=parent.pid)] == [child.pid]
        assert [call.name for call in lab.events.syscalls if call.name == "sys_exofork"] == ["sys_exofork"]


def test_the_picture_is_that_of_the_memory_map() -> None:
    with vmlab.Lab(abi="jos-lab4") as lab:
        process = lab.spawn(guest(""))
        lines = str(process.layout()).splitlines()
    assert any("USTACKTOP" in line for line in lines)
    assert any("[envs]" in line for line in lines)


def test_a_trace_has_joss_names_of_errors() -> None:
    written: list[str] = []
    with vmlab.Lab(abi="jos-lab4") as lab:
        lab.spawn(guest("sys_env_destroy(0x7777); sys_page_alloc(0, (void *)0x400000, 8); sys_getenvid();"))
        Strace(lab, written.append).run()
    shown = "".join(written)
    assert f"{'sys_env_destroy(0x7777)':40}= -2 E_BAD_ENV\n" in shown
    assert f"{'sys_page_alloc(0, 0x400000, 0x8)':40}= -3 E_INVAL\n" in shown
    assert f"{'sys_getenvid()':40}= 4096\n" in shown
