# SPDX-License-Identifier: GPL-2.0-only
"""The two engines: where the installed packages keep their libraries, and the libraries opened.

The packages are located, never imported: importing them costs more than starting a machine.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from vmlab import _core
from vmlab.errors import EngineError

__all__ = ["engine_libraries", "engine_paths", "engine_versions"]

_REQUIREMENTS = {"unicorn": "unicorn>=2.1.4,<2.2", "capstone": "capstone>=5.0.9,<6"}


def engine_paths() -> dict[str, Path]:
    """The shared library of each engine, by package; EngineError says what to install."""
    return {package: _library(package) for package in _REQUIREMENTS}


def engine_versions() -> dict[str, str]:
    """The version of each engine's package, as it says itself."""
    return {package: _version(package) for package in _REQUIREMENTS}


@functools.cache
def engine_libraries() -> _core.EngineLibraries:
    """Both libraries, opened and checked once a process; EngineError says what to install."""
    for package in _REQUIREMENTS:
        _version(package)
    paths = engine_paths()
    return _core.open_engine_libraries(paths["unicorn"], paths["capstone"])


def _library(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    folders = [Path(folder) / "lib" for folder in (spec.submodule_search_locations or ())] if spec else []
    if not folders:
        raise _missing(package, f"the package {package} is not installed")
    for folder in folders:
        for library in _libraries_in(folder, package):
            return library
    raise _missing(package, f"the package {package} has no library in {folders[0]}")


def _libraries_in(folder: Path, package: str) -> Iterable[Path]:
    patterns = (f"lib{package}.so*", f"lib{package}*.dylib", f"{package}.dll")
    return (path for pattern in patterns for path in sorted(folder.glob(pattern)))


def _version(package: str) -> str:
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise _missing(package, f"the package {package} is not installed") from None
    if not _fits(package, version):
        raise _missing(package, f"{package} {version} is installed, which is not supported")
    return version


def _fits(package: str, version: str) -> bool:
    lowest, above = (part.strip("<>=") for part in _REQUIREMENTS[package].removeprefix(package).split(","))
    return _numbers(lowest) <= _numbers(version) < _numbers(above)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _missing(package: str, what: str) -> EngineError:
    return EngineError(f'{what}; install it with: python -m pip install "{_REQUIREMENTS[package]}"')
