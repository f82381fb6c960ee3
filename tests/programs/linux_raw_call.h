// SPDX-License-Identifier: 0BSD
// raw_call: one system call with its six arguments, and what EAX was afterwards.
#pragma once

int raw_call(const unsigned words[7]); // number, then the arguments

__asm__(".text\n"
        ".globl raw_call\n"
        "raw_call:\n"
        "    pushl %ebp\n"
        "    pushl %edi\n"
        "    pushl %esi\n"
        "    pushl %ebx\n"
        "    movl 20(%esp), %eax\n"
        "    movl 4(%eax), %ebx\n"
        "    movl 8(%eax), %ecx\n"
        "    movl 12(%eax), %edx\n"
        "    movl 16(%eax), %esi\n"
        "    movl 20(%eax), %edi\n"
        "    movl 24(%eax), %ebp\n"
        "    movl (%eax), %eax\n"
        "    int $0x80\n"
        "    popl %ebx\n"
        "    popl %esi\n"
        "    popl %edi\n"
        "    popl %ebp\n"
        "    ret\n");

#define CALL(...) raw_call((const unsigned[7]){__VA_ARGS__})
#define P(pointer) ((unsigned)(pointer))
#define CWD 0xffffff9cu // AT_FDCWD
