"""Who is matched to whom: pairs one by one, or by cells of units that are alike, over which their pairs are summed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Booleans, Positions
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code

Numbers = NDArray[np.float64] | Positions

MOST_LISTED = 20_000_000
"""Pairs that are written out one by one at most: 32 bytes each, and several times as many as a table."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pairs:
    """Matches as parallel arrays of length m, by position of the units.

    Attributes
    ----------
    focal : int array, shape (m,)
        The unit being matched.
    match : int array, shape (m,)
        The unit of the other arm it was matched to.
    distance : float64 array, shape (m,)
        Unsquared distance, in the distance's published unit.
    weight : float64 array, shape (m,)
        Share of the match in its focal unit's matched set; sums to one for each focal unit.

    Examples
    --------
    A strategy of one's own: the first treated unit is matched to the first control, and so on.

    >>> import numpy as np, pandas as pd, impact as im
    >>> class InOrderOfTheRows:
    ...     def assign(self, units):
    ...         treated, control = np.flatnonzero(units.treatment), np.flatnonzero(~units.treatment)[: units.treatment.sum()]
    ...         return im.Assignment(pairs=im.Pairs(treated, control, np.zeros(len(treated)), np.ones(len(treated))))
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), InOrderOfTheRows())
    >>> matched.pairs[["treated", "control"]].values.tolist()
    [[0, 2], [1, 3]]
    """

    focal: Positions
    match: Positions
    distance: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.focal)

    def one_by_one(self) -> Pairs:
        """Return the pairs themselves, which are listed one by one."""
        return self

    @property
    def total_distance(self) -> float:
        """The sum of the distances of all pairs."""
        return float(self.distance.sum())

    def focal_marks(self, number: int) -> Booleans:
        """Return which of ``number`` units are focal and matched."""
        marks: Booleans = self.matches_of_each(number) > 0
        return marks

    def matches_of_each(self, number: int) -> Positions:
        """Return how many matches each unit has, shape (number,)."""
        return np.bincount(self.focal, minlength=number)

    def uses_of_each(self, number: int) -> Positions:
        """Return how often each unit is a match, shape (number,)."""
        return np.bincount(self.match, minlength=number)

    def collected(self, values: Array, power: int = 1) -> Array:
        """Return what each unit collects as a match: Σ_l v_l w_li^power over the focal units l that it is matched to, shape (n,)."""
        weight = self.weight if power == 1 else self.weight**power
        return sums_by_code(self.match, values[self.focal] * weight, len(values))

    def averaged(self, values: Array) -> Array:
        """Return the mean of the values over each focal unit's matches, Σ_i w_li v_i, shape (n,); 0 for other units."""
        return sums_by_code(self.focal, self.weight * values[self.match], len(values))

    def placed(self, place: Positions) -> Pairs:
        """Return the pairs with each position replaced by what stands at it in ``place``."""
        return replace(self, focal=place[self.focal], match=place[self.match])

    def among(self, place: Positions) -> Pairs:
        """Return the pairs of units whose place is not −1, under their new places; matched sets share their weight anew."""
        focal, match = place[self.focal], place[self.match]
        both = (focal >= 0) & (match >= 0)
        focal, match, weight = focal[both], match[both], self.weight[both]
        total = np.bincount(focal, weight)
        return Pairs(focal, match, self.distance[both], weight / total[focal])

    def of_unit(self, unit: int) -> Pairs:
        """Return the pairs that one unit is in."""
        some = (self.focal == unit) | (self.match == unit)
        return Pairs(self.focal[some], self.match[some], self.distance[some], self.weight[some])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TiedCells:
    """Cells of focal units, each tied with one cell of matches or several.

    Every unit of a focal cell is matched with every unit of the cells it is linked to. A focal unit stands in one cell, a match in one.

    Attributes
    ----------
    focal, focal_cell : int arrays, shape (f,)
        Positions of the focal units, and their cells, 0 to the number of cells less one.
    match, match_cell : int arrays, shape (m,)
        The same of the units they are matched to.
    share : float64 array, shape (m,)
        What each match counts by within a matched set: its sampling weight.
    link_focal, link_match : int arrays, shape (k,)
        Cells that are linked.
    distance : float64 array, shape (k,)
        Unsquared distance between the units of two linked cells.
    """

    focal: Positions
    focal_cell: Positions
    match: Positions
    match_cell: Positions
    share: Array
    link_focal: Positions
    link_match: Positions
    distance: Array

    @property
    def focal_sizes(self) -> Positions:
        """Units of each focal cell."""
        return np.bincount(self.focal_cell)

    @property
    def match_sizes(self) -> Positions:
        """Units of each cell of matches."""
        return np.bincount(self.match_cell)

    @property
    def link_sizes(self) -> Positions:
        """Pairs behind each link."""
        return self.focal_sizes[self.link_focal] * self.match_sizes[self.link_match]

    @property
    def shares(self) -> Array:
        """Summed share of each cell of matches."""
        return sums_by_code(self.match_cell, self.share, len(self.match_sizes))

    @property
    def totals(self) -> Array:
        """Summed share of all matches of each focal cell."""
        return self.over_matches(self.shares)

    def over_matches(self, of_match_cells: Numbers) -> Array:
        """Return, for each focal cell, the sum of a number of the cells it is linked to."""
        values = np.asarray(of_match_cells, dtype=np.float64)
        return sums_by_code(self.link_focal, values[self.link_match], len(self.focal_sizes))

    def over_focal(self, of_focal_cells: Numbers) -> Array:
        """Return, for each cell of matches, the sum of a number of the focal cells that are linked to it."""
        values = np.asarray(of_focal_cells, dtype=np.float64)
        return sums_by_code(self.link_match, values[self.link_focal], len(self.match_sizes))

    def without(self, focal: Booleans, match: Booleans) -> TiedCells:
        """Return the cells without the units that are not marked, and without the links that this leaves empty."""
        kept_focal = np.bincount(self.focal_cell[focal], minlength=len(self.focal_sizes)) > 0
        kept_match = np.bincount(self.match_cell[match], minlength=len(self.match_sizes)) > 0
        links = kept_focal[self.link_focal] & kept_match[self.link_match]
        kept_focal &= np.bincount(self.link_focal[links], minlength=len(kept_focal)) > 0
        kept_match &= np.bincount(self.link_match[links], minlength=len(kept_match)) > 0
        focal, match = focal & kept_focal[self.focal_cell], match & kept_match[self.match_cell]
        renamed_focal, renamed_match = np.cumsum(kept_focal) - 1, np.cumsum(kept_match) - 1
        return TiedCells(
            focal=self.focal[focal],
            focal_cell=renamed_focal[self.focal_cell[focal]],
            match=self.match[match],
            match_cell=renamed_match[self.match_cell[match]],
            share=self.share[match],
            link_focal=renamed_focal[self.link_focal[links]],
            link_match=renamed_match[self.link_match[links]],
            distance=self.distance[links],
        )

    def listed(self, whole: TiedCells | None = None) -> Pairs:
        """Return the pairs one by one, by focal unit, distance and match; weights are those in the whole that this is a part of."""
        by_focal, by_match = (
            np.argsort(cells, kind="stable") for cells in (self.focal_cell, self.match_cell)
        )
        starts_focal, starts_match = (
            np.cumsum(sizes) - sizes for sizes in (self.focal_sizes, self.match_sizes)
        )
        sizes = self.link_sizes
        link = np.repeat(np.arange(len(sizes)), sizes)
        within = np.arange(len(link)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        wide = self.match_sizes[self.link_match][link]
        row = by_focal[starts_focal[self.link_focal[link]] + within // wide]
        column = by_match[starts_match[self.link_match[link]] + within % wide]
        focal, match, distance = self.focal[row], self.match[column], self.distance[link]
        total = np.zeros(int(focal.max(initial=-1)) + 1)
        of = whole or self
        known = of.focal < len(total)
        total[of.focal[known]] = of.totals[of.focal_cell[known]]
        weight = self.share[column] / total[focal]
        order = np.lexsort((match, distance, focal))
        return Pairs(focal[order], match[order], distance[order], weight[order])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TiedPairs:
    """Matches of units of which many are alike: by cells, so that they take as much room as the units, not as their pairs.

    Attributes
    ----------
    blocks : tuple of TiedCells
        One for each arm that is matched to the other, and each step of ``prefer``; a focal unit stands in one of them.
    """

    blocks: tuple[TiedCells, ...]

    def __len__(self) -> int:
        return sum(int(block.link_sizes.sum()) for block in self.blocks)

    @property
    def focal(self) -> Positions:
        """The focal unit of each pair, one by one."""
        return self.one_by_one().focal

    @property
    def match(self) -> Positions:
        """The match of each pair, one by one."""
        return self.one_by_one().match

    @property
    def distance(self) -> Array:
        """The distance of each pair, one by one."""
        return self.one_by_one().distance

    @property
    def weight(self) -> Array:
        """The weight of each pair, one by one."""
        return self.one_by_one().weight

    @property
    def total_distance(self) -> float:
        """The sum of the distances of all pairs."""
        return float(sum(block.link_sizes @ block.distance for block in self.blocks))

    def focal_marks(self, number: int) -> Booleans:
        """Return which of ``number`` units are focal and matched."""
        marks = np.zeros(number, dtype=np.bool_)
        for block in self.blocks:
            marks[block.focal] = True
        return marks

    def matches_of_each(self, number: int) -> Positions:
        """Return how many matches each unit has, shape (number,)."""
        counts = np.zeros(number, dtype=np.intp)
        for block in self.blocks:
            of_cells = block.over_matches(block.match_sizes)
            counts[block.focal] = of_cells[block.focal_cell].astype(np.intp)
        return counts

    def uses_of_each(self, number: int) -> Positions:
        """Return how often each unit is a match, shape (number,)."""
        counts = np.zeros(number, dtype=np.intp)
        for block in self.blocks:
            of_cells = block.over_focal(block.focal_sizes)
            counts[block.match] += of_cells[block.match_cell].astype(np.intp)
        return counts

    def collected(self, values: Array, power: int = 1) -> Array:
        """Return what each unit collects as a match: Σ_l v_l w_li^power over the focal units l that it is matched to, shape (n,)."""
        result = np.zeros(len(values))
        for block in self.blocks:
            of_cells = np.bincount(block.focal_cell, values[block.focal]) / block.totals**power
            result[block.match] += block.share**power * block.over_focal(of_cells)[block.match_cell]
        return result

    def averaged(self, values: Array) -> Array:
        """Return the mean of the values over each focal unit's matches, Σ_i w_li v_i, shape (n,); 0 for other units."""
        result = np.zeros(len(values))
        for block in self.blocks:
            of_cells = np.bincount(block.match_cell, block.share * values[block.match])
            result[block.focal] = (block.over_matches(of_cells) / block.totals)[block.focal_cell]
        return result

    def placed(self, place: Positions) -> TiedPairs:
        """Return the pairs with each position replaced by what stands at it in ``place``."""
        blocks = (replace(block, focal=place[block.focal], match=place[block.match]) for block in self.blocks)
        return TiedPairs(tuple(blocks))

    def among(self, place: Positions) -> TiedPairs:
        """Return the pairs of units whose place is not −1, under their new places; matched sets share their weight anew."""
        blocks = (block.without(place[block.focal] >= 0, place[block.match] >= 0) for block in self.blocks)
        return TiedPairs(tuple(block for block in blocks if len(block.link_focal))).placed(place)

    def of_unit(self, unit: int) -> Pairs:
        """Return the pairs that one unit is in, one by one."""
        parts = []
        for block in self.blocks:
            as_focal, as_match = block.focal == unit, block.match == unit
            for focal, match in ((as_focal, block.match >= 0), (block.focal >= 0, as_match)):
                if focal.any() and match.any():
                    parts.append(block.without(focal, match).listed(block))
        return _joined(parts)

    def firsts(self) -> Pairs:
        """Return one pair for each link, of the first units of its cells, with the weight of all matches of the cell."""
        parts = []
        for block in self.blocks:
            focal = block.focal[np.unique(block.focal_cell, return_index=True)[1]]
            match = block.match[np.unique(block.match_cell, return_index=True)[1]]
            weight = block.shares[block.link_match] / block.totals[block.link_focal]
            parts.append(Pairs(focal[block.link_focal], match[block.link_match], block.distance, weight))
        return _joined(parts)

    def one_by_one(self) -> Pairs:
        """Return the pairs listed one by one.

        Raises
        ------
        OptionError
            There are more than 20 million.
        """
        number = len(self)
        if number > MOST_LISTED:
            raise OptionError(
                Text(
                    (
                        "The ties make {number:,} pairs, and more than {most:,} are not listed one by one. Weights, balance, "
                        "effects and errors do not need the list; im.explain(matched, unit) gives the pairs of one unit."
                    ),
                    (
                        "Los empates forman {number:,} pares, y más de {most:,} no se enumeran uno por uno. Los pesos, el "
                        "balance, los efectos y los errores no necesitan la lista; explain(matched, unidad) da los pares de "
                        "una unidad."
                    ),
                    number=number,
                    most=MOST_LISTED,
                )
            )
        return _joined([block.listed() for block in self.blocks])


def _joined(parts: list[Pairs]) -> Pairs:
    columns = ([getattr(part, name) for part in parts] for name in ("focal", "match", "distance", "weight"))
    nothing = (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0))
    return Pairs(*(np.concatenate([empty, *column]) for empty, column in zip(nothing, columns, strict=True)))
