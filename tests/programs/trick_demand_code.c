// SPDX-License-Identifier: 0BSD
// Lazy loading of text: functions are loaded when they are called first. The text's pages are reserved without
// rights; a jump to one faults with EIP at the address that could not be fetched. The handler makes the page, puts
// its code there, and takes the right to write away again.
#include "fault_handling.h"

#define PAGES 8
#define STRIDE 64 // bytes of a function

static char *text;
static unsigned fetches, others;

/// movl $value, %eax; addl 4(%esp), %eax; ret
static void load_function(unsigned char *at, unsigned value) {
    static const unsigned char rest[] = {0x03, 0x44, 0x24, 0x04, 0xC3};
    at[0] = 0xB8;
    memcpy(at + 1, &value, sizeof value);
    memcpy(at + 5, rest, sizeof rest);
}

static void load_text(int number, siginfo_t *info, void *context) {
    (void)number;
    unsigned page = page_number(text, PAGES, info);
    if (registers_of(context)[REG_EIP] == (int)info->si_addr)
        fetches++;
    else
        others++;
    protect_page(text + page * PAGE, PROT_READ | PROT_WRITE);
    for (unsigned i = 0; i < PAGE / STRIDE; i++)
        load_function((unsigned char *)text + page * PAGE + i * STRIDE, 1000 * page + i);
    protect_page(text + page * PAGE, PROT_READ | PROT_EXEC);
}

typedef int function(int);

static int call(unsigned page, unsigned index, int argument) {
    return ((function *)(text + page * PAGE + index * STRIDE))(argument);
}

int main(void) {
    text = map_pages(PAGES, PROT_NONE);
    handle(SIGSEGV, load_text);
    printf("%d %d %d\n", call(3, 5, 1), call(3, 6, 1), call(0, 0, -1));
    printf("%d\n", call(7, PAGE / STRIDE - 1, 0));
    volatile unsigned char *data = (unsigned char *)text + 5 * PAGE;
    printf("read as data: %x\n", data[0]);
    printf("and called: %d\n", call(5, 1, 0));
    printf("by a fetch %u, by a load %u\n", fetches, others);
    tell_faults();
    return 0;
}
