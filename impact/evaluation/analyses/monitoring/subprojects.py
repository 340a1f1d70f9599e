"""``[subprojects]``: what changed in each subproject, who reported, and what those that did not could change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import pandas as pd

from impact.errors import OptionError
from impact.evaluation.analyses.monitoring.records import Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import Text
from impact.monitoring.subprojects.change import BeforeAfter, before_after
from impact.monitoring.subprojects.intraclass import VarianceShares, variance_shares
from impact.monitoring.subprojects.reporting import (
    Representativeness,
    representativeness,
    response_weights,
    share_bounds,
)

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reports:
    """Those with a completion report beside all.

    Attributes
    ----------
    name : str
        Column that says who reported.
    test : Representativeness
    plain, weighted : BeforeAfter
        Of those that reported, as they are and weighted to all.
    bounds : DataFrame
        Of the share that lost, whatever became of the others.
    """

    name: str
    test: Representativeness
    plain: BeforeAfter
    weighted: BeforeAfter
    bounds: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SubprojectResults:
    """Results of subprojects.

    Attributes
    ----------
    changes : BeforeAfter
        All, then by the configured columns.
    variance : VarianceShares or None
    reports : tuple of Reports
    """

    changes: tuple[tuple[str, BeforeAfter], ...]
    variance: VarianceShares | None
    reports: tuple[Reports, ...]


@dataclass(frozen=True, slots=True)
class Subprojects:
    """Changes of subprojects, before and after.

    Parameters
    ----------
    file : str
        One row a subproject, such as ``subproject_record.csv``.
    groups : str, optional
        File of the groups whose columns are joined.
    before, after : str
        Columns of one amount.
    by : tuple of str
        Columns of subgroups, each by itself.
    cluster : str, optional
    reported : tuple of str
        Yes/no columns of who has a completion report.
    covariates : tuple of str
        What is known of all, for the test and the weights of those that reported.
    factors : tuple of str
        Columns between whose levels the variance of the change is split.
    """

    TABLE: ClassVar[str] = "subprojects"

    file: str
    groups: str = ""
    before: str = "net_income_before"
    after: str = "net_income_after"
    by: tuple[str, ...] = ()
    cluster: str = ""
    reported: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.reported and not self.covariates:
            raise OptionError(
                Text(
                    "covariates must name at least one column that is known of all, where reported names one.",
                    "covariates debe nombrar al menos una columna que se conozca de todos, si reported nombra una.",
                )
            )

    def settled(self, named: Named) -> Self:
        """Return the table as it is: its columns are checked where the file is read."""
        return self

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return (Record(self.file, self.groups),)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        keys = ("before", "after", "by", "cluster", "reported", "covariates", "factors")
        return tuple(Reads(key, getattr(self, key), self.file) for key in keys)

    def answer(self, findings: Findings) -> SubprojectResults:
        """Return changes, shares of variance, and every set of reports held against all."""
        frame, level = read_records(findings, self.file, self.groups), findings.configuration.level
        cluster = self.cluster or None
        changes = [
            (by, before_after(frame, self.before, self.after, by or None, cluster=cluster, level=level))
            for by in ("", *self.by)
        ]
        changed = frame.assign(change=changes[0][1].changes)
        changed.attrs.update(frame.attrs)
        variance = variance_shares(changed, "change", self.factors, level) if self.factors else None
        reports = tuple(self._reports(frame, name, cluster, level) for name in self.reported)
        return SubprojectResults(tuple(changes), variance, reports)

    def _reports(self, frame: pd.DataFrame, name: str, cluster: str | None, level: float) -> Reports:
        test = representativeness(frame, name, self.covariates, cluster)
        told = frame[name].astype(bool)
        seen = frame.assign(
            _after=frame[self.after].where(told), _w=response_weights(frame, name, self.covariates)
        )
        seen["_loses"] = (seen["_after"] < seen[self.before]).astype("boolean").where(seen["_after"].notna())
        known = seen[told & seen["_after"].notna() & seen["_w"].notna()]
        seen.attrs.update(frame.attrs)
        known.attrs.update(frame.attrs)
        return Reports(
            name, test,
            before_after(known, self.before, "_after", cluster=cluster, level=level),
            before_after(known, self.before, "_after", weights="_w", cluster=cluster, level=level),
            share_bounds(seen, "_loses", level=level).assign(share_missing=float(np.mean(~told))),
        )  # fmt: skip
