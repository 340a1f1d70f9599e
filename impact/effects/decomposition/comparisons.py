"""Who is compared with whom, pair by pair, from matches or from matched sets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import MatchedSample
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparisons:
    """Treated units and their controls as parallel arrays of length m, by position.

    Attributes
    ----------
    treated, control : int arrays, shape (m,)
    share : float64 array, shape (m,)
        Weight of the control in its treated unit's comparison; sums to one for each treated unit.
    """

    treated: Positions
    control: Positions
    share: Array


def comparisons(matched: MatchedSample) -> Comparisons:
    """Return every pair of a treated unit and one of its controls.

    Raises
    ------
    OptionError
        The estimand is not the ATT, or the strategy makes neither pairs nor sets.
    """
    if matched.estimand != "ATT":
        raise OptionError(
            Text(
                (
                    "The decomposition is of the effect on the treated; the match is for the {estimand}. Match with "
                    'estimand="ATT".'
                ),
                (
                    "La descomposición es del efecto en los beneficiarios; el emparejamiento es para el {estimand}. Use "
                    'estimand = "ATT".'
                ),
                estimand=matched.estimand,
            )
        )
    if matched.pair_positions is not None:
        pairs = matched.pair_positions.one_by_one()
        return Comparisons(pairs.focal, pairs.match, pairs.weight)
    if matched.set_numbers is None:
        raise OptionError(
            Text(
                (
                    "{strategy} compares averages, not units: it makes neither pairs nor matched sets, and there is "
                    "nobody whose quantity and price could be set against a beneficiary's. Match by im.NearestNeighbor, "
                    "im.Optimal, im.Full or another strategy that makes sets."
                ),
                (
                    "{strategy} compara promedios, no unidades: no hace pares ni conjuntos, y no hay nadie cuya cantidad "
                    "y precio puedan ponerse frente a los de un beneficiario. Empareje por NearestNeighbor, Optimal, "
                    "Full u otra estrategia que forme conjuntos."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    return _within_sets(matched, matched.set_numbers)


def _within_sets(matched: MatchedSample, sets: Positions) -> Comparisons:
    weight, treated = matched.analysis_weight, matched.sample.treated
    number = int(sets.max()) + 1
    inside = (sets >= 0) & (weight > 0)
    controls = np.flatnonzero(inside & ~treated)
    controls = controls[np.argsort(sets[controls], kind="stable")]
    sizes = np.bincount(sets[controls], minlength=number)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    totals = sums_by_code(sets[controls], weight[controls], number)
    focal = np.flatnonzero(inside & treated)
    repeats = sizes[sets[focal]]
    first = np.repeat(np.cumsum(repeats) - repeats, repeats)
    control = controls[np.repeat(starts[sets[focal]], repeats) + np.arange(repeats.sum()) - first]
    return Comparisons(np.repeat(focal, repeats), control, weight[control] / totals[sets[control]])


def among_treated(matched: MatchedSample, chosen: Booleans) -> MatchedSample:
    """Return the match of some of the treated units alone, with the controls' weights that belong to them."""
    pairs = comparisons(matched)
    kept = chosen & matched.kept
    mine = kept[pairs.treated]
    survey = matched.sampling_weight
    collected = sums_by_code(
        pairs.control[mine], survey[pairs.treated[mine]] * pairs.share[mine], len(matched.sample)
    )
    raw = np.where(matched.sample.treated, kept, collected / survey)
    weights = pd.Series(raw, index=matched.weights.index, name=matched.weights.name)
    others = matched.weights.index[matched.focal & ~chosen]
    positions = None if matched.pair_positions is None else matched.pair_positions.one_by_one()
    return replace(
        matched,
        weights=weights,
        unmatched=matched.unmatched.union(others),
        pair_positions=positions
        and replace(
            positions,
            focal=positions.focal[mine],
            match=positions.match[mine],
            distance=positions.distance[mine],
            weight=positions.weight[mine],
        ),
        set_numbers=None if matched.set_numbers is None else np.where(raw > 0, matched.set_numbers, -1),
    )
