"""``[questions]``: shares, means, totals and ratios of a questionnaire, under its design, and whether subgroups differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.evaluation.analyses.monitoring.records import Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.amounts import AMOUNT_INTERVALS
from impact.monitoring.questionnaire.proportions import interval_named
from impact.monitoring.questionnaire.questions import questions
from impact.monitoring.questionnaire.subgroup_tests import SubgroupTests, subgroup_tests
from impact.monitoring.questionnaire.table import EstimateTable

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuestionAnswers:
    """What respondents said.

    Attributes
    ----------
    table : EstimateTable
    tests : SubgroupTests or None
        Whether the subgroups differ, question by question.
    """

    table: EstimateTable
    tests: SubgroupTests | None


@dataclass(frozen=True, slots=True)
class Questions:
    """Shares, means, totals and ratios.

    Parameters
    ----------
    shares : tuple of str
        Questions of which the share of each answer is given: yes/no or categories.
    means, totals : tuple of str
        Amounts of which the mean, or the total over the population, is given.
    multiple : tuple of str
        The yes/no columns of one question that takes several answers.
    ratios : mapping of str to (str, str)
        What each ratio of totals is called, with what stands above and below its line: columns, or sums of them written with " + ".
    stated : mapping of str to float
        Questions with a number that each is held against, such as a share that is mandated.
    by : str, optional
        Column of subgroups; of the survey the treatment by default, of another file everybody.
    tests : bool
        Whether the subgroups are tested against each other.
    file, groups : str, optional
        Another table than the survey, beside the configuration, and the table of groups that is joined to it.
    cluster, stratum, weight, population_groups : str, optional
        Columns of the design, and of the number of groups that a row's stratum has in the population. Of the survey those of
        ``[roles]`` by default, of another file none.
    interval : str
        Of a share: "logit", "wilson", "korn-graubard", "likelihood", "asin" or "mean".
    amounts : str
        Of an amount: "suited" (that of the logarithm for skewed amounts, t for others), "t" or "log".
    title : str, optional
        Caption of the table.
    """

    TABLE: ClassVar[str] = "questions"

    shares: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    multiple: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    ratios: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stated: Mapping[str, float] = field(default_factory=dict)
    by: str = ""
    tests: bool = True
    file: str = ""
    groups: str = ""
    cluster: str = ""
    stratum: str = ""
    weight: str = ""
    population_groups: str = ""
    interval: str = "wilson"
    amounts: str = "suited"
    title: str = ""

    def __post_init__(self) -> None:
        if not (self.shares or self.means or self.multiple or self.totals or self.ratios):
            raise OptionError(
                Text(
                    "shares, means, totals, ratios or multiple must name at least one question.",
                    "shares, means, totals, ratios o multiple debe nombrar al menos una pregunta.",
                )
            )
        wrong = next((name for name, parts in self.ratios.items() if len(parts) != 2), None)
        if wrong is not None:
            raise OptionError(
                Text(
                    'ratios must give two columns each, such as {name} = ["paid", "invested"]; got {parts}.',
                    'ratios debe dar dos columnas cada una, como {name} = ["pagado", "invertido"]; se dio {parts}.',
                    name=wrong,
                    parts=len(self.ratios[wrong]),
                )
            )
        if self.groups and not self.file:
            raise OptionError(
                Text(
                    "groups joins the table of groups to another file: name that file in 'file', or leave groups out.",
                    "groups une la tabla de grupos a otro archivo: nombre ese archivo en 'file', o quite groups.",
                )
            )
        for name in self.stated:
            checks.one_of("stated", name, self.named)
        interval_named(self.interval)
        checks.one_of("amounts", self.amounts, AMOUNT_INTERVALS)

    @property
    def named(self) -> tuple[str, ...]:
        """Every question that is asked, whatever is estimated of it."""
        return (*self.shares, *self.means, *self.multiple, *self.totals, *self.ratios)

    def settled(self, named: Named) -> Self:
        """Return the section with its names checked."""
        return replace(
            self,
            shares=checks.columns("shares", self.shares),
            means=checks.columns("means", self.means),
            multiple=checks.columns("multiple", self.multiple),
            totals=checks.columns("totals", self.totals),
        )

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return (Record(self.file, self.groups),)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        keys = (
            "shares",
            "means",
            "multiple",
            "totals",
            "by",
            "cluster",
            "stratum",
            "weight",
            "population_groups",
        )
        parts = tuple(part for pair in self.ratios.values() for name in pair for part in _parts(name))
        return (
            *(Reads(key, getattr(self, key), self.file) for key in keys),
            Reads("ratios", parts, self.file),
        )

    def answer(self, findings: Findings) -> QuestionAnswers:
        """Return the estimates over the survey or another file, and the tests between subgroups."""
        frame, by, design = self._read(findings)
        parts = [part for pair in self.ratios.values() for name in pair for part in _parts(name)]
        asked = [*self.shares, *self.means, *self.multiple, *self.totals, *parts, *((by,) if by else ())]
        checks.columns_present("questions", asked, frame.columns)
        frame = _with_sums(frame, chain.from_iterable(self.ratios.values()))
        ratios = {name: (above, below) for name, (above, below) in self.ratios.items()}
        multiple = (self.multiple,) if self.multiple else ()
        table = questions(
            frame, self.shares, self.means, by=by or None, interval=self.interval, level=findings.configuration.level,
            amounts=self.amounts, multiple=multiple, totals=self.totals, ratios=ratios, **design,
        )  # fmt: skip
        tested = bool(by and self.tests and (self.shares or self.means or multiple or ratios))
        tests = (
            subgroup_tests(frame, by, self.shares, self.means, multiple=multiple, ratios=ratios, **design)
            if tested
            else None
        )
        return QuestionAnswers(table, tests)

    def _read(self, findings: Findings) -> tuple[pd.DataFrame, str, dict[str, Any]]:
        """Return the rows, the column of the subgroups and the design."""
        sample = findings.sample
        given = {"weights": self.weight, "cluster": self.cluster, "stratum": self.stratum}
        population = self.population_groups or None
        if self.file:
            frame = read_records(findings, self.file, self.groups)
            return (
                frame,
                self.by,
                {name: value or None for name, value in given.items()} | {"population_groups": population},
            )
        frame = sample.frame
        frame.attrs["synthetic"] = sample.synthetic
        roles = {"weights": sample.sampling_weight, "cluster": sample.cluster, "stratum": sample.stratum}
        design = {name: value or roles[name] for name, value in given.items()}
        by = self.by or sample.treatment
        if by == sample.treatment:
            by = "arm"
            arms = ["treated" if one else "control" for one in sample.treated]
            frame = frame.assign(arm=arms)
        return frame, by, design | {"population_groups": population}


def _parts(name: str) -> list[str]:
    return [part.strip() for part in name.split(" + ")]


def _with_sums(frame: pd.DataFrame, names: Sequence[str] | Any) -> pd.DataFrame:
    """Return the table with the sums of columns that a name such as "cash + kind" stands for; a row that lacks one lacks the sum."""
    sums = {
        name: sum(columns.amounts(frame, "ratios", part, missing=True) for part in _parts(name))
        for name in names
        if " + " in name
    }
    attributes = dict(frame.attrs)
    frame = frame.assign(**sums)
    frame.attrs.update(attributes)
    return frame
