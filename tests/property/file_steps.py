# SPDX-License-Identifier: GPL-2.0-only
"""The steps on files and devices."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any, TypeVar

from tests.property.comparison import Comparison, Difference
from tests.property.contents import PAGE, Device, File

Method = TypeVar("Method", bound=Callable[..., object])


def on(kept: str) -> Callable[[Method], Method]:
    """A step on what is not, or no longer, among those that a Runner keeps, "files" or "spaces", does nothing."""

    def decorate(step: Method) -> Method:
        @functools.wraps(step)
        def play(self: Comparison, name: int, *rest: Any) -> object:
            return step(self, name, *rest) if name in getattr(self, kept) else None

        return play  # type: ignore[return-value]

    return decorate


on_file, on_space = on("files"), on("spaces")


class FileSteps(Comparison):
    """Half of a Runner."""

    # Files

    def create_file(self, name: int, size: int) -> None:
        data = random.Random(name).randbytes(size)
        self.files[name] = File(data)
        self.file_numbers[name] = self.bench.create_file(data)

    @on_file
    def close_file(self, name: int) -> None:
        self.bench.close_file(self.file_numbers[name])
        del self.files[name], self.file_numbers[name]

    @on_file
    def truncate(self, name: int, size: int) -> None:
        self.bench.truncate(self.file_numbers[name], size)
        file = self.files[name]
        before = len(file.data)
        file.resize(size)
        if -(-size // PAGE) >= -(-before // PAGE):
            return
        for page in (page for space in self.spaces.values() for page in space.pages.values()):
            if page.source is file and not file.exists(page.index):
                page.own = None  # private copies go with the file's pages

    @on_file
    def read_file(self, name: int, position: int, size: int) -> object:
        wanted = bytes(self.files[name].data[position : position + size])
        try:
            got = self.bench.read_file(self.file_numbers[name], position, size)
        except (MemoryError, OSError) as error:
            return self.excuse_file(error)
        if not wanted.startswith(got):
            raise Difference(f"file {name} differs where it is read at {position}")
        if len(got) < len(wanted):
            self.excuse("read_file")
        return got

    @on_file
    def write_file(self, name: int, position: int, word: int, times: int) -> object:
        data = word.to_bytes(4, "little") * times
        try:
            done = self.bench.write_file(self.file_numbers[name], position, data)
        except (MemoryError, OSError) as error:
            return self.excuse_file(error)
        if done < len(data):
            self.excuse("write_file")
        self.files[name].write(position, data[:done])
        return done

    # Devices

    def create_device(self, name: int, pages: int) -> None:
        try:
            self.device_numbers[name] = self.bench.create_device(pages * PAGE)
        except MemoryError:
            self.ran_out = True  # of neighbouring frames, which the model knows nothing of
            return
        self.devices[name] = Device(bytes(pages * PAGE))

    def close_device(self, name: int) -> None:
        if name in self.devices:
            self.bench.close_device(self.device_numbers[name])
            del self.devices[name], self.device_numbers[name]

    def read_device(self, name: int) -> None:
        if name in self.devices and self.bench.read_device(self.device_numbers[name]) != self.devices[name].data:
            raise Difference(f"the frames of device {name} hold something else")
