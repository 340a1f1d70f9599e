"""``[questions]``: shares and means of a questionnaire, by arm or by any column, under the survey's design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.monitoring.questionnaire.amounts import AMOUNT_INTERVALS
from impact.monitoring.questionnaire.proportions import interval_named
from impact.monitoring.questionnaire.questions import questions
from impact.monitoring.questionnaire.table import EstimateTable

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True)
class Questions:
    """Shares and means.

    Parameters
    ----------
    shares : tuple of str
        Questions of which the share of each answer is given: yes/no or categories.
    means : tuple of str
        Amounts of which the mean is given.
    by : str, optional
        Column of subgroups; the treatment by default.
    multiple : tuple of str
        The yes/no columns of one question that takes several answers.
    interval : str
        Of a share: "logit", "wilson", "korn-graubard", "likelihood", "asin" or "mean".
    amounts : str
        Of a mean: "suited" (that of the logarithm for skewed amounts, t for others), "t" or "log".
    title : str, optional
        Caption of the table.
    """

    TABLE: ClassVar[str] = "questions"

    shares: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    multiple: tuple[str, ...] = ()
    by: str = ""
    interval: str = "wilson"
    amounts: str = "suited"
    title: str = ""

    def __post_init__(self) -> None:
        if not (self.shares or self.means or self.multiple):
            raise OptionError(
                Text(
                    "shares, means or multiple must name at least one question.",
                    "shares, means o multiple debe nombrar al menos una pregunta.",
                )
            )
        interval_named(self.interval)
        checks.one_of("amounts", self.amounts, AMOUNT_INTERVALS)

    def settled(self, named: Named) -> Self:
        """Return the section with its names checked."""
        return replace(
            self,
            shares=checks.columns("shares", self.shares),
            means=checks.columns("means", self.means),
            multiple=checks.columns("multiple", self.multiple),
        )

    def answer(self, findings: Findings) -> EstimateTable:
        """Return the table of estimates over the analysed units."""
        sample = findings.sample
        frame = sample.frame
        by = self.by or sample.treatment
        checks.columns_present("questions", [*self.shares, *self.means, *self.multiple, by], frame.columns)
        if by == sample.treatment:
            by = "arm"
            frame = frame.assign(arm=["treated" if one else "control" for one in sample.treated])
        frame.attrs["synthetic"] = sample.synthetic
        return questions(
            frame,
            self.shares,
            self.means,
            sample.sampling_weight,
            sample.cluster,
            sample.stratum,
            by,
            self.interval,
            findings.configuration.level,
            self.amounts,
            (self.multiple,) if self.multiple else (),
        )
