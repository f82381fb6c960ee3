# SPDX-License-Identifier: GPL-2.0-only
"""The lecture's mmap, calls 22 and 23: files and fresh memory between the heap and the kernel."""

import pytest
from tests.python.xv6.running import console_of, finished, guest

HEADER = "#include <sys/mman.h>"


def test_a_mapped_file_is_read_and_written_as_memory() -> None:
    program = guest(
        """
        int file = open("somefile.dat", O_CREAT | O_RDWR);
        for (int i = 0; i < 200; i++) write(file, "0123456789", 10);
        char *data = mmap(NULL, 2000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        printf("%d %c", (unsigned)data < 0x80000000 && data > (char *)sbrk(0), data[6]);
        data[100] = 'x';
        close(file);
        char text[102] = {0};
        file = open("somefile.dat", O_RDONLY);
        read(file, text, 101);
        printf(" %c\\n", text[100]);
        """,
        before=HEADER,
    )
    with finished(program) as lab:
        assert lab.console == b"1 6 x\n"
        assert lab.files["/somefile.dat"].read_bytes()[100:101] == b"x"


def test_who_maps_a_file_together_sees_what_the_other_writes_and_privately_not() -> None:
    program = guest(
        """
        int file = open("f", O_CREAT | O_RDWR);
        write(file, "aa", 2);
        char *shared = mmap(NULL, 2, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        char *own = mmap(NULL, 2, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        own[1] = 'o';
        if (fork() == 0) { shared[0] = 'S'; own[0] = 'O'; _exit(0); }
        wait(NULL);
        printf("%c%c %c%c\\n", shared[0], shared[1], own[0], own[1]);
        """,
        before=HEADER,
    )
    # A private page that was never written may still show what the file says.
    assert console_of(program) in ("Sa ao\n", "Sa So\n")


def test_fresh_memory_comes_on_touch_and_goes_with_munmap() -> None:
    program = guest(
        """
        char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        page[4096] = 7;
        printf("%d %d", page[4096], munmap(page, 4096));
        printf(" %d", page[4096]);
        fflush(stdout);
        page[0] = 1;
        """,
        before=HEADER,
        name="unmaps",
    )
    with finished(program) as lab:
        assert lab.console.startswith(b"7 0 7pid 1 unmaps: trap 14 err 6 ")
        assert [fault.result for fault in lab.events.faults] == ["zero_fill", "no_mapping"]


def test_rights_are_kept() -> None:
    program = guest(
        "*(char *)mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;", before=HEADER, name="reads"
    )
    with finished(program) as lab:
        assert lab.console.startswith(b"pid 1 reads: trap 14 err ")


REFUSED = (
    "mmap(NULL, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "mmap(NULL, 4096, 3, MAP_ANONYMOUS, -1, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_SHARED | MAP_ANONYMOUS, -1, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE | 0x40000, -1, 0)",
    "mmap(NULL, 4096, 8, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE, 7, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE, 1, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE, ends[0], 0)",
    "mmap(NULL, 4096, 3, MAP_SHARED, reader, 0)",
    "mmap(NULL, 4096, 3, MAP_PRIVATE, reader, 1)",
    "mmap(NULL, 4096, 1, MAP_PRIVATE, writer, 0)",
    "mmap(NULL, 0x90000000, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "mmap(0, 4096, 3, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "mmap((void *)0x7ffff000, 8192, 3, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "mmap((void *)0x40000001, 4096, 3, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)",
    "(void *)munmap(0, 4096)",
    "(void *)munmap((void *)0x40000001, 4096)",
    "(void *)munmap((void *)0x40000000, 0)",
    "(void *)munmap((void *)0x7ffff000, 8192)",
    "(void *)munmap((void *)0xfffff000, 8192)",
)


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused(call: str) -> None:
    program = guest(
        f"""
        int ends[2], writer = open("f", O_CREAT | O_WRONLY), reader = open("f", O_RDONLY);
        pipe(ends);
        write(writer, "x", 1);
        printf("%d %d %d\\n", (int){call}, reader, writer);
        """,
        before=HEADER,
    )
    assert console_of(program) == "-1 4 3\n"


def test_the_heap_stops_below_what_is_mapped_and_calls_refuse_pointers_there() -> None:
    program = guest(
        """
        char *end = sbrk(0);
        char *page = mmap(end + 8 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        printf("%d", page == end + 8 * 4096);
        printf(" %d", sbrk(20 * 4096) == (void *)-1);
        printf(" %d\\n", (int)write(1, page, 1));
        """,
        before=HEADER,
    )
    assert console_of(program).endswith("1 1 -1\n")


def test_exec_and_exit_give_mapped_memory_back() -> None:
    program = guest(
        """
        int file = open("f", O_CREAT | O_RDWR);
        write(file, "x", 1);
        if (argc == 2) { *(volatile char *)mmap(NULL, 9999, 3, MAP_SHARED, file, 0) = 'y'; return 0; }
        *(volatile char *)mmap(NULL, 9999, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
        char *words[] = {"guest", "again", NULL};
        execv("guest", words);
        """,
        before=HEADER,
    )
    with finished(program) as lab:
        assert lab.files["/f"].read_bytes() == b"y"
