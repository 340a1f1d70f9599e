"""What pairs must be, and what a strategy promised of them: calipers, exact columns, reuse, ratio and the distances themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Booleans
from impact.design.distances.measure import Measure
from impact.design.pairs import Pairs, TiedPairs
from impact.design.proposal import Rules
from impact.design.units import Units, focal_units, strata_codes
from impact.errors import EstimationError
from impact.language import Text

CLOSE = 1e-8
_CALIPER_ROUNDING = 1 + 1e-9
_TWO_ARMS = Text(
    "the two units of a pair must be in different arms",
    "las dos unidades de un par deben ser de brazos distintos",
)
_NOT_DISCARDED = Text(
    "discarded units may not be in a pair", "las unidades descartadas no pueden estar en un par"
)
_ONCE = Text("a pair may occur once only", "un par puede aparecer una sola vez")
_SHARES = Text(
    "the weights of a matched set must sum to 1", "los pesos de un conjunto emparejado deben sumar 1"
)
_POSITIVE = Text("pair weights must be above 0", "los pesos de los pares deben ser mayores que 0")
_RECOMPUTED = 100_000
_RECOMPUTED_WITHOUT_COORDINATES = 10_000


def certify_pairs(name: str, pairs: Pairs, units: Units) -> None:
    """Require positions of units, and pairs that are sound by themselves."""
    _require_positions(name, pairs, units)
    for checked in (_of_two_arms(pairs, units), _once_and_weighted(pairs, units)):
        for rule, broken in checked:
            require(name, rule, units, broken)


def certify_rules(name: str, rules: Rules, pairs: Pairs, units: Units, measure: Measure | None) -> None:
    """Check calipers, columns, reuse and ratio as the strategy promised them."""
    for checked in (
        _within_caliper(rules, pairs, units),
        _within_score_caliper(name, rules, pairs, units, measure),
        _within_column_calipers(rules, pairs, units),
        _on_columns(rules, pairs, units),
        _as_often_as_said(rules, pairs, units),
    ):
        for rule, broken in checked:
            require(name, rule, units, broken)


def certify_cells(name: str, rules: Rules, pairs: TiedPairs, units: Units, measure: Measure | None) -> None:
    """Require what makes a pair of each two cells speak for all of their units: they are alike, and counted once."""
    as_focal = np.concatenate([block.focal for block in pairs.blocks])
    require(
        name,
        Text("a focal unit may stand in one cell only", "una unidad focal puede estar en una sola celda"),
        units,
        np.bincount(as_focal, minlength=len(units)) > 1,
    )
    looked_at = _looked_at(rules, units, measure)
    for block in pairs.blocks:
        again = np.bincount(block.match, minlength=len(units)) > 1
        rule = Text("a match may stand in one cell only", "una pareja puede estar en una sola celda")
        require(name, rule, units, again)
        for members, cells in ((block.focal, block.focal_cell), (block.match, block.match_cell)):
            first = members[np.unique(cells, return_index=True)[1]][cells]
            unlike = [(values[members] != values[first]) for values in looked_at]
            rule = Text("units of a cell must be alike", "las unidades de una celda deben ser iguales")
            require(name, rule, units, marked(members[np.any(unlike, axis=0)], units))
    if rules.reuse is not None:
        uses = pairs.uses_of_each(len(units))
        require(name, _used_at_most(rules.reuse), units, uses > rules.reuse)


def _looked_at(rules: Rules, units: Units, measure: Measure | None) -> list[NDArray[Any]]:
    """Return all that pairs are certified by, each of shape (n,)."""
    found: list[NDArray[Any]] = [units.treatment, units.eligible, units.sampling_weight > 0]
    found += [strata_codes(units, (name,)) for name in (*rules.exact, *rules.anti_exact)]
    found += [units.column(name).to_numpy(dtype=np.float64) for name, _ in rules.column_calipers]
    if measure is not None:
        found += list(measure.coordinates.T)
        if rules.score_caliper is not None and measure.score is not None:
            found.append(measure.score)
    return found


def _used_at_most(times: int) -> Text:
    return Text(
        "a unit may be used {times} times at most",
        "una unidad puede usarse {times} veces a lo sumo",
        times=times,
    )


def _require_positions(name: str, pairs: Pairs, units: Units) -> None:
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


def _of_two_arms(pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield what a pair breaks that does not join a focal unit with one of the other arm, neither of them discarded."""
    focal, match = pairs.focal, pairs.match
    same_arm = units.treatment[focal] == units.treatment[match]
    yield _TWO_ARMS, marked(focal[same_arm], units)
    wrong = ~focal_units(units)[focal]
    yield (
        Text(
            "only units over whom the {estimand} averages may be focal",
            "solo pueden ser focales las unidades sobre las que promedia el {estimand}",
            estimand=units.estimand,
        ),
        marked(focal[wrong], units),
    )
    off = ~units.eligible[focal] | ~units.eligible[match]
    yield _NOT_DISCARDED, marked(focal[off], units)


def _once_and_weighted(pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield pairs that come again, and matched sets whose weights are not shares of one."""
    focal, match = pairs.focal, pairs.match
    keys = focal * np.intp(len(units)) + match
    order = np.sort(keys)
    again = order[1:][order[1:] == order[:-1]] // len(units)
    yield _ONCE, marked(again, units)
    sums = np.bincount(focal, pairs.weight, minlength=len(units))
    present = np.bincount(focal, minlength=len(units)) > 0
    yield _SHARES, present & (np.abs(sums - 1) > CLOSE)
    yield _POSITIVE, marked(focal[~(pairs.weight > 0)], units)


def _within_caliper(rules: Rules, pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield distances beyond the caliper."""
    if rules.caliper is not None:
        far = pairs.distance > rules.caliper * _CALIPER_ROUNDING
        yield (
            Text(
                "every distance must be within the caliper {caliper:g}",
                "toda distancia debe estar dentro del caliper {caliper:g}",
                caliper=rules.caliper,
            ),
            marked(pairs.focal[far], units),
        )


def _within_score_caliper(
    name: str, rules: Rules, pairs: Pairs, units: Units, measure: Measure | None
) -> Iterator[tuple[Text, Booleans]]:
    """Yield scores further apart than their caliper; without a score there is nothing to check it on."""
    focal, match = pairs.focal, pairs.match
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
        yield (
            Text(
                "scores must be within the caliper {caliper:g}",
                "los puntajes deben estar dentro del caliper {caliper:g}",
                caliper=rules.score_caliper,
            ),
            marked(focal[far], units),
        )


def _within_column_calipers(rules: Rules, pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield values of a column further apart than its caliper."""
    focal, match = pairs.focal, pairs.match
    for column, width in rules.column_calipers:
        values = units.column(column).to_numpy(dtype=np.float64)
        far = np.abs(values[focal] - values[match]) > width * _CALIPER_ROUNDING
        yield (
            Text(
                "{column!r} must be within the caliper {width:g}",
                "{column!r} debe estar dentro del caliper {width:g}",
                column=column,
                width=width,
            ),
            marked(focal[far], units),
        )


def _on_columns(rules: Rules, pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield pairs that differ where they must agree, or agree where they must differ."""
    focal, match = pairs.focal, pairs.match
    if rules.exact:
        codes = strata_codes(units, rules.exact)
        rule = Text(
            "pairs must agree on {exact}",
            "los pares deben coincidir en {exact}",
            exact=checks.listed(rules.exact),
        )
        yield rule, marked(focal[codes[focal] != codes[match]], units)
    for column in rules.anti_exact:
        codes = strata_codes(units, (column,))
        alike = codes[focal] == codes[match]
        rule = Text("pairs must differ on {column!r}", "los pares deben diferir en {column!r}", column=column)
        yield rule, marked(focal[alike], units)


def _as_often_as_said(rules: Rules, pairs: Pairs, units: Units) -> Iterator[tuple[Text, Booleans]]:
    """Yield units used more often, or with more matches, than was said."""
    focal, match = pairs.focal, pairs.match
    if rules.reuse is not None:
        yield _used_at_most(rules.reuse), np.bincount(match, minlength=len(units)) > rules.reuse
    if rules.ratio is not None and not rules.ties:
        sizes = np.bincount(focal, minlength=len(units))
        yield (
            Text(
                "a unit may have {matches} matches at most",
                "una unidad puede tener {matches} parejas a lo sumo",
                matches=rules.ratio,
            ),
            sizes > rules.ratio,
        )


def certify_distances(name: str, measure: Measure, pairs: Pairs) -> None:
    """Recompute the distances of the pairs (of so many at most, spread over all)."""
    if len(pairs) == 0:
        return
    most = _RECOMPUTED if measure.between is None else _RECOMPUTED_WITHOUT_COORDINATES
    few = len(pairs) <= most
    some = slice(None) if few else np.linspace(0, len(pairs) - 1, most).astype(np.intp)
    stated = pairs.distance[some]
    expected = measure.along(pairs.focal[some], pairs.match[some]) * measure.unit
    wrong = ~(np.abs(expected - stated) <= CLOSE * (1 + expected))
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
                wrong=stated[wrong][0],
                expected=expected[wrong][0],
            )
        )


def marked(positions: NDArray[np.intp], units: Units) -> Booleans:
    """Return marks of the units at these positions."""
    marks = np.zeros(len(units), dtype=np.bool_)
    marks[positions] = True
    return marks


def require(name: str, rule: str, units: Units, broken: Booleans) -> None:
    """Raise an EstimationError that names strategy, rule and units, if any unit breaks it."""
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
