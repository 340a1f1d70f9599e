"""The file of a Monte Carlo run's finished draws, from which an interrupted run goes on."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.errors import DataError
from impact.language import Text
from impact.robustness.certification import DRAW_COLUMNS
from impact.robustness.finished import kept_at

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
        """Return the rows of every finished draw, and leave only those in the file; raise where further ones could not be kept."""
        if self.path is None:
            return {}
        with kept_at(self.path):
            kept = self._rows() if self.path.exists() else {}
            if any(number not in kept for number in range(draws)):
                self.path.open("a").close()
        return {number: part for number, part in kept.items() if number < draws}

    def _rows(self) -> dict[int, list[Row]]:
        """Return the rows of finished draws; an interrupted write leaves others, or half a line."""
        content = self._path.read_bytes()
        lines = content[: content.rfind(b"\n") + 1].decode(errors="replace")
        reader = csv.DictReader(io.StringIO(lines))
        if lines and tuple(reader.fieldnames or ()) != DRAW_COLUMNS:
            raise self._of_another_design()
        if not lines and not _HEADER.encode().startswith(content):
            raise self._of_another_design()
        rows: dict[int, list[Row]] = {}
        for line in reader:
            row = _read(line)
            if row is not None and row["design"] != self.design:
                raise self._of_another_design()
            if row is not None:
                rows.setdefault(row["draw"], []).append(row)
        finished = {number: part for number, part in rows.items() if len(part) == part[0]["rows"]}
        if finished != rows or _as_csv(finished.values()).encode() != content:
            self._rewrite(finished)
        return finished

    def _of_another_design(self) -> DataError:
        return DataError(
            Text(
                (
                    "{name} holds draws of another design: other strategies, variances, twin, seed, level or version. "
                    "Name another file, or remove this one."
                ),
                (
                    "{name} tiene sorteos de otro diseño: otras estrategias, varianzas, gemelo, semilla, nivel o "
                    "versión. Nombre otro archivo, o quite este."
                ),
                name=self._path.name,
            )
        )

    @property
    def _path(self) -> Path:
        assert self.path is not None  # nothing is read or written without one
        return self.path

    def append(self, rows: list[Row]) -> None:
        """Append the rows of one draw and see them to the disk."""
        if self.path is None:
            return
        with kept_at(self.path), self.path.open("ab") as file:
            text = _as_csv([rows]) if file.tell() == 0 else _as_csv([rows], header=False)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, rows: dict[int, list[Row]]) -> None:
        beside = self._path.with_suffix(self._path.suffix + ".part")
        try:
            beside.write_text(_as_csv(rows.values()), encoding="utf-8", newline="")
            beside.replace(self._path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def _read(line: dict[str, str]) -> Row | None:
    """Return a line of the file with its numbers as numbers, to the last digit; None where it is damaged."""
    row: Row = dict(line)
    try:
        for name, text in line.items():
            if name in _WHOLE:
                row[name] = int(text)
            elif name not in _TEXT:
                row[name] = float(text)
    except (TypeError, ValueError):  # fields are missing, or are no numbers
        return None
    return row


def _as_csv(draws: Iterable[list[Row]], header: bool = True) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, DRAW_COLUMNS, restval="nan", lineterminator="\n")
    if header:
        writer.writeheader()
    for rows in draws:
        writer.writerows(rows)
    return text.getvalue()


_HEADER = _as_csv([])
