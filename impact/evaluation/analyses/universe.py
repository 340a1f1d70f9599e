"""``[universe]``: the effect under every combination of reasonable choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from impact import checks
from impact.design.distances.coordinates import Euclidean, Mahalanobis, RobustMahalanobis
from impact.design.distances.propensity import PropensityScore
from impact.design.supports.crump import Crump
from impact.design.supports.min_max import MinMax
from impact.design.weighting.covariate_balancing import CovariateBalancing
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.inverse_probability import InverseProbability
from impact.effects.arm_means.adjustment import LinearAdjustment, LogLinkAdjustment
from impact.errors import SupportError
from impact.evaluation.reading.analysis import Named
from impact.robustness.universe.choices import Choices, KernelFamily, NearestFamily, OneStrategy
from impact.robustness.universe.result import QualityRule, Universe
from impact.robustness.universe.universe import universe
from impact.survey.sample import Sample

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings

_FAMILIES = {
    "nearest": NearestFamily(),
    "nearest once": NearestFamily(replace=False),
    "kernel": KernelFamily(),
    "inverse probability": OneStrategy(InverseProbability(PropensityScore())),
    "entropy balancing": OneStrategy(EntropyBalancing()),
    "covariate balancing": OneStrategy(CovariateBalancing()),
}
_DISTANCES = {
    "propensity": PropensityScore(scale="linear"),
    "Mahalanobis": Mahalanobis(),
    "robust Mahalanobis": RobustMahalanobis(),
    "Euclidean": Euclidean(),
}
_ADJUSTMENTS = {
    "none": None,
    "linear": "linear",
    "suited": "suited",
    "squares": LinearAdjustment(squares=True),
    "log link": LogLinkAdjustment(),
}
_SUPPORTS = {"none": None, "min-max": MinMax(), "Crump": Crump()}


@dataclass(frozen=True, slots=True)
class UniverseTable:
    """The choices of the universe, by name.

    Parameters
    ----------
    outcomes : tuple of str
        All outcomes by default.
    families : tuple of str
        "nearest", "nearest once", "kernel", "inverse probability", "entropy balancing", "covariate balancing".
    distances : tuple of str
        "propensity", "Mahalanobis", "robust Mahalanobis", "Euclidean".
    ratios : tuple of int
    calipers : tuple of float
        In SDs; 0 is no caliper.
    covariate_sets : mapping of str to tuple of str
        Beside all covariates.
    adjustments : tuple of str
        "none", "linear", "suited" (by what the outcome is), "squares", "log link".
    winsorised : tuple of float
        Upper quantiles; 1 leaves the outcome as it is.
    supports : tuple of str
        "none", "min-max", "Crump".
    without_weights : bool
        Also without the sampling weights.
    max_smd, min_share : float
        The quality rule.
    percent : bool
        Effects in % of the control mean.
    replications : int
    seed : int
    """

    TABLE: ClassVar[str] = "universe"

    outcomes: tuple[str, ...] = ()
    families: tuple[str, ...] = ("nearest", "kernel")
    distances: tuple[str, ...] = ("propensity", "Mahalanobis")
    ratios: tuple[int, ...] = (1, 2, 4)
    calipers: tuple[float, ...] = (0.0, 0.2)
    covariate_sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adjustments: tuple[str, ...] = ("none", "linear")
    winsorised: tuple[float, ...] = (1.0,)
    supports: tuple[str, ...] = ("none",)
    without_weights: bool = False
    max_smd: float = 0.25
    min_share: float = 0.8
    percent: bool = False
    replications: int = 999
    seed: int = 0

    def settled(self, named: Named) -> Self:
        """Return the table with the outcomes filled in."""
        filled = replace(self, outcomes=self.outcomes or named.outcomes)
        for key, known in (
            ("outcomes", named.outcomes),
            ("families", tuple(_FAMILIES)),
            ("distances", tuple(_DISTANCES)),
            ("adjustments", tuple(_ADJUSTMENTS)),
            ("supports", tuple(_SUPPORTS)),
        ):
            for value in getattr(filled, key):
                checks.one_of(key, value, known)
        for names in self.covariate_sets.values():
            checks.columns_present("covariate_sets", names, named.covariates)
        _ = self.choices, self.quality
        return filled

    @property
    def quality(self) -> QualityRule:
        """The rule by which specifications count."""
        return QualityRule(self.max_smd, self.min_share)

    @property
    def choices(self) -> Choices:
        """The choices as the universe takes them."""
        given: dict[str, Mapping[str, Any]] = {
            "family": {name: _FAMILIES[name] for name in self.families},
            "distance": {name: _DISTANCES[name] for name in self.distances},
            "ratio": {str(ratio): ratio for ratio in self.ratios},
            "caliper": {f"{width:g} SD" if width else "none": width or None for width in self.calipers},
            "covariates": {"all": None, **self.covariate_sets},
            "adjustment": {name: _ADJUSTMENTS[name] for name in self.adjustments},
            "winsorised": {
                f"p{100 * at:g}" if at < 1 else "none": at if at < 1 else None for at in self.winsorised
            },
            "support": {name: _SUPPORTS[name] for name in self.supports},
            "weights": {"sampling": True, **({"none": False} if self.without_weights else {})},
        }
        return Choices(**given)

    def of(self, sample: Sample, level: float, folder: Any = None, n_jobs: int | None = None) -> Universe:
        """Return the universe of a sample."""
        return universe(
            sample,
            self.outcomes,
            self.choices,
            self.quality,
            self.percent,
            level,
            self.replications,
            self.seed,
            n_jobs,
            folder,
        )

    def answer(self, findings: Findings) -> Universe | SupportError:
        """Return the universe of the evaluation's sample, or why no specification of it can be counted."""
        try:
            return self.of(findings.sample, findings.configuration.level)
        except SupportError as refusal:  # the rest of the evaluation stands
            return refusal
