"""What makes a proposal true: every promise of a strategy checked at run time, a user's own strategy too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.distances.measure import Measure
from impact.design.proposal import Assignment, Pairs, Rules, Strategy
from impact.design.units import Units, focal_units, strata_codes, weights_both_arms
from impact.errors import EstimationError
from impact.language import Text
from impact.survey.clusters import sums_by_code

_CLOSE = 1e-8
_CALIPER_ROUNDING = 1 + 1e-9
_RECOMPUTED = 100_000
_RECOMPUTED_WITHOUT_COORDINATES = 10_000


def certify_proposal(strategy: Strategy, assignment: Assignment, units: Units) -> None:
    """Raise an EstimationError, naming rule and units, if the pairs of a proposal break what it promised.

    Parameters
    ----------
    strategy : Strategy
        Named in the message.
    assignment : Assignment
        The proposal.
    units : Units
        The units, ``eligible`` false for the discarded.
    """
    if assignment.pairs is None:
        return
    name = type(strategy).__name__
    _certify_pairs(name, assignment.pairs, units)
    _certify_rules(name, assignment.rules, assignment.pairs, units, assignment.measure)
    if assignment.measure is not None:
        _certify_distances(name, assignment.measure, assignment.pairs)


def certify_weights(strategy: Strategy, assignment: Assignment, units: Units, weights: Array) -> None:
    """Raise an EstimationError if match weights are not sound, or do not agree with the proposal.

    Parameters
    ----------
    strategy, assignment, units
        As for ``certify_proposal``.
    weights : float64 array, shape (n,)
        The match weights made from the proposal.
    """
    name = type(strategy).__name__
    _certify_weights(name, units, weights)
    if assignment.pairs is not None:
        _certify_agreement(name, assignment.pairs, units, weights)
    if assignment.subclass is not None:
        _certify_sets(name, assignment.subclass, units, weights)
        _certify_exact_sets(name, assignment, assignment.subclass, units, weights)


def _certify_weights(name: str, units: Units, weights: Array) -> None:
    _require(
        name, Text("weights must be finite", "los pesos deben ser finitos"), units, ~np.isfinite(weights)
    )
    _require(
        name, Text("weights must not be negative", "los pesos no deben ser negativos"), units, weights < 0
    )
    _require(
        name,
        Text("discarded units must have weight 0", "las unidades descartadas deben tener peso 0"),
        units,
        ~units.eligible & (weights > 0),
    )
    focal = focal_units(units) & (weights > 0)
    if not weights_both_arms(units.estimand):
        _require(
            name,
            Text(
                "matched focal units must have weight 1",
                "las unidades focales emparejadas deben tener peso 1",
            ),
            units,
            focal & (np.abs(weights - 1) > _CLOSE),
        )
    for arm in (units.treatment, ~units.treatment):
        total, expected = float(np.where(arm, weights, 0.0).sum()), float(focal.sum())
        if weights_both_arms(units.estimand):
            expected = total if total > 0 else expected
        if abs(total - expected) > _CLOSE * max(expected, 1.0) or total == 0:
            raise EstimationError(
                Text(
                    (
                        "{name} is not certified: the weights of each arm must sum to the {expected:,.0f} matched units; got "
                        "{total:,.6f}."
                    ),
                    (
                        "{name} no se certifica: los pesos de cada brazo deben sumar las {expected:,.0f} unidades "
                        "emparejadas; suman {total:,.6f}."
                    ),
                    name=name,
                    expected=expected,
                    total=total,
                )
            )


def _certify_pairs(name: str, pairs: Pairs, units: Units) -> None:
    focal, match = pairs.focal, pairs.match
    lengths = {len(focal), len(match), len(pairs.distance), len(pairs.weight)}
    if len(lengths) != 1:
        raise EstimationError(
            Text(
                "{name} is not certified: the columns of pairs must have one length; got {lengths}.",
                "{name} no se certifica: las columnas de los pares deben tener un mismo largo; se dio {lengths}.",
                name=name,
                lengths=sorted(lengths),
            )
        )
    for positions in (focal, match):
        if (
            not np.issubdtype(positions.dtype, np.integer)
            or ((positions < 0) | (positions >= len(units))).any()
        ):
            raise EstimationError(
                Text(
                    "{name} is not certified: pairs must hold positions of units, whole numbers from 0 to {units:,}.",
                    "{name} no se certifica: los pares deben tener posiciones de unidades, enteros de 0 a {units:,}.",
                    name=name,
                    units=len(units) - 1,
                )
            )
    same_arm = units.treatment[focal] == units.treatment[match]
    _require(
        name,
        Text(
            "the two units of a pair must be in different arms",
            "las dos unidades de un par deben ser de brazos distintos",
        ),
        units,
        _marked(focal[same_arm], units),
    )
    wrong = ~focal_units(units)[focal]
    _require(
        name,
        Text(
            "only units over whom the {estimand} averages may be focal",
            "solo pueden ser focales las unidades sobre las que promedia el {estimand}",
            estimand=units.estimand,
        ),
        units,
        _marked(focal[wrong], units),
    )
    off = ~units.eligible[focal] | ~units.eligible[match]
    _require(
        name,
        Text("discarded units may not be in a pair", "las unidades descartadas no pueden estar en un par"),
        units,
        _marked(focal[off], units),
    )
    keys = focal * np.intp(len(units)) + match
    order = np.sort(keys)
    again = order[1:][order[1:] == order[:-1]] // len(units)
    _require(
        name,
        Text("a pair may occur once only", "un par puede aparecer una sola vez"),
        units,
        _marked(again, units),
    )
    sums = np.bincount(focal, pairs.weight, minlength=len(units))
    present = np.bincount(focal, minlength=len(units)) > 0
    _require(
        name,
        Text(
            "the weights of a matched set must sum to 1", "los pesos de un conjunto emparejado deben sumar 1"
        ),
        units,
        present & (np.abs(sums - 1) > _CLOSE),
    )
    _require(
        name,
        Text("pair weights must be above 0", "los pesos de los pares deben ser mayores que 0"),
        units,
        _marked(focal[~(pairs.weight > 0)], units),
    )


def _certify_rules(name: str, rules: Rules, pairs: Pairs, units: Units, measure: Measure | None) -> None:
    """Check calipers, columns, reuse and ratio as the strategy promised them."""
    focal, match = pairs.focal, pairs.match
    if rules.caliper is not None:
        far = pairs.distance > rules.caliper * _CALIPER_ROUNDING
        _require(
            name,
            Text(
                "every distance must be within the caliper {caliper:g}",
                "toda distancia debe estar dentro del caliper {caliper:g}",
                caliper=rules.caliper,
            ),
            units,
            _marked(focal[far], units),
        )
    if rules.score_caliper is not None:
        if measure is None or measure.score is None:
            raise EstimationError(
                Text(
                    "{name} is not certified: it promised a caliper on the score and hands over no score.",
                    "{name} no se certifica: prometió un caliper sobre el puntaje y no entrega ningún puntaje.",
                    name=name,
                )
            )
        far = np.abs(measure.score[focal] - measure.score[match]) > rules.score_caliper * _CALIPER_ROUNDING
        _require(
            name,
            Text(
                "scores must be within the caliper {caliper:g}",
                "los puntajes deben estar dentro del caliper {caliper:g}",
                caliper=rules.score_caliper,
            ),
            units,
            _marked(focal[far], units),
        )
    for column, width in rules.column_calipers:
        values = units.column(column).to_numpy(dtype=np.float64)
        far = np.abs(values[focal] - values[match]) > width * _CALIPER_ROUNDING
        _require(
            name,
            Text(
                "{column!r} must be within the caliper {width:g}",
                "{column!r} debe estar dentro del caliper {width:g}",
                column=column,
                width=width,
            ),
            units,
            _marked(focal[far], units),
        )
    if rules.exact:
        codes = strata_codes(units, rules.exact)
        rule = Text(
            "pairs must agree on {exact}",
            "los pares deben coincidir en {exact}",
            exact=checks.listed(rules.exact),
        )
        _require(name, rule, units, _marked(focal[codes[focal] != codes[match]], units))
    for column in rules.anti_exact:
        codes = strata_codes(units, (column,))
        _require(
            name,
            Text("pairs must differ on {column!r}", "los pares deben diferir en {column!r}", column=column),
            units,
            _marked(focal[codes[focal] == codes[match]], units),
        )
    if rules.reuse is not None:
        uses = np.bincount(match, minlength=len(units))
        _require(
            name,
            Text(
                "a unit may be used {times} times at most",
                "una unidad puede usarse {times} veces a lo sumo",
                times=rules.reuse,
            ),
            units,
            uses > rules.reuse,
        )
    if rules.ratio is not None and not rules.ties:
        sizes = np.bincount(focal, minlength=len(units))
        _require(
            name,
            Text(
                "a unit may have {matches} matches at most",
                "una unidad puede tener {matches} parejas a lo sumo",
                matches=rules.ratio,
            ),
            units,
            sizes > rules.ratio,
        )


def _certify_distances(name: str, measure: Measure, pairs: Pairs) -> None:
    """Recompute the distances of the pairs (of so many at most, spread over all)."""
    if len(pairs) == 0:
        return
    most = _RECOMPUTED if measure.between is None else _RECOMPUTED_WITHOUT_COORDINATES
    some = np.unique(np.linspace(0, len(pairs) - 1, min(len(pairs), most)).astype(np.intp))
    expected = measure.along(pairs.focal[some], pairs.match[some]) * measure.unit
    wrong = ~(np.abs(expected - pairs.distance[some]) <= _CLOSE * (1 + expected))
    if wrong.any():
        raise EstimationError(
            Text(
                (
                    "{name} is not certified: {pairs} {pairs:states|state} a distance that the measure does not give (first: {wrong:g}, "
                    "recomputed {expected:g})."
                ),
                (
                    "{name} no se certifica: {pairs} {pairs:declara|declaran} una distancia que la medida no da (primero: {wrong:g}, "
                    "recalculada {expected:g})."
                ),
                name=name,
                pairs=checks.counted(int(wrong.sum()), "pair"),
                wrong=pairs.distance[some][wrong][0],
                expected=expected[wrong][0],
            )
        )


def _certify_agreement(name: str, pairs: Pairs, units: Units, weights: Array) -> None:
    """Weights must be those that the pairs imply, up to the scale of each arm."""
    number, survey = len(units), units.sampling_weight
    implied = (np.bincount(pairs.focal, minlength=number) > 0) + np.bincount(
        pairs.match, survey[pairs.focal] * pairs.weight, minlength=number
    ) / survey
    for arm in (units.treatment, ~units.treatment):
        if implied[arm].sum() == 0:
            continue
        share, stated = implied[arm] / implied[arm].sum(), weights[arm] / max(weights[arm].sum(), 1e-300)
        if np.abs(share - stated).max() > _CLOSE:
            raise EstimationError(
                Text(
                    "{name} is not certified: the weights do not agree with the pairs.",
                    "{name} no se certifica: los pesos no concuerdan con los pares.",
                    name=name,
                )
            )


def _certify_sets(name: str, subclass: NDArray[np.intp], units: Units, weights: Array) -> None:
    used = weights > 0
    _require(
        name,
        Text(
            "units with weight must belong to a matched set",
            "las unidades con peso deben pertenecer a un conjunto emparejado",
        ),
        units,
        used & (subclass < 0),
    )
    sets = subclass[used]
    both = np.bincount(sets, units.treatment[used]) * np.bincount(sets, ~units.treatment[used])
    empty = np.flatnonzero((np.bincount(sets) > 0) & (both == 0))
    _require(
        name,
        Text("every matched set must hold both arms", "todo conjunto emparejado debe tener ambos brazos"),
        units,
        used & np.isin(subclass, empty),
    )
    # Whatever the estimand, the two arms of a set stand for the same units: their shares of the arms' weight agree.
    survey = weights * units.sampling_weight
    number = int(sets.max()) + 1
    treated = sums_by_code(sets, (survey * units.treatment)[used], number)
    control = sums_by_code(sets, (survey * ~units.treatment)[used], number)
    apart = np.abs(treated / treated.sum() - control / control.sum()) > _CLOSE
    rule = Text(
        "the two arms of a matched set must carry the same share of the weight",
        "los dos brazos de un conjunto emparejado deben llevar la misma parte del peso",
    )
    _require(name, rule, units, used & np.isin(subclass, np.flatnonzero(apart)))


def _certify_exact_sets(
    name: str, assignment: Assignment, subclass: NDArray[np.intp], units: Units, weights: Array
) -> None:
    if not assignment.rules.exact:
        return
    used = weights > 0
    codes = strata_codes(units, assignment.rules.exact)
    low = np.full(int(subclass.max()) + 1, np.iinfo(np.intp).max)
    high = np.full(int(subclass.max()) + 1, -1)
    np.minimum.at(low, subclass[used], codes[used])
    np.maximum.at(high, subclass[used], codes[used])
    rule = Text(
        "units of a matched set must agree on {exact}",
        "las unidades de un conjunto emparejado deben coincidir en {exact}",
        exact=checks.listed(assignment.rules.exact),
    )
    _require(name, rule, units, used & (low[subclass] != high[subclass]))


def _marked(positions: NDArray[np.intp], units: Units) -> NDArray[np.bool_]:
    marks = np.zeros(len(units), dtype=np.bool_)
    marks[positions] = True
    return marks


def _require(name: str, rule: str, units: Units, broken: NDArray[np.bool_]) -> None:
    if broken.any():
        raise EstimationError(
            Text(
                "{name} is not certified: {rule}; broken for {units} (first: {first}).",
                "{name} no se certifica: {rule}; no se cumple en {units} (primero: {first}).",
                name=name,
                rule=rule,
                units=checks.counted(int(broken.sum()), "unit"),
                first=checks.listed(units.index[broken]),
            )
        )
