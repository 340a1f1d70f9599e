"""Three estimands of one outcome side by side, each with its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.balance.table import balance
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import Effect, EffectTable
from impact.effects.panel.counting import counts
from impact.effects.panel.errors import error_sums
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences, Linearised, linearised_mean
from impact.effects.panel.labels import Tested, effect_of, percent_influence
from impact.effects.panel.sample import PanelUnits, panel_units
from impact.effects.panel.two_wave import chosen_of_panel, two_wave_effects
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.panel.panel import Panel

_DOUBLY_ROBUST = DoublyRobust()
_NOTE = Text(
    "Three numbers of one outcome, three questions. Before-after: how the treated changed, by the programme and by everything else. "
    "Cross-section: how they differ from comparison households afterwards, also by what differed before. "
    "Difference-in-differences: how much more they changed. Percentages have the denominators named.",
    "Tres números de un mismo resultado, tres preguntas. Antes y después: cómo cambiaron los beneficiarios, por el programa y por todo lo "
    "demás. Corte transversal: en qué difieren después de los hogares de comparación, también por lo que difería antes. "
    "Diferencias en diferencias: cuánto más cambiaron. Los porcentajes llevan nombrado su denominador.",
)

NOT_MATCHED = Text("cross-section, not matched", "corte transversal, sin emparejar")
MATCHED = Text(
    "cross-section, matched on observed covariates",
    "corte transversal, emparejado por covariables observadas",
)
FOLLOW_UP = Text(
    "follow-up mean of the comparison households",
    "media de seguimiento de los hogares de comparación",
)


def three_estimands(
    panel: Panel,
    outcomes: Sequence[str | Outcome] | None = None,
    matched: MatchedSample | None = None,
    estimator: DifferenceInDifferences = _DOUBLY_ROBUST,
    level: float = 0.95,
) -> EffectTable:
    """Return before-after, cross-section and difference-in-differences of each outcome side by side.

    Parameters
    ----------
    panel : Panel
        Of two waves; ``panel.between(first, last)`` takes two of several.
    outcomes : sequence of str or Outcome, optional
        All of the panel's by default.
    matched : MatchedSample, optional
        Made from ``panel.baseline()``: for the cross-section and the difference-in-differences.
    estimator : DifferenceInDifferences
        Of the third.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    EffectTable
        Three rows per outcome, told apart by ``strategy`` ("before-after", "cross-section", the estimator's) and ``identification``;
        all on the households that have both waves.

    Notes
    -----
    Before-after Ȳ_1 − Ȳ_0 of the treated, in percent of Ȳ_0; cross-section Ȳ_1 of the treated less that of the comparison households, in
    percent of the latter; difference-in-differences in percent of Ȳ_1 − τ̂.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(60), 2), np.tile([0, 1], 60)
    >>> treated = hh % 3 == 0
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "treated": treated, "y": 10 + hh % 7 + treated + wave * (5 + 2 * treated)})
    >>> table = im.three_estimands(im.Panel(frame, "hh", "wave", treatment="treated", outcomes=["y"]))
    >>> [round(effect.estimate, 6) for effect in table][::2]
    [7.0, 2.0]
    """
    difference = two_wave_effects(panel, outcomes, estimator, matched, level=level)
    everyone, compared = panel_units(panel, None), panel_units(panel, matched)
    effects: list[Effect] = []
    for outcome in chosen_of_panel(panel, outcomes):
        effects.append(_before_after(everyone, outcome, level))
        effects.append(_cross_section(compared, outcome, level))
        effects.append(difference.one(outcome.name))
    return EffectTable(tuple(effects), (*difference.notes, _NOTE), panel.synthetic)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _BothWaves:
    """The households with both waves, and their outcome in each."""

    units: PanelUnits
    before: Array
    after: Array
    weight: Array

    @classmethod
    def of(cls, units: PanelUnits, outcome: Outcome) -> _BothWaves:
        both: Booleans = np.asarray(units.observed.all(axis=1))
        values = units.values(outcome)[both]
        weight = (units.weight * units.persons(outcome))[both]
        return cls(units.take(both), values[:, :1], values[:, 1:], weight)

    def mean(self, values: Array, arm: Booleans) -> Linearised:
        """Return the mean of an arm."""
        return linearised_mean(self.weight * arm, values)


def _before_after(units: PanelUnits, outcome: Outcome, level: float) -> Effect:
    data = _BothWaves.of(units, outcome)
    treated = data.units.treated
    before = data.mean(data.before, treated)
    tested, variance = _tested(data.mean(data.after, treated) - before, before, data.units)
    return effect_of(
        tested,
        counts(data.units, treated, np.zeros_like(treated), data.weight),
        outcome,
        strategy=Text("before-after", "antes y después"),
        subgroup="all",
        population=_population(data.units),
        comparator=Text("the treated themselves at baseline", "los mismos beneficiarios en la línea de base"),
        weights=units.weights_label,
        variance=variance,
        level=level,
        identification=Text("before-after, the treated alone", "antes y después, solo los beneficiarios"),
        denominator=Text("baseline mean of the treated", "media de línea de base de los beneficiarios"),
    )


def _cross_section(units: PanelUnits, outcome: Outcome, level: float) -> Effect:
    data = _BothWaves.of(units, outcome)
    treated = data.units.treated
    control = data.mean(data.after, ~treated)
    tested, variance = _tested(data.mean(data.after, treated) - control, control, data.units)
    matched = units.matched
    return effect_of(
        tested,
        counts(data.units, treated, ~treated, data.weight),
        outcome,
        strategy=Text("cross-section", "corte transversal"),
        subgroup="all",
        population=_population(data.units),
        comparator=units.comparator,
        weights=units.weights_label,
        variance=variance,
        level=level,
        identification=NOT_MATCHED if matched is None else MATCHED,
        denominator=FOLLOW_UP
        if matched is None
        else Text("matched control mean", "media de los controles emparejados"),
        max_abs_smd=np.nan if matched is None else balance(matched).max_abs_smd,
    )


def _tested(effect: Linearised, mean: Linearised, units: PanelUnits) -> tuple[Tested, str]:
    """Return an effect held against a mean, and the name of its variance."""
    value, level = float(effect.estimate[0]), float(mean.estimate[0])
    own, of_mean = effect.influence[:, 0], mean.influence[:, 0]
    ratio = percent_influence(value, level, own, of_mean)
    errors = error_sums(np.column_stack([own, of_mean, ratio]), units.cohort, units.group)
    error = errors.std_error
    return (
        Tested(value, float(error[0]), float(errors.freedom[0]), level, float(error[1]), float(error[2])),
        errors.label,
    )


def _population(units: PanelUnits) -> Text:
    return Text(
        "treated with both waves ({kept} of {total})",
        "beneficiarios con ambas rondas ({kept} de {total})",
        kept=int(units.treated.sum()),
        total=int(units.panel.ever_treated.sum()),
    )
