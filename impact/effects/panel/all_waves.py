"""The two-way fixed effect of a panel of many waves as a labelled table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact.effects.effect import EffectTable
from impact.effects.panel.counting import counts
from impact.effects.panel.errors import error_sums
from impact.effects.panel.estimators.two_way import TwoWayFixedEffects
from impact.effects.panel.labels import Tested, effect_of, percent_influence
from impact.effects.panel.sample import PanelUnits
from impact.language import Text
from impact.survey.outcome import Outcome

_NOTE = Text(
    "Two-way fixed effects over all waves: where effects grow or differ by cohort they are no mean of effects that anybody chose. The "
    "Goodman-Bacon decomposition says of what they are made; the effects themselves are those by cohort and wave.",
    "Efectos fijos de hogar y ronda con todas las rondas: donde los efectos crecen o difieren por cohorte no son un promedio de efectos "
    "que alguien haya elegido. La "
    "descomposición de Goodman-Bacon dice de qué se componen; los efectos mismos son los de cada cohorte y ronda.",
)


def over_all_waves(
    units: PanelUnits, outcomes: Sequence[Outcome], estimator: TwoWayFixedEffects, level: float
) -> EffectTable:
    """Return one effect per outcome over all waves of the panel."""
    effects, influences = [], {}
    for outcome in outcomes:
        found, treated = estimator.of_waves(units, outcome)
        counterfactual = treated - found
        effect, mean = float(found.estimate[0]), float(counterfactual.estimate[0])
        own, of_mean = found.influence[:, 0], counterfactual.influence[:, 0]
        ratio = percent_influence(effect, mean, own, of_mean)
        errors = error_sums(np.column_stack([own, of_mean, ratio]), units.cohort, units.group)
        error = errors.std_error
        effects.append(
            effect_of(
                Tested(
                    effect, float(error[0]), float(errors.freedom[0]), mean, float(error[1]), float(error[2])
                ),
                counts(units, units.treated, ~units.treated, units.weight),
                outcome,
                strategy=estimator.label,
                subgroup="all",
                population=Text(
                    "{number} treated, rows after entry",
                    "{number} beneficiarios, filas tras la entrada",
                    number=int(units.treated.sum()),
                ),
                comparator=Text(
                    "{who} and households already treated",
                    "{who} y hogares ya tratados",
                    who=units.panel.comparator,
                ),
                weights=units.weights_label,
                variance=errors.label,
                level=level,
            )
        )
        influences[outcome.name] = own
    frame = pd.DataFrame(influences, index=units.index)
    return EffectTable(tuple(effects), (*units.panel.rules, _NOTE), units.panel.synthetic, frame)
