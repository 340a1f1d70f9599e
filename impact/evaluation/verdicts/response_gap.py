"""Whether the arms answered alike."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 60
GOOD, BAD = 0.05, 0.10
"""Difference of the response rates: our own limits, in round numbers; the bounds of the response section say what it can do."""
_NAME = Text("Response gap", "Brecha de respuesta")
_FOUND = Text(
    "response rates differ by {gap} percentage points (treated less controls)",
    "las tasas de respuesta difieren en {gap} puntos porcentuales (tratados menos controles)",
)
_ASKED = Text(
    "at most {good} points; above {bad} it fails", "a lo sumo {good} puntos; sobre {bad} no se cumple"
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
    return Verdict(
        _NAME,
        graded(abs(gap), GOOD, BAD),
        _FOUND.with_values(gap=style.number(100 * gap, 1)),
        _ASKED.with_values(good=style.number(100 * GOOD), bad=style.number(100 * BAD)),
        _MEANING,
    )
