# SPDX-License-Identifier: GPL-2.0-only
"""The files of a host directory that a guest gets to see: copies, made before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def files_below(root: Path) -> Iterator[tuple[str, bytes, int]]:
    """Each file as its absolute path for the guest, its bytes and its permissions, in an order that does not vary.

    A link becomes the file that it leads to; one that leads out of `root`, or nowhere, is a ValueError.
    """
    if not root.is_dir():
        raise ValueError(f"root={str(root)!r} is no directory")
    inside = root.resolve()
    for path in sorted(root.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise ValueError(f"{path} leads out of {root}: a guest sees only files of its root")
        if path.is_file():
            name = "/" + path.relative_to(root).as_posix()
            yield name, path.read_bytes(), path.stat().st_mode & 0o777
        elif path.is_symlink():
            raise ValueError(f"{path} is a link that leads to no file")
