"""Match producer groups first, then households inside the matched groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Positions
from impact.design.distances.coordinates import Distance
from impact.design.distances.measure import Between, Measure
from impact.design.group_units import Groups, group_units, groups_of
from impact.design.label_order import label_order
from impact.design.pairs import Pairs
from impact.design.proposal import Assignment, Rules, Strategy, columns_read
from impact.design.units import Units
from impact.errors import OptionError, SupportError
from impact.language import Text

_BLOCK = "matched groups"


@runtime_checkable
class InsideStrata(Protocol):
    """A strategy that can be held inside strata: it has a distance and exact columns."""

    @property
    def distance(self) -> Distance: ...  # noqa: D102
    @property
    def exact(self) -> tuple[str, ...]: ...  # noqa: D102
    def assign(self, units: Units) -> Assignment: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class GroupFirst:
    """Match groups on the groups' means, then households of matched groups to each other.

    Parameters
    ----------
    groups : Strategy
        How groups are matched, in pairs or in sets: ``im.NearestNeighbor(im.Mahalanobis(), ratio=3)``,
        ``im.Full(...)``, ….
    within : Strategy
        How the households of a group are matched to those of its matched groups, in pairs or in sets: a
        strategy with a distance and exact columns, such as ``im.NearestNeighbor(...)``, ``im.Optimal(...)``
        or ``im.Full(...)``.
    columns : tuple of str
        Columns whose means describe a group, such as the group's age and its share of women; all covariates
        by default.

    Notes
    -----
    The programme chooses groups, so the comparison that mimics its choice is of groups; matching households
    then makes them alike within matched groups. A group's means are weighted by the sampling weights, and
    each group counts once in the match of groups. The households' distance is fitted once, on all units, not
    anew in each set of groups. A control group matched to several treated groups serves each of them. Columns
    that the groups' strategy reads beyond the means (``exact``) must not vary within a group. The pairs are
    of households: the estimand averages over households, and inference by group (``im.ClusterRobust``)
    applies as ever.

    References
    ----------
    Pimentel, Page, Lenard & Keele (2018), Annals of Applied Statistics 12(3), 1479-1505,
    doi:10.1214/17-AOAS1118.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> ages = [20.0, 40.0, 22.0, 41.0, 20.0, 90.0]
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0], "group": list("aabbcc"), "age": ages})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], cluster="group")
    >>> nearest = im.NearestNeighbor(im.Euclidean("none"))
    >>> matched = im.match(sample, GroupFirst(groups=nearest, within=nearest))
    >>> matched.pairs["control"].tolist()
    [2, 3]
    """

    groups: Strategy
    within: InsideStrata
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.instance(
            "groups",
            self.groups,
            Text("an object with assign(units)", "un objeto con assign(units)"),
            isinstance(self.groups, Strategy),
        )
        checks.instance(
            "within",
            self.within,
            Text(
                "a strategy with a distance and exact columns, such as im.NearestNeighbor(...)",
                "una estrategia con distancia y columnas exactas, como NearestNeighbor",
            ),
            isinstance(self.within, InsideStrata),
        )
        object.__setattr__(self, "columns", checks.columns("columns", self.columns))

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return tuple(dict.fromkeys([*self.columns, *columns_read(self.groups), *columns_read(self.within)]))

    def assign(self, units: Units) -> Assignment:
        """Return pairs, or sets, of households."""
        groups = groups_of(units)
        kept = columns_read(self.groups)
        matched = self.groups.assign(group_units(groups, units, self.columns, kept))
        measure = self.within.distance.measure(units)
        parts = [
            self._households(units, measure, groups, blocks, estimand)
            for estimand, blocks in _blocks(matched, groups, units.estimand)
        ]
        reasons = dict.fromkeys([matched.rules.row_order, *(part.rules.row_order for part in parts)])
        whole = parts[0] if len(parts) == 1 else _both_ways(*parts)
        return replace(whole, rules=replace(whole.rules, row_order=" ".join(filter(None, reasons))))

    def _households(
        self, units: Units, measure: Measure, groups: Groups, blocks: list[Positions], estimand: str
    ) -> Assignment:
        """Match the households of every block of groups at once, each block a stratum of its own."""
        origin, block = _households_of(groups, blocks, units)
        copies = np.bincount(origin, minlength=len(units))
        known = _Known(_part(measure, origin))
        within: Any = self.within
        inside = replace(within, distance=known, exact=(*self.within.exact, _BLOCK))
        found: Assignment = inside.assign(replace(_taken(units, origin, block), estimand=estimand))
        used = measure if found.measure is known.measured else _widened(found.measure, origin, len(units))
        rules = _rules(found.rules, int(copies.max()), self.within.exact)
        if found.pairs is not None:
            return Assignment(pairs=found.pairs.placed(origin), measure=used, rules=rules)
        if found.subclass is None:
            raise OptionError(
                Text(
                    "within must form pairs or sets; {within} forms neither.",
                    "within debe formar pares o conjuntos; {within} no forma ninguno.",
                    within=type(self.within).__name__,
                )
            )
        if copies.max() > 1:
            raise OptionError(
                Text(
                    (
                        "within forms sets, but some group is matched to several groups, so that its households would be in "
                        "several sets. Match groups without replacement or in sets, or households in pairs."
                    ),
                    (
                        "within forma conjuntos, pero algún grupo se empareja con varios, de modo que sus hogares estarían "
                        "en varios conjuntos. Empareje grupos sin reemplazo o en conjuntos, u hogares en pares."
                    ),
                )
            )
        subclass = np.full(len(units), -1, dtype=np.intp)
        subclass[origin] = found.subclass
        return Assignment(subclass=subclass, measure=used, rules=rules)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Known:
    """A distance that has been measured."""

    measured: Measure

    def measure(self, units: Units) -> Measure:
        return self.measured


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Rows:
    """A distance between units, addressed by their places in a list of positions."""

    between: Between
    origin: Positions

    def __call__(self, rows: Positions, columns: Positions) -> NDArray[np.float64]:
        return self.between(self.origin[rows], self.origin[columns])


def _part(measure: Measure, origin: Positions) -> Measure:
    return replace(
        measure,
        coordinates=measure.coordinates[origin],
        score=None if measure.score is None else measure.score[origin],
        propensity=None,
        between=None if measure.between is None else _Rows(measure.between, origin),
    )


def _blocks(matched: Assignment, groups: Groups, estimand: str) -> list[tuple[str, list[Positions]]]:
    """Return, for each arm that is focal, the blocks of groups whose households are to be compared."""
    if matched.subclass is not None:
        numbers = np.unique(matched.subclass[matched.subclass >= 0])
        sets = [np.flatnonzero(matched.subclass == number) for number in numbers]
        return [(estimand, sets)]
    if matched.pairs is None:
        raise OptionError(
            Text(
                "groups must be matched in pairs or in sets, as im.NearestNeighbor(...) or im.Full(...) do.",
                "Los grupos deben emparejarse en pares o en conjuntos, como hacen NearestNeighbor o Full.",
            )
        )
    focal, match = matched.pairs.focal, matched.pairs.match
    found = []
    for name, arm in (("ATT", groups.treatment), ("ATC", ~groups.treatment)):
        chosen = [np.concatenate([[group], match[focal == group]]) for group in np.unique(focal[arm[focal]])]
        if chosen:
            found.append((name, chosen))
    if not found:
        raise SupportError(
            Text(
                "No group found a match. Widen the groups' caliper, or drop an exact column.",
                "Ningún grupo encontró pareja. Amplíe el caliper de los grupos, o quite una columna exacta.",
            )
        )
    return found


def _households_of(groups: Groups, blocks: list[Positions], units: Units) -> tuple[Positions, Positions]:
    """Return the households of each block in the order of their labels, and their block."""
    rank = np.argsort(label_order(units), kind="stable")
    members = [np.sort(rank[groups.members(block) & units.eligible]) for block in blocks]
    origin = label_order(units)[np.concatenate(members)]
    return origin, np.repeat(np.arange(len(blocks)), [len(rows) for rows in members])


def _taken(units: Units, origin: Positions, block: Positions) -> Units:
    """Return units at given positions, repeated where they are in several blocks, with the block as a declared column."""
    index = pd.RangeIndex(len(origin))

    def rows(table: Any) -> Any:
        return None if table is None else table.iloc[origin].set_axis(index, axis=0)

    return replace(
        units,
        treatment=units.treatment[origin],
        covariates=rows(units.covariates),
        matrix=rows(units.matrix),
        eligible=units.eligible[origin],
        cluster=rows(units.cluster),
        stratum=rows(units.stratum),
        id=rows(units.id),
        sampling_weight=units.sampling_weight[origin],
        declared=rows(units.declared).assign(**{_BLOCK: block}),
    )


def _rules(rules: Rules, copies: int, exact: tuple[str, ...]) -> Rules:
    """Return the promises as they hold for all blocks together: a unit in several blocks may be used in each."""
    return replace(rules, exact=exact, reuse=None if rules.reuse is None else rules.reuse * copies)


def _widened(measure: Measure | None, origin: Positions, number: int) -> Measure | None:
    return None if measure is None else measure.widened(origin, number)


def _both_ways(first: Assignment, second: Assignment) -> Assignment:
    """Return the matches of the treated to the controls and of the controls to the treated as one."""
    if first.pairs is None or second.pairs is None:
        raise OptionError(
            Text(
                "For the ATE within must form pairs, as im.NearestNeighbor(...) does.",
                "Para el ATE, within debe formar pares, como hace NearestNeighbor.",
            )
        )
    both = (first.pairs, second.pairs)
    pairs = Pairs(
        np.concatenate([part.focal for part in both]),
        np.concatenate([part.match for part in both]),
        np.concatenate([part.distance for part in both]),
        np.concatenate([part.weight for part in both]),
    )
    limits = (first.rules.reuse, second.rules.reuse)
    reuse = None if limits[0] is None or limits[1] is None else max(limits[0], limits[1])
    return replace(first, pairs=pairs, rules=replace(first.rules, reuse=reuse))
