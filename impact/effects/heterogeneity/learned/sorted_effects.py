"""Who gains most and least: effects of groups sorted by a learnt score, judged on other producer groups, medians over splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.design.distances.propensity import PropensityScore
from impact.design.units import Units
from impact.effects.arm_means.cross_fitted import Regressor, check_regressor
from impact.effects.few_groups import FEW_GROUPS
from impact.effects.heterogeneity.learned.effect_score import EffectLearner, check_clip
from impact.effects.heterogeneity.learned.over_splits import (
    medians_over_splits,
    over_splits,
    tables_of_medians,
)
from impact.errors import EstimationError, FewClustersWarning
from impact.language import Language, Text, quoted
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.survey.shares import shown_scale
from impact.views import Exported, html_view, p_compared, text_view
from impact.warn import warn

_SENTENCE = Text(
    "{outcome}: of {groups} groups sorted by the effect predicted for them, the last gains {most}{unit} ({most_low} to {most_high}) and "
    "the first {least} ({least_low} to {least_high}), a difference of {apart} ({apart_low} to {apart_high}). {verdict}",
    "{outcome}: de {groups} grupos ordenados por el efecto que se predice para ellos, el último gana {most}{unit} ({most_low} a "
    "{most_high}) y el primero {least} ({least_low} a {least_high}), una diferencia de {apart} ({apart_low} a {apart_high}). {verdict}",
    **dict.fromkeys(
        (
            "outcome", "groups", "most", "unit", "most_low", "most_high", "least", "least_low", "least_high", "apart", "apart_low",
            "apart_high", "verdict",
        ),
        "",
    ),
)  # fmt: skip
_TELLS = Text(
    "The covariates tell who gains more (p {p}).", "Las covariables dicen quién gana más (p {p}).", p=""
)
_TELLS_NOT = Text(
    "The data do not tell who gains more from the programme (p {p}).",
    "Los datos no permiten decir quién gana más con el programa (p {p}).",
    p="",
)
_SORTED = Text(
    "{estimand} on {outcome} ({unit}), sorted by the effect that {learner} predicts from half of the {halves} for the other half.",
    "{estimand} sobre {outcome} ({unit}), ordenado por el efecto que {learner} predice desde la mitad de los {halves} para la otra mitad.",
)
_MEDIANS = Text(
    "Medians over {splits}; intervals {level:.0%}; errors by {by}, t. Identification: cross-section, selection on observed covariates. "
    "The score describes, and causes nothing.",
    "Medianas sobre {splits}; intervalos del {level:.0%}; errores por {by}, t. Identificación: corte transversal, selección por "
    "covariables observadas. El puntaje describe, y no causa nada.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SortedEffects(Exported):
    """How the effect varies with a learnt score.

    Every table has estimate, std_error, conf_low, conf_high, p_value: medians over the splits, the p-value doubled.

    Attributes
    ----------
    best_linear_predictor : DataFrame
        term "average effect" and "slope": one if the score is right, zero if it says nothing of the effect.
    groups : DataFrame
        group 1 (predicted to gain least) to the last, and "most − least".
    who : DataFrame
        covariate, mean_least and mean_most of the first and the last group, and their difference.
    targeting : DataFrame
        share of the population, from the top of the score; effect on them; and gain over the average, with its interval.
    targeting_gain : DataFrame
        The mean gain over the shares, one row.
    outcome, unit : str
    learner : str
        Name of the regressor's class.
    level : float
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from sklearn.linear_model import LinearRegression
    >>> row = np.arange(800)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "land": row % 37 / 10, "group": row // 5})
    >>> frame["income"] = 100 + row % 3 + (5 + 10 * frame["land"]) * frame["treated"]  # who has land gains more
    >>> sample = im.Sample(frame, "treated", ["land"], outcomes=["income"], cluster="group")
    >>> found = im.sorted_effects(sample, "income", LinearRegression(), splits=2)
    >>> found.best_linear_predictor[["term", "estimate"]].round(1).values.tolist()
    [['average effect', 22.2], ['slope', 1.0]]
    >>> found.who[["covariate", "mean_least", "mean_most"]].round(1).values.tolist()
    [['land', 0.3, 3.2]]
    """

    TITLE: ClassVar[Text] = Text("Effects sorted by prediction", "Efectos ordenados según la predicción")

    best_linear_predictor: pd.DataFrame
    groups: pd.DataFrame
    who: pd.DataFrame
    targeting: pd.DataFrame
    targeting_gain: pd.DataFrame
    outcome: str
    unit: str
    learner: str
    level: float
    notes: tuple[str, ...]
    synthetic: bool

    @property
    def frame(self) -> pd.DataFrame:
        """The effects of the sorted groups."""
        return self.groups

    def sentence(self, language: str = "en", name: str | None = None) -> str:
        """Return what the sorted groups say, in one plain sentence; ``name`` is what the outcome is called there."""
        words = Language(language)
        factor, unit = shown_scale(self.unit, words)
        ends = self.groups.iloc[[-2, 0, -1]]
        largest = factor * float(ends["estimate"].abs().max())
        decimals = 0 if largest >= 100 else 1 if largest >= 10 else 3
        shown = {
            key + suffix: words.number(factor * float(row[column]), decimals)
            for key, (_, row) in zip(("most", "least", "apart"), ends.iterrows(), strict=True)
            for suffix, column in (("", "estimate"), ("_low", "conf_low"), ("_high", "conf_high"))
        }
        slope = self.best_linear_predictor.iloc[1]
        told = slope["estimate"] > 0 and slope["p_value"] < 1 - self.level
        verdict = (_TELLS if told else _TELLS_NOT).with_values(p=p_compared(float(slope["p_value"])))
        return _SENTENCE.with_values(
            outcome=name or self.outcome,
            groups=len(self.groups) - 1,
            unit=unit,
            verdict=verdict,
            **shown,
        ).to(language)

    def __repr__(self) -> str:
        tables = (self.best_linear_predictor, self.groups)
        first, *rest = [text_view(table) for table in tables]
        return text_view(self.targeting_gain, [*rest, first, *self.notes][::-1], self.synthetic)

    def _repr_html_(self) -> str:
        tables = (self.best_linear_predictor, self.groups, self.who, self.targeting)
        return html_view(self.targeting_gain, self.notes, self.synthetic) + "".join(map(html_view, tables))


def sorted_effects(
    sample: Sample,
    outcome: str | Outcome,
    regressor: Regressor,
    propensity: PropensityScore | None = None,
    groups: int = 5,
    splits: int = 100,
    estimand: str = "ATT",
    clip: tuple[float, float] = (0.01, 0.99),
    level: float = 0.95,
    seed: int = 0,
    n_jobs: int | None = None,
) -> SortedEffects:
    """Learn how the effect varies on half of the producer groups, and judge it on the other half, again and again.

    Parameters
    ----------
    sample : Sample
    outcome : str or Outcome
    regressor : regressor
        Any scikit-learn regressor, fitted to each arm of the learning half: the difference of its predictions is the score.
    propensity : PropensityScore, optional
        The probability of treatment, fitted on the learning half; the logit by default.
    groups : int
        Sorted groups, from 2; five by default: fifths.
    splits : int
        Splits of the producer groups (units without a cluster) into halves within the arms.
    estimand : {"ATT", "ATE"}
    clip : (float, float)
        Bounds to which the probabilities are moved.
    level : float
        Confidence level in (0, 1) that the median intervals keep: each split's are at (1 + level)/2.
    seed : int
        One seed gives one result, whatever the order of the rows or the number of jobs.
    n_jobs : int, optional
        Processes; joblib's active backend decides by default.

    Returns
    -------
    SortedEffects

    Raises
    ------
    OptionError
        No regressor, or fewer groups in an arm than halves.
    EstimationError
        The learner predicts the same effect for everybody, or leaves a sorted group without an arm.

    Notes
    -----
    In the judging half the effect is averaged doubly robustly (``EffectScore``), with errors summed by producer group and t. Sorting, line
    and averages are those of the half that taught nothing: an interval is right whatever the learner. Estimates and limits are medians over
    splits, p-values twice the median. What is described is how the effect goes with the score, not why.

    What a group's interval is about, within a split: the mean effect on the population (the treated, for the ATT) whose predicted
    effect lies between the group's limits, E[s₀(Z) | S ∈ I_k] with the score S as learnt on the other half, of which the survey's units
    are a sample. It is not the mean over the very units that were drawn, which it covers more often than it says. Over splits the
    target is the median of these.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernández-Val (2025), Econometrica 93(4), 1121-1164, doi:10.3982/ECTA19303, for best linear predictor,
    sorted groups, their characteristics and medians over splits; Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), JASA 120(549), 38-51,
    doi:10.1080/01621459.2024.2393466, for the targeting curve.

    Examples
    --------
    >>> import impact as im
    >>> from sklearn.linear_model import LinearRegression
    >>> survey = im.synthetic.rural_alliances(seed=1, groups=160)
    >>> sample = im.Sample(survey.household, **survey.roles())
    >>> found = im.sorted_effects(sample, "income_agr_pc_month", LinearRegression(), splits=3)
    >>> found.groups["group"].tolist()
    ['1', '2', '3', '4', '5', 'most − least']
    """
    check_regressor(regressor)
    score = PropensityScore() if propensity is None else propensity
    checks.instance(
        "propensity",
        score,
        Text("an im.PropensityScore", "un PropensityScore"),
        isinstance(score, PropensityScore),
    )
    checks.one_of("estimand", estimand, ("ATT", "ATE"))
    for name, value, least in (("groups", groups, 2), ("splits", splits, 1), ("seed", seed, 0)):
        checks.whole(name, value, minimum=least)
    checks.between("level", level, 0.0, 1.0)
    check_clip(clip)
    (chosen,) = sample.chosen([outcome])
    sample = sample.take(sample.has(chosen))
    learner = _learner(sample, chosen, regressor, score, estimand, clip)
    found = over_splits(learner, _codes(sample), groups, splits, seed, n_jobs)
    notes = _notes(sample, chosen, regressor, len(found.estimate), level, estimand)
    line, sorted_, who, curve, gain = tables_of_medians(
        medians_over_splits(found, level), learner.units, groups
    )
    learnt_by = type(regressor).__name__
    about = (chosen.name, chosen.unit, learnt_by, level, notes, sample.synthetic)
    return SortedEffects(line, sorted_, who, curve, gain, *about)


def _learner(
    sample: Sample,
    outcome: Outcome,
    regressor: Regressor,
    score: PropensityScore,
    estimand: str,
    clip: tuple[float, float],
) -> EffectLearner:
    frame = sample.frame
    values = outcome.values(frame)
    if not np.isfinite(values).all():
        raise EstimationError(
            Text(
                "Outcome '{name}' must be finite in every unit. Exclude the others first.",
                "El resultado '{name}' debe ser finito en cada unidad. Excluya antes a las demás.",
                name=outcome.name,
            )
        )
    persons = (
        np.ones(len(frame)) if outcome.persons is None else frame[outcome.persons].to_numpy(dtype=np.float64)
    )
    units = Units.of(sample, estimand, score.design_columns)
    return EffectLearner(units, np.asarray(values, dtype=np.float64), persons, regressor, score, clip)


def _codes(sample: Sample) -> Positions:
    """Return the group of each unit, itself without a cluster; warn where half of the groups are few."""
    if sample.cluster is None:
        return np.arange(len(sample))
    codes = group_codes(sample.frame[sample.cluster], sample.cluster)
    fewest = min(len(np.unique(codes[arm])) for arm in (sample.treated, ~sample.treated)) // 2
    if fewest < FEW_GROUPS:
        warn(
            Text(
                (
                    "Half of the groups of an arm are {fewest}, below {few_groups}: sorted groups rest on few of them, "
                    "and their intervals may cover less than they say."
                ),
                (
                    "La mitad de los grupos de un brazo son {fewest}, menos de {few_groups}: los grupos ordenados "
                    "descansan en pocos de ellos, y sus intervalos pueden cubrir menos de lo que dicen."
                ),
                fewest=fewest,
                few_groups=FEW_GROUPS,
            ),
            FewClustersWarning,
        )
    return codes


def _notes(
    sample: Sample, outcome: Outcome, regressor: Regressor, splits: int, level: float, estimand: str
) -> tuple[str, ...]:
    alone = sample.cluster is None
    halves = (
        Text("units", "unidades")
        if alone
        else Text("groups ({name})", "grupos ({name})", name=sample.cluster)
    )
    return (
        _SORTED.with_values(
            estimand=estimand,
            outcome=quoted(outcome.name),
            unit=outcome.unit or Text("own unit", "su propia unidad"),
            learner=type(regressor).__name__,
            halves=halves,
        ),
        _MEDIANS.with_values(
            splits=checks.counted(splits, "split"),
            level=level,
            by=Text("unit", "unidad") if alone else Text("group", "grupo"),
        ),
    )
