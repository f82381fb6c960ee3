# SPDX-License-Identifier: GPL-2.0-only
"""One long session at a shell: its output, its status and all files that it leaves are those of the host."""

import os
import stat
from pathlib import Path

import pytest
from tests.python.linux.host import folder_named_by, require_native, run_natively

import vmlab
from vmlab.views.files import Files

SESSION = (Path(__file__).parent / "shell_session.sh").read_bytes()
ENVIRONMENT = {"LANG": "C", "PATH": "/none"}

Left = dict[str, tuple[str, int, bytes]]  # by path: kind, permissions, and the bytes or the target


def files_on_the_host(folder: Path) -> Left:
    left: Left = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if path.is_symlink():
            kind, content = "link", os.fsencode(path.readlink())
        else:
            kind, content = ("directory", b"") if path.is_dir() else ("file", path.read_bytes())
        left[path.relative_to(folder).as_posix()] = (kind, stat.S_IMODE(mode), content)
    return left


def files_in_the_lab(files: Files) -> Left:
    left: Left = {}
    for file in [files["/work"], *files.below("/work")]:
        target = (file.target or "").encode()
        content = file.read_bytes() if file.kind == "file" else target
        left[file.path[1:]] = (file.kind, file.permissions, content)
    return left


def test_a_session_at_the_shell_is_the_hosts(tmp_path: Path) -> None:
    busybox = folder_named_by("VMLAB_TEST_BUSYBOX", "Debian's static i386 busybox")
    require_native()
    native = tmp_path / "native"
    native.mkdir()
    (tmp_path / "here").mkdir()
    for folder in (native, tmp_path / "here"):
        (folder / "session").write_bytes(SESSION)
    expected = run_natively(busybox, ["sh", "session"], ENVIRONMENT, b"", native)
    with vmlab.Lab(root=tmp_path / "here") as lab:
        shell = lab.spawn(busybox, args=["sh", "session"], env=ENVIRONMENT)
        lab.run()
        assert shell.stdout_text.splitlines() == expected.stdout.decode().splitlines()
        assert (shell.stderr, shell.exit_status) == (expected.stderr, expected.status)
        left, on_the_host = files_in_the_lab(lab.files), files_on_the_host(native)
        del on_the_host["session"]
        assert left == on_the_host
        assert len(left) > 15
        lab.check()


def test_the_session_replays(tmp_path: Path) -> None:
    busybox = folder_named_by("VMLAB_TEST_BUSYBOX", "Debian's static i386 busybox")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "session").write_bytes(SESSION)
    with vmlab.Lab(root=tmp_path / "root") as lab:
        lab.spawn(busybox, args=["sh", "session"], env=ENVIRONMENT)
        lab.run()
        recorded, files = lab.events.to_bytes(), lab.files
        lab.save(tmp_path / "run")
        with vmlab.replay(tmp_path / "run") as again:
            assert again.events.to_bytes() == recorded
            assert again.files == files


@pytest.mark.parametrize("path", ["none", "/none", ""])
def test_a_file_that_is_not_there_is_named(path: str) -> None:
    with vmlab.Lab() as lab, pytest.raises(KeyError, match="there is no such file"):
        lab.files[path]
