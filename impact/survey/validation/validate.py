"""Every violation of the survey's rules, row by row, with its remedy, in Spanish or English."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from impact import checks
from impact.errors import OptionError
from impact.language import LANGUAGES, Text
from impact.survey.files.read import SurveyTable
from impact.survey.files.workbook import write_workbook
from impact.survey.package.schema import SurveySchema, given_or_own
from impact.survey.validation.column_rules import column_findings
from impact.survey.validation.cross_rules import foreign_keys, treatment_rules
from impact.survey.validation.group_rules import group_rules
from impact.survey.validation.row_rules import date_order, duplicates, future_dates, identities
from impact.survey.validation.typed_table import TypedTable, typed_table
from impact.survey.validation.violation import RULES, Finding, Unchecked, as_written
from impact.views import html_view

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("table", "row", "id", "column", "value", "rule", "problem", "remedy")
HEADINGS = {
    "table": Text(en="Table", es="Tabla"),
    "row": Text(en="Row", es="Fila"),
    "id": Text(en="Record", es="Registro"),
    "column": Text(en="Column", es="Columna"),
    "value": Text(en="Value", es="Valor"),
    "rule": Text(en="Rule", es="Regla"),
    "problem": Text(en="What is required", es="Qué se exige"),
    "remedy": Text(en="What to do", es="Qué hacer"),
    "violations": Text(en="Violations", es="Incumplimientos"),
    "corrected": Text(en="Corrected (who, when)", es="Corregido (quién, cuándo)"),
}
ROWS_PER_SHEET = 100_000
SYNTHETIC = Text(
    en="SYNTHETIC DATA: drawn by a random generator, not observed.",
    es="DATOS SINTÉTICOS: generados al azar, no observados.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ValidationReport:
    """What a check of the survey tables found.

    Attributes
    ----------
    findings : tuple of Finding
        One per table, column and rule that is broken.
    unchecked : tuple of Unchecked
        Rules that could not be checked, with the reason: nothing passes for want of a table.
    tables : mapping of str to TypedTable
        The checked tables in their declared types.
    language : {"en", "es"}
        Language of ``frame``, ``counts`` and the Excel file.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> household = pd.DataFrame({"hh_id": ["A-1"], "wave": [1], "group_id": ["A"], "head_age": [140]})
    >>> report = im.validate({"household": household})
    >>> report.frame.loc[0, ["id", "column", "value", "problem"]].tolist()
    ['A-1 / 1', 'head_age', '140', 'Age of head must lie between 15 and 99.']
    """

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    tables: Mapping[str, TypedTable]
    language: str

    @property
    def valid(self) -> bool:
        """True where no rule is broken."""
        return not self.findings

    @property
    def synthetic(self) -> bool:
        """True where any of the tables holds synthetic records."""
        return any(table.synthetic for table in self.tables.values())

    @property
    def violations(self) -> int:
        """Number of violations over all tables and rules."""
        return sum(finding.count for finding in self.findings)

    @property
    def counts(self) -> pd.DataFrame:
        """Violations by table, rule and column, most frequent first."""
        import pandas as pd

        rows = [
            (item.table, item.rule, RULES[item.rule].to(self.language), item.column, item.count)
            for item in self.findings
        ]
        frame = pd.DataFrame(rows, columns=["table", "rule", "label", "column", "violations"])
        return frame.sort_values("violations", ascending=False, kind="stable", ignore_index=True)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per violation: table, row, id, column, value, rule, problem, remedy.

        ``row`` is the number that the file's own program shows: the line of a sheet or text file, the
        observation of a Stata or SPSS file; it is missing where a whole column is absent. ``id`` is the
        record's key. Values of sensitive fields are masked.
        """
        import pandas as pd

        parts = [self._rows(finding) for finding in self.findings]
        if not parts:
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.concat(parts, ignore_index=True)

    def in_language(self, language: str) -> ValidationReport:
        """Return the same report in ``"es"`` or ``"en"``."""
        checks.one_of("language", language, LANGUAGES)
        return dataclasses.replace(self, language=language)

    def to_excel(self, path: str | Path) -> None:
        """Write the report as a workbook that a field team can work through.

        The first sheet counts the violations and lists what could not be checked; then one sheet per table,
        a row per violation, with a column to sign. A sheet ends after 100,000 rows and says how many follow.

        Parameters
        ----------
        path : path
            File to write, ``.xlsx``.
        """
        write_workbook(path, self._sheets())

    def _rows(self, finding: Finding, limit: int | None = None) -> pd.DataFrame:
        import pandas as pd

        table = self.tables[finding.table]
        limit = finding.count if limit is None else min(limit, finding.count)
        rows = finding.rows[:limit]
        absent = len(finding.rows) == 0
        key = [name for name in table.schema.primary_key if name in table.original.columns]
        keys = [table.original[name].iloc[rows].map(as_written) for name in key]
        ids = [" / ".join(parts) for parts in zip(*keys, strict=True)] if key else [""] * len(rows)
        return pd.DataFrame(
            {
                "table": finding.table,
                "row": pd.array([None] if absent else (rows + table.first_row).tolist(), dtype="Int64"),
                "id": pd.Series([""] if absent else ids, dtype="str"),
                "column": finding.column,
                "value": pd.Series([""] if absent else finding.shown(limit), dtype="str"),
                "rule": RULES[finding.rule].to(self.language),
                "problem": finding.problem.to(self.language),
                "remedy": finding.remedy.to(self.language),
            }
        )

    def _sheets(self) -> Iterator[tuple[str, list[str], Iterator[tuple[object, ...]]]]:
        language = self.language
        summary = [HEADINGS[name].to(language) for name in ("table", "rule", "column", "violations")]
        yield Text(en="Summary", es="Resumen").to(language), summary, self._summary()
        headings = [HEADINGS[name].to(language) for name in (*COLUMNS[1:], "corrected")]
        for table in self.tables:
            findings = [finding for finding in self.findings if finding.table == table]
            if findings:
                yield table, headings, self._table_rows(findings)

    def _summary(self) -> Iterator[tuple[object, ...]]:
        for row in self.counts.itertuples(index=False):
            yield (row.table, row.label, row.column, row.violations)
        if self.valid:
            yield (Text(en="No violations.", es="Sin incumplimientos.").to(self.language),)
        if self.synthetic:
            yield (SYNTHETIC.to(self.language),)
        not_checked = Text(en="not checked", es="no verificado").to(self.language)
        for item in self.unchecked:
            rule = RULES[item.rule].to(self.language)
            yield (item.table, f"{rule} ({not_checked})", item.reason.to(self.language))

    def _table_rows(self, findings: list[Finding]) -> Iterator[tuple[object, ...]]:
        left = ROWS_PER_SHEET
        for finding in findings:
            if left:
                rows = self._rows(finding, left).drop(columns="table")
                yield from rows.itertuples(index=False, name=None)
                left -= len(rows)
        hidden = sum(finding.count for finding in findings) - (ROWS_PER_SHEET - left)
        if hidden:
            text = Text(
                "{hidden} more violations are counted in the first sheet.",
                "Otros {hidden} incumplimientos se cuentan en la primera hoja.",
                hidden=hidden,
            )
            yield (text.to(self.language),)

    def __repr__(self) -> str:
        found = checks.counted(self.violations, "violation").to(self.language)
        note = f" {SYNTHETIC.to(self.language)}" if self.synthetic else ""
        return f"ValidationReport({', '.join(self.tables)}: {found}).{note}"

    def _repr_html_(self) -> str:
        return html_view(self.counts, (repr(self),))


def validate(
    tables: Mapping[str, pd.DataFrame | SurveyTable],
    schema: SurveySchema | None = None,
    *,
    language: str = "en",
    as_of: datetime.date | None = None,
) -> ValidationReport:
    """Check survey tables against their schema, each alone and one against the other.

    Parameters
    ----------
    tables : mapping of str to DataFrame or SurveyTable
        The tables by their name in the schema: ``household``, ``group``, ``municipality``, ...
    schema : SurveySchema, optional
        None: the package's own schema for rural alliances.
    language : {"en", "es"}, default "en"
        Language of the report.
    as_of : date, optional
        Day after which a date lies in the future. None: today.

    Returns
    -------
    ValidationReport
        Every violation; an empty report where there is none. Nothing is corrected.

    Raises
    ------
    OptionError
        A table has a name that the schema does not know.

    Notes
    -----
    Sums and products are judged with the schema's tolerance. Sampling weights play no part.

    Examples
    --------
    >>> import pandas as pd
    >>> household = pd.DataFrame({"hh_id": ["A-1"], "wave": [1], "group_id": ["A"], "head_age": [140]})
    >>> report = validate({"household": household}, language="es")
    >>> report.frame.loc[0, ["id", "column", "value", "problem"]].tolist()
    ['A-1 / 1', 'head_age', '140', 'Edad del jefe(a) debe estar entre 15 y 99.']
    """
    schema = given_or_own(schema)
    checks.one_of("language", language, LANGUAGES)
    if not tables:
        raise OptionError(
            Text(
                "tables must hold at least one table; got none.",
                "tables debe tener al menos una tabla; no tiene ninguna.",
            )
        )
    for name in tables:
        checks.one_of(Text("The name of a table", "El nombre de una tabla"), name, tuple(schema.tables))
    typed = {name: typed_table(tables[name], schema.tables[name]) for name in schema.tables if name in tables}
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for table in typed.values():
        unequal, not_judged = identities(table)
        findings += column_findings(table) + duplicates(table) + date_order(table) + unequal
        findings += future_dates(table, as_of or datetime.date.today())
        unchecked += not_judged
    for rule in (foreign_keys, treatment_rules, group_rules):
        broken, not_judged = rule(typed)
        findings += broken
        unchecked += not_judged
    return ValidationReport(tuple(findings), tuple(unchecked), typed, language)
