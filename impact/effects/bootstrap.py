"""The bootstrap by group for smooth estimators: score, weights and adjustment are estimated anew in each draw."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.design.match import MatchedSample
from impact.design.match_weights import match_weights
from impact.design.units import Units
from impact.effects.adjustment import working_terms
from impact.effects.point_estimate import arm_means
from impact.effects.variance import ClusterRobust, Estimation, Uncertainty
from impact.errors import EstimationError, ImpactError, ImpactWarning, OptionError

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

_FAILED_SHARE = 0.05
_BLOCK = 50  # draws that a process takes at a time


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Standard errors from surveys redrawn by group, within each arm, with the whole design estimated anew.

    Parameters
    ----------
    replications : int
        Draws.
    seed : int
        One seed gives one result, whatever the order of the rows and ``n_jobs``.
    n_jobs : int
        Processes; -1 for all processors.

    Notes
    -----
    Groups (units where there are none) are drawn with replacement within the arms, or over both where groups span them; a group
    drawn twice counts twice. The interval is the estimate ± t × the draws' SD, with the degrees of freedom of ``ClusterRobust``.
    A support rule is not applied anew. Nearest neighbours with a fixed number of matches are refused: their estimate is not
    a smooth function of the sample, and the bootstrap's SD does not converge to the true one.

    References
    ----------
    Abadie & Imbens (2008), Econometrica 76(6), 1537-1557, doi:10.3982/ECTA6474, for the refusal.
    """

    replications: int = 999
    seed: int = 0
    n_jobs: int = 1

    def __post_init__(self) -> None:
        checks.whole("replications", self.replications, minimum=49)
        checks.whole("seed", self.seed, minimum=0)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors over the draws.

        Raises
        ------
        OptionError
            The match has a fixed number of neighbours.
        EstimationError
            The design fails in more than 5 % of the draws.
        """
        _refuse_fixed_matches(estimation.matched)
        codes = np.arange(len(estimation.outcomes)) if estimation.groups is None else estimation.groups
        draws = self._draws(_Redrawn.of(estimation, codes))
        kept = draws[np.isfinite(draws).all((1, 2))]
        failed = len(draws) - len(kept)
        if failed > _FAILED_SHARE * len(draws):
            raise EstimationError(
                f"The design could not be estimated in {failed:,} of {len(draws):,} bootstrap draws: groups are too few, or a "
                "category is too rare. Merge rare categories, or use im.ClusterRobust()."
            )
        base = ClusterRobust().uncertainty(estimation)
        effect, control = kept[:, 0] - kept[:, 1], kept[:, 1]
        way = "unit" if estimation.groups is None else "group"
        note = f", {failed:,} failed" if failed else ""
        return Uncertainty(
            std_error=effect.std(0, ddof=1),
            percent_std_error=(effect / control).std(0, ddof=1),
            degrees_of_freedom=base.degrees_of_freedom,
            control_mean_std_error=control.std(0, ddof=1),
            label=f"bootstrap by {way} ({self.replications:,} draws{note}), t",
            seed=self.seed,
        )

    def _draws(self, redrawn: _Redrawn) -> Array:
        """Return the arm means of each draw, shape (replications, 2, q); missing where the design failed."""
        if self.n_jobs == 1:
            return redrawn.block(self.seed, range(self.replications))
        from joblib import Parallel, delayed

        blocks = [
            range(start, min(start + _BLOCK, self.replications))
            for start in range(0, self.replications, _BLOCK)
        ]
        return np.concatenate(
            Parallel(n_jobs=self.n_jobs)(delayed(redrawn.block)(self.seed, block) for block in blocks)
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Redrawn:
    """All that a draw needs; a draw is a pure function of it, the seed and the draw's number."""

    matched: MatchedSample
    units: Units
    outcomes: Array
    terms: Array
    persons: Array
    adjusted: bool
    codes: Positions
    strata: tuple[Positions, ...]

    @classmethod
    def of(cls, estimation: Estimation, codes: Positions) -> _Redrawn:
        matched = estimation.matched
        columns: Sequence[str] = tuple(getattr(matched.strategy, "design_columns", ()))
        units = Units.of(matched.sample, matched.estimand, columns).in_one_piece()
        treated = matched.sample.treated
        arms = [np.unique(codes[arm]) for arm in (treated, ~treated)]
        spanning = len(np.intersect1d(arms[0], arms[1])) > 0
        adjustment = estimation.adjustment
        return cls(
            matched=matched,
            units=replace(units, eligible=~units.index.isin(matched.discarded)),
            outcomes=estimation.outcomes,
            terms=working_terms(matched) if adjustment is None else adjustment.terms(matched),
            persons=np.ones(len(codes)) if estimation.persons is None else estimation.persons,
            adjusted=adjustment is not None,
            codes=codes,
            strata=(np.unique(codes),) if spanning else tuple(arms),
        )

    def block(self, seed: int, numbers: Sequence[int]) -> Array:
        """Return the arm means of several draws, shape (draws, 2, q)."""
        return np.stack([self.means(seed, number) for number in numbers])

    def means(self, seed: int, number: int) -> Array:
        """Return the arm means of one draw, shape (2, q)."""
        generator = np.random.default_rng(np.random.SeedSequence([seed, number]))
        counts = np.zeros(int(self.codes.max()) + 1)
        for groups in self.strata:
            counts[groups] = np.bincount(
                generator.integers(0, len(groups), len(groups)), minlength=len(groups)
            )
        count = counts[self.codes]
        drawn = self.units.take(count > 0)
        rows = np.flatnonzero(count)
        drawn = replace(drawn, sampling_weight=drawn.sampling_weight * count[rows])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ImpactWarning)
                assignment = self.matched.strategy.assign(drawn)
                weights = match_weights(assignment, drawn)
        except ImpactError:
            return np.full((2, self.outcomes.shape[1]), np.nan)
        chosen = (self.outcomes[rows], self.terms[rows], self.persons[rows])
        return arm_means(drawn, weights, *chosen, adjusted=self.adjusted)


def _refuse_fixed_matches(matched: MatchedSample) -> None:
    if matched.rules.ratio is not None or matched.set_numbers is not None:
        raise OptionError(
            f"The bootstrap is not valid for {type(matched.strategy).__name__}: with a fixed number of matches the estimate is not a "
            "smooth function of the sample (Abadie & Imbens 2008). Use im.WildBootstrap(), which redraws the linearised terms, "
            "or im.ClusterRobust()."
        )
