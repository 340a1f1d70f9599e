"""``[placebo]``: outcomes and treatments that the programme could not have moved, and reassignment of groups as a reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import pandas as pd

from impact import checks
from impact.effects.randomization import randomization_test
from impact.errors import ImpactError
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import kept_reason
from impact.robustness.placebo.outcomes import PlaceboOutcomes, placebo_outcomes
from impact.robustness.placebo.treatment import PlaceboTreatment, placebo_treatment

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Placebos:
    """What the placebos found.

    Attributes
    ----------
    outcomes : PlaceboOutcomes or None
    treatment : PlaceboTreatment, None, or the reason why there is none
    reassigned : DataFrame, None, or the reason why there is none
        Of ``im.randomization_test``.
    """

    outcomes: PlaceboOutcomes | None
    treatment: PlaceboTreatment | str | None
    reassigned: pd.DataFrame | str | None


@dataclass(frozen=True, slots=True)
class Placebo:
    """The placebos of one strategy.

    Parameters
    ----------
    outcomes : tuple of str
        Columns measured or recalled before the programme, outside the design; none by default.
    treatment : int
        Placebo treatments among the controls; 0 for none.
    reassignments : int
        Reassignments of groups by lot, an exact reference where they were drawn by lot; 0 for none.
    within : str
        Column of the groups inside whose values lots are drawn.
    real : tuple of str
        Outcomes of the placebo treatments and reassignments; the first by default.
    strategy : str
        The main strategy by default.
    seed : int
    """

    TABLE: ClassVar[str] = "placebo"

    outcomes: tuple[str, ...] = ()
    treatment: int = 50
    reassignments: int = 0
    within: str | None = None
    real: tuple[str, ...] = ()
    strategy: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        checks.whole("treatment", self.treatment, minimum=0)
        checks.whole("reassignments", self.reassignments, minimum=0)

    def settled(self, named: Named) -> Self:
        """Return the table with strategy and outcomes filled in."""
        filled = replace(
            self, real=self.real or named.outcomes[:1], strategy=self.strategy or named.main_strategy
        )
        checks.one_of("strategy", filled.strategy, named.strategies)
        for name in filled.real:
            checks.one_of("real", name, named.outcomes)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return Reads("outcomes", self.outcomes), Reads("within", self.within)

    def answer(self, findings: Findings) -> Placebos:
        """Return what the placebos found."""
        configuration = findings.configuration
        specification, matched = configuration.specification(self.strategy), findings.matched[self.strategy]
        adjustment, level = specification.bias_adjustment, configuration.level
        checks.columns_present("outcomes", self.outcomes, findings.sample.frame.columns)
        before = None
        if self.outcomes:
            before = placebo_outcomes(matched, self.outcomes, adjustment, level, seed=self.seed)
        lots: PlaceboTreatment | str | None = None
        reassigned: pd.DataFrame | str | None = None
        if self.treatment:
            try:
                lots = placebo_treatment(
                    findings.sample, specification, self.real, self.within, self.treatment, level, self.seed
                )
            except ImpactError as problem:
                lots = kept_reason(problem)
        if self.reassignments:
            try:
                reassigned = randomization_test(
                    matched, self.real, adjustment, self.within, self.reassignments, self.seed
                )
            except ImpactError as problem:
                reassigned = kept_reason(problem)
        return Placebos(before, lots, reassigned)
