# SPDX-License-Identifier: GPL-2.0-only
"""The modules of vmlab import each other in one direction only, also inside of functions; names for types aside."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "python" / "vmlab"


def imports_of(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that may run; what stands under `if TYPE_CHECKING` never does."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports_of(node)


def modules_named(node: ast.Import | ast.ImportFrom) -> list[str]:
    """What an import may bring in: of `from a import b` both a and a.b."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]


def import_graph(package: Path) -> dict[str, set[str]]:
    """Each module of a package with those of it that it imports; the package's own __init__ is left out."""
    paths = {path: path.relative_to(package.parent).with_suffix("").parts for path in package.rglob("*.py")}
    names = {path: ".".join(parts).removesuffix(".__init__") for path, parts in paths.items()}
    known = set(names.values()) - {package.name}
    graph = {}
    for path, name in names.items():
        if name in known:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            graph[name] = {found for node in imports_of(tree) for found in modules_named(node)} & known
    return graph


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = import_graph(PACKAGE)
    assert {"vmlab.event_log", "vmlab.views.fault"} <= graph["vmlab.events"]
    TopologicalSorter(graph).prepare()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    files = {
        "__init__.py": "from room.door import Door\n",
        "door.py": "from room import views\nfrom room.views.wall import Wall\n",
        "views/__init__.py": "",
        "views/wall.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.door import Door\n",
    }
    for name, text in files.items():
        path = tmp_path / "room" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "room"


def test_names_for_types_make_no_circle(package: Path) -> None:
    graph = import_graph(package)
    assert graph == {"room.door": {"room.views", "room.views.wall"}, "room.views": set(), "room.views.wall": set()}


@pytest.mark.parametrize("late", ["import room.door", "from room import door", "from room.door import Door"])
def test_an_import_inside_a_function_makes_a_circle(package: Path, late: str) -> None:
    with (package / "views" / "wall.py").open("a", encoding="utf-8") as wall:
        wall.write(f"def of(brick):\n    if brick:\n        {late}\n")
    with pytest.raises(CycleError):
        TopologicalSorter(import_graph(package)).prepare()
