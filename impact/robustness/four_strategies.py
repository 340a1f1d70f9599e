"""The four strategies, and the table that sets them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self

from impact import checks
from impact.described import described
from impact.design.distances.coordinates import Mahalanobis
from impact.design.distances.propensity import PropensityScore
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.design.matching.kernel import Kernel
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import Strategy
from impact.design.supports.rule import Support
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import Effect, EffectTable, combined
from impact.effects.estimate import estimate
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Variance
from impact.effects.variances.weighted_regression import CR3
from impact.effects.variances.wild_bootstrap import WildBootstrap
from impact.language import Text
from impact.progress import track
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.warn import warned_once, warning_about


@dataclass(frozen=True, slots=True, repr=False)
class Specification:
    """One way to answer the question: a name, a strategy, and how its estimate is adjusted and judged.

    Parameters
    ----------
    name : str
        Column heading of the table.
    strategy : Strategy
    bias_adjustment : Adjustment, "suited", "linear" or None
    variance : Variance, optional
        By default the one that suits the match.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 37})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> ways = [im.Specification(f"{m}-NN", im.NearestNeighbor(im.Euclidean(), ratio=m), "linear") for m in (1, 4)]
    >>> im.four_strategies(sample, ways).frame[["strategy", "bias_adjustment"]].values.tolist()
    [['1-NN', 'linear'], ['4-NN', 'linear']]
    """

    name: str
    strategy: Strategy
    bias_adjustment: Adjustment | str | None = None
    variance: Variance | None = None

    @property
    def match_key(self) -> int:
        """Specifications that hold the very same strategy share its match."""
        return id(self.strategy)

    def matched(self, sample: Sample, estimand: str = "ATT", support: Support | None = None) -> MatchedSample:
        """Return the sample matched by this strategy."""
        with warning_about(self.name):
            return match(sample, self.strategy, estimand, support)

    def effects(self, matched: MatchedSample, level: float = 0.95) -> EffectTable:
        """Return the effects on a sample matched by this strategy, under this specification's name."""
        with warning_about(self.name), warned_once():
            table = estimate(
                matched, variance=self.variance, bias_adjustment=self.bias_adjustment, level=level
            )
        return table.labelled(strategy=self.name)

    def effect(self, matched: MatchedSample, outcome: str | Outcome, level: float = 0.95) -> Effect:
        """Return the effect on one outcome of a sample matched by this strategy, under this specification's name."""
        with warning_about(self.name):
            table = estimate(matched, [outcome], self.variance, self.bias_adjustment, level)
        return next(iter(table.labelled(strategy=self.name)))

    def __repr__(self) -> str:
        return described(self)


class NamedSpecifications(tuple[Specification, ...]):
    """Specifications that are known by a name, which is how they show themselves as the default of a function."""

    name: str

    def __new__(cls, name: str, specifications: Iterable[Specification]) -> Self:
        """Return the specifications under a name."""
        made = super().__new__(cls, specifications)
        made.name = name
        return made

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        """Let them be copied and sent to another process."""
        return type(self), (self.name, tuple(self))


FOUR_STRATEGIES: tuple[Specification, ...] = NamedSpecifications(
    "FOUR_STRATEGIES",
    (
        Specification(
            Text("Propensity 1-NN", "Probabilidad, 1 vecino"),
            NearestNeighbor(PropensityScore(scale="linear"), ratio=1, caliper=0.2),
            bias_adjustment="suited",
        ),
        Specification(
            Text("Propensity kernel", "Probabilidad, kernel"),
            Kernel(PropensityScore(), "epanechnikov", 0.06),
            bias_adjustment="suited",
        ),
        Specification(
            Text("Mahalanobis 1-NN", "Mahalanobis, 1 vecino"),
            NearestNeighbor(Mahalanobis(), ratio=1),
            bias_adjustment="suited",
        ),
        Specification(
            Text("Mahalanobis 4-NN", "Mahalanobis, 4 vecinos"),
            NearestNeighbor(Mahalanobis(), ratio=4),
            bias_adjustment="suited",
        ),
    ),
)
"""Propensity 1-NN (index scale, caliper 0.2 SD), propensity kernel (Epanechnikov, bandwidth 0.06), Mahalanobis 1-NN and 4-NN."""

MAIN_STRATEGY = "Propensity kernel"
"""The one of the four whose numbers lead, unless a configuration names another."""
MAIN_STRATEGY_REASON = Text(
    "of the four it had the least bias (at most 0.05 of its standard deviation) and the truest standard errors on surveys with known "
    "effects, because it uses every control within its bandwidth",
    "de las cuatro tuvo el menor sesgo (a lo sumo 0,05 de su desviación estándar) y los errores estándar más fieles en encuestas con "
    "efectos conocidos, porque usa todos los controles dentro de su ancho de banda",
)

OTHER_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {"left out": ClusterRobust(), "CR3": CR3(estimated_slopes=True), "wild": WildBootstrap(499)}
)
"""What the default of grouped data is compared with: leave-own-group-out residuals, the regression's CR3, the wild bootstrap."""

FOUR_STRATEGIES_NOTE = Text(
    "Strategies: propensity score 1-nearest neighbour on the index, caliper 0.2 SD; propensity kernel, Epanechnikov, bandwidth 0.06; "
    "Mahalanobis 1-nearest and 4-nearest neighbours; all with replacement, ties shared; bias adjustment by what the outcome is, settled "
    "before any result: linear, and squared too for skewed amounts such as incomes. This project's choice: section 4.9 of World Bank "
    "report 132905 speaks of four strategies and names none.",
    "Estrategias: vecino más cercano en el índice de la probabilidad de participación, caliper de 0,2 DE; kernel de Epanechnikov en "
    "la probabilidad, ancho de banda 0,06; 1 y 4 vecinos más cercanos según Mahalanobis; todas con reemplazo, empates compartidos; "
    "ajuste del sesgo según lo que es el resultado, fijado antes de ver efecto alguno: lineal, y también cuadrático para montos "
    "asimétricos como los ingresos. Es la elección de este proyecto: la sección 4.9 del informe 132905 del Banco Mundial habla de cuatro "
    "estrategias y no nombra ninguna.",
)


def four_strategies(
    sample: Sample,
    specifications: Sequence[Specification] = FOUR_STRATEGIES,
    estimand: str = "ATT",
    support: Support | None = None,
    unadjusted: bool = False,
    level: float = 0.95,
) -> EffectTable:
    """Estimate every outcome by every strategy: the robustness table.

    Parameters
    ----------
    sample : Sample
        With outcomes, and the cluster wherever treatment was given to groups.
    specifications : sequence of Specification
        The strategies; ``FOUR_STRATEGIES`` by default.
    estimand : {"ATT", "ATC", "ATE"}
    support : Support, optional
        Common-support rule applied before each strategy.
    unadjusted : bool
        Add, for each strategy with a bias adjustment, the rows without it.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    EffectTable
        Rows by strategy, then outcome. The spread over strategies is not the uncertainty: each row's interval is.

    Examples
    --------
    >>> import impact as im
    >>> [specification.name for specification in im.FOUR_STRATEGIES]
    ['Propensity 1-NN', 'Propensity kernel', 'Mahalanobis 1-NN', 'Mahalanobis 4-NN']
    """
    return strategy_effects(matched_strategies(sample, specifications, estimand, support), unadjusted, level)


def matched_strategies(
    sample: Sample,
    specifications: Sequence[Specification] = FOUR_STRATEGIES,
    estimand: str = "ATT",
    support: Support | None = None,
) -> dict[Specification, MatchedSample]:
    """Return the sample matched by each specification, in their order.

    Examples
    --------
    >>> import warnings, impact as im
    >>> warnings.simplefilter("ignore")  # sixty groups are few, and it says so
    >>> survey = im.synthetic.rural_alliances(seed=3, groups=60)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> matched = im.matched_strategies(sample, im.FOUR_STRATEGIES[2:])
    >>> [(one.name, matched[one].share_on_support) for one in matched]
    [('Mahalanobis 1-NN', 1.0), ('Mahalanobis 4-NN', 1.0)]
    """
    names = [specification.name for specification in specifications]
    checks.distinct("specifications", names)
    return {
        specification: specification.matched(sample, estimand, support)
        for specification in track(specifications, "Matching")
    }


def strategy_effects(
    matched: dict[Specification, MatchedSample], unadjusted: bool = False, level: float = 0.95
) -> EffectTable:
    """Return the effects of samples already matched, one specification after the other.

    Examples
    --------
    >>> import warnings, impact as im
    >>> warnings.simplefilter("ignore")  # sixty groups are few, and it says so
    >>> survey = im.synthetic.rural_alliances(seed=3, groups=60)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> table = im.strategy_effects(im.matched_strategies(sample, im.FOUR_STRATEGIES[2:]))
    >>> table.frame[["strategy", "outcome"]].to_numpy().tolist()
    [['Mahalanobis 1-NN', 'income_labour'], ['Mahalanobis 4-NN', 'income_labour']]
    """
    tables = []
    for specification, sample in track(matched.items(), "Estimating"):
        tables.append(specification.effects(sample, level))
        if unadjusted and specification.bias_adjustment is not None:
            tables.append(_plain(specification).effects(sample, level))
    notes = (FOUR_STRATEGIES_NOTE,) if tuple(matched) == FOUR_STRATEGIES else ()
    return combined(tables, notes)


def with_unadjusted(specifications: Sequence[Specification]) -> tuple[Specification, ...]:
    """Return each specification, followed by itself without adjustment where it has one.

    Parameters
    ----------
    specifications : sequence of Specification
    """
    every: list[Specification] = []
    for specification in specifications:
        every.append(specification)
        if specification.bias_adjustment is not None:
            every.append(_plain(specification))
    return tuple(every)


def with_variances(
    specifications: Sequence[Specification], variances: Mapping[str, Variance]
) -> tuple[Specification, ...]:
    """Return each specification, followed by itself with each variance in the place of its own.

    Parameters
    ----------
    specifications : sequence of Specification
    variances : mapping of str to Variance
        By the name that tells them apart: "CR2" makes "Propensity 1-NN · CR2" of "Propensity 1-NN".

    Raises
    ------
    OptionError
        An entry is no variance, or has no name.

    Notes
    -----
    The new specifications hold the very strategy of the old one, by which ``certify`` knows that it need not match again.

    Examples
    --------
    >>> from impact.robustness.four_strategies import FOUR_STRATEGIES, OTHER_VARIANCES, with_variances
    >>> [specification.name for specification in with_variances(FOUR_STRATEGIES[:1], OTHER_VARIANCES)]
    ['Propensity 1-NN', 'Propensity 1-NN · left out', 'Propensity 1-NN · CR3', 'Propensity 1-NN · wild']
    """
    required = Text(
        'a mapping of names to variances, such as {"CR2": im.ClusterRobust(im.BiasReduced())}',
        "una tabla de nombres y varianzas",
    )
    checks.instance("variances", variances, required, isinstance(variances, Mapping))
    for name, variance in variances.items():
        checks.instance(
            Text("A name in variances", "Un nombre en variances"),
            name,
            Text("a text that is not empty", "un texto que no esté vacío"),
            isinstance(name, str) and name != "",
        )
        required = Text(
            "an object with uncertainty(estimation), such as im.ClusterRobust(im.BiasReduced())",
            "un objeto con uncertainty(estimation), como ClusterRobust",
        )
        matches = isinstance(variance, Variance) and not isinstance(variance, type)
        checks.instance(f"variances[{name!r}]", variance, required, matches)
    return tuple(
        judged
        for specification in specifications
        for judged in (
            specification,
            *(
                replace(specification, name=f"{specification.name} · {name}", variance=variance)
                for name, variance in variances.items()
            ),
        )
    )


def _plain(specification: Specification) -> Specification:
    return replace(specification, name=f"{specification.name}, unadjusted", bias_adjustment=None)
