"""``[[subgroups]]``: the effect by region, product or any category, matched again within each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.heterogeneity.subgroups import MINIMUM_CELL, SubgroupEffects, subgroup_effects
from impact.errors import OptionError
from impact.evaluation.labels.schema_units import with_schema_units
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import Text

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Effects in subgroups.

    Parameters
    ----------
    by : str or tuple of str
        Column of categories settled before the programme, or several whose combinations make the subgroups.
    outcomes : tuple of str
        The first outcome by default.
    strategy : str, optional
        The main strategy by default.
    minimum_cell : int
        Subgroups with fewer treated units or controls are not estimated.
    """

    TABLE: ClassVar[str] = "subgroups"

    by: str | tuple[str, ...]
    outcomes: tuple[str, ...] = ()
    strategy: str = ""
    minimum_cell: int = MINIMUM_CELL

    def __post_init__(self) -> None:
        if not self.by:
            raise OptionError(
                Text("by must name at least one column.", "by debe nombrar al menos una columna.")
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that make the subgroups."""
        return (self.by,) if isinstance(self.by, str) else self.by

    def settled(self, named: Named) -> Self:
        """Return the table with outcomes and strategy filled in."""
        filled = replace(
            self, outcomes=self.outcomes or named.outcomes[:1], strategy=self.strategy or named.main_strategy
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return (Reads("by", self.columns),)

    def answer(self, findings: Findings) -> SubgroupEffects:
        """Return the effects in each subgroup, held together for tests."""
        configuration = findings.configuration
        specification = configuration.specification(self.strategy)
        found = subgroup_effects(
            findings.sample,
            specification.strategy,
            self.outcomes,
            self.columns,
            max(self.minimum_cell, configuration.minimum_cell),
            specification.variance,
            specification.bias_adjustment,
            configuration.level,
        )
        outcomes, schema = findings.sample.outcomes, configuration.data.schema
        named = {
            name: replace(
                one, table=with_schema_units(one.table.labelled(strategy=self.strategy), outcomes, schema)
            )
            for name, one in found.comparisons.items()
        }
        return replace(found, comparisons=named)
