"""A package run where nothing of the author's session is: another process, another folder, other libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

from impact import checks
from impact.errors import EstimationError
from impact.evaluation.configuration import read_configuration
from impact.evaluation.replication.reproduce import EXPECTED, OUTPUT, Reproduction, read_numbers
from impact.language import Text
from impact.owned_folder import temporary_folder

FRESH = ("process", "venv", "no")
_PASSED_ON = (
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "HOME",
    "LANG",
    "LC_ALL",
    "PIP_INDEX_URL",
    "PIP_CACHE_DIR",
)
"""What of the surroundings the new process sees; not PYTHONPATH, not the author's settings."""
_RAN = (0, 1)
"""Exit codes of a main script that came to its end: every number the same, or not."""


def rerun(package: Path, fresh: str) -> Reproduction | None:
    """Run a package in a copy of its folder and return what it found.

    Parameters
    ----------
    package : pathlib.Path
    fresh : {"process", "venv", "no"}

    Raises
    ------
    EstimationError
        The main script broke off; its last lines are in the message.
    """
    checks.one_of("fresh", fresh, FRESH)
    if fresh == "no":
        return None
    with temporary_folder("impact-rerun-") as place:
        copy = place / "package"
        shutil.copytree(package, copy)
        python = sys.executable if fresh == "process" else _environment(place, copy)
        _run([python, "-I", "main.py"], copy)
        numbers = read_numbers(copy / EXPECTED)
        changed = pd.read_csv(
            copy / OUTPUT / "changed.csv", keep_default_na=False, dtype=str, encoding="utf-8"
        )
    language = read_configuration(package / "evaluation.toml").language
    return Reproduction(changed, len(numbers), (), language)


def _environment(place: Path, package: Path) -> str:
    """Return the Python of a new virtual environment with the libraries of the package."""
    folder = place / "venv"
    _run([sys.executable, "-m", "venv", str(folder)], package)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    _run([python, "-m", "pip", "install", "--quiet", "-r", "environment/requirements.txt"], package)
    return python


def _run(command: list[str], folder: Path) -> None:
    surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    script = command[-1] == "main.py"
    finished = script and (folder / OUTPUT / "changed.csv").is_file()
    if done.returncode not in (_RAN if finished else (0,)):
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise EstimationError(
            Text(
                "{command} broke off in the fresh environment:\n{last}",
                "{command} se interrumpió en el entorno nuevo:\n{last}",
                command=" ".join(command[1:]),
                last=last,
            )
        )
