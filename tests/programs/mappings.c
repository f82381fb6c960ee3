// SPDX-License-Identifier: 0BSD
// Anonymous mappings, a hole in the middle of one, a file seen through a private mapping, and calls that must fail.
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static void anonymous(void) {
    char *pages = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int sum = 0;
    for (int i = 0; i < 5 * PAGE; i++)
        sum += pages[i];
    for (int i = 0; i < 5; i++)
        pages[i * PAGE] = (char)('0' + i);
    printf("zeroes: %d, hole: %d\n", sum, munmap(pages + 2 * PAGE, PAGE));
    printf("left: %c%c %c%c\n", pages[0], pages[PAGE], pages[3 * PAGE], pages[4 * PAGE]);
    char *fixed = mmap(pages + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("filled: %s, %d\n", fixed == pages + 2 * PAGE ? "there" : "elsewhere", fixed[0]);
    printf("all gone: %d\n", munmap(pages, 5 * PAGE));
}

static void private_file(void) {
    static const char text[] = "the file's own bytes\n";
    char read_back[sizeof text] = "";
    int fd = open("mapped.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, sizeof text - 1) != sizeof text - 1)
        return;
    char *pages = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("mapped: %s", pages);
    printf("after the end: %d\n", pages[sizeof text]);
    memcpy(pages, "THE", 3);
    if (lseek(fd, 0, SEEK_SET) != 0 || read(fd, read_back, sizeof text - 1) < 0)
        return;
    close(fd);
    printf("in memory: %sin the file: %s", pages, read_back);
    munmap(pages, PAGE);
    unlink("mapped.txt");
}

static void show(const char *what, long result) {
    printf("%s: %ld, %s\n", what, result, strerror(errno));
}

static void mistakes(void) {
    show("length 0", (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    show("no such file", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0));
    show("unaligned", munmap((char *)0x10000001, PAGE));
}

int main(void) {
    anonymous();
    private_file();
    mistakes();
    return 0;
}
