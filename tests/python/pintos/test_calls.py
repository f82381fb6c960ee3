# SPDX-License-Identifier: GPL-2.0-only
"""Whole consoles of programs that make each of the calls of projects 2 and 4."""

from pathlib import Path

from tests.python.pintos.machine import BOOT, POWER_OFF, run, whole

FILES = """\
create("a", 12): 1
create("a", 3): 0
create("", 3): 0
create("fifteen-letters", 3): 0
open("a"): 2
open("a"): 3
open("b"): -1
filesize(2): 12
write(2, "hello, ", 7): 7
write(2, "world", 5): 5
write(2, "more", 4): 0
read(2, 5): 0 '', then at 12
read(3, 5): 5 'hello', then at 5
read(3, 50): 7 ', world', then at 12
read(3, 50): 5 'world', then at 12
read(3, 5): 0 '', then at 40
write(3, "x", 1): 0
read(2, buffer, 1): -1
write(2, "x", 1): -1
filesize(2): -1
remove("a"): 1
remove("a"): 0
open("a"): -1
read(3, 50): 12 'hello, world', then at 12
create("c", 0): 1
open("c"): 2
read(2, buffer, 1): 0
write(2, "x", 1): 0
"""

DIRECTORIES = """\
mkdir("sub"): 1
mkdir("sub"): 0
mkdir("none/sub"): 0
create("sub/file", 3): 1
mkdir("/sub/deeper"): 1
/: pages text directories sub
sub: file deeper
remove("sub"): 0
chdir("sub"): 1
chdir("file"): 0
chdir("none"): 0
.: file deeper
open("file"): 2
open("deeper"): 3
isdir(2): 0
isdir(3): 1
readdir(2, entry): 0
inumber(2) == inumber(3): 0
read(3, entry, 1): -1
write(3, "x", 1): -1
remove("file"): 1
remove("deeper"): 1
chdir(".."): 1
remove("sub"): 1
/: pages text directories
"""

FAMILY = """\
family: exit(81)
wait 81
wait again -1
wait for nobody's child -1
wait for -1 -1
family: exit(-7)
wait -7
child has 'two'
child has 'words'
family: exit(0)
wait 0
load: missing: open failed
exec what is missing -1
load: text: error loading executable
exec a text -1
exec nothing -1
child: read -1, filesize -1
family: exit(0)
wait 0
parent: read 1 'w'
write to oneself 0
"""


def test_arguments(tmp_path: Path) -> None:
    text = """\
argc 4, argv[argc] null
argv[0] 'arguments'
argv[1] 'one'
argv[2] 'two  words'
argv[3] ''
argv aligned, below the strings: yes
"""
    ended = run(tmp_path, "arguments", "one", "two  words", "")
    assert ended.console == whole("arguments", text, 4, "one", "two  words", "")
    assert (ended.reason, ended.exit_status) == ("exited", 4)


def test_files(tmp_path: Path) -> None:
    assert run(tmp_path, "files").console == whole("files", FILES, 0)


def test_directories(tmp_path: Path) -> None:
    assert run(tmp_path, "directories").console == whole("directories", DIRECTORIES, 0)


def test_parents_and_children(tmp_path: Path) -> None:
    lines = run(tmp_path, "family").lines
    family = FAMILY.splitlines()
    assert lines[: len(family) + 1] == ["Executing 'family':", *family]
    death, end = lines[len(family) + 1 :][:7], lines[len(family) + 8 :]
    assert death[0] == "Page fault at 0: not present error writing page in user context."
    assert death[1] == "family: dying due to interrupt 0x0e (#PF Page-Fault Exception)."
    assert death[3] == " cr2=00000000 error=00000006"
    assert death[6] == " cs=001b ds=0023 es=0023 ss=0023"
    orphan = "family: exit(5)"  # whenever it comes to run
    assert sorted(end) == sorted(
        ["family: exit(-1)", "wait for a crash -1", "family: exit(0)", "Execution of 'family' complete.", orphan]
    )
    end.remove(orphan)
    assert end == ["family: exit(-1)", "wait for a crash -1", "family: exit(0)", "Execution of 'family' complete."]


def test_keyboard(tmp_path: Path) -> None:
    ended = run(tmp_path, "keyboard", stdin="ls -l\necho\nq")
    assert ended.console == whole("keyboard", "line of 5: ls -l\nline of 4: echo\n", 3)


def test_who_waits_for_a_key_waits(tmp_path: Path) -> None:
    ended = run(tmp_path, "keyboard", stdin="ls\nno end")
    assert ended.console == BOOT + "Executing 'keyboard':\nline of 2: ls\n"
    assert ended.reason == "input"


def test_halt_ends_everybody_without_a_word(tmp_path: Path) -> None:
    ended = run(tmp_path, "halting")
    assert ended.console == BOOT + "Executing 'halting':\nchild halts\n" + POWER_OFF
    assert ended.reason == "exited"
