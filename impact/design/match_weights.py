"""Match weights from what a strategy proposed: one rule each for pairs, matched sets and weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array
from impact.design.pairs import Pairs, TiedPairs
from impact.design.proposal import Assignment
from impact.design.units import Units, focal_units
from impact.errors import EstimationError, SupportError
from impact.language import Text
from impact.survey.clusters import sums_by_code

NOBODY_MATCHED = Text(
    "No unit found a match: the caliper, the exact columns or the support rule leave nobody to compare with. Widen the "
    "caliper, drop an exact column, or compare populations that overlap.",
    "Ninguna unidad encontró pareja: el caliper, las columnas exactas o la regla de soporte no dejan con quién "
    "comparar. Amplíe el caliper, "
    "quite una columna exacta, o compare poblaciones que se traslapen.",
)


def match_weights(assignment: Assignment, units: Units) -> Array:
    """Return the match weight of every unit, shape (n,), without the sampling weight.

    Notes
    -----
    Pairs: a focal unit has weight 1; a match collects, from each focal unit l, s_l w_li / s_i with w_li its share of the
    matched set and s the sampling weights, so that weight × s_i is Abadie and Imbens's K_i. Matched sets: units of the other
    arm share the focal weight of their set. Weights are then scaled so that each arm sums to the number of matched focal units.
    """
    raw, focal = raw_weights(assignment, units)
    if not focal.any():
        raise SupportError(NOBODY_MATCHED)
    return _normalised(raw, units, focal)


def raw_weights(assignment: Assignment, units: Units) -> tuple[Array, NDArray[np.bool_]]:
    """Return the weights before the arms are scaled, and the focal units that are matched, both of shape (n,)."""
    proposals = [part is not None for part in (assignment.pairs, assignment.subclass, assignment.weights)]
    if assignment.weights is not None:
        raw = np.asarray(assignment.weights, dtype=np.float64)
        if raw.shape != (len(units),):
            raise EstimationError(
                Text(
                    "weights must have one value per unit, shape ({number},); got {shape}.",
                    "weights debe tener un valor por unidad, forma ({number},); tiene {shape}.",
                    number=len(units),
                    shape=raw.shape,
                )
            )
        # weights that stand by themselves may leave out a focal unit of a weighted arm: others stand for it
        focal = focal_units(units) & (units.eligible if assignment.raw_scale is not None else raw > 0)
    elif assignment.pairs is not None:
        raw, focal = _from_pairs(assignment.pairs, units)
    elif assignment.subclass is not None:
        raw, focal = _from_sets(assignment.subclass, units)
    else:
        raise EstimationError(
            Text(
                "An assignment needs pairs, a subclass or weights; got {proposals}.",
                "Una asignación necesita pares, una subclase o pesos; se dio {proposals}.",
                proposals=proposals,
            )
        )
    return raw, focal


def _from_pairs(pairs: Pairs | TiedPairs, units: Units) -> tuple[Array, NDArray[np.bool_]]:
    matched = pairs.focal_marks(len(units))
    collected = pairs.collected(units.sampling_weight) / units.sampling_weight
    return matched.astype(np.float64) + collected, matched


def _from_sets(subclass: NDArray[np.intp], units: Units) -> tuple[Array, NDArray[np.bool_]]:
    inside = (subclass >= 0) & units.eligible
    sets = np.where(inside, subclass, 0)
    survey = np.where(inside, units.sampling_weight, 0.0)
    number = int(sets.max()) + 1
    treated = sums_by_code(sets, survey * units.treatment, number)
    control = sums_by_code(sets, survey * ~units.treatment, number)
    usable = inside & (treated[sets] > 0) & (control[sets] > 0)
    target = {"ATT": treated, "ATC": control, "ATE": treated + control}[units.estimand]
    own = np.where(units.treatment, treated[sets], control[sets])
    weights = np.zeros(len(units))
    weights[usable] = target[sets][usable] / own[usable]
    return weights, focal_units(units) & usable


def _normalised(raw: Array, units: Units, focal: NDArray[np.bool_]) -> Array:
    """Return weights of which each arm sums to the number of matched focal units; an arm all of ones stays as it is."""
    weights = raw.copy()
    number = float(focal.sum())
    for arm, is_focal_arm in (
        (units.treatment, units.estimand == "ATT"),
        (~units.treatment, units.estimand == "ATC"),
    ):
        total = float(weights.compress(arm).sum())
        if not is_focal_arm and total > 0:
            np.multiply(weights, number / total, out=weights, where=arm)
    return weights
