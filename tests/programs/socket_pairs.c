// SPDX-License-Identifier: 0BSD
// A pair of stream sockets: bytes both ways, what has room, the ends of it, and what is refused.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"

static int pair[2];
static char data[300000], text[1000];

static void make(int flags) {
    if (socketpair(AF_UNIX, SOCK_STREAM | flags, 0, pair) != 0)
        exit(1);
}

static void drop(void) {
    close(pair[0]);
    close(pair[1]);
}

static void show_text(const char *what, int count) {
    printf("%s: %d %s", what, count, count < 0 ? strerror(errno) : "");
    for (int i = 0; i < count && i < 40; i++)
        printf("%c", text[i]);
    printf("\n");
}

static void show_unread(const char *what, int fd) {
    int unread = -1, done = CALL(54, (unsigned)fd, 0x541b, P(&unread)); // FIONREAD
    printf("%s: %d %d\n", what, done, unread);
}

static void bytes_both_ways(void) {
    make(0);
    SHOW(write(pair[0], "hello ", 6));
    SHOW(send(pair[0], "world", 5, 0));
    SHOW(sendto(pair[1], "back", 4, MSG_NOSIGNAL, NULL, 0));
    show_unread("unread", pair[1]);
    SHOW(CALL(54, (unsigned)pair[0], 0x5411, P(text)) == 0 && *(int *)text == 1536); // SIOCOUTQ
    show_text("peek", (int)recv(pair[1], text, 8, MSG_PEEK));
    show_text("peek at more", (int)recv(pair[1], text, 100, MSG_PEEK));
    show_text("read", (int)read(pair[1], text, 4));
    show_text("recv across", (int)recv(pair[1], text, 100, 0));
    show_text("recvfrom", (int)recvfrom(pair[0], text, 2, 0, NULL, NULL));
    show_text("rest", (int)recv(pair[0], text, 100, MSG_DONTWAIT));
    show_text("nothing", (int)recv(pair[0], text, 100, MSG_DONTWAIT));
    SHOW(write(pair[0], "", 0));
    SHOW(read(pair[0], text, 0));
    SHOW(recv(pair[0], text, 0, MSG_DONTWAIT));
    drop();
}

static void what_it_is(void) {
    struct stat status;
    char path[40], link[40];
    make(SOCK_CLOEXEC);
    fstat(pair[0], &status);
    printf("mode %o size %d links %d\n", status.st_mode, (int)status.st_size, (int)status.st_nlink);
    SHOW(fcntl(pair[0], F_GETFD, 0));
    SHOW(fcntl(pair[0], F_GETFL, 0));
    SHOW(lseek(pair[0], 0, SEEK_SET));
    SHOW(pread(pair[0], text, 1, 0));
    SHOW(ftruncate(pair[0], 0));
    SHOW(fsync(pair[0]));
    snprintf(path, sizeof path, "/proc/self/fd/%d", pair[0]);
    link[readlink(path, link, sizeof link)] = '\0';
    link[8] = '\0';
    printf("link %s\n", link);
    SHOW(open(path, O_RDWR));
    SHOW(CALL(303, CWD, P(path), CWD, P("name"), 0x400)); // linkat, following links
    SHOW(CALL(192, 0, 4096, 1, 2, (unsigned)pair[0], 0)); // mmap2
    drop();
    make(SOCK_NONBLOCK);
    SHOW(fcntl(pair[0], F_GETFL, 0));
    SHOW(read(pair[0], text, 1));
    SHOW(fcntl(pair[0], F_SETFL, 0));
    SHOW(fcntl(pair[0], F_GETFL, 0));
    drop();
}

static void fill(size_t piece) {
    int times = 0, bytes = 0, last;
    make(SOCK_NONBLOCK);
    while ((last = (int)write(pair[0], data, piece)) > 0) {
        times++;
        bytes += last;
    }
    printf("pieces of %d: %d of %d bytes, then %s\n", (int)piece, times, bytes, strerror(errno));
    show_events("full", pair[0]);
    show_events("and its other end", pair[1]);
    int taken = 0;
    struct pollfd one = {pair[0], POLLOUT, 0};
    while (poll(&one, 1, 0) == 0)
        taken += (int)read(pair[1], data, 1000);
    printf("room again after %d\n", taken);
    drop();
}

static void ends(void) {
    make(0);
    show_events("fresh", pair[0]);
    write(pair[0], "last", 4);
    SHOW(shutdown(pair[0], SHUT_WR));
    show_events("writes no more", pair[0]);
    show_events("will read no more", pair[1]);
    show_text("read", (int)read(pair[1], text, 100));
    show_text("end", (int)read(pair[1], text, 100));
    show_text("end again", (int)recv(pair[1], text, 100, MSG_DONTWAIT));
    SHOW(send(pair[0], "x", 1, MSG_NOSIGNAL));
    SHOW(send(pair[1], "y", 1, 0));
    SHOW(shutdown(pair[1], SHUT_WR));
    show_events("both shut", pair[0]);
    show_text("still there", (int)read(pair[0], text, 100));
    SHOW(shutdown(pair[0], 3));
    SHOW(shutdown(pair[0], -1));
    drop();
    make(0);
    SHOW(shutdown(pair[0], SHUT_RD));
    show_events("reads no more", pair[0]);
    show_events("nobody will read", pair[1]);
    SHOW(send(pair[1], "x", 1, MSG_NOSIGNAL));
    SHOW(write(pair[0], "z", 1));
    drop();
    make(0);
    close(pair[1]);
    show_events("other end closed", pair[0]);
    SHOW(read(pair[0], text, 1));
    SHOW(send(pair[0], "x", 1, MSG_NOSIGNAL));
    drop();
    make(0);
    write(pair[0], "unread", 6);
    write(pair[1], "for you", 7);
    close(pair[1]);
    show_events("closed with bytes unread", pair[0]);
    show_text("first what came", (int)read(pair[0], text, 100));
    SHOW(read(pair[0], text, 1));
    SHOW(read(pair[0], text, 1));
    show_events("told", pair[0]);
    drop();
}

static void refused(void) {
    int pipes[2], other[2] = {-1, -1};
    make(0);
    SHOW(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, other));
    SHOW(other[0]);
    SHOW(socketpair(AF_UNIX, 4, 0, other));
    SHOW(other[0] - pair[0]);
    SHOW(socketpair(AF_UNIX, 15, 0, other));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 7, other));
    SHOW(socketpair(45, SOCK_STREAM, 0, other));
    SHOW(socketpair(77, SOCK_STREAM, 0, other));
    SHOW(socketpair(77, 15, 0, other));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)0x20000000));
    SHOW(socket(45, SOCK_STREAM, 0));
    SHOW(socket(-1, SOCK_STREAM, 0));
    pipe(pipes);
    SHOW(send(pipes[1], "x", 1, 0));
    SHOW(recv(99, text, 1, 0));
    SHOW(shutdown(pipes[0], 0));
    SHOW(send(pair[0], (char *)0x20000000, 1, 0));
    SHOW(send(pair[0], "x", 1, MSG_DONTWAIT));
    SHOW(recv(pair[1], (char *)0x20000000, 1, 0));
    SHOW(recv(pair[1], text, 1, 0));
    SHOW(accept(pair[0], NULL, NULL));
    SHOW(listen(pair[0], 1));
    SHOW(socket(AF_UNIX, SOCK_STREAM, 0) > 0);
    int alone = socket(AF_UNIX, SOCK_STREAM, 0);
    show_events("alone", alone);
    show_unread("alone", alone);
    SHOW(CALL(361, (unsigned)alone, P("\1\0"), 2)); // bind, to a number
    SHOW(listen(alone, 1));
    show_unread("listening", alone);
    alone = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(read(alone, text, 1));
    SHOW(send(alone, "x", 1, MSG_NOSIGNAL));
    SHOW(write(alone, "x", 1));
    SHOW(CALL(102, 0, 0));
    SHOW(CALL(102, 99, 0));
    SHOW(CALL(102, 8, 0x20000000));
}

static void signals(int number) {
    printf("signal %d\n", number);
}

static void broken(void) {
    signal(SIGPIPE, signals);
    make(0);
    close(pair[1]);
    SHOW(write(pair[0], "x", 1));
    SHOW(send(pair[0], "x", 1, 0));
    SHOW(send(pair[0], "x", 1, MSG_NOSIGNAL));
    SHOW(write(pair[0], "", 0));
}

int main(void) {
    bytes_both_ways();
    what_it_is();
    fill(1);
    fill(193);
    fill(4000);
    fill(10000);
    fill(100000);
    fill(sizeof data);
    ends();
    refused();
    broken();
    return 0;
}
