// SPDX-License-Identifier: 0BSD
// The read barrier of a concurrent copying collector, after Appel, Ellis and Li (TRAP, PROTN, UNPROT, MAP2).
//
// Live objects are copied from from-space to to-space while the program, the mutator, goes on. It must never see a
// pointer into from-space. So to-space is protected from it; where it touches a page, the handler scans that page:
// each object that the page points to is copied to the end of to-space and the pointer forwarded. Then the page is
// unprotected. The collector itself scans pages, too, in the meantime. It writes them while they are protected:
// to-space is mapped twice (MAP2), and its own view is not protected.
#include "fault_handling.h"
#include <unistd.h>

#define NODES 8191
#define SPACE_PAGES 48
#define PER_PAGE (PAGE / sizeof(struct node))

struct node {
    struct node *left, *right;
    struct node *forward; // in to-space, once it is copied
    unsigned key;
};

static struct node from_space[NODES];
static char *to_space, *collectors_view; // the same pages
static unsigned copied;                  // index in to-space of the next copy
static unsigned scanned_pages, scanned_by_collector;
static unsigned char is_scanned[SPACE_PAGES];

static struct node *forward(struct node *node) {
    if (node == NULL)
        return NULL;
    if (node->forward == NULL) {
        node->forward = (struct node *)to_space + copied;
        struct node *copy = (struct node *)collectors_view + copied++;
        *copy = *node;
    }
    return node->forward;
}

/// Objects may be copied to the end of the very page that is scanned; what comes later begins on a page of its own.
static void scan(unsigned page) {
    unsigned end = (page + 1) * PER_PAGE;
    for (unsigned i = page * PER_PAGE; i < end && i < copied; i++) {
        struct node *node = (struct node *)collectors_view + i;
        node->left = forward(node->left);
        node->right = forward(node->right);
    }
    copied = copied < end ? end : copied;
    is_scanned[page] = 1;
    scanned_pages++;
    protect_page(to_space + page * PAGE, PROT_READ | PROT_WRITE);
}

static void read_barrier(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    scan(page_number(to_space, SPACE_PAGES, info));
}

/// A turn of the collector. A second thread would take it; here the mutator gives it, so that each run is the same.
static int collect_a_page(void) {
    for (unsigned page = 0; page * PER_PAGE < copied; page++)
        if (!is_scanned[page]) {
            scan(page);
            scanned_by_collector++;
            return 1;
        }
    return 0;
}

static struct node *build(unsigned low, unsigned high) {
    if (low > high)
        return NULL;
    unsigned middle = (low + high) / 2;
    from_space[middle] = (struct node){build(low, middle - 1), build(middle + 1, high), NULL, middle + 1};
    return &from_space[middle];
}

static int find(struct node *root, unsigned key, unsigned *seen_in_from_space) {
    volatile struct node *node = root;
    while (node != NULL && node->key != key) {
        *seen_in_from_space += node >= from_space && node < from_space + NODES;
        node = key < node->key ? node->left : node->right;
    }
    return node != NULL;
}

int main(void) {
    unsigned found = 0, seen_in_from_space = 0, seed = 3;
    int memory = memfd_create("to-space", 0);
    ftruncate(memory, SPACE_PAGES * PAGE);
    to_space = mmap(NULL, SPACE_PAGES * PAGE, PROT_NONE, MAP_SHARED, memory, 0);
    collectors_view = mmap(NULL, SPACE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    handle(SIGSEGV, read_barrier);
    struct node *root = build(1, NODES - 1);
    root = forward(root); // the flip: roots are forwarded, and the mutator goes on at once
    for (unsigned i = 0; i < 100; i++) {
        found += (unsigned)find(root, 2 + next_random(&seed) % (NODES - 1), &seen_in_from_space);
        if (i % 4 == 3)
            collect_a_page();
    }
    printf("found %u of 100, %u pointers into from-space seen\n", found, seen_in_from_space);
    while (collect_a_page())
        ;
    memset(from_space, 0xEE, sizeof from_space); // nobody needs it any more
    found = 0;
    for (unsigned key = 2; key <= NODES; key++)
        found += (unsigned)find(root, key, &seen_in_from_space);
    printf("found all: %d, %u pointers into from-space seen\n", found == NODES - 1, seen_in_from_space);
    printf("pages scanned: %u, by the collector %u\n", scanned_pages, scanned_by_collector);
    tell_faults();
    return 0;
}
