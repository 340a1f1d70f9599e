"""``[exposure]``: how the effect goes with years since the money, grant per producer, and the share disbursed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.errors import ImpactError
from impact.evaluation.analyses.monitoring.records import GROUP, Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import kept_reason
from impact.monitoring.reach.doses import EXPOSURES, exposures
from impact.monitoring.reach.exposure import DoseResponse, dose_response

if TYPE_CHECKING:
    from impact.design.matched_sample import MatchedSample
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True)
class ExposureAnalysis:
    """Dose–response.

    Parameters
    ----------
    groups, finance : str
        Files of the groups and of their books.
    outcome : str, optional
        The first outcome by default.
    doses : tuple of str
        Of "years_since_disbursement", "grant_per_producer", "share_disbursed", or columns of the survey.
    degree : int
        Of the polynomial in the dose.
    strategy : str, optional
        One with pairs; the first of them by default.
    members : str
    replications, seed : int
    """

    TABLE: ClassVar[str] = "exposure"

    groups: str
    finance: str
    outcome: str = ""
    doses: tuple[str, ...] = tuple(EXPOSURES)
    degree: int = 1
    strategy: str = ""
    members: str = "members_approval"
    replications: int = 999
    seed: int = 0

    def settled(self, named: Named) -> Self:
        """Return the table with the outcome filled in."""
        filled = replace(self, outcome=self.outcome or named.outcomes[0])
        checks.one_of("outcome", filled.outcome, named.outcomes)
        if filled.strategy:
            checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return Record(self.groups, name="group"), Record(self.finance, name="subproject_finance")

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return Reads("doses", self.doses, made=tuple(EXPOSURES)), Reads("members", self.members, self.groups)

    def answer(self, findings: Findings) -> tuple[tuple[str, DoseResponse | str], ...]:
        """Return the curve of each dose, or why there is none."""
        sample, main = findings.sample, findings.configuration.main_strategy
        with_pairs = [name for name, one in findings.matched.items() if one.pair_positions is not None]
        name = self.strategy or next(iter([main] * (main in with_pairs) + with_pairs), main)
        group, finance = (
            read_records(findings, self.groups, name="group"),
            read_records(findings, self.finance, name="subproject_finance"),
        )
        doses = exposures(group, finance, self.members).set_index(GROUP)
        frame = sample.frame
        frame = frame.assign(
            **{
                dose: frame[sample.cluster].map(doses[dose])
                for dose in doses
                if dose in self.doses and sample.cluster
            }
        )
        checks.columns_present("doses", self.doses, frame.columns)
        one = findings.matched[name]
        matched = replace(one, sample=one.sample.with_frame(frame))
        return tuple((dose, self._curve(matched, dose, findings)) for dose in self.doses)

    def _curve(self, matched: MatchedSample, dose: str, findings: Findings) -> DoseResponse | str:
        try:
            return dose_response(
                matched, self.outcome, dose, self.degree, None, findings.configuration.level, self.replications, self.seed
            )  # fmt: skip
        except ImpactError as problem:
            return kept_reason(problem)
