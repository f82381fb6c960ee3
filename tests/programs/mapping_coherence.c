// SPDX-License-Identifier: 0BSD
// One copy of a file's bytes: what write() writes a shared mapping shows, and the other way round; in two mappings,
// in two processes, and before msync, which has nothing to do with that.
#include "child_process.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096

static int file;

static const char *from_file(off_t at) {
    static char text[8];
    memset(text, 0, sizeof text);
    pread(file, text, 5, at);
    return text;
}

int main(void) {
    file = open("coherent", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(file, 3 * PAGE);
    char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *second = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
    char *reader = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    pwrite(file, "hello", 5, 100);
    printf("written, then seen: %.5s %.5s\n", map + 100, reader + 100);
    memcpy(map + PAGE + 7, "world", 5);
    printf("stored, then read: %s, in the others: %.5s %.5s\n", from_file(PAGE + 7), second + 7, reader + PAGE + 7);
    memcpy(second + PAGE, "third", 5);
    printf("through the second: %s %.5s\n", from_file(2 * PAGE), map + 2 * PAGE);
    pwrite(file, "ACROSS", 6, 2 * PAGE - 3);
    printf("across pages: %.6s %.6s\n", map + 2 * PAGE - 3, second + PAGE - 3);
    pid_t child = start_child();
    if (child == 0) {
        memcpy(map, "child", 5);
        pwrite(file, "CHILD", 5, PAGE);
        int own = open("coherent", O_RDWR);
        char *own_map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
        memcpy(own_map + 50, "again", 5);
        _exit(0);
    }
    end_of(child);
    printf("a child's: %.5s %.5s %.5s %s\n", map, second, map + 50, from_file(50));
    read(file, map + 200, 5); // the file's bytes into the file itself
    printf("read into the mapping: %.5s %s\n", map + 200, from_file(200));
    pwrite(file, map + 100, 5, 300);
    printf("written from the mapping: %s\n", from_file(300));
    munmap(map, 3 * PAGE);
    printf("unmapped, still there: %s\n", from_file(100));
    printf("msync: %d %d %d\n", msync(second, PAGE, MS_SYNC), msync(second, 2 * PAGE, MS_ASYNC),
           msync(second, 10, MS_SYNC | MS_INVALIDATE));
    printf("refused: %d %d %d %d\n", result_of(msync(second, PAGE, MS_SYNC | MS_ASYNC)),
           result_of(msync(second + 1, PAGE, MS_SYNC)), result_of(msync(second, PAGE, 64)),
           result_of(msync(map, PAGE, MS_SYNC)));
    printf("no bytes: %d, no flags: %d\n", msync(second, 0, MS_SYNC), msync(second, PAGE, 0));
    close(file);
    memcpy(second, "after", 5);
    file = open("coherent", O_RDONLY);
    printf("stored after close: %s\n", from_file(PAGE));
    printf("read-only file, shared and writable: %d\n",
           result_of(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED ? -1 : 0));
    unlink("coherent");
    printf("without a name: %.5s\n", second);
    return 0;
}
