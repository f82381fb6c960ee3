# SPDX-License-Identifier: GPL-2.0-only
"""Sockets as the rest of the lab sees them: in its files, its log, and a saved run."""

from pathlib import Path

import pytest

import vmlab
from vmlab.journal.replay import replay_journal

EPOLL_WAIT = 256

TALK = r"""
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
static struct sockaddr_un address = {AF_UNIX, "/tmp/talk"};
static void echo(void) {
    char text[20];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    for (int i = 0; i < 20; i++)
        write(fd, text, (size_t)read(fd, text, sizeof text));
    _exit(0);
}
int main(void) {
    struct epoll_event event = {.events = EPOLLIN};
    char text[20];
    int set = epoll_create1(0), listening = socket(AF_UNIX, SOCK_STREAM, 0), fds[3];
    bind(listening, (struct sockaddr *)&address, sizeof address);
    listen(listening, 3);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0)
            echo();
        fds[i] = accept(listening, 0, 0);
        event.data.fd = fds[i];
        epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event);
        write(fds[i], "to and fro", 10);
    }
    for (int left = 3; left > 0;) {
        epoll_wait(set, &event, 1, -1);
        if (read(event.data.fd, text, sizeof text) > 0)
            send(event.data.fd, text, 10, MSG_NOSIGNAL);
        else if (close(event.data.fd) == 0)
            left--;
    }
    while (wait(0) > 0)
        ;
    return 7;
}
"""


@pytest.fixture(scope="module")
def talk() -> vmlab.Program:
    return vmlab.c(TALK).compile("linux")


def test_a_saved_run_is_the_same_again(talk: vmlab.Program, tmp_path: Path) -> None:
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(talk)
        while lab.run(budget=3000).reason == "budget":
            lab.check()
        assert process.exit_status == 7
        lab.save(tmp_path / "run")
        assert replay_journal(tmp_path / "run").same


def test_a_bound_socket_is_among_the_files(talk: vmlab.Program) -> None:
    with vmlab.Lab(ram="4 MiB") as lab:
        lab.spawn(talk)
        lab.run(until=vmlab.event("syscall", number=EPOLL_WAIT))
        assert (lab.files["/tmp/talk"].kind, lab.files["/tmp/talk"].permissions) == ("socket", 0o755)
        lab.run()
        lab.check()
        assert lab.files["/tmp/talk"].kind == "socket"  # until it is unlinked


def test_calls_are_in_the_log_by_their_names(talk: vmlab.Program) -> None:
    with vmlab.Lab(ram="4 MiB") as lab:
        process = lab.spawn(talk)
        lab.run()
        shown = [str(call) for call in process.events.syscalls]
        assert any(line.startswith("socket(1, 0x1, 0) = ") for line in shown)
        assert any(line.startswith("bind(4, 0x") for line in shown)


def test_a_guest_reaches_no_network() -> None:
    source = r"""
    #include <sys/socket.h>
    int main(void) {
        int failed = 0;
        for (int domain = 0; domain < 60; domain++)
            failed += domain != AF_UNIX && socket(domain, SOCK_STREAM, 0) < 0 && socket(domain, SOCK_DGRAM, 0) < 0;
        return failed;
    }
    """
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 59


def test_a_set_waits_for_what_is_typed() -> None:
    source = r"""
    #include <sys/epoll.h>
    #include <unistd.h>
    int main(void) {
        struct epoll_event event = {.events = EPOLLIN};
        char line[20];
        int set = epoll_create1(0), lines = 0;
        epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
        while (epoll_wait(set, &event, 1, -1) == 1 && read(0, line, sizeof line) > 1)
            lines++;
        return lines;
    }
    """
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source), stdin="one\ntwo\n\n", terminal=True)
        assert lab.run().reason == "exited"
        assert process.exit_status == 2
