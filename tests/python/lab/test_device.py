# SPDX-License-Identifier: GPL-2.0-only
"""Memory that a device owns: fixed frames that mappings show."""

from pathlib import Path

import pytest

import vmlab

PAGE = 4096


def test_a_frame_buffer_shows_what_is_written() -> None:
    bench = vmlab.Workbench(ram="256 KiB", frames=4)
    screen = bench.create_device(2 * PAGE)
    writer, reader = bench.create(), bench.create()
    at = bench.map(writer, 2 * PAGE, device=screen, shared=True)
    there = bench.map(reader, PAGE, device=screen, shared=True, offset=PAGE)
    assert bench.write(writer, at + PAGE, 0x20202020).faults == ("resident",)
    assert bench.read(reader, there).value == 0x20202020
    assert bench.read_device(screen) == bytes(PAGE) + b"    " + bytes(PAGE - 4)
    assert bench.counters["page_frames"] == 0
    assert [link.kind for link in bench.chain(reader, there)] == ["device"]
    assert bench.entry(reader, there) >> 12 == bench.device_frame(screen) + 1
    bench.close_device(screen)
    bench.check()
    bench.destroy(writer)
    bench.destroy(reader)
    assert bench.create_device(2 * PAGE) > screen
    bench.check()


def test_a_device_that_fails() -> None:
    bench = vmlab.Workbench()
    device = bench.create_device(PAGE)
    space = bench.create()
    at = bench.map(space, PAGE, device=device)
    bench.fail_device(device)
    assert bench.write(space, at, 1).faults == ("bus_error",)
    assert bench.write(space, at, 1).faults == ("copy_up",)
    assert bench.read_device(device) == bytes(PAGE)
    bench.check()


def test_what_cannot_be() -> None:
    bench = vmlab.Workbench(ram="256 KiB")
    with pytest.raises(MemoryError):
        bench.create_device(64 * PAGE)
    with pytest.raises(ValueError, match="whole pages"):
        bench.create_device(100)
    with pytest.raises(ValueError, match="no device 7"):
        bench.map(bench.create(), PAGE, device=7)


@pytest.mark.parametrize("sharing", ["MAP_PRIVATE", "MAP_SHARED"])
def test_dev_zero_is_anonymous_memory(sharing: str) -> None:
    source = f"""
        #include <fcntl.h>
        #include <sys/mman.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {{
            int zero = open("/dev/zero", O_RDWR);
            int *word = mmap(0, 4096, PROT_READ | PROT_WRITE, {sharing}, zero, 0);
            if (word == MAP_FAILED || *word != 0)
                return 1;
            *word = 17;
            if (fork() == 0) {{
                *word += 1;
                _exit(0);
            }}
            wait(0);
            return *word;
        }}"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until="fork")
        lab.check()
        assert lab.frames.by_use.get("zero_page", 0) == (sharing == "MAP_PRIVATE")
        lab.run()
        assert process.exit_status == (17 if sharing == "MAP_PRIVATE" else 18)


SCREEN = """
    #include <fcntl.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void) {
        int screen = open("/dev/fb0", O_RDWR);
        if (screen < 0)
            return 2;
        char *row = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, screen, 0);
        char *own = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, screen, 0);
        if (fork() == 0) {
            memset(row + 4096, '#', 10);
            _exit(0);
        }
        wait(0);
        memset(row, '*', 5);
        memset(own, '!', 7);
        char seen[3];
        if (lseek(screen, 4096 + 8, SEEK_SET) != 4096 + 8 || read(screen, seen, 3) != 3 || memcmp(seen, "##\\0", 3))
            return 3;
        if (write(screen, "end", 3) != 3 || lseek(screen, 0, SEEK_END) != 8192 || write(screen, "x", 1) != -1)
            return 4;
        return read(screen, seen, 3);
    }"""


def test_a_guest_draws_on_a_frame_buffer() -> None:
    with vmlab.Lab(ram="1 MiB", frames=24, swap="256 KiB", frame_buffer="8 KiB") as lab:
        process = lab.spawn(vmlab.c(SCREEN))
        lab.run(until="process_exited")
        assert {entry.kind for entry in process.objects.values()} >= {"device"}
        assert lab.frames.by_use["device"] == 2
        lab.check()
        lab.run()
        assert process.exit_status == 0
        assert lab.frame_buffer == b"*****".ljust(PAGE, b"\0") + b"##########\0end".ljust(PAGE, b"\0")
        lab.check()


def test_a_lab_without_a_frame_buffer() -> None:
    with vmlab.Lab(ram="256 KiB") as lab:
        process = lab.spawn(vmlab.c(SCREEN))
        lab.run()
        assert process.exit_status == 2
        with pytest.raises(ValueError, match="frame_buffer="):
            print(lab.frame_buffer)
    with pytest.raises(ValueError, match="no room for a frame buffer"):
        vmlab.Lab(ram="256 KiB", frame_buffer="256 KiB")


def test_a_run_with_a_frame_buffer_is_replayed(tmp_path: Path) -> None:
    with vmlab.Lab(ram="1 MiB", frame_buffer=8192) as lab:
        lab.spawn(vmlab.c(SCREEN))
        lab.run()
        lab.save(tmp_path / "journal")
        again = vmlab.replay(tmp_path / "journal")
        assert again.frame_buffer == lab.frame_buffer
        assert again.events.to_bytes() == lab.events.to_bytes()
