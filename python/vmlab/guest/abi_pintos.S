// SPDX-License-Identifier: 0BSD
// The Pintos system calls for guests: int $0x30, the number on top of the stack, the arguments above it, the result in eax.

// The number takes the place of the return address, so that the arguments lie where the kernel looks for them.
.macro stub name, number
    .section .text.\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    popl %ecx
    pushl $\number
    int $0x30
    movl %ecx, (%esp)
    ret
    .size \name, . - \name
.endm

    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:                             // at esp: a return address that leads nowhere, argc, argv
    xorl %ebp, %ebp
    movl 4(%esp), %eax
    movl 8(%esp), %ecx
    leal (%ecx, %eax, 4), %edx      // argv ends with a null pointer: an environment with nothing in it
    andl $-16, %esp
    subl $4, %esp
    pushl %edx
    pushl %ecx
    pushl %eax
    call __start
    hlt
    .size _start, . - _start

    stub __pintos_halt, 0
    stub _exit, 1
    stub __pintos_exec, 2
    stub __pintos_wait, 3
    stub __pintos_create, 4
    stub __pintos_remove, 5
    stub __pintos_open, 6
    stub __pintos_filesize, 7
    stub read, 8
    stub write, 9
    stub __pintos_seek, 10
    stub __pintos_tell, 11
    stub close, 12
    stub __pintos_mmap, 13
    stub __pintos_munmap, 14
    stub __pintos_chdir, 15
    stub __pintos_mkdir, 16
    stub __pintos_readdir, 17
    stub __pintos_isdir, 18
    stub __pintos_inumber, 19

    .section .note.GNU-stack, "", @progbits
