"""``[survival]``: how long alliances keep their first buyer, what ends them, and what unknown fates could change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

import pandas as pd

from impact import checks
from impact.errors import ImpactError
from impact.evaluation.analyses.monitoring.records import GROUP, Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import kept_reason
from impact.monitoring.questionnaire.surveys import SurveyComparison, compare_surveys
from impact.monitoring.questionnaire.trend import Trend, trend_in_shares
from impact.monitoring.survival.alliances import alliance_spells
from impact.monitoring.survival.hazards import HazardTable, hazards
from impact.monitoring.survival.incidence import cumulative_incidence
from impact.monitoring.survival.kaplan_meier import survival
from impact.monitoring.survival.log_rank import LogRank, log_rank
from impact.monitoring.survival.reweighted import survival_reweighted
from impact.monitoring.survival.table import SurvivalTable
from impact.monitoring.survival.unknown import survival_bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurvivalResults:
    """Survival of alliances.

    Attributes
    ----------
    curve : SurvivalTable
        Of all, at every time.
    by : tuple of (str, SurvivalTable, LogRank or str)
        At the configured times, and the test that the levels last equally long.
    ends : SurvivalTable
    hazards : HazardTable, str or None
    bounds, reweighted : SurvivalTable, str or None
        Where some fates are unknown.
    trend : Trend, str or None
        Of the share seen, over funding years.
    surveys : SurveyComparison, str or None
    n, unknown : int
    """

    curve: SurvivalTable
    by: tuple[tuple[str, SurvivalTable, LogRank | str], ...]
    ends: SurvivalTable
    hazards: HazardTable | str | None
    bounds: SurvivalTable | str | None
    reweighted: SurvivalTable | str | None
    trend: Trend | str | None
    surveys: SurveyComparison | str | None
    n: int
    unknown: int


SPELL_COLUMNS = ("years", "ended", "ending", "horizon", "funding_year")
"""What is made of the groups' dates."""


@dataclass(frozen=True, slots=True)
class Options:
    """What all curves share; a part that cannot be had says why."""

    cluster: str | None
    interval: str
    level: float

    def curve(
        self, spells: pd.DataFrame, by: str | None = None, times: tuple[float, ...] | None = None
    ) -> SurvivalTable:
        """Return Kaplan and Meier's curve."""
        return survival(
            spells,
            "years",
            "ended",
            by,
            cluster=self.cluster,
            interval=self.interval,
            times=times,
            level=self.level,
        )

    def test(self, spells: pd.DataFrame, by: str) -> LogRank | str:
        """Return the test that the levels of a column last equally long."""
        return _or_reason(lambda: log_rank(spells, "years", "ended", by, cluster=self.cluster))

    def bounds(self, told: pd.DataFrame, times: tuple[float, ...]) -> SurvivalTable | str:
        """Return from all ended to all alive."""
        return _or_reason(
            lambda: survival_bounds(
                told,
                "years",
                "ended",
                "horizon",
                cluster=self.cluster,
                interval=self.interval,
                times=times,
                level=self.level,
            )
        )

    def reweighted(
        self, told: pd.DataFrame, covariates: tuple[str, ...], times: tuple[float, ...]
    ) -> SurvivalTable | str:
        """Return the curve of those whose fate is known, weighted to all."""
        return _or_reason(
            lambda: survival_reweighted(
                told,
                "years",
                "ended",
                covariates,
                cluster=self.cluster,
                interval=self.interval,
                times=times,
                level=self.level,
            )
        )


@dataclass(frozen=True, slots=True)
class Survival:
    """Survival of alliances.

    Parameters
    ----------
    file : str
        The groups, such as ``group.csv``: first disbursement, buyer, date of the change, date of the survey.
    by : tuple of str
        Columns of subgroups, such as region, product, ``funding_year``.
    cluster : str, optional
    times : tuple of float
        Years at which survival is given.
    covariates : tuple of str
        Of the hazard regression, and of the model of who was seen.
    seen_file, seen : str, optional
        Table with a row an invited group, and its yes/no column of those that came: the fate of the others is unknown.
    other_survey : str, optional
        A second survey of groups with the same columns.
    on : tuple of str
        Columns whose combinations are compared between the two surveys.
    interval : str
        "log-log", "logit", "plain" … as in ``im.survival``.
    """

    TABLE: ClassVar[str] = "survival"

    file: str
    by: tuple[str, ...] = ()
    cluster: str | None = None
    times: tuple[float, ...] = (1.0, 3.0, 5.0)
    covariates: tuple[str, ...] = ()
    seen_file: str = ""
    seen: str = "attended"
    other_survey: str = ""
    on: tuple[str, ...] = ("region", "funding_year")
    interval: str = "log-log"

    def settled(self, named: Named) -> Self:
        """Return the table as it is: its columns are checked where the file is read."""
        return self

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return (
            Record(self.file, name="group"),
            Record(self.seen_file),
            Record(self.other_survey, name="group"),
        )

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        keys = ("by", "cluster", "covariates")
        return (
            *(Reads(key, getattr(self, key), self.file, SPELL_COLUMNS) for key in keys),
            *([Reads("seen", self.seen, self.seen_file)] if self.seen_file else []),
            *(
                Reads("on", self.on, file, SPELL_COLUMNS)
                for file in (self.file, self.other_survey)
                if self.other_survey
            ),
        )

    def answer(self, findings: Findings) -> SurvivalResults:
        """Return every part; one that cannot be had says why."""
        level = findings.configuration.level
        spells = _spells(findings, self.file)
        told, asked = self._told(findings, spells)
        known = told[told["ended"].notna()]
        unknown = int(told["ended"].isna().sum())
        options = Options(self.cluster, self.interval, level)
        return SurvivalResults(
            options.curve(known),
            tuple((name, options.curve(known, name, self.times), options.test(known, name)) for name in self.by),
            cumulative_incidence(
                known, "years", "ending", cluster=self.cluster, interval=self.interval, times=self.times, level=level
            ),
            _or_reason(lambda: hazards(known, "years", "ended", self.covariates, self.cluster, level))
            if self.covariates else None,
            options.bounds(told, self.times) if unknown else None,
            options.reweighted(told, self.covariates, self.times) if unknown and self.covariates else None,
            _or_reason(lambda: _trend(asked, level)) if asked is not None else None,
            self._surveys(findings, spells, level), len(told), unknown,
        )  # fmt: skip

    def _told(self, findings: Findings, spells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Return the spells with the fates of those that did not come blanked, and who was asked and came."""
        if not self.seen_file:
            return spells, None
        asked = read_records(findings, self.seen_file)
        checks.columns_present("seen", [GROUP, self.seen], asked.columns)
        invited = asked[asked["invited"].eq(True).fillna(False)] if "invited" in asked else asked
        came = invited[self.seen].eq(True).fillna(False).groupby(invited[GROUP]).max().astype(bool)
        among = spells[spells[GROUP].isin(came.index)].copy()
        seen = among[GROUP].map(came)
        told = among.assign(
            ended=among["ended"].where(seen),
            years=among["years"].where(seen),
            ending=among["ending"].where(seen),
        )
        told.attrs.update(spells.attrs)
        return told, among.assign(_came=seen)

    def _surveys(
        self, findings: Findings, spells: pd.DataFrame, level: float
    ) -> SurveyComparison | str | None:
        if not self.other_survey:
            return None
        other = _spells(findings, self.other_survey)
        frames = [one[one["ended"].notna()] for one in (other, spells)]
        return _or_reason(
            lambda: compare_surveys(frames[0], frames[1], "ended", self.on, cluster=self.cluster, level=level)
        )


def _spells(findings: Findings, file: str) -> pd.DataFrame:
    spells = alliance_spells(read_records(findings, file, name="group"))
    spells.attrs["synthetic"] = findings.sample.synthetic
    return spells


def _trend(asked: pd.DataFrame, level: float) -> Trend:
    years = asked.groupby("funding_year")["_came"].agg(["sum", "count"])
    return trend_in_shares(
        years["sum"].tolist(), years["count"].tolist(), [float(y) for y in years.index], level
    )


def _or_reason(part: Callable[[], T]) -> T | str:
    try:
        return part()
    except ImpactError as problem:
        return kept_reason(problem)
