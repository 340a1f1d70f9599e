"""``[programme]``: the effect reweighted from the surveyed regions to every alliance of the programme."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.errors import ImpactError, ImpactWarning, OptionError
from impact.evaluation.analyses.monitoring.records import Record, read_records
from impact.evaluation.reading.analysis import Reads
from impact.language import Text, kept_reason
from impact.monitoring.reach.transport import TransportedEffects, transported_effects

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named


@dataclass(frozen=True, slots=True)
class Programme:
    """From the survey to the programme.

    Parameters
    ----------
    file : str
        One row an alliance of the whole programme.
    on : tuple of str
        Columns that survey and programme have and along which effects differ.
    crossed : bool
        Weight every combination of the categories to its share of the programme, not each column alone.
    weight : str, optional
        Column of the units that a row stands for, such as members.
    outcomes : tuple of str
        The first outcome by default.
    strategy : str, optional
        The main strategy by default.
    """

    TABLE: ClassVar[str] = "programme"

    file: str
    on: tuple[str, ...]
    crossed: bool = False
    weight: str | None = None
    outcomes: tuple[str, ...] = ()
    strategy: str = ""

    def __post_init__(self) -> None:
        if not self.on:
            raise OptionError(
                Text(
                    "on must name at least one column that survey and programme have.",
                    "on debe nombrar al menos una columna que la encuesta y el programa tengan.",
                )
            )

        if self.crossed and len(self.on) < 2:
            raise OptionError(
                Text(
                    "crossed is for two or more columns of categories in on; got {on}.",
                    "crossed es para dos o más columnas de categorías en on; se dieron {on}.",
                    on=checks.listed(self.on),
                )
            )

    def settled(self, named: Named) -> Self:
        """Return the table with outcomes and strategy filled in."""
        filled = replace(
            self,
            outcomes=self.outcomes or named.outcomes[:1],
            strategy=self.strategy or named.main_strategy,
            on=checks.columns("on", self.on),
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return (Record(self.file, name="group"),)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return Reads("on", self.on), Reads("on", self.on, self.file), Reads("weight", self.weight, self.file)

    def answer(self, findings: Findings) -> TransportedEffects | str:
        """Return the effects on the surveyed and on the programme, or why there are none."""
        specification = findings.configuration.specification(self.strategy)
        population = read_records(findings, self.file, name="group")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", ImpactWarning
                )  # few groups are warned of with the main outcomes
                return transported_effects(
                    findings.sample, specification.strategy, population, self.on, self.outcomes, self.weight,
                    specification.bias_adjustment, findings.configuration.level, self.crossed,
                )  # fmt: skip
        except ImpactError as problem:
            return kept_reason(problem)
