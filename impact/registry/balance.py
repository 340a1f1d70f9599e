"""Balance of a matched registry, from sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.balance.columns import COVARIATE, SCORE
from impact.design.balance.denominators import DEFAULT_DENOMINATOR, DENOMINATORS
from impact.design.balance.measured.smd import standardized_difference
from impact.design.balance.statistics import Comparison, CovariateValues
from impact.design.balance.table import (
    BALANCE_COLUMNS,
    FURTHER_COLUMNS,
    STATISTICS,
    BalanceTable,
    weight_labels,
)
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.column_sums import ColumnSums, balance_terms, balance_values
from impact.registry.reading.runs import in_bundles
from impact.registry.registry_match import MatchedCell, RegistryMatch
from impact.registry.score import ScoreModel
from impact.threads import on_one_thread

MOST_VALUES = 20_000
"""Different values that a column may have in a cell for its distribution functions to be compared, where rows are many."""
_FEW_ROWS = 1_000_000
_ROWS = 500_000
Stage = tuple[ColumnSums, ColumnSums]


@on_one_thread
def balance_registry(matched: RegistryMatch, denominator: str | None = None) -> BalanceTable:
    """Compare the arms' covariates before and after matching a registry.

    Parameters
    ----------
    matched : RegistryMatch
    denominator : {"treated", "control", "pooled"}, optional
        As in ``im.balance``.

    Returns
    -------
    BalanceTable
        As ``im.balance`` gives it. Above a million rows ``ecdf_mean`` and ``ecdf_max`` are missing for columns with more than 20,000
        different values in a cell (the score, an income): their distribution functions need all rows in one order.

    Notes
    -----
    Means and variances are sums over cells. Distribution functions are summed value by value.

    Examples
    --------
    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1, 0], "age": [30.0, 31, 52, 50, 44], "region": ["a", "a", "b", "b", "b"]})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], cells=["region"])
    >>> matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",)))
    >>> im.registry.balance(matched).frame["mean_control"].round(3).tolist()
    [42.333, 41.5]
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.RegistryMatch", "un RegistryMatch"),
        isinstance(matched, RegistryMatch),
    )
    chosen = DEFAULT_DENOMINATOR[matched.estimand] if denominator is None else denominator
    checks.one_of("denominator", chosen, tuple(DENOMINATORS))
    gaps = _gaps(matched)
    columns = _columns(matched)
    rows = []
    for name, stage in (("before", matched.before), ("after", matched.after)):
        for k, labels in enumerate(columns):
            arms = _comparison(matched, k, stage, chosen, gaps[name][k])
            rows.append(_row(labels, name, arms, stage, k) | {"denominator": chosen})
    return BalanceTable(
        frame=pd.DataFrame(rows, columns=[*BALANCE_COLUMNS, *FURTHER_COLUMNS]),
        denominator=chosen,
        binary="std",
        estimand=matched.estimand,
        weights=weight_labels(matched.sample.roles.sampling_weight, True),
        effective_sizes=pd.DataFrame(
            [
                (name, *(arm.effective_size for arm in stage))
                for name, stage in (("before", matched.before), ("after", matched.after))
            ],
            columns=["stage", "treated", "control"],
        ),
        statistics=STATISTICS,
        synthetic=matched.sample.synthetic,
    )


def largest_difference(matched: RegistryMatch) -> float:
    """Return the largest absolute standardised difference of a covariate after matching."""
    chosen = DEFAULT_DENOMINATOR[matched.estimand]
    return max(
        abs(standardized_difference(_comparison(matched, k, matched.after, chosen, np.array([np.nan]))))
        for k, labels in enumerate(_columns(matched))
        if labels["role"] == COVARIATE
    )


def _columns(matched: RegistryMatch) -> list[dict[str, str]]:
    """Return name, role, source and level of each column."""
    score = {"covariate": "distance", "role": SCORE, "column": "", "level": ""}
    terms = [
        {"covariate": term.name, "role": COVARIATE, "column": term.column, "level": term.level or ""}
        for term in balance_terms(matched.sample.terms)
    ]
    return [*([score] if matched.score is not None else []), *terms]


def _comparison(matched: RegistryMatch, k: int, stage: Stage, chosen: str, gaps: Array) -> Comparison:
    """Return one column's comparison, its difference divided by an SD before matching."""
    everybody = matched.before[0].plus(matched.before[1])
    binary = everybody.two
    covariate, treated, control = _points(everybody, k, matched.before, binary)
    denominator = DENOMINATORS[chosen].of(covariate, treated, control)
    return Comparison(_points(everybody, k, stage, binary)[0], treated, control, denominator, gaps)


def _points(
    everybody: ColumnSums, k: int, stage: Stage, binary: Booleans
) -> tuple[CovariateValues, Array, Array]:
    """Return two points for each arm, of half its weight each, that have its mean and its variance."""
    values: list[float] = []
    for arm in stage:
        variance = float(arm.variances(binary)[k])
        apart = np.sqrt(variance if binary[k] else variance / 2)  # two points' own correction is ½
        values += [arm.mean[k] - apart, arm.mean[k] + apart]
    low, high = float(everybody.low[k]), float(everybody.high[k])
    covariate = CovariateValues.between(low, high, np.array(values), bool(binary[k]))
    return covariate, np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.5, 0.5])


def _row(labels: dict[str, str], name: str, arms: Comparison, stage: Stage, k: int) -> dict[str, Any]:
    treated, control = stage
    return labels | {
        "stage": name,
        "mean_treated": float(treated.mean[k]),
        "mean_control": float(control.mean[k]),
        **{statistic.name: statistic.function(arms) for statistic in STATISTICS},
        "n_treated": treated.count,
        "n_control": control.count,
        "ess_treated": treated.effective_size,
        "ess_control": control.effective_size,
    }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _ValueWeights:
    """The different values of a column, with the weight of each by stage and arm, shape (number of values, 4)."""

    values: Array
    weights: Array

    @classmethod
    def of(cls, values: Array, weights: Array) -> _ValueWeights:
        present, number = np.unique(values, return_inverse=True)
        sums = [np.bincount(number, column, len(present)) for column in weights.T]
        return cls(present, np.stack(sums, axis=1))


def _gaps(matched: RegistryMatch) -> dict[str, list[Array]]:
    """Return, by stage and column, the distance of the arms' distribution functions at each value; missing where values are too many."""
    most = None if len(matched.sample) <= _FEW_ROWS else MOST_VALUES
    tasks = [(cell, _Reading.of(matched), most) for cell in matched.cells]
    parts: list[list[_ValueWeights | None]] = each(
        _value_weights,
        tasks,
        matched.sample.n_jobs,
        Text("comparing distributions", "se comparaban las distribuciones"),
    )
    found: dict[str, list[Array]] = {"before": [], "after": []}
    for of_cells in zip(*parts, strict=True):
        known = [one for one in of_cells if one is not None]
        if len(known) < len(of_cells):
            for gaps in found.values():
                gaps.append(np.array([np.nan]))
            continue
        whole = _ValueWeights.of(
            np.concatenate([one.values for one in known]), np.concatenate([one.weights for one in known])
        )
        shares = whole.weights / whole.weights.sum(0)
        covariate = CovariateValues.of(whole.values)
        for stage, (treated, control) in (("before", (0, 1)), ("after", (2, 3))):
            found[stage].append(Comparison.of(covariate, shares[:, treated], shares[:, control], 1.0).gaps)
    return found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Reading:
    """What a worker needs to know of a match to read its cells' balance columns."""

    design: Any
    model: ScoreModel | None

    @classmethod
    def of(cls, matched: RegistryMatch) -> _Reading:
        return cls(matched.design, None if matched.score is None else matched.score.model)


def _value_weights(cell: MatchedCell, reading: _Reading, most: int | None) -> list[_ValueWeights | None]:
    """Return the weights of each balance column by its values in one cell; None for a column that has too many."""
    design = reading.design
    raw = np.load(design.weights_file(cell.number), mmap_mode="r")
    found: list[list[_ValueWeights | None]] = []
    start = 0
    for bundle in in_bundles(cell.pieces, _ROWS):
        units = design.units(bundle)
        score = None if reading.model is None else reading.model.of_matrix(units.matrix.to_numpy())
        columns = balance_values(units.covariates, design.terms, score)
        before = units.sampling_weight
        after = before * np.asarray(raw[start : start + len(units)])
        start += len(units)
        arms = (units.treatment, ~units.treatment)
        weights = np.column_stack([np.where(arm, weight, 0.0) for weight in (before, after) for arm in arms])
        found.append(
            [None if _too_many(column, most) else _ValueWeights.of(column, weights) for column in columns.T]
        )
    return [_few(list(parts), most) for parts in zip(*found, strict=True)]


def _too_many(column: Array, most: int | None) -> bool:
    """Return whether the first rows alone have more values than are compared: then the others need not be sorted."""
    return most is not None and len(column) > most and len(np.unique(column[: 2 * most])) > most


def _few(parts: Sequence[_ValueWeights | None], most: int | None) -> _ValueWeights | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or (most is not None and any(len(part.values) > most for part in known)):
        return None
    whole = _ValueWeights.of(
        np.concatenate([part.values for part in known]), np.concatenate([part.weights for part in known])
    )
    return None if most is not None and len(whole.values) > most else whole
