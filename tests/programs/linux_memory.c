// SPDX-License-Identifier: 0BSD
// Works on heap, stack, private and shared file mappings, and prints sums that any mistake would change.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned sum(const void *data, size_t bytes) {
    unsigned result = 5381;
    for (const unsigned char *at = data; bytes-- > 0; at++)
        result = result * 33 + *at;
    return result;
}

static void heap(void) {
    char *blocks[200];
    for (int i = 0; i < 200; i++) {
        blocks[i] = malloc((size_t)i * 97 + 1);
        memset(blocks[i], i, (size_t)i * 97 + 1);
    }
    for (int i = 0; i < 200; i += 2)
        free(blocks[i]);
    for (int i = 0; i < 200; i += 2) {
        blocks[i] = calloc(1, (size_t)i * 50 + 1);
        memset(blocks[i], i + 1, (size_t)i * 25);
    }
    unsigned total = 0;
    for (int i = 0; i < 200; i++)
        total = total * 31 + sum(blocks[i], (size_t)i * 50 + 1);
    printf("heap %u\n", total);
    char *end = sbrk(0);
    printf("sbrk %d\n", (char *)sbrk(1 << 20) == end);
    end[(1 << 20) - 1] = 1;
    printf("shrink %d\n", brk(end) == 0 && sbrk(0) == end);
}

static unsigned deep(unsigned depth) {
    volatile unsigned char frame[4096];
    for (unsigned i = 0; i < sizeof frame; i += 512)
        frame[i] = (unsigned char)(depth + i);
    return depth == 0 ? frame[512] : deep(depth - 1) * 7 + frame[1024];
}

static void files(void) {
    int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0644);
    char line[64];
    for (int i = 0; i < 500; i++)
        write(fd, line, (size_t)sprintf(line, "line %d of the file\n", i));
    char *private = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *shared = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    printf("mapped %u\n", sum(private, 10000));
    memcpy(private + 100, "private", 7);
    memcpy(shared + 5000, "shared", 6);
    printf("private %u shared %u\n", sum(private, 9000), sum(shared, 9000));
    lseek(fd, 4990, SEEK_SET);
    char read_back[30];
    read(fd, read_back, sizeof read_back);
    printf("read %u\n", sum(read_back, sizeof read_back));
    lseek(fd, 6000, SEEK_SET);
    write(fd, "written", 7);
    printf("seen %.7s %.7s\n", shared + 6000, private + 6000);
    ftruncate(fd, 4096 + 100);
    printf("cut %d\n", shared[4096 + 200]);
    munmap(private, 12288);
    munmap(shared + 4096, 4096);
    printf("left %u\n", sum(shared, 4096));
    close(fd);
}

static void anonymous(void) {
    char *area = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned nonzero = 0;
    for (int i = 0; i < 1 << 20; i += 64)
        nonzero += area[i] != 0;
    for (int i = 0; i < 1 << 20; i += 4096)
        area[i] = (char)(i >> 12);
    mprotect(area + 8192, 4096, PROT_READ);
    munmap(area + 65536, 65536);
    printf("anonymous %u %d %d\n", nonzero, area[8192], area[131072 + 4096]);
}

int main(void) {
    heap();
    printf("stack %u\n", deep(200));
    files();
    anonymous();
    return 0;
}
