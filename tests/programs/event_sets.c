// SPDX-License-Identifier: 0BSD
// eventfd and epoll: counts, what is ready, by level and by edge, once, in sets of sets; and who waits.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"

static char text[100000];

static int add(int set, int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data = {.u64 = (unsigned)fd | 5ull << 40}};
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static int change(int set, int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data = {.u32 = (unsigned)fd}};
    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

static void show_ready(const char *what, int set, int most, int first) {
    struct epoll_event found[10];
    int count = epoll_wait(set, found, most, 0);
    printf("%s: %d %s", what, count, count < 0 ? strerror(errno) : "");
    for (int i = 0; i < count; i++)
        printf(" [%d %x %x]", found[i].data.fd - first, found[i].events, (unsigned)(found[i].data.u64 >> 32));
    printf("\n");
}

static int add_count(int fd, unsigned long long count) {
    return (int)write(fd, &count, sizeof count);
}

static int take_count(int fd) {
    unsigned long long count = 0;
    int done = (int)read(fd, &count, sizeof count);
    printf("count %x %x\n", (unsigned)count, (unsigned)(count >> 32));
    return done;
}

static void counts(void) {
    struct stat status;
    char path[40], link[40];
    int fd = eventfd(3, EFD_NONBLOCK);
    show_events("3", fd);
    SHOW(take_count(fd));
    SHOW(take_count(fd));
    show_events("0", fd);
    SHOW(add_count(fd, 5));
    SHOW(add_count(fd, 0xfffffffffffffff9ull));
    show_events("the most", fd);
    SHOW(add_count(fd, 1));
    SHOW(add_count(fd, 0xffffffffffffffffull));
    SHOW(take_count(fd));
    SHOW(add_count(fd, 0));
    SHOW(take_count(fd));
    SHOW(read(fd, text, 7));
    SHOW(write(fd, text, 7));
    SHOW(write(fd, text, 16));
    SHOW(read(fd, text, 16));
    SHOW(readv(fd, (struct iovec[1]){{text, 0}}, 1));
    SHOW(write(fd, (char *)0x20000000, 8));
    SHOW(lseek(fd, 5, SEEK_SET));
    SHOW(pread(fd, text, 8, 0));
    SHOW(fcntl(fd, F_GETFL, 0));
    SHOW(ftruncate(fd, 0));
    SHOW(fsync(fd));
    fstat(fd, &status);
    printf("mode %o size %d links %d\n", status.st_mode, (int)status.st_size, (int)status.st_nlink);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    link[readlink(path, link, sizeof link)] = '\0';
    printf("link %s\n", link);
    SHOW(open(path, O_RDWR));
    close(fd);
    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    SHOW(fcntl(fd, F_GETFD, 0));
    SHOW(take_count(fd));
    SHOW(take_count(fd));
    SHOW(take_count(fd));
    close(fd);
    SHOW(eventfd(0, 2));
    SHOW(CALL(323, 0) > 0);
}

static void rules(void) {
    int set = epoll_create1(EPOLL_CLOEXEC), fd = eventfd(0, 0), file = open("file", O_CREAT | O_RDWR, 0600), pipes[2];
    struct epoll_event found[2];
    char path[40], link[40];
    pipe(pipes);
    SHOW(epoll_create1(1));
    SHOW(epoll_create(0));
    SHOW(epoll_create(-1));
    SHOW(epoll_create(1) > 0);
    SHOW(fcntl(set, F_GETFD, 0));
    SHOW(fcntl(set, F_GETFL, 0));
    show_events("empty", set);
    SHOW(read(set, text, 8));
    SHOW(write(set, text, 8));
    SHOW(lseek(set, 1, SEEK_SET));
    snprintf(path, sizeof path, "/proc/self/fd/%d", set);
    link[readlink(path, link, sizeof link)] = '\0';
    printf("link %s\n", link);
    SHOW(add(set, fd, EPOLLIN));
    SHOW(add(set, fd, EPOLLIN));
    SHOW(add(set, file, EPOLLIN));
    SHOW(add(set, set, EPOLLIN));
    SHOW(add(set, 99, EPOLLIN));
    SHOW(add(99, fd, EPOLLIN));
    SHOW(add(fd, set, EPOLLIN));
    SHOW(add(set, open("/dev/null", O_RDWR), EPOLLIN));
    SHOW(add(set, open(".", O_RDONLY), EPOLLIN));
    SHOW(change(set, pipes[0], EPOLLIN));
    SHOW(epoll_ctl(set, EPOLL_CTL_DEL, pipes[0], NULL));
    SHOW(epoll_ctl(set, 4, fd, found));
    SHOW(epoll_ctl(set, EPOLL_CTL_ADD, pipes[0], NULL));
    SHOW(add(set, pipes[0], EPOLLEXCLUSIVE | EPOLLIN));
    SHOW(change(set, pipes[0], EPOLLIN));
    SHOW(change(set, fd, EPOLLIN | EPOLLEXCLUSIVE));
    SHOW(add(set, pipes[1], EPOLLEXCLUSIVE | EPOLLOUT | EPOLLRDHUP));
    SHOW(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
    SHOW(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
    SHOW(epoll_wait(set, found, 0, 0));
    SHOW(epoll_wait(set, found, -1, 0));
    SHOW(epoll_wait(fd, found, 1, 0));
    SHOW(epoll_wait(99, found, 1, 0));
    SHOW(epoll_wait(set, found, 1, 20));
    add_count(fd, 1);
    add(set, fd, EPOLLIN);
    SHOW(epoll_wait(set, (struct epoll_event *)0x20000000, 1, 0));
    SHOW(epoll_wait(set, found, 1, 0));
}

static void levels(void) {
    int set = epoll_create1(0), fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = eventfd(0, EFD_NONBLOCK);
    for (int i = 0; i < 3; i++)
        add(set, fds[i], EPOLLIN);
    show_ready("none", set, 10, fds[0]);
    add_count(fds[2], 1);
    add_count(fds[0], 1);
    show_events("set", set);
    show_ready("in the order of news", set, 10, fds[0]);
    show_ready("again", set, 10, fds[0]);
    show_ready("one", set, 1, fds[0]);
    show_ready("the other", set, 1, fds[0]);
    add_count(fds[1], 1);
    show_ready("one", set, 1, fds[0]);
    show_ready("two", set, 2, fds[0]);
    read(fds[2], text, 8);
    show_ready("without one", set, 10, fds[0]);
    change(set, fds[0], EPOLLIN | EPOLLOUT);
    show_ready("changed", set, 10, fds[0]);
    change(set, fds[0], EPOLLIN | EPOLLONESHOT);
    show_ready("once", set, 10, fds[0]);
    show_ready("and not twice", set, 10, fds[0]);
    add_count(fds[0], 1);
    show_ready("not with news", set, 10, fds[0]);
    change(set, fds[0], EPOLLIN | EPOLLONESHOT);
    show_ready("set anew", set, 10, fds[0]);
    int copy = dup(fds[1]);
    close(fds[1]);
    show_ready("a duplicate holds it", set, 10, fds[0]);
    SHOW(epoll_ctl(set, EPOLL_CTL_DEL, copy, NULL));
    close(copy);
    show_ready("closed", set, 10, fds[0]);
    close(set);
}

static void edges(void) {
    int set = epoll_create1(0), pipes[2], pair[2], fd = eventfd(0, EFD_NONBLOCK);
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
    fcntl(pipes[1], F_SETFL, O_NONBLOCK);
    add(set, pipes[0], EPOLLIN | EPOLLET);
    add(set, pipes[1], EPOLLOUT | EPOLLET);
    show_ready("pipe, fresh", set, 10, pipes[0]);
    show_ready("no news", set, 10, pipes[0]);
    write(pipes[1], "abc", 3);
    show_ready("written", set, 10, pipes[0]);
    read(pipes[0], text, 1);
    show_ready("partly read", set, 10, pipes[0]);
    write(pipes[1], "d", 1);
    show_ready("written again", set, 10, pipes[0]);
    SHOW(write(pipes[1], text, sizeof text));
    show_ready("full", set, 10, pipes[0]);
    read(pipes[0], text, sizeof text);
    show_ready("emptied", set, 10, pipes[0]);
    close(pipes[1]);
    show_ready("closed", set, 10, pipes[0]);
    close(pipes[0]);
    add(set, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    show_ready("socket, fresh", set, 10, pair[0]);
    write(pair[1], "abc", 3);
    show_ready("written", set, 10, pair[0]);
    show_ready("no news", set, 10, pair[0]);
    write(pair[1], "d", 1);
    show_ready("written again", set, 10, pair[0]);
    read(pair[0], text, 2);
    show_ready("partly read", set, 10, pair[0]);
    write(pair[0], "answer", 6);
    show_ready("answered", set, 10, pair[0]);
    read(pair[1], text, 3);
    show_ready("partly read there", set, 10, pair[0]);
    read(pair[1], text, 3);
    show_ready("read there", set, 10, pair[0]);
    shutdown(pair[1], SHUT_WR);
    show_ready("no more comes", set, 10, pair[0]);
    close(pair[1]);
    show_ready("other end closed", set, 10, pair[0]);
    show_ready("no news", set, 10, pair[0]);
    close(pair[0]);
    add(set, fd, EPOLLIN | EPOLLOUT | EPOLLET);
    show_ready("count, fresh", set, 10, fd);
    add_count(fd, 1);
    show_ready("added", set, 10, fd);
    add_count(fd, 1);
    show_ready("added again", set, 10, fd);
    read(fd, text, 8);
    show_ready("taken", set, 10, fd);
    change(set, fd, EPOLLOUT | EPOLLET);
    show_ready("changed", set, 10, fd);
    add_count(fd, 1);
    show_ready("not asked for", set, 10, fd);
    close(fd);
    close(set);
}

static void hangups(void) {
    int set = epoll_create1(0), pipes[2], pair[2];
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    add(set, pipes[0], 0);
    add(set, pair[0], EPOLLRDHUP);
    show_ready("nothing", set, 10, pipes[0]);
    write(pair[1], "x", 1);
    show_ready("not asked for", set, 10, pipes[0]);
    close(pipes[1]);
    shutdown(pair[1], SHUT_WR);
    show_ready("ends", set, 10, pipes[0]);
    close(pair[1]);
    show_ready("closed", set, 10, pipes[0]);
    close(pipes[0]);
    show_ready("one left", set, 10, pair[0]);
    close(pair[0]);
    close(set);
}

static void sets_of_sets(void) {
    int sets[9], fd = eventfd(0, EFD_NONBLOCK);
    for (int i = 0; i < 9; i++)
        sets[i] = epoll_create1(0);
    SHOW(add(sets[0], fd, EPOLLIN));
    SHOW(add(sets[1], sets[0], EPOLLIN));
    show_ready("nothing", sets[1], 10, sets[0]);
    add_count(fd, 1);
    show_events("outer", sets[1]);
    show_ready("outer", sets[1], 10, sets[0]);
    show_ready("inner", sets[0], 10, fd);
    read(fd, text, 8);
    show_ready("outer", sets[1], 10, sets[0]);
    SHOW(add(sets[0], sets[1], EPOLLIN));
    for (int i = 2; i < 9; i++)
        printf("%d into %d: %d\n", i - 1, i, add(sets[i], sets[i - 1], EPOLLIN));
    SHOW(add(sets[0], sets[3], EPOLLIN));
    for (int i = 0; i < 9; i += 2)
        close(sets[i]);
    add_count(fd, 1);
    for (int i = 1; i < 9; i += 2)
        close(sets[i]);
    close(fd);
}

static void note(int number) {
    printf("signal %d\n", number);
}

static void waiting(void) {
    int set = epoll_create1(0), fd = eventfd(0, 0), answer = eventfd(0, 0), status;
    struct epoll_event found[3];
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    struct itimerval soon = {.it_value = {0, 20000}};
    unsigned wide[4] = {0, 0, 1000000, 0};
    sigset_t alarms;
    add(set, fd, EPOLLIN);
    fflush(stdout);
    if (fork() == 0) {
        for (volatile int i = 0; i < 300000; i++)
            ;
        add_count(fd, 7);
        _exit(take_count(answer));
    }
    SHOW(epoll_wait(set, found, 3, -1));
    SHOW(take_count(fd));
    add_count(answer, 1);
    wait(&status);
    printf("child %x\n", status);
    SHOW(epoll_wait(set, found, 3, 5));
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    SHOW(epoll_wait(set, found, 3, -1));
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    setitimer(ITIMER_REAL, &soon, NULL);
    SHOW(epoll_pwait(set, found, 3, 60, &alarms));
    sigprocmask(SIG_BLOCK, &alarms, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    sigemptyset(&alarms);
    SHOW(epoll_pwait(set, found, 3, -1, &alarms));
    SHOW(CALL(319, (unsigned)set, P(found), 3, 0, P(&alarms), 4));
    SHOW(CALL(441, (unsigned)set, P(found), 3, P(wide), 0, 0));
    wide[2] = 1000000000;
    SHOW(CALL(441, (unsigned)set, P(found), 3, P(wide), 0, 0));
}

int main(void) {
    counts();
    rules();
    levels();
    edges();
    hangups();
    sets_of_sets();
    waiting();
    return 0;
}
