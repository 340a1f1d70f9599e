"""On how many comparison groups the answer rests."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 30
GOOD, BAD = 20, 10
"""Effective control groups: below 20 the toolkit warns (intervals may cover less than they say), below 10 a t interval is a guess."""
_GROUPS = Text("Effective control groups", "Grupos de control efectivos")
_UNITS = Text("Effective controls", "Controles efectivos")
_FOUND = Text(
    "{effective}, the fewest over the strategies {fewest}",
    "{effective}; lo mínimo entre las estrategias, {fewest}",
)
_ASKED = Text("at least {good}; below {bad} it fails", "al menos {good}; bajo {bad} no se cumple")
_MEANING = Text(
    "A few controls stand in for many treated: intervals may be too short, and one more survey could give another answer.",
    "Pocos controles representan a muchos beneficiarios: los intervalos pueden ser demasiado cortos y otra encuesta podría dar otra "
    "respuesta.",
)


def verdict(findings: Findings, style: Style) -> Verdict:
    """Return the verdict on the effective number of control groups, or of controls where there are no groups."""
    grouped = findings.sample.cluster is not None
    kind = "effective_control_clusters" if grouped else "ess_control"
    main = findings.configuration.main_strategy
    numbers = {effect.strategy: float(getattr(effect, kind)) for effect in findings.effects}
    found = _FOUND.with_values(
        effective=style.number(numbers[main]), fewest=style.number(min(numbers.values()))
    )
    return Verdict(
        _GROUPS if grouped else _UNITS,
        graded(-numbers[main], -GOOD, -BAD),
        found if len(numbers) > 1 else Text(style.number(numbers[main])),
        _ASKED.with_values(good=GOOD, bad=BAD),
        _MEANING,
    )
