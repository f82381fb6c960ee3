# SPDX-License-Identifier: GPL-2.0-only
"""Programs under ABIs of our own: arguments, results, memory, processes."""

from pathlib import Path

import pytest
from tests.python.own_abi.abis import Larger, Tiny, run
from tests.python.replay.test_replay import assert_same

import vmlab
from vmlab import ProcessHandle

GREETING = """
int main(int argc, char **argv) {
    say("%d %s %s\\n", argc, argv[1], argv[argc] == 0 ? "end" : "more");
    return getpid() + 40;
}"""


def test_three_calls() -> None:
    done = run(Tiny, GREETING, "there")
    assert done.console == "2 there end\n"
    assert (done.reason, done.exit_status, done.signal) == ("exited", 41, None)
    assert [call.partition("(")[0] for call in done.calls] == ["write", "getpid", "exit"]
    assert done.calls[1:] == ["getpid() = 1", "exit(41)"]


class Stacked(Tiny):
    """As Tiny, with everything on the stack."""

    name = "stacked"
    number = "stack"
    arguments = "stack"


class Mixed(Tiny):
    name = "mixed"
    number = "stack"
    arguments = ("esi", "ebx")


class Xv6Like(Tiny):
    name = "xv6like"
    syscall_vector = 64
    arguments = "stack"
    kernel_window = 0x80000000
    lowest = 0
    program_start = 0


@pytest.mark.parametrize("abi", [Stacked, Mixed, Xv6Like], ids=lambda abi: abi.name)
def test_other_conventions_make_the_same_calls(abi: type[vmlab.Abi]) -> None:
    done = run(abi, GREETING, "there")
    plain = run(Tiny, GREETING, "there")
    assert (done.console, done.exit_status, done.calls[1:]) == (plain.console, plain.exit_status, plain.calls[1:])


def test_six_arguments_as_their_letters_say() -> None:
    done = run(Larger, 'int main(void) { show(-1, 0xfffffffe, "text", -5, 6, 0); return 0; }')
    (shown,) = (call for call in done.calls if call.startswith("show"))
    assert done.console.startswith("(-1, 4294967294, 0x08048")
    assert done.console.endswith(", -5, 6, 0x00000000)\n")
    assert shown.startswith("show(-1, 0xfffffffe, 0x8048")
    assert shown.endswith(", -5, 0x6, NULL) = 0")


def test_the_same_events_as_of_a_built_in_abi() -> None:
    """Of a program in assembly, which makes the same calls by the same numbers under Linux."""

    class LikeLinux(vmlab.Abi):
        name = "like_linux"
        syscall_vector = 0x80

        @vmlab.syscall(1, "d")
        def exit(self, process: ProcessHandle, status: int) -> None:
            process.exit(status)

        @vmlab.syscall(4, "fpd")
        def write(self, process: ProcessHandle, descriptor: int, address: int, length: int) -> int:
            process.print(process.read(address, length))
            return length

        @vmlab.syscall(20)
        def getpid(self, process: ProcessHandle) -> int:
            return process.pid

        def unknown_call(self, process: ProcessHandle, number: int) -> int:
            return -38

    source = """
        .globl _start
    _start:
        movl $9999, %eax; int $0x80
        movl $20, %eax; int $0x80
        movl %eax, word
        movl $4, %eax; movl $1, %ebx; movl $word, %ecx; movl $4, %edx; int $0x80
        movl $1, %eax; movl $7, %ebx; int $0x80
        .bss
    word: .skip 4
    """
    seen = []
    for abi in ("linux", LikeLinux):
        with vmlab.Lab(abi=abi) as lab:
            process = lab.spawn(vmlab.asm(source))
            lab.run()
            assert (process.exit_status, process.stdout) == (7, b"\1\0\0\0")
            kinds = [event.name for event in lab.events if event.name not in ("mapping_added", "page_added")]
            results = [event.result for event in lab.events if event.name == "syscall_return"]
            seen.append((kinds[kinds.index("process_started") :], results, [str(call) for call in lab.events.syscalls]))
    linux, own = seen
    assert own[0] == linux[0]
    assert own[1] == linux[1] == [-38, 1, 4]
    assert own[2][1:] == linux[2][1:]


@pytest.mark.parametrize(
    "address", ["0", "1", "0xbfff0000 - 0x10000000", "0xc0000000", "0xfffffffc", "0xffffffff", "0x08049000"]
)
def test_a_bad_pointer_is_a_value(address: str) -> None:
    body = 'int main(void) {{ say("%d %d\\n", write((void *)({0}), 8192), getpid()); return 0; }}'
    done = run(Tiny, body.format(address))
    assert (done.console, done.exit_status) == ("-1 1\n", 0)


def test_a_length_that_is_none_is_a_bad_address() -> None:
    body = 'int main(void) { say("%d %d\\n", write("x", -1), write("x", 0x7fffffff)); return 0; }'
    assert run(Tiny, body).console == "-1 -1\n"


def test_bad_address_is_what_the_class_says_and_a_handler_may_catch_it() -> None:
    class Catching(Larger):
        name = "catching"

        @vmlab.syscall(20, "p")
        def probe(self, process: ProcessHandle, address: int) -> int:
            try:
                process.write(address, b"x")
            except vmlab.BadAddress:
                return 1
            return 0

    body = """char here; int main(void) {
        say("%d %d %d %d\\n", probe(0), probe(&here), copy((char *)4, &here), copy("x", "read-only"));
        return 0; }"""
    assert run(Catching, body).console == "1 0 -14 -14\n"


def test_arguments_that_are_not_all_on_the_stack() -> None:
    source = """
        .globl _start
    _start:
        movl $0xc0000000, %ebp
        leal -4(%ebp), %esp
        movl $2, (%esp); int $0x41      # getpid has no arguments
        movl %eax, %esi
        movl $1, (%esp); int $0x41      # write has two
        movl %eax, %edi
        movl %ebp, %esp; int $0x41      # and here is no number at all
        addl %eax, %edi
        addl %esi, %edi
        movl $stack, %esp
        movl $3, (%esp); movl %edi, 4(%esp); int $0x41
        .data
    stack: .skip 8
    """
    with vmlab.Lab(abi=Larger) as lab:
        process = lab.spawn(vmlab.asm(source))
        lab.run()
        lab.check()
        assert process.exit_status == 1 - 14 - 14


def test_a_page_comes_in_for_a_handler_as_for_the_program() -> None:
    body = """char memory[3 * 4096]; int main(void) {
        copy("abc", memory + 4095);
        return memory[4095] + memory[4096]; }"""
    done = run(Larger, body, swap="64 KiB")
    assert done.exit_status == ord("a") + ord("b")
    assert [result for _, result in done.faults].count("zero_fill") >= 2


def test_an_unresolved_fault_ends_the_process_with_a_line() -> None:
    done = run(Tiny, "int main(void) { *(volatile int *)8 = 1; return 0; }")
    assert (done.reason, done.exit_status, done.signal) == ("exited", None, 9)
    assert done.console.startswith("program: page fault at 0x00000008 (write, no_mapping), eip 0x0804")
    assert done.console.endswith(": killed\n")


@pytest.mark.parametrize(
    ("code", "line"),
    [("hlt", "exception 13, error 0x0"), ("ud2", "exception 6, error 0x0"), ("int $0x31", "exception 13, error 0x18a")],
)
def test_other_exceptions_too(code: str, line: str) -> None:
    done = run(Tiny, f'int main(void) {{ __asm__("{code}"); return 0; }}')
    assert done.signal == 9
    assert done.console.startswith(f"program: {line}, eip 0x0804")


def test_an_abi_may_answer_faults_and_exceptions_itself() -> None:
    class Lenient(Tiny):
        name = "lenient"

        def page_fault(self, process: ProcessHandle, fault: vmlab.UnresolvedFault) -> None:
            process.print(f"{fault.access} {fault.result} {fault.error}\n")
            process.map(4096, fault.address.page)

        def exception(self, process: ProcessHandle, vector: int, error: int) -> None:
            process.print(f"{vector} {process.registers.edx}\n")
            process.exit(vector)

    body = """int main(void) { *(volatile int *)0x100004 = 5; int got = *(volatile int *)0x100004;
        __asm__ volatile("int3" : : "d"(got)); return 0; }"""
    done = run(Lenient, body)
    assert done.console == "write no_mapping 6\n3 5\n"
    assert done.exit_status == 3


def test_fork_as_the_profile_makes_it_and_a_parent_that_waits() -> None:
    body = """int word = 1; int main(void) {
        int child = fork();
        if (child == 0) { word += 5; exit(word); }
        int status = 0, pid = wait(&status);
        say("%d %d %d %d\\n", pid == child, status, word, wait(&status));
        return 0; }"""
    lazy, eager = run(Larger, body), run(Larger, body, fork="eager")
    assert lazy.console == eager.console == "1 6 1 -10\n"
    assert "copy_up" in [result for _, result in lazy.faults] + lazy.events or "frame_copied" in lazy.events
    assert "<unfinished" not in "".join(lazy.calls)


def test_memory_calls() -> None:
    body = """int main(void) {
        char *end = (char *)sbrk(8192);
        end[8191] = 1;
        say("%d\\n", sbrk(-8192) == (int)end + 8192);
        say("%d\\n", sbrk(-0x1000000));
        char *got = (char *)map(0, 5000, 1);
        got[8191] = 2;
        say("%d\\n", map(got, 4096, 1));
        say("%d\\n", map((void *)0x20000000, 1, 1) == 0x20000000);
        say("%d\\n", protect(got, 4096, 0));
        say("%d\\n", copy("x", got));
        say("%d\\n", unmap(got, 8192));
        say("%d %d %d\\n", map((void *)1, 4096, 1), map(0, 0, 1), map(0, 0xf0000000, 1));
        return got[0]; }"""
    done = run(Larger, body)
    assert done.console.startswith("1\n-12\n-12\n1\n0\n-14\n0\n-12 -12 -12\nprogram: page fault at ")
    assert "protection" in [result for _, result in done.faults], "the kernel's own, of copy"
    assert done.signal == 9


def test_waiting_waking_sleeping_and_giving_way() -> None:
    body = """int main(void) {
        int child = fork();
        if (child == 0) { int got = park(); sleep(1000); exit(got); }
        while (!unpark(child)) yield();
        int status, pid = wait(&status);
        say("%d %d %d\\n", pid == child, status, unpark(child));
        return 0; }"""
    done = run(Larger, body)
    assert (done.console, done.reason) == ("1 7 0\n", "exited")


def test_the_console_is_typed_at_and_read(tmp_path: Path) -> None:
    class Typing(Larger):
        name = "typing"

        @vmlab.syscall(20, "px")
        def read(self, process: ProcessHandle, address: int, length: int) -> int | None:
            typed = process.read_console(length)
            if typed is None:
                return process.wait_for_console()
            process.write(address, typed)
            return len(typed)

    program = vmlab.c("""
        #include <typing.h>
        char line[8];
        int main(void) {
            int total = 0;
            for (int got; (got = read(line, 8)) > 0; total += got) write(line, got);
            return total; }""")
    with vmlab.Lab(abi=Typing) as lab:
        process = lab.spawn(program, stdin="one\n")
        assert lab.run().reason == "input"
        lab.type("a longer line\n")
        assert lab.run().reason == "input"
        assert process.state == "blocked"
        lab.type("\x04")
        assert lab.run().reason == "exited"
        assert process.exit_status == len("one\na longer line\n")
        assert lab.console == b"one\none\na longer line\na longer line\n"
        assert [call.result for call in lab.events.syscalls if call.name == "read"] == [4, 8, 6, 0]
        assert_same(lab, tmp_path / "journal")


def test_nobody_wakes() -> None:
    done = run(Larger, "int main(void) { park(); return 0; }")
    assert (done.reason, done.calls) == ("deadlock", ["park()"])


def test_an_unknown_number_is_the_abis_own_matter() -> None:
    done = run(Tiny, 'int main(void) { int got; __asm__ volatile("int $0x30" : "=a"(got) : "a"(99)); return got + 8; }')
    assert done.exit_status == 7
    assert "syscall_unknown" in done.events
    assert done.calls[0] == "syscall_99(0, 0, 0, 0, 0, 0) = -1"


def test_the_trace_shows_the_calls_by_their_names() -> None:
    from vmlab.strace import Strace

    written: list[str] = []
    with vmlab.Lab(abi=Larger) as lab:
        lab.spawn(vmlab.c('#include <larger.h>\nchar to[9]; int main(void) { return copy("a\\n", to); }'))
        Strace(lab, written.append).run()
    lines = "".join(written).splitlines()
    assert lines[0].startswith('copy("a\\n", 0x')
    assert lines[0].endswith("= 2")
    assert lines[1].startswith("exit(2")
    assert lines[2] == "+++ exited with 2 +++"


def test_the_picture_of_its_addresses() -> None:
    with vmlab.Lab(abi=Larger) as lab:
        process = lab.spawn(vmlab.c("int main(void) { return 0; }"))
        picture = process.layout()
        assert picture.plan.title == "larger"
        assert picture.bands[0].what == "not to be mapped"
        assert picture.bands[-1].what == "kernel"
        assert "where the stack begins" in str(picture)


def test_what_it_is_by_default_and_what_a_lab_overrides() -> None:
    class Small(Tiny):
        name = "small"
        ram = "1 MiB"
        profile = "pintos"
        stack_size = 8192
        stack_top = 0x40000000

    with vmlab.Lab(abi=Small) as lab:
        assert lab.abi == "small"
        assert len(lab.frames) == 256
        process = lab.spawn(vmlab.c('int main(void) { __asm__("movl $1, -16384(%esp)"); return 0; }'))
        assert process.maps[-1].end == 0x40000000
        lab.run()
        assert (process.signal, process.faults[-1].result) == (9, "no_mapping"), "the stack grows no further"
    with vmlab.Lab(abi=Small, ram="2 MiB", frames=64, swap="64 KiB", profile="linux") as lab:
        assert (len(lab.frames), lab.swap.total) == (512, 16)


def test_a_program_that_is_none_and_one_of_another_abi() -> None:
    with vmlab.Lab(abi=Tiny) as lab:
        with pytest.raises(ValueError, match="not for abi='tiny'"):
            lab.spawn(vmlab.touch([0]))
        with pytest.raises(ValueError, match="ELF"):
            lab.spawn(b"no program")
        with pytest.raises(ValueError, match="do not fit onto the stack"):
            lab.spawn(vmlab.c("int main(void) { return 0; }"), ["x" * 1_100_000])
        lab.check()
        process = lab.spawn(vmlab.c("int main(int argc, char **argv) { return argv[1][99999]; }"), ["y" * 100_000])
        lab.run()
        assert process.exit_status == ord("y")
