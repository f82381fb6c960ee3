# SPDX-License-Identifier: GPL-2.0-only
"""Each notebook runs from top to bottom without an error, needs no compiler, and is stored without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
SECONDS_A_CELL = 120

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def execute(notebook: NotebookNode, folder: Path) -> dict[str, str]:
    """Runs all cells in `folder`, in a process of their own; what each code cell shows as text, by the cell's id."""
    NotebookClient(notebook, timeout=SECONDS_A_CELL, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: "\n".join(map(_text, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}


def _text(output: NotebookNode) -> str:
    """A notebook shows HTML where there is some."""
    if output.output_type == "stream":
        return str(output.text)
    html = output.data.get("text/html")
    return re.sub(r"<[^>]*>", "", html) if html else str(output.data["text/plain"])


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("VMLAB_CC", raising=False)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.usefixtures("no_compiler")
@each_notebook
def test_every_cell_runs(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    shown = execute(notebook, tmp_path)
    assert shown
    errors = [cell.id for cell in notebook.cells for each in cell.get("outputs", ()) if each.get("name") == "stderr"]
    assert errors == []


@each_notebook
def test_it_is_stored_clean(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count is not None] == []
    assert "SPDX-License-Identifier: GPL-2.0-only" in notebook.cells[0].source


@pytest.mark.usefixtures("no_compiler")
def test_the_life_of_a_page_fault_shows_what_its_text_says(tmp_path: Path) -> None:
    (path,) = (path for path in NOTEBOOKS if path.stem == "life_of_a_page_fault")
    shown = execute(read(path), tmp_path)
    assert "0xbffff000" in shown["first-table"]
    assert shown["first-table"].count("present") == 1
    assert "error code 6" in shown["stop-at-fault"]
    assert "the table entry is not present" in shown["walk-before"]
    assert "mov byte ptr" in shown["resolved"]
    assert "a fresh frame, filled with zeros" in shown["resolved"]
    assert shown["diff"].count("0x") == 1
    assert r"its first byte is b'\x00'" in shown["frame"]
    assert r"the byte is b'\x01'" in shown["finish"]
    assert "accessed dirty" in shown["finish"]
    assert all(result in shown["by-result"] for result in ("copy_up", "page_in", "zero_fill"))
    assert "7: a write in user mode" in shown["copy"]


def test_an_error_in_a_cell_is_an_error_here(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in ("import vmlab", "vmlab.Lab(ram='no size')")]
    with pytest.raises(CellExecutionError, match="ValueError"):
        execute(nbformat.v4.new_notebook(cells=cells), tmp_path)
