# SPDX-License-Identifier: GPL-2.0-only
"""The guest's files: what programs made, changed and left behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from vmlab import _core
from vmlab.views.render import Shown, table


@dataclass(frozen=True)
class File:
    """One name of a file.

    kind: "file", "directory", "link", "device", "fifo" or "socket". size: in bytes. modified: simulated nanoseconds.
    target: what a symbolic link says, else None. Two names of one file have the same inode.
    """

    path: str
    kind: str
    permissions: int
    size: int
    links: int
    inode: int
    modified: int
    target: str | None
    _bytes: Callable[[], bytes] = field(repr=False, compare=False)

    def read_bytes(self) -> bytes:
        """What a regular file holds now. ValueError for any other kind."""
        if self.kind != "file":
            raise ValueError(f"{self.path} is a {self.kind}: only a file has bytes to read")
        return self._bytes()

    def read_text(self) -> str:
        """The same as UTF-8 text; what is no UTF-8 is replaced."""
        return self.read_bytes().decode(errors="replace")


@dataclass(frozen=True)
class Files(Shown, Mapping[str, File]):
    """All files of a lab by their absolute paths, each directory before what it holds.

    >>> lab.files["/tmp/result"].read_text()      # doctest: +SKIP
    """

    files: dict[str, File]
    taken_at: int = field(default=0, compare=False)

    def __getitem__(self, path: str) -> File:
        found = self.files.get(path)
        if found is None:
            raise KeyError(f"{path!r}: there is no such file; paths begin with a slash")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def below(self, directory: str) -> list[File]:
        """What a directory holds, and the directories in it."""
        if self[directory].kind != "directory":
            raise ValueError(f"{directory} is a {self[directory].kind}, not a directory")
        inside = PurePosixPath(directory)
        return [file for path, file in self.files.items() if inside in PurePosixPath(path).parents]

    def copy_to(self, folder: str | os.PathLike[str], directory: str = "/") -> list[Path]:
        """Writes the regular files below `directory` into a folder of the host's, and returns their paths there.

        Links, devices and FIFOs are left out.
        """
        written = []
        for file in self.below(directory):
            if file.kind == "file":
                place = Path(folder) / PurePosixPath(file.path).relative_to(directory)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read_bytes())
                written.append(place)
        return written

    def __repr__(self) -> str:
        return f"<{len(self.files)} files>"

    def __rich__(self) -> Any:
        shown = table("permissions", "links", "size", "path", right=("links", "size"))
        letters = {"file": "-", "directory": "d", "link": "l", "device": "c", "fifo": "p", "socket": "s"}
        for file in self.files.values():
            arrow = f" -> {file.target}" if file.target is not None else ""
            mode = f"{letters[file.kind]}{file.permissions:04o}"
            shown.add_row(mode, str(file.links), f"{file.size:,}", file.path + arrow)
        return shown


def files_of(core: _core.LabCore) -> Files:
    """The files that a lab's guest has now; each is read when it is asked for."""
    files = {}
    for record in core.file_records():
        path, kind = os.fsdecode(record.path), record.kind.name
        target = os.fsdecode(record.target) if kind == "link" else None
        numbers = (record.permissions, record.size, record.links, record.inode, record.modified)
        files[path] = File(path, kind, *numbers, target, _reader(core, record.path))
    return Files(files, core.now())


def _reader(core: _core.LabCore, path: bytes) -> Callable[[], bytes]:
    return lambda: core.file_bytes(path)
