# SPDX-License-Identifier: GPL-2.0-only
"""The disk of lab 5 behind its ports: a file server of our own, who may not use ports, and what cannot be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.jos.running import NOTHING_LEFT, guest, guest5, with_places
from tests.python.jos.test_environments import dump

import vmlab

PIO = """
static unsigned in8(uint16_t port) {
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(port));
    return value;
}
static void out8(uint16_t port, unsigned value) { __asm__ volatile("outb %0, %w1" : : "a"((uint8_t)value), "d"(port)); }
static int wait_ready(void) {
    unsigned status;
    while (((status = in8(0x1f7)) & 0xc0) != 0x40) ;
    return (status & 0x21) ? -1 : 0;
}
static void command(uint32_t sector, unsigned count, unsigned what) {
    wait_ready();
    out8(0x1f2, count);
    out8(0x1f3, sector);
    out8(0x1f4, sector >> 8);
    out8(0x1f5, sector >> 16);
    out8(0x1f6, 0xf0 | sector >> 24);
    out8(0x1f7, what);
}
static int read_sectors(uint32_t sector, void *to, unsigned count) {
    command(sector, count, 0x20);
    for (; count > 0; count--) {
        if (wait_ready() < 0) return -1;
        unsigned words = 128;
        __asm__ volatile("cld; rep insl" : "+D"(to), "+c"(words) : "d"(0x1f0) : "memory");
    }
    return 0;
}
static int write_sectors(uint32_t sector, const void *from, unsigned count) {
    command(sector, count, 0x30);
    for (; count > 0; count--) {
        if (wait_ready() < 0) return -1;
        unsigned words = 128;
        __asm__ volatile("cld; rep outsl" : "+S"(from), "+c"(words) : "d"(0x1f0) : "memory");
    }
    return wait_ready();
}
"""
SECTOR = 512


def server(body: str) -> vmlab.Program:
    return guest5(body, before=PIO)


def ran(program: vmlab.Program, disk: bytes) -> tuple[str, bytes]:
    """What a program with the ports printed, and the disk behind it."""
    with vmlab.Lab(abi="jos-lab5", disk=disk) as lab:
        lab.spawn(program, ports=True)
        assert lab.run(budget=50_000_000).reason == "exited", lab.console
        lab.check()
        console = lab.console.decode()
        assert console.endswith(NOTHING_LEFT), console
        return console.removesuffix(NOTHING_LEFT), lab.disk


def numbered(sectors: int) -> bytes:
    return b"".join(bytes([number % 256]) * SECTOR for number in range(sectors))


def test_a_file_server_reads_and_writes_sectors() -> None:
    program = server(
        """
        static unsigned char block[3 * 512];
        printf("%d", read_sectors(5, block, 3));
        printf(" %d %d %d\\n", block[0], block[512], block[1535]);
        block[0] = 0xaa;
        block[1535] = 0xbb;
        printf("%d\\n", write_sectors(1, block, 3));
        """
    )
    printed, disk = ran(program, numbered(300))
    assert printed == "0 5 6 7\n0\n"
    expected = bytearray(numbered(300))
    expected[SECTOR : 4 * SECTOR] = b"\xaa" + b"\5" * 511 + b"\6" * 512 + b"\7" * 511 + b"\xbb"
    assert disk == expected


def test_256_sectors_are_read_over_many_pages_that_come_one_by_one() -> None:
    """The string instruction faults at each page, which the program's own handler brings."""
    program = guest5(
        """
        unsigned char *at = (unsigned char *)0x20000100;
        set_pgfault_handler(bring);
        printf("%d", read_sectors(0, at, 256));
        for (int i = 0; i < 256; i++)
            if (at[512 * i] != i || at[512 * i + 511] != i) printf(" wrong %d", i);
        printf(" %d pages\\n", brought);
        """,
        before=PIO
        + """
        static int brought;
        static void bring(struct UTrapframe *fault) {
            brought++;
            sys_page_alloc(0, (void *)(fault->utf_fault_va & ~0xfffU), PTE_P | PTE_U | PTE_W);
        }
        """,
    )
    assert ran(program, numbered(256))[0] == "0 33 pages\n"


@pytest.mark.parametrize(("sector", "count"), [(8, 1), (7, 2), (0x0FFFFFFF, 1)])
@pytest.mark.parametrize("what", ["read", "write"])
def test_sectors_that_are_not_there_are_the_device_s_error(what: str, sector: int, count: int) -> None:
    body = f"static char block[1024]; int r = {what}_sectors({sector}, block, {count});"
    assert ran(server(body + 'printf("%d %x\\n", r, in8(0x1f1));'), numbered(8))[0] == "-1 10\n"


def test_without_a_disk_every_command_is_an_error() -> None:
    with vmlab.Lab(abi="jos-lab5") as lab:
        lab.spawn(server('static char block[512]; printf("%d\\n", read_sectors(0, block, 1));'), ports=True)
        lab.run(budget=10_000_000)
        assert lab.console.startswith(b"-1\n")
        assert lab.disk == b""


REFUSED = "TRAP frame at - from CPU 0\n" + dump("0x0000000d General Protection", "0x00000000") + NOTHING_LEFT


@pytest.mark.parametrize(
    "instruction",
    ["inb $0x60, %%al", "inl %%dx, %%eax", "outb %%al, %%dx", "insb", "rep outsl", "cli", "sti"],
)
def test_who_is_no_file_server_gets_no_port(instruction: str) -> None:
    program = guest5(f'__asm__ volatile("{instruction}" : : "d"(0x1f7) : "eax", "ecx", "esi", "edi", "memory");')
    with vmlab.Lab(abi="jos-lab5", disk=numbered(1)) as lab:
        lab.spawn(program)
        assert lab.run(budget=10_000_000).reason == "exited"
        assert with_places(lab.console.decode()) == REFUSED
        assert lab.disk == numbered(1)
        lab.check()


def test_a_child_of_the_file_server_has_its_ports_until_it_is_given_a_frame() -> None:
    program = server(
        """
        const volatile struct Env *me = &envs[ENVX(sys_getenvid())];
        uint32_t child = (uint32_t)fork();
        if (child == 0) {
            me = &envs[ENVX(sys_getenvid())];
            printf("child of type %d: %x\\n", me->env_type, in8(0x1f7));
            sys_env_set_status(0, ENV_NOT_RUNNABLE);
            printf("ports %x\\n", in8(0x1f7));
            _exit(0);
        }
        printf("type %d flags %x: %x\\n", me->env_type, me->env_tf.eflags & 0x3000, in8(0x1f7));
        const volatile struct Env *its = &envs[ENVX(child)];
        while (its->env_status != ENV_NOT_RUNNABLE) sys_yield();
        struct Trapframe frame = *(struct Trapframe *)&its->env_tf;
        frame.eflags |= 0x3000;
        frame.eax = 0;
        sys_env_set_trapframe(child, &frame);
        sys_env_set_status(child, ENV_RUNNABLE);
        waitpid((int)child, 0, 0);
        """
    )
    printed, _ = ran(program, numbered(1))
    assert "type 1 flags 3000: 40\n" in printed
    assert "child of type 0: 40\n" in printed
    assert "ports" not in printed
    assert "trap 0x0000000d General Protection" in printed
    assert re.search(r"flag 0x0000[0-8]", printed)


SERVING = server(
    """
    void *block = (void *)0x10000000;
    const volatile struct Env *me = &envs[ENVX(sys_getenvid())];
    for (;;) {
        sys_ipc_recv((void *)UTOP);
        uint32_t who = me->env_ipc_from, sector = me->env_ipc_value;
        sys_page_alloc(0, block, PTE_P | PTE_U | PTE_W);
        int result = read_sectors(sector, block, 1);
        while (sys_ipc_try_send(who, (uint32_t)result, block, PTE_P | PTE_U) == -E_IPC_NOT_RECV) sys_yield();
    }
    """
)
ASKING = guest5(
    """
    uint32_t server = 0;
    for (int i = 0; i < NENV; i++)
        if (envs[i].env_type == ENV_TYPE_FS && envs[i].env_status != ENV_FREE) server = envs[i].env_id;
    const volatile struct Env *me = &envs[ENVX(sys_getenvid())];
    for (uint32_t sector = 2; sector < 5; sector++) {
        while (sys_ipc_try_send(server, sector, (void *)UTOP, 0) == -E_IPC_NOT_RECV) sys_yield();
        sys_ipc_recv((void *)0x20000000);
        printf("%x: %d %d\\n", server, me->env_ipc_value, *(unsigned char *)0x20000000);
    }
    """
)
ANSWERED = "1000: 0 2\n1000: 0 3\n1000: -1 0\n" + NOTHING_LEFT


def test_another_environment_gets_sectors_by_messages() -> None:
    """A file server is found by its type, as the course's library finds it."""
    with vmlab.Lab(abi="jos-lab5", disk=numbered(4)) as lab:
        lab.spawn(SERVING, ports=True)
        lab.spawn(ASKING)
        assert lab.run(budget=50_000_000).reason == "deadlock"  # the server waits on
        assert lab.console.decode() == ANSWERED
        lab.check()


def test_the_command_line_starts_the_file_server_first(tmp_path: Path) -> None:
    for program, name in ((SERVING, "server"), (ASKING, "asking")):
        program.save(tmp_path / name)
    (tmp_path / "disk").write_bytes(numbered(4))
    command = [sys.executable, "-m", "vmlab.cli", "run", "--file-server", str(tmp_path / "server")]

    def run(*options: str) -> subprocess.CompletedProcess[bytes]:
        whole = [*command, *options, str(tmp_path / "asking")]
        return subprocess.run(whole, capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)

    done = run("--abi", "jos-lab5", "--disk", str(tmp_path / "disk"))
    assert (done.returncode, done.stdout.decode()) == (0, ANSWERED)
    refused = run("--abi", "jos-lab4")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"gives no program the machine's ports" in refused.stderr


def test_a_saved_run_with_a_disk_is_made_again(tmp_path: Path) -> None:
    image = tmp_path / "disk"
    image.write_bytes(numbered(4))
    program = server("static char block[512]; read_sectors(3, block, 1); write_sectors(0, block, 1);")
    with vmlab.Lab(abi="jos-lab5", disk=image) as lab:
        lab.spawn(program, ports=True)
        lab.run(budget=10_000_000)
        lab.save(tmp_path / "run")
        disk, log = lab.disk, lab.events.to_bytes()
    assert disk[:SECTOR] == b"\3" * SECTOR
    assert image.read_bytes() == numbered(4)
    with vmlab.replay(tmp_path / "run") as again:
        assert again.disk == disk
        assert again.events.to_bytes() == log


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(
        ValueError, match="whole sectors of 512 bytes, and this one would have 1 bytes more: fill it up"
    ):
        vmlab.Lab(abi="jos-lab5", disk=b"x" * 513)
    with pytest.raises(ValueError, match=r'abi="linux" has no disk .*: leave disk= out'):
        vmlab.Lab(disk=bytes(512))
    with pytest.raises(ValueError, match='abi="jos-lab4" has no disk'):
        vmlab.Lab(abi="jos-lab4", disk=bytes(512))
    with pytest.raises(TypeError, match="disk=5"):
        vmlab.Lab(abi="jos-lab5", disk=5)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        vmlab.Lab(abi="jos-lab5", disk="no such image")
    with vmlab.Lab(abi="jos-lab4") as lab:
        with pytest.raises(ValueError, match="gives no program the machine's ports: leave ports= out"):
            lab.spawn(guest(""), ports=True)
        with pytest.raises(ValueError, match='abi="jos-lab4" has no disk'):
            _ = lab.disk
