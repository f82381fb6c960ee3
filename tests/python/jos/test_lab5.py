# SPDX-License-Identifier: GPL-2.0-only
"""What lab 5's kernel of JOS adds: trap frames that are set, records of page frames, dirty bits to read."""

import pytest
from tests.python.jos.running import NOTHING_LEFT, console_of, guest, guest5, printed5, with_places
from tests.python.jos.test_environments import dump

import vmlab

PAGE = "void *page = (void *)0x10000000; const int ALL = PTE_P | PTE_U | PTE_W;"
REFUSED = "TRAP frame at - from CPU 0\n" + dump("0x0000000d General Protection", "0x00000000")


def shown(body: str, *, before: str = "") -> list[str]:
    return printed5(guest5(PAGE + body, before=before)).splitlines()


def test_nothing_is_told_of_environments() -> None:
    assert console_of(guest5('sys_cputs("hello\\n", 6);'), abi="jos-lab5") == "hello\n" + NOTHING_LEFT


def test_a_program_is_built_for_its_lab_s_numbers() -> None:
    with vmlab.Lab(abi="jos-lab5") as lab, pytest.raises(ValueError, match=r"built for abi=.jos., not for .*jos-lab5"):
        lab.spawn(guest(""))
    with vmlab.Lab(abi="jos-lab4") as lab, pytest.raises(ValueError, match="build it again"):
        lab.spawn(guest5(""))
    with vmlab.Lab(abi="jos-lab5") as lab:
        names = [name for name, _ in lab.syscall_table.values()]
    assert names[8:] == [
        "sys_env_set_status",
        "sys_env_set_trapframe",
        "sys_env_set_pgfault_upcall",
        "sys_yield",
        "sys_ipc_try_send",
        "sys_ipc_recv",
    ]


LANDED = """
static void landed(void) {
    unsigned cs, flags;
    __asm__ volatile("movl %%cs, %0; pushfl; popl %1" : "=r"(cs), "=r"(flags));
    printf("cs %x flags %x\\n", cs, flags & 0x23200);
    volatile char at[4] = {0};
    at[1] = 1;
    printf("stack %d\\n", at[1]);
    __asm__ volatile("inb $0x60, %%al" : : : "eax");
}
"""


def test_a_frame_that_asks_for_more_than_ring_3_does_not_get_it() -> None:
    body = """
        struct Trapframe frame = *(struct Trapframe *)&envs[ENVX(sys_getenvid())].env_tf;
        frame.eip = (uint32_t)landed;
        frame.cs = 0x08;
        frame.ss = frame.ds = frame.es = 0x10;
        frame.eflags = 0x23002;
        printf("%d\\n", sys_env_set_trapframe(0, &frame));
    """
    console = with_places(console_of(guest5(body, before=LANDED), abi="jos-lab5"))
    first, second, rest = console.split("\n", 2)
    assert (first, second) == ("cs 1b flags 200", "stack 1")
    assert rest.endswith(NOTHING_LEFT)
    assert "trap 0x0000000d General Protection\n  err  0x00000000\n" in rest


def test_a_frame_is_read_from_memory_that_the_caller_may_read() -> None:
    for place, bad in (("0", "00000000"), ("0xf0100000", "f0100000"), ("(USTACKTOP - 8)", "eebfe000")):
        console = console_of(guest5(f"sys_env_set_trapframe(0, (struct Trapframe *){place});"), abi="jos-lab5")
        assert console == f"[00001000] user_mem_check assertion failure for va {bad}\n" + NOTHING_LEFT
    assert shown('struct Trapframe f; printf("%d\\n", sys_env_set_trapframe(0x4242, &f));') == ["-2"]


def test_a_child_is_started_where_its_frame_says() -> None:
    """What spawn does: pages for a child that does not run yet, a stack, and a frame."""
    starts = """
        static void starts(void) {
            register unsigned given __asm__("esi");
            __asm__ volatile("" : "=r"(given));
            printf("starts with %x in %x\\n", given, sys_getenvid());
            sys_env_destroy(0);
        }
    """
    body = """
        uint32_t child = (uint32_t)sys_exofork();
        for (uint32_t at = UTEXT; at < UTEXT + 0x40000; at += 4096)
            if ((uvpd[at >> 22] & PTE_P) != 0 && (uvpt[at >> 12] & PTE_P) != 0) {
                sys_page_alloc(0, page, ALL);
                memcpy(page, (void *)at, 4096);
                sys_page_map(0, page, child, (void *)at, ALL);
            }
        sys_page_unmap(0, page);
        sys_page_alloc(child, (void *)(USTACKTOP - 8192), ALL);
        struct Trapframe frame = *(struct Trapframe *)&envs[ENVX(child)].env_tf;
        frame.eip = (uint32_t)starts;
        frame.esp = USTACKTOP - 4096 - 16;
        frame.esi = 0x1234;
        printf("%d\\n", sys_env_set_trapframe(child, &frame));
        const volatile struct Env *its = &envs[ENVX(child)];
        printf("%d\\n", its->env_tf.esi == 0x1234 && its->env_tf.eip == (uint32_t)starts && its->env_tf.cs == 0x1b);
        sys_env_set_status(child, ENV_RUNNABLE);
        while (its->env_id == child && its->env_status != ENV_FREE) sys_yield();
    """
    assert shown(body, before=starts) == ["0", "1", "starts with 1234 in 1001"]


def test_who_waits_for_a_message_goes_on_where_its_new_frame_says() -> None:
    elsewhere = """
        static void elsewhere(void) {
            unsigned result;
            __asm__ volatile("" : "=a"(result));
            printf("elsewhere %u with %u\\n", result, envs[ENVX(sys_getenvid())].env_ipc_value);
            sys_env_destroy(0);
        }
    """
    body = """
        uint32_t child = (uint32_t)fork();
        if (child == 0) {
            sys_ipc_recv((void *)UTOP);
            printf("received\\n");
            _exit(0);
        }
        const volatile struct Env *its = &envs[ENVX(child)];
        while (!its->env_ipc_recving) sys_yield();
        struct Trapframe frame = *(struct Trapframe *)&its->env_tf;
        frame.eip = (uint32_t)elsewhere;
        frame.eax = 5;
        printf("%d\\n", sys_env_set_trapframe(child, &frame));
        printf("%d\\n", sys_ipc_try_send(child, 9, (void *)UTOP, 0));
        waitpid((int)child, 0, 0);
    """
    assert shown(body, before=elsewhere) == ["0", "0", "elsewhere 0 with 9"]


def test_dirty_bits_are_read_and_cleared_by_mapping_a_page_again() -> None:
    assert shown(
        """
        #define BITS (uvpt[(uint32_t)page >> 12] & (PTE_D | PTE_A))
        sys_page_alloc(0, page, ALL);
        printf("%x", BITS);
        (void)*(volatile char *)page;
        printf(" %x", BITS);
        *(volatile char *)page = 7;
        printf(" %x", BITS);
        sys_page_map(0, page, 0, page, ALL);
        printf(" %x", BITS);
        printf(" %d", *(volatile char *)page);
        printf(" %x\\n", BITS);
        """
    ) == ["0 20 60 0 7 20"]


def test_the_kernel_counts_who_maps_a_page() -> None:
    assert shown(
        """
        #define REFS(va) (pages[uvpt[(uint32_t)(va) >> 12] >> 12].pp_ref)
        char *twin = (char *)page + 4096;
        sys_page_alloc(0, page, ALL);
        uint32_t frame = uvpt[(uint32_t)page >> 12] >> 12;
        printf("%d", REFS(page));
        sys_page_map(0, page, 0, twin, ALL);
        printf(" %d %d", REFS(page), REFS(twin));
        sys_page_map(0, page, 0, page, ALL);
        printf(" %d", REFS(page));
        uint32_t child = (uint32_t)sys_exofork();
        sys_page_map(0, page, child, page, ALL);
        printf(" %d", REFS(page));
        sys_env_destroy(child);
        printf(" %d", REFS(page));
        sys_page_unmap(0, page);
        printf(" %d link %d", REFS(twin), pages[frame].pp_link != 0);
        sys_page_unmap(0, twin);
        printf(" %d link %d\\n", pages[frame].pp_ref, pages[frame].pp_link != 0);
        printf("%d\\n", pages[uvpd[UTEXT >> 22] >> 12].pp_ref);
        """
    ) == ["1 2 2 2 3 2 1 link 0 0 link 1", "1"]


@pytest.mark.parametrize("abi", ["jos-lab3", "jos-lab4", "jos-lab5"])
def test_the_records_say_what_the_machine_does(abi: str) -> None:
    """Each frame's count is that of the entries that name it, and the free ones are one list."""
    fork = "for (int i = 0; i < 3; i++) fork(); sys_yield();" if abi != "jos-lab3" else ""
    program = guest(fork + "for (;;) ;", abi=vmlab.abi.convention(abi))
    with vmlab.Lab(abi=abi, ram="8 MiB") as lab:
        process = lab.spawn(program)
        for _ in range(3):
            lab.run(budget=300_000)
            check_records(lab, process)


def check_records(lab: vmlab.Lab, process: vmlab.Process) -> None:
    frames = lab.frames
    first = process.page_table[0xEF000000].frame
    assert first is not None
    data = process.read(0xEF000000, 8 * len(frames.uses))
    links = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 8)]
    refs = [int.from_bytes(data[at + 4 : at + 6], "little") for at in range(0, len(data), 8)]
    base = 0xF0000000 + first * 4096
    following = {frame: (link - base) // 8 for frame, link in enumerate(links) if link}
    free = {frame for frame, use in enumerate(frames.uses) if use in ("free", "zeroed")}
    heads = free - set(following.values())
    assert len(heads) == 1
    chain = [heads.pop()]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    assert len(chain) == len(set(chain))
    assert set(chain) == free
    entries: dict[int, int] = {}
    for each in lab.processes:
        for entry in each.page_table.values() if each.alive else ():
            if entry.frame is not None and not 0xEF400000 <= entry.address < 0xEF800000:
                entries[entry.frame] = entries.get(entry.frame, 0) + 1
    for frame, use in enumerate(frames.uses):
        assert refs[frame] == entries.get(frame, 0) + (use == "page_table"), (frame, use)
