# SPDX-License-Identifier: GPL-2.0-only
"""The directory of the host's that a lab's files come from."""

from pathlib import Path

import pytest
from tests.python.tiny_elf import BSS, DATA, exit_with, tiny_elf, write_out

import vmlab


def shows(path: str, size: int) -> bytes:
    """A program that writes what is in a file, or ends with 9 when it cannot open it."""
    opens = b"\xb8\x05\0\0\0\xbb" + DATA.to_bytes(4, "little") + b"\x31\xc9\xcd\x80"  # open(DATA, 0)
    skips_end = b"\x85\xc0\x79" + len(exit_with(9)).to_bytes()  # test eax,eax; jns
    reads = (
        b"\x89\xc3\xb8\x03\0\0\0\xb9" + BSS.to_bytes(4, "little") + b"\xba" + size.to_bytes(4, "little") + b"\xcd\x80"
    )
    code = (opens, skips_end, exit_with(9), reads, write_out(BSS, size), exit_with(0))
    return tiny_elf(*code, data=path.encode() + b"\0")


def text_at(lab: vmlab.Lab, path: str, size: int = 7) -> bytes | None:
    process = lab.spawn(shows(path, size))
    lab.run()
    return None if process.exit_status == 9 else process.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "motd").write_bytes(b"welcome")
    return tmp_path


def test_files_are_copied_before_anything_runs(root: Path) -> None:
    (root / "etc" / "motd").chmod(0o640)
    with vmlab.Lab(root=root) as lab:
        (root / "etc" / "motd").write_bytes(b"changed")
        assert text_at(lab, "/etc/motd") == b"welcome"
        assert lab.files["/etc/motd"].permissions == 0o640


def test_links_stay_links_and_lead_to_what_the_guest_has(root: Path) -> None:
    (root / "relative").symlink_to("etc/motd")
    (root / "absolute").symlink_to("/etc/motd")
    (root / "folder").symlink_to("etc")
    (root / "of_the_host").symlink_to(Path(__file__))
    (root / "nowhere").symlink_to("none")
    with vmlab.Lab(root=root) as lab:
        for path in ("/relative", "/absolute", "/folder/motd"):
            assert text_at(lab, path) == b"welcome"
        for path in ("/of_the_host", "/nowhere"):
            assert text_at(lab, path) is None
        files = lab.files
        assert (files["/folder"].kind, files["/folder"].target) == ("link", "etc")
        assert files["/of_the_host"].target == __file__
        assert "/folder/motd" not in files


def test_directories_are_there_also_when_they_are_empty(root: Path) -> None:
    (root / "var" / "empty").mkdir(parents=True)
    (root / "var" / "empty").chmod(0o1751)
    (root / "dev").mkdir()
    with vmlab.Lab(root=root) as lab:
        assert lab.files["/var/empty"].kind == "directory"
        assert lab.files["/var/empty"].permissions == 0o1751
        assert lab.files["/dev/null"].kind == "device"


def test_what_is_mounted_below_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "etc")
    with vmlab.Lab(root=root) as lab:
        assert lab.files["/etc"].kind == "directory"
        assert "/etc/motd" not in lab.files


def test_a_file_in_the_place_of_one_that_the_guest_has_anyway(root: Path) -> None:
    (root / "dev").mkdir()
    (root / "dev" / "null").write_bytes(b"")
    (root / "dev" / "stdin").symlink_to("/etc/motd")
    with vmlab.Lab(root=root) as lab:
        assert lab.files["/dev/null"].kind == "file"
        assert text_at(lab, "/dev/stdin") == b"welcome"


@pytest.mark.parametrize("place", ["proc/x", "tmp"])
def test_what_the_guest_cannot_have_is_refused_by_name(place: str, root: Path) -> None:
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).symlink_to("etc")
    with pytest.raises(ValueError, match=f"cannot hold /{place}"):
        vmlab.Lab(root=root)


def test_a_root_must_be_a_directory(root: Path) -> None:
    for path in (root / "none", root / "etc" / "motd"):
        with pytest.raises(ValueError, match="is no directory"):
            vmlab.Lab(root=path)


def test_where_programs_know_no_links_they_become_what_they_lead_to(root: Path) -> None:
    (root / "copy").symlink_to("etc/motd")
    with vmlab.Lab(abi="xv6", root=root) as lab:
        assert lab.files["/copy"].kind == "file"
        assert lab.files["/copy"].read_bytes() == b"welcome"
    (root / "out").symlink_to(Path(__file__))
    with pytest.raises(ValueError, match="leads out of"):
        vmlab.Lab(abi="xv6", root=root)
    (root / "out").unlink()
    (root / "nowhere").symlink_to("none")
    with pytest.raises(ValueError, match="leads to no file"):
        vmlab.Lab(abi="xv6", root=root)


def test_a_replay_has_the_same_files(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (root / "link").symlink_to("/etc/motd")
    (root / "empty").mkdir()
    journal = tmp_path_factory.mktemp("saved") / "journal"
    with vmlab.Lab(root=root) as lab:
        assert text_at(lab, "/link") == b"welcome"
        lab.save(journal)
        again = vmlab.replay(journal)
        assert again.files == lab.files
        assert again.events.to_bytes() == lab.events.to_bytes()
