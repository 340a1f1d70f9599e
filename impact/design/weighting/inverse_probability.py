"""Inverse-probability weighting by the estimated propensity score."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact import checks
from impact.arrays import Array, parts_of
from impact.design.distances.measure import score_label
from impact.design.distances.propensity import PropensityScore
from impact.design.distances.score_stage import score_stage
from impact.design.proposal import Assignment
from impact.design.units import TILTED, Units
from impact.design.weighting.equations.moment_stage import stage_of_score
from impact.design.weighting.proposals import (
    EstimatedWeights,
    refuse_separation,
    score_behind,
    weight_of_probability,
    weighted_arms,
    weights_as_estimated,
    weights_as_known,
)
from impact.errors import EstimationError, OptionError, SupportError
from impact.language import Text


@dataclass(frozen=True, slots=True)
class InverseProbability:
    """Weight the comparison units by the odds, or the inverse, of their probability of treatment.

    Parameters
    ----------
    propensity : PropensityScore
        The score; ``scale`` does not matter.
    trim : (float, float), optional
        Bounds of the score, in [0, 1]: units of either arm outside of them are discarded and reported, and the estimate is for
        the focal units inside. The score is not estimated again. None keeps everybody.
    clip : (float, float), optional
        Bounds of the score, in [0, 1], to which scores beyond them are moved: everybody is kept, and no weight is larger than theirs.

    Raises
    ------
    OptionError
        Bounds that are not two increasing numbers in [0, 1].
    SupportError
        Nobody of one arm lies inside the bounds.
    EstimationError
        A score of exactly 0 or 1 asks for an infinite weight.

    Notes
    -----
    With e the score: ATT, controls e/(1 − e); ATC, treated (1 − e)/e; ATE, treated 1/e and controls 1/(1 − e); ATO, treated 1 − e and
    controls e; ATM, treated min(1, (1 − e)/e) and controls min(1, e/(1 − e)). Each weighted arm is scaled to the number of focal units
    (Hájek). Sampling weights weight the score's likelihood and multiply the weights in every
    mean.

    The variance counts the score as estimated where it is a link's model on all units. With a classifier or folds there is
    no such expression: the weights count as known.

    References
    ----------
    Hirano, Imbens & Ridder (2003), Econometrica 71(4), 1161-1189, doi:10.1111/1468-0262.00442; Lunceford & Davidian (2004),
    Statistics in Medicine 23(19), 2937-2960, doi:10.1002/sim.1903, for the estimated score in the variance; Li, Morgan & Zaslavsky
    (2018), JASA 113(521), 390-400, doi:10.1080/01621459.2016.1260466, for the ATO; Li & Greene (2013), International Journal of
    Biostatistics 9(2), 215-234, doi:10.1515/ijb-2012-0030, for the ATM.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> from impact.design.weighting.inverse_probability import InverseProbability
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 1, 0, 0, 0], "poor": [1.0, 1, 1, 1, 0, 0, 0, 0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["poor"])
    >>> weights = im.match(sample, InverseProbability(im.PropensityScore())).weights
    >>> weights[frame["treated"] == 0].round(6).tolist()  # three poor treated for one poor control; one for three others
    [3.0, 0.333333, 0.333333, 0.333333]
    """

    propensity: PropensityScore
    trim: tuple[float, float] | None = None
    clip: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        required = Text("an im.PropensityScore", "un PropensityScore")
        checks.instance("propensity", self.propensity, required, isinstance(self.propensity, PropensityScore))
        for name, bounds in (("trim", self.trim), ("clip", self.clip)):
            if bounds is not None:
                _check_bounds(name, bounds)

    @property
    def estimands(self) -> tuple[str, ...]:
        """The estimands that the score defines."""
        return ("ATT", "ATC", "ATE", *TILTED)

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        fitted = self.propensity.fit(units)
        probability = fitted.score
        kept = self._inside(units, probability)
        refuse_separation(probability, kept)
        measure = score_behind(units, fitted, score_label(fitted.link, "probability"))
        weights, slopes = _weights(kept, probability, self.clip)
        if fitted.fit is None:
            return weights_as_known(kept, weights, measure)
        stage = score_stage(fitted.fit, fitted.link, units.treatment, units.sampling_weight)
        estimated = EstimatedWeights(weights, stage_of_score(stage, slopes))
        return weights_as_estimated(kept, estimated, measure)

    def _inside(self, units: Units, probability: Array) -> Units:
        """Return the units with those outside the bounds not eligible."""
        if self.trim is None:
            return units
        low, high = self.trim
        eligible = units.eligible & (probability >= low) & (probability <= high)
        for arm, name in ((units.treatment, checks.ARMS[True]), (~units.treatment, checks.ARMS[False])):
            if not (eligible & arm).any():
                raise SupportError(
                    Text(
                        (
                            "No {name} unit has a propensity score in [{low:g}, {high:g}]. Widen trim, or compare populations "
                            "that overlap."
                        ),
                        (
                            "Ninguna unidad {name} tiene un puntaje de propensión en [{low:g}, {high:g}]. Amplíe trim, o "
                            "compare poblaciones que se traslapen."
                        ),
                        name=name,
                        low=low,
                        high=high,
                    )
                )
        return replace(units, eligible=eligible)


def _check_bounds(name: str, bounds: tuple[float, float]) -> None:
    if isinstance(bounds, str) or not hasattr(bounds, "__len__") or len(bounds) != 2:
        raise OptionError(
            Text(
                "{name} must be two bounds of the score such as (0.05, 0.95); got {bounds!r}.",
                "{name} debe ser dos límites del puntaje como [0.05, 0.95]; se dio {bounds!r}.",
                name=name,
                bounds=bounds,
            )
        )
    for bound in bounds:
        checks.within(Text("Each bound of {name}", "Cada límite de {name}", name=name), bound, 0.0, 1.0)
    if not bounds[0] < bounds[1]:
        raise OptionError(
            Text(
                "{name} must be two increasing bounds such as (0.05, 0.95); got {bounds!r}.",
                "{name} debe ser dos límites crecientes como [0.05, 0.95]; se dio {bounds!r}.",
                name=name,
                bounds=bounds,
            )
        )


def _weights(units: Units, probability: Array, clip: tuple[float, float] | None) -> tuple[Array, Array]:
    """Return each unit's weight and its derivative by the score, which is zero beyond the bounds; zeros outside the weighted arms."""
    weighted = np.logical_or.reduce([arm.members for arm in weighted_arms(units)])
    weights, slopes = np.empty((2, len(units)))
    for part in parts_of(len(units)):
        inside, treated, score = weighted[part], units.treatment[part], probability[part]
        bounded = score if clip is None else np.clip(score, *clip)
        # the others take the place of units that were sure of their arm
        own = np.where(inside, np.where(treated, bounded, 1 - bounded), 1.0)
        if units.estimand not in TILTED and not (own > 0).all():
            raise _infinite_weights(units, probability, clip)
        weight, slope = weight_of_probability(np.maximum(own, np.finfo(np.float64).tiny), units.estimand)
        np.multiply(weight, inside, out=weights[part])
        np.multiply(slope, np.where(treated, inside, -1.0 * inside), out=slopes[part])
        if clip is not None:
            slopes[part] *= bounded == score
    return weights, slopes


def _infinite_weights(units: Units, probability: Array, clip: tuple[float, float] | None) -> EstimationError:
    """Name the units of the first weighted arm that has some whose score is exactly 0 or 1."""
    bounded = probability if clip is None else np.clip(probability, *clip)
    own = np.where(units.treatment, bounded, 1 - bounded)
    extreme = next(one for arm in weighted_arms(units) if (one := arm.members & ~(own > 0)).any())
    return EstimationError(
        Text(
            (
                "{units} (first: {first}) would have an infinite weight: their propensity score is exactly 0 or 1. "
                "Pass trim= or clip=, or a score that does not separate the arms."
            ),
            (
                "{units} (primero: {first}) tendrían un peso infinito: su puntaje de propensión es exactamente 0 o "
                "1. Fije trim o clip, o un puntaje que no separe los brazos."
            ),
            units=checks.counted(int(extreme.sum()), "unit"),
            first=checks.listed(units.index[extreme]),
        )
    )
