// SPDX-License-Identifier: 0BSD
#pragma once

typedef unsigned int jmp_buf[6]; // ebx, esi, edi, ebp, esp, eip

typedef struct {
    jmp_buf registers;
    int has_mask;
    unsigned int mask[2];
} sigjmp_buf[1];

int setjmp(jmp_buf state) __attribute__((returns_twice));
void longjmp(jmp_buf state, int value) __attribute__((noreturn));
int sigsetjmp(sigjmp_buf state, int with_mask) __attribute__((returns_twice));
void siglongjmp(sigjmp_buf state, int value) __attribute__((noreturn));
