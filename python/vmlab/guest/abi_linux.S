// SPDX-License-Identifier: 0BSD
// The Linux system calls for i386 guests: int $0x80, number in eax, arguments in ebx, ecx, edx, esi, edi, ebp,
// result or -errno in eax. A call that needs no change of its arguments is a stub here; the others are in abi_linux_calls.c.

// Returns what the call returned; an error is -1 and goes to errno.
.macro return_result
    cmpl $-4095, %eax
    jae 1f
    ret
1:  negl %eax
    movl %eax, errno
    movl $-1, %eax
    ret
.endm

.macro stub name, number
    .section .text.\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    movl $\number, %eax
    jmp __linux_syscall
    .size \name, . - \name
.endm

    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:                             // at esp: argc, argv[0..argc-1], NULL, envp..., NULL, auxv
    xorl %ebp, %ebp
    movl (%esp), %eax
    leal 4(%esp), %ecx
    leal 8(%esp, %eax, 4), %edx
    andl $-16, %esp
    subl $4, %esp
    pushl %edx
    pushl %ecx
    pushl %eax
    call __start
    hlt
    .size _start, . - _start

    .section .text.__linux_syscall, "ax", @progbits
    .type __linux_syscall, @function
__linux_syscall:                    // eax = number; the C arguments are above the return address
    pushl %ebp
    pushl %edi
    pushl %esi
    pushl %ebx
    movl 20(%esp), %ebx
    movl 24(%esp), %ecx
    movl 28(%esp), %edx
    movl 32(%esp), %esi
    movl 36(%esp), %edi
    movl 40(%esp), %ebp
    int $0x80
    popl %ebx
    popl %esi
    popl %edi
    popl %ebp
    return_result
    .size __linux_syscall, . - __linux_syscall

    .section .text.vfork, "ax", @progbits
    .globl vfork
    .type vfork, @function
vfork:                              // the child uses this very stack: keep the return address off it
    popl %ecx
    movl $190, %eax
    int $0x80
    pushl %ecx
    return_result
    .size vfork, . - vfork

    .section .text.syscall, "ax", @progbits
    .globl syscall
    .type syscall, @function
syscall:                            // number, then its arguments
    pushl %ebp
    pushl %edi
    pushl %esi
    pushl %ebx
    movl 20(%esp), %eax
    movl 24(%esp), %ebx
    movl 28(%esp), %ecx
    movl 32(%esp), %edx
    movl 36(%esp), %esi
    movl 40(%esp), %edi
    movl 44(%esp), %ebp
    int $0x80
    popl %ebx
    popl %esi
    popl %edi
    popl %ebp
    return_result
    .size syscall, . - syscall

    .section .text.clone, "ax", @progbits
    .globl clone
    .type clone, @function
clone:                              // function, stack, flags, argument, parent_tid, tls, child_tid
    pushl %edi
    pushl %esi
    pushl %ebx
    movl 20(%esp), %ecx
    andl $-16, %ecx
    subl $20, %ecx                  // the child finds its function there, above it the argument
    movl 16(%esp), %eax
    movl %eax, (%ecx)
    movl 28(%esp), %eax
    movl %eax, 4(%ecx)
    movl 24(%esp), %ebx
    movl 32(%esp), %edx
    movl 36(%esp), %esi
    movl 40(%esp), %edi
    movl $120, %eax
    int $0x80
    testl %eax, %eax
    jz 2f
    popl %ebx
    popl %esi
    popl %edi
    return_result
2:  xorl %ebp, %ebp
    popl %eax
    call *%eax
    movl %eax, %ebx
    movl $1, %eax
    int $0x80
    .size clone, . - clone

    .section .text.__linux_restore, "ax", @progbits
    .globl __linux_restore
    .globl __linux_restore_info
__linux_restore:                    // a handler without SA_SIGINFO returns here
    popl %eax
    movl $119, %eax
    int $0x80
__linux_restore_info:               // and one with it here
    movl $173, %eax
    int $0x80

    stub fork, 2
    stub read, 3
    stub write, 4
    stub open, 5
    stub close, 6
    stub link, 9
    stub unlink, 10
    stub execve, 11
    stub chdir, 12
    stub mknod, 14
    stub chmod, 15
    stub lseek, 19
    stub getpid, 20
    stub alarm, 27
    stub pause, 29
    stub access, 33
    stub __linux_nice, 34
    stub kill, 37
    stub rename, 38
    stub mkdir, 39
    stub rmdir, 40
    stub dup, 41
    stub pipe, 42
    stub times, 43
    stub __linux_brk, 45
    stub __linux_ioctl, 54
    stub setpgid, 57
    stub umask, 60
    stub dup2, 63
    stub getppid, 64
    stub getpgrp, 65
    stub setsid, 66
    stub getrusage, 77
    stub gettimeofday, 78
    stub symlink, 83
    stub readlink, 85
    stub munmap, 91
    stub truncate, 92
    stub ftruncate, 93
    stub fchmod, 94
    stub __linux_getpriority, 96
    stub setpriority, 97
    stub setitimer, 104
    stub getitimer, 105
    stub __linux_wait4, 114
    stub fsync, 118
    stub mprotect, 125
    stub getpgid, 132
    stub select, 142
    stub msync, 144
    stub readv, 145
    stub writev, 146
    stub getsid, 147
    stub sched_yield, 158
    stub nanosleep, 162
    stub mremap, 163
    stub poll, 168
    stub __linux_rt_sigaction, 174
    stub __linux_rt_sigprocmask, 175
    stub __linux_rt_sigpending, 176
    stub __linux_rt_sigqueueinfo, 178
    stub __linux_rt_sigsuspend, 179
    stub __linux_pread64, 180
    stub __linux_pwrite64, 181
    stub __linux_getcwd, 183
    stub sigaltstack, 186
    stub __linux_mmap2, 192
    stub __linux_stat64, 195
    stub __linux_lstat64, 196
    stub __linux_fstat64, 197
    stub mincore, 218
    stub madvise, 219
    stub fcntl, 221
    stub _exit, 252
    stub epoll_create, 254
    stub epoll_ctl, 255
    stub epoll_wait, 256
    stub clock_gettime, 265
    stub __linux_waitid, 284
    stub __linux_epoll_pwait, 319
    stub eventfd, 328
    stub epoll_create1, 329
    stub pipe2, 331
    stub memfd_create, 356
    stub socket, 359
    stub socketpair, 360
    stub bind, 361
    stub connect, 362
    stub listen, 363
    stub accept4, 364
    stub getsockopt, 365
    stub setsockopt, 366
    stub getsockname, 367
    stub getpeername, 368
    stub sendto, 369
    stub sendmsg, 370
    stub recvfrom, 371
    stub recvmsg, 372
    stub shutdown, 373

    .section .note.GNU-stack, "", @progbits
