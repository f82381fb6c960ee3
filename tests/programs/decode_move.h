// SPDX-License-Identifier: 0BSD
// As much of an i386 decoder as a fault handler needs: moves between memory and a register, or of a constant to memory.
#pragma once

#include <string.h>
#include <ucontext.h>

struct move {
    unsigned length;         // bytes of the instruction; 0: it is none of these moves
    int is_store, is_signed; // to memory; a load that extends the sign
    int is_constant;         // what is stored is `constant`, and no register
    unsigned bytes;          // in memory: 1, 2 or 4
    unsigned register_bytes; // as many, or more for a load that extends
    unsigned reg;            // EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI; of one byte AL, CL, DL, BL, AH, CH, DH, BH
    unsigned constant;
};

/// The bytes of a ModRM operand with its SIB byte and displacement.
static inline unsigned operand_bytes(const unsigned char *at) {
    unsigned mode = at[0] >> 6, base = at[0] & 7, bytes = 1;
    if (mode == 3)
        return 1;
    if (base == 4) {
        base = at[1] & 7;
        bytes = 2;
    }
    if (mode == 1)
        return bytes + 1;
    return mode == 2 || base == 5 ? bytes + 4 : bytes;
}

static inline struct move decode_move(const unsigned char *code) {
    const unsigned char *at = code;
    struct move move = {0};
    unsigned wide = *at == 0x66 ? 2 : 4;
    at += wide == 2;
    unsigned opcode = *at++;
    if (opcode == 0x0F && (*at & ~9) == 0xB6) { // movzx and movsx
        move.bytes = (*at & 1) != 0 ? 2 : 1;
        move.is_signed = (*at++ & 8) != 0;
        move.register_bytes = wide;
    } else if ((opcode & ~3u) == 0x88 || (opcode & ~3u) == 0xA0 || (opcode & ~1u) == 0xC6) {
        move.bytes = move.register_bytes = (opcode & 1) != 0 ? wide : 1;
        move.is_constant = opcode >= 0xC6;
        move.is_store = move.is_constant || ((opcode & 2) != 0) == (opcode >= 0xA0);
    } else {
        return move;
    }
    if ((opcode & ~3u) == 0xA0) { // the accumulator, and an address in the instruction
        at += 4;
    } else {
        move.reg = *at >> 3 & 7;
        at += operand_bytes(at);
    }
    if (move.is_constant) {
        memcpy(&move.constant, at, move.bytes);
        at += move.bytes;
    }
    move.length = (unsigned)(at - code);
    return move;
}

/// The move's register among those of a signal's context.
static inline void *register_of(int *registers, const struct move *move) {
    static const unsigned char places[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
    if (move->register_bytes == 1)
        return (char *)&registers[places[move->reg & 3]] + move->reg / 4;
    return &registers[places[move->reg]];
}

/// What a store would put into memory.
static inline unsigned stored_value(int *registers, const struct move *move) {
    unsigned value = move->constant;
    if (!move->is_constant)
        memcpy(&value, register_of(registers, move), move->bytes);
    return value;
}

/// What a load does to its register.
static inline void load_value(int *registers, const struct move *move, unsigned value) {
    unsigned unused_bits = 32 - 8 * move->bytes;
    value <<= unused_bits;
    value = move->is_signed ? (unsigned)((int)value >> unused_bits) : value >> unused_bits;
    memcpy(register_of(registers, move), &value, move->register_bytes);
}
