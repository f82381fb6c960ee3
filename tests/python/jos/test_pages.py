# SPDX-License-Identifier: GPL-2.0-only
"""Pages that environments give one another, what their tables show, faults that they handle, and messages."""

import pytest
from tests.python.jos.running import NOTHING_LEFT, START, console_of, guest, printed

PAGE = "void *page = (void *)0x10000000; const int ALL = PTE_P | PTE_U | PTE_W;"


def shown(body: str, *, before: str = "") -> list[str]:
    """The program's own lines."""
    lines = printed(guest(PAGE + body, before=before)).splitlines()
    return [line for line in lines if not line.startswith("[")]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("sys_page_alloc(0, page, PTE_P)", "INVAL"),
        ("sys_page_alloc(0, page, PTE_U)", "INVAL"),
        ("sys_page_alloc(0, page, ALL | 0x40)", "INVAL"),
        ("sys_page_alloc(0, (char *)page + 1, ALL)", "INVAL"),
        ("sys_page_alloc(0, (void *)UTOP, ALL)", "INVAL"),
        ("sys_page_alloc(0, (void *)0xf0000000, ALL)", "INVAL"),
        ("sys_page_alloc(0x4242, page, ALL)", "BAD_ENV"),
        ("sys_page_map(0, page, 0, page, ALL)", "INVAL"),
        ("sys_page_map(0, (void *)UTEXT, 0, (char *)page + 2, PTE_P | PTE_U)", "INVAL"),
        ("sys_page_map(0, (void *)UTEXT, 0, (void *)UTOP, PTE_P | PTE_U)", "INVAL"),
        ("sys_page_map(0, (void *)UENVS, 0, page, PTE_P | PTE_U)", "INVAL"),
        ("sys_page_map(0, (void *)UTEXT, 7, page, PTE_P | PTE_U)", "BAD_ENV"),
        ("sys_page_map(7, (void *)UTEXT, 0, page, PTE_P | PTE_U)", "BAD_ENV"),
        ("sys_page_unmap(0, (char *)page + 1)", "INVAL"),
        ("sys_page_unmap(0, (void *)UTOP)", "INVAL"),
        ("sys_page_unmap(7, page)", "BAD_ENV"),
        ("sys_env_set_status(7, ENV_RUNNABLE)", "BAD_ENV"),
        ("sys_env_set_status(0, ENV_FREE)", "INVAL"),
        ("sys_env_set_status(0, 5)", "INVAL"),
        ("sys_env_set_pgfault_upcall(7, 0)", "BAD_ENV"),
        ("sys_ipc_try_send(7, 0, (void *)UTOP, 0)", "BAD_ENV"),
        ("sys_ipc_try_send(0, 0, (void *)UTOP, 0)", "IPC_NOT_RECV"),
        ("sys_ipc_recv((char *)page + 1)", "INVAL"),
    ],
)
def test_a_call_with_a_bad_argument_says_so(call: str, error: str) -> None:
    assert shown(f'printf("%d\\n", {call} == -E_{error});') == ["1"]


def test_a_page_is_mapped_in_two_places() -> None:
    assert shown(
        """
        char *twin = (char *)page + 0x5000;
        sys_page_alloc(0, page, ALL);
        printf("%d %d\\n", *(char *)page, sys_page_map(0, page, 0, twin, PTE_P | PTE_U));
        *(char *)page = 42;
        printf("%d %d\\n", *twin, sys_page_map(0, twin, 0, twin, ALL) == -E_INVAL);
        printf("%d %d\\n", sys_page_unmap(0, page), sys_page_unmap(0, page));
        printf("%d\\n", *twin);
        sys_page_alloc(0, twin, ALL);
        printf("%d\\n", *twin);
        """
    ) == ["0 0", "42 1", "0 0", "42", "0"]


def test_the_environment_reads_its_own_tables() -> None:
    assert shown(
        """
        printf("%d\\n", (uvpd[(uint32_t)page >> 22] & PTE_P) != 0);
        sys_page_alloc(0, page, ALL | PTE_COW | PTE_SHARE);
        printf("%x\\n", uvpt[(uint32_t)page >> 12] & 0xe07);
        sys_page_map(0, page, 0, page, PTE_P | PTE_U | 0x200);
        printf("%x\\n", uvpt[(uint32_t)page >> 12] & 0xe07);
        printf("%d\\n", (uvpt[UTEXT >> 12] & PTE_P) && (uvpt[(USTACKTOP >> 12) - 1] & PTE_W));
        printf("%d\\n", uvpt[UVPT >> 12] == uvpd[0] && (uvpd[UVPT >> 22] & (PTE_P | PTE_U | PTE_W)) == (PTE_P | PTE_U));
        """
    ) == ["0", "c07", "205", "1", "1"]


def test_a_child_gets_pages_before_it_runs() -> None:
    assert shown(
        """
        int child = sys_exofork();
        uint32_t env = (uint32_t)child;
        sys_page_alloc(env, page, ALL);
        sys_page_map(env, page, 0, page, ALL);
        *(int *)page = 7;
        printf("%d\\n", sys_page_map(0, page, env, (char *)page + 4096, PTE_P | PTE_U));
        printf("%d\\n", sys_page_map(env, (char *)page + 4096, 0, (char *)page + 8192, ALL) == -E_INVAL);
        printf("%d\\n", sys_page_map(env, (char *)page + 4096, 0, (char *)page + 8192, PTE_P | PTE_U));
        printf("%d\\n", *((int *)page + 2048));
        sys_env_destroy(env);
        """
    ) == ["0", "1", "0", "7"]


HANDLER = """
static void bring(struct UTrapframe *fault) {
    printf("fault %x err %x\\n", fault->utf_fault_va, fault->utf_err);
    sys_page_alloc(0, (void *)(fault->utf_fault_va & ~0xfffU), PTE_P | PTE_U | PTE_W);
}
"""


def test_an_environment_handles_its_faults_and_goes_on() -> None:
    assert shown(
        """
        set_pgfault_handler(bring);
        char *at = (char *)0xcafebffe;
        strcpy(at, "over a page's end");
        printf("%s\\n", at);
        printf("%d\\n", *(volatile int *)0xdeadb000);
        """,
        before=HANDLER,
    ) == ["fault cafebffe err 6", "fault cafec000 err 6", "over a page's end", "fault deadb000 err 4", "0"]


def test_a_handler_that_faults_is_handled_below_itself() -> None:
    nested = """
        static volatile int depth;
        static void bring(struct UTrapframe *fault) {
            depth++;
            if (fault->utf_fault_va > 0x20000000) (void)*(volatile int *)(fault->utf_fault_va - 0x1000000);
            printf("%x at depth %d\\n", fault->utf_fault_va, depth);
            depth--;
            sys_page_alloc(0, (void *)(fault->utf_fault_va & ~0xfffU), PTE_P | PTE_U | PTE_W);
        }
    """
    assert shown("set_pgfault_handler(bring); *(volatile int *)0x22000000 = 1;", before=nested) == [
        "20000000 at depth 3",
        "21000000 at depth 2",
        "22000000 at depth 1",
    ]


def test_registers_and_flags_are_those_before_the_fault() -> None:
    assert shown(
        """
        set_pgfault_handler(bring);
        uint32_t in[6] = {1, 2, 3, 4, 5, 6}, out[6], flags;
        __asm__ volatile("pushl %%ebp; movl $0x77, %%ebp; stc; movl $9, 0x30000000; pushfl; popl %%edi;"
                         "movl %%ebp, %%eax; popl %%ebp"
                         : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]), "=S"(out[4]), "=D"(flags)
                         : "b"(in[1]), "c"(in[2]), "d"(in[3]), "S"(in[4]) : "memory");
        printf("%x %u %u %u %u %u\\n", out[0], out[1], out[2], out[3], out[4], flags & 1);
        """,
        before=HANDLER,
    ) == ["fault 30000000 err 6", "77 2 3 4 5 1"]


@pytest.mark.parametrize(
    ("setup", "bad"),
    [
        ("sys_env_set_pgfault_upcall(0, (void (*)(void))UTEXT);", "eebfffcc"),
        ("sys_page_alloc(0, (void *)(UXSTACKTOP - 4096), PTE_P | PTE_U); "
         "sys_env_set_pgfault_upcall(0, (void (*)(void))UTEXT);", "eebfffcc"),
    ],
)  # fmt: skip
def test_without_an_exception_stack_a_fault_ends_the_environment(setup: str, bad: str) -> None:
    assert console_of(guest(setup + "*(volatile int *)0 = 0;")) == (
        START + f"[00001000] user_mem_check assertion failure for va {bad}\n"
        "[00001000] free env 00001000\n" + NOTHING_LEFT
    )


@pytest.mark.parametrize("upcall", ["0xdeadbeef", "0xf0100020"])
def test_a_handler_that_cannot_run_fills_its_stack(upcall: str) -> None:
    console = console_of(
        guest(
            "sys_page_alloc(0, (void *)(UXSTACKTOP - 4096), PTE_P | PTE_U | PTE_W);"
            f"sys_env_set_pgfault_upcall(0, (void (*)(void)){upcall}); *(volatile int *)0 = 0;"
        )
    )
    # 52 bytes, then 56 each: the 74th does not fit into 4096.
    assert console == (
        START + "[00001000] user_mem_check assertion failure for va eebfefd4\n"
        "[00001000] free env 00001000\n" + NOTHING_LEFT
    )


def test_a_fork_of_the_program_s_own_copies_on_write() -> None:
    assert shown(
        """
        static int word = 1;
        int local = 2;
        pid_t child = fork();
        if (child == 0) {
            word = 3;
            local = 4;
            printf("child %d %d\\n", word, local);
            _exit(0);
        }
        waitpid(child, 0, 0);
        printf("parent %d %d\\n", word, local);
        """
    ) == ["child 3 4", "parent 1 2"]


def test_messages_carry_words_and_pages() -> None:
    program = """
        uint32_t parent = sys_getenvid();
        pid_t child = fork();
        if (child == 0) {
            const volatile struct Env *me = &envs[ENVX(sys_getenvid())];
            sys_ipc_recv(page);
            printf("%x: %u %d \\"%s\\"\\n", me->env_ipc_from, me->env_ipc_value, me->env_ipc_perm, (char *)page);
            sys_ipc_recv((void *)UTOP);
            printf("%u %d\\n", me->env_ipc_value, me->env_ipc_perm);
            while (sys_ipc_try_send(parent, 99, (void *)UTOP, 0) < 0) sys_yield();
            _exit(0);
        }
        char *sent = (char *)0x11000000;
        sys_page_alloc(0, sent, ALL);
        strcpy(sent, "a page");
        while (sys_ipc_try_send((uint32_t)child, 5, sent, PTE_P | PTE_U) == -E_IPC_NOT_RECV) sys_yield();
        while (sys_ipc_try_send((uint32_t)child, 6, sent, PTE_P | PTE_U) == -E_IPC_NOT_RECV) sys_yield();
        sys_ipc_recv((void *)UTOP);
        printf("%u %x\\n", envs[ENVX(parent)].env_ipc_value, envs[ENVX(parent)].env_ipc_from);
        waitpid(child, 0, 0);
    """
    assert shown(program) == ['1000: 5 5 "a page"', "6 0", "99 1001"]


@pytest.mark.parametrize(
    "page",
    ["(char *)page + 1, ALL", "(void *)0x13000000, PTE_P | PTE_U", "(void *)UTEXT, PTE_P", "ro, ALL"],
)
def test_a_page_that_cannot_be_sent_is_refused_and_the_receiver_waits_on(page: str) -> None:
    assert shown(
        f"""
        pid_t child = fork();
        if (child == 0) {{
            sys_ipc_recv((void *)UTOP);
            printf("%u\\n", envs[ENVX(sys_getenvid())].env_ipc_value);
            _exit(0);
        }}
        void *ro = (void *)0x14000000;
        sys_page_alloc(0, ro, PTE_P | PTE_U);
        while (!envs[ENVX((uint32_t)child)].env_ipc_recving) sys_yield();
        printf("%d\\n", sys_ipc_try_send((uint32_t)child, 1, {page}) == -E_INVAL);
        printf("%d\\n", sys_ipc_try_send((uint32_t)child, 2, (void *)UTOP, 0));
        waitpid(child, 0, 0);
        """
    ) == ["1", "0", "2"]


def test_an_environment_that_never_yields_is_interrupted() -> None:
    assert shown(
        """
        pid_t child = fork();
        if (child == 0) for (;;) ;
        for (int i = 0; i < 3; i++) sys_yield();
        printf("%d\\n", sys_env_destroy((uint32_t)child));
        """
    ) == ["0"]


def test_who_is_not_runnable_waits_until_it_is() -> None:
    assert shown(
        """
        pid_t child = fork();
        if (child == 0) { printf("runs\\n"); _exit(0); }
        sys_env_set_status((uint32_t)child, ENV_NOT_RUNNABLE);
        for (int i = 0; i < 5; i++) sys_yield();
        printf("waits\\n");
        sys_env_set_status((uint32_t)child, ENV_RUNNABLE);
        waitpid(child, 0, 0);
        """
    ) == ["waits", "runs"]


def test_who_makes_itself_wait_goes_on_once_when_it_is_released() -> None:
    assert shown(
        """
        pid_t child = fork();
        if (child == 0) {
            printf("held: %d\\n", sys_env_set_status(0, ENV_NOT_RUNNABLE));
            _exit(0);
        }
        while (envs[ENVX((uint32_t)child)].env_status != ENV_NOT_RUNNABLE) sys_yield();
        for (int i = 0; i < 5; i++) sys_yield();
        printf("waits\\n");
        sys_env_set_status((uint32_t)child, ENV_RUNNABLE);
        waitpid(child, 0, 0);
        """
    ) == ["waits", "held: 0"]


def test_memory_runs_out_as_an_error() -> None:
    program = guest(
        PAGE
        + """
        int result = 0;
        uint32_t at = 0x20000000;
        while ((result = sys_page_alloc(0, (void *)at, ALL)) == 0) at += 4096;
        printf("%d after %d\\n", result == -E_NO_MEM, at > 0x20000000 + 4096 * 100);
        """
    )
    console = console_of(program, ram="4 MiB")
    assert "1 after 1\n" in console
