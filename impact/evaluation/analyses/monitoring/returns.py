"""``[returns]``: what the money returns, before and after and on the attributable gain, under shocks, by product and region."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import pandas as pd

from impact import checks
from impact.errors import ImpactError
from impact.evaluation.analyses.monitoring.records import GROUP, Record, read_records, refuse_twice
from impact.evaluation.reading.analysis import Reads
from impact.language import kept_reason
from impact.monitoring.questionnaire.shares import share
from impact.monitoring.questionnaire.table import EstimateTable
from impact.monitoring.returns.attributable import AttributableReturn, attributable_return
from impact.monitoring.returns.economic_return import EconomicReturn, economic_return
from impact.monitoring.returns.finance import cost_per_producer, incremental_flows, switching_values
from impact.monitoring.subprojects.reporting import share_bounds

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReturnResults:
    """Returns.

    Attributes
    ----------
    returns : EconomicReturn
        Of each subproject, before and after.
    above : tuple of (str, EstimateTable)
        Share above the hurdle, over all and by each column.
    shocks : DataFrame
        ``price``, ``benefit`` (changes as shares), ``share_above_hurdle`` with its interval, ``median_npv``.
    switching : DataFrame
        Quantiles of the switching values of the subprojects.
    cost : Series
        Investment per producer.
    attributable : AttributableReturn, str or None
        On the effect; a text where it cannot be had; None where none was asked for.
    bounds : DataFrame or None
        Of the share above the hurdle of all groups, where some have no books; see ``im.share_bounds``.
    """

    returns: EconomicReturn
    above: tuple[tuple[str, EstimateTable], ...]
    shocks: pd.DataFrame
    switching: pd.DataFrame
    cost: pd.Series
    attributable: AttributableReturn | str | None
    bounds: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Returns:
    """Economic return.

    Parameters
    ----------
    file : str
        The books: one row a subproject and year, such as ``subproject_finance.csv``.
    groups : str
        File of the groups, with their members.
    members : str
        Column of the producers of a group.
    rate : float
        Discount rate a year, the hurdle.
    by : tuple of str
        Columns of the groups.
    cluster : str, optional
    price_changes, benefit_changes : tuple of float
        Shocks as shares.
    outcome : str, optional
        Gain a year, in the currency of the books, for the return on the effect.
    survey_file : str, optional
        Books of the surveyed groups, where ``file`` holds others.
    strategy : str, optional
        The main strategy by default.
    horizon : int
        Years over which the gain lasts.
    replications, seed : int
    """

    TABLE: ClassVar[str] = "returns"

    file: str
    groups: str
    members: str = "members_approval"
    rate: float = 0.12
    by: tuple[str, ...] = ()
    cluster: str | None = None
    price_changes: tuple[float, ...] = (-0.2, -0.3)
    benefit_changes: tuple[float, ...] = (-0.2,)
    outcome: str = ""
    survey_file: str = ""
    survey_groups: str = ""
    strategy: str = ""
    horizon: int = 10
    replications: int = 999
    seed: int = 0

    def settled(self, named: Named) -> Self:
        """Return the table with the strategy filled in."""
        filled = replace(self, strategy=self.strategy or named.main_strategy)
        checks.one_of("strategy", filled.strategy, named.strategies)
        if self.outcome:
            checks.one_of("outcome", self.outcome, named.outcomes)
        return filled

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        read = [Record(self.file), Record(self.groups, name="group")]
        if self.outcome:
            read.append(Record(self.survey_file or self.file, name="subproject_finance"))
            read.append(Record(self.survey_groups or self.groups, name="group"))
        return tuple(read)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return tuple(Reads(key, getattr(self, key), self.groups) for key in ("members", "by", "cluster"))

    def answer(self, findings: Findings) -> ReturnResults:
        """Return every part; the one on the effect says why where it cannot be had."""
        finance, group = read_records(findings, self.file), self._groups(findings, self.groups)
        members = group[self.members]
        returns = economic_return(incremental_flows(finance), self.rate)
        shocks = [
            (0.0, 0.0),
            *((p, 0.0) for p in self.price_changes),
            *((0.0, b) for b in self.benefit_changes),
        ]
        return ReturnResults(
            returns,
            tuple((by, self._above(returns, group, by, findings)) for by in ("", *self.by)),
            pd.DataFrame([self._shocked(finance, group, price, benefit, findings) for price, benefit in shocks]),
            switching_values(finance, self.rate)[["price", "benefit", "investment"]].quantile([0.25, 0.5, 0.75]),
            cost_per_producer(finance, members),
            self._attributable(findings) if self.outcome else None,
            _bounds(returns, group, findings.configuration.level),
        )  # fmt: skip

    def _groups(self, findings: Findings, file: str) -> pd.DataFrame:
        """Return the groups by their code, each once, with their members."""
        group = read_records(findings, file, name="group")
        refuse_twice(group, file)
        checks.columns_present("members", [self.members], group.columns)
        return group.set_index(GROUP)

    def _above(
        self, returns: EconomicReturn, group: pd.DataFrame, by: str, findings: Findings
    ) -> EstimateTable:
        frame = returns.frame.join(group)
        frame.attrs["synthetic"] = findings.sample.synthetic
        return share(
            frame, "above_hurdle", cluster=self.cluster, by=by or None, interval="wilson", level=findings.configuration.level
        )  # fmt: skip

    def _shocked(
        self, finance: pd.DataFrame, group: pd.DataFrame, price: float, benefit: float, findings: Findings
    ) -> dict[str, float]:
        returns = economic_return(incremental_flows(finance, price, benefit), self.rate)
        row = self._above(returns, group, "", findings).frame.iloc[0]
        shown = {
            "share_above_hurdle": row["estimate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
        }
        return {"price": price, "benefit": benefit} | shown | {"median_npv": returns.summary["median_npv"]}

    def _attributable(self, findings: Findings) -> AttributableReturn | str:
        finance = read_records(findings, self.survey_file or self.file, name="subproject_finance")
        group = self._groups(findings, self.survey_groups or self.groups)
        cost = cost_per_producer(finance, group[self.members]).rename_axis(findings.sample.cluster)
        try:
            return attributable_return(
                findings.matched[self.strategy], self.outcome, cost, self.rate, self.horizon,
                level=findings.configuration.level, replications=self.replications, seed=self.seed,
            )  # fmt: skip
        except ImpactError as problem:
            return kept_reason(problem)


def _bounds(returns: EconomicReturn, group: pd.DataFrame, level: float) -> pd.DataFrame | None:
    """Return how low and how high the share above the hurdle of all groups may be; None where all have books."""
    above = returns.frame["above_hurdle"].astype("boolean").reindex(group.index.union(returns.frame.index))
    return share_bounds(above.to_frame(), "above_hurdle", level=level) if above.isna().any() else None
