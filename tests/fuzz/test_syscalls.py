# SPDX-License-Identifier: GPL-2.0-only
"""A short slice of the random system calls; the long run is a command."""

import pytest
from tests.fuzz import syscalls
from tests.python.toolchain.programs import require_compiler


@pytest.mark.parametrize("seed", [1, 2])
def test_random_calls_of_a_guest_break_nothing(seed: int) -> None:
    require_compiler()
    syscalls.run(5000, seed, quiet=True)
