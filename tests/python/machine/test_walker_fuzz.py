# SPDX-License-Identifier: GPL-2.0-only
"""The Mmu against the second walker: a slice of the fuzz, and a look at whether it would notice."""

from tests.differential.walker import Access, Outcome, fuzz, plain_walk


def test_mmu_and_plain_walker_agree() -> None:
    seen, mismatches = fuzz(count=6_000, seed=1)
    assert mismatches == []
    # 1 cannot be: a supervisor's read is never denied by rights.
    assert set(seen) == {"ok", "bus_error", *(f"page_fault {error}" for error in (0, 2, 3, 4, 5, 6, 7))}


def test_the_same_seed_makes_the_same_accesses() -> None:
    assert fuzz(count=500, seed=7) == fuzz(count=500, seed=7)


def test_a_walker_without_write_protect_is_noticed() -> None:
    def wrong(ram: bytearray, access: Access) -> Outcome:
        return plain_walk(ram, Access(**{**vars(access), "cr0_wp": False}))

    assert fuzz(count=2_000, seed=1, walker=wrong)[1]


def test_a_walker_that_sets_no_dirty_bit_is_noticed() -> None:
    def wrong(ram: bytearray, access: Access) -> Outcome:
        reads = {**vars(access), "kind": "read"}
        outcome = plain_walk(ram, access) if access.kind != "write" else None
        return outcome or plain_walk(ram, Access(**reads))

    _, mismatches = fuzz(count=2_000, seed=1, walker=wrong)
    assert any(mismatch.ram_differs_at is not None for mismatch in mismatches)
