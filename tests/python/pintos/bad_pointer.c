// SPDX-License-Identifier: GPL-2.0-only
// One bad pointer or call, by its name: the process must not come back from it.
#include <pintos.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define KERNEL ((char *)0xc0000000)

static const char constant[] = "written nowhere";

// A page that nothing is mapped behind.
static char *lonely_page(void) {
    char *page = (char *)0x10000000;
    mmap(open("text"), page);
    return page;
}

// A string whose first byte is the last of memory.
static char *straddling(void) {
    char *end = lonely_page() + 4096;
    end[-1] = 'a';
    return end - 1;
}

static void call_at(uintptr_t esp) {
    __asm__ volatile("movl %0, %%esp; int $0x30" : : "r"(esp) : "memory");
}

// The last bytes of memory hold the number of a call, and nothing follows.
static void call_at_end(unsigned int number) {
    uintptr_t end = (uintptr_t)lonely_page() + 4096;
    *(unsigned int *)(end - 4) = number;
    call_at(end - 4);
}

static void make(const char *name) {
    static char buffer[16];
    int fd = open("text");
    struct {
        const char *name;
        void *pointer;
    } pointers[] = {{"null", NULL},     {"kernel", KERNEL},         {"last", (void *)0xffffffff},
                    {"code", (void *)constant}, {"straddling", straddling()}, {"unmapped", (void *)0x40000000}};
    for (unsigned int i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        size_t length = strlen(pointers[i].name);
        void *pointer = pointers[i].pointer;
        if (strncmp(name, pointers[i].name, length) != 0 || name[length] != '-')
            continue;
        const char *what = name + length + 1;
        if (strcmp(what, "read") == 0)
            read(fd, pointer, 10);
        if (strcmp(what, "write") == 0)
            write(1, pointer, 10);
        if (strcmp(what, "open") == 0)
            open(pointer);
        if (strcmp(what, "create") == 0)
            create(pointer, 1);
        if (strcmp(what, "remove") == 0)
            remove(pointer);
        if (strcmp(what, "exec") == 0)
            exec(pointer);
        if (strcmp(what, "load") == 0)
            buffer[0] = *(volatile char *)pointer;
        if (strcmp(what, "store") == 0)
            *(volatile char *)pointer = 1;
        if (strcmp(what, "jump") == 0)
            ((void (*)(void))pointer)();
        if (strcmp(what, "stack") == 0)
            call_at((uintptr_t)pointer);
    }
    if (strcmp(name, "number-at-end") == 0)
        call_at_end(1);
    if (strcmp(name, "part-of-number") == 0)
        call_at((uintptr_t)straddling());
    if (strcmp(name, "no-such-call") == 0)
        call_at((uintptr_t) & (unsigned int[]){4711});
    if (strcmp(name, "kernel-buffer-end") == 0)
        write(1, KERNEL - 4, 8);
    if (strcmp(name, "wrapping") == 0)
        write(1, (void *)0xfffffff0, 0x20);
    if (strcmp(name, "privileged") == 0)
        __asm__ volatile("cli");
    if (strcmp(name, "divide") == 0)
        __asm__ volatile("movl $0, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx");
    if (strcmp(name, "undefined") == 0)
        __asm__ volatile("ud2");
}

int main(int argc, char **argv) {
    printf("before\n");
    if (argc > 1)
        make(argv[1]);
    printf("came back\n");
    return 0;
}
