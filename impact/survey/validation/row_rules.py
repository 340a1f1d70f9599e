"""What must hold between the columns of a table: keys, identities of income, order of dates."""

from __future__ import annotations

import datetime
import itertools
from typing import TYPE_CHECKING, Any

from impact.language import Text
from impact.survey.validation.violation import ComparedSides, Finding, Unchecked, found

if TYPE_CHECKING:
    import pandas as pd

    from impact.survey.package.rules import Tolerance
    from impact.survey.validation.typed_table import TypedTable


def duplicates(table: TypedTable) -> list[Finding]:
    """Find the records whose key comes more than once."""
    waves = [name for name, field in table.schema.fields.items() if field.role == "wave"]
    key = [name for name in table.schema.primary_key if name in table.frame.columns or name not in waves]
    if not key or not set(key) <= set(table.frame.columns):  # without a column of waves there is one wave
        return []
    keys = table.frame[key]
    broken = keys.duplicated(keep=False).to_numpy() & keys.notna().all(axis=1).to_numpy()
    names = " + ".join(key)
    return found(
        table,
        key[0],
        "duplicate",
        broken,
        problem=Text(en=f"{names} must be unique.", es=f"{names} no se puede repetir."),
        remedy=Text(
            en="Delete the record that was entered twice, or correct its code.",
            es="Borre el registro ingresado dos veces, o corrija su código.",
        ),
    )


def future_dates(table: TypedTable, as_of: datetime.date) -> list[Finding]:
    """Find dates after the day of the check; a first disbursement may be planned and is left out."""
    import pandas as pd

    findings = []
    for name, declared in table.schema.fields.items():
        if declared.type == "date" and name in table.frame.columns and declared.role != "treatment":
            findings += found(
                table,
                name,
                "future_date",
                (table.frame[name] > pd.Timestamp(as_of)).to_numpy(),
                problem=Text(
                    "{label} must not lie after {day}.",
                    "{label} no puede ser posterior al {day}.",
                    label=Text(declared.label.en, declared.label.es),
                    day=as_of,
                ),
                remedy=Text(en="Correct the date.", es="Corrija la fecha."),
            )
    return findings


def date_order(table: TypedTable) -> list[Finding]:
    """Find dates that come before the one they must follow."""
    findings = []
    order = [name for name in table.schema.rules.date_order if name in table.frame.columns]
    for earlier, later in itertools.pairwise(order):
        first, second = table.schema.fields[earlier].label, table.schema.fields[later].label
        broken = (table.frame[later] < table.frame[earlier]).to_numpy()
        findings += found(
            table,
            later,
            "date_order",
            broken,
            problem=Text(
                en=f"{second.en} must not precede: {first.en}.",
                es=f"{second.es} no puede ser anterior a: {first.es}.",
            ),
            remedy=Text(en=f"Correct {earlier} or {later}.", es=f"Corrija {earlier} o {later}."),
            compared=_compared(table.frame[later][broken], table.frame[earlier][broken], "<"),
        )
    return findings


def identities(table: TypedTable) -> tuple[list[Finding], list[Unchecked]]:
    """Find records whose totals are not the sum or product of their parts, or whose parts exceed the whole.

    A difference counts when it exceeds both the absolute and the relative allowance of the schema:
    ``|result - expected| > max(absolute, relative * max(|result|, |expected|))``. Records with a missing part
    are not judged.
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    rules, tolerance = table.schema.rules, table.schema.rules.tolerance
    for rule in rules.sums:
        if _checkable(table, rule.result, list(rule.terms), "sum", rule.formula, unchecked):
            total = sum((table.frame[name] * factor for name, factor in rule.terms.items()), start=0.0)
            findings += _unequal(table, rule.result, total, rule.formula, "sum", tolerance)
    for product in rules.products:
        if _checkable(table, product.result, list(product.factors), "product", product.formula, unchecked):
            expected = table.frame[list(product.factors)].prod(axis=1, skipna=False) * product.constant
            findings += _unequal(table, product.result, expected, product.formula, "product", tolerance)
    for ceiling in rules.ceilings:
        if _checkable(table, ceiling.whole, list(ceiling.parts), "ceiling", ceiling.formula, unchecked):
            findings += _exceeding(table, ceiling.whole, list(ceiling.parts), ceiling.formula, tolerance)
    return findings, unchecked


def _checkable(
    table: TypedTable, result: str, parts: list[str], rule: str, formula: str, unchecked: list[Unchecked]
) -> bool:
    """Say whether every column of a rule is there; note a rule whose result is there without its parts."""
    absent = [name for name in parts if name not in table.frame.columns]
    if result in table.frame.columns and absent:
        names = ", ".join(absent)
        reason = Text(
            en=f"{result} against {formula}: the table lacks {names}.",
            es=f"{result} frente a {formula}: la tabla no tiene {names}.",
        )
        unchecked.append(Unchecked(table.schema.name, rule, reason))
    return result in table.frame.columns and not absent


def _unequal(
    table: TypedTable, result: str, expected: Any, formula: str, rule: str, tolerance: Tolerance
) -> list[Finding]:
    import numpy as np

    given = table.frame[result]
    broken = np.abs(given - expected) > _allowance(given, expected, tolerance)
    return found(
        table,
        result,
        rule,
        broken.to_numpy(),
        problem=Text(en=f"{result} must equal {formula}.", es=f"{result} debe ser igual a {formula}."),
        remedy=Text(
            en="Check each part against the questionnaire; derived totals are computed, not typed.",
            es="Revise cada parte con la boleta; los totales derivados se calculan, no se digitan.",
        ),
        compared=_compared(given[broken], expected[broken], "≠"),
    )


def _exceeding(
    table: TypedTable, whole: str, parts: list[str], formula: str, tolerance: Tolerance
) -> list[Finding]:
    given, total = table.frame[whole], table.frame[parts].sum(axis=1, skipna=False)
    counted = table.schema.fields[whole].type == "integer"
    allowance = 0.0 if counted else _allowance(given, total, tolerance)
    broken = total > given + allowance
    return found(
        table,
        whole,
        "ceiling",
        broken.to_numpy(),
        problem=Text(en=f"{formula} must not exceed {whole}.", es=f"{formula} no puede superar a {whole}."),
        remedy=Text(
            en="Check the quantities and their units against the questionnaire.",
            es="Revise las cantidades y sus unidades con la boleta.",
        ),
        compared=_compared(given[broken], total[broken], "<"),
    )


def _allowance(given: pd.Series, expected: pd.Series, tolerance: Tolerance) -> pd.Series:
    import numpy as np
    import pandas as pd

    larger = np.maximum(given.abs(), expected.abs())
    return pd.Series(np.maximum(tolerance.absolute, tolerance.relative * larger))


def _compared(given: pd.Series, other: pd.Series, sign: str) -> ComparedSides:
    return ComparedSides(given.to_numpy(), other.to_numpy(), sign)
