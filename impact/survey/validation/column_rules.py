"""What each column must satisfy by itself, from the schema's fields; pandera is the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.language import Text
from impact.survey.validation.violation import Finding, found

if TYPE_CHECKING:
    import pandas as pd

    from impact.survey.package.schema import SurveyField
    from impact.survey.validation.typed_table import TypedTable

CORRECT = Text(
    en="Look the record up in the questionnaire and correct it",
    es="Busque el registro en la boleta y corríjalo",
)
TYPE_NAMES = {
    "string": Text(en="text", es="texto"),
    "number": Text(
        en="a number, with a decimal point and no thousands mark", es="un número, sin signo de miles"
    ),
    "integer": Text(en="a whole number", es="un número entero"),
    "boolean": Text(en="yes or no (1 or 0)", es="sí o no (1 o 0)"),
    "date": Text(en="a date (YYYY-MM-DD)", es="una fecha (AAAA-MM-DD)"),
}


def column_findings(table: TypedTable) -> list[Finding]:
    """Return every violation that a column shows by itself: type, required, range, category, pattern.

    Parameters
    ----------
    table : TypedTable

    Returns
    -------
    list of Finding
    """
    findings = []
    for name, unreadable in table.unreadable.items():
        declared = table.schema.fields[name]
        kind = TYPE_NAMES[declared.type]
        problem = Text(
            en=f"{declared.label.en} must be {kind.en}.", es=f"{declared.label.es} debe ser {kind.es}."
        )
        findings += found(table, name, "type", unreadable, problem=problem, remedy=_remedy(declared))
    return findings + _pandera_findings(table)


def _pandera_findings(table: TypedTable) -> list[Finding]:
    import pandera.pandas as pa

    columns = {name: _column(declared) for name, declared in table.schema.fields.items()}
    try:
        pa.DataFrameSchema(columns).validate(table.frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return _findings(table, errors.failure_cases)
    return []


def _column(declared: SurveyField) -> Any:
    """Return the field as pandera's column; each check bears the name of our rule."""
    import pandas as pd
    import pandera.pandas as pa

    def bound(value: float | str) -> Any:
        return pd.Timestamp(value) if declared.type == "date" else value

    checks = []
    if declared.minimum is not None:
        checks.append(pa.Check.ge(bound(declared.minimum), error="range"))
    if declared.maximum is not None:
        checks.append(pa.Check.le(bound(declared.maximum), error="range"))
    if declared.type == "integer":
        checks.append(pa.Check(lambda numbers: numbers % 1 == 0, error="whole"))
    if declared.categories:
        checks.append(pa.Check.isin([category.value for category in declared.categories], error="category"))
    if declared.pattern is not None:
        checks.append(pa.Check.str_matches(f"^(?:{declared.pattern})$", error="pattern"))
    return pa.Column(checks=checks, nullable=not declared.required, required=declared.required)


def _findings(table: TypedTable, failures: pd.DataFrame) -> list[Finding]:
    """Gather pandera's failure cases by column and rule; an unreadable cell is not also called blank."""
    import numpy as np

    columns = failures["check"] == "column_in_dataframe"
    findings = [_absent(table, str(name)) for name in failures.loc[columns, "failure_case"]]
    for (column, check), failed in failures[~columns].groupby(["column", "check"], sort=False):
        name, rule = str(column), "required" if check == "not_nullable" else str(check)
        broken = np.zeros(len(table.frame), dtype=bool)
        broken[failed["index"].to_numpy(dtype=np.intp)] = True
        if rule == "required" and name in table.unreadable:
            broken &= ~table.unreadable[name]
        declared = table.schema.fields[name]
        findings += found(
            table, name, rule, broken, problem=_problem(declared, rule), remedy=_remedy(declared)
        )
    return findings


def _absent(table: TypedTable, name: str) -> Finding:
    import numpy as np

    label, nothing = table.schema.fields[name].label, np.array([], dtype=np.intp)
    problem = Text(
        en=f"Table {table.schema.name} must have the column {name!r} ({label.en}).",
        es=f"La tabla {table.schema.name} debe tener la columna {name!r} ({label.es}).",
    )
    remedy = Text(
        en="Add the column, or rename the one that holds it.",
        es="Agregue la columna, o cambie el nombre de la que la contiene.",
    )
    return Finding(table.schema.name, name, "missing_column", problem, remedy, nothing, nothing)


def _problem(declared: SurveyField, rule: str) -> Text:
    label = declared.label
    if rule == "required":
        return Text(en=f"{label.en} must not be blank.", es=f"{label.es} no puede quedar en blanco.")
    if rule == "whole":
        return Text(en=f"{label.en} must be a whole number.", es=f"{label.es} debe ser un número entero.")
    if rule == "pattern":
        return Text(
            en=f"{label.en} must have the form {declared.pattern}.",
            es=f"{label.es} debe tener la forma {declared.pattern}.",
        )
    if rule == "category":
        return Text(
            en=f"{label.en} must be one of: {', '.join(category.value for category in declared.categories)}.",
            es=f"{label.es} debe ser uno de: "
            f"{', '.join(category.value for category in declared.categories)}.",
        )
    return _range(declared)


def _range(declared: SurveyField) -> Text:
    low, high, label = declared.minimum, declared.maximum, declared.label
    if high is None:
        return Text(en=f"{label.en} must be at least {low}.", es=f"{label.es} debe ser al menos {low}.")
    if low is None:
        return Text(en=f"{label.en} must be at most {high}.", es=f"{label.es} debe ser a lo sumo {high}.")
    return Text(
        en=f"{label.en} must lie between {low} and {high}.", es=f"{label.es} debe estar entre {low} y {high}."
    )


def _remedy(declared: SurveyField) -> Text:
    codes = ", ".join(declared.missing_codes)
    if not codes:
        return Text(en=f"{CORRECT.en}.", es=f"{CORRECT.es}.")
    return Text(
        en=f"{CORRECT.en}; if there is no answer, enter a missing code ({codes}).",
        es=f"{CORRECT.es}; si no hay respuesta, anote un código de faltante ({codes}).",
    )
