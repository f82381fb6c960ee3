# SPDX-License-Identifier: GPL-2.0-only
"""What events there are and how their fields are read, taken from the core's own list at run time."""

from __future__ import annotations

import difflib
import functools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmlab import _core
from vmlab.address import Address

if TYPE_CHECKING:
    import numpy

# What stands before each record's fields: time, pid, kind, number of fields.
HEADER = struct.Struct("<QIHH")

Value = int | str


@dataclass(frozen=True)
class Field:
    """One field of an event; `words` are the values of a vocabulary, in order, or none."""

    name: str
    doc: str
    type: _core.FieldType
    words: tuple[str, ...] = ()

    def read(self, word: int) -> Value:
        """The 32 bits of the log as what they mean."""
        if self.words:
            return self.words[word] if word < len(self.words) else f"unknown {word}"
        if self.type == _core.FieldType.ADDRESS:
            return Address(word)
        if self.type == _core.FieldType.SIGNED:
            return word - (1 << 32) if word >> 31 else word
        return word

    def show(self, word: int) -> str:
        """The same as a student reads it."""
        value = self.read(word)
        return hex(value) if self.type == _core.FieldType.HEX and isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Kind:
    """One kind of event."""

    number: int
    name: str
    doc: str
    fields: tuple[Field, ...]

    @functools.cached_property
    def words(self) -> struct.Struct:
        return struct.Struct(f"<{len(self.fields)}I")

    def field(self, name: str) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        raise ValueError(_unknown(f"field of event {self.name!r}", name, [field.name for field in self.fields]))

    def dtype(self) -> numpy.dtype[Any]:
        """The rows of one kind as NumPy reads them: index, header, fields."""
        import numpy

        columns: list[tuple[str, str]] = [("index", "<u8"), ("time", "<u8"), ("pid", "<u4")]
        columns += [("event_kind", "<u2"), ("event_words", "<u2")]
        for field in self.fields:
            columns.append((field.name, "<i4" if field.type == _core.FieldType.SIGNED else "<u4"))
        return numpy.dtype(columns)


@functools.cache
def vocabularies() -> dict[str, dict[str, str]]:
    """Each vocabulary's words, in order, with what they mean."""
    return {words.name: {value.name: value.doc for value in words.values} for words in _core.enum_schema()}


@functools.cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of event; the index is the number that the log uses."""
    words = vocabularies()
    return tuple(
        Kind(
            number,
            event.name,
            event.doc,
            tuple(
                Field(field.name, field.doc, field.type, tuple(words.get(field.enum_name, ())))
                for field in event.fields
            ),
        )
        for number, event in enumerate(_core.event_schema())
    )


@functools.cache
def kind_named(name: str) -> Kind:
    """The kind of event with this name; a ValueError lists near ones."""
    for kind in kinds():
        if kind.name == name:
            return kind
    raise ValueError(_unknown("event", name, [kind.name for kind in kinds()]))


def _unknown(what: str, name: object, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name), known, n=4, cutoff=0.5)
    listed = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {', '.join(known)}"
    return f"there is no {what} {name!r}; {listed}"
