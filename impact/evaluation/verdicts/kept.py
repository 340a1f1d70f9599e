"""Whether the answer is for those whom the question was about."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 40
GOOD, BAD = 0.90, 0.75
"""Share of the estimand's units that stay in the estimate: our own limits, in round numbers."""
_NAME = Text("Share kept", "Proporción conservada")
_FOUND = Text(
    "{share} % of those whom the question is about are in the estimate",
    "el {share} % de aquellos por quienes se pregunta está en la estimación",
)
_ALMOST_ALL = Text(
    "of those whom the question is about, fewer than {minimum} are not in the estimate",
    "de aquellos por quienes se pregunta, menos de {minimum} no están en la estimación",
)
_ASKED = Text("at least {good} %; below {bad} % it fails", "al menos {good} %; bajo {bad} % no se cumple")
_MEANING = Text(
    "The answer is for those who found a comparison; the others, often the most different, are not in it.",
    "La respuesta es para quienes encontraron comparación; los demás, a menudo los más distintos, no están en ella.",
)


def verdict(findings: Findings, style: Style) -> Verdict:
    """Return the verdict on the share of the focal units that the main strategy keeps."""
    matched = findings.matched[findings.configuration.main_strategy]
    share, left_out = matched.share_on_support, int(matched.focal.sum() - matched.kept.sum())
    found = _FOUND.with_values(share=style.number(100 * share, 1))
    if 0 < left_out < style.minimum:  # the share would tell how many
        found = _ALMOST_ALL.with_values(minimum=style.minimum)
    return Verdict(
        _NAME,
        graded(-share, -GOOD, -BAD),
        found,
        _ASKED.with_values(good=style.number(100 * GOOD), bad=style.number(100 * BAD)),
        _MEANING,
    )
