"""Exact matching, on covariates as they are or coarsened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Positions
from impact.design.cells import require_a_set, two_sided_sets, warn_of_one_sided_cells
from impact.design.distances.coordinates import Distance
from impact.design.distances.measure import Measure
from impact.design.label_order import label_order, steady
from impact.design.pairs import Pairs
from impact.design.proposal import Assignment, Rules
from impact.design.units import Units, focal_units, strata_codes
from impact.errors import OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True)
class Exact:
    """Compare units that agree on every column.

    Parameters
    ----------
    columns : tuple of str, optional
        Columns that must agree; all covariates by default.

    Notes
    -----
    A matched set is one combination of values that holds both arms. Combinations whose focal units have
    nobody of the other arm are listed in an OverlapWarning. For the ATT a set's controls share the weight of
    its treated in proportion to their sampling weights.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1, 0], "region": ["N", "N", "N", "S", "S"]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["region"])
    >>> im.match(sample, Exact()).weights.tolist()
    [1.0, 0.5, 0.5, 1.0, 1.0]
    """

    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.columns is not None:
            columns = checks.columns("columns", self.columns)
            checks.distinct("columns", columns)
            object.__setattr__(self, "columns", columns)

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.columns or ()

    def assign(self, units: Units) -> Assignment:
        """Return the matched sets."""
        columns = self.columns or tuple(map(str, units.covariates.columns))
        sets = two_sided_sets(strata_codes(units, columns), units)
        require_a_set(sets, columns, units)
        warn_of_one_sided_cells(sets, columns, units)
        return Assignment(subclass=sets, rules=Rules(exact=columns, strata=True))


@dataclass(frozen=True, slots=True)
class CoarsenedExact:
    """Compare units that agree on every covariate once it is cut into bins.

    Parameters
    ----------
    cutpoints : mapping of str to int or sequence of float
        By numeric covariate: the number of equally wide bins over its range (1: the covariate is not matched
        on), or the cutpoints themselves. A numeric covariate that is not named is cut into Sturges's number
        of bins, ⌈log₂ n + 1⌉.
    grouping : mapping of str to sequence of sequences
        By categorical covariate: the levels that count as one, as ``{"region": [["north", "east"],
        ["south"]]}``; levels in no group stay themselves.
    exact : tuple of str
        Columns that must agree without coarsening.
    k2k : Distance, optional
        Keep equally many treated and controls of each set, in pairs with the smallest total distance;
        ``im.Mahalanobis()`` for instance.

    Notes
    -----
    A unit at a cutpoint belongs to the bin above it. Units in bins without the other arm are unmatched: that
    is the price of coarsened exact matching, and the share kept tells it. ``k2k`` in R's MatchIt pairs
    greedily in the order of rows; here the pairs of a set are an optimal assignment, which does not depend on
    it and whose total distance is never larger.

    References
    ----------
    Iacus, King & Porro (2012), Political Analysis 20(1), 1-24, doi:10.1093/pan/mpr013.
    Sturges (1926), JASA 21(153), 65-66, doi:10.1080/01621459.1926.10502161.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 1, 0, 0], "age": [20.0, 29.0, 41.0, 60.0, 35.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, CoarsenedExact(cutpoints={"age": [30, 50]})).weights.tolist()
    [1.0, 1.0, 1.0, 0.0, 1.0]
    """

    cutpoints: Mapping[str, int | Sequence[float]] = field(default_factory=dict)
    grouping: Mapping[str, Sequence[Sequence[object]]] = field(default_factory=dict)
    exact: tuple[str, ...] = ()
    k2k: Distance | None = None

    def __post_init__(self) -> None:
        for name in ("cutpoints", "grouping"):
            mapping = Text("a mapping by column", "una tabla por columna")
            checks.instance(name, getattr(self, name), mapping, isinstance(getattr(self, name), Mapping))
        object.__setattr__(self, "exact", checks.columns("exact", self.exact))
        for name, cuts in self.cutpoints.items():
            _check_cutpoints(name, cuts)
        for name, groups in self.grouping.items():
            checks.distinct(f"grouping[{name!r}]", [str(level) for group in groups for level in group])
        suits = self.k2k is None or isinstance(self.k2k, Distance)
        checks.instance(
            "k2k",
            self.k2k,
            Text("None or a distance such as im.Mahalanobis()", "nada o una distancia como Mahalanobis"),
            suits,
        )

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.exact

    def assign(self, units: Units) -> Assignment:
        """Return the matched sets, or the pairs with ``k2k``."""
        cells = self._cells(units)
        sets = two_sided_sets(cells, units)
        columns = tuple(map(str, units.covariates.columns))
        require_a_set(sets, columns, units)
        if self.k2k is None:
            return Assignment(subclass=sets, rules=Rules(exact=self.exact, strata=True))
        if units.estimand == "ATE":
            raise OptionError(
                Text(
                    (
                        "k2k keeps as many treated as controls, which stand for neither arm: estimand must be 'ATT' or "
                        "'ATC'; got 'ATE'. Leave k2k out for the ATE."
                    ),
                    (
                        "k2k conserva tantos beneficiarios como controles, que no representan a ningún brazo: estimand debe ser "
                        "'ATT' o 'ATC'; se dio 'ATE'. Quite k2k para el ATE."
                    ),
                )
            )
        measure = self.k2k.measure(units)
        rules = Rules(reuse=1, ratio=1, ties=False, exact=self.exact)
        return Assignment(pairs=_pairs_in_sets(sets, measure, units), measure=measure, rules=rules)

    def _cells(self, units: Units) -> Positions:
        """Return the number of each unit's combination of bins."""
        table = units.covariates
        checks.columns_present("cutpoints", self.cutpoints, table.columns)
        checks.columns_present("grouping", self.grouping, table.columns)
        coarse = {
            name: self._coarsened(str(name), table[name], units.eligible)
            for name in table.columns
            if name not in self.exact
        }
        coarse |= {f"exact {name}": strata_codes(units, (name,)) for name in self.exact}
        codes: Positions = (
            pd.DataFrame(coarse).groupby(list(coarse), sort=True).ngroup().to_numpy().astype(np.intp)
        )
        return codes

    def _coarsened(self, name: str, values: pd.Series[Any], eligible: NDArray[np.bool_]) -> Positions:
        if isinstance(values.dtype, pd.CategoricalDtype):
            if name in self.cutpoints:
                raise OptionError(
                    Text(
                        "cutpoints names {name!r}, which has categories; group them with grouping instead.",
                        "cutpoints nombra {name!r}, que tiene categorías; agrúpelas con grouping.",
                        name=name,
                    )
                )
            return _grouped(name, values, self.grouping.get(name, ()))
        if name in self.grouping:
            raise OptionError(
                Text(
                    "grouping names {name!r}, which is numeric; cut it with cutpoints instead.",
                    "grouping nombra {name!r}, que es numérica; córtela con cutpoints.",
                    name=name,
                )
            )
        numbers = values.to_numpy(dtype=np.float64)
        edges = _edges(numbers[eligible], self.cutpoints.get(name, _sturges(int(eligible.sum()))))
        bins: Positions = np.searchsorted(edges, numbers, side="right").astype(np.intp)
        return bins


def _check_cutpoints(name: str, cuts: int | Sequence[float]) -> None:
    if isinstance(cuts, int):
        checks.whole(f"cutpoints[{name!r}]", cuts)
    else:
        edges = np.asarray(cuts, dtype=np.float64)
        if edges.ndim != 1 or len(edges) == 0 or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
            raise OptionError(
                Text(
                    "cutpoints[{name!r}] must be a number of bins or increasing finite numbers; got {cuts!r}.",
                    "cutpoints[{name!r}] debe ser un número de intervalos o números finitos crecientes; se dio {cuts!r}.",
                    name=name,
                    cuts=cuts,
                )
            )


def _sturges(number: int) -> int:
    return int(np.ceil(np.log2(number) + 1))


def _edges(values: NDArray[np.float64], cuts: int | Sequence[float]) -> NDArray[np.float64]:
    if isinstance(cuts, int):
        return np.linspace(values.min(), values.max(), cuts + 1)[1:-1]
    return np.asarray(cuts, dtype=np.float64)


def _grouped(name: str, values: pd.Series[Any], groups: Sequence[Sequence[object]]) -> Positions:
    """Return a categorical covariate's codes, the levels of a group with the code of its first."""
    levels = list(values.cat.categories)
    checks.columns_present(
        f"grouping[{name!r}]",
        [str(level) for group in groups for level in group],
        [str(level) for level in levels],
    )
    code = np.arange(len(levels))
    place = {str(level): position for position, level in enumerate(levels)}
    for group in groups:
        members = [place[str(level)] for level in group]
        code[members] = members[0]
    result: Positions = code[values.cat.codes.to_numpy()].astype(np.intp)
    return result


def _pairs_in_sets(sets: Positions, measure: Measure, units: Units) -> Pairs:
    """Return the pairs of each set with the smallest total distance."""
    from scipy.optimize import linear_sum_assignment

    order = label_order(units)
    order = order[sets[order] >= 0]
    order = order[np.argsort(sets[order], kind="stable")]
    starts = np.flatnonzero(np.diff(sets[order], prepend=-1))
    focal_arm = focal_units(units)
    found: list[tuple[Positions, Positions, NDArray[np.float64]]] = []
    for members in np.split(order, starts[1:]):
        focal, pool = members[focal_arm[members]], members[~focal_arm[members]]
        distances = steady(measure.block(focal, pool))
        row, column = linear_sum_assignment(distances)
        found.append((focal[row], pool[column], distances[row, column] * measure.unit))
    focal, match, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return Pairs(focal, match, distance, np.ones(len(focal)))
