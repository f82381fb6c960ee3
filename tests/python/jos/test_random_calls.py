# SPDX-License-Identifier: GPL-2.0-only
"""Calls by chance with arguments that are rarely right: whatever becomes of environments, the kernel stays whole."""

import pytest
from tests.python.jos.running import guest
from tests.python.running import stays_whole

import vmlab

BEFORE = r"""
static unsigned seed;
static unsigned chance(unsigned below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}
static uint32_t env(void) {
    switch (chance(6)) {
        case 0: return 0;
        case 1: return chance(0x4000);
        case 2: return 0u - chance(3);
        case 3: return sys_getenvid();
        default: return envs[chance(12)].env_id;
    }
}
static uint32_t place(void) {
    static const uint32_t PLACES[] = {0, PFTEMP, UTEXT, 0x10000000, USTACKTOP - 4096, USTACKTOP, UXSTACKTOP - 4096,
                                      UENVS, 0xef000000, UVPT, 0xef800000, 0xf0000000, 0xfffff000};
    uint32_t start = PLACES[chance(sizeof PLACES / sizeof *PLACES)];
    return chance(3) == 0 ? start + chance(9000) : 0x10000000 + 4096 * chance(20);
}
static uint32_t rights(void) {
    return chance(4) == 0 ? chance(0x2000) : (uint32_t)(PTE_P | PTE_U | (chance(2) ? PTE_W : 0) | (chance(8) << 9));
}
static void bring(struct UTrapframe *fault) {
    if (sys_page_alloc(0, (void *)(fault->utf_fault_va & ~0xfffU), PTE_P | PTE_U | PTE_W) < 0) sys_env_destroy(0);
}
#ifdef __jos_lab5__
static void out8(unsigned port, unsigned value) { __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port)); }
static void use_ports(void) {
    static char buffer[1200] = "what is written";
    unsigned value = chance(256), words = chance(300);
    void *at = chance(12) == 0 ? (void *)place() : buffer;
    if (chance(2) == 0) {
        out8(0x1f2, chance(3));
        out8(0x1f3, chance(70));
        out8(0x1f6, 0xe0 + 0x10 * (chance(4) != 0));
        out8(0x1f7, 0x20 + 0x10 * chance(2));
    }
    switch (chance(6)) {
        case 0: __asm__ volatile("inb %w1, %b0" : "=a"(value) : "d"(0x1f0 + chance(9))); break;
        case 1: out8(chance(9) == 0 ? chance(0x10000) : 0x1f0 + chance(8), value); break;
        case 2: __asm__ volatile("outl %0, %w1" : : "a"(seed), "d"(0x1f0)); break;
        case 3: __asm__ volatile("rep insl" : "+D"(at), "+c"(words) : "d"(0x1f0) : "memory"); break;
        default: __asm__ volatile("rep outsl" : "+S"(at), "+c"(words) : "d"(0x1f0) : "memory");
    }
}
static void set_trapframe(void) {
    struct Trapframe frame = *(const struct Trapframe *)&envs[chance(12)].env_tf;
    if (chance(3) == 0) ((uint32_t *)&frame)[chance(sizeof frame / 4)] = chance(2) ? seed : place();
    sys_env_set_trapframe(env(), chance(9) == 0 ? (struct Trapframe *)place() : &frame);
}
#endif
static void call(void) {
    switch (chance(18)) {
        case 0: if (chance(4) == 0) sys_cputs((char *)place(), chance(5000)); break;
        case 1: sys_cgetc(); break;
        case 2: if (chance(6) == 0) sys_env_destroy(env()); break;
        case 3: case 4: sys_page_alloc(env(), (void *)place(), (int)rights()); break;
        case 5: case 6: sys_page_map(env(), (void *)place(), env(), (void *)place(), (int)rights()); break;
        case 7: if (chance(3) == 0) sys_page_unmap(env(), (void *)place()); break;
        case 8: if (chance(4) == 0) fork(); break;
        case 9: sys_env_set_status(env(), (int)chance(7)); break;
        case 10: if (chance(9) == 0) sys_env_set_pgfault_upcall(env(), (void (*)(void))place()); break;
        case 11: sys_yield(); break;
        case 12: case 13: sys_ipc_try_send(env(), seed, (void *)place(), (int)rights()); break;
        case 14: if (chance(5) == 0) sys_ipc_recv((void *)place()); break;
#ifdef __jos_lab5__
        case 15: if (chance(4) == 0) set_trapframe(); break;
        case 16: use_ports(); break;
#endif
        default: if (chance(4) == 0) syscall((long)chance(20), env(), place(), rights(), env(), place());
    }
}
"""
BODY = """
    char digits[2];
    read(0, digits, 1);
    read(0, digits + 1, 1);
    seed = (unsigned)(digits[0] * 100 + digits[1]);
    for (int i = 0; i < 3; i++) fork();
    set_pgfault_handler(bring);
    for (int i = 0; i < 800; i++) call();
"""


@pytest.mark.parametrize("ram", ["128 MiB", "2 MiB"])
@pytest.mark.parametrize("abi", ["jos-lab4", "jos-lab5"])
@pytest.mark.parametrize("seed", range(10, 22))
def test_the_kernel_stays_whole(seed: int, abi: str, ram: str) -> None:
    with_disk = {"disk": bytes(64 * 512)} if abi == "jos-lab5" else {}
    with vmlab.Lab(abi=abi, ram=ram, **with_disk) as lab:
        program = guest(BODY, before=BEFORE, abi=vmlab.abi.convention(abi))
        lab.spawn(program, stdin=str(seed), ports=abi == "jos-lab5")
        stays_whole(lab, budget=20_000_000)
