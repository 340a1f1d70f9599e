"""Whether matching made the compared alike."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 20
GOOD, BAD = 0.1, 0.25
"""Largest |SMD|: Stuart (2010), Statistical Science 25(1), doi:10.1214/09-STS313, for 0.25; 0.1 is the stricter rule of most reports."""
_NAME = Text("Balance", "Balance")
_FOUND = Text(
    "largest |SMD| {largest}; above {good} in {missed} of {rows} covariates",
    "mayor |DME| {largest}; sobre {good} en {missed} de {rows} covariables",
)
_ASKED = Text("at most {good}; above {bad} it fails", "a lo sumo {good}; sobre {bad} no se cumple")
_MEANING = Text(
    "The compared differ in what they were before the programme, so part of the difference between them may not be its effect.",
    "Los comparados difieren en lo que eran antes del programa; parte de la diferencia entre ellos puede no ser su efecto.",
)


def verdict(findings: Findings, style: Style) -> Verdict:
    """Return the verdict on the main strategy's largest standardised difference after matching."""
    stages = findings.balance[findings.configuration.main_strategy].summary.to_dict("records")
    summary = next(stage for stage in stages if stage["stage"] == "after")
    largest = float(summary["max_abs_smd"])
    limits = {"good": style.number(GOOD, 1), "bad": style.number(BAD, 2)}
    counts = {"missed": int(summary["smd_missed"]), "rows": int(summary["rows"])}
    found = _FOUND.with_values(largest=style.number(largest, 2), **limits, **counts)
    return Verdict(_NAME, graded(largest, GOOD, BAD), found, _ASKED.with_values(**limits), _MEANING)
