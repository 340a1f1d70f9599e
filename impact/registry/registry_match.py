"""A matched registry: the weights of every cell, on disk, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from impact import checks
from impact.design.matched_sample import (
    CONTROL_NOT_USED,
    MATCHED_CONTROL,
    MATCHED_TREATED,
    NOT_USED,
    OFF_SUPPORT,
    UNMATCHED,
)
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import Rules
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.inverse_probability import InverseProbability
from impact.errors import OptionError
from impact.language import Text
from impact.registry.matching.cell_match import CellDesign, CellSums, compared_arms, read_pairs
from impact.registry.matching.column_sums import ColumnSums, arm_sums
from impact.registry.reading.runs import ID, ROW, TREATED, Piece
from impact.registry.reading.storage import WorkingFolder
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore
from impact.registry.weighting.weight_model import WeightModel
from impact.views import frame_of_texts, html_view

RegistryStrategy: TypeAlias = NearestNeighbor | InverseProbability | EntropyBalancing
"""What a registry can be matched or weighed by."""


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
    strategy : NearestNeighbor, InverseProbability or EntropyBalancing
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
    score : RegistryScore or None
    weights : WeightModel or None
        How weights were estimated; None for matches.
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
        strategy: RegistryStrategy,
        estimand: str,
        score: RegistryScore | None,
        cells: Sequence[MatchedCell],
        design: CellDesign,
        folder: WorkingFolder,
        weights: WeightModel | None = None,
    ) -> None:
        self.sample, self.strategy, self.estimand, self.score = sample, strategy, estimand, score
        self.weights = weights
        self.cells, self.design, self._folder = tuple(cells), design, folder
        made = [cell.sums.rules for cell in cells if cell.sums.rules is not None]
        reasons = [rules.row_order for rules in made if rules.row_order]
        exact = getattr(strategy, "exact", ())
        self.rules: Rules = replace(made[0], exact=exact, row_order=reasons[0] if reasons else "")

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
        """What the comparison units' weights are multiplied by, so that they sum to the number of matched focal units (ATT, ATC)."""
        return self.scales[1 if self.estimand == "ATT" else 0]

    @property
    def scales(self) -> tuple[float, float]:
        """The same for the treated and the controls; about 1 for an arm that is the focal one."""
        totals = (sum(cell.sums.raw[arm] for cell in self.cells) for arm in (0, 1))
        treated, control = (self.n_matched / total if total > 0 else 1.0 for total in totals)
        return treated, control

    @property
    def frame(self) -> pd.DataFrame:
        """One row a cell."""
        rows = [
            {
                "cell": cell.name,
                "treated": cell.sums.before[0].count,
                "control": cell.sums.before[1].count,
                "matched": cell.sums.matched,
                "comparisons": sum(cell.sums.after[arm].count for arm in compared_arms(self.estimand)),
            }
            for cell in self.cells
        ]
        return pd.DataFrame(rows)

    @property
    def steps(self) -> tuple[tuple[Text, int], ...]:
        """What became of every unit of the registry, from file to estimate."""
        treated, control = (arm.count for arm in self.after)
        unused = len(self.sample) - treated - control
        lost = self.n_focal - self.n_matched
        kept = [(MATCHED_TREATED, treated), (MATCHED_CONTROL, control)]
        if self.weights is not None:
            return (*self.sample.steps, (OFF_SUPPORT, unused), *kept)
        rest = (CONTROL_NOT_USED, unused - lost) if self.estimand == "ATT" else (NOT_USED, unused)
        return (*self.sample.steps, (UNMATCHED, lost), *kept, rest)

    @property
    def flow(self) -> pd.DataFrame:
        """The same as a table."""
        return pd.DataFrame([(str(step), units) for step, units in self.steps], columns=["step", "units"])

    @property
    def pairs(self) -> pd.DataFrame | None:
        """The matches of all cells, in memory: treated, control (identifiers, else rows of the registry), focal, distance, weight.

        None for weights.
        """
        if self.weights is not None:
            return None
        return pd.concat([self.pairs_of(cell.name) for cell in self.cells], ignore_index=True)

    def pairs_of(self, name: str) -> pd.DataFrame:
        """Return the matches of one cell, named as in ``frame``."""
        if self.weights is not None:
            raise OptionError(
                Text(
                    "{strategy} weights units and makes no pairs. See frame, or match with im.NearestNeighbor.",
                    "{strategy} pondera unidades y no forma pares. Vea frame, o empareje con NearestNeighbor.",
                    strategy=type(self.strategy).__name__,
                )
            )
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
        key = ROW if self.sample.roles.id is None else ID
        label = np.concatenate([piece.arrays([key])[key] for piece in cell.pieces])
        pairs = read_pairs(self.design, cell.number)
        focal, match = label[pairs["focal"]], label[pairs["match"]]
        if self.estimand == "ATE":
            arm = np.concatenate([piece.arrays([TREATED])[TREATED] for piece in cell.pieces])
            forward = arm[pairs["focal"]] == 1
        else:
            forward = np.full(len(pairs), self.estimand == "ATT")
        return pd.DataFrame(
            {
                "treated": np.where(forward, focal, match),
                "control": np.where(forward, match, focal),
                "focal": np.where(forward, "treated", "control"),
                "distance": pairs["distance"],
                "weight": pairs["weight"],
            }
        )

    def __repr__(self) -> str:
        treated, control = (arm.count for arm in self.after)
        lines = [
            f"Matched registry for the {self.estimand} by {self.strategy!r}",
            f"  treated {treated:,} of {self.before[0].count:,}, controls used {control:,} of {self.before[1].count:,}",
            f"  {checks.counted(len(self.cells), 'cell')}; share of the focal units kept {self.n_matched / self.n_focal:.1%}",
        ]
        return "\n".join([*lines, *([f"  {self.rules.row_order}"] if self.rules.row_order else [])])

    def _repr_html_(self) -> str:
        return html_view(frame_of_texts(self.steps, ["step", "units"]), (), self.sample.synthetic)
