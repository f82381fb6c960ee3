# SPDX-License-Identifier: GPL-2.0-only
"""lab.files: what the guest's files are like, and how they come out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import vmlab

MAKER = r"""
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    mkdir("/made", 0700);
    int fd = open("/made/text", O_CREAT | O_WRONLY, 0640);
    write(fd, "caf\xc3\xa9 \xff", 7);
    lseek(fd, 5000, SEEK_SET);
    write(fd, "!", 1);
    symlink("text", "/made/soft");
    link("/made/text", "/made/hard");
    close(creat("/made/\xff", 0600));
    return 0;
}
"""


@pytest.fixture
def lab() -> Iterator[vmlab.Lab]:
    with vmlab.Lab() as lab:
        lab.spawn(vmlab.c(MAKER))
        lab.run()
        yield lab


def test_files_are_what_the_guest_made_of_them(lab: vmlab.Lab) -> None:
    files = lab.files
    text, soft = files["/made/text"], files["/made/soft"]
    assert (text.kind, text.permissions, text.size, text.links, text.target) == ("file", 0o640, 5001, 2, None)
    assert text.read_bytes() == b"caf\xc3\xa9 \xff" + bytes(4993) + b"!"
    assert text.read_text().startswith("café \ufffd")
    assert (soft.kind, soft.target) == ("link", "text")
    assert files["/made/hard"].inode == text.inode
    assert [file.path for file in files.below("/made")] == ["/made/hard", "/made/soft", "/made/text", "/made/\udcff"]
    assert files["/dev/null"].kind == "device"
    assert "/made/none" not in files


def test_only_files_have_bytes(lab: vmlab.Lab) -> None:
    with pytest.raises(ValueError, match="/made is a directory: only a file has bytes"):
        lab.files["/made"].read_bytes()
    with pytest.raises(ValueError, match="/made/text is a file, not a directory"):
        lab.files.below("/made/text")


def test_looking_changes_nothing(lab: vmlab.Lab) -> None:
    events, counters = len(lab.events), lab.counters
    assert lab.files["/made/text"].size == len(lab.files["/made/text"].read_bytes())
    assert len(lab.events) == events
    assert lab.counters == counters
    lab.check()


def test_files_are_copied_out(lab: vmlab.Lab, tmp_path: Path) -> None:
    written = lab.files.copy_to(tmp_path / "out", "/made")
    assert {path.relative_to(tmp_path / "out").as_posix() for path in written} == {"hard", "text", "\udcff"}
    assert (tmp_path / "out" / "text").read_bytes() == lab.files["/made/text"].read_bytes()


def test_they_show_as_a_table(lab: vmlab.Lab) -> None:
    shown = str(lab.files)
    assert "/made/soft -> text" in shown
    assert "d0700" in shown
