"""Strata of a sample, and the effect within one of them with what every unit adds to its error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import Strategy
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import Effect
from impact.effects.estimate import estimated_effects
from impact.effects.observed import units_with, with_values
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Variance
from impact.effects.variances.sums.covariance import ArmMeans
from impact.effects.variances.sums.group_sums import Ways
from impact.effects.variances.sums.ways import matched_set_codes, ways_in
from impact.effects.variances.wild_bootstrap import WildBootstrap
from impact.errors import DataError, EstimationError, SupportError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.survey.weighted_distribution import weighted_quantile

FEWEST_UNITS = 2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Strata:
    """Fifths (or other shares) of the treated, applied to all units.

    Attributes
    ----------
    numbers : int array, shape (n,)
        1 for the lowest.
    cuts : float64 array
        Inner cut points, quantiles of the treated.
    """

    numbers: Positions
    cuts: Array


@dataclass(frozen=True, slots=True)
class Method:
    """How the effect within a stratum is estimated.

    Attributes
    ----------
    strategy : Strategy
    variance : Variance or None
    bias_adjustment : Adjustment or None
    level : float
    """

    strategy: Strategy
    variance: Variance | None
    bias_adjustment: Adjustment | None
    level: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StratumEffect:
    """The effect within one stratum, as a table's row and as means with their terms.

    Attributes
    ----------
    effect : Effect
    means : ArmMeans
        With terms over the whole sample.
    sets : int array, shape (n,), or None
        Matched set of each unit of the whole sample, -1 outside.
    """

    effect: Effect
    means: ArmMeans
    sets: Positions | None


def strata_of_treated(sample: Sample, values: Array, quantiles: int) -> Strata:
    """Cut all units at quantiles of the treated, by their sampling weights; lowest stratum is 1.

    A unit at a cut point is below it. One stratum holds about the same *weight* of treated units as
    another, so that "fifth" means a fifth of the programme's households and not of those interviewed.
    """
    treated = sample.treated
    survey = (
        np.ones(len(sample))
        if sample.sampling_weight is None
        else sample.frame[sample.sampling_weight].to_numpy()
    )
    cuts = cut_points(values[treated], survey[treated], quantiles)
    return Strata(np.searchsorted(cuts, values, side="left").astype(np.intp) + 1, cuts)


def cut_points(values: Array, survey: Array, quantiles: int) -> Array:
    """Return the weighted quantiles of the treated that cut everybody into so many groups."""
    shares = np.arange(1, quantiles) / quantiles
    cuts = np.array([weighted_quantile(values, survey, share) for share in shares])
    if (np.diff(cuts) <= 0).any():
        raise DataError(
            Text(
                (
                    "The ranking has too few different values among the treated to be cut into {quantiles} groups. Ask "
                    "for fewer quantiles."
                ),
                (
                    "El ordenamiento tiene muy pocos valores distintos entre los beneficiarios para cortarse en {quantiles} "
                    "grupos. Pida menos cuantiles."
                ),
                quantiles=quantiles,
            )
        )
    return cuts


def rematched_effect(
    sample: Sample, inside: Booleans, name: str, outcome: Outcome, method: Method
) -> StratumEffect:
    """Match anew within one stratum and estimate its effect."""
    _require_both_arms(sample, inside, name)
    try:
        return stratum_effect(match(sample.take(inside), method.strategy), inside, name, outcome, method)
    except (DataError, EstimationError, SupportError) as refusal:
        raise type(refusal)(
            Text(
                "In stratum {name} ({treated} treated, {controls} controls): {refusal}",
                "En el estrato {name} ({treated} beneficiarios, {controls} controles): {refusal}",
                name=name,
                treated=int(sample.treated[inside].sum()),
                controls=int((~sample.treated[inside]).sum()),
                refusal=refusal.text,
            )
        ) from refusal


def restricted_effect(
    matched: MatchedSample, rows: Booleans, inside: Booleans, name: str, outcome: Outcome, method: Method
) -> StratumEffect:
    """Estimate one stratum's effect from one overall match, of which only the stratum's units are used.

    Parameters
    ----------
    matched : MatchedSample
        Of the units at ``rows``.
    rows, inside : bool arrays, shape (n,)
        The matched units, and the stratum that is part of them, among the whole sample.
    """
    within = inside[rows]
    _require_both_arms(matched.sample, within & (matched.weights.to_numpy() > 0), name)
    return stratum_effect(restricted(matched, within), inside, name, outcome, method)


def restricted(matched: MatchedSample, inside: Booleans) -> MatchedSample:
    """Return an overall match for the ATT, restricted to a stratum on both sides.

    The treated of the stratum are compared with its matched controls, whose weights are scaled to the
    number of the matched treated. Pairs that reach across strata are not pairs any longer: what is left is
    a weighted comparison, whose balance has to be looked at anew. The weights count as given: an estimated
    score's own error, which is shared with the other strata, is left out of the variance.
    """
    treated, weights = matched.sample.treated[inside], matched.weights[inside]
    scale = weights.to_numpy()[treated].sum() / weights.to_numpy()[~treated].sum()
    measure = matched.measure
    return replace(
        matched,
        sample=matched.sample.take(inside),
        weights=weights * np.where(treated, 1.0, scale),
        discarded=matched.discarded[matched.discarded.isin(weights.index)],
        unmatched=matched.unmatched[matched.unmatched.isin(weights.index)],
        first_stage=None,
        raw_scale=None if matched.raw_scale is None else (matched.raw_scale[0], matched.raw_scale[1] / scale),
        measure=None
        if measure is None
        else replace(
            measure,
            coordinates=measure.coordinates[inside],
            score=None if measure.score is None else measure.score[inside],
            between=None,
        ),
        pair_positions=None,
        set_numbers=None if matched.set_numbers is None else matched.set_numbers[inside],
    )


def stratum_effect(
    matched: MatchedSample, inside: Booleans, name: str, outcome: Outcome, method: Method
) -> StratumEffect:
    """Return the effect of a stratum's matched sample, with terms over the whole sample's rows ``inside``."""
    inside = inside.copy()
    inside[inside] = units_with(matched.sample, [outcome])
    matched = with_values(matched, [outcome])
    ((estimation, (effect,)),) = estimated_effects(
        matched, [outcome], method.variance, method.bias_adjustment, method.level
    )
    linear = _by_group(method.variance, estimation).linearization(estimation)
    treated_terms, control_terms, active = np.zeros(len(inside)), np.zeros(len(inside)), inside.copy()
    treated_terms[inside] = linear.psi_treated[:, 0] / linear.size
    control_terms[inside] = linear.psi_control[:, 0] / linear.size
    active[inside] = linear.active
    means = ArmMeans(
        float(linear.mean_treated[0]), float(linear.mean_control[0]), treated_terms, control_terms, active
    )
    found, sets = matched_set_codes(matched), None
    if found is not None:
        sets = np.full(len(inside), -1, dtype=np.intp)
        sets[inside] = found
    return StratumEffect(replace(effect, subgroup=name), means, sets)


def _by_group(variance: Variance | None, estimation: Estimation) -> ClusterRobust:
    """Return the variance by group that the rows' variance rests on; the default's where it rests on none."""
    if isinstance(variance, ClusterRobust):
        return variance
    drawn = variance.linearised if isinstance(variance, WildBootstrap) else None
    return drawn or ClusterRobust.of(estimation.linearised_by)


def ways_of_strata(sample: Sample, strata: list[StratumEffect]) -> Ways:
    """Return by what the errors of effects within disjoint strata are summed, as within each: see ``ways_of``."""
    sets = np.full(len(sample), -1, dtype=np.intp)
    for stratum in strata:
        if stratum.sets is not None:
            inside = stratum.sets >= 0
            sets[inside] = sets.max() + 1 + stratum.sets[inside]
    return ways_in(sample, sets if (sets >= 0).any() else None)


def _require_both_arms(sample: Sample, inside: Booleans, name: str) -> None:
    treated, controls = int(sample.treated[inside].sum()), int((~sample.treated[inside]).sum())
    if min(treated, controls) < FEWEST_UNITS:
        raise SupportError(
            Text(
                (
                    "Stratum {name} has {treated} treated and {controls} controls to compare; at least {fewest_units} of "
                    "each are needed. Use fewer strata."
                ),
                (
                    "El estrato {name} tiene {treated} beneficiarios y {controls} controles para comparar; se necesitan al "
                    "menos {fewest_units} de cada uno. Use menos estratos."
                ),
                name=name,
                treated=treated,
                controls=controls,
                fewest_units=FEWEST_UNITS,
            )
        )
