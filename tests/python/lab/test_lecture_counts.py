# SPDX-License-Identifier: GPL-2.0-only
"""What the lectures count, counted: pages of a stack array, frames after fork, objects behind a process."""

import pytest

import vmlab

PAGE = 4096

# The exercise of lecture 001: where its process has what.
CODE, GLOBALS, HEAP, STACK = 0x1000, 0x3000, 0x4000, 0xF000
ACCESSIBLE = (CODE, CODE + PAGE, GLOBALS, HEAP, HEAP + PAGE, STACK)


def lecture_process(**options: str) -> tuple[vmlab.Workbench, int]:
    """Code of two pages, a page of globals, two of heap, one of stack, all in memory."""
    bench = vmlab.Workbench(**options)  # type: ignore[arg-type]
    space = bench.create()
    text = bench.create_file(b"\x90" * 2 * PAGE)
    bench.map(space, 2 * PAGE, CODE, rights="rx", file=text)
    for address, pages in ((GLOBALS, 1), (HEAP, 2), (STACK, 1)):
        bench.map(space, pages * PAGE, address)
        for number in range(pages):
            bench.write(space, address + number * PAGE, 1)
    bench.read(space, CODE)
    bench.read(space, CODE + PAGE)
    return bench, space


def overwrite(bench: vmlab.Workbench, space: int, address: int, size: int) -> None:
    for word in range(address, address + size, 4):
        bench.write(space, word, 2)


def can_read_all_without_fault(bench: vmlab.Workbench, space: int) -> bool:
    return all(bench.entry(space, page) & 1 for page in ACCESSIBLE)


@pytest.mark.parametrize(("array", "frames"), [(HEAP + 0x100, 8), (HEAP + PAGE - 128, 8), (HEAP + PAGE - 64, 9)])
def test_frames_after_fork_and_two_writes(array: int, frames: int) -> None:
    bench, parent = lecture_process()
    assert bench.counters.page_frames == 6
    child = bench.fork(parent)
    assert bench.counters.page_frames == 6
    overwrite(bench, child, array, 128)
    overwrite(bench, child, STACK + 0xF00, 8)
    assert bench.counters.page_frames == frames
    assert can_read_all_without_fault(bench, parent)
    assert can_read_all_without_fault(bench, child)
    assert bench.counters.page_frames == frames
    bench.check()


def test_frames_after_the_naive_fork() -> None:
    bench, parent = lecture_process(fork="eager")
    child = bench.fork(parent)
    for page in ACCESSIBLE:
        bench.read(child, page)
    assert bench.counters.page_frames == 2 + 2 * 4  # the code is the file's for both
    overwrite(bench, child, HEAP + PAGE - 64, 128)
    assert bench.counters.page_frames == 10


def test_frames_after_fork_and_fork() -> None:
    bench, first = lecture_process()
    second = bench.fork(first)
    third, fourth = bench.fork(first), bench.fork(second)
    assert bench.counters.page_frames == 6
    for number, space in enumerate((first, second, third, fourth), 1):
        overwrite(bench, space, HEAP, 128)
        assert bench.counters.page_frames == 6 + min(number, 3)  # the last one has the old page to itself
    assert bench.counters.pages_copied == 3
    assert bench.counters.move_up == 1
    bench.check()


def test_the_page_table_drawn_before_and_after_fork_and_the_first_write() -> None:
    pages = [0x00601000 + number * PAGE for number in range(5)]
    bench = vmlab.Workbench()
    parent = bench.create()
    bench.map(parent, 5 * PAGE, pages[0])
    for page in pages:
        bench.write(parent, page, 1)

    def drawn(space: int) -> list[tuple[int, int, int]]:
        """valid?, write?, physical page"""
        entries = [bench.entry(space, page) for page in pages]
        return [(entry & 1, entry >> 1 & 1, entry >> 12) for entry in entries]

    before = drawn(parent)
    assert [entry[:2] for entry in before] == [(1, 1)] * 5
    child = bench.fork(parent)
    read_only = [(1, 0, frame) for _, _, frame in before]
    assert drawn(parent) == drawn(child) == read_only
    assert bench.write(child, pages[4], 2).faults == ("copy_up",)
    assert drawn(parent) == read_only
    assert drawn(child)[:4] == read_only[:4]
    assert drawn(child)[4][:2] == (1, 1)
    assert drawn(child)[4][2] not in [frame for _, _, frame in before]
    # Only one page table entry refers to it: make it writable.
    assert bench.write(parent, pages[4], 3).faults == ("move_up",)
    assert drawn(parent)[4] == before[4]


def test_a_stack_array_touched_in_steps_takes_a_page_a_step() -> None:
    source = """
        #include <unistd.h>
        int main(void) {
            volatile char array[1024 * 128] __attribute__((aligned(4096)));
            const volatile char *start = array;
            for (int i = 0; i < 1024 * 128; i += 1024 * 16)
                array[i] = 100;
            write(1, &start, sizeof start);
            return 0;
        }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until="syscall_return")
        start = int.from_bytes(process.stdout, "little")
        present = [page - start for page in sorted(process.page_table) if start <= page < start + 1024 * 128]
        assert present == list(range(0, 1024 * 128, 1024 * 16))
        assert len(present) * PAGE == 32768


FORKING_GUEST = """
    mov $45, %eax           # brk: two pages of heap from a page's start on
    xor %ebx, %ebx
    int $0x80
    lea 0xfff(%eax), %esi
    and $~0xfff, %esi
    lea 0x2000(%esi), %ebx
    mov $45, %eax
    int $0x80
    movb $1, (%esi)
    movb $1, 0x1000(%esi)
    push $1
    mov $2, %eax            # fork
    int $0x80
    test %eax, %eax
    jnz parent
    lea OFFSET(%esi), %edi  # the child overwrites 128 bytes of heap and a variable on the stack
    mov $128, %ecx
    rep stosb
    push $2
    jmp end
parent:
    mov $7, %eax            # waitpid
    mov $-1, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    int $0x80
end:
    mov $1, %eax
    xor %ebx, %ebx
    int $0x80
"""


@pytest.mark.parametrize(("offset", "copied"), [(0x100, 2), (0xFC0, 3)])
def test_a_forked_guest_copies_what_it_writes_and_nothing_else(offset: int, copied: int) -> None:
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.asm(FORKING_GUEST.replace("OFFSET", str(offset))))
        lab.run(until="fork")
        frames = lab.counters.page_frames
        (child,) = process.children
        lab.run(until=vmlab.event("process_exited", pid=child.pid))
        assert child.counters.copy_up == child.counters.pages_copied == copied
        assert lab.counters.peak_frames == frames + copied
        lab.run()
        assert (process.exit_status, child.exit_status) == (0, 0)


def test_lazy_sbrk_makes_present_what_was_touched() -> None:
    bench = vmlab.Workbench()
    space = bench.create()
    heap = 0x20000
    bench.set_heap_start(space, heap)
    bench.set_break(space, heap + 0x3000)
    for address in range(0x1040, 0x1080, 4):
        assert bench.read(space, heap + address).value == 0
    for address in range(0x2010, 0x2020, 4):
        bench.write(space, heap + address, 7)
    assert [bench.entry(space, heap + page * PAGE) & 1 for page in range(3)] == [0, 1, 1]
    assert bench.peek(space, heap + 0x2000, 16) == bytes(16)


def test_the_objects_of_a_process_on_4_4bsd_before_and_after_fork() -> None:
    bench = vmlab.Workbench(profile="bsd44")
    parent = bench.create()
    program = bench.create_file(b"a" * 2 * PAGE)
    text = bench.map(parent, PAGE, 0x08048000, rights="rx", file=program)
    data = bench.map(parent, PAGE, 0x08049000, file=program, offset=PAGE)
    bench.map_stack(parent, 0xBFFFF000, 4 * PAGE)
    stack = 0xBFFFE000
    bench.write(parent, data, 17)
    bench.write(parent, stack, 1)

    def kinds(space: int, address: int) -> list[str]:
        return [link.kind for link in bench.chain(space, address)]

    def ids(space: int, address: int) -> list[int]:
        return [link.object_id for link in bench.chain(space, address)]

    drawn = {text: ["file"], data: ["anonymous", "file"], stack: ["anonymous"]}
    assert {address: kinds(parent, address) for address in drawn} == drawn
    before = {address: ids(parent, address) for address in drawn}
    child = bench.fork(parent)
    assert ids(parent, text) == ids(child, text) == before[text]  # shared directly
    for address in (data, stack):  # through two new shadow objects
        assert kinds(parent, address) == kinds(child, address) == ["anonymous", *drawn[address]]
        assert ids(parent, address)[1:] == ids(child, address)[1:] == before[address]
        assert ids(parent, address)[0] != ids(child, address)[0]
    bench.write(child, data, 18)
    assert (bench.read(parent, data).value, bench.read(child, data).value) == (17, 18)
    bench.destroy(child)  # superfluous shadows are collapsed
    assert {address: kinds(parent, address) for address in drawn} == drawn
    bench.check()
