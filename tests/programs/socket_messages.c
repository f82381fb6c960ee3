// SPDX-License-Identifier: 0BSD
// Sockets that keep messages apart, and what goes with a message: files, and who sent it.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"
#include "socket_pair.h"

static char text[300000];

static void boundaries(int type) {
    printf("type %d\n", type);
    make(type | SOCK_NONBLOCK);
    show_events("fresh", pair[0]);
    SHOW(write(pair[0], "first", 5));
    SHOW(send(pair[0], "second", 6, 0));
    SHOW(write(pair[0], "", 0));
    SHOW(writev(pair[0], (struct iovec[1]){{text, 0}}, 1));
    SHOW(send(pair[0], "third one", 9, 0));
    int unread = -1;
    printf("unread %d %d\n", CALL(54, (unsigned)pair[1], 0x541b, P(&unread)), unread); // FIONREAD
    SHOW(recv(pair[1], text, 3, MSG_PEEK));
    SHOW(recv(pair[1], text, 3, MSG_PEEK | MSG_TRUNC));
    SHOW(recv(pair[1], text, 3, 0));
    SHOW(read(pair[1], text, 100));
    SHOW(read(pair[1], text, 100));
    SHOW(recv(pair[1], text, 4, MSG_TRUNC));
    SHOW(recv(pair[1], text, 100, MSG_WAITALL));
    SHOW(send(pair[0], text, 212960, 0));
    SHOW(send(pair[0], text, 212961, 0));
    SHOW(recv(pair[1], text, sizeof text, 0));
    int times = 0;
    while (send(pair[0], text, 1000, 0) > 0)
        times++;
    printf("%d messages, then %s\n", times, strerror(errno));
    show_events("full", pair[0]);
    SHOW(send(pair[1], "back", 4, 0));
    SHOW(shutdown(pair[1], SHUT_WR));
    SHOW(recv(pair[0], text, 100, 0));
    SHOW(recv(pair[0], text, 100, 0));
    show_events("will get no more", pair[0]);
    SHOW(shutdown(pair[1], SHUT_RD));
    SHOW(send(pair[0], "x", 1, 0));
    show_events("nobody reads", pair[0]);
    drop();
    make(type);
    write(pair[1], "left", 4);
    write(pair[0], "unread", 6);
    close(pair[1]);
    show_events("other end closed", pair[0]);
    SHOW(send(pair[0], "x", 1, 0));
    SHOW(send(pair[0], "x", 1, 0));
    SHOW(recv(pair[0], text, 100, MSG_DONTWAIT));
    SHOW(recv(pair[0], text, 100, MSG_DONTWAIT));
    SHOW(recv(pair[0], text, 100, MSG_DONTWAIT));
    show_events("afterwards", pair[0]);
    SHOW(send(pair[0], (char *)0x20000000, 1, 0));
    drop();
}

union control {
    struct cmsghdr header;
    char bytes[200];
};

/// Sends a text with so many files.
static int send_files(int fd, const char *content, const int *files, int count) {
    static union control control;
    struct iovec piece = {(void *)content, strlen(content)};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof *files);
        control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof *files);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.header), files, (size_t)count * sizeof *files);
    }
    return (int)sendmsg(fd, &message, 0);
}

/// Receives with room for so much beside the text, and shows what came.
static int receive(int fd, size_t bytes, size_t room, int flags) {
    static union control control;
    static char name[50];
    int last = -1;
    memset(text, 0, 100);
    struct iovec pieces[2] = {{text, 2}, {text + 2, bytes - 2}};
    struct msghdr message = {.msg_name = name, .msg_namelen = sizeof name, .msg_iov = pieces, .msg_iovlen = 2,
                             .msg_control = room > 0 ? &control : NULL, .msg_controllen = room, .msg_flags = 77};
    int count = (int)recvmsg(fd, &message, flags);
    printf("received %d '%s' flags %x control %d name %d", count, text, message.msg_flags,
           (int)message.msg_controllen, (int)message.msg_namelen);
    if (count < 0)
        printf(" %s", strerror(errno));
    for (struct cmsghdr *one = count < 0 || room == 0 ? NULL : CMSG_FIRSTHDR(&message); one != NULL; one = CMSG_NXTHDR(&message, one)) {
        int words = (int)(one->cmsg_len - sizeof *one) / 4;
        printf(" [%d %d: %d words]", one->cmsg_level, one->cmsg_type, words);
        int *content = (int *)CMSG_DATA(one);
        if (one->cmsg_type == SCM_RIGHTS)
            last = content[words - 1];
        else if (words == 3)
            printf(" mine %d user %d", content[0] == getpid(), content[1]);
    }
    printf("\n");
    return last;
}

static void files(int type) {
    int pipes[2], sent[3], got;
    char byte;
    printf("files by type %d\n", type);
    make(type);
    pipe(pipes);
    sent[0] = pipes[0];
    sent[1] = sent[2] = pipes[1];
    SHOW(send_files(pair[0], "one", sent, 1));
    SHOW(send_files(pair[0], "three", sent, 3));
    SHOW(send_files(pair[0], "none", sent, 0));
    got = receive(pair[1], 100, 100, MSG_PEEK);
    SHOW(close(got));
    got = receive(pair[1], 100, 100, MSG_CMSG_CLOEXEC);
    SHOW(fcntl(got, F_GETFD, 0));
    write(pipes[1], "x", 1);
    SHOW(read(got, &byte, 1));
    SHOW(close(got));
    got = receive(pair[1], 100, 100, 0);
    SHOW(write(got, "y", 1));
    receive(pair[1], 100, 100, 0);
    send_files(pair[0], "cut", sent, 3);
    receive(pair[1], 100, CMSG_LEN(8), 0);
    send_files(pair[0], "no room", sent, 3);
    receive(pair[1], 100, 0, 0);
    send_files(pair[0], "hardly any", sent, 1);
    receive(pair[1], 4, 12, 0);
    sent[1] = 99;
    SHOW(send_files(pair[0], "bad", sent, 2));
    if (type == SOCK_STREAM) {
        write(pair[0], "plain", 5);
        sent[1] = pipes[1];
        send_files(pair[0], "with", sent, 2);
        write(pair[0], "plain", 5);
        receive(pair[1], 100, 100, 0);
        receive(pair[1], 100, 100, 0);
    }
    close(pipes[0]);
    close(pipes[1]);
    drop();
}

static void sender(void) {
    int on = 1, first[2] = {0, 0};
    socklen_t bytes = sizeof on;
    struct ucred who = {1, 1, 1};
    printf("sender\n");
    make(SOCK_STREAM);
    pipe(first);
    SHOW(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    on = 7;
    SHOW(getsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, &bytes));
    SHOW(on);
    send_files(pair[0], "who am I", NULL, 0);
    receive(pair[1], 100, 100, 0);
    send_files(pair[0], "with", first, 2);
    receive(pair[1], 100, 100, 0);
    send_files(pair[0], "short", first, 2);
    receive(pair[1], 100, 28, 0);
    bytes = sizeof who;
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &who, &bytes));
    printf("mine %d %d %d\n", who.pid == getpid(), (int)who.uid, (int)who.gid);
    drop();
}

/// A socket that is on its way to itself, and one to the other.
static void to_itself(void) {
    make(SOCK_STREAM);
    SHOW(send_files(pair[0], "a", pair, 2));
    SHOW(send_files(pair[1], "b", pair, 2));
    drop();
    make(SOCK_DGRAM);
    SHOW(send_files(pair[0], "a", pair + 1, 1));
    drop();
}

static void options(int type) {
    static const int names[] = {SO_TYPE, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_PROTOCOL, SO_DOMAIN, SO_ACCEPTCONN, 2, 9, 10, 18, 19, 999};
    int value, number = 5000;
    socklen_t bytes;
    make(type);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        value = -1;
        bytes = sizeof value;
        int done = getsockopt(pair[0], SOL_SOCKET, names[i], &value, &bytes);
        printf("option %d: %d %s %d\n", names[i], done, done < 0 ? strerror(errno) : "", value);
    }
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &number, 4));
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, &bytes));
    SHOW(value);
    number = 1;
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &number, 4));
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, &bytes));
    SHOW(value);
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &number, 4));
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &value, &bytes));
    SHOW(value);
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_TYPE, &number, 4));
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &number, 2));
    SHOW(setsockopt(pair[0], 6, SO_SNDBUF, &number, 4));
    bytes = 2;
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &bytes));
    bytes = (socklen_t)-1;
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &bytes));
    bytes = 4;
    SHOW(getsockopt(pair[0], 6, SO_TYPE, &value, &bytes));
    drop();
}

int main(void) {
    signal(SIGPIPE, SIG_DFL);
    boundaries(SOCK_DGRAM);
    boundaries(SOCK_SEQPACKET);
    files(SOCK_STREAM);
    files(SOCK_DGRAM);
    files(SOCK_SEQPACKET);
    sender();
    to_itself();
    options(SOCK_STREAM);
    options(SOCK_DGRAM);
    return 0;
}
