// SPDX-License-Identifier: 0BSD
// Guard pages that find a heap's overflows, underflows and uses after free at the very access: a page for each
// allocation, as the malloc debugger Electric Fence has it.
//
// A block ends where its page ends, and the next page is a guard page that nobody may touch; or it begins where its
// page begins, behind a guard page. A freed block is protected and never used again. The handler says which block the
// address belongs to, and where in it, and the program goes on behind the access.
#include "fault_handling.h"
#include <setjmp.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 8

enum fence { AFTER, BEFORE };
struct block {
    char *pages; // guard, the block's pages, guard
    char *start;
    size_t size, pages_size;
    int freed;
};

static struct block blocks[BLOCKS];
static unsigned block_count;
static sigjmp_buf behind_the_access;

static char *fenced_malloc(size_t size, enum fence fence) {
    size_t room = (size + PAGE - 1) / PAGE * PAGE;
    char *pages = map_pages(room / PAGE + 2, PROT_NONE);
    mprotect(pages + PAGE, room, PROT_READ | PROT_WRITE);
    char *start = pages + PAGE + (fence == AFTER ? room - size : 0);
    blocks[block_count++] = (struct block){pages, start, size, room + 2 * PAGE, 0};
    return start;
}

static void fenced_free(char *start) {
    for (unsigned i = 0; i < block_count; i++)
        if (blocks[i].start == start) {
            blocks[i].freed = 1;
            mprotect(blocks[i].pages, blocks[i].pages_size, PROT_NONE);
        }
}

static void report(int number, siginfo_t *info, void *context) {
    (void)number;
    const char *at = info->si_addr;
    faults_handled++;
    for (unsigned i = 0; i < block_count; i++) {
        const struct block *block = &blocks[i];
        if (at < block->pages || at >= block->pages + block->pages_size)
            continue;
        const char *what = was_write(context) ? "write" : "read";
        if (block->freed)
            printf("%s at byte %d of freed block %u\n", what, (int)(at - block->start), i);
        else if (at < block->start)
            printf("%s %d bytes before block %u of %zu bytes\n", what, (int)(block->start - at), i, block->size);
        else
            printf("%s %d bytes past the end of block %u of %zu bytes\n", what, (int)(at - block->start - block->size),
                   i, block->size);
        siglongjmp(behind_the_access, 1);
    }
    printf("a fault that belongs to no block\n");
    _exit(1);
}

#define TRY(access)                                                                                                    \
    do {                                                                                                               \
        if (sigsetjmp(behind_the_access, 1) == 0)                                                                      \
            access;                                                                                                    \
    } while (0)

int main(void) {
    handle(SIGSEGV, report);
    volatile char *text = fenced_malloc(100, AFTER), *array = fenced_malloc(3 * PAGE, AFTER);
    volatile char *low = fenced_malloc(64, BEFORE), *gone = fenced_malloc(500, AFTER);
    for (int i = 0; i < 100; i++)
        text[i] = 'x'; // all of it is ours
    TRY(text[100] = 'y');
    TRY(text[100 + 1000] = 'y');
    TRY(array[3 * PAGE] = array[0]);
    TRY(array[0] = array[-1]);
    TRY(low[-1] = 1);
    TRY(text[0] = low[-17]);
    gone[10] = 5;
    fenced_free((char *)gone);
    TRY(text[0] = gone[10]);
    TRY(gone[0] = 1);
    printf("what is inside is untouched: %d %d\n", text[99] == 'x', array[0] == 0);
    printf("from an overflow of strcpy's: ");
    TRY(strcpy(fenced_malloc(4, AFTER), "four"));
    tell_faults();
    fflush(stdout);
    if (fork() == 0) {
        signal(SIGSEGV, SIG_DFL); // where nobody is to report, the overflow ends the program
        text[100] = 'y';
        _exit(0);
    }
    int status = 0;
    wait(&status);
    printf("without a handler: signal %d\n", WTERMSIG(status));
    return 0;
}
