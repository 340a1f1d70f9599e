"""The differences within matched pairs, of households or of groups; refused where pairs are not disjoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.design.pairs import Pairs, TiedPairs
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import group_codes, sums_by_code


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairDifferences:
    """Treated less control within disjoint pairs.

    Attributes
    ----------
    values : float64 array, shape (pairs,)
    unit : {"units", "groups"}
        Whom the programme chose, and of whom the pairs are.
    """

    values: Array
    unit: str


def pair_differences(matched: MatchedSample, values: Array) -> PairDifferences:
    """Return the differences of an outcome within the pairs of a match.

    Parameters
    ----------
    matched : MatchedSample
    values : float64 array, shape (n,)
        The outcome.

    Raises
    ------
    OptionError
        No pairs, an ATE, pairs that share a unit, or, where groups were chosen, groups that are not in pairs.

    Notes
    -----
    Where every group lies in one arm the programme chose groups: a pair is then a pair of groups, its difference the mean over the pairs
    of households inside (Hansen, Rosenbaum & Small 2014).
    """
    pairs = matched.pair_positions
    if pairs is None:
        raise OptionError(
            Text(
                (
                    "Rosenbaum's bounds are for matched pairs; {strategy} forms none. Match without replacement, one to "
                    "one: im.NearestNeighbor(..., ratio=1, replace=False), or pass differences within pairs."
                ),
                (
                    "Las cotas de Rosenbaum son para pares emparejados; {strategy} no forma ninguno. Empareje sin "
                    "reemplazo, uno a uno: el vecino más cercano con ratio = 1 y replace = false."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    if matched.estimand == "ATE":
        raise OptionError(
            Text(
                (
                    "Rosenbaum's bounds need each unit in one pair; a match for the ATE pairs units twice. Match for the "
                    "ATT or the ATC."
                ),
                (
                    "Las cotas de Rosenbaum necesitan cada unidad en un par; un emparejamiento para el ATE empareja "
                    "unidades dos veces. Use el ATT o el ATC."
                ),
            )
        )
    groups = _chosen_groups(matched)
    if groups is None:
        _require_single(pairs, matched)
        forward = matched.sample.treated[pairs.focal]
        return PairDifferences(
            np.where(forward, 1.0, -1.0) * (values[pairs.focal] - values[pairs.match]), "units"
        )
    return PairDifferences(_between_groups(matched, pairs.one_by_one(), groups, values), "groups")


def _chosen_groups(matched: MatchedSample) -> Positions | None:
    """Return the group of each unit where each group lies in one arm, None where units were chosen one by one."""
    sample = matched.sample
    if sample.cluster is None:
        return None
    codes = group_codes(sample.frame[sample.cluster], sample.cluster)
    share = np.bincount(codes, sample.treated) / np.bincount(codes)
    return None if ((share > 0) & (share < 1)).any() else codes


def _require_single(pairs: Pairs | TiedPairs, matched: MatchedSample) -> None:
    several = int((pairs.matches_of_each(len(matched.sample)) > 1).sum())
    if several:
        raise OptionError(
            Text(
                "Rosenbaum's bounds need pairs; {units} {units:has|have} more than one match. Use ratio=1 and replace=False.",
                (
                    "Las cotas de Rosenbaum necesitan pares; {units} {units:tiene|tienen} más de una pareja. Use ratio = 1 y replace "
                    "= false."
                ),
                units=checks.counted(several, "unit"),
            )
        )
    again = int((pairs.uses_of_each(len(matched.sample)) > 1).sum())
    if matched.rules.reuse != 1 or again:
        raise OptionError(
            Text(
                (
                    "Rosenbaum's bounds need disjoint pairs; this match is with replacement ({units} {units:serves|serve} several "
                    "pairs), so that the pairs' biases are not independent. Use replace=False or im.Optimal(...); for a "
                    "match with replacement see im.confounder_sensitivity."
                ),
                (
                    "Las cotas de Rosenbaum necesitan pares disjuntos; este emparejamiento es con reemplazo ({units} "
                    "{units:sirve|sirven} a varios pares), de modo que los sesgos de los pares no son independientes. Use replace = "
                    "false o el emparejamiento óptimo; para uno con reemplazo vea, en [sensitivity], "
                    "cuán fuerte tendría que ser un factor no observado."
                ),
                units=checks.counted(again, "unit"),
            )
        )


def _between_groups(matched: MatchedSample, pairs: Pairs, groups: Positions, values: Array) -> Array:
    """Return the mean difference within each pair of groups, in the order of the focal groups."""
    partners = np.unique(np.column_stack([groups[pairs.focal], groups[pairs.match]]), axis=0)
    again = [int((np.bincount(side) > 1).sum()) for side in partners.T]
    if any(again):
        raise OptionError(
            Text(
                (
                    "The programme chose groups, so the bounds need disjoint pairs of groups; here {groups} {groups:is|are} compared "
                    "with several. Match groups to groups: im.GroupFirst(im.NearestNeighbor(im.Mahalanobis(), ratio=1, "
                    "replace=False), within=...); for this match see im.confounder_sensitivity."
                ),
                (
                    "El programa eligió grupos, de modo que los límites necesitan pares disjuntos de grupos; aquí "
                    "{groups} se {groups:compara|comparan} con varios. Empareje grupos con grupos, el vecino más cercano según "
                    "Mahalanobis con ratio = 1 y replace = false; para este emparejamiento vea, en [sensitivity], cuán fuerte "
                    "tendría que ser un factor no observado."
                ),
                groups=checks.counted(again[0] + again[1], "group"),
            )
        )
    sign = np.where(matched.sample.treated[pairs.focal], 1.0, -1.0)
    difference = sign * (values[pairs.focal] - values[pairs.match])
    number = int(groups.max()) + 1
    focal = groups[pairs.focal]
    total, weight = (sums_by_code(focal, part, number) for part in (pairs.weight * difference, pairs.weight))
    result: Array = total[weight > 0] / weight[weight > 0]
    return result
