"""Matching a registry, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.design.match_weights import NOBODY_MATCHED
from impact.design.matched_sample import (
    CONTROL_NOT_USED,
    MATCHED_CONTROL,
    MATCHED_TREATED,
    NOT_USED,
    UNMATCHED,
)
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import Rules, columns_read
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.registry.matching.cell_match import CellDesign, CellSums, match_cell, read_pairs
from impact.registry.matching.column_sums import ColumnSums, arm_sums
from impact.registry.matching.cuts import match_in_slices, refuse_uncut
from impact.registry.matching.distances import registry_distance
from impact.registry.reading.runs import Piece
from impact.registry.reading.storage import WorkingFolder
from impact.registry.said import warn_of_cells
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore
from impact.registry.workers import each
from impact.threads import on_one_thread
from impact.views import html_view

_ESTIMANDS = ("ATT", "ATC")


@dataclass(frozen=True, slots=True, eq=False)
class MatchedCell:
    """A cell, where its rows stand, and what matching it came to."""

    number: int
    name: str
    pieces: tuple[Piece, ...]
    sums: CellSums


class RegistryMatch:
    """Who is compared with whom in a registry: the weights of every cell, on disk, and their sums.

    Attributes
    ----------
    sample : RegistrySample
    strategy : NearestNeighbor
    estimand : {"ATT", "ATC"}
    score : RegistryScore or None
    rules : Rules
        What the strategy promised and was held to, cell by cell.
    frame : DataFrame
        One row a cell: ``cell``, ``treated``, ``control``, ``matched`` (focal units with a match), ``comparisons`` (units that they are
        compared with).

    Examples
    --------
    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1, 0], "age": [30.0, 31, 52, 50, 44], "region": ["a", "a", "b", "b", "b"]})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], cells=["region"])
    >>> matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",)))
    >>> matched.frame[["treated", "control", "matched", "comparisons"]].values.tolist()
    [[1, 1, 1, 1], [1, 2, 1, 1]]
    """

    def __init__(
        self,
        sample: RegistrySample,
        strategy: NearestNeighbor,
        estimand: str,
        score: RegistryScore | None,
        cells: Sequence[MatchedCell],
        design: CellDesign,
        folder: WorkingFolder,
    ) -> None:
        self.sample, self.strategy, self.estimand, self.score = sample, strategy, estimand, score
        self.cells, self.design, self._folder = tuple(cells), design, folder
        made = [cell.sums.rules for cell in cells if cell.sums.rules is not None]
        reasons = [rules.row_order for rules in made if rules.row_order]
        self.rules: Rules = replace(made[0], exact=strategy.exact, row_order=reasons[0] if reasons else "")

    @cached_property
    def before(self) -> tuple[ColumnSums, ColumnSums]:
        """Sums of the balance columns over the treated and the controls, by sampling weight."""
        return self._summed("before")

    @cached_property
    def after(self) -> tuple[ColumnSums, ColumnSums]:
        """The same by match weight × sampling weight; the controls' scale is free."""
        return self._summed("after")

    def _summed(self, stage: str) -> tuple[ColumnSums, ColumnSums]:
        arms = [[getattr(cell.sums, stage)[arm] for cell in self.cells] for arm in (0, 1)]
        return arm_sums(arms[0]), arm_sums(arms[1])

    @property
    def n_focal(self) -> int:
        """Units for whom the effect is asked."""
        return sum(cell.sums.focal for cell in self.cells)

    @property
    def n_matched(self) -> int:
        """Those of them that are matched."""
        return sum(cell.sums.matched for cell in self.cells)

    @property
    def scale(self) -> float:
        """What the comparison units' weights are multiplied by, so that they sum to the number of matched focal units."""
        return self.n_matched / sum(cell.sums.raw for cell in self.cells)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a cell."""
        rows = [
            {
                "cell": cell.name,
                "treated": cell.sums.before[0].count,
                "control": cell.sums.before[1].count,
                "matched": cell.sums.matched,
                "comparisons": cell.sums.after[1 if self.estimand == "ATT" else 0].count,
            }
            for cell in self.cells
        ]
        return pd.DataFrame(rows)

    @property
    def flow(self) -> pd.DataFrame:
        """What became of every unit of the registry, from file to estimate."""
        treated, control = (arm.count for arm in self.after)
        unused = (
            self.before[1].count - control if self.estimand == "ATT" else len(self.sample) - treated - control
        )
        rows = [
            (str(UNMATCHED), self.n_focal - self.n_matched),
            (str(MATCHED_TREATED), treated),
            (str(MATCHED_CONTROL), control),
            (str(CONTROL_NOT_USED if self.estimand == "ATT" else NOT_USED), unused),
        ]
        return pd.concat([self.sample.flow, pd.DataFrame(rows, columns=["step", "units"])], ignore_index=True)

    @property
    def pairs(self) -> pd.DataFrame:
        """The matches of all cells, in memory: treated, control (identifiers, else rows of the registry), focal, distance, weight."""
        return pd.concat([self.pairs_of(cell.name) for cell in self.cells], ignore_index=True)

    def pairs_of(self, name: str) -> pd.DataFrame:
        """Return the matches of one cell, named as in ``frame``."""
        found = [cell for cell in self.cells if cell.name == name]
        if not found:
            raise OptionError(
                Text(
                    "There is no cell {name!r}. The cells: {cells}.",
                    "No hay una celda {name!r}. Las celdas: {cells}.",
                    name=name,
                    cells=checks.listed(c.name for c in self.cells),
                )
            )
        cell = found[0]
        key = "row" if self.sample.roles.id is None else "id"
        label = np.concatenate([piece.arrays([key])[key] for piece in cell.pieces])
        pairs = read_pairs(self.design, cell.number)
        focal, match = label[pairs["focal"]], label[pairs["match"]]
        treated, control = (focal, match) if self.estimand == "ATT" else (match, focal)
        who = "treated" if self.estimand == "ATT" else "control"
        named = {"treated": treated, "control": control, "focal": who}
        return pd.DataFrame(named | {"distance": pairs["distance"], "weight": pairs["weight"]})

    def __repr__(self) -> str:
        treated, control = (arm.count for arm in self.after)
        lines = [
            f"Matched registry for the {self.estimand} by {self.strategy!r}",
            f"  treated {treated:,} of {self.before[0].count:,}, controls used {control:,} of {self.before[1].count:,}",
            f"  {checks.counted(len(self.cells), 'cell')}; share of the focal units kept {self.n_matched / self.n_focal:.1%}",
        ]
        return "\n".join([*lines, *([f"  {self.rules.row_order}"] if self.rules.row_order else [])])

    def _repr_html_(self) -> str:
        return html_view(self.flow, (), self.sample.synthetic)


@on_one_thread
def match_registry(
    sample: RegistrySample,
    strategy: NearestNeighbor,
    estimand: str = "ATT",
    score: RegistryScore | None = None,
    largest_cell: int = 2_000_000,
) -> RegistryMatch:
    """Match a registry within exact cells, by the strategy's own code.

    Parameters
    ----------
    sample : RegistrySample
    strategy : NearestNeighbor
        By a propensity score, Mahalanobis or Euclidean distance; ``exact`` names cells of the sample.
    estimand : {"ATT", "ATC"}
    score : RegistryScore, optional
        A score that is fitted already, as ``registry.score`` returns it.
    largest_cell : int
        Rows that a worker may hold. A cell with more is cut at quantiles of the score where that changes nothing: with replacement, on
        one score; else it is refused by name.

    Returns
    -------
    RegistryMatch
        With the pairs and weights that ``im.match`` makes of the same rows, but for ties that the order of the rows decides.

    Raises
    ------
    OptionError
        A strategy, distance or estimand that needs all rows together.
    SupportError
        No cell holds both arms, or nobody is matched.

    Notes
    -----
    A cell is matched by one worker, in memory: about 400 bytes for each of its rows with eight covariates. Of a cut cell a worker holds a
    slice, and beyond each cut the ``ratio`` nearest units of the other arm and those tied with the last of them: no other unit there can
    be a match of the slice's, whatever the caliper.

    Examples
    --------
    >>> import tempfile, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 1, 0], "age": [30.0, 31, 52, 50, 44], "region": ["a", "a", "b", "b", "b"]})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], cells=["region"])
    >>> im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",))).pairs[["treated", "control"]].values.tolist()
    [[0, 1], [3, 2]]
    """
    checks.instance(
        "sample",
        sample,
        Text("an im.RegistrySample", "un RegistrySample"),
        isinstance(sample, RegistrySample),
    )
    checks.one_of("estimand", estimand, _ESTIMANDS)
    checks.instance(
        "strategy",
        strategy,
        Text("an im.NearestNeighbor", "un NearestNeighbor"),
        isinstance(strategy, NearestNeighbor),
    )
    checks.whole("largest_cell", largest_cell)
    cells = sample.cells_by(strategy.exact)
    _require_both_arms(sample, cells, strategy.exact)
    distance, fitted = registry_distance(strategy.distance, sample, score)
    declared = tuple(name for name in columns_read(strategy) if name not in strategy.exact)
    sample.require_columns(declared, type(strategy).__name__)
    folder = WorkingFolder(sample.folder.path)
    design = CellDesign(
        strategy=_within_cells(strategy, distance),
        estimand=estimand,
        layout=sample.layout,
        covariates=sample.roles.covariates,
        terms=sample.terms,
        sampling_weight=sample.roles.sampling_weight,
        declared=declared,
        folder=folder.path,
    )
    cells_of = [(k, name, tuple(sample.pieces_of(parts))) for k, (name, parts) in enumerate(cells)]
    try:
        made = _matched_cells(cells_of, design, largest_cell, sample.n_jobs)
    except BaseException:
        folder.remove()
        raise
    if not any(cell.sums.matched for cell in made):
        raise SupportError(NOBODY_MATCHED)
    matched = RegistryMatch(sample, strategy, estimand, fitted, made, design, folder)
    named = [(cell.name, cell.sums) for cell in matched.cells]
    warn_of_cells(named, matched.n_focal, matched.n_matched, matched.estimand)
    return matched


def _matched_cells(
    cells: Sequence[tuple[int, str, tuple[Piece, ...]]], design: CellDesign, most: int, n_jobs: int | None
) -> list[MatchedCell]:
    """Match every cell: those that a worker can hold side by side, each of the others slice by slice."""
    rows = {number: sum(map(len, pieces)) for number, _, pieces in cells}
    for number, name, _ in cells:
        if rows[number] > most:
            refuse_uncut(name, rows[number], most, design.strategy)
    whole = [cell for cell in cells if rows[cell[0]] <= most]

    def unfinished() -> list[str]:
        return [name for number, name, _ in whole if not design.weights_file(number).exists()]

    tasks = [(*cell, design) for cell in whole]
    sums = dict(
        zip(
            [cell[0] for cell in whole],
            each(
                match_cell, tasks, n_jobs, Text("matching the cells", "se emparejaban las celdas"), unfinished
            ),
            strict=True,
        )
    )
    for cell in cells:
        if rows[cell[0]] > most:
            sums[cell[0]] = match_in_slices(*cell, design, most, n_jobs)
    return [MatchedCell(*cell, sums[cell[0]]) for cell in cells]


def _within_cells(strategy: NearestNeighbor, distance: Any) -> NearestNeighbor:
    """Return the strategy with the distance of all units; what depends on other columns' spread over all units is refused."""
    if (
        isinstance(strategy.caliper, Mapping)
        and strategy.caliper_unit == "sd"
        and set(strategy.caliper) != {"score"}
    ):
        raise OptionError(
            Text(
                (
                    "A caliper on covariates in SDs needs the SDs of all units; in a registry give it in the "
                    'covariate\'s unit: caliper_unit="raw".'
                ),
                (
                    "Un caliper sobre covariables en desviaciones necesita las desviaciones de todas las unidades; en un "
                    'registro délo en la unidad de la covariable: caliper_unit = "raw".'
                ),
            )
        )
    if strategy.mahalanobis_on:
        raise OptionError(
            Text(
                (
                    "mahalanobis_on needs the covariance of all units together; in a registry match by im.Mahalanobis() "
                    "within cells."
                ),
                (
                    "mahalanobis_on necesita la covarianza de todas las unidades juntas; en un registro empareje por "
                    "Mahalanobis dentro de las celdas."
                ),
            )
        )
    return replace(strategy, distance=distance, exact=())


def _require_both_arms(
    sample: RegistrySample, cells: Sequence[tuple[str, list[int]]], exact: Sequence[str]
) -> None:
    """Raise a SupportError that lists the cells if none holds both arms."""
    table = sample.frame
    if any((table.loc[rows, ["treated", "control"]].sum() > 0).all() for _, rows in cells):
        return
    described = checks.listed(f"{name} ({int(table.loc[rows, 'rows'].sum()):,})" for name, rows in cells)
    raise SupportError(
        Text(
            (
                "No combination of {exact} holds treated and control units: {described}. Match on fewer columns, or "
                "coarsen them."
            ),
            (
                "Ninguna combinación de {exact} tiene tratados y controles: {described}. Empareje por menos "
                "columnas, o agrúpelas."
            ),
            exact=checks.listed(exact),
            described=described,
        )
    )
