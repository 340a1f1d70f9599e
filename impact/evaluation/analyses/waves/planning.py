"""``[planning]``: which effect the next survey can detect, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.evaluation.reading.analysis import Named
from impact.language import Text
from impact.robustness.planning.cost import cost_of_designs
from impact.robustness.planning.panel_plan import ANALYSES, PanelPlan
from impact.robustness.planning.power_formula import minimum_detectable_effect
from impact.robustness.planning.staggered_plan import StaggeredPlan
from impact.robustness.planning.within_groups import intraclass_correlation

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.survey.outcome import Outcome

STAGGERED = "staggered"
_SHOWN_DESIGNS = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlanningAnswer:
    """What the next survey can detect.

    Attributes
    ----------
    outcome : Outcome
    icc, standard_deviation, mean : float
        Of the outcome among the controls, or as the file says.
    detectable : DataFrame
        Columns analysis, groups, effect: the smallest effect, in the outcome's unit.
    designs : DataFrame or None
        Columns members, groups, interviews, cost: the cheapest designs for the effect asked for.
    """

    outcome: Outcome
    icc: float
    standard_deviation: float
    mean: float
    detectable: pd.DataFrame
    designs: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Planning:
    """The survey that is planned; its outcome varies as among the controls of this one.

    Parameters
    ----------
    groups : tuple of int
        Numbers of groups, both arms together, that are considered.
    members : int
        Interviews per group and wave.
    group_correlation, unit_correlation : float
        Between two waves: of a group's mean, and of a household's deviation from it; in [0, 1].
    outcome : str, optional
        The first outcome by default.
    icc, standard_deviation : float, optional
        Those of the controls of this survey by default.
    baseline_waves, follow_up_waves : int
    attrition : float
        Share of the households that is not found again.
    treated_share : float
    entry : tuple of float
        For groups that enter by turns: the shares that enter in the second wave, in the third, …; the rest never does. None by default.
    power : float
    effect, group_cost, member_cost : float
        An effect, in the outcome's unit, and the costs of reaching a group and of a household's interviews: the cheapest numbers of groups
        and members are then shown, analysed by ANCOVA.
    """

    TABLE: ClassVar[str] = "planning"

    groups: tuple[int, ...]
    members: int
    group_correlation: float
    unit_correlation: float
    outcome: str = ""
    icc: float | None = None
    standard_deviation: float | None = None
    baseline_waves: int = 1
    follow_up_waves: int = 1
    attrition: float = 0.0
    treated_share: float = 0.5
    entry: tuple[float, ...] = ()
    power: float = 0.8
    effect: float = 0.0
    group_cost: float = 0.0
    member_cost: float = 0.0

    def __post_init__(self) -> None:
        if not self.groups:
            raise OptionError(
                Text(
                    "groups must name at least one number of groups: groups = [100, 150].",
                    "groups debe nombrar al menos un número de grupos: groups = [100, 150].",
                )
            )
        self._plans(self.groups[0], 0.2 if self.icc is None else self.icc)
        checks.positive("standard_deviation", self.standard_deviation, optional=True)
        checks.between("power", self.power, 0.5, 1.0)
        for name in ("effect", "group_cost", "member_cost"):
            checks.nonnegative(name, getattr(self, name))
        if self.effect and not self.group_cost + self.member_cost:
            raise OptionError(
                Text(
                    "effect needs costs: group_cost and member_cost.",
                    "effect necesita costos: group_cost y member_cost.",
                )
            )

    def settled(self, named: Named) -> Self:
        """Return the table with the outcome filled in."""
        filled = replace(self, outcome=self.outcome or named.outcomes[0])
        checks.one_of("outcome", filled.outcome, named.outcomes)
        return filled

    def answer(self, findings: Findings) -> PlanningAnswer:
        """Return the detectable effects, and the cheapest designs."""
        sample, level = findings.sample, findings.configuration.level
        outcome = sample.outcome(self.outcome)
        values = outcome.values(sample.frame)
        control = ~sample.treated & np.isfinite(values)
        spread = self.standard_deviation or float(values[control].std(ddof=1))
        icc = self._likeness(findings, values, control) if self.icc is None else self.icc
        rows = [
            (name, groups, minimum_detectable_effect(plan, spread, self.power, level))
            for groups in self.groups
            for name, plan in self._plans(groups, icc).items()
        ]
        designs = None
        if self.effect:
            ancova = self._plans(self.groups[0], icc)["ancova"]
            costs = (self.group_cost, self.member_cost)
            designs = cost_of_designs(ancova, self.effect, spread, *costs, power=self.power, level=level)
            designs = designs.head(_SHOWN_DESIGNS)
        frame = pd.DataFrame(rows, columns=["analysis", "groups", "effect"])
        return PlanningAnswer(outcome, icc, spread, float(values[control].mean()), frame, designs)

    def _likeness(self, findings: Findings, values: np.ndarray, control: np.ndarray) -> float:
        cluster = findings.sample.cluster
        if cluster is None:
            raise OptionError(
                Text(
                    "icc must be given: [roles] names no cluster whose members could be compared.",
                    "icc debe darse: [roles] no nombra un cluster cuyos miembros se puedan comparar.",
                )
            )
        codes, _ = pd.factorize(findings.sample.frame[cluster][control])
        return intraclass_correlation(values[control], codes)

    def _plans(self, groups: int, icc: float) -> dict[str, PanelPlan | StaggeredPlan]:
        """Return the plans for a number of groups, by how they are analysed."""
        moments = (groups, self.members, icc, self.group_correlation, self.unit_correlation)
        waves = {"baseline_waves": self.baseline_waves, "follow_up_waves": self.follow_up_waves}
        plans: dict[str, PanelPlan | StaggeredPlan] = {
            analysis: PanelPlan(
                *moments, analysis, attrition=self.attrition, treated_share=self.treated_share, **waves
            )
            for analysis in ANALYSES
        }
        if self.entry:
            entry = dict(enumerate(self.entry, start=2))
            if sum(self.entry) < 1 - 1e-9:
                entry[0] = 1 - sum(self.entry)
            plans[STAGGERED] = StaggeredPlan(
                *moments, max(len(self.entry) + 1, 2), entry, attrition=self.attrition
            )
        return plans
