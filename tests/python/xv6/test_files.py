# SPDX-License-Identifier: GPL-2.0-only
"""Files of xv6: names of 14 characters, directories that are read as they lie on the disk, pipes of 512 bytes."""

from pathlib import Path

import pytest
from tests.python.xv6.running import console_of, finished, guest

import vmlab


def test_a_file_is_written_read_and_shared_over_fork() -> None:
    program = guest(
        """
        int fd = open("file", O_CREAT | O_RDWR);
        if (fork() == 0) { write(fd, "child ", 6); _exit(0); }
        wait(NULL);
        write(fd, "parent", 6);
        close(fd);
        char text[32] = {0};
        fd = open("file", O_RDONLY);
        printf("%d ", (int)read(fd, text, 31));
        printf("%s %d\\n", text, (int)read(fd, text + 31, 1));
        printf("%d\\n", (int)write(fd, "x", 1));
        """
    )
    with finished(program) as lab:
        assert lab.console == b"12 child parent 0\n-1\n"
        assert lab.files["/file"].read_bytes() == b"child parent"


def test_names_are_cut_at_14_characters() -> None:
    program = guest(
        """
        printf("%d", mkdir("12345678901234", 0));
        printf("%d", mkdir("1234567890123456", 0));
        int fd = open("1234567890123499/abcdefghijklmnopq", O_CREAT | O_RDWR);
        write(fd, "cut", 3);
        char text[4] = {0};
        fd = open("//12345678901234///abcdefghijklmn", O_RDONLY);
        read(fd, text, 3);
        printf(" %s\\n", text);
        """
    )
    with finished(program) as lab:
        assert lab.console == b"0-1 cut\n"
        assert lab.files["/12345678901234/abcdefghijklmn"].read_bytes() == b"cut"


def test_a_directory_reads_as_entries_of_16_bytes_and_places_are_used_again() -> None:
    program = guest(
        """
        mkdir("d", 0);
        close(open("d/one", O_CREAT));
        close(open("d/two", O_CREAT));
        close(open("d/a name of fourteen", O_CREAT));
        unlink("d/one");
        show();
        close(open("d/three", O_CREAT));
        show();
        """,
        before="""
        static void show(void) {
            struct { unsigned short number; char name[14]; } entry;
            struct stat about;
            int fd = open("d", O_RDONLY);
            fstat(fd, &about);
            printf("%d:", (int)about.st_size);
            while (read(fd, &entry, sizeof entry) == sizeof entry)
                printf(" %d=%.14s", entry.number != 0, entry.name);
            printf("\\n");
            close(fd);
        }
        """,
    )
    console = "80: 1=. 1=.. 0= 1=two 1=a name of four\n80: 1=. 1=.. 1=three 1=two 1=a name of four\n"
    assert console_of(program) == console


def test_fstat_tells_type_number_links_and_size() -> None:
    program = guest(
        """
        mkdir("d", 0);
        mkdir("d/e", 0);
        int fd = open("d/f", O_CREAT | O_RDWR);
        write(fd, "12345", 5);
        link("d/f", "d/g");
        show("/");
        show("d");
        show("d/e");
        show("d/f");
        show("console");
        """,
        before="""
        static void show(const char *path) {
            struct { short type; int device; unsigned number; short links; unsigned size; } about;
            int fd = open(path, O_RDONLY);
            printf("%s %d", path, (int)syscall(8, fd, &about));
            printf(" %d %d %d %d\\n", about.type, about.device, about.links, about.size);
            close(fd);
        }
        """,
    )
    assert console_of(program).splitlines() == [
        "/ 0 1 1 2 80",
        "d 0 1 1 2 80",
        "d/e 0 1 1 1 32",
        "d/f 0 2 1 2 5",
        "console 0 3 1 1 0",
    ]


def test_numbers_of_files_are_given_again() -> None:
    program = guest(
        """
        struct stat about;
        int first = 0;
        for (int i = 0; i < 1000; i++) {
            int fd = open("f", O_CREAT | O_RDWR);
            fstat(fd, &about);
            close(fd);
            if (i == 0) first = about.st_ino;
            unlink("f");
        }
        printf("%d\\n", first == (int)about.st_ino);
        """
    )
    assert console_of(program) == "1\n"


def test_there_are_199_files_at_most_and_the_kernel_goes_on() -> None:
    program = guest(
        """
        char name[8];
        int made = 0;
        for (;; made++) {
            snprintf(name, sizeof name, "f%d", made);
            int fd = open(name, O_CREAT | O_RDWR);
            if (fd < 0) break;
            close(fd);
        }
        printf("%d %d", made, mkdir("d", 0));
        unlink("f7");
        printf(" %d\\n", mkdir("d", 0));
        """
    )
    # The root, the console and the program itself are three.
    assert console_of(program) == "196 -1 0\n"


def test_a_file_has_140_blocks_at_most() -> None:
    program = guest(
        """
        static char block[512];
        int fd = open("big", O_CREAT | O_RDWR), blocks = 0;
        while (write(fd, block, 512) == 512) blocks++;
        struct stat about;
        fstat(fd, &about);
        printf("%d %d\\n", blocks, (int)about.st_size);
        """
    )
    assert console_of(program) == "140 71680\n"


def test_a_write_past_the_largest_size_fails_with_the_pieces_before_it_written() -> None:
    program = guest(
        """
        char *much = sbrk(72000);
        int fd = open("big", O_CREAT | O_RDWR);
        printf("%d", (int)write(fd, much, 72000));
        struct stat about;
        fstat(fd, &about);
        printf(" %d\\n", (int)about.st_size);
        """
    )
    assert console_of(program) == f"-1 {71680 // 1536 * 1536}\n"


def test_the_disk_has_1000_blocks() -> None:
    program = guest(
        """
        static char block[512];
        char name[8];
        int blocks = 0;
        for (int file = 0, more = 1; more; file++) {
            snprintf(name, sizeof name, "f%d", file);
            int fd = open(name, O_CREAT | O_RDWR), before = blocks;
            while (write(fd, block, 512) == 512) blocks++;
            more = blocks > before;
            close(fd);
        }
        printf("%d", blocks > 850 && blocks < 941);
        unlink("f0");
        int fd = open("again", O_CREAT | O_RDWR);
        printf(" %d\\n", (int)write(fd, block, 512));
        """
    )
    assert console_of(program) == "1 512\n"


def test_16_files_are_open_in_a_process_and_100_in_all() -> None:
    program = guest(
        """
        int opened = 0;
        while (open("console", O_RDWR) >= 0) opened++;
        printf("%d", opened);
        for (int fd = 3; fd < 16; fd++) close(fd);
        int ends[2], all = 0, one = 1;
        pipe(ends);
        for (int child = 0; child < 10; child++) {
            if (fork() == 0) {
                while (open("console", O_RDWR) >= 0) write(ends[1], &one, 1);
                close(ends[1]);
                sleep(10);
                _exit(0);
            }
        }
        close(ends[1]);
        char byte;
        while (read(ends[0], &byte, 1) == 1) all++;
        while (wait(NULL) > 0) ;
        printf(" %d\\n", all);
        """
    )
    # The console's one open file and the pipe's two ends are three of the hundred.
    assert console_of(program) == "13 97\n"


def test_a_pipe_holds_512_bytes() -> None:
    program = guest(
        """
        int ends[2];
        pipe(ends);
        if (fork() == 0) {
            static char much[2000];
            close(ends[0]);
            for (int i = 0; i < 2000; i++) much[i] = (char)i;
            printf("%d\\n", (int)write(ends[1], much, 2000));
            fflush(stdout);
            _exit(0);
        }
        close(ends[1]);
        sleep(2);
        static char piece[600];
        int total = 0, right = 1;
        for (int got; (got = read(ends[0], piece, 600)) > 0; total += got) {
            for (int i = 0; i < got; i++) right &= piece[i] == (char)(total + i);
            if (total == 0) { printf("%d\\n", got); fflush(stdout); }
        }
        wait(NULL);
        printf("%d %d\\n", total, right);
        """
    )
    assert console_of(program) == "512\n2000\n2000 1\n"


def test_a_write_to_a_pipe_that_nobody_reads_fails() -> None:
    program = guest(
        """
        int ends[2];
        pipe(ends);
        close(ends[0]);
        printf("%d %d\\n", (int)write(ends[1], "x", 1), (int)read(ends[1], ends, 1));
        """
    )
    assert console_of(program) == "-1 -1\n"


NAME_RULES = {
    'unlink(".")': -1,
    'unlink("..")': -1,
    'unlink("d/.")': -1,
    'unlink("d/..")': -1,
    'unlink("/")': -1,
    'unlink("")': -1,
    'unlink("full")': -1,
    'unlink("d")': 0,
    'unlink("nosuch")': -1,
    'link("d", "other")': -1,
    'link(".", "other")': -1,
    'link("f", "d")': -1,
    'link("f", "f")': -1,
    'link("f", "nosuch/x")': -1,
    'link("nosuch", "x")': -1,
    'link("f", "x")': 0,
    'mkdir("d", 0)': -1,
    'mkdir("", 0)': -1,
    'mkdir("/", 0)': -1,
    'mkdir("f/x", 0)': -1,
    'mkdir("new/", 0)': 0,
    'open("d", O_RDWR)': -1,
    'open("d", O_WRONLY)': -1,
    'open("d", O_CREAT)': -1,
    'open("console", O_CREAT)': -1,
    'open("", O_CREAT)': -1,
    'open("f/", O_RDONLY)': 3,
    'open("", O_RDONLY)': 3,
    'open("nosuch", O_RDWR)': -1,
    'open("f/..", O_RDONLY)': -1,
    'chdir("f")': -1,
    'chdir("")': 0,
    'chdir("d/../full")': 0,
    'syscall(17, "f", 1, 1)': -1,
    'syscall(17, "node", 1, 1)': 0,
}


@pytest.mark.parametrize("call", NAME_RULES)
def test_what_names_may_be_used_for(call: str) -> None:
    body = f"""
        mkdir("d", 0); mkdir("full", 0); close(open("full/x", O_CREAT)); close(open("f", O_CREAT));
        printf("%d\\n", (int)({call}));
        """
    assert console_of(guest(body)) == f"{NAME_RULES[call]}\n"


def test_the_working_directory_may_be_removed() -> None:
    program = guest(
        """
        mkdir("gone", 0);
        chdir("gone");
        printf("%d", unlink("../gone"));
        printf(" %d", open("x", O_CREAT | O_RDWR) < 0);
        printf(" %d", chdir("/"));
        printf(" %d\\n", chdir("gone"));
        """
    )
    assert console_of(program) == "0 1 0 -1\n"


def test_a_node_without_a_driver_can_be_opened_but_not_read() -> None:
    program = guest(
        """
        syscall(17, "node", 7, 0);
        int fd = open("node", O_RDWR);
        printf("%d %d %d\\n", fd, (int)read(fd, &fd, 1), (int)write(fd, &fd, 1));
        """
    )
    assert console_of(program) == "3 -1 -1\n"


def test_a_removed_file_lives_while_it_is_open() -> None:
    program = guest(
        """
        int fd = open("f", O_CREAT | O_RDWR);
        write(fd, "text", 4);
        int again = open("f", O_RDONLY);
        printf("%d", unlink("f"));
        char text[8] = {0};
        printf(" %d %s", (int)read(again, text, 8), text);
        printf(" %d\\n", open("f", O_RDONLY));
        """
    )
    assert console_of(program) == "0 4 text -1\n"


def test_a_folder_of_the_users_is_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "_hello").write_bytes(guest('printf("hello\\n");').elf)
    (tmp_path / "README").write_text("read me")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a_very_long_file_name").write_text("long")
    program = guest('char *words[] = {"hello", 0}; execv("hello", words);')
    with vmlab.Lab(abi="xv6", root=tmp_path) as lab:
        lab.spawn(program)
        lab.run()
        assert lab.console == b"hello\n"
        assert sorted(lab.files) == ["/", "/README", "/console", "/guest", "/hello", "/sub", "/sub/a_very_long_fi"]


def test_typed_lines_are_echoed_and_edited() -> None:
    program = guest(
        """
        char line[64] = {0};
        for (int count; (count = read(0, line, sizeof line)) > 0;) {
            write(1, "<", 1);
            write(1, line, count);
            write(1, ">", 1);
        }
        printf("end\\n");
        """
    )
    typed = "plain\nmistaek\x7f\x7fke\nother\x08\x08\x08\x08\x08\x15good\n\x04"
    back = "\b \b"
    console = f"plain\n<plain\n>mistaek{back * 2}ke\n<mistake\n>other{back * 5}good\n<good\n>\x04end\n"
    assert console_of(program, typed=typed) == console
