"""Whether other strategies give the same answer."""

from __future__ import annotations

import numpy as np

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Grade, Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 70
GOOD, BAD = 1.0, 2.0
"""Largest distance from the main estimate, in its standard errors: within one is what chance does, beyond two is another answer."""
_NAME = Text("Spread over strategies", "Dispersión entre estrategias")
_FOUND = Text(
    "at most {distance} standard errors from the main estimate ({outcome}, “{strategy}”)",
    "a lo sumo {distance} errores estándar de la estimación principal ({outcome}, «{strategy}»)",
)
_SIGNS = Text("{found}; not all of one sign", "{found}; no todas del mismo signo")
_ASKED = Text("at most {good}; above {bad} it fails", "a lo sumo {good}; sobre {bad} no se cumple")
_MEANING = Text(
    "The answer depends on how the compared were chosen, which the data do not decide.",
    "La respuesta depende de cómo se eligió a los comparados, y eso no lo deciden los datos.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on the main outcomes' estimates over all strategies."""
    configuration = findings.configuration
    if len(configuration.specifications) < 2:
        return None
    farthest, signs = (-1.0, "", ""), False
    for outcome in configuration.figures:
        main = findings.effects.one(outcome, configuration.main_strategy)
        others = [effect for effect in findings.effects if effect.outcome == outcome]
        clear = [
            np.sign(effect.estimate) for effect in others if not effect.conf_low <= 0 <= effect.conf_high
        ]
        signs |= len(set(clear)) > 1
        for effect in others:
            distance = abs(effect.estimate - main.estimate) / main.std_error if main.std_error > 0 else 0.0
            farthest = max(farthest, (distance, outcome, effect.strategy))
    distance, outcome, strategy = farthest
    found = _FOUND.with_values(
        distance=style.number(distance, 1), outcome=style.name(outcome), strategy=style.name(strategy)
    )
    return Verdict(
        _NAME,
        Grade.FAILS if signs else graded(distance, GOOD, BAD),
        _SIGNS.with_values(found=found) if signs else found,
        _ASKED.with_values(good=style.number(GOOD), bad=style.number(BAD)),
        _MEANING,
    )
