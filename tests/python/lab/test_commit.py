# SPDX-License-Identifier: GPL-2.0-only
"""Memory that is promised and not there: refused when it is asked for, or paid for at the touch."""

from pathlib import Path

import pytest

import vmlab

GREEDY = """
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char *blocks[2];
    for (int i = 0; i < 2; i++) {
        blocks[i] = malloc(600 << 10);
        if (!blocks[i]) {
            printf("block %d refused: %d\\n", i, errno == ENOMEM);
            return 3;
        }
    }
    puts("promised");
    for (int i = 0; i < 2; i++)
        for (int at = 0; at < 600 << 10; at += 4096)
            blocks[i][at] = 1;
    puts("there");
    return 0;
}
"""


@pytest.mark.parametrize(
    ("options", "output", "status", "signal"),
    [
        ({"overcommit": "never"}, "block 0 refused: 1\n", 3, None),
        ({"overcommit": "never", "swap": "640 KiB"}, "block 1 refused: 1\n", 3, None),
        ({"overcommit": "never", "swap": "1 MiB"}, "promised\nthere\n", 0, None),
        ({"overcommit": "heuristic"}, "promised\n", None, 9),
        ({"overcommit": "always"}, "promised\n", None, 9),
    ],
)
def test_who_overcommits_pays_at_the_touch(
    options: dict[str, str], output: str, status: int | None, signal: int | None
) -> None:
    with vmlab.Lab(ram="1 MiB", **options) as lab:  # type: ignore[arg-type]
        process = lab.spawn(vmlab.c(GREEDY))
        lab.run()
        assert (process.stdout_text, process.exit_status, process.signal) == (output, status, signal)
        names = [event.name for event in lab.events]
        assert ("oom_kill" in names) == (signal is not None)
        assert ("commit_refused" in names) == (status == 3)
        lab.check()
        assert lab.commit.committed == 0


def test_the_heuristic_refuses_the_obvious() -> None:
    source = """
        #include <sys/mman.h>
        int main(void) {
            void *all = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            void *unreserved =
                mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            return (all == MAP_FAILED) + 2 * (unreserved == MAP_FAILED);
        }"""
    for overcommit, status in (("heuristic", 1), ("always", 0), ("never", 3)):
        with vmlab.Lab(ram="1 MiB", overcommit=overcommit) as lab:
            process = lab.spawn(vmlab.c(source))
            lab.run()
            assert process.exit_status == status, overcommit
            lab.check()


def test_what_is_promised_to_whom() -> None:
    source = """
        #include <stdio.h>
        #include <fcntl.h>
        #include <sys/mman.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
            mmap(0, 10 << 12, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            mmap(0, 20 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (fork() != 0) {
                wait(0);
                return 0;
            }
            char text[512] = "";
            int file = open("/proc/meminfo", O_RDONLY);
            read(file, text, sizeof text - 1);
            fputs(text, stdout);
            return 0;
        }"""
    with vmlab.Lab(ram="1 MiB", swap="64 KiB", overcommit="always") as lab:
        parent = lab.spawn(vmlab.c(source))
        lab.run(until="fork")
        commit = lab.commit
        (child,) = parent.children
        assert commit.by_process[parent.pid] == commit.by_process[child.pid] > 20
        assert (commit.shared, commit.limit, commit.overcommit) == (10, 128 + 16, "always")
        assert f"process {child.pid}" in str(commit)
        lab.check()
        lab.run(until=vmlab.event("process_exited", pid=child.pid))
        lab.run()
        fields = dict(line.split(":") for line in parent.stdout_text.splitlines())
        assert fields["CommitLimit"].split() == ["576", "kB"]
        assert int(fields["Committed_AS"].split()[0]) == 4 * commit.committed
        assert int(fields["MemTotal"].split()[0]) == 1024
        assert 0 < int(fields["MemFree"].split()[0]) < 1024


def test_a_program_too_large_to_be_promised_does_not_start() -> None:
    with vmlab.Lab(ram="1 MiB", overcommit="never", commit_limit=20) as lab:
        with pytest.raises(ValueError, match="cannot be promised"):
            lab.spawn(vmlab.touch(["w0"]))
        lab.check()
        assert lab.commit.committed == 0


def test_a_program_makes_way_for_the_next_in_its_place() -> None:
    source = """
        #include <sys/mman.h>
        #include <unistd.h>
        int main(int argc, char **argv) {
            if (argc > 1)
                return 7;
            if (mmap(0, 60 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
                return 1;
            char *arguments[] = {argv[0], "again", 0};
            execv("/proc/self/exe", arguments);
            return 2;
        }"""
    with vmlab.Lab(ram="1 MiB", overcommit="never", commit_limit=110) as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until="exec")
        lab.check()
        assert 30 < lab.commit.committed < 60
        lab.run()
        assert process.exit_status == 7
        assert lab.commit.committed == 0
        lab.check()


def test_a_program_too_large_to_be_promised_takes_nobodys_place(tmp_path: Path) -> None:
    large = tmp_path / "large"
    vmlab.c("char memory[2 << 20]; int main(void) { memory[0] = 1; return 0; }").compile("linux").save(large)
    large.chmod(0o755)
    source = """
        #include <errno.h>
        #include <unistd.h>
        int main(void) {
            char *arguments[] = {"large", 0};
            execv("/large", arguments);
            return errno == ENOMEM ? 7 : 1;
        }"""
    with vmlab.Lab(ram="1 MiB", overcommit="never", root=tmp_path) as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 7
        assert lab.commit.committed == 0
        lab.check()


def test_what_is_no_program_and_what_has_too_many_arguments(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"no ELF file")
    text.chmod(0o755)
    source = """
        #include <errno.h>
        #include <string.h>
        #include <unistd.h>
        char argument[100 << 10];
        int main(void) {
            char *arguments[40] = {"text", 0};
            execv("/text", arguments);
            if (errno != ENOEXEC)
                return 1;
            memset(argument, 'a', sizeof argument - 1);
            for (int i = 1; i < 39; i++)
                arguments[i] = argument;
            execv("/proc/self/exe", arguments);
            return errno == E2BIG ? 7 : 2;
        }"""
    with vmlab.Lab(root=tmp_path) as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 7
        lab.check()
