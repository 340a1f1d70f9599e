"""The list of what stops an evaluation: by rule, table, group and row, all of a survey's problems at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.files.read import SurveyTable
from impact.survey.files.workbook import write_workbook
from impact.survey.quality.concern import RULES as QUALITY_RULES
from impact.survey.quality.concern import Concern
from impact.survey.validation.violation import MASK, as_written
from impact.survey.validation.violation import RULES as SCHEMA_RULES

RULES: Mapping[str, Text] = {**SCHEMA_RULES, **QUALITY_RULES}
_HEAD = Text(
    "The data break {count} rules; nothing was estimated. Mend them, or live with one by name (accept).",
    "Los datos no cumplen {count} reglas; no se estimó nada. Corríjalas, o acepte una por su nombre (accept).",
)
_HEAD_ONE = Text(
    "The data break a rule; nothing was estimated. Mend it, or live with it by name (accept).",
    "Los datos no cumplen una regla; no se estimó nada. Corríjala, o acéptela por su nombre (accept).",
)
_HEADINGS = (
    Text("Rule", "Regla"),
    Text("Name for accept", "Nombre para aceptar"),
    Text("Table", "Tabla"),
    Text("Column", "Columna"),
    Text("Row", "Fila"),
    Text("Value", "Valor"),
    Text("Group or record", "Grupo o registro"),
    Text("What was found", "Qué se encontró"),
    Text("What to do", "Qué hacer"),
)
_SHOWN = 5
_GROUPS_SHOWN = 20
_MORE = Text("and {count} more", "y {count} más", count=0)


class SurveyRefusedError(DataError):
    """The data break rules that stop an evaluation.

    Attributes
    ----------
    concerns : tuple of Concern

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1], "age": ["30", "41", "NS/NR", "35"]})
    >>> try:
    ...     im.Sample.from_tables(frame, "treated", ["age"])
    ... except im.SurveyRefusedError as refused:
    ...     print([(concern.rule, concern.column) for concern in refused.concerns])
    [('stray_text', 'age')]
    """

    concerns: tuple[Concern, ...]

    def __init__(
        self,
        concerns: Sequence[Concern],
        tables: Mapping[str, SurveyTable] | None = None,
        language: str = "en",
        masked: Collection[str] = (),
    ) -> None:
        self.concerns = tuple(concerns)
        self._tables, self._language, self._masked = dict(tables or {}), language, frozenset(masked)
        head = _HEAD_ONE if len(concerns) == 1 else _HEAD.with_values(count=len(concerns))
        super().__init__(
            "\n".join(
                [head.to(language), *(_line(concern, language, self._first(concern)) for concern in concerns)]
            )
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error pass to another process."""
        return type(self), (self.concerns, self._tables, self._language, self._masked)

    def _first(self, concern: Concern) -> int:
        """Return the number that the file's own program gives the first record."""
        table = self._tables.get(concern.table)
        return 1 if table is None else table.first_row

    def to_excel(self, path: str | Path) -> None:
        """Write the list as a workbook, one line per cell concerned."""
        language = self._language
        title = Text("Problems", "Problemas").to(language)
        write_workbook(path, [(title, [heading.to(language) for heading in _HEADINGS], self._rows())])

    def _rows(self) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for concern in self.concerns:
            table = self._tables.get(concern.table)
            head = (RULES[concern.rule].to(self._language), concern.rule, concern.table, concern.column)
            tail = (concern.problem.to(self._language), concern.remedy.to(self._language))
            if not len(concern.rows):
                rows.append((*head, "", "", ", ".join(concern.where), *tail))
            for number, row in enumerate(concern.rows):
                value = ""
                if concern.column in self._masked:
                    value = MASK
                elif table is not None and concern.column in table.frame:
                    value = as_written(table.frame[concern.column].iloc[int(row)])
                where = _where(concern, number)
                rows.append((*head, int(row) + self._first(concern), value, where, *tail))
        return rows


def _where(concern: Concern, number: int) -> str:
    """Return the group or record of one of a concern's rows."""
    of_rows = concern.records or concern.where
    return of_rows[number] if len(of_rows) == len(concern.rows) else ", ".join(concern.where)


def _line(concern: Concern, language: str, first: int) -> str:
    where = ""
    if concern.details:
        return "\n".join(
            [
                f"  {RULES[concern.rule].to(language)} ({concern.rule}): {concern.text.to(language)}",
                *(f"    {detail.to(language)}" for detail in concern.details[:_GROUPS_SHOWN]),
                *_more(len(concern.details) - _GROUPS_SHOWN, language),
            ]
        )
    if concern.where:
        where = f" [{checks.listed(concern.where, _SHOWN).to(language)}]"
    elif len(concern.rows):
        word = Text("rows", "filas").to(language)
        rows = checks.listed((str(row + first) for row in concern.rows), _SHOWN).to(language)
        where = f" [{word} {rows}]"
    return f"  {RULES[concern.rule].to(language)} ({concern.rule}): {concern.text.to(language)}{where}"


def _more(rest: int, language: str) -> list[str]:
    return [f"    {_MORE.with_values(count=rest).to(language)}"] if rest > 0 else []
