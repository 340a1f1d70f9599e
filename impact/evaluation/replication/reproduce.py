"""reproduce(): the numbers of a package made again and compared, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from impact.errors import DataError
from impact.evaluation.replication.environment import SUMS, altered_files
from impact.evaluation.replication.numbers import changed_numbers, numbers_of
from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate
from impact.language import Text
from impact.report.publish import publish
from impact.views import html_view

EXPECTED = "expected/numbers.csv"
OUTPUT = "output"
_HEAD = Text(
    "{numbers} {numbers:number|numbers} compared: {changed} changed.",
    "{numbers} {numbers:número comparado|números comparados}: {changed} {changed:cambió|cambiaron}.",
    numbers=0,
    changed=0,
)
_CHANGED = Text(
    "{exhibit}, {row}, {column}: {expected} became {found}",
    "{exhibit}, {row}, {column}: {expected} pasó a {found}",
    exhibit="",
    row="",
    column="",
    expected="",
    found="",
)
_ALTERED = Text("Not the file that was packed: {name}", "No es el archivo que se empaquetó: {name}", name="")
_NOTHING = Text("nothing", "nada")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reproduction:
    """What became of a package's numbers when they were made again.

    Attributes
    ----------
    frame : DataFrame
        One row per changed number: where, exhibit, row, column, part, expected, found, value_expected, value_found.
    numbers : int
        How many were compared.
    altered : tuple of str
        Files that are not what was packed.
    language : str

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> columns = ["where", "exhibit", "row", "column", "part", "expected", "found", "value_expected", "value_found"]
    >>> im.Reproduction(pd.DataFrame(columns=columns), numbers=512).same
    True
    >>> changed = ["table", "Table 1", "income", "4-NN", "estimate", "5.0", "5.1", 5.0, 5.1]
    >>> again = im.Reproduction(pd.DataFrame([changed], columns=columns), numbers=512)
    >>> again.same, again.lines
    (False, ['512 numbers compared: 1 changed.', 'Table 1, income, 4-NN: 5.0 became 5.1'])
    """

    frame: pd.DataFrame
    numbers: int
    altered: tuple[str, ...] = ()
    language: str = "en"

    @property
    def same(self) -> bool:
        """Whether every number is the same and every file is as it was packed."""
        return self.frame.empty and not self.altered

    @property
    def lines(self) -> list[str]:
        """What was found, a line each: how many numbers, then every change by its name."""
        head = _HEAD.with_values(numbers=self.numbers, changed=len(self.frame)).to(self.language)
        altered = [_ALTERED.with_values(name=name).to(self.language) for name in self.altered]
        return [head, *altered, *(self._line(row) for row in self.frame.to_dict("records"))]

    def _line(self, row: dict[Any, Any]) -> str:
        nothing = _NOTHING.to(self.language)
        values = {name: str(row[name]) for name in ("exhibit", "row", "column", "expected", "found")}
        shown = {name: values[name] or nothing for name in ("expected", "found")}
        if shown["expected"] == shown["found"]:  # they differ beyond the printed digits
            shown = {name: repr(row[f"value_{name}"]) for name in ("expected", "found")}
        return _CHANGED.with_values(**(values | shown)).to(self.language)

    def __repr__(self) -> str:
        shown = self.lines
        return "\n".join(shown if len(shown) <= 40 else [*shown[:40], f"… {len(shown) - 40}"])

    def _repr_html_(self) -> str:
        return html_view(self.frame, notes=self.lines[: 1 + len(self.altered)])


def reproduce(folder: str | Path) -> Reproduction:
    """Make the numbers of a reproduction package again and compare every one.

    Parameters
    ----------
    folder : path
        A package of ``im.package``. The new report goes to ``output`` in it, the comparison to ``output/changed.csv``.

    Returns
    -------
    Reproduction
        ``.same``, and every changed number by table, row and column.

    Raises
    ------
    DataError
        The folder is no package.

    Notes
    -----
    Numbers of tables are compared in full, to one part in a million; numbers of text as they are printed.

    Examples
    --------
    ``im.reproduce("evaluation-package").same`` says whether every number came again. A folder that is no package is refused:

    >>> import tempfile, impact as im
    >>> try:
    ...     im.reproduce(tempfile.mkdtemp())
    ... except im.DataError as problem:
    ...     print(str(problem).partition(": ")[2])
    it must hold expected/numbers.csv and SHA256SUMS. Make one with impact package evaluation.toml.
    """
    package = Path(folder)
    if not (package / EXPECTED).is_file() or not (package / SUMS).is_file():
        raise DataError(
            Text(
                (
                    "{package!r} is no reproduction package: it must hold {expected} and {sums}. Make one with impact "
                    "package evaluation.toml."
                ),
                (
                    "{package!r} no es un paquete de reproducción: debe tener {expected} y {sums}. Haga uno con impact "
                    "package evaluation.toml."
                ),
                package=str(package),
                expected=EXPECTED,
                sums=SUMS,
            )
        )
    altered = altered_files(package)
    expected = read_numbers(package / EXPECTED)
    evaluation = evaluate(package / "evaluation.toml")
    contents = report_contents(evaluation.findings)
    found = numbers_of(contents)
    publish(contents, package / OUTPUT)
    result = Reproduction(
        changed_numbers(expected, found), len(expected), tuple(altered), contents.language.code
    )
    result.frame.to_csv(package / OUTPUT / "changed.csv", index=False, encoding="utf-8")
    return result


def read_numbers(path: Path) -> pd.DataFrame:
    """Return the numbers of a report as they were written, texts as texts."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return frame.assign(value=pd.to_numeric(frame["value"], errors="coerce"))


def write_comparison(numbers: pd.DataFrame, path: Path) -> None:
    """Write the numbers of a report, all digits kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
