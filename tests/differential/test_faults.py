# SPDX-License-Identifier: GPL-2.0-only
"""A slice of the differential fuzz, and tests that its comparison notices what it must."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest
from tests.differential import differences, faults, forms, generate, native
from tests.differential.layout import GENERAL, Case, Flag, FloatingState, Outcome

CI_CASES = 10_000
SIGNAL_CASES = 3_000


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native runner, or a skip that says why there is none."""
    try:
        return native.build(tmp_path_factory.mktemp("native"))
    except native.Unavailable as reason:
        pytest.skip(f"skipped: {reason}")


def test_no_mismatch_with_the_processor(runner: Path) -> None:
    report = faults.fuzz(runner, CI_CASES, seed=20)
    assert report.cases == CI_CASES
    assert report.traps[14] > CI_CASES // 10  # it is about page faults
    assert not report.mismatches, "\n".join(str(mismatch) for mismatch in report.mismatches[:3])


def test_a_handler_sees_in_its_frame_what_it_sees_natively(runner: Path) -> None:
    report = faults.fuzz(runner, SIGNAL_CASES, seed=21, side="signals")
    assert report.cases >= SIGNAL_CASES
    assert report.traps[14] > SIGNAL_CASES // 10
    assert not report.mismatches, "\n".join(str(mismatch) for mismatch in report.mismatches[:3])


def test_a_seed_always_gives_the_same_cases() -> None:
    first, second = (generate.Generator(5, forms.build()).group() for _ in range(2))
    assert first.pack() == second.pack()


def a_case(name: str = "mov", code: bytes = b"\x89\x03") -> Case:
    return Case(name, code, 0x20000100, [0x20002000] * 8, 0x202, FloatingState(), content=bytes(32768))


def an_outcome() -> Outcome:
    return Outcome(14, 6, 0x20002000, (0x20002000,) * 8, 0x20000100, 0x202, (0x2B,) * 6, FloatingState(), {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trap", 13),
        ("error", 7),
        ("cr2", 0x20002001),
        ("eip", 0x20000102),
        ("general", (1,) + (0x20002000,) * 7),
        ("eflags", 0x203),
        ("segments", (0,) + (0x2B,) * 5),
        ("memory", {0: 1}),
        ("floating", FloatingState(xmm=b"\x01" + bytes(127))),
        ("floating", FloatingState(registers=b"\x01" + bytes(79))),
        ("floating", FloatingState(status=1)),
        ("floating", FloatingState(mxcsr=0x1F81)),
    ],
)
def test_any_changed_field_of_a_plain_instruction_is_a_mismatch(field: str, value: object) -> None:
    case, theirs, ours = a_case(), an_outcome(), an_outcome()
    setattr(ours, field, value)
    _, left = differences.explain(case, theirs, ours)
    assert left


def test_equal_outcomes_are_no_mismatch_and_meet_no_difference() -> None:
    assert differences.explain(a_case(), an_outcome(), an_outcome()) == (set(), set())


def test_undefined_flags_are_forgiven_only_to_the_instruction_that_leaves_them() -> None:
    done = dataclasses.replace(an_outcome(), trap=1, eip=0x20000102)
    other = copy.deepcopy(done)
    other.eflags ^= Flag.AF
    case = a_case("or", b"\x09\xc8")
    assert differences.explain(case, done, other)[1]
    case.undefined = Flag.AF
    assert differences.explain(case, done, other) == ({"undefined_flags"}, set())
    faulted = dataclasses.replace(an_outcome(), eflags=0x212)
    assert differences.explain(case, faulted, an_outcome())[1]


def test_a_fetch_fault_differs_only_in_the_fetch_bit() -> None:
    theirs = dataclasses.replace(an_outcome(), error=0x14)
    ours = dataclasses.replace(an_outcome(), error=4)
    assert differences.explain(a_case(), theirs, ours) == ({"fetch_bit"}, set())
    ours.error = 6
    assert differences.explain(a_case(), theirs, ours)[1] == {"error"}


def test_pusha_is_forgiven_only_an_address_inside_its_eight_words() -> None:
    case = a_case("pusha", b"\x60")
    case.general = [0x20002010] * len(GENERAL)
    theirs = dataclasses.replace(an_outcome(), cr2=0x20001FFC)
    ours = dataclasses.replace(an_outcome(), cr2=0x20001FF0)
    assert differences.explain(case, theirs, ours) == ({"pusha_popa_order"}, set())
    ours.cr2 = 0x20001000
    assert differences.explain(case, theirs, ours)[1] == {"cr2"}


def test_the_readme_lists_every_named_difference() -> None:
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    rows = {line for line in text.splitlines() if line.startswith("| `")}
    assert rows == {f"| `{name}` | {allowance.__doc__} |" for name, allowance in differences.DIFFERENCES.items()}
