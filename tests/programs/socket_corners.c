// SPDX-License-Identifier: 0BSD
// What sockets do where several things meet: names that move, ends that are shared, messages that are wrong in two ways.
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"
#include "socket_pair.h"

#define NOWHERE 0x20000000u

static char text[4000];

static int at_path(int (*act)(int, const struct sockaddr *, socklen_t), int fd, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return act(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

static void names_that_move(void) {
    struct stat status;
    char longest[109];
    int listening = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    mkdir("sub", 0755);
    umask(077);
    SHOW(at_path(bind, listening, "sub/one"));
    umask(022);
    stat("sub/one", &status);
    printf("mode %o\n", status.st_mode);
    SHOW(listen(listening, -1));
    SHOW(listen(listening, 3));
    SHOW(rename("sub/one", "two"));
    symlink("two", "three");
    link("two", "four");
    symlink("nowhere", "dangling");
    SHOW(at_path(bind, client, "dangling"));
    SHOW(at_path(connect, client, "sub/one"));
    SHOW(at_path(connect, client, "three"));
    int accepted = accept(listening, NULL, NULL);
    SHOW(write(accepted, "x", 1));
    SHOW(read(client, text, 1));
    SHOW(unlink("two"));
    close(client);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    chdir("sub");
    SHOW(at_path(connect, client, "../four"));
    chdir("..");
    SHOW(at_path(connect, listening, "four"));
    SHOW(shutdown(listening, SHUT_RD));
    show_events("shut listener", listening);
    close(accepted);
    accepted = accept(listening, NULL, NULL);
    SHOW(accepted > 0);
    SHOW(accept(listening, NULL, NULL));
    int late = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(at_path(connect, late, "four"));
    memset(longest, 'a', 108);
    longest[108] = '\0';
    SHOW(at_path(bind, late, longest));
    struct sockaddr_un name;
    socklen_t bytes = sizeof name;
    SHOW(getsockname(late, (struct sockaddr *)&name, &bytes));
    SHOW(bytes);
    bytes = 4;
    SHOW(getsockname(late, (struct sockaddr *)&name, &bytes));
    SHOW(bytes);
    bytes = (socklen_t)-1;
    SHOW(getsockname(late, (struct sockaddr *)&name, &bytes));
    bytes = 20;
    SHOW(getsockname(late, (struct sockaddr *)NOWHERE, &bytes));
    SHOW(getsockname(late, (struct sockaddr *)&name, (socklen_t *)NOWHERE));
    SHOW(unlink(longest));
    close(late);
    close(listening);
    close(client);
    close(accepted);
}

static void shared_ends(void) {
    int status;
    fd_set in, out, other;
    struct timeval now = {0, 0};
    make(SOCK_STREAM);
    int copy = dup(pair[1]);
    close(pair[1]);
    show_events("a copy is open", pair[0]);
    close(copy);
    show_events("none is", pair[0]);
    close(pair[0]);
    make(SOCK_STREAM);
    fflush(stdout);
    if (fork() == 0) {
        close(pair[0]);
        _exit((int)read(pair[1], text, 10));
    }
    close(pair[1]);
    SHOW(write(pair[0], "child", 5));
    wait(&status);
    SHOW(WEXITSTATUS(status));
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&other);
    FD_SET(pair[0], &in);
    FD_SET(pair[0], &out);
    FD_SET(pair[0], &other);
    SHOW(select(pair[0] + 1, &in, &out, &other, &now));
    printf("%d %d %d\n", (int)FD_ISSET(pair[0], &in), (int)FD_ISSET(pair[0], &out), (int)FD_ISSET(pair[0], &other));
    close(pair[0]);
    make(SOCK_DGRAM);
    SHOW(send(pair[0], "", 0, 0));
    show_events("an empty message", pair[1]);
    SHOW(recv(pair[1], text, 0, 0));
    show_events("taken", pair[1]);
    SHOW(send(pair[0], "some", 4, 0));
    SHOW(recv(pair[1], (char *)NOWHERE, 4, 0));
    SHOW(recv(pair[1], text, 4, MSG_DONTWAIT));
    SHOW(recv(pair[1], text, 4, MSG_OOB));
    drop();
}

struct message {
    struct msghdr header;
    struct iovec piece;
    unsigned control[20];
};

/// A message of one byte with the first words of control.
static struct message *message_with(size_t control_bytes) {
    static struct message message;
    message.piece = (struct iovec){text, 1};
    message.header = (struct msghdr){.msg_iov = &message.piece, .msg_iovlen = 1, .msg_control = message.control,
                                     .msg_controllen = control_bytes};
    return &message;
}

static void wrong_messages(int type) {
    struct message *message;
    printf("type %d\n", type);
    make(type);
    SHOW(sendmsg(pair[0], (struct msghdr *)NOWHERE, 0));
    message = message_with(0);
    message->header.msg_iovlen = 1025;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message = message_with(0);
    message->header.msg_iov = (struct iovec *)NOWHERE;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message = message_with(0);
    message->piece.iov_len = 0x80000000u;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message = message_with(0);
    message->header.msg_name = text;
    message->header.msg_namelen = 0xffffffffu;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message->header.msg_namelen = 2;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message->header.msg_namelen = 0;
    SHOW(sendmsg(pair[0], &message->header, MSG_DONTWAIT));
    SHOW(recv(pair[1], text, 10, MSG_DONTWAIT));
    static const unsigned controls[][8] = {
        {12, 16, 1, 1, 0}, // length, then the message's: its bytes, level, type and content
        {12, 12, 1, 1},
        {16, 16, 1, 1, 0},
        {16, 17, 1, 1, 0},
        {16, 11, 1, 1, 0},
        {16, 16, 1, 2, 0},
        {24, 24, 1, 2, 0, 0, 0},
        {24, 24, 1, 2, 1, 0, 0},
        {16, 16, 1, 9, 0},
        {16, 16, 6, 1, 99},
        {4, 1, 1, 1, 1},
        {16, 14, 1, 1, 0},
        {16, 16, 1, 1, 99},
    };
    for (unsigned i = 0; i < sizeof controls / sizeof *controls; i++) {
        message = message_with(controls[i][0]);
        memcpy(message->control, controls[i] + 1, 7 * sizeof(unsigned));
        int sent = (int)sendmsg(pair[0], &message->header, 0);
        printf("control %u: %d %s\n", i, sent, sent < 0 ? strerror(errno) : "");
    }
    message = message_with(16);
    message->header.msg_control = (void *)NOWHERE;
    SHOW(sendmsg(pair[0], &message->header, 0));
    message = message_with(32);
    memcpy(message->control, (unsigned[8]){16, 1, 1, 0, 16, 1, 1, 1}, 32);
    SHOW(sendmsg(pair[0], &message->header, 0));
    drop();
    make(type);
    SHOW(send(pair[0], "x", 1, 0));
    SHOW(recvmsg(pair[1], (struct msghdr *)NOWHERE, 0));
    message = message_with(0);
    message->header.msg_iovlen = 1025;
    SHOW(recvmsg(pair[1], &message->header, 0));
    message = message_with(0);
    message->header.msg_name = text;
    message->header.msg_namelen = 0xffffffffu;
    SHOW(recvmsg(pair[1], &message->header, 0));
    SHOW(recvfrom(pair[1], text, 1, MSG_PEEK, (struct sockaddr *)text, (socklen_t *)NOWHERE));
    SHOW(recv(pair[1], text, 1, MSG_PEEK | MSG_WAITALL));
    message = message_with(2 * 16);
    memcpy(message->control, (unsigned[8]){16, 1, 1, 0, 16, 1, 1, 1}, 32);
    SHOW(sendmsg(pair[0], &message->header, 0));
    SHOW(recv(pair[1], text, 1, 0));
    message = message_with(80);
    SHOW(recvmsg(pair[1], &message->header, 0));
    printf("control %d: %u %u %u\n", (int)message->header.msg_controllen, message->control[0], message->control[1], message->control[2]);
    close((int)message->control[3]);
    close((int)message->control[4]);
    drop();
}

/// What two processes write is not glued together where it is told who wrote.
static void two_writers(void) {
    int on = 1;
    for (int told = 0; told < 2; told++) {
        make(SOCK_STREAM);
        if (told)
            setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
        write(pair[0], "parent", 6);
        if (fork() == 0) {
            write(pair[0], "child", 5);
            _exit(0);
        }
        wait(NULL);
        SHOW(read(pair[1], text, 100));
        SHOW(recv(pair[1], text, 100, MSG_DONTWAIT));
        drop();
    }
}

/// Files that have no numbers any more where they arrive.
static void no_numbers_left(void) {
    unsigned limit[2] = {0, 100};
    make(SOCK_STREAM);
    struct message *message = message_with(20);
    memcpy(message->control, (unsigned[5]){20, 1, 1, 0, 1}, 20);
    SHOW(sendmsg(pair[0], &message->header, 0));
    limit[0] = (unsigned)pair[1] + 2;
    SHOW(CALL(75, 7, P(limit))); // setrlimit, of descriptors
    message = message_with(80);
    SHOW(recvmsg(pair[1], &message->header, 0));
    printf("flags %x control %d: %u\n", message->header.msg_flags, (int)message->header.msg_controllen, message->control[0]);
    SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)text));
    SHOW(epoll_create1(0));
    limit[0] = 100;
    CALL(75, 7, P(limit));
    drop();
}

static void errors_once(void) {
    int error = -1;
    socklen_t bytes = sizeof error;
    make(SOCK_STREAM);
    write(pair[0], "unread", 6);
    close(pair[1]);
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &error, &bytes));
    SHOW(error);
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &error, &bytes));
    SHOW(error);
    SHOW(read(pair[0], text, 1));
    close(pair[0]);
    make(SOCK_DGRAM);
    int third[2], old[2] = {pair[0], pair[1]};
    make(SOCK_DGRAM);
    memcpy(third, pair, sizeof pair);
    struct sockaddr nobody = {0};
    write(old[0], "unread", 6);
    SHOW(connect(old[1], &nobody, sizeof nobody));
    show_events("its peer left it", old[0]);
    SHOW(read(old[0], text, 1));
    SHOW(send(old[0], "x", 1, 0));
    show_events("alone now", old[1]);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    names_that_move();
    shared_ends();
    wrong_messages(SOCK_STREAM);
    wrong_messages(SOCK_DGRAM);
    fflush(stdout);
    two_writers();
    no_numbers_left();
    errors_once();
    return 0;
}
