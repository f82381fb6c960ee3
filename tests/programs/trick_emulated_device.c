// SPDX-License-Identifier: 0BSD
// A device that is not there, as a virtual machine monitor gives one to its guest: trap and emulate.
//
// The driver below reads and writes the registers of a serial port and a counter in memory. The page has no rights,
// so that each access faults; the handler decodes the instruction, does what the device would, and goes on behind it.
#include "decode_move.h"
#include "fault_handling.h"
#include <unistd.h>

enum { DATA = 0, STATUS = 4, COUNTER = 8, RESET = 12 };
enum { READY = 1 };

static volatile char *device;
static char sent[64];
static unsigned sent_count, counter, busy;

static unsigned device_read(unsigned offset) {
    switch (offset) {
    case STATUS: // busy for two looks after each character
        busy = busy > 0 ? busy - 1 : 0;
        return busy == 0 ? READY : 0;
    case COUNTER:
        return counter++;
    default:
        return 0xFFFFFFFF; // an open bus
    }
}

static void device_write(unsigned offset, unsigned value) {
    if (offset == DATA && sent_count < sizeof sent - 1) {
        sent[sent_count++] = (char)value;
        busy = 3;
    } else if (offset == RESET) {
        counter = value;
    }
}

static void emulate(int number, siginfo_t *info, void *context) {
    (void)number;
    int *registers = registers_of(context);
    page_number((const char *)device, 1, info);
    unsigned offset = (unsigned)info->si_addr % PAGE;
    struct move move = decode_move((const unsigned char *)registers[REG_EIP]);
    if (move.length == 0) {
        printf("this access cannot be emulated\n");
        _exit(1);
    }
    if (move.is_store)
        device_write(offset, stored_value(registers, &move));
    else
        load_value(registers, &move, device_read(offset));
    registers[REG_EIP] += (int)move.length;
}

// How the driver speaks to the device: each access is a move of its own.
__attribute__((noinline)) static unsigned read_long(unsigned offset) {
    return *(volatile unsigned *)(device + offset);
}

__attribute__((noinline)) static int read_byte(unsigned offset) {
    return *(volatile signed char *)(device + offset);
}

__attribute__((noinline)) static void write_long(unsigned offset, unsigned value) {
    *(volatile unsigned *)(device + offset) = value;
}

__attribute__((noinline)) static void write_byte(unsigned offset, char value) {
    device[offset] = value;
}

static void send_text(const char *text) {
    for (; *text != '\0'; text++) {
        while (read_long(STATUS) != READY)
            ;
        write_byte(DATA, *text);
    }
}

int main(void) {
    device = map_pages(1, PROT_NONE);
    handle(SIGSEGV, emulate);
    send_text("hello, device");
    printf("sent: %s\n", sent);
    write_long(RESET, 1000);
    unsigned first = read_long(COUNTER), second = read_long(COUNTER);
    printf("counted %u %u\n", first, second);
    printf("nobody answers: %x, a byte of it %d\n", read_long(64), read_byte(64));
    tell_faults();
    return 0;
}
