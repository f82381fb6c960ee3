# SPDX-License-Identifier: GPL-2.0-only
"""Every package that vmlab needs at run time has a licence that may be combined with GPL-2.0-only."""

import importlib.metadata
import re
from email.message import Message
from importlib.metadata import PackageMetadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# SPDX names that the GPL, version 2 alone, may be combined with. Apache-2.0 and GPL-3.0 are not among them.
FITTING = {
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "MIT",
    "PSF-2.0",
    "Unlicense",
}

# What the older metadata fields say, in SPDX names.
CLASSIFIERS = {
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: Public Domain": "Unlicense",
}

# Where the metadata is wrong: what it says, and what the project's own licence file says.
CORRECTIONS = {
    # The Python binding's metadata names the BSD licence, but the library in the wheel is Unicorn itself, a derivative
    # of QEMU under GPL version 2 (COPYING in its source; QEMU's parts allow no other).
    "unicorn": ("BSD-3-Clause", "GPL-2.0-only"),
}


class UnknownLicenceError(Exception):
    """The metadata does not say the licence in a form that this test knows."""


def licence_of(name: str, metadata: PackageMetadata) -> str:
    """The SPDX expression of a package's licence, corrected where its metadata is known to be wrong."""
    stated = metadata.get("License-Expression")
    if stated is None:
        classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
        if not classifiers or not all(c in CLASSIFIERS for c in classifiers):
            raise UnknownLicenceError(f"{name}: {classifiers or metadata.get('License')}")
        stated = " AND ".join(sorted(CLASSIFIERS[c] for c in classifiers))
    wrong, right = CORRECTIONS.get(canonicalize_name(name), (stated, stated))
    if stated != wrong:
        raise UnknownLicenceError(f"{name} now says {stated}: look again whether CORRECTIONS still holds")
    return right


def fits(expression: str) -> bool:
    """Whether an SPDX expression allows combination with GPL-2.0-only: any side of OR, every side of AND."""
    while inner := re.search(r"\(([^()]*)\)", expression):
        expression = f"{expression[: inner.start()]}{fits(inner[1])}{expression[inner.end() :]}"
    sides = [side.split(" AND ") for side in expression.split(" OR ")]
    return any(all(term.strip() in FITTING | {"True"} for term in side) for side in sides)


def core_dependencies() -> set[str]:
    """The distributions that a plain `pip install vmlab` brings, transitively."""
    reached: set[str] = set()
    todo = ["vmlab"]
    while todo:
        for text in importlib.metadata.requires(todo.pop()) or []:
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and name not in reached:
                reached.add(name)
                todo.append(name)
    return reached


def metadata_of(*headers: tuple[str, str]) -> PackageMetadata:
    message = Message()
    for key, value in headers:
        message[key] = value
    return message  # type: ignore[return-value]


def test_the_walk_reaches_the_engines_and_what_they_bring() -> None:
    assert {"unicorn", "capstone", "pyelftools", "rich", "typer", "markdown-it-py"} <= core_dependencies()


@pytest.mark.parametrize("name", sorted(core_dependencies()))
def test_core_dependency_fits(name: str) -> None:
    licence = licence_of(name, importlib.metadata.metadata(name))
    assert fits(licence), f"{name} is under {licence}"


def test_our_own_licence_is_stated() -> None:
    metadata = importlib.metadata.metadata("vmlab")
    assert metadata["License-Expression"] == "GPL-2.0-only"
    files = importlib.metadata.files("vmlab") or []
    texts = {f.as_posix(): f.read_text() for f in files if f.name == "LICENSE" and "licenses" in f.parts}
    assert any("GNU GENERAL PUBLIC LICENSE" in text and "Version 2" in text for text in texts.values())
    assert any("guest" in name and "Zero-Clause BSD" in text for name, text in texts.items())


@pytest.mark.parametrize("expression", ["MIT", "MIT OR Apache-2.0", "MIT AND (PSF-2.0 OR Apache-2.0)", "GPL-2.0-only"])
def test_fitting_expression(expression: str) -> None:
    assert fits(expression)


@pytest.mark.parametrize("expression", ["Apache-2.0", "MIT AND Apache-2.0", "MIT AND (PHP-3.0 OR GPL-3.0)", "ask me"])
def test_unfitting_expression(expression: str) -> None:
    assert not fits(expression)


def test_unknown_licence_is_refused() -> None:
    with pytest.raises(UnknownLicenceError):
        licence_of("mystery", metadata_of(("Name", "mystery"), ("License", "ask me")))
    with pytest.raises(UnknownLicenceError):
        licence_of("mystery", metadata_of(("Classifier", "License :: Other/Proprietary License")))


def test_a_correction_must_be_looked_at_again_when_the_metadata_changes() -> None:
    with pytest.raises(UnknownLicenceError):
        licence_of("unicorn", metadata_of(("License-Expression", "Apache-2.0")))
