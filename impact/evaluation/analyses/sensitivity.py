"""``[sensitivity]``: how strong a confounder that nobody measured would have to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

import numpy as np
import pandas as pd

from impact import checks
from impact.effects.effect import Effect
from impact.errors import ImpactError
from impact.evaluation.reading.analysis import Named
from impact.language import Text, kept_reason, quoted
from impact.robustness.sensitivity.confounder import ConfounderSensitivity, confounder_sensitivity
from impact.robustness.sensitivity.e_value import EValue, e_value
from impact.robustness.sensitivity.oster import OsterBounds, oster
from impact.robustness.sensitivity.rosenbaum import GAMMAS, RosenbaumBounds, checked_gammas, rosenbaum_bounds
from impact.robustness.sensitivity.simulated_confounder import SimulatedConfounder, simulated_confounder

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings

T = TypeVar("T")
_NO_PERCENTAGE = Text(
    "The E-value is had from the effect in percent, and that on {outcome} has no percentage. Denominator: {denominator}.",
    "El valor E sale del efecto en porcentaje, y el efecto en {outcome} no lo tiene. Denominador: {denominator}.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutcomeSensitivity:
    """What each analysis says of one outcome; a text where it does not apply, with the reason.

    Attributes
    ----------
    outcome : str
    confounder : ConfounderSensitivity or str
    oster : OsterBounds or str
    e_value : EValue or str
    rosenbaum : RosenbaumBounds or str
    simulated : tuple of SimulatedConfounder
    """

    outcome: str
    confounder: ConfounderSensitivity | str
    oster: OsterBounds | str
    e_value: EValue | str
    rosenbaum: RosenbaumBounds | str
    simulated: tuple[SimulatedConfounder, ...] = ()

    def sentences(
        self, language: str, names: Mapping[str, str] | None = None, unit: str = ""
    ) -> tuple[str, ...]:
        """Return what each analysis says, columns by these names, the effect in the outcome's unit."""
        in_unit = [one for one in (self.confounder, *self.simulated) if not isinstance(one, str)]
        unitless = [one for one in (self.e_value, self.oster, self.rosenbaum) if not isinstance(one, str)]
        said = [one.sentence(language, names, unit) for one in in_unit]
        further = [one.sentence(language, names) for one in unitless]
        return (*said[:1], *further, *said[1:]) if not isinstance(self.confounder, str) else (*further, *said)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why an analysis does not apply."""
        found = [self.confounder, self.e_value, self.oster, self.rosenbaum]
        return tuple(one for one in found if isinstance(one, str))

    @property
    def bounds(self) -> pd.DataFrame:
        """The bounds by benchmark; empty where the analysis does not apply."""
        return pd.DataFrame() if isinstance(self.confounder, str) else self.confounder.bounds


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Sensitivity to hidden confounders, on the match of one strategy.

    Parameters
    ----------
    outcomes : tuple of str
        The first outcome by default.
    benchmarks : tuple of str
        Covariates to measure strength by; all by default.
    kd : tuple of float
        How many times as strong.
    gammas : tuple of float
        Of Rosenbaum's bounds.
    strategy : str
        The main strategy by default.
    alpha : float
        Level of significance.
    simulated : tuple of str
        Covariates like which a confounder is simulated; none by default.
    replications : int
        Draws of each.
    seed : int
    """

    TABLE: ClassVar[str] = "sensitivity"

    outcomes: tuple[str, ...] = ()
    benchmarks: tuple[str, ...] = ()
    kd: tuple[float, ...] = (1.0, 2.0, 3.0)
    gammas: tuple[float, ...] = GAMMAS
    strategy: str = ""
    alpha: float = 0.05
    simulated: tuple[str, ...] = ()
    replications: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        checked_gammas(self.gammas)
        for times in self.kd:
            checks.positive("kd", times)
        checks.between("alpha", self.alpha, 0.0, 1.0)
        checks.whole("replications", self.replications)

    def settled(self, named: Named) -> Self:
        """Return the table with outcome, benchmarks and strategy filled in."""
        filled = replace(
            self,
            outcomes=self.outcomes or named.outcomes[:1],
            benchmarks=self.benchmarks or named.covariates,
            strategy=self.strategy or named.main_strategy,
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        for key in ("benchmarks", "simulated"):
            for covariate in getattr(filled, key):
                checks.one_of(key, covariate, named.covariates)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def answer(self, findings: Findings) -> tuple[OutcomeSensitivity, ...]:
        """Return every analysis of every outcome, or the reason why one does not apply."""
        return tuple(self._of(outcome, findings) for outcome in self.outcomes)

    def _of(self, outcome: str, findings: Findings) -> OutcomeSensitivity:
        matched = findings.matched[self.strategy]
        specification = findings.configuration.specification(self.strategy)
        effect: Effect = findings.effects.one(outcome, self.strategy)
        direction = "greater" if effect.estimate >= 0 else "less"
        return OutcomeSensitivity(
            outcome=outcome,
            confounder=_or_reason(
                lambda: confounder_sensitivity(matched, outcome, self.benchmarks, self.kd, alpha=self.alpha)
            ),
            oster=_or_reason(lambda: oster(matched, outcome)),
            e_value=_e_value(effect),
            rosenbaum=_or_reason(
                lambda: rosenbaum_bounds(
                    matched, self.gammas, outcome, alternative=direction, alpha=self.alpha
                )
            ),
            simulated=tuple(
                simulated_confounder(
                    findings.sample,
                    specification.strategy,
                    outcome,
                    like,
                    bias_adjustment=specification.bias_adjustment,
                    estimand=findings.configuration.estimand,
                    replications=self.replications,
                    seed=self.seed,
                )
                for like in self.simulated
            ),
        )


def _e_value(effect: Effect) -> EValue | str:
    """Return the E-value, or that the file's effect has no percentage: a standard deviation is no key of the file."""
    if np.isnan(effect.percent_effect):
        return _NO_PERCENTAGE.with_values(outcome=quoted(effect.outcome), denominator=effect.denominator)
    return _or_reason(lambda: e_value(effect))


def _or_reason(analysis: Callable[[], T]) -> T | str:
    try:
        return analysis()
    except ImpactError as problem:
        return kept_reason(problem)
