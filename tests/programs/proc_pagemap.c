// SPDX-License-Identifier: 0BSD
// /proc/self/pagemap: of each page whether it is in memory, whose it is, and whether others show it.
#include "proc_probe.h"

enum { NR_PREAD64 = 180 };

static int map_file;

static unsigned long long entry(const char *at) {
    unsigned long long value = 1;
    pread(map_file, &value, 8, (off_t)(P(at) / PAGE * 8));
    return value;
}

/// Present, swapped, of a file or shared, shown by this process alone.
static void show_page(const char *what, const char *at) {
    unsigned long long value = entry(at);
    printf("%s: present %d, swapped %d, of file %d, alone %d\n", what, (int)(value >> 63), (int)(value >> 62 & 1),
           (int)(value >> 61 & 1), (int)(value >> 56 & 1));
}

static unsigned frame(const char *at) {
    return (unsigned)entry(at);
}

int main(void) {
    map_file = open("/proc/self/pagemap", O_RDONLY);
    char *memory = fresh(8), *shared = map(NULL, 4, READ | WRITE, SHARED | ANONYMOUS);
    CALL(NR_MADVISE, P(memory), 8 * PAGE, 15); // no huge pages
    show_page("nothing there", room(1));
    show_page("untouched", memory);
    load(memory + PAGE);
    printf("read: present %d, of file %d\n", (int)(entry(memory + PAGE) >> 63), (int)(entry(memory + PAGE) >> 61 & 1));
    load(memory + 2 * PAGE);
    printf("zeros are one page: %d\n", frame(memory + PAGE) == frame(memory + 2 * PAGE));
    store(memory + 2 * PAGE);
    show_page("written", memory + 2 * PAGE);
    printf("then it is not: %d\n", frame(memory + PAGE) == frame(memory + 2 * PAGE));
    store(shared);
    show_page("shared", shared);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    static char text[2 * PAGE];
    write(file, text, sizeof text);
    char *own = mmap(NULL, 2 * PAGE, READ | WRITE, PRIVATE, file, 0);
    char *both = mmap(NULL, 2 * PAGE, READ | WRITE, SHARED, file, 0);
    load(own);
    printf("a file's page: present %d, of file %d\n", (int)(entry(own) >> 63), (int)(entry(own) >> 61 & 1));
    load(both);
    printf("the same in another place: %d\n", frame(own) == frame(both));
    store(own);
    show_page("a copy of it", own);
    printf("is another: %d\n", frame(own) == frame(both));
    unsigned before = frame(memory + 2 * PAGE);
    int ready[2], done[2];
    pipe(ready), pipe(done);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char c;
        load(memory + 2 * PAGE);
        write(ready[1], "", 1);
        read(done[0], &c, 1);
        _exit(0);
    }
    char c;
    read(ready[0], &c, 1);
    show_page("after fork", memory + 2 * PAGE);
    printf("the same frame: %d\n", frame(memory + 2 * PAGE) == before);
    store(memory + 2 * PAGE);
    show_page("written again", memory + 2 * PAGE);
    printf("the same frame: %d\n", frame(memory + 2 * PAGE) == before);
    write(done[1], "", 1);
    waitpid(child, NULL, 0);
    CALL(NR_MADVISE, P(memory), 8 * PAGE, 4);
    show_page("forgotten", memory + 2 * PAGE);
    char *moved = fresh(1);
    store(moved);
    before = frame(moved);
    char *place = room(1);
    CALL(NR_MREMAP, P(moved), PAGE, PAGE, 3, P(place));
    load(place);
    printf("moved with its frame: %d\n", frame(place) == before);
    unsigned long long values[4];
    off_t at = (off_t)(P(shared) / PAGE * 8);
    printf("several: %d\n", (int)pread(map_file, values, 32, at));
    printf("one of them: %d%d\n", (int)(values[0] >> 63), (int)(values[1] >> 63));
    show("within an entry", CALL(NR_PREAD64, (unsigned)map_file, P(values), 8, (unsigned)at + 1, 0));
    show("a part of an entry", CALL(NR_PREAD64, (unsigned)map_file, P(values), 7, (unsigned)at, 0));
    printf("by seeking: %d", lseek(map_file, at, SEEK_SET) == at);
    printf(" %d", (int)read(map_file, values, 8));
    printf(" %d\n", lseek(map_file, 0, SEEK_CUR) == at + 8);
    show("to write", open("/proc/self/pagemap", O_WRONLY) < 0 ? 0 : 1);
    return 0;
}
