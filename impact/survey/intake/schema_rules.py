"""What the data package's own rules say of the columns that an evaluation uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from impact.arrays import Positions
from impact.language import Text
from impact.survey.files.read import SurveyTable
from impact.survey.package.rules import GroupRule
from impact.survey.package.schema import SurveySchema
from impact.survey.quality.concern import Concern
from impact.survey.validation.typed_table import TypedTable
from impact.survey.validation.validate import validate
from impact.survey.validation.violation import Finding

STOPPING = frozenset(
    ("type", "range", "category", "duplicate", "foreign_key", "treatment_constant", "treatment_dates", "control_disbursed")
)  # fmt: skip
OVER_WAVES = frozenset(("sampled_rows",))
"""Rules that hold a group against all its records: those of other waves count."""
TOLD = OVER_WAVES | frozenset(
    ("whole", "pattern", "future_date", "date_order", "sum", "product", "ceiling", "same_as_group", "weight_of_group")
)  # fmt: skip
OF_TREATMENT = frozenset(("treatment_constant", "treatment_dates", "control_disbursed"))


def schema_reading(
    tables: Mapping[str, SurveyTable],
    schema: SurveySchema,
    used: Sequence[str],
    judge_treatment: bool,
    all_waves: Mapping[str, SurveyTable] | None = None,
) -> tuple[Mapping[str, TypedTable], list[Concern]]:
    """Return the tables in their declared types, and the breaches of rules about what is used.

    Parameters
    ----------
    tables : mapping of str to SurveyTable
        By their names in the schema.
    schema : SurveySchema
    used : sequence of str
        Columns that have a role.
    judge_treatment : bool
        Whether treatment is the schema's own column, so that its dates and groups may contradict it.
    all_waves : mapping of str to SurveyTable, optional
        The same tables with the rows of every wave, where one wave is read.
    """
    report = validate(tables, schema)
    findings = list(report.findings)
    if all_waves is not None:
        over_waves = validate(all_waves, schema).findings
        findings = [one for one in findings if one.rule not in OVER_WAVES]
        findings += [one for one in over_waves if one.rule in OVER_WAVES]
    concerns = [
        _concern(finding, report.tables[finding.table], schema)
        for finding in findings
        if _is_about(finding, used, schema, judge_treatment)
    ]
    return report.tables, concerns


def _is_about(finding: Finding, used: Sequence[str], schema: SurveySchema, judge_treatment: bool) -> bool:
    if finding.rule in OF_TREATMENT:
        return judge_treatment
    if finding.rule not in STOPPING | TOLD:
        return False
    if finding.rule in OVER_WAVES:
        return any(one.key in used for one in _group_rules(schema))
    linked = {column for key in schema.tables[finding.table].foreign_keys for column in key.columns}
    return finding.column in used or (
        finding.rule in ("duplicate", "foreign_key") and finding.column in linked
    )


def _group_rules(schema: SurveySchema) -> list[GroupRule]:
    return [table.rules.groups for table in schema.tables.values() if table.rules.groups is not None]


def _concern(finding: Finding, table: TypedTable, schema: SurveySchema) -> Concern:
    rows: Positions = np.asarray(finding.rows, dtype=np.intp)
    groups = _groups(table, rows, schema) if finding.rule in OF_TREATMENT else []
    among = (
        Text(", in {groups} groups", ", en {groups} grupos", groups=len(groups)) if groups else Text("", "")
    )
    return Concern(
        finding.rule,
        finding.column,
        rows,
        Text(
            f"{finding.problem.en} Rows of table {finding.table} that do not keep this: {{count}}{among.en}.",
            f"{finding.problem.es} Filas de la tabla {finding.table} que no lo cumplen: {{count}}{among.es}.",
            count=len(rows),
        ),
        finding.remedy,
        stops=finding.rule in STOPPING,
        table=finding.table,
        where=tuple(groups) or _records(table, rows),
    )


def _groups(table: TypedTable, rows: Positions, schema: SurveySchema) -> list[str]:
    rule = schema.tables[table.schema.name].rules.assignment
    if rule is None or rule.group not in table.frame:
        return []
    return sorted(map(str, table.frame[rule.group].iloc[rows].dropna().unique()))


def _records(table: TypedTable, rows: Positions) -> tuple[str, ...]:
    key = [name for name in table.schema.primary_key if name in table.original]
    if not key:
        return tuple(str(row + table.first_row) for row in rows)
    held: pd.DataFrame = table.original[key].iloc[rows]
    return tuple(" / ".join(map(str, record)) for record in held.itertuples(index=False, name=None))
