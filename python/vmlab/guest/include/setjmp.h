// SPDX-License-Identifier: 0BSD
#pragma once

typedef unsigned int jmp_buf[6]; // ebx, esi, edi, ebp, esp, eip

int setjmp(jmp_buf state) __attribute__((returns_twice));
void longjmp(jmp_buf state, int value) __attribute__((noreturn));
