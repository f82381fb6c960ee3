# SPDX-License-Identifier: GPL-2.0-only
"""What the host's kernel does with the same i386 program is the truth for abi="linux"."""

from pathlib import Path

import pytest
from tests.python.linux.host import compile_program, require_native, run_here, run_natively

ENDINGS = (
    ("exit_300", 44),
    ("exit_group_minus_1", 255),
    ("read_null", 139),
    ("write_null", 139),
    ("write_constant", 139),
    ("write_code", 139),
    ("read_far", 139),
    ("jump_to_null", 139),
    ("divide_by_zero", 136),
    ("divide_overflow", 136),
    ("undefined_instruction", 132),
    ("halt", 139),
    ("in_port", 139),
    ("out_port", 139),
    ("clear_interrupts", 139),
    ("load_cr3", 139),
    ("breakpoint", 133),
    ("overflow_trap", 139),
    ("bound_trap", 139),
    ("interrupt_14", 139),
    ("interrupt_0x20", 139),
    ("bad_segment", 139),
    ("single_step", 133),
    ("x87_error", 136),
    ("past_the_file", 135),
    ("endless_recursion", 139),
    ("raise_abort", 134),
    ("blocked_term", 143),
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def two_roots(folder: Path) -> tuple[Path, Path]:
    """An empty directory for here, and one for the host."""
    here, native = folder / "here", folder / "native"
    here.mkdir()
    native.mkdir()
    return here, native


@pytest.mark.parametrize(("name", "status"), ENDINGS)
def test_each_ending_has_the_status_that_a_shell_shows(name: str, status: int, programs: Path, tmp_path: Path) -> None:
    here, _ = two_roots(tmp_path)
    assert run_here(compile_program("linux_endings", programs), [name], {}, b"", here).status == status


@pytest.mark.parametrize(("name", "status"), ENDINGS)
def test_each_ending_is_the_hosts(name: str, status: int, programs: Path, tmp_path: Path) -> None:
    require_native()
    here, native = two_roots(tmp_path)
    elf = compile_program("linux_endings", programs)
    expected = run_natively(elf, [name], {}, b"", native)
    assert expected.status == status
    assert run_here(elf, [name], {}, b"", here) == expected


def test_the_table_of_endings_is_complete(programs: Path, tmp_path: Path) -> None:
    listed = run_here(compile_program("linux_endings", programs), [], {}, b"", two_roots(tmp_path)[0])
    assert listed.stdout.decode().split() == [name for name, _ in ENDINGS]


@pytest.mark.parametrize(
    ("name", "args", "env", "stdin"),
    [
        ("linux_errors", [], {}, b"hello"),
        ("linux_memory", [], {}, b""),
        ("linux_start", [], {}, b""),
        ("linux_start", ["one", "", "three words here"], {"HOME": "/", "EMPTY": ""}, b"first\nsecond\n"),
        ("fork_memory", [], {}, b""),
        ("exec_chain", [], {}, b""),
        ("odd_programs", [], {}, b""),
        ("scripts", [], {}, b""),
        ("memory_advice", [], {}, b""),
        ("append", [], {}, b""),
        ("deep_paths", [], {}, b""),
        ("descriptors", [], {}, b""),
        ("directory_reading", [], {}, b""),
        ("fifo", [], {}, b""),
        ("file_modes", [], {}, b""),
        ("linking", [], {}, b""),
        ("locking", [], {}, b""),
        ("memory_files", [], {}, b""),
        ("open_flags", [], {}, b""),
        ("pipe_atomic", [], {}, b""),
        ("pipe_blocking", [], {}, b""),
        ("pipe_ends", [], {}, b""),
        ("pipe_signals", [], {}, b""),
        ("polling", [], {}, b""),
        ("renaming", [], {}, b""),
        ("selecting", [], {}, b""),
        ("truncation", [], {}, b""),
        ("vectors", [], {}, b""),
        ("signal_children", [], {}, b""),
        ("signal_frames", [], {}, b""),
        ("signal_rules", [], {}, b""),
        ("thread_areas", [], {}, b""),
        ("threads", [], {}, b""),
        ("append_race", [], {}, b""),
        ("argument_limits", [], {}, b""),
        ("clone_sharing", [], {}, b""),
        ("descriptor_chains", [], {}, b""),
        ("devices", [], {}, b""),
        ("directory_changes", [], {}, b""),
        ("exec_keeps", [], {}, b""),
        ("file_holes", [], {}, b""),
        ("fork_keeps", [], {}, b""),
        ("fork_mappings", [], {}, b""),
        ("futex_processes", [], {}, b""),
        ("futex_threads", [], {}, b""),
        ("interrupted_calls", [], {}, b""),
        ("made_timers", [], {}, b""),
        ("mapping_coherence", [], {}, b""),
        ("mapping_growth", [], {}, b""),
        ("orphaned_group", [], {}, b""),
        ("orphans", [], {}, b""),
        ("own_timers", [], {}, b""),
        ("pipeline_three", [], {}, b""),
        ("priorities", [], {}, b""),
        ("private_mappings", [], {}, b""),
        ("process_groups", [], {}, b""),
        ("robust_mutexes", [], {}, b""),
        ("signal_faults", [], {}, b""),
        ("signal_flags", [], {}, b""),
        ("signal_jumps", [], {}, b""),
        ("signal_order", [], {}, b""),
        ("signal_stacks", [], {}, b""),
        ("thread_ends", [], {}, b""),
        ("times_used", [], {}, b""),
        ("vfork_sharing", [], {}, b""),
        ("wait_options", [], {}, b""),
        ("wait_times", [], {}, b""),
        ("working_directory", [], {}, b""),
        ("yield_ping_pong", [], {}, b""),
        ("limit_address_space", [], {}, b""),
        ("limit_files", [], {}, b""),
        ("limit_rules", [], {}, b""),
        ("limit_stack", [], {}, b""),
        ("fault_counts", [], {}, b""),
        ("lock_all", [], {}, b""),
        ("memory_advice_rules", [], {}, b""),
        ("memory_break", [], {}, b""),
        ("memory_fixed", [], {}, b""),
        ("memory_flags", [], {}, b""),
        ("memory_grows_down", [], {}, b""),
        ("memory_nonlinear", [], {}, b""),
        ("memory_populate", [], {}, b""),
        ("memory_private_file", [], {}, b""),
        ("memory_remap", [], {}, b""),
        ("memory_seals", [], {}, b""),
        ("memory_shared_fork", [], {}, b""),
        ("proc_listing", [], {}, b""),
        ("proc_pagemap", [], {}, b""),
        ("proc_status", [], {}, b""),
        ("process_vm", [], {}, b""),
        ("shared_segment_rules", [], {}, b""),
        ("shared_segments", [], {}, b""),
        ("cpu_limit", [], {}, b""),
        ("exec_places", [], {}, b""),
        ("futex_owners", [], {}, b""),
        ("locking_owners", [], {}, b""),
        ("message_queues", [], {}, b""),
        ("nameless_files", [], {}, b""),
        ("open_places", [], {}, b""),
        ("proc_ipc", [], {}, b""),
        ("semaphore_waits", [], {}, b""),
        ("semaphores", [], {}, b""),
        ("transfer_flags", [], {}, b""),
        ("capabilities", [], {}, b""),
        ("close_range", [], {}, b""),
        ("execution_domain", [], {}, b""),
        ("extended_attributes", [], {}, b""),
        ("file_advice", [], {}, b""),
        ("file_allocation", [], {}, b""),
        ("file_copies", [], {}, b""),
        ("identity", [], {}, b""),
        ("scheduling", [], {}, b""),
        ("event_sets", [], {}, b""),
        ("timer_files", [], {}, b""),
        ("socket_blocking", [], {}, b""),
        ("socket_corners", [], {}, b""),
        ("socket_messages", [], {}, b""),
        ("socket_names", [], {}, b""),
        ("socket_pairs", [], {}, b""),
        ("linux_start", ["x" * 5000] * 20, {"LONG": "y" * 100_000}, b""),
    ],
)
def test_output_and_status_are_the_hosts(
    name: str, args: list[str], env: dict[str, str], stdin: bytes, programs: Path, tmp_path: Path
) -> None:
    require_native()
    here, native = two_roots(tmp_path)
    elf = compile_program(name, programs)
    expected = run_natively(elf, args, env, stdin, native)
    result = run_here(elf, args, env, stdin, here)
    assert result.stdout.decode().splitlines() == expected.stdout.decode().splitlines()
    assert result == expected
