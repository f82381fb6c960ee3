# SPDX-License-Identifier: GPL-2.0-only
"""Debian's static i386 busybox: its output and status are those of the same binary on the host."""

import random
from pathlib import Path

import pytest
from tests.python.linux.host import folder_named_by, require_native, run_here, run_natively

import vmlab

TEXT = b"pear\napple\nfig\n\nbanana split\napple\n10\n9\nZebra\n"

COMMANDS = [
    ["echo", "hello", "world"],
    ["echo", "-n", "no newline"],
    ["echo", "-e", r"tab\there"],
    ["cat", "text"],
    ["cat", "text", "binary", "text"],
    ["cat"],
    ["cat", "-", "text"],
    ["cat", "none"],
    ["sha256sum", "text", "binary", "large"],
    ["sha256sum"],
    ["md5sum", "binary"],
    ["sha512sum", "large"],
    ["cksum", "binary"],
    ["wc", "text", "binary", "large"],
    ["wc", "-l"],
    ["wc", "none"],
    ["sort", "text"],
    ["sort", "-n", "text"],
    ["sort", "-ru", "text"],
    ["sort", "lines"],
    ["sort"],
    ["uniq", "-c", "text"],
    ["head", "-n", "2", "text"],
    ["tail", "-n", "2", "text"],
    ["tac", "text"],
    ["rev", "text"],
    ["nl", "text"],
    ["cut", "-c1-3", "text"],
    ["grep", "-n", "an", "text"],
    ["grep", "nothing", "text"],
    ["sed", "s/apple/plum/", "text"],
    ["awk", "{ n += length($0) } END { print n, NR, n / NR }", "text"],
    ["tr", "a-z", "A-Z"],
    ["od", "-c", "text"],
    ["xxd", "text"],
    ["base64", "binary"],
    ["gzip", "-c", "large"],
    ["seq", "1", "3", "20"],
    ["factor", "1234567890", "97"],
    ["printf", r"%05d|%s|%x\n", "42", "text", "255"],
    ["expr", "6", "*", "7"],
    ["test", "-f", "text"],
    ["test", "-d", "text"],
    ["true"],
    ["false"],
    ["basename", "/a/b/c"],
    ["env"],
    ["ls", "directory", "text"],
    ["ls", "-ln", "none"],
    ["ls", "-1a", "directory"],
    ["cp", "text", "copy"],
    ["rm", "none"],
    ["mkdir", "-p", "directory/a/b"],
    ["sh", "-c", "x=3; while [ $x -gt 0 ]; do echo $x; x=$((x-1)); done; exit 5"],
    ["sh", "-c", 'read a b; echo "$b,$a"; kill -TERM $$'],
    ["no_such_applet"],
    [],
]

# What the root of the filesystem holds, and where it is, differs: these say nothing of either.
SCRIPTS = [
    "echo a b | tr a-z A-Z | wc -c",
    "x=5; cat <<END | tr a-z A-Z\nhere $x\nEND\necho after",
    "seq 1 1000 | sort -r | head -3",
    "yes | head -2",
    "cat large | gzip | gunzip | cmp - large && echo same",
    "tar c directory text | tar t",
    "tar c directory text | (mkdir out; cd out; tar x; find . | sort)",
    "find directory -type f -exec wc -c {} +",
    "find directory | xargs ls -d | sort",
    "mkfifo p; echo through > p & cat p; wait",
    "cat text | tee copy | wc -l; cmp text copy && echo equal",
    'cat text | while read a b; do echo "$b:$a"; done',
    'x=$(echo one; echo two); echo "$x"; (echo sub; exit 3); echo $?',
    "echo out > f; cat f >> g; cat f >> g; cat f g; rm f; cat f",
    "exec 3>f; echo x >&3; exec 3>&-; cat f",
    "{ echo err >&2; echo out; } 2>&1 | cat",
    "umask 077; touch u; stat -c '%a %s %F' u; chmod 4751 u; stat -c %a u",
    "ln -s text l; ln text h; cat l h | wc -c; readlink l; stat -c %h text",
    "mv text directory/; ls directory; cp -r directory d2; diff -r directory d2 && echo same; rm -r d2; ls d2",
    "touch -d '2001-02-03 04:05:06' text; stat -c %Y text; date -u -r text",
    "timeout 1 sleep 5; echo $?",
    "trap 'echo trapped' EXIT; trap 'echo got it' USR1; kill -USR1 $$; echo body",
    "test -t 0; echo $?; tty; echo $?",
    "dd if=large bs=1000 count=3 2>/dev/null | md5sum; head -c 100000 /dev/zero | wc -c",
    "echo text | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null",
]


@pytest.fixture(scope="module")
def busybox() -> Path:
    return folder_named_by("VMLAB_TEST_BUSYBOX", "Debian's static i386 busybox")


def fill(root: Path) -> Path:
    """The same files in a fresh directory; the names are in the order in which a directory lists them."""
    generator = random.Random(1)
    root.mkdir()
    (root / "binary").write_bytes(generator.randbytes(10_000))
    (root / "directory").mkdir()
    (root / "directory" / "inner").write_bytes(b"inner\n")
    (root / "large").write_bytes(bytes(generator.choices(b"abcdefgh \n", k=300_000)))
    (root / "lines").write_text("".join(f"{generator.randrange(10**6)}\n" for _ in range(3000)))
    (root / "text").write_bytes(TEXT)
    return root


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_and_status_are_the_hosts(arguments: list[str], busybox: Path, tmp_path: Path) -> None:
    require_native()
    env = {"LANG": "C", "PATH": "/none"}
    expected = run_natively(busybox, arguments, env, TEXT, fill(tmp_path / "native"))
    assert run_here(busybox, arguments, env, TEXT, fill(tmp_path / "here")) == expected


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_do_what_they_do_on_the_host(script: str, busybox: Path, tmp_path: Path) -> None:
    require_native()
    env = {"LANG": "C", "PATH": "/none"}
    command = ["sh", "-c", script]
    expected = run_natively(busybox, command, env, TEXT, fill(tmp_path / "native"))
    assert run_here(busybox, command, env, TEXT, fill(tmp_path / "here")) == expected


def test_it_comes_in_page_by_page(busybox: Path) -> None:
    with vmlab.Lab() as lab:
        process = lab.spawn(busybox, args=["echo", "hello"])
        lab.run()
        assert process.stdout == b"hello\n"
        assert process.exit_status == 0
        assert process.faults[0].address == process.faults[0].eip
        brought_in = [fault for fault in process.faults if fault.result == "page_in"]
        assert 10 < len(brought_in) < busybox.stat().st_size / 4096 / 4
        assert len({fault.address.page for fault in brought_in}) == len(brought_in)
        lab.check()


def test_the_same_run_twice_gives_the_same_log(busybox: Path) -> None:
    logs = []
    for _ in range(2):
        with vmlab.Lab(seed=7) as lab:
            lab.spawn(busybox, args=["sort", "-n"], stdin=TEXT)
            lab.run()
            logs.append(lab.events.to_bytes())
    assert logs[0] == logs[1]
