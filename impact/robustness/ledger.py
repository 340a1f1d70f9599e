"""The file of a Monte Carlo run's finished draws, from which an interrupted run goes on."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.errors import DataError
from impact.language import Text
from impact.robustness.certification import DRAW_COLUMNS

Row = dict[str, Any]

_WHOLE = ("draw", "rows", "seed")
_TEXT = ("design", "strategy", "outcome", "variance", "warnings", "problem")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file of finished draws: read once, then only appended to.

    Attributes
    ----------
    design : str
        Fingerprint of all that determines a draw.
    path : Path or None
        Nothing is kept without one.
    """

    design: str
    path: Path | None

    def finished(self, draws: int) -> dict[int, list[Row]]:
        """Return the rows of every finished draw, and leave only those in the file."""
        if self.path is None or not self.path.exists():
            return {}
        text = self.path.read_text(encoding="utf-8")
        text = text[: text.rfind("\n") + 1]  # an interrupted write leaves half a line
        if not text:
            return {}
        found = [_read(row) for row in csv.DictReader(io.StringIO(text))]
        if any(tuple(row) != DRAW_COLUMNS or row["design"] != self.design for row in found):
            raise DataError(
                Text(
                    (
                        "{name} holds draws of another design: other strategies, variances, twin, seed, level or version. "
                        "Name another file, or remove this one."
                    ),
                    (
                        "{name} tiene sorteos de otro diseño: otras estrategias, varianzas, gemelo, semilla, nivel o "
                        "versión. Nombre otro archivo, o quite este."
                    ),
                    name=self.path.name,
                )
            )
        rows: dict[int, list[Row]] = {}
        for row in found:
            rows.setdefault(row["draw"], []).append(row)
        rows = {number: part for number, part in rows.items() if len(part) == part[0]["rows"]}
        self._rewrite(rows)
        return {number: part for number, part in rows.items() if number < draws}

    def append(self, rows: list[Row]) -> None:
        """Append the rows of one draw and see them to the disk."""
        if self.path is None:
            return
        is_new = not self.path.exists()
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(_as_csv(rows, header=is_new))
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, rows: dict[int, list[Row]]) -> None:
        if self.path is None:
            return
        text = _as_csv([row for part in rows.values() for row in part], header=True)
        beside = self.path.with_suffix(self.path.suffix + ".part")
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(self.path)


def _read(line: dict[str, str]) -> Row:
    """Return a line of the file with its numbers as numbers, to the last digit."""
    row: Row = dict(line)
    for name, text in line.items():
        if name in _WHOLE:
            row[name] = int(text)
        elif name not in _TEXT:
            row[name] = float(text)
    return row


def _as_csv(rows: list[Row], header: bool) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, DRAW_COLUMNS, restval="nan", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
