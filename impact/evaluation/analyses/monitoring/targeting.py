"""``[targeting]``: where funds and beneficiaries went over a ranking of need, and who was reached beside the area's people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.evaluation.analyses.monitoring.records import Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import Text
from impact.monitoring.targeting.concentration import Concentration, concentration
from impact.monitoring.targeting.inclusion import InclusionTable, inclusion

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TargetingResults:
    """Targeting.

    Attributes
    ----------
    curves : tuple of Concentration
    upper : DataFrame
        One row an amount: what the upper part of the ranking holds, and the test of a stated share.
    inclusion : InclusionTable or None
    """

    curves: tuple[Concentration, ...]
    upper: pd.DataFrame
    inclusion: InclusionTable | None


@dataclass(frozen=True, slots=True)
class Targeting:
    """Concentration and inclusion.

    Parameters
    ----------
    file : str
        One row a municipality.
    rank_by : str
        Column of the ranking, such as a needs index.
    amounts : tuple of str
        Columns of what was spread.
    population : str, optional
        Column of the people of a municipality, for shares of people in place of municipalities.
    cluster : str, optional
        What is drawn anew for the intervals; each row by default.
    upper : float
        Share of the ranking, from the top, whose part is given.
    stated : table of numbers
        By amount, the part that was stated of the upper share, which is tested.
    area : table of numbers
        By trait (column of the survey, or of ``records``), its share in the area's population.
    records, members : str, optional
        File with a row a group and shares of its members, such as women among its leaders, and its column of members.
    replications, seed : int
    """

    TABLE: ClassVar[str] = "targeting"

    file: str
    rank_by: str
    amounts: tuple[str, ...]
    population: str | None = None
    cluster: str | None = None
    upper: float = 0.5
    stated: Mapping[str, float] = field(default_factory=dict)
    area: Mapping[str, float] = field(default_factory=dict)
    records: str = ""
    members: str = ""
    replications: int = 999
    seed: int = 0

    def __post_init__(self) -> None:
        checks.between("upper", self.upper, 0.0, 1.0)
        unknown = [name for name in self.stated if name not in self.amounts]
        if unknown:
            raise OptionError(
                Text(
                    "stated must name amounts: {amounts}; got {got!r}.",
                    "stated debe nombrar montos: {amounts}; nombra {got!r}.",
                    amounts=checks.listed(self.amounts),
                    got=unknown[0],
                )
            )

    def settled(self, named: Named) -> Self:
        """Return the table as it is: its columns are checked where the file is read."""
        return self

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return Record(self.file, name="municipality"), Record(self.records if self.area else "")

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        keys = ("rank_by", "amounts", "population", "cluster")
        return (
            *(Reads(key, getattr(self, key), self.file) for key in keys),
            Reads("area", tuple(self.area), self.records, or_survey=True),
            *([Reads("members", self.members, self.records)] if self.area and self.records else []),
        )

    def answer(self, findings: Findings) -> TargetingResults:
        """Return the curves, what the upper part holds, and the inclusion table of the treated."""
        frame, level = read_records(findings, self.file, name="municipality"), findings.configuration.level
        curves = tuple(
            concentration(
                frame, self.rank_by, amount, None, self.cluster, self.population, level, self.replications, self.seed
            )
            for amount in self.amounts
        )  # fmt: skip
        rows = [
            {"amount": curve.amount} | dict(curve.share_of_upper(self.upper, self.stated.get(curve.amount)))
            for curve in curves
        ]
        return TargetingResults(curves, pd.DataFrame(rows), self._inclusion(findings, level))

    def _inclusion(self, findings: Findings, level: float) -> InclusionTable | None:
        if not self.area:
            return None
        sample, area = findings.sample, self.area
        reached = sample.frame[sample.treated]
        reached.attrs["synthetic"] = sample.synthetic
        own = [name for name in area if name in reached.columns]
        further = [name for name in area if name not in reached.columns]
        tables = []
        if own:
            design = (sample.sampling_weight, sample.cluster, sample.stratum)
            tables.append(inclusion(reached, own, area, None, *design, level=level))
        if further:
            records = read_records(findings, self.records) if self.records else reached
            tables.append(inclusion(records, further, area, weights=self.members or None, level=level))
        notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
        return InclusionTable(
            pd.concat([table.frame for table in tables], ignore_index=True), notes, sample.synthetic
        )
