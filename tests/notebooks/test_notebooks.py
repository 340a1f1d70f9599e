"""Every notebook runs from top to bottom, carries the outputs of a real run, and says what its text source says."""

import re
import shutil
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TRANSLATED = {"01_evaluar_alianzas", "05_su_propia_encuesta", "07_panel_par2"}
"""Notebooks whose English twin runs in the quick suite with the same code."""


def test_notebooks_are_there():
    assert {path.stem[:2] for path in NOTEBOOKS} == {f"{number:02d}" for number in range(1, 11)}
    assert {path.stem for path in NOTEBOOKS} >= TRANSLATED
    assert {path.stem for path in FOLDER.glob("*.py")} == {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_and_text_source_agree(path):
    notebook, source = nbformat.read(path, as_version=4), jupytext.read(path.with_suffix(".py"))
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_does_not_say_when_it_ran(path):
    """``python -m tests.notebooks.run NAME`` writes none: a run that changes nothing changes no file."""
    assert not [cell for cell in nbformat.read(path, as_version=4).cells if "execution" in cell.metadata]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_carries_the_outputs_of_a_run(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum(bool(cell.outputs) for cell in code) > len(code) / 2
    assert any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    assert not any(
        output.output_type == "error" or output.get("name") == "stderr"
        for cell in code
        for output in cell.outputs
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] if path.stem in TRANSLATED else [], id=path.stem)
        for path in NOTEBOOKS
    ],
)
def test_notebook_runs(path, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "notebooks", ignore=shutil.ignore_patterns("*.ipynb", "*.csv"))
    notebook = jupytext.read(tmp_path / "notebooks" / f"{path.stem}.py")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path / "notebooks")}}
    ).execute()
    shown, committed = _numbers_shown(notebook), _numbers_shown(nbformat.read(path, as_version=4))
    assert len(shown) > 50
    # Half a unit of the last figure shown: another processor may round the other way.
    assert shown == pytest.approx(committed, rel=5e-3, abs=0.011)


def _numbers_shown(notebook):
    """The numbers of the text outputs: a committed notebook must show what a run shows today."""
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" not in output.get("data", {})
    ]
    return [
        float(number.replace(",", "")) for text in texts for number in re.findall(r"-?\d[\d,]*\.?\d*", text)
    ]
