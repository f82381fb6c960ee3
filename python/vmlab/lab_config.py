# SPDX-License-Identifier: GPL-2.0-only
"""What a Lab is made of, as a value: the first line of its journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from vmlab import _core
from vmlab._version import __version__
from vmlab.abi import family
from vmlab.abi_description import AbiDescription
from vmlab.address_plan import AddressPlan, plan_named

if TYPE_CHECKING:
    from vmlab.own_abi import Abi, OwnHandlers
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
    own_abi: AbiDescription | None = None  # of the user's, with the name in `abi`

    def to_json(self) -> str:
        own = {"own_abi": None if self.own_abi is None else self.own_abi.to_dict()}
        return json.dumps({"vmlab": __version__, **self.__dict__, **own}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> LabConfig:
        values = json.loads(text)
        values["fields"] = tuple((name, value) for name, value in values["fields"])
        own = values.get("own_abi")
        values["own_abi"] = None if own is None else AbiDescription.from_dict(own)
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})

    @property
    def built_for(self) -> str | AbiDescription:
        """What programs are built for."""
        return self.abi if self.own_abi is None else self.own_abi

    @property
    def uses_console(self) -> bool:
        """Whether programs read and write the machine's console."""
        return self.own_abi is not None or _core.uses_console(self.abi)

    @property
    def address_plan(self) -> AddressPlan:
        """How a picture of its processes divides the addresses."""
        return plan_named(family(self.abi)) if self.own_abi is None else self.own_abi.address_plan()


@dataclass(frozen=True)
class MachineDefaults:
    """What a Lab has for which nobody says otherwise, by its ABI."""

    abi: str
    ram: int
    frames: int | None
    swap: int
    profile: str

    @classmethod
    def of(cls, abi: str | AbiDescription) -> MachineDefaults:
        if isinstance(abi, AbiDescription):
            return cls(abi.name, abi.ram, None, 0, abi.profile)
        frames, swap = _core.default_frames(abi), _core.default_swap(abi)
        return cls(abi, _core.default_ram(abi), frames, swap, _core.default_profile(abi))


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


def own_handlers(abi: Abi | type[Abi]) -> OwnHandlers:
    """An ABI of the user's own, as its class or an instance; TypeError when it is neither."""
    from vmlab.own_abi import OwnHandlers

    return OwnHandlers(abi)


def class_name(policy: ReplacementPolicy | type[ReplacementPolicy]) -> str:
    return (policy if isinstance(policy, type) else type(policy)).__name__


def bytes_of(name: str, value: object) -> bytes:
    """What a program is given to read: text as UTF-8, or bytes."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise TypeError(f"{name}={value!r}: give text or bytes")
