// SPDX-License-Identifier: 0BSD
// Signals by raw calls: actions with any flags, and a frame's registers by number.
#pragma once

#include "linux_raw_call.h"
#include <signal.h>
#include <string.h>

#define FLAG_ONSTACK 0x08000000u
#define FLAG_NOCLDSTOP 1u
#define FLAG_NOCLDWAIT 2u

/// Words of a sigcontext.
enum { GS, FS, ES, DS, EDI, ESI, EBP, ESP, EBX, EDX, ECX, EAX, TRAPNO, ERR, EIP, CS, EFLAGS, ESP_AT_SIGNAL, SS, FLOATS, MASK, CR2 };

/// Without a restorer of the library's: the handler returns to the code in its frame.
static inline int act(int number, void *handler, unsigned flags, unsigned mask) {
    unsigned action[5] = {P(handler), flags, 0, mask, 0};
    return CALL(174, (unsigned)number, P(action), 0, 8);
}

/// The sigcontext of a handler with SA_SIGINFO.
static inline unsigned *registers_in(void *context) {
    return (unsigned *)context + 5;
}

static inline int set_mask(unsigned low) {
    unsigned set[2] = {low, 0};
    return CALL(175, 2, P(set), 0, 8);
}

static inline unsigned bit(int number) {
    return 1u << (number - 1);
}
