// SPDX-License-Identifier: 0BSD
// Stream sockets that wait: for bytes, for room, for all that was asked for; and what a signal or a time makes of it.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "socket_pair.h"

#define BYTES 1000000

static unsigned char data[BYTES];

static unsigned sum_of(const unsigned char *bytes, size_t count) {
    unsigned sum = 1;
    for (size_t i = 0; i < count; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

static void spin(void) {
    for (volatile int i = 0; i < 300000; i++)
        ;
}

/// Forks; the child has pair[1], its parent pair[0].
static int in_child(void) {
    fflush(stdout);
    int child = fork() == 0;
    close(pair[child ? 0 : 1]);
    return child;
}

static void finish(void) {
    int status;
    wait(&status);
    printf("child ended with %x\n", status);
    close(pair[0]);
}

static void much(void) {
    unsigned expected;
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (unsigned char)(i * 7 + i / 4096);
    expected = sum_of(data, BYTES);
    make(SOCK_STREAM);
    if (in_child()) {
        memset(data, 0, sizeof data);
        size_t done = 0;
        ssize_t count;
        while ((count = read(pair[1], data + done, 30000)) > 0)
            done += (size_t)count;
        _exit(done == BYTES && sum_of(data, done) == expected ? 3 : 4);
    }
    SHOW(write(pair[0], data, BYTES));
    SHOW(shutdown(pair[0], SHUT_WR));
    finish();
}

static void all_of_it(void) {
    char text[100] = "";
    make(SOCK_STREAM);
    if (in_child()) {
        for (int i = 0; i < 5; i++) {
            spin();
            write(pair[1], "abcd", 4);
        }
        _exit(0);
    }
    SHOW(recv(pair[0], text, 10, MSG_WAITALL));
    SHOW(recv(pair[0], text + 10, 100, MSG_WAITALL));
    printf("%s\n", text);
    SHOW(recv(pair[0], text, 100, MSG_WAITALL));
    finish();
}

static void several_pieces(void) {
    char first[4] = "", second[9] = "";
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefgh", 6}}, in[2] = {{first, 3}, {second, 8}};
    make(SOCK_STREAM);
    SHOW(writev(pair[0], out, 3));
    SHOW(readv(pair[1], in, 2));
    printf("%s %s\n", first, second);
    if (in_child()) {
        char byte;
        while (read(pair[1], &byte, 1) > 0 && byte != '.')
            ;
        write(pair[1], "answer", 6);
        _exit(0);
    }
    write(pair[0], "question.", 9);
    SHOW(readv(pair[0], in, 2));
    printf("%s %s\n", first, second);
    finish();
}

static void from_a_file(void) {
    unsigned offset = 100;
    int file = open("file", O_RDWR | O_CREAT, 0600);
    write(file, data, BYTES);
    make(SOCK_STREAM);
    if (in_child()) {
        int taken = 0, count;
        while ((count = (int)read(pair[1], data, 50000)) > 0)
            taken += count;
        _exit(taken == BYTES - 200 ? 5 : 6);
    }
    SHOW(CALL(187, (unsigned)pair[0], (unsigned)file, P(&offset), BYTES - 200)); // sendfile
    SHOW(offset);
    SHOW(CALL(187, (unsigned)file, (unsigned)pair[0], 0, 10));
    shutdown(pair[0], SHUT_WR);
    finish();
    close(file);
}

static void note(int number) {
    printf("signal %d\n", number);
}

static void interrupted(int flags) {
    char text[40];
    struct sigaction action = {.sa_handler = note, .sa_flags = flags};
    struct itimerval soon = {.it_value = {0, 20000}};
    sigaction(SIGALRM, &action, NULL);
    make(SOCK_STREAM);
    if (in_child()) {
        struct pollfd nothing = {-1, 0, 0};
        poll(&nothing, 1, 60);
        write(pair[1], "late", 4);
        _exit(0);
    }
    setitimer(ITIMER_REAL, &soon, NULL);
    SHOW(read(pair[0], text, sizeof text));
    finish();
    make(SOCK_STREAM);
    write(pair[1], "part", 4);
    setitimer(ITIMER_REAL, &soon, NULL);
    if (flags == 0)
        SHOW(recv(pair[0], text, 10, MSG_WAITALL));
    setitimer(ITIMER_REAL, &soon, NULL);
    static char page[300000];
    if (flags == 0) {
        SHOW(write(pair[0], page, sizeof page));
        setitimer(ITIMER_REAL, &soon, NULL);
        SHOW(write(pair[0], page, sizeof page));
    }
    struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    close(pair[0]);
    close(pair[1]);
}

static void with_a_time(void) {
    char byte;
    struct timeval shortly = {0, 20000}, told;
    socklen_t bytes = sizeof told;
    make(SOCK_STREAM);
    SHOW(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &shortly, sizeof shortly));
    SHOW(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &told, &bytes));
    printf("%d %d %d\n", (int)bytes, (int)told.tv_sec, (int)told.tv_usec);
    SHOW(read(pair[0], &byte, 1));
    SHOW(recv(pair[0], &byte, 1, MSG_PEEK));
    close(pair[0]);
    close(pair[1]);
}

static void woken_by_the_end(void) {
    char byte;
    make(SOCK_STREAM);
    if (in_child()) {
        spin();
        shutdown(pair[1], SHUT_WR);
        spin();
        _exit(0);
    }
    SHOW(read(pair[0], &byte, 1));
    finish();
    make(SOCK_STREAM);
    if (in_child()) {
        spin();
        _exit(0);
    }
    struct pollfd one = {pair[0], 0x2000, 0};
    SHOW(poll(&one, 1, 10000));
    printf("%x\n", (unsigned short)one.revents);
    finish();
    make(SOCK_STREAM);
    signal(SIGPIPE, SIG_IGN);
    if (in_child()) {
        spin();
        _exit(0);
    }
    int written = (int)write(pair[0], data, BYTES);
    printf("before the end %d\n", written);
    SHOW(write(pair[0], data, BYTES));
    finish();
}

int main(void) {
    much();
    all_of_it();
    several_pieces();
    from_a_file();
    interrupted(0);
    interrupted(SA_RESTART);
    with_a_time();
    woken_by_the_end();
    return 0;
}
