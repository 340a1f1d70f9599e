"""Weights from strata of a score: inverse probabilities of which each is the share of its stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.measure import score_label
from impact.design.distances.propensity import PropensityScore
from impact.design.distances.score_stage import score_stage
from impact.design.distances.score_strata import score_strata
from impact.design.proposal import Assignment, FirstStage
from impact.design.units import TILTED, Units
from impact.design.weighting.equations.strata_stage import StrataStage, StratumShares
from impact.design.weighting.proposals import (
    EstimatedWeights,
    refuse_separation,
    score_behind,
    weight_of_probability,
    weighted_arms,
    weights_as_estimated,
    weights_as_known,
)
from impact.language import Text
from impact.survey.clusters import sums_by_code


@dataclass(frozen=True, slots=True)
class SubclassWeights:
    """Weight by the share of treated in each of many strata of the score (marginal mean weighting through stratification).

    Parameters
    ----------
    score : PropensityScore
        The score; ``scale`` does not matter.
    subclasses : int
        Number of strata, from 2.

    Raises
    ------
    SupportError
        An arm has fewer units than there are strata.

    Notes
    -----
    Strata are cut at quantiles of the score of those for whom the effect is asked; one that lacks an arm takes a unit of it from its
    neighbours, as in ``Subclassification``. With p the share of treated in the unit's stratum, by sampling weight, its weight is what
    ``InverseProbability`` makes of p: 1/p and 1/(1 − p) for the ATE, p/(1 − p) for the ATT, and so on. A wrong link matters less, as the
    score only ranks.

    The variance of a weighted mean is that of a comparison within strata, which the weights are: it counts what each stratum is made of,
    and takes the strata as fixed (``Subclassification`` with the same strata has the same). With a bias adjustment, and in
    ``MEstimation`` as in R's WeightIt, the score counts as estimated instead: weights jump with the score, but tend to those of the score
    itself, whose derivative stands for theirs.

    References
    ----------
    Hong (2010), Journal of Educational and Behavioral Statistics 35(5), 499-531, doi:10.3102/1076998609359785.

    Examples
    --------
    >>> import impact as im
    >>> im.SubclassWeights(im.PropensityScore()).subclasses
    20
    """

    score: PropensityScore
    subclasses: int = 20

    def __post_init__(self) -> None:
        checks.instance(
            "score",
            self.score,
            Text("an im.PropensityScore", "un PropensityScore"),
            isinstance(self.score, PropensityScore),
        )
        checks.whole("subclasses", self.subclasses, minimum=2)

    @property
    def estimands(self) -> tuple[str, ...]:
        """The estimands that the score defines."""
        return ("ATT", "ATC", "ATE", *TILTED)

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        fitted = self.score.fit(units)
        probability = fitted.score
        refuse_separation(probability, units)
        strata = score_strata(probability, units, self.subclasses, minimum=1)
        share = _share_treated(strata, units)
        weights, by_share = _weights(share, units)
        measure = score_behind(units, fitted, score_label(fitted.link, "probability"))
        if fitted.fit is None:
            return weights_as_known(units, weights, measure)
        # the strata's weights tend to those of the score, whose derivative stands for theirs
        stage = score_stage(fitted.fit, fitted.link, units.treatment, units.sampling_weight)
        slopes = _weights(probability, units)[1][:, None] * stage.probability_slopes
        survey = np.where(strata >= 0, units.sampling_weight, 0.0)
        shares = StratumShares(
            strata=strata,
            apart=survey * (units.treatment - share),
            slopes=by_share,
            sizes=sums_by_code(np.maximum(strata, 0), survey, int(strata.max()) + 1),
        )
        smooth = FirstStage(stage.scores, stage.hessian, slopes)
        estimated = EstimatedWeights(weights, StrataStage(smooth, shares))
        return weights_as_estimated(units, estimated, measure)


def _share_treated(strata: Positions, units: Units) -> Array:
    """Return the share of treated in each unit's stratum, by sampling weight; one half outside of all."""
    inside = strata >= 0
    codes, number = np.where(inside, strata, 0), int(strata.max()) + 1
    weight = np.where(inside, units.sampling_weight, 0.0)
    share = sums_by_code(codes, weight * units.treatment, number) / sums_by_code(codes, weight, number)
    result: Array = np.where(inside, share[codes], 0.5)
    return result


def _weights(probability: Array, units: Units) -> tuple[Array, Array]:
    """Return the weights of the weighted arms, zero elsewhere, and their derivative by the probability."""
    weights, slopes = np.zeros((2, len(units)))
    for arm in weighted_arms(units):
        own = probability if arm.treated else 1 - probability
        weight, slope = weight_of_probability(own[arm.members], units.estimand)
        weights[arm.members], slopes[arm.members] = weight, slope if arm.treated else -slope
    return weights, slopes
