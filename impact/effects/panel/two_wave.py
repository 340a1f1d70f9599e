"""two_wave_effects(): what the treated gained between a baseline and a follow-up, less what they would have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.balance.table import balance
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import Effect, EffectTable
from impact.effects.panel.all_waves import over_all_waves
from impact.effects.panel.counting import counts, warn_of_few_entering
from impact.effects.panel.errors import error_sums
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.regression_errors import coefficient_error
from impact.effects.panel.estimators.regressions import ByRegression
from impact.effects.panel.estimators.two_periods import (
    Changes,
    CrossSections,
    DifferenceInDifferences,
    Linearised,
    linearised_mean,
)
from impact.effects.panel.estimators.two_way import TwoWayFixedEffects
from impact.effects.panel.labels import Tested, effect_of, percent_influence
from impact.effects.panel.sample import PanelUnits, panel_units
from impact.effects.variances.weighted_regression import CR1, CR2, CR3
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import some_outcomes
from impact.survey.panel.panel import Panel

_DOUBLY_ROBUST = DoublyRobust()

LACK_A_WAVE = Text(
    "{households} lack a wave and are left out.",
    "{households} sin alguna de las rondas, fuera de la estimación.",
    households="",
)
BY_GROUP = Text("regression, by group, {variance}, t", "regresión, por grupo, {variance}, t", variance="")
BY_ROW = Text("regression, by row, {variance}, t", "regresión, por fila, {variance}, t", variance="")


def two_wave_effects(
    panel: Panel,
    outcomes: Sequence[str | Outcome] | None = None,
    estimator: DifferenceInDifferences = _DOUBLY_ROBUST,
    matched: MatchedSample | None = None,
    repeated_cross_sections: bool = False,
    variance: CR1 | CR2 | CR3 | None = None,
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect on each outcome from a panel of two waves.

    Parameters
    ----------
    panel : Panel
        Of two waves; ``panel.between(first, last)`` takes two of several. Two-way fixed effects take any number.
    outcomes : sequence of str or Outcome, optional
        All of the panel's by default.
    estimator : DifferenceInDifferences
        ``im.DoublyRobust()``, ``im.OutcomeRegression()``, ``im.InverseProbabilityWeighted()``, ``im.ChangeScore()``, ``im.Ancova()`` or
        ``im.TwoWayFixedEffects()``, with the panel's covariates (two-way effects take none).
    matched : MatchedSample, optional
        Made from ``panel.baseline()``: match weights multiply sampling weights.
    repeated_cross_sections : bool
        True: the rows of the waves are taken as different households.
    variance : CR1, CR2, CR3 or None
        None: by producer group where the panel has one, else households independent. The others for estimators that are regressions.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    EffectTable
        One row per outcome. ``influence``: of each household (of each row, where waves are cross-sections) on each effect.

    Raises
    ------
    OptionError
        Other than two waves; a variance that does not suit the estimator or the waves; an unknown outcome.
    SupportError
        A propensity above .999; no household seen in both waves.
    DataError
        Collinear covariates; a single producer group in an arm.

    Notes
    -----
    Percentages are over the treated's counterfactual follow-up mean, Ȳ_{W=1, after} − τ̂, with its estimation counted. An outcome with
    ``persons`` counts each household once per person of its first interview. Errors: V = n⁻² Σ_arm G/(G − 1) Σ_group (Σ influence)² with
    t, or Σ influence²/n². Match weights count as known.

    References
    ----------
    Sant'Anna & Zhao (2020), Journal of Econometrics 219(1), 101-122, doi:10.1016/j.jeconom.2020.06.003; Heckman, Ichimura & Todd
    (1997), Review of Economic Studies 64(4), 605-654, doi:10.2307/2971733, for matched samples.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(60), 2), np.tile([0, 1], 60)
    >>> treated = hh % 3 == 0
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "treated": treated, "y": hh % 7 + wave * (1 + hh % 2 + 4 * treated)})
    >>> panel = im.Panel(frame, id="hh", wave="wave", treatment="treated", outcomes=["y"])
    >>> round(im.two_wave_effects(panel).one("y").estimate, 6)
    4.0
    """
    _check_options(estimator, variance, level)
    units, chosen = panel_units(panel, matched), chosen_of_panel(panel, outcomes)
    if len(panel.waves) != 2 and isinstance(estimator, TwoWayFixedEffects):
        _refuse_variance(panel, variance)
        return over_all_waves(units, chosen, estimator, level)
    _check_two_waves(panel)
    warn_of_few_entering(units)
    found: dict[str, tuple[Effect, Array]] = {}
    for persons in dict.fromkeys(outcome.persons for outcome in chosen):
        together = [outcome for outcome in chosen if outcome.persons == persons]
        data = _comparison(units, together, repeated_cross_sections)
        found |= _effects(data, together, estimator, variance, level)
    return EffectTable(
        tuple(found[outcome.name][0] for outcome in chosen),
        (*panel.rules, *data.notes),
        panel.synthetic,
        pd.DataFrame({outcome.name: found[outcome.name][1] for outcome in chosen}, index=data.index),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Comparison:
    """The rows of an estimate, and what belongs to them.

    Attributes
    ----------
    units : PanelUnits
    data : Changes or CrossSections
    follow_up : float64 array, shape (n, q)
        Outcomes after, missing for rows of the baseline.
    index, group, cohort : arrays, shape (n,)
    notes : tuple of Text
    """

    units: PanelUnits
    data: Changes | CrossSections
    follow_up: Array
    index: pd.Index[Any]
    group: Positions | None
    cohort: Array
    notes: tuple[Text, ...]

    def effects(self, estimator: DifferenceInDifferences) -> Linearised:
        """Return the effects by an estimator."""
        if isinstance(self.data, Changes):
            return estimator.of_changes(self.data)
        return estimator.of_cross_sections(self.data)

    def treated_follow_up(self) -> Linearised:
        """Return the treated's follow-up means."""
        seen = np.isfinite(self.follow_up[:, 0])
        weight = self.data.weight * (self.data.treated & seen)
        return linearised_mean(weight, np.where(seen[:, None], self.follow_up, 0.0))


def _comparison(units: PanelUnits, outcomes: Sequence[Outcome], cross_sections: bool) -> _Comparison:
    values = np.stack([units.values(outcome) for outcome in outcomes], axis=2)
    weight = units.weight * units.persons(outcomes[0])
    if cross_sections:
        return _rows(units, values, weight)
    both: Booleans = np.asarray(units.observed.all(axis=1))
    kept = units.take(both)
    if not kept.treated.any() or kept.treated.all():
        raise SupportError(
            Text(
                (
                    "{households} {households:has|have} both waves, {kept:,} treated: an arm is empty. Use repeated_cross_sections=True, "
                    "or check that households keep their id over waves."
                ),
                (
                    "{households} {households:tiene|tienen} ambas rondas, {kept:,} beneficiarios: un brazo queda vacío. Use "
                    "repeated_cross_sections = true, o revise que los hogares conserven su identificador entre rondas."
                ),
                households=checks.counted(int(both.sum()), "household"),
                kept=int(kept.treated.sum()),
            )
        )
    lost = int((~both).sum())
    notes = (LACK_A_WAVE.with_values(households=checks.counted(lost, "household")),) if lost else ()
    before, after = values[both][:, 0], values[both][:, 1]
    data = Changes(before, after, kept.treated, kept.design, weight[both], units.names, _where(units))
    return _Comparison(kept, data, after, kept.index, kept.group, kept.cohort, notes)


def _rows(units: PanelUnits, values: Array, weight: Array) -> _Comparison:
    """Return the rows of both waves as cross-sections."""
    household, wave = np.nonzero(units.observed)
    outcome = values[household, wave]
    post = wave == 1
    data = CrossSections(
        outcome,
        post,
        units.treated[household],
        units.design[household],
        weight[household],
        units.names,
        _where(units),
    )
    index = units.panel.frame.index[units.panel.positions[units.used][household, wave]]
    group = None if units.group is None else units.group[household]
    follow_up = np.where(post[:, None], outcome, np.nan)
    note = Text(
        "The waves are compared as cross-sections: rows are taken as different households.",
        "Las rondas se comparan como cortes transversales: las filas se toman como hogares distintos.",
    )
    return _Comparison(units, data, follow_up, index, group, units.cohort[household], (note,))


def _where(units: PanelUnits) -> Text:
    return Text(
        "wave {after!s} against wave {before!s}",
        "ronda {after!s} contra ronda {before!s}",
        after=units.waves[1],
        before=units.waves[0],
    )


def _effects(
    comparison: _Comparison,
    outcomes: Sequence[Outcome],
    estimator: DifferenceInDifferences,
    variance: CR1 | CR2 | CR3 | None,
    level: float,
) -> dict[str, tuple[Effect, Array]]:
    """Return the effect on each outcome, and every household's influence on it."""
    effects, treated = comparison.effects(estimator), comparison.treated_follow_up()
    counterfactual, units = treated - effects, comparison.units
    numbers = counts(units, units.treated, ~units.treated, units.weight)
    smd = np.nan if units.matched is None else balance(units.matched).max_abs_smd
    found = {}
    for k, outcome in enumerate(outcomes):
        tested, label = _tested(comparison, effects, counterfactual, k, estimator, variance)
        effect = effect_of(
            tested,
            numbers,
            outcome,
            strategy=estimator.label,
            subgroup="all",
            population=_population(units),
            comparator=units.comparator,
            weights=units.weights_label,
            variance=label,
            level=level,
            identification=estimator.identification,
            max_abs_smd=smd,
        )
        found[outcome.name] = effect, effects.influence[:, k]
    return found


def _tested(
    comparison: _Comparison,
    effects: Linearised,
    counterfactual: Linearised,
    k: int,
    estimator: DifferenceInDifferences,
    variance: CR1 | CR2 | CR3 | None,
) -> tuple[Tested, str]:
    """Return an effect with its error and that of its percentage, and the name of the variance."""
    estimate, mean = float(effects.estimate[k]), float(counterfactual.estimate[k])
    influence, of_mean = effects.influence[:, k], counterfactual.influence[:, k]
    ratio = percent_influence(estimate, mean, influence, of_mean)
    errors = error_sums(np.column_stack([influence, of_mean, ratio]), comparison.cohort, comparison.group)
    error, freedom, label = float(errors.std_error[0]), float(errors.freedom[0]), errors.label
    if variance is not None and isinstance(estimator, ByRegression):
        found = coefficient_error(estimator.regression(comparison.data, k), comparison.group, variance)
        error, freedom = found.std_error, found.freedom
        form = BY_GROUP if comparison.group is not None else BY_ROW
        label = form.with_values(variance=type(variance).__name__)
    return (
        Tested(estimate, error, freedom, mean, float(errors.std_error[1]), float(errors.std_error[2])),
        label,
    )


def _population(units: PanelUnits) -> Text:
    kept, total = int(units.treated.sum()), int(units.panel.ever_treated.sum())
    if kept == total:
        return Text("all {total} treated", "los {total} beneficiarios", total=total)
    return Text(
        "treated in the comparison ({kept} of {total})",
        "beneficiarios en la comparación ({kept} de {total})",
        kept=kept,
        total=total,
    )


def chosen_of_panel(panel: Panel, outcomes: Sequence[str | Outcome] | None) -> list[Outcome]:
    """Return the outcomes asked for, or all of the panel's; the panel has their columns."""
    chosen = some_outcomes(panel.outcomes, outcomes, Text("im.Panel", "[[outcomes]] de la configuración"))
    for outcome in chosen:
        checks.columns_present("outcomes", outcome.columns, panel.frame.columns)
    return chosen


def _refuse_variance(panel: Panel, variance: CR1 | CR2 | CR3 | None) -> None:
    if variance is not None:
        raise OptionError(
            Text(
                "variance {variance} is for two waves; two-way effects of {number} have that of their influence. Leave out variance=, or "
                "take two waves with panel.between(first, last).",
                "variance {variance} es para dos rondas; los efectos fijos de {number} tienen la de su influencia. Quite variance, o tome "
                "dos rondas con panel.between(primera, última).",
                variance=type(variance).__name__,
                number=len(panel.waves),
            )
        )


def _check_two_waves(panel: Panel) -> None:
    if len(panel.waves) == 2:
        return
    raise OptionError(
        Text(
            (
                "panel must have two waves; it has {number} ({panel}). Take two of them with panel.between(first, "
                "last), or use im.group_time_effects()."
            ),
            (
                "panel debe tener dos rondas; tiene {number} ({panel}). Tome dos de ellas con panel.between(primera, "
                "última), o use group_time_effects."
            ),
            number=len(panel.waves),
            panel=checks.listed(panel.waves, 12),
        )
    )


def _check_options(estimator: DifferenceInDifferences, variance: object, level: float) -> None:
    checks.between("level", level, 0.0, 1.0)
    checks.instance(
        "estimator",
        estimator,
        Text(
            "im.DoublyRobust(), im.ChangeScore() or another with of_changes and of_cross_sections",
            "DoublyRobust, ChangeScore u otro con of_changes y of_cross_sections",
        ),
        isinstance(estimator, DifferenceInDifferences),
    )
    if variance is None:
        return
    required = Text("None, im.CR1(), im.CR2() or im.CR3()", "nada, CR1, CR2 o CR3")
    checks.instance("variance", variance, required, isinstance(variance, (CR1, CR2, CR3)))
    if not isinstance(estimator, ByRegression):
        raise OptionError(
            Text(
                (
                    "variance {variance} is for estimators that are one regression, such as im.ChangeScore() and "
                    "im.Ancova(); got {estimator}. Leave out variance=."
                ),
                (
                    "variance {variance} es para estimadores que son una regresión, como ChangeScore y Ancova; se dio "
                    "{estimator}. Quite variance."
                ),
                variance=type(variance).__name__,
                estimator=type(estimator).__name__,
            )
        )
