"""package(): one folder with which others make the same numbers again."""

from __future__ import annotations

import os
import platform
import time
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.evaluation.configuration import read_configuration
from impact.evaluation.evaluation import Evaluation
from impact.evaluation.replication.deidentified import Deidentified, deidentified
from impact.evaluation.replication.environment import copy_code, requirements, write_sums
from impact.evaluation.replication.exhibits import exhibit_map
from impact.evaluation.replication.fresh import FRESH, rerun
from impact.evaluation.replication.numbers import changed_numbers, in_text, numbers_of
from impact.evaluation.replication.readme import Facts, readme
from impact.evaluation.replication.reproduce import EXPECTED, Reproduction, write_comparison
from impact.evaluation.replication.settings import DATA, SCHEMA, packed_settings, schema_file
from impact.evaluation.replication.survey_files import survey_files
from impact.evaluation.replication.written_files import write_survey_file
from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate
from impact.language import Text, spoken
from impact.report.publish import publish
from impact.views import html_view

_HELD = Text(
    "{exhibits} {exhibits:exhibit|exhibits}; {moved} {moved:number differs|numbers differ} from those of the original data",
    "{exhibits} {exhibits:cuadro o gráfico|cuadros y gráficos}; {moved} {moved:número difiere|números difieren} de los de los datos "
    "originales",
)
_DOUBTFUL = Text("decide before publishing: {columns}", "decida antes de publicar: {columns}")

_MAIN = '''"""Every table, figure and number of the report again from the data, each number compared: python main.py"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "code"))

import impact as im

if __name__ == "__main__":
    again = im.reproduce(HERE)
    print("\\n".join(again.lines))
    sys.exit(0 if again.same else 1)
'''


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReproductionPackage:
    """A package as it was written.

    Attributes
    ----------
    path : pathlib.Path
    frame : DataFrame
        The exhibits: number, caption, section, files, code, settings.
    data : Deidentified
        What was left out, recoded, and what somebody has to decide on.
    moved : DataFrame
        Numbers that differ between the original and the de-identified data.
    rerun : Reproduction or None
        What the rerun in a fresh environment found; None where none was asked for.

    Examples
    --------
    What ``im.package("evaluation.toml")`` returns; here one without exhibits:

    >>> import pathlib, pandas as pd, impact as im
    >>> from impact.evaluation.replication.deidentified import Deidentified
    >>> data = Deidentified(files=(), left_out=("telefono",), recoded=("cedula",), doubtful=("comunidad",), alone=0)
    >>> again = im.Reproduction(pd.DataFrame(), numbers=512)
    >>> im.ReproductionPackage(pathlib.Path("evaluation-package"), pd.DataFrame(), data, pd.DataFrame(), again)
    0 exhibits; 0 numbers differ from those of the original data
    decide before publishing: comunidad
    512 numbers compared: 0 changed.
    evaluation-package
    """

    path: Path
    frame: pd.DataFrame
    data: Deidentified
    moved: pd.DataFrame
    rerun: Reproduction | None

    def __repr__(self) -> str:
        lines = [spoken(_HELD.with_values(exhibits=len(self.frame), moved=len(self.moved)))]
        if self.data.doubtful:
            lines.append(spoken(_DOUBTFUL.with_values(columns=", ".join(self.data.doubtful))))
        if self.rerun is not None:
            lines += self.rerun.lines
        return "\n".join([*lines, str(self.path)])

    def _repr_html_(self) -> str:
        return html_view(self.frame, notes=repr(self).splitlines())


def package(
    path: str | Path,
    out: str | Path | None = None,
    accept: Collection[str] = (),
    fresh: str = "process",
) -> ReproductionPackage:
    """Write a reproduction package of an evaluation, run it in a fresh environment, and compare every number.

    Parameters
    ----------
    path : path
        An ``evaluation.toml``. What its ``[package]`` says (authors, contact, paper, provenance, …) goes to the README.
    out : path, optional
        A new or empty folder; by default ``<name>-package`` beside the configuration.
    accept : collection of str
        Rules of the data whose breaches are lived with, as in ``im.evaluate``.
    fresh : {"process", "venv", "no"}
        Where it is run again: in a process that sees the package's own code alone, in a new virtual environment whose libraries
        pip installs in the versions pinned, or nowhere.

    Returns
    -------
    ReproductionPackage
        ``.rerun.same``, and in ``.rerun.frame`` every number that changed.

    Raises
    ------
    OptionError
        The configuration is wrong, or the folder holds something.
    SurveyRefusedError, DataError
        As in ``im.evaluate``.

    Notes
    -----
    The folder holds ``main.py``, ``README.md``, ``evaluation.toml``, ``data``, ``code``, ``environment``, ``report``, ``expected``,
    ``exhibits.csv``, ``numbers_in_text.csv`` and ``SHA256SUMS``. Data keep only the columns that the configuration names; codes of units
    and groups are new. The report in it is made from these data.

    Examples
    --------
    A package is made and rerun in about a minute. What a folder holds already is left alone:

    >>> import pathlib, tempfile, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "thesis.docx").write_text("mine")
    >>> try:
    ...     package = im.package("evaluation.toml", out=folder)
    ... except im.OptionError as problem:
    ...     print(str(problem).partition(";")[0])
    out must be a new or empty folder
    """
    file = Path(path)
    checks.one_of("fresh", fresh, FRESH)
    folder = _new_folder(file.with_name(f"{file.stem}-package") if out is None else Path(out))
    original = evaluate(file, accept).findings
    published = numbers_of(report_contents(original))
    data = _write_data(file, folder, accept)
    started = time.perf_counter()
    evaluation = evaluate(folder / "evaluation.toml")
    contents = report_contents(evaluation.findings)
    publish(contents, folder / "report")
    seconds = time.perf_counter() - started
    numbers = numbers_of(contents)
    moved = changed_numbers(published, numbers)
    exhibits = exhibit_map(contents, evaluation.findings)
    quoted = in_text(numbers, contents)
    facts = Facts(
        data,
        original.data,
        exhibits,
        len(quoted),
        len(numbers),
        moved,
        requirements(),
        platform.python_version(),
        _machine(),
        seconds,
    )
    exhibits.to_csv(folder / "exhibits.csv", index=False, encoding="utf-8-sig")
    quoted.to_csv(folder / "numbers_in_text.csv", index=False, encoding="utf-8-sig")
    write_comparison(numbers, folder / EXPECTED)
    _write_rest(folder, evaluation, facts)
    return ReproductionPackage(folder, exhibits, data, moved, rerun(folder, fresh))


def _new_folder(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OptionError(
            Text(
                "out must be a new or empty folder; {folder!r} holds something, which is left alone. Pass another path.",
                "out debe ser una carpeta nueva o vacía; {folder!r} tiene algo, que no se toca. Indique otra ruta.",
                folder=str(folder),
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_data(file: Path, folder: Path, accept: Collection[str]) -> Deidentified:
    """Write the de-identified data and the settings that name them."""
    text = file.read_text(encoding="utf-8-sig")
    values, home = tomllib.loads(text), file.parent
    configuration = read_configuration(file)
    files = survey_files(configuration, values, home)
    data = deidentified(files, configuration, values)
    (folder / DATA).mkdir()
    for one in data.files:
        write_survey_file(one, folder / DATA)
    descriptor = schema_file(values, home)
    if descriptor is not None:
        (folder / SCHEMA).mkdir()
        (folder / SCHEMA / descriptor.name).write_bytes(descriptor.read_bytes())
    settings = packed_settings(text, files, home, accept)
    (folder / "evaluation.toml").write_text(settings, encoding="utf-8")
    return data


def _write_rest(folder: Path, evaluation: Evaluation, facts: Facts) -> None:
    """Write the main script, the code, the versions and the README, and last the fingerprints of everything."""
    (folder / "main.py").write_text(_MAIN, encoding="utf-8")
    copy_code(folder / "code")
    (folder / "environment").mkdir()
    pinned = "\n".join(f"{name}=={version}" for name, version in facts.libraries.items())
    (folder / "environment" / "requirements.txt").write_text(pinned + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(evaluation, facts), encoding="utf-8")
    write_sums(folder)


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU"
