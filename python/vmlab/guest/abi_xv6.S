// SPDX-License-Identifier: 0BSD
// The system calls of xv6 (x86): int $64, number in eax, arguments on the stack above the return address, result or -1 in
// eax. A call that needs no change of its arguments is a stub here; the others are in abi_xv6_calls.c.

// Returns what the call returned. xv6 does not say why a call fails: errno is 1, EPERM.
.macro return_result
    cmpl $-1, %eax
    jne 1f
    movl $1, errno
1:  ret
.endm

.macro stub name, number
    .section .text.\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    movl $\number, %eax
    int $64
    return_result
    .size \name, . - \name
.endm

    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:                             // at esp: a return address that leads nowhere, argc, argv
    xorl %ebp, %ebp
    movl 4(%esp), %eax
    movl 8(%esp), %ecx
    leal (%ecx, %eax, 4), %edx      // no environment: the NULL that ends argv
    andl $-16, %esp
    subl $4, %esp
    pushl %edx
    pushl %ecx
    pushl %eax
    call __start
    hlt
    .size _start, . - _start

    .section .text.syscall, "ax", @progbits
    .globl syscall
    .type syscall, @function
syscall:                            // number, then its arguments
    popl %edx                       // the call finds its arguments where a stub's would be: the number in place of a
    movl (%esp), %eax               // return address
    int $64
    pushl %edx
    return_result
    .size syscall, . - syscall

    .section .text._exit, "ax", @progbits
    .globl _exit
    .type _exit, @function
_exit:                              // the status is lost: xv6 has none
    movl $2, %eax
    int $64
    hlt
    .size _exit, . - _exit

    stub fork, 1
    stub __xv6_wait, 3
    stub pipe, 4
    stub read, 5
    stub kill, 6
    stub __xv6_exec, 7
    stub __xv6_fstat, 8
    stub chdir, 9
    stub dup, 10
    stub getpid, 11
    stub sbrk, 12
    stub __xv6_sleep, 13
    stub __xv6_uptime, 14
    stub __xv6_open, 15
    stub write, 16
    stub __xv6_mknod, 17
    stub unlink, 18
    stub link, 19
    stub mkdir, 20
    stub close, 21
    stub mmap, 22                   // these two are not of xv6
    stub munmap, 23

    .section .note.GNU-stack, "", @progbits
