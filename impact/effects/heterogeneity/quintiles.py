"""Who gained: effects by fifth of baseline income, or of the income predicted without the programme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from impact import checks
from impact.design.match import match
from impact.design.proposal import Strategy
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.suited import adjustment_of
from impact.effects.effect import Effect, EffectTable
from impact.effects.heterogeneity.comparison import EffectComparison, compared
from impact.effects.heterogeneity.ranking import Ranked, Ranking, refuse_ex_post
from impact.effects.heterogeneity.split_strata import averaged_effect, averaged_means
from impact.effects.heterogeneity.strata import (
    Method,
    StratumEffect,
    rematched_effect,
    restricted_effect,
    strata_of_treated,
    ways_of_strata,
)
from impact.effects.heterogeneity.unestimated import (
    NOT_ESTIMATED,
    NoStratumError,
    estimated_or_refused,
    reason_of,
)
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Variance
from impact.effects.variances.sums.covariance import ArmMeans
from impact.effects.variances.sums.group_sums import Ways
from impact.errors import EstimationError, ImpactError, OptionError
from impact.language import Text
from impact.parallel import Lost, fits
from impact.progress import track
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import one_outcome
from impact.survey.sample import Sample

_UNBALANCED = 0.1
_MATCHED_ANEW = Text("matched anew in each", "emparejamiento nuevo en cada uno")
_NOTHING_TO_COMPARE = Text(
    "One stratum alone is estimated: nothing can be compared.",
    "Solo se estima un estrato: no hay qué comparar.",
)
_ONE_MATCH = Text("one overall match, restricted to each", "un solo emparejamiento, limitado a cada uno")


def quintile_effects(
    sample: Sample,
    strategy: Strategy,
    outcome: str | Outcome,
    by: Ranking | str,
    quantiles: int = 5,
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
    rematch: bool = True,
    n_jobs: int | None = None,
) -> EffectTable:
    """Estimate the effect in each fifth, matching again within it.

    Parameters
    ----------
    sample : Sample
    strategy : Strategy
        Applied within each stratum anew, or once to all with ``rematch=False``.
    outcome : str or Outcome
    by : Ranking
        ``im.Baseline("income_pre")`` or ``im.PredictedOutcome()``. The observed outcome is refused.
    quantiles : int
        Number of strata; cut points are quantiles of the treated.
    variance, bias_adjustment, level
        As in ``estimate``; what suits the outcome is settled once, on the whole sample.
    rematch : bool
        True: matched within each stratum. False: one overall match, of which each stratum takes its own
        treated and its own matched controls; balance is checked again in each (``max_abs_smd``), and a
        note names what is off.
    n_jobs : int, optional
        Processes, for repeated splits; what joblib's active backend says by default.

    Returns
    -------
    EffectTable
        ``subgroup`` is "Q1" (lowest) to "Q5". The notes say how strata were made and whether the effects
        differ.

    Raises
    ------
    OptionError
        ``by`` is the observed outcome or another outcome: cutting at income after the programme turned
        true effects of 160/40/52/30/25 % into 46/6/10/3/13 % in a simulation. Or a variance of its own with
        repeated splits.
    EstimationError
        No stratum can be estimated. Where only some cannot, the notes say which and why, and tests are over the others.

    See Also
    --------
    quintile_comparison : the same with the tests as numbers.

    Examples
    --------
    >>> import warnings, impact as im
    >>> warnings.simplefilter("ignore")  # sixty groups are few, and it says so
    >>> survey = im.synthetic.rural_alliances(seed=3, groups=60)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> found = im.quintile_effects(sample, im.Kernel(im.PropensityScore()), "income_labour", by=im.PredictedOutcome())
    >>> found.frame["subgroup"].tolist()
    ['Q1', 'Q2', 'Q3', 'Q4', 'Q5']
    """
    return quintile_comparison(
        sample, strategy, outcome, by, quantiles, variance, bias_adjustment, level, rematch, n_jobs
    ).table


def quintile_comparison(
    sample: Sample,
    strategy: Strategy,
    outcome: str | Outcome,
    by: Ranking | str,
    quantiles: int = 5,
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
    rematch: bool = True,
    n_jobs: int | None = None,
) -> EffectComparison:
    """Estimate the effect in each fifth and hold the fifths together for tests.

    Parameters
    ----------
    sample, strategy, outcome, by, quantiles, variance, bias_adjustment, level, rematch, n_jobs
        As in ``quintile_effects``.

    Returns
    -------
    EffectComparison
        ``.table``, and ``.equality()``, ``.trend()``, ``.ratio("Q1", "Q2")`` on either scale, over the fifths that can be estimated;
        ``.reasons`` says why another has no estimate.

    Notes
    -----
    Fifths share producer groups, so their covariance comes from the groups' sums of the linearised terms: those of
    the ``ClusterRobust`` that the table's rows use, or of the default where they use a variance without such terms.
    Strata count as given, as fixed cut points would be.

    References
    ----------
    Abadie, Chingos & West (2018), Review of Economics and Statistics 100(4), 567-580,
    doi:10.1162/rest_a_00732.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(800)
    >>> treated, before = row // 5 % 2, row % 4 + 1.0
    >>> frame = pd.DataFrame({"treated": treated, "land": row % 37, "before": before, "group": row // 5})
    >>> frame["income"] = 100 + before + np.where(before > 2, 10, 5) * treated + row % 3
    >>> sample = im.Sample(frame, "treated", ["land", "before"], outcomes=["income"], cluster="group")
    >>> near = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    >>> found = im.quintile_comparison(sample, near, "income", by=im.Baseline("before"), quantiles=2)
    >>> found.frame[["subgroup", "estimate"]].round(1).values.tolist()
    [['Q1', 5.0], ['Q2', 10.0]]
    >>> round(found.ratio("Q2", "Q1", scale="level").ratio, 1)  # the upper half gains twice as much
    2.0
    """
    chosen = one_outcome(sample.outcomes, outcome)
    checks.whole("quantiles", quantiles, minimum=2)
    checks.between("level", level, 0.0, 1.0)
    ranking = _as_ranking(by, sample, chosen)
    rankings = ranking.rankings(sample, chosen)
    _check_variance(variance, rankings)
    method = Method(strategy, variance, adjustment_of(bias_adjustment, chosen, sample), level)
    split = partial(_stratified, sample, quantiles, chosen, method, rematch)
    done = dict(track(fits(split, rankings, n_jobs), "Splits", total=len(rankings)))
    parts = [part for place in range(len(rankings)) if not isinstance(part := done[place], Lost)]
    found, reasons = _found(parts)
    effects, means, ways = _over_splits(sample, found, ranking.seed)
    refused = [NOT_ESTIMATED.with_values(name=name, reason=reason) for name, reason in reasons.items()]
    notes = [strata_note(quantiles, ranking, rematch), *refused, *balance_note(effects)]
    comparison = compared(effects, means, ways, sample.treated, notes, sample.synthetic)
    comparison = replace(comparison, reasons=reasons, subgroups=tuple(parts[0]))
    table = replace(comparison.table, notes=(*notes, *test_notes(comparison)))
    return replace(comparison, table=table)


def _stratified(
    sample: Sample, quantiles: int, outcome: Outcome, method: Method, rematch: bool, ranked: Ranked
) -> dict[str, StratumEffect | ImpactError]:
    """Return the effect in each stratum of one ranking, or what refused it."""
    numbers = strata_of_treated(sample, ranked.values, quantiles).numbers
    strata = [(f"Q{number}", ranked.compared & (numbers == number)) for number in range(1, quantiles + 1)]
    within: Callable[..., StratumEffect] = partial(rematched_effect, sample)
    if not rematch:
        matched = match(sample.take(ranked.compared), method.strategy)
        within = partial(restricted_effect, matched, ranked.compared)
    return {
        name: estimated_or_refused(partial(within, inside, name, outcome, method), name)
        for name, inside in strata
    }


def _found(
    parts: list[dict[str, StratumEffect | ImpactError]],
) -> tuple[list[list[StratumEffect]], dict[str, str]]:
    """Return the strata that every split can estimate, split by split, and why the others are missing."""
    reasons: dict[str, str] = {}
    for name in parts[0]:
        refusals = [one for part in parts if isinstance(one := part[name], ImpactError)]
        if refusals:
            reasons[name] = reason_of(refusals, len(parts))
    if len(reasons) == len(parts[0]):
        raise NoStratumError.of(reasons)
    return [
        [one for name, one in part.items() if name not in reasons and isinstance(one, StratumEffect)]
        for part in parts
    ], reasons


def _over_splits(
    sample: Sample, parts: list[list[StratumEffect]], seed: int | None
) -> tuple[list[Effect], list[ArmMeans], Ways]:
    """Return each stratum's row and means, averaged where there are several stratifications."""
    if len(parts) == 1:
        effects, means = [part.effect for part in parts[0]], [part.means for part in parts[0]]
        return effects, means, ways_of_strata(sample, parts[0])
    ways = ways_of_strata(sample, [])
    strata = list(zip(*parts, strict=True))
    means = [averaged_means(stratum) for stratum in strata]
    effects = [
        averaged_effect(stratum, mean, ways, sample.treated, seed)
        for stratum, mean in zip(strata, means, strict=True)
    ]
    return effects, means, ways


def _as_ranking(by: Ranking | str, sample: Sample, outcome: Outcome) -> Ranking:
    if isinstance(by, str):
        refuse_ex_post(by, sample, outcome)
        raise OptionError(
            Text(
                (
                    'by must be im.Baseline("{by}") for a column from before the programme, or im.PredictedOutcome(); '
                    "got {by!r}."
                ),
                (
                    'by debe ser im.Baseline("{by}") para una columna de antes del programa, o im.PredictedOutcome(); se '
                    "dio {by!r}."
                ),
                by=by,
            )
        )
    checks.instance(
        "by",
        by,
        Text(
            'im.Baseline("income_pre") or im.PredictedOutcome()',
            "una línea base (Baseline) o PredictedOutcome",
        ),
        isinstance(by, Ranking),
    )
    return by


def _check_variance(variance: Variance | None, rankings: Sequence[Ranked]) -> None:
    if len(rankings) > 1 and variance is not None and not isinstance(variance, ClusterRobust):
        raise OptionError(
            Text(
                (
                    "variance must be None or im.ClusterRobust() with repeated splits, whose linearised terms are "
                    "averaged; got {variance}."
                ),
                (
                    "variance debe quitarse o ser ClusterRobust con divisiones repetidas, cuyos términos linealizados "
                    "se promedian; se dio {variance}."
                ),
                variance=type(variance).__name__,
            )
        )


def strata_note(quantiles: int, ranking: Ranking, rematch: bool) -> Text:
    """Return how the strata were made, as a line under the table."""
    return Text(
        "Strata: {quantiles} quantile groups of {ranking}; cut points from the treated; {how}.",
        "Estratos: {quantiles} grupos cuantílicos de {ranking}; cortes de los beneficiarios; {how}.",
        quantiles=quantiles,
        ranking=ranking.label,
        how=_MATCHED_ANEW if rematch else _ONE_MATCH,
    )


def balance_note(effects: Sequence[Effect]) -> list[str]:
    """Return which strata are not balanced, as lines under the table."""
    apart = [f"{e.subgroup} ({e.max_abs_smd:.2f})" for e in effects if e.max_abs_smd > _UNBALANCED]
    if not apart:
        return []
    return [
        Text(
            "Largest |SMD| above {limit} after matching in {strata}: look at the balance within each.",
            "Mayor |DME| sobre {limit} después del emparejamiento en {strata}: revise el balance dentro de cada uno.",
            limit=f"{_UNBALANCED}",
            strata=tuple(apart),
        )
    ]


def test_notes(comparison: EffectComparison) -> list[str]:
    """Return the tests as lines under the table; a test that the data cannot carry says why."""
    notes: list[str] = []
    names = comparison.levels.names
    if len(names) < 2:
        return [_NOTHING_TO_COMPARE]
    for scale in comparison.scales:
        try:
            notes.append(comparison.equality(scale).text)
        except EstimationError as refusal:
            notes.append(Text("No joint test: {why}", "Sin prueba conjunta: {why}", why=refusal.text))
        notes.append(comparison.trend(scale).text)
        notes.append(comparison.ratio(names[0], names[1], scale).text)
    return notes
