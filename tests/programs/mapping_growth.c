// SPDX-License-Identifier: 0BSD
// A mapped file that grows and is cut: where the mapping reaches behind the file there is SIGBUS, and when the file
// grows its bytes are there; private copies go with the part that is cut.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static sigjmp_buf back;
static volatile int signals;
static int file;

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    (void)info;
    signals++;
    siglongjmp(back, number);
}

/// The byte, or the signal made negative.
static int look(volatile char *at) {
    int number = sigsetjmp(back, 1);
    return number != 0 ? -number : (unsigned char)*at;
}

static int put(volatile char *at, char value) {
    int number = sigsetjmp(back, 1);
    if (number != 0)
        return -number;
    *at = value;
    return 0;
}

static void show(const char *what, char *map) {
    printf("%s:", what);
    for (int page = 0; page < 4; page++)
        printf(" %d", look(map + page * PAGE + 10));
    printf("\n");
}

static void shared(void) {
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    show("one page and a bit", map);
    printf("write behind it: %d\n", put(map + 2 * PAGE, 1));
    ftruncate(file, 3 * PAGE);
    show("grown", map);
    printf("write there now: %d\n", put(map + 2 * PAGE + 10, 'c'));
    ftruncate(file, PAGE);
    show("cut", map);
    ftruncate(file, 4 * PAGE);
    show("grown again", map);
    pwrite(file, "D", 1, 3 * PAGE + 10);
    show("and written", map);
    ftruncate(file, 0);
    show("empty", map);
    munmap(map, 4 * PAGE);
}

static void own(void) {
    ftruncate(file, 0);
    pwrite(file, "A", 1, 10);
    pwrite(file, "B", 1, PAGE + 10);
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    printf("private: written %d %d\n", put(map + 10, 'a'), put(map + PAGE + 5, 'b'));
    show("before", map);
    ftruncate(file, 20);
    show("cut", map);
    ftruncate(file, 2 * PAGE);
    show("grown", map);
    munmap(map, 4 * PAGE);
}

static void in_a_child(void) {
    ftruncate(file, 2 * PAGE);
    pwrite(file, "x", 1, PAGE + 10);
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    printf("before: %d\n", look(map + PAGE + 10));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ftruncate(file, PAGE);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("a child has cut it: %d\n", look(map + PAGE + 10));
    child = fork();
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        map[3 * PAGE] = 1;
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("without a handler: signal %d\n", WTERMSIG(status));
    munmap(map, 4 * PAGE);
}

/// A call of the kernel's that meets the end says so by its result.
static void by_a_call(void) {
    ftruncate(file, PAGE);
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int ends[2];
    pipe(ends);
    printf("write from behind the end: %d, from its last bytes: %d\n", (int)write(ends[1], map + PAGE, 10),
           (int)write(ends[1], map + PAGE - 10, 10));
    printf("read to behind the end: %d\n", (int)read(ends[0], map + PAGE, 10));
    munmap(map, 2 * PAGE);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    file = open("growing", O_RDWR | O_CREAT | O_TRUNC, 0600);
    pwrite(file, "A", 1, 10);
    pwrite(file, "B", 1, PAGE + 10);
    shared();
    own();
    in_a_child();
    by_a_call();
    printf("signals %d\n", signals);
    unlink("growing");
    return 0;
}
