# SPDX-License-Identifier: GPL-2.0-only
"""What a Lab is made of, as a value: the first line of its journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from vmlab._version import __version__

if TYPE_CHECKING:
    from vmlab.policy import ReplacementPolicy

_NO_LIMIT = (1 << 64) - 1


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


def instruction_limit(budget: int | None) -> int:
    """Of one run."""
    if budget is None:
        return _NO_LIMIT
    if not isinstance(budget, int) or not 0 <= budget <= _NO_LIMIT:
        raise ValueError(f"budget={budget!r}: how many instructions may run, as an int of 0 or more")
    return budget


def own_policy(policy: object) -> ReplacementPolicy | type[ReplacementPolicy]:
    """A replacement policy of the user's, as its class or an instance."""
    from vmlab.policy import ReplacementPolicy, name_or_instance

    if isinstance(policy, type) and issubclass(policy, ReplacementPolicy):
        return policy
    made = name_or_instance(policy, {})
    assert isinstance(made, ReplacementPolicy)
    return made


def class_name(policy: ReplacementPolicy | type[ReplacementPolicy]) -> str:
    return (policy if isinstance(policy, type) else type(policy)).__name__


def bytes_of(name: str, value: object) -> bytes:
    """What a program is given to read: text as UTF-8, or bytes."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise TypeError(f"{name}={value!r}: give text or bytes")
