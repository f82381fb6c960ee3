// SPDX-License-Identifier: GPL-2.0-only
// Runs machine code of the differential tests, one case after another: natively on the real processor, or as a guest.
// A freestanding i386 Linux program: reads groups of cases from standard input, writes what each ended with.
// It lives in its signal handler: each trap ends one case, and returning from the handler starts the next one.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

enum {
    PAGES = 8,
    PAGE = 4096,
    REGION = 0x20000000,  // where the code under test sees its pages
    WINDOW = 0x50000000,  // the same pages, always writable
    CODE_BYTES = 48,
    ANY_SLOT = -1,
    STACK_BYTES = 0x01000000,
    GS_BASE = 0x1010,
};
static const u32 STACK_TOP = 0xC0000000;
enum { SYS_exit = 1, SYS_read = 3, SYS_write = 4, SYS_munmap = 91, SYS_mprotect = 125, SYS_sigaltstack = 186, SYS_mmap2 = 192,
       SYS_rt_sigreturn = 173, SYS_set_thread_area = 243, SYS_rt_sigaction = 174, SYS_ftruncate = 93, SYS_memfd_create = 356 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_SHARED = 1, MAP_FIXED = 16 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000, SA_NODEFER = 0x40000000, SA_RESTORER = 0x04000000 };

struct group {
    u32 cases;
    u8 access[PAGES];  // 0 absent, 1 read-only, 2 read-write
    u8 content[PAGES * PAGE];
};

struct x87 {
    u32 control, status, tag;
    u8 registers[80];
};

struct test {
    u32 general[8];  // eax ecx edx ebx esp ebp esi edi
    u32 eip, eflags;
    u32 mxcsr;
    struct x87 x87;
    u8 xmm[128];
    u32 code_at;
    u8 code[CODE_BYTES];
};

struct outcome {
    u32 trap, error, cr2;
    u32 general[8];
    u32 eip, eflags;
    u32 segments[6];  // es cs ss ds fs gs
    u32 mxcsr;
    struct x87 x87;
    u8 xmm[128];
    u32 changed;  // number of (offset, value) pairs of changed 32-bit words that follow
};

// What the kernel pushes: arch/x86/include/uapi/asm/sigcontext.h describes the same bytes.
struct fpstate {
    u32 control, status, tag, ip, cs, data, data_segment;
    u8 registers[80];
    u16 status_copy, magic;
    u8 fxsave[512];
    u32 features[2];
};
struct sigcontext {
    u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, esp_at_signal, ss;
    struct fpstate *fpstate;
    u32 oldmask, cr2;
};
struct ucontext {
    u32 flags;
    struct ucontext *link;
    u32 stack[3];
    struct sigcontext mcontext;
};

static struct group group;
static struct test test;
static struct sigcontext initial;
static u32 cases_left;
static u8 running;
static u8 handler_stack[65536] __attribute__((aligned(64)));
static u8 output[1 << 20];
static u32 output_size;

static int call(int number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) {
    int result;
    register u32 sixth __asm__("ebp");
    (void)sixth;
    __asm__ volatile("push %%ebp\n\tmov %[f], %%ebp\n\tint $0x80\n\tpop %%ebp"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [f] "m"(f)
                     : "memory");
    return result;
}

static void quit(int status) {
    for (;;) {
        call(SYS_exit, (u32)status, 0, 0, 0, 0, 0);
    }
}

static void copy(void *to, const void *from, u32 bytes) {
    __asm__ volatile("cld\n\trep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

// Whether anything was there to read.
static int read_all(void *to, u32 bytes) {
    u32 done = 0;
    while (done < bytes) {
        int got = call(SYS_read, 0, (u32)to + done, bytes - done, 0, 0, 0);
        if (got <= 0) {
            if (done != 0) {
                quit(3);
            }
            return 0;
        }
        done += (u32)got;
    }
    return 1;
}

static void flush_output(void) {
    u32 done = 0;
    while (done < output_size) {
        int put = call(SYS_write, 1, (u32)output + done, output_size - done, 0, 0, 0);
        if (put <= 0) {
            quit(4);
        }
        done += (u32)put;
    }
    output_size = 0;
}

static void put(const void *from, u32 bytes) {
    if (output_size + bytes > sizeof output) {
        flush_output();
    }
    copy(output + output_size, from, bytes);
    output_size += bytes;
}

static void protect(void) {
    for (u32 i = 0; i < PAGES; ++i) {
        u32 rights = group.access[i] == 0   ? 0
                     : group.access[i] == 1 ? PROT_READ | PROT_EXEC
                                            : PROT_READ | PROT_WRITE | PROT_EXEC;
        if (call(SYS_mprotect, REGION + i * PAGE, PAGE, rights, 0, 0, 0) != 0) {
            quit(5);
        }
        if (rights != 0) {
            // The kernel enters a page when it is first touched; a write to it before that would be reported as absent.
            (void)*(volatile u8 *)(REGION + i * PAGE);
        }
    }
}

static void put_changes(void) {
    const u32 *now = (const u32 *)WINDOW;
    u32 *original = (u32 *)group.content;
    for (u32 i = 0; i < PAGES * PAGE / 4; ++i) {
        if (now[i] != original[i]) {
            u32 pair[2] = {i * 4, now[i]};
            put(pair, sizeof pair);
        }
    }
}

static u32 count_changes(void) {
    const u32 *now = (const u32 *)WINDOW;
    u32 *original = (u32 *)group.content;
    u32 count = 0;
    for (u32 i = 0; i < PAGES * PAGE / 4; ++i) {
        count += now[i] != original[i];
    }
    return count;
}

static void report(const struct sigcontext *c) {
    static struct outcome outcome;
    const u32 general[8] = {c->eax, c->ecx, c->edx, c->ebx, c->esp, c->ebp, c->esi, c->edi};
    const u32 segments[6] = {c->es & 0xFFFF, c->cs & 0xFFFF, c->ss & 0xFFFF,
                             c->ds & 0xFFFF, c->fs & 0xFFFF, c->gs & 0xFFFF};
    outcome.trap = c->trapno;
    outcome.error = c->err;
    outcome.cr2 = c->cr2;
    copy(outcome.general, general, sizeof general);
    copy(outcome.segments, segments, sizeof segments);
    outcome.eip = c->eip;
    outcome.eflags = c->eflags;
    const struct fpstate *fp = c->fpstate;
    outcome.x87.control = fp->control & 0xFFFF;
    outcome.x87.status = fp->status & 0xFFFF;
    outcome.x87.tag = fp->tag & 0xFFFF;
    copy(outcome.x87.registers, fp->registers, 80);
    copy(&outcome.mxcsr, fp->fxsave + 24, 4);
    copy(outcome.xmm, fp->fxsave + 160, 128);
    outcome.changed = count_changes();
    put(&outcome, sizeof outcome);
    put_changes();
}

// EFLAGS.ID, which a case may set, is not among what a signal's return restores.
static void clear_flags(void) { __asm__ volatile("push $0x202\n\tpopf" : : : "memory", "cc"); }

static void prepare(struct sigcontext *c) {
    clear_flags();
    struct fpstate *fp = c->fpstate;
    *c = initial;
    c->fpstate = fp;
    c->eax = test.general[0];
    c->ecx = test.general[1];
    c->edx = test.general[2];
    c->ebx = test.general[3];
    c->esp = c->esp_at_signal = test.general[4];
    c->ebp = test.general[5];
    c->esi = test.general[6];
    c->edi = test.general[7];
    c->eip = test.eip;
    c->eflags = test.eflags;
    fp->control = 0xFFFF0000 | test.x87.control;
    fp->status = 0xFFFF0000 | test.x87.status;
    fp->tag = 0xFFFF0000 | test.x87.tag;
    fp->status_copy = (u16)test.x87.status;
    copy(fp->registers, test.x87.registers, 80);
    copy(fp->fxsave + 24, &test.mxcsr, 4);
    copy(fp->fxsave + 160, test.xmm, 128);
    fp->features[0] |= 3;  // or the kernel would load initial values instead of ours
}

static void next_case(struct sigcontext *c) {
    if (cases_left == 0) {
        if (!read_all(&group, sizeof group)) {
            flush_output();
            quit(0);
        }
        cases_left = group.cases;
        copy((void *)WINDOW, group.content, sizeof group.content);
        protect();
    }
    --cases_left;
    if (!read_all(&test, sizeof test)) {
        quit(6);
    }
    copy((u8 *)WINDOW + (test.code_at - REGION), test.code, CODE_BYTES);
    copy(group.content + (test.code_at - REGION), test.code, CODE_BYTES);
    prepare(c);
}

static void restore_memory(void) {
    copy((void *)WINDOW, group.content, sizeof group.content);
}

static void handle(int signal, void *info, struct ucontext *context) {
    (void)signal;
    (void)info;
    struct sigcontext *c = &context->mcontext;
    if (running) {
        report(c);
        restore_memory();
    } else {
        initial = *c;
        running = 1;
        // Where a 32-bit kernel has the stack, which would grow to what a case touches. Nobody uses it from here on.
        call(SYS_munmap, STACK_TOP - STACK_BYTES, STACK_BYTES, 0, 0, 0, 0);
    }
    next_case(c);
}

__attribute__((naked)) static void restorer(void) { __asm__("mov $173, %eax\n\tint $0x80"); }

void _start(void) {
    int file = call(SYS_memfd_create, (u32) "pages", 0, 0, 0, 0, 0);
    call(SYS_ftruncate, (u32)file, PAGES * PAGE, 0, 0, 0, 0);
    const u32 all = PROT_READ | PROT_WRITE | PROT_EXEC;
    if (file < 0 ||
        call(SYS_mmap2, REGION, PAGES * PAGE, all, MAP_SHARED | MAP_FIXED, (u32)file, 0) != (int)REGION ||
        call(SYS_mmap2, WINDOW, PAGES * PAGE, all, MAP_SHARED | MAP_FIXED, (u32)file, 0) != (int)WINDOW) {
        quit(7);
    }
    const u32 stack[3] = {(u32)handler_stack, 0, sizeof handler_stack - 64};  // features may lie behind it
    call(SYS_sigaltstack, (u32)stack, 0, 0, 0, 0, 0);
    const u32 action[5] = {(u32)handle, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER, (u32)restorer, 0, 0};
    static const int signals[] = {4, 5, 7, 8, 11};  // ILL TRAP BUS FPE SEGV
    for (u32 i = 0; i < sizeof signals / sizeof *signals; ++i) {
        call(SYS_rt_sigaction, (u32)signals[i], (u32)action, 0, 8, 0, 0);
    }
    // struct user_desc: 32-bit, limit in pages, usable
    u32 segment[4] = {(u32)ANY_SLOT, GS_BASE, 0xFFFFF, 0x51};
    if (call(SYS_set_thread_area, (u32)segment, 0, 0, 0, 0, 0) != 0) {
        quit(9);
    }
    __asm__ volatile("mov %0, %%gs" : : "r"(segment[0] * 8 + 3));
    __asm__ volatile("int3");
    quit(8);
}
