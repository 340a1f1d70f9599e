"""Whether one group carries the answer."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Grade, Verdict
from impact.language import Text
from impact.report.words.style import Style
from impact.robustness.dominant_group import FEWEST_DEGREES, LARGEST_SHARE

PLACE = 50
_NAME = Text("No group carries the answer", "Ningún grupo carga con la respuesta")
_FOUND = Text(
    "{outcome}: group {group} makes {weight} % of its arm's weight and {variance} % of the variance; {degrees} degrees of freedom",
    "{outcome}: el grupo {group} aporta el {weight} % del peso de su lado y el {variance} % de la varianza; {degrees} grados de libertad",
)
_NONE = Text(
    "no group above {share} % of the weight or the variance; at least {degrees} degrees of freedom",
    "ningún grupo sobre el {share} % del peso o de la varianza; al menos {degrees} grados de libertad",
)
_ASKED = Text(
    "at most a third, and at least {degrees} degrees of freedom; above a half it fails",
    "a lo sumo un tercio, y al menos {degrees} grados de libertad; sobre la mitad no se cumple",
)
_MEANING = Text(
    "What one group did decides much of the answer: read the estimate without it, too.",
    "Lo que hizo un grupo decide buena parte de la respuesta: léase también la estimación sin él.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on the main outcomes' largest group."""
    if findings.sample.cluster is None:
        return None
    asked = _ASKED.with_values(degrees=int(FEWEST_DEGREES))
    if not findings.dominant:
        main = findings.configuration.main_strategy
        degrees = min(
            findings.effects.one(name, main).degrees_of_freedom for name in findings.configuration.figures
        )
        found = _NONE.with_values(share=style.number(100 * LARGEST_SHARE), degrees=style.number(degrees))
        return Verdict(_NAME, Grade.HOLDS, found, asked, _MEANING)
    worst = max(findings.dominant, key=lambda one: one.share)
    found = _FOUND.with_values(
        outcome=style.name(worst.outcome),
        group=worst.group,
        weight=style.number(100 * worst.weight_share),
        variance=style.number(100 * worst.variance_share),
        degrees=style.number(worst.effect.degrees_of_freedom, 1),
    )
    return Verdict(_NAME, Grade.FAILS if worst.share > 0.5 else Grade.DOUBTFUL, found, asked, _MEANING)
