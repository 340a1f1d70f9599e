"""Whether the arms answered alike, and what the bounds say where they did not."""

from __future__ import annotations

import numpy as np

from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, factor_of, with_unit
from impact.evaluation.verdict import Grade, Verdict, graded
from impact.language import Text
from impact.report.words.style import Style
from impact.robustness.response.nonresponse import NonresponseEffects

PLACE = 60
GOOD, BAD = 0.05, 0.10
"""Difference of the response rates: our own limits, in round numbers; beyond the first the bounds stand beside the effect."""
_NAME = Text("Response gap", "Brecha de respuesta")
_FOUND = Text(
    "response rates differ by {gap} percentage points (treated less controls)",
    "las tasas de respuesta difieren en {gap} puntos porcentuales (beneficiarios menos controles)",
)
_BOUNDED = Text(
    "{gap}; {outcome}: {weighted} with response weights, {lower} to {upper} by bounds",
    "{gap}; {outcome}: {weighted} con pesos por respuesta, de {lower} a {upper} según las cotas",
    **dict.fromkeys(("gap", "outcome", "weighted", "lower", "upper"), ""),
)
_ASKED = Text(
    "at most {good} points; above {bad} it fails, or where the bounds of an effect that was told from zero hold zero",
    "a lo sumo {good} puntos; sobre {bad} no se cumple, o si las cotas de un efecto que se distinguía de cero lo contienen",
)
_MEANING = Text(
    "Those who did not answer may differ between the arms: part of the difference may come from who was found.",
    "Quienes no respondieron pueden diferir entre los grupos: parte de la diferencia puede venir de a quién se encontró.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on the difference of the response rates, where the file tells of those who did not answer."""
    if findings.response is None:
        return None
    gap = findings.response.difference
    found = _FOUND.with_values(gap=style.number(100 * gap, 1))
    grade = graded(abs(gap), GOOD, BAD)
    analysis = findings.answer("response")
    if isinstance(analysis, NonresponseEffects) and grade is not Grade.HOLDS:
        found, overturned = _with_bounds(found, analysis, findings, style)
        grade = Grade.FAILS if overturned else grade
    asked = _ASKED.with_values(good=style.number(100 * GOOD), bad=style.number(100 * BAD))
    return Verdict(_NAME, grade, found, asked, _MEANING)


def _with_bounds(
    found: Text, analysis: NonresponseEffects, findings: Findings, style: Style
) -> tuple[Text, bool]:
    """Return the words with the first main outcome's bounds, and whether they hold zero where its interval did not."""
    first = findings.configuration.figures[0]
    if first not in set(analysis.frame["outcome"]):
        return found, False
    row = analysis.of(first)
    if not np.isfinite(row["lee_lower"]):
        return found, False
    factor, decimals = factor_of(first, findings), decimals_of(first, row["estimate"], findings)
    columns = {"weighted": "weighted_estimate", "lower": "lee_lower", "upper": "lee_upper"}
    numbers = {part: style.number(factor * row[column], decimals) for part, column in columns.items()}
    clear = not row["conf_low"] <= 0 <= row["conf_high"]
    overturned = clear and bool(row["lee_lower"] <= 0 <= row["lee_upper"])
    return _BOUNDED.with_values(gap=found, outcome=with_unit(first, findings, style), **numbers), overturned
