# SPDX-License-Identifier: GPL-2.0-only
"""What Python knows of events is what the core's list says."""

import re
from pathlib import Path

import numpy
import pytest

from vmlab import _core
from vmlab.address import Address
from vmlab.event_schema import Field, kind_named, kinds, vocabularies

DEFINITIONS = (Path(__file__).parents[3] / "src" / "cpp" / "trace" / "events.def").read_text(encoding="utf-8")


def test_every_event_of_the_list_is_known() -> None:
    listed = re.findall(r"^VMLAB_EVENT\(\w+, (\w+),", DEFINITIONS, re.MULTILINE)
    assert [kind.name for kind in kinds()] == listed
    fields = re.findall(r"^VMLAB_FIELD\(\w+, \w+, (\w+),", DEFINITIONS, re.MULTILINE)
    assert [field.name for kind in kinds() for field in kind.fields] == fields


def test_vocabularies_have_meanings() -> None:
    assert list(vocabularies()["access"]) == ["read", "write", "fetch"]
    assert all(meaning for words in vocabularies().values() for meaning in words.values())


def test_a_row_is_as_long_as_its_record() -> None:
    for kind in kinds():
        assert kind.dtype().itemsize == 8 + 16 + 4 * len(kind.fields)
        assert kind.dtype()["index"] == numpy.uint64


@pytest.mark.parametrize(
    ("type_", "word", "value", "shown"),
    [
        (_core.FieldType.NUMBER, 7, 7, "7"),
        (_core.FieldType.SIGNED, 0xFFFFFFDA, -38, "-38"),
        (_core.FieldType.SIGNED, 0x7FFFFFFF, 0x7FFFFFFF, "2147483647"),
        (_core.FieldType.ADDRESS, 0x08048123, Address(0x08048123), "0x08048123"),
        (_core.FieldType.HEX, 0x67, 0x67, "0x67"),
    ],
)
def test_words_are_read_by_type(type_: _core.FieldType, word: int, value: int, shown: str) -> None:
    field = Field("name", "doc", type_)
    assert field.read(word) == value
    assert type(field.read(word)) is type(value)
    assert field.show(word) == shown


def test_words_of_a_vocabulary() -> None:
    field = kind_named("fault_resolved").field("result")
    assert field.read(0) == "resident"
    assert field.read(200) == "unknown 200"


def test_an_unknown_event_lists_near_ones() -> None:
    with pytest.raises(ValueError, match=r"no event 'fault_resolve'.*'fault_resolved'"):
        kind_named("fault_resolve")
    with pytest.raises(ValueError, match=r"there are fault, fault_resolved"):
        kind_named("xyzzy")


def test_an_unknown_field_lists_near_ones() -> None:
    with pytest.raises(ValueError, match=r"no field of event 'fault' 'adress'.*'address'"):
        kind_named("fault").field("adress")
