# SPDX-License-Identifier: GPL-2.0-only
"""The files of a host directory that a guest gets to see: copies, made before it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmlab import _core


def copy_into(core: _core.LabCore, root: Path) -> None:
    """Gives a guest what is below `root`, in an order that does not vary.

    Where the guest's programs know symbolic links, links stay links and lead to what the guest has there, and empty
    directories are there, too. Elsewhere a link becomes the file that it leads to, and must lead to one below `root`.
    Other filesystems that are mounted below `root` are left out, and what is no file.

    Raises:
        ValueError: no such directory; a link that leads out of it, or nowhere; a file that the guest cannot have.
    """
    if not root.is_dir():
        raise ValueError(f"root={str(root)!r} is no directory")
    inside, keeps_links = root.resolve(), core.knows_links
    for path in _below(root):
        name = "/" + path.relative_to(root).as_posix()
        if path.is_symlink() and keeps_links:
            core.add_link(name, os.readlink(path))
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise ValueError(f"{path} leads out of {root}: a guest sees only files of its root")
        if path.is_file():
            core.add_file(name, path.read_bytes(), path.stat().st_mode & 0o777)
        elif path.is_symlink():
            raise ValueError(f"{path} is a link that leads to no file")
        elif path.is_dir() and keeps_links:
            core.add_directory(name, path.stat().st_mode & 0o7777)


def _below(directory: Path) -> Iterator[Path]:
    """Everything, each directory before what it holds."""
    for path in sorted(directory.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink() and not path.is_mount():
            yield from _below(path)
