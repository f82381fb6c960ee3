// SPDX-License-Identifier: 0BSD
// The system calls of JOS: int $0x30, number in eax, arguments in edx, ecx, ebx, edi and esi, result in eax. Lab 5 numbers
// them in another way.

// name(arguments...), of which the first `count` are loaded; the others hold what the caller had in them.
.macro stub name, number, count
    .section .text.\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    pushl %ebp                      // a frame as C functions have it, for those who walk the stack
    movl %esp, %ebp
    pushl %ebx
    pushl %edi
    pushl %esi
    movl $\number, %eax
    .if \count > 0
    movl 8(%ebp), %edx
    .endif
    .if \count > 1
    movl 12(%ebp), %ecx
    .endif
    .if \count > 2
    movl 16(%ebp), %ebx
    .endif
    .if \count > 3
    movl 20(%ebp), %edi
    .endif
    .if \count > 4
    movl 24(%ebp), %esi
    .endif
    int $0x30
    popl %esi
    popl %edi
    popl %ebx
    popl %ebp
    ret
    .size \name, . - \name
.endm

    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:                             // esp is the stack's very end: there are no arguments
    xorl %ebp, %ebp
    pushl $0                        // a NULL that ends argv, and the environment
    movl %esp, %eax
    pushl %eax
    pushl %eax
    pushl $0
    call __start
    hlt
    .size _start, . - _start

    stub sys_cputs, 0, 2
    stub sys_cgetc, 1, 0
    stub sys_getenvid, 2, 0
    stub sys_env_destroy, 3, 1
    stub sys_page_alloc, 4, 3
    stub sys_page_map, 5, 5
    stub sys_page_unmap, 6, 2
    stub __jos_exofork, 7, 0
    stub sys_env_set_status, 8, 2
#ifdef __jos_lab5__
    stub sys_env_set_trapframe, 9, 2
    stub sys_env_set_pgfault_upcall, 10, 2
    stub sys_yield, 11, 0
    stub sys_ipc_try_send, 12, 4
    stub sys_ipc_recv, 13, 1
#else
    stub sys_env_set_pgfault_upcall, 9, 2
    stub sys_yield, 10, 0
    stub sys_ipc_try_send, 11, 4
    stub sys_ipc_recv, 12, 1
#endif

    .section .text.syscall, "ax", @progbits
    .globl syscall
    .type syscall, @function
syscall:                            // number, then its arguments
    pushl %ebp
    movl %esp, %ebp
    pushl %ebx
    pushl %edi
    pushl %esi
    movl 8(%ebp), %eax
    movl 12(%ebp), %edx
    movl 16(%ebp), %ecx
    movl 20(%ebp), %ebx
    movl 24(%ebp), %edi
    movl 28(%ebp), %esi
    int $0x30
    popl %esi
    popl %edi
    popl %ebx
    popl %ebp
    ret
    .size syscall, . - syscall

// What the kernel starts on the exception stack, with struct UTrapframe at esp. The handler gets its address; then all
// registers become what they were, the flags included, and the instruction that faulted is made again.
    .section .text.__jos_upcall, "ax", @progbits
    .globl __jos_upcall
    .type __jos_upcall, @function
__jos_upcall:
    pushl %esp
    call *__jos_fault_handler
    addl $4, %esp
    movl 48(%esp), %eax             // esp at the fault: the word below it takes eip, for ret
    movl 40(%esp), %edx
    subl $4, %eax
    movl %edx, (%eax)
    movl %eax, 48(%esp)
    addl $8, %esp                   // the address and the error
    popal
    addl $4, %esp                   // eip
    popfl
    popl %esp
    ret
    .size __jos_upcall, . - __jos_upcall

    .section .note.GNU-stack, "", @progbits
