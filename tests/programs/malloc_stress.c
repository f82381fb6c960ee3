// SPDX-License-Identifier: 0BSD
// Thousands of blocks of all sizes, each filled and checked, in an order that leaves holes.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 200

static unsigned int state = 12345;

static unsigned int next(unsigned int limit) {
    state = state * 1103515245u + 12345u;
    return (state >> 16) % limit;
}

struct kept {
    unsigned char *bytes;
    size_t size;
    unsigned char fill;
};

static int is_intact(const struct kept *block) {
    for (size_t i = 0; i < block->size; i++)
        if (block->bytes[i] != block->fill)
            return 0;
    return 1;
}

int main(void) {
    static struct kept blocks[BLOCKS];
    unsigned int total = 0, damaged = 0, misaligned = 0;
    for (unsigned int round = 0; round < 20000; round++) {
        struct kept *block = &blocks[next(BLOCKS)];
        if (block->bytes != NULL && next(3) != 0) {
            damaged += !is_intact(block);
            free(block->bytes);
            block->bytes = NULL;
            continue;
        }
        size_t old = block->bytes != NULL ? block->size : 0;
        size_t size = 1 + next(next(10) == 0 ? 9000 : 200);
        block->bytes = realloc(block->bytes, size);
        if (block->bytes == NULL)
            return 1;
        for (size_t i = 0; i < old && i < size; i++)
            damaged += block->bytes[i] != block->fill;
        misaligned += (uintptr_t)block->bytes % 8 != 0;
        block->size = size;
        block->fill = (unsigned char)round;
        memset(block->bytes, block->fill, size);
        total += size;
    }
    for (int i = 0; i < BLOCKS; i++) {
        damaged += blocks[i].bytes != NULL && !is_intact(&blocks[i]);
        free(blocks[i].bytes);
    }
    printf("%u bytes in all, %u damaged, %u misaligned\n", total, damaged, misaligned);

    unsigned char *zeroes = calloc(1000, 7);
    unsigned int sum = 0;
    for (int i = 0; i < 7000; i++)
        sum += zeroes[i];
    printf("calloc: %u\n", sum);
    volatile size_t huge = SIZE_MAX / 2;
    errno = 0;
    void *none = calloc(huge, 3);
    printf("too much: %s, %s\n", none == NULL ? "NULL" : "a block", strerror(errno));
    free(zeroes);
    free(NULL);
    return 0;
}
