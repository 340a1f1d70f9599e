"""``[quintiles]``: by what, for which outcome and by which strategy the effect is told apart by fifth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.heterogeneity.comparison import EffectComparison
from impact.effects.heterogeneity.quintiles import quintile_comparison
from impact.effects.heterogeneity.ranking import Baseline, PredictedOutcome, Ranking
from impact.effects.heterogeneity.unestimated import NoStratumError
from impact.errors import OptionError
from impact.evaluation.labels.schema_units import with_schema_units
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import Text

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Quintiles:
    """Effects by fifth.

    Parameters
    ----------
    outcome : str, optional
        The first outcome by default.
    baseline : str, optional
        Column measured before the programme by which units are ranked.
    ranking : Ranking, optional
        Instead of ``baseline``; the outcome predicted without the programme by default.
    strategy : str, optional
        The main strategy by default.
    quantiles : int
        5 for fifths.
    """

    TABLE: ClassVar[str] = "quintiles"

    outcome: str = ""
    baseline: str | None = None
    ranking: Ranking | None = None
    strategy: str = ""
    quantiles: int = 5

    def __post_init__(self) -> None:
        checks.whole("quantiles", self.quantiles, minimum=2)
        if self.baseline is not None and self.ranking is not None:
            raise OptionError(
                Text("give 'baseline' or 'ranking', not both.", "dé 'baseline' o 'ranking', no ambos.")
            )

    @property
    def by(self) -> Ranking:
        """What units are ranked by."""
        if self.ranking is not None:
            return self.ranking
        return PredictedOutcome() if self.baseline is None else Baseline(self.baseline)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        by = self.by
        return (Reads("baseline", by.column),) if isinstance(by, Baseline) else ()

    def settled(self, named: Named) -> Self:
        """Return the section with outcome and strategy filled in."""
        filled = replace(
            self,
            outcome=self.outcome or named.outcomes[0],
            strategy=self.strategy or named.main_strategy,
        )
        checks.one_of("outcome", filled.outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def answer(self, findings: Findings) -> EffectComparison | NoStratumError:
        """Return the effects by fifth, held together for tests, or why no fifth has one."""
        configuration = findings.configuration
        specification = configuration.specification(self.strategy)
        try:
            comparison = quintile_comparison(
                findings.sample,
                specification.strategy,
                self.outcome,
                by=self.by,
                quantiles=self.quantiles,
                variance=specification.variance,
                bias_adjustment=specification.bias_adjustment,
                level=configuration.level,
            )
        except NoStratumError as refusal:  # the rest of the evaluation stands
            return refusal
        named = comparison.table.labelled(strategy=specification.name)
        schema = configuration.data.schema
        return replace(comparison, table=with_schema_units(named, findings.sample.outcomes, schema))
