// SPDX-License-Identifier: 0BSD
// The end of the heap, moved by sbrk: up by pages, written, down again and up. It prints only afterwards, since the
// host's printf takes memory from the heap too.
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

#define PAGE 4096

int main(void) {
    char *start = sbrk(0);
    char *block = sbrk(3 * PAGE);
    unsigned int sum = 0;
    for (int i = 0; i < 3 * PAGE; i++)
        sum += (unsigned char)block[i];
    for (int i = 0; i < 3; i++)
        block[i * PAGE] = (char)('a' + i);
    char letters[4] = {block[0], block[PAGE], block[2 * PAGE], '\0'};
    int shrunk = sbrk(-2 * PAGE) == start + 3 * PAGE;
    long left = (char *)sbrk(0) - start;
    int grown = sbrk(2 * PAGE) == start + PAGE;
    char kept = block[0], again = block[2 * PAGE];
    int result = brk(start);
    int back = sbrk(0) == start;

    printf("the old end was %s, new memory adds up to %u\n", block == start ? "there" : "elsewhere", sum);
    printf("written: %s\n", letters);
    printf("shrunk %d to %ld, grown %d, kept %c, taken again %d\n", shrunk, left, grown, kept, again);
    printf("brk %d, back at the start %d\n", result, back);
    return 0;
}
