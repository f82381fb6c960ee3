// SPDX-License-Identifier: 0BSD
// syscall_fuzz SEED CALLS: makes random system calls with random and hostile arguments. What they do to it is its own fate.
#define _DEFAULT_SOURCE
#include "fuzz_sockets.h"
#include "linux_signal_call.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define LAST_CALL 450
#define EXIT 1
#define FORK 2
#define CLONE 120
#define VFORK 190
#define EXIT_GROUP 252
#define PAUSE 29
#define SIGSUSPEND 72
#define SIGRETURN 119
#define RT_SIGRETURN 173
#define SETITIMER 104
#define SEMGET 393
#define SHMGET 395
#define SHMAT 397
#define MSGGET 399
#define SEMAPHORES 3
#define IPC_CREAT 01000
#define POOLS 10

// Those about memory and the pages of files, and those by which processes wait for each other and send each other something, which
// are made more often than others.
static const unsigned frequent_calls[] = {45, 75, 76, 90, 91, 117, 125, 144, 150, 151, 152, 153, 163, 191, 192, 218,
                                          219, 221, 225, 240, 250, 257, 272, 314, 324, 340, 347, 348, 356, 358, 376,
                                          377, 378, 379, 393, 394, 395, 396, 397, 398, 399, 400, 401, 402, 420, 422,
                                          436, 102, 254, 255, 255, 256, 319, 323, 328, 329, 359, 360, 361, 362, 363,
                                          364, 365, 366, 367, 368, 369, 370, 371, 372, 373, 441};

static unsigned state;
static unsigned pools[POOLS];

static unsigned any(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static unsigned below(unsigned limit) {
    return any() % limit;
}

static void prepare(void) {
    static char paths[PAGE] = "/tmp/a";
    char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(memory, "/data");
    strcpy(memory + PAGE, "..");
    mprotect(memory + 2 * PAGE, PAGE, PROT_READ);
    munmap(memory + 4 * PAGE, PAGE);
    int file = open("/data", O_RDWR | O_CREAT, 0644);
    char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pools[0] = P(memory);
    pools[1] = P(memory) + PAGE;
    pools[2] = P(memory) + 2 * PAGE;
    pools[3] = P(memory) + 4 * PAGE - 7;
    pools[4] = P(shared);
    pools[5] = P(paths);
    pools[6] = 0xc0000000u - 5;
    pools[7] = 0xfffff000u;
    make_sockets(below(2) == 0 ? SOCK_STREAM : SOCK_DGRAM);
    pools[8] = P(&fuzz_address);
    pools[9] = P(&fuzz_message);
    CALL(SEMGET, 1, SEMAPHORES, IPC_CREAT | 0600); // the first of each has the id 0
    CALL(MSGGET, 1, IPC_CREAT | 0600);
    CALL(SHMAT, (unsigned)CALL(SHMGET, 1, 3 * PAGE, IPC_CREAT | 0600), P(memory) + 16 * PAGE, 0);
}

static unsigned any_call(void) {
    return below(4) == 0 ? frequent_calls[below(sizeof frequent_calls / sizeof *frequent_calls)] : below(LAST_CALL);
}

static unsigned argument(void) {
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        return pools[below(POOLS)] + below(3) * below(16);
    case 3:
        return below(8);
    case 4:
        return below(2) == 0 ? below(300) : 0x5400 + below(48); // the requests of ioctl
    case 5:
        return 1u << below(32);
    case 6:
        return below(2) == 0 ? 0u - below(4096) : PAGE * below(64);
    default:
        return any();
    }
}

/// Calls that end the program, or make it wait for what seldom comes.
static int is_mostly_an_end(unsigned number) {
    return number == EXIT || number == EXIT_GROUP || number == PAUSE || number == SIGSUSPEND || number == SIGRETURN ||
           number == RT_SIGRETURN;
}

/// A child makes a few calls of its own; one in its parent's memory on a stack of the parent's would only crash both.
static int begins_another(unsigned number) {
    return number == FORK || number == CLONE || number == VFORK;
}

static void note(int number) {
    (void)number;
}

int main(int count, char **arguments) {
    state = (unsigned)atoi(arguments[1]) * 2654435761u | 1;
    unsigned calls = count > 2 ? (unsigned)atoi(arguments[2]) : 1000, depth = 0;
    prepare();
    for (int number = 1; number < 32; number++)
        if (number != SIGSEGV && number != SIGBUS)
            act(number, (void *)note, number != SIGALRM && below(2) == 0 ? SA_RESTART : 0, 0);
    unsigned timer[4] = {0, 5000, 0, 5000}; // ends what waits
    CALL(SETITIMER, 0, P(timer), 0);
    for (unsigned made = 0; made < calls; made++) {
        unsigned words[7] = {any_call()};
        for (int i = 1; i < 7; i++)
            words[i] = argument();
        if (below(4) != 0)
            choose_socket_arguments(words, (unsigned[6]){any(), any(), any(), any(), any(), any()}, pools[5]);
        if (is_mostly_an_end(words[0]) && below(50) != 0)
            continue;
        if (begins_another(words[0])) {
            if (below(8) == 0 && depth < 3 && fork() == 0) {
                depth++;
                calls = made + 50;
            }
            continue;
        }
        raw_call(words);
    }
    return 0;
}
