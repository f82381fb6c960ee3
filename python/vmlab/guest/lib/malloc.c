// SPDX-License-Identifier: 0BSD
// malloc and free over sbrk: first fit in one list of free blocks, sorted by address, neighbours merged.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALIGNMENT 16u
#define GROWTH (16u * 1024u) // the least that one sbrk asks for

// The header in front of every block; the bytes handed out follow it. `size` counts the header too.
struct block {
    size_t size;
    struct block *next; // in the free list
    uint32_t reserved[2];
};

static struct block *free_blocks;

static char *end_of(struct block *block) {
    return (char *)block + block->size;
}

static void merge_with_next(struct block *block) {
    struct block *next = block->next;
    if (next != NULL && end_of(block) == (char *)next) {
        block->size += next->size;
        block->next = next->next;
    }
}

static void insert_free(struct block *block) {
    struct block *before = NULL, *after = free_blocks;
    while (after != NULL && after < block) {
        before = after;
        after = after->next;
    }
    block->next = after;
    merge_with_next(block);
    if (before == NULL) {
        free_blocks = block;
    } else {
        before->next = block;
        merge_with_next(before);
    }
}

static int grow(size_t wanted) {
    uintptr_t end = (uintptr_t)sbrk(0);
    uintptr_t padding = -end % ALIGNMENT;
    size_t size = wanted < GROWTH ? GROWTH : wanted;
    char *start = sbrk((intptr_t)(padding + size));
    if (start == (char *)-1)
        return -1;
    struct block *block = (struct block *)(start + padding);
    block->size = size;
    insert_free(block);
    return 0;
}

static struct block *take_first_fit(size_t size) {
    for (struct block **link = &free_blocks; *link != NULL; link = &(*link)->next) {
        struct block *block = *link;
        if (block->size < size)
            continue;
        if (block->size - size > sizeof(struct block)) {
            struct block *rest = (struct block *)((char *)block + size);
            rest->size = block->size - size;
            rest->next = block->next;
            block->size = size;
            *link = rest;
        } else {
            *link = block->next;
        }
        return block;
    }
    return NULL;
}

void *malloc(size_t size) {
    if (size > INTPTR_MAX - GROWTH) {
        errno = ENOMEM;
        return NULL;
    }
    size = (size + sizeof(struct block) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct block *block = take_first_fit(size);
    if (block == NULL && grow(size) == 0)
        block = take_first_fit(size);
    return block != NULL ? block + 1 : NULL;
}

void free(void *memory) {
    if (memory != NULL)
        insert_free((struct block *)memory - 1);
}

void *calloc(size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = malloc(total);
    return memory != NULL ? memset(memory, 0, total) : NULL;
}

void *realloc(void *memory, size_t size) {
    if (memory == NULL)
        return malloc(size);
    size_t room = ((struct block *)memory - 1)->size - sizeof(struct block);
    if (size <= room)
        return memory;
    void *larger = malloc(size);
    if (larger != NULL) {
        memcpy(larger, memory, room);
        free(memory);
    }
    return larger;
}
