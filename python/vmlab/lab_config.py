# SPDX-License-Identifier: GPL-2.0-only
"""What a Lab is made of, as a value: the first line of its journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

from vmlab._version import __version__


@dataclass(frozen=True)
class LabConfig:
    """What a Lab is made of, apart from what comes in later. As JSON it is the first input in the journal."""

    ram: int
    frames: int | None
    abi: str
    seed: int
    swap: int
    frame_buffer: int
    profile: str
    fields: tuple[tuple[str, str], ...]
    trace_accesses: bool
    randomize: int | None = None
    policy: str | None = None  # the name of a replacement policy of the user's

    def to_json(self) -> str:
        return json.dumps({"vmlab": __version__, **self.__dict__}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> LabConfig:
        values = json.loads(text)
        values["fields"] = tuple((name, value) for name, value in values["fields"])
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})


def field_text(name: str, value: object) -> str:
    """How a field of a memory profile is written down."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"Lab({name}={value!r}): a memory option is a name or a whole number")
    return str(value)
