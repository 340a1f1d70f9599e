"""``[decomposition]``: how much of the gain in net income is volume, price, quality or costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from impact import checks
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.effects.decomposition.income import IncomeDecomposition, income_decomposition
from impact.errors import OptionError
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import Text
from impact.survey.income.parts import IncomeParts

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The columns of net income, and the match by whose pairs the gain is split.

    Parameters
    ----------
    quantity : str
        Column of what was produced or sold.
    price : str or tuple of str
        Price of a unit, or of each grade, the best first.
    grade : str or tuple of str
        Quantities of the grades, or an index of quality; none by default.
    costs, income, product : str, optional
        As for ``im.IncomeParts``.
    unit : str
        Of the income.
    strategy : str, optional
        One that makes pairs or sets; the first such strategy of the file by default.
    by_product : bool
        Also for each product.
    within_products : bool
        Match again by that strategy, within products: quantities of two products cannot be compared. False: take the pairs as they are.
    over_waves : bool
        Split the gain from the first wave of ``[panel]`` to the last instead: each household against itself, less what the comparison
        households changed, with the estimator of ``[panel]``.
    """

    TABLE: ClassVar[str] = "decomposition"

    quantity: str
    price: str | tuple[str, ...]
    grade: str | tuple[str, ...] = ()
    costs: str | None = None
    income: str | None = None
    product: str | None = None
    unit: str = ""
    strategy: str = ""
    by_product: bool = False
    within_products: bool = True
    over_waves: bool = False

    def __post_init__(self) -> None:
        if self.by_product and self.product is None:
            raise OptionError(
                Text(
                    'by_product needs a column of products: product = "…".',
                    'by_product necesita una columna de productos: product = "…".',
                )
            )

        if self.over_waves and self.strategy:
            raise OptionError(
                Text(
                    "over_waves splits changes of households, not pairs: leave out strategy.",
                    "over_waves reparte cambios de hogares, no parejas: quite strategy.",
                )
            )

    def settled(self, named: Named) -> Self:
        """Return the table; the strategy must be one of the file."""
        if self.strategy:
            checks.one_of("strategy", self.strategy, named.strategies)
        return replace(self)

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns of the survey that the table names."""
        return () if self.over_waves else self.parts_named

    @property
    def parts_named(self) -> tuple[Reads, ...]:
        """The columns of the parts, which stand in the survey, or in the waves of ``[panel]``."""
        keys = ("quantity", "price", "grade", "costs", "income", "product")
        return tuple(Reads(key, getattr(self, key)) for key in keys)

    def answer(self, findings: Findings) -> IncomeDecomposition:
        """Return the parts of the effect on net income."""
        configuration = findings.configuration
        if self.over_waves:
            return self._over_waves(findings)
        name = self.strategy or next(
            (name for name, matched in findings.matched.items() if _has_pairs(matched)),
            configuration.main_strategy,
        )
        strategy = configuration.specification(name).strategy
        matched = findings.matched[name]
        if self.product is not None and self.within_products and hasattr(strategy, "exact"):
            within = replace(cast(Any, strategy), exact=(*strategy.exact, self.product))
            matched = match(findings.sample, within, configuration.estimand, configuration.support)
        return income_decomposition(
            matched,
            self._parts,
            configuration.specification(name).bias_adjustment,
            self.by_product,
            configuration.level,
        )

    def _over_waves(self, findings: Findings) -> IncomeDecomposition:
        """Return the parts of the gain between the first wave and the last."""
        asked = findings.configuration.analysis("panel")
        if asked is None:
            raise OptionError(
                Text(
                    "over_waves needs the waves: add [panel] to the file.",
                    "over_waves necesita las rondas: agregue [panel] al archivo.",
                )
            )
        panel = asked.panel(findings)
        ends = panel.between(panel.waves[0], panel.waves[-1])
        return income_decomposition(
            ends,
            self._parts,
            by_product=self.by_product,
            estimator=asked.difference,
            level=findings.configuration.level,
        )

    @property
    def _parts(self) -> IncomeParts:
        return IncomeParts(
            self.quantity,
            self.price,
            self.grade or None,
            self.costs,
            self.income,
            self.product,
            unit=self.unit,
        )


def _has_pairs(matched: MatchedSample) -> bool:
    return matched.pair_positions is not None or matched.set_numbers is not None
