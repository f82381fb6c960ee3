// SPDX-License-Identifier: 0BSD
// /proc/self/status, stat, statm and limits: how they change with what the process does.
#include <signal.h>

#include "limit_probe.h"
#include "proc_probe.h"

enum { NR_MLOCK = 150, NR_MUNLOCK = 151 };

/// How much a number of the status grows by an action, in pages.
static void show_growth(const char *what, const char *name, int before) {
    printf("%s: %s %d\n", what, name, (number_of(name) - before) / 4);
}

/// The same for pages in memory, which some kernels count by the hundred: whether most of a thousand are there.
static void show_resident(const char *what, const char *name, int before) {
    printf("%s: %s %d\n", what, name, (number_of(name) - before) / 4 > 700);
}

static void memory(void) {
    contents("/proc/self/status"); // whatever reading takes is taken
    int size = number_of("VmSize"), data = number_of("VmData"), anonymous = number_of("RssAnon");
    int shmem = number_of("RssShmem"), locked = number_of("VmLck"), stack = number_of("VmStk");
    char *memory = fresh(1000);
    show_growth("mapped", "VmSize", size);
    show_growth("mapped", "VmData", data);
    show_resident("mapped", "RssAnon", anonymous);
    memset(memory, 1, 1000 * PAGE);
    show_resident("touched", "RssAnon", anonymous);
    char *shared = map(NULL, 1100, READ | WRITE, SHARED | ANONYMOUS);
    memset(shared, 1, 1000 * PAGE);
    show_growth("shared", "VmSize", size);
    show_growth("shared", "VmData", data);
    show_resident("shared", "RssShmem", shmem);
    CALL(NR_MLOCK, P(memory), 4 * PAGE);
    show_growth("locked", "VmLck", locked);
    CALL(NR_MUNLOCK, P(memory), 4 * PAGE);
    show_growth("unlocked", "VmLck", locked);
    map(NULL, 6, READ | WRITE, PRIVATE | ANONYMOUS | 0x100);
    show_growth("growing", "VmStk", stack);
    show_growth("growing", "VmData", data);
    CALL(NR_MPROTECT, P(memory), 8 * PAGE, READ);
    show_growth("protected", "VmData", data);
    CALL(NR_MADVISE, P(memory), 1000 * PAGE, 4);
    show_resident("forgotten", "RssAnon", anonymous);
    show_resident("at most", "VmHWM", number_of("VmRSS"));
    printf("swap: %d\n", number_of("VmSwap"));
    int mapped, resident, of_others, text, library, whole, dirty;
    char *at = contents("/proc/self/statm");
    mapped = (int)strtol(at, &at, 10), resident = (int)strtol(at, &at, 10), of_others = (int)strtol(at, &at, 10);
    text = (int)strtol(at, &at, 10), library = (int)strtol(at, &at, 10), whole = (int)strtol(at, &at, 10);
    dirty = (int)strtol(at, &at, 10);
    int data_now = number_of("VmData"), stack_now = number_of("VmStk");
    printf("in pages: %d %d %d %d %d %d %d\n", mapped - number_of("VmSize") / 4, resident > 1000, of_others > 700, text > 0,
           library, whole - (data_now + stack_now) / 4, dirty);
}

static void note(int number) {
    (void)number;
}

static void signals(void) {
    signal(SIGUSR1, note);
    signal(SIGTERM, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR2);
    printf("pending %s\n", field("/proc/self/status", "ShdPnd"));
    printf("blocked %s\n", field("/proc/self/status", "SigBlk"));
    printf("ignored %s\n", field("/proc/self/status", "SigIgn"));
    printf("handled %s\n", field("/proc/self/status", "SigCgt"));
    signal(SIGUSR2, SIG_IGN);
}

static void family(void) {
    printf("name %s\n", field("/proc/self/status", "Name"));
    int pid = number_of("Pid"), parent = number_of("PPid");
    printf("%d %d, threads %d\n", pid == getpid(), parent == getppid(), number_of("Threads"));
    printf("state %s\n", field("/proc/self/status", "State"));
    printf("mask %s\n", field("/proc/self/status", "Umask"));
    printf("user %s\n", field("/proc/self/status", "Uid"));
    int ends[2];
    pipe(ends);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char c;
        close(ends[1]);
        read(ends[0], &c, 1);
        _exit(3);
    }
    char path[64], stat[64];
    sprintf(path, "/proc/%d/status", child);
    sprintf(stat, "/proc/%d/stat", child);
    while (strncmp(field(path, "State"), "S", 1) != 0)
        CALL(158); // until it waits
    printf("a child that waits: %s\n", field(path, "State"));
    printf("its parent: %d\n", atoi(field(path, "PPid")) == getpid());
    kill(child, SIGSTOP);
    waitpid(child, NULL, WUNTRACED);
    printf("stopped: %s\n", field(path, "State"));
    kill(child, SIGCONT);
    close(ends[1]);
    while (strncmp(field(path, "State"), "Z", 1) != 0)
        CALL(158);
    printf("ended: %s\n", field(path, "State"));
    printf("memory: %s\n", field(path, "VmSize"));
    char *text = contents(stat), *rest = strrchr(text, ')');
    printf("in a line: %d, name %d, state %c\n", atoi(text) == child, rest != NULL, rest[2]);
    sprintf(path, "/proc/%d/maps", child);
    printf("no mappings: %d\n", (int)strlen(contents(path)));
    sprintf(path, "/proc/%d/cmdline", child);
    printf("no arguments: %d\n", (int)strlen(contents(path)));
    waitpid(child, NULL, 0);
    sprintf(path, "/proc/%d/stat", child);
    printf("reaped: %d\n", open(path, O_RDONLY));
}

static void limits(void) {
    set_limit(CORE, 12345, 67890);
    set_limit(FILE_SIZE, 1 << 20, UNLIMITED);
    char *text = contents("/proc/self/limits");
    printf("%.*s\n", (int)strcspn(text, "\n"), text);
    char *core = strstr(text, "Max core"), *size = strstr(text, "Max file size"), *nice = strstr(text, "Max nice");
    printf("%.*s\n%.*s\n", (int)strcspn(core, "\n"), core, (int)strcspn(size, "\n"), size);
    printf("lines end with blanks: %d\n", (int)strcspn(nice, "\n"));
    set_limit(FILE_SIZE, UNLIMITED, UNLIMITED);
}

int main(void) {
    memory();
    signals();
    family();
    limits();
    return 0;
}
