"""Run notebooks from their text sources and keep the outputs, without time stamps: a run that changes nothing changes no file.

python -m tests.notebooks.run 01_par1_evaluation 07_par2_panel
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"


def run(name: str) -> Path:
    """Execute a notebook's source in a fresh kernel, and write its pair with the outputs."""
    notebook = jupytext.read(FOLDER / f"{name}.py")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(
        notebook, timeout=600, record_timing=False, resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    return written(notebook, FOLDER / f"{name}.ipynb")


def written(notebook: nbformat.NotebookNode, path: Path) -> Path:
    """Write a notebook without when its cells ran, and with cells numbered in their order."""
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        cell["id"] = f"cell-{number:03d}"
    nbformat.write(notebook, path)
    return path


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER.parent), os.environ.get("PYTHONPATH", "")])
    for given in sys.argv[1:]:
        print(run(Path(given).stem))
