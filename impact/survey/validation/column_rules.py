"""What each column must satisfy by itself, from the schema's fields; pandera is the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.language import Text
from impact.survey.validation.violation import Finding, found

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

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
    """Return absent columns, then what each column breaks by itself; an unreadable cell is not also called blank.

    Pandera's checks are asked for their truth by row: a list of its failure cases takes a minute where millions of cells fail.
    """
    declared = table.schema.fields
    findings = [
        _absent(table, name)
        for name, one in declared.items()
        if one.required and name not in table.frame.columns
    ]
    for name in (name for name in declared if name in table.frame.columns):
        column, broken = table.frame[name], {}
        if declared[name].required:
            broken["required"] = column.isna().to_numpy(dtype=bool)
            if name in table.unreadable:
                broken["required"] &= ~table.unreadable[name]
        for check in _checks(declared[name]):  # a range is two checks and one rule
            broken[check.error] = broken.get(check.error, False) | _failed(check, column)
        for rule, rows in broken.items():
            findings += _found(table, declared[name], rule, rows)
    return findings


def _failed(check: Any, column: pd.Series) -> NDArray[np.bool_]:
    """Return the rows that fail a check of pandera, which judges the cells that are filled and returns no truth for the others."""
    judged = check(column.reset_index(drop=True)).check_output
    failed: NDArray[np.bool_] = ~judged.reindex(range(len(column)), fill_value=True).to_numpy(dtype=bool)
    return failed


def _found(table: TypedTable, declared: SurveyField, rule: str, broken: NDArray[np.bool_]) -> list[Finding]:
    return found(
        table, declared.name, rule, broken, problem=_problem(declared, rule), remedy=_remedy(declared)
    )


def _checks(declared: SurveyField) -> list[Any]:
    """Return pandera's checks of the field; each bears the name of our rule."""
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
    return checks


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
