# SPDX-License-Identifier: GPL-2.0-only
"""Sizes, addresses, and the engines' packages."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from vmlab import _core, engine
from vmlab.address import Address
from vmlab.errors import EngineError, Panic
from vmlab.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [(4096, 4096), ("4096", 4096), ("256 KiB", 256 << 10), ("1MiB", 1 << 20), (" 2 gib ", 2 << 30), (0, 0)],
)
def test_a_size_is_bytes_or_text(text: int | str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "KiB", "1 MB", "1.5 MiB", "-1 KiB", "1 KiB 2", "0x1000", "٣ KiB", -1])
def test_a_wrong_size_says_what_to_write(text: int | str) -> None:
    with pytest.raises(ValueError, match="256 KiB"):
        parse_size(text)


@pytest.mark.parametrize("thing", [None, 1.5, True, b"1 MiB"])
def test_what_is_no_size_at_all_is_a_type_error(thing: object) -> None:
    with pytest.raises(TypeError, match="256 KiB"):
        parse_size(thing)  # type: ignore[arg-type]


def test_an_address_is_an_int_shown_in_hex() -> None:
    address = Address(0x0804C123)
    assert (repr(address), str(address), f"{address}") == ("0x0804c123",) * 3
    assert (f"{address:08X}", address + 1, hash(address)) == ("0804C123", 0x0804C124, hash(0x0804C123))
    assert (address.page, address.offset) == (0x0804C000, 0x123)
    assert isinstance(address.page, Address)
    copy = pickle.loads(pickle.dumps(address))
    assert (copy, type(copy)) == (address, Address)


def test_the_engines_are_found_without_importing_them() -> None:
    for package, path in engine.engine_paths().items():
        assert path.is_file()
        assert package in path.name
    assert engine.engine_versions()["unicorn"].startswith("2.1.")
    assert engine.engine_libraries() is engine.engine_libraries()


def test_a_missing_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(found: Callable[[str], object], missing: object) -> Callable[[str], object]:
        def look(name: str) -> object:
            if name != "unicorn":
                return found(name)
            if isinstance(missing, type):
                raise missing
            return missing

        return look

    advice = r'python -m pip install "unicorn>=2\.1\.4,<2\.2"'
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", refuse(importlib.util.find_spec, None))
        with pytest.raises(EngineError, match=advice):
            engine.engine_paths()
    with monkeypatch.context() as patch:
        patch.setattr(
            importlib.metadata, "version", refuse(importlib.metadata.version, importlib.metadata.PackageNotFoundError)
        )
        with pytest.raises(EngineError, match=advice):
            engine.engine_libraries.__wrapped__()
    for wrong in ("2.0.1", "2.2.0", "2.1.3"):
        with monkeypatch.context() as patch:
            patch.setattr(importlib.metadata, "version", refuse(importlib.metadata.version, wrong))
            with pytest.raises(EngineError, match=f"unicorn {wrong} is installed, which is not supported"):
                engine.engine_versions()


def test_a_package_without_its_library_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: package)
    with pytest.raises(EngineError, match="has no library in"):
        engine.engine_paths()


def test_a_file_that_is_no_library_is_an_engine_error(tmp_path: Path) -> None:
    wrong = tmp_path / "libunicorn.so.2"
    wrong.write_bytes(b"not an ELF")
    with pytest.raises(EngineError, match="cannot open"):
        _core.open_engine_libraries(wrong, engine.engine_paths()["capstone"])


def test_a_bug_of_ours_is_a_panic_and_no_abort() -> None:
    machine = _core.MachineCore.scripted(8192, [])
    with pytest.raises(Panic, match="outside RAM"):
        machine.read_physical(8192, 1)
