// SPDX-License-Identifier: 0BSD
// The program of `vmlab demo`: it touches one kind of memory after another, and says so before each step.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define ON_A_PAGE_OF_ITS_OWN __attribute__((aligned(PAGE)))

static const char constants[PAGE] ON_A_PAGE_OF_ITS_OWN = "never changes";
static volatile char data[PAGE] ON_A_PAGE_OF_ITS_OWN = "written by the compiler";
static volatile char bss[PAGE] ON_A_PAGE_OF_ITS_OWN;

static void say(const char *line) {
    write(STDOUT_FILENO, line, strlen(line));
}

static void __attribute__((noinline)) use_much_stack(void) {
    volatile char frame[2 * PAGE];
    frame[0] = frame[2 * PAGE - 1] = 1;
}

static void use_heap(void) {
    say("7. heap: malloc moves the end of the heap, but its pages come at the first touch\n");
    volatile char *block = malloc(2 * PAGE);
    block[2 * PAGE - 1] = 1;
}

static void use_mapping(void) {
    say("8. mmap: four pages of anonymous memory; we read one, then write it\n");
    volatile char *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        exit(1);
    (void)pages[2 * PAGE];
    pages[2 * PAGE] = 1;
}

int main(void) {
    say("1. start: the first instruction, the library's first variable, and this line\n");
    say("2. constants: read one; like the text, its page comes from the program file\n");
    (void)*(const volatile char *)constants;
    say("3. data: read a variable that the program file gives a value\n");
    (void)data[0];
    say("4. data: write it; the file must not change, so the page is copied first\n");
    data[0] = 'W';
    say("5. bss: write a variable that begins as zero; a zeroed page will do\n");
    bss[0] = 1;
    say("6. stack: call a function with 8 KiB of local variables; the stack grows\n");
    use_much_stack();
    use_heap();
    use_mapping();
    say("9. the end: each page was brought in when it was first needed, and not before\n");
    return 0;
}
