// SPDX-License-Identifier: 0BSD
// Copy-on-write, in user space: two views of the same pages, as two processes have them after fork().
//
// The pages are those of a memory file, and a view maps for each of its pages one page of the file, read-only at
// first. On a write fault the handler does what the lecture says. Case 1, multiple page table entries refer to the
// page: copy the page, and let this entry point to the copy. Case 2, only one page table entry refers to it: make it
// writable.
#include "fault_handling.h"
#include <unistd.h>

#define PAGES 8
#define VIEWS 3
#define FILE_PAGES (VIEWS * PAGES)

static int memory;
static struct view {
    char *start;
    int page[PAGES]; // what of the file it shows
} views[VIEWS];
static int references[FILE_PAGES];
static unsigned view_count, copies, upgrades;

static void show(struct view *view, unsigned at, int file_page, int rights) {
    view->page[at] = file_page;
    mmap(view->start + at * PAGE, PAGE, rights, MAP_SHARED | MAP_FIXED, memory, file_page * PAGE);
}

static int free_page(void) {
    for (int page = 0; page < FILE_PAGES; page++)
        if (references[page] == 0)
            return page;
    printf("no page is left\n");
    exit(1);
}

static void write_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    struct view *view = views;
    while ((char *)info->si_addr < view->start || (char *)info->si_addr >= view->start + PAGES * PAGE)
        view++;
    unsigned at = page_number(view->start, PAGES, info);
    int page = view->page[at];
    if (references[page] > 1) {
        int copy = free_page();
        pwrite(memory, view->start + at * PAGE, PAGE, copy * PAGE);
        references[page]--;
        references[copy] = 1;
        show(view, at, copy, PROT_READ | PROT_WRITE);
        copies++;
    } else {
        protect_page(view->start + at * PAGE, PROT_READ | PROT_WRITE);
        upgrades++;
    }
}

/// Both are read-only from here on.
static struct view *fork_view(struct view *parent) {
    struct view *child = &views[view_count++];
    child->start = map_pages(PAGES, PROT_NONE);
    for (unsigned at = 0; at < PAGES; at++) {
        references[parent->page[at]]++;
        show(parent, at, parent->page[at], PROT_READ);
        show(child, at, parent->page[at], PROT_READ);
    }
    return child;
}

static int frames_used(void) {
    int used = 0;
    for (int page = 0; page < FILE_PAGES; page++)
        used += references[page] > 0;
    return used;
}

static void tell(const char *what) {
    printf("%s: frames %d, copies %u, made writable %u\n", what, frames_used(), copies, upgrades);
}

static int word(const struct view *view, unsigned page) {
    return *(volatile int *)(view->start + page * PAGE);
}

static void set(struct view *view, unsigned page, int value) {
    *(volatile int *)(view->start + page * PAGE) = value;
}

int main(void) {
    memory = memfd_create("frames", 0);
    ftruncate(memory, FILE_PAGES * PAGE);
    handle(SIGSEGV, write_fault);
    struct view *parent = &views[view_count++];
    parent->start = map_pages(PAGES, PROT_NONE);
    for (unsigned at = 0; at < PAGES; at++) {
        references[at] = 1;
        show(parent, at, (int)at, PROT_READ | PROT_WRITE);
        set(parent, at, 100 + (int)at);
    }
    struct view *child = fork_view(parent);
    tell("after fork");
    set(child, 2, 17);
    tell("the child has written"); // case 1
    set(parent, 2, 18);
    tell("the parent has, too"); // case 2
    printf("parent reads %d, child %d, of the shared %d %d\n", word(parent, 2), word(child, 2), word(parent, 5),
           word(child, 5));
    struct view *grandchild = fork_view(child);
    set(parent, 5, 1); // three refer to it
    set(child, 5, 2);
    set(grandchild, 5, 3);
    tell("all three have written page 5");
    set(child, 2, 19);
    printf("page 2: %d %d %d\n", word(parent, 2), word(child, 2), word(grandchild, 2));
    printf("page 5: %d %d %d\n", word(parent, 5), word(child, 5), word(grandchild, 5));
    printf("page 7: %d %d %d\n", word(parent, 7), word(child, 7), word(grandchild, 7));
    tell("at the end");
    tell_faults();
    return 0;
}
