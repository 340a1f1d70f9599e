"""The Abadie-Imbens variance of matching with replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.distances.measure import Measure
from impact.design.matched_sample import MatchedSample
from impact.design.pairs import Pairs, TiedPairs
from impact.design.search.neighbor_sums import NeighborSums, neighbor_sums_among
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.outcome_model import outcome_model
from impact.effects.arm_means.residuals import InSample
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.score_correction import score_correction
from impact.errors import OptionError
from impact.language import Text

_CONVENTIONS = ("paper", "matching", "stata")


@dataclass(frozen=True, slots=True)
class AbadieImbens:
    """Analytic variance of nearest-neighbour matching with replacement, household by household.

    Parameters
    ----------
    neighbors : int or None
        J, the neighbours of the same arm behind each unit's outcome variance; None for the homoskedastic
        version.
    population : bool
        True: the effect in the population (PATT, PATE); False: in this sample, given its covariates (SATT,
        SATE).
    convention : {"paper", "matching", "stata"}
        Outcome variance of a unit: "paper" J/(J+1)·(Y − mean of the J nearest)² (eq. 14); "matching" and
        "stata" the sample variance of the unit and its J nearest, as R's Matching and Stata's nnmatch take
        it; Stata's psmatch counts the unit among the J, and with exact columns Stata looks for them in the
        unit's cell. Sampling weights: "matching" takes a weight for the number of times that a unit occurs,
        as R's Matching does; the others for the number of units it stands for.
    estimated_score : bool
        True: account for the estimation of the propensity score (2016 article); for the ATE and ATT, without bias adjustment.
        ``convention="stata"`` matches on the score's terms unscaled there, as Stata does, which depends on their units.

    Notes
    -----
    PATT: N1⁻² [Σ_{W=1} (Y − Ŷ(0) − τ̂)² + Σ_{W=0} σ̂² (K² − K′)], K the weight of a control as match and
    K′ the sum of its squared shares. Units count by themselves: where treatment was given to groups use
    ``ClusterRobust``.

    References
    ----------
    Abadie & Imbens (2006), Econometrica 74(1), 235-267, doi:10.1111/j.1468-0262.2006.00655.x, Theorem 7.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "income": 100 + age % 7 + 5 * (age % 2 == 0)})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    >>> effect = im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean())), variance=im.AbadieImbens()).one("income")
    >>> round(effect.estimate, 2), round(effect.std_error, 2)
    (5.13, 0.52)
    """

    neighbors: int | None = 2
    population: bool = True
    convention: str = "paper"
    estimated_score: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        checks.whole("neighbors", self.neighbors, optional=True)
        checks.one_of("convention", self.convention, _CONVENTIONS)

    @property
    def label(self) -> Text:
        """Name in the ``variance`` column."""
        parts: list[str] = [f"J={self.neighbors}", self.convention]
        if self.neighbors is None:
            parts = [Text("homoskedastic", "homocedástica")]
        parts.append(Text("population", "poblacional") if self.population else Text("sample", "muestral"))
        if self.estimated_score:
            parts.append(Text("estimated score", "probabilidad estimada"))
        return Text("Abadie-Imbens ({parts})", parts=tuple(parts))

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors of every outcome; the reference distribution is the normal.

        Raises
        ------
        OptionError
            The match has no pairs, or limits how often a control is used.
        """
        linear, matched = estimation.linear, estimation.matched
        treated = matched.sample.treated
        uses = self._uses(estimation)
        effects, percents, controls = [], [], []
        for k in range(estimation.outcomes.shape[1]):
            outcome = estimation.outcomes[:, k]
            mean, share = linear.mean_control[k], np.nan
            effects.append(self._variance(estimation, outcome, uses))
            if mean != 0:
                # τ/μC and μC are linear in each arm's outcomes: the same formula serves with rescaled ones.
                rescaled = np.where(treated, outcome, (1 + linear.effect[k] / mean) * outcome) / mean
                share = self._variance(estimation, rescaled, uses)
            percents.append(share)
            controls.append(self._variance(estimation, np.where(treated, 0.0, outcome), uses))
        freedom = np.full(len(effects), np.inf)
        return Uncertainty(np.sqrt(effects), np.sqrt(percents), freedom, np.sqrt(controls), self.label)

    def variance(self, estimation: Estimation, outcome: Array) -> float:
        """Return the variance of the matching estimate of one outcome, shape (n,)."""
        return self._variance(estimation, outcome, self._uses(estimation))

    def _uses(self, estimation: Estimation) -> _Uses:
        """Return how often each unit is used, and the neighbours of those whose outcome variance that asks for."""
        matched = estimation.matched
        pairs = pairs_with_replacement(matched)
        survey = matched.sampling_weight * (1.0 if estimation.persons is None else estimation.persons)
        power = 1 if self.convention == "matching" else 2
        weight, size = _sigma_weight(matched, pairs, survey, power, self.population)
        arms: list[_ArmNeighbors] = []
        if self.neighbors is not None:
            arms = _neighbors_by_arm(matched, self.neighbors, self.convention, weight != 0)
        return _Uses(pairs, survey, power, weight / size**2, arms)

    def _variance(self, estimation: Estimation, outcome: Array, uses: _Uses) -> float:
        units = _focal_effects(estimation.matched, uses, outcome, estimation.adjustment)
        if self.neighbors is None:
            sigma = np.full(len(outcome), units.homoskedastic)
        else:
            sigma = _neighbor_variances(uses.arms, outcome, self.convention)
        known = float(uses.sigma_weight @ sigma)
        if self.population:
            known += units.heterogeneity
        return (
            known + self._correction(estimation, outcome, units.estimate) if self.estimated_score else known
        )

    def _correction(self, estimation: Estimation, outcome: Array, estimate: float) -> float:
        if estimation.adjustment is not None or not self.population or estimation.persons is not None:
            raise OptionError(
                Text(
                    (
                        "estimated_score=True is derived for the unadjusted effect in the population, each unit counting "
                        "once. Leave out bias_adjustment and persons, or use im.ClusterRobust()."
                    ),
                    (
                        "estimated_score = true se derivó para el efecto sin ajustar en la población, donde cada unidad "
                        "cuenta una vez. Quite bias_adjustment y persons, o use ClusterRobust."
                    ),
                )
            )
        size = 2 if self.neighbors is None else self.neighbors
        return score_correction(estimation.matched, outcome, estimate, size, raw=self.convention == "stata")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _ArmNeighbors:
    """Units of an arm, those of them whose outcome variance counts, by number in ``rows``, and their neighbours in the arm."""

    rows: NDArray[np.intp]
    asked: NDArray[np.intp]
    found: NeighborSums


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Uses:
    """What Theorem 7 sums that is the same for every outcome.

    ``sigma_weight`` is what each unit's outcome variance counts by: most controls are used once or never, and count nothing.
    """

    pairs: Pairs | TiedPairs
    survey: Array
    power: int
    sigma_weight: Array
    arms: list[_ArmNeighbors]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _FocalEffects:
    """What Theorem 7 sums of an outcome: the estimate and how the focal units' effects vary about it."""

    estimate: float
    heterogeneity: float
    homoskedastic: float


def pairs_with_replacement(matched: MatchedSample) -> Pairs | TiedPairs:
    """Return the pairs, or say why the variance does not suit the match."""
    if matched.pair_positions is None:
        raise OptionError(
            Text(
                (
                    "AbadieImbens needs the pairs of a match with replacement; {strategy} makes none. Use "
                    "im.ClusterRobust(), which serves every strategy."
                ),
                (
                    "AbadieImbens necesita los pares de un emparejamiento con reemplazo; {strategy} no hace ninguno. Use "
                    "ClusterRobust, que sirve a toda estrategia."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    if matched.rules.reuse is not None:
        raise OptionError(
            Text(
                (
                    "AbadieImbens is for matching with replacement; here a unit may be used {reuse} times. Use "
                    "im.ClusterRobust() on the matched sets."
                ),
                (
                    "AbadieImbens es para emparejar con reemplazo; aquí una unidad puede usarse {reuse} veces. Use "
                    "ClusterRobust sobre los conjuntos emparejados."
                ),
                reuse=matched.rules.reuse,
            )
        )
    return matched.pair_positions


def matched_effects(
    matched: MatchedSample,
    pairs: Pairs | TiedPairs,
    outcome: Array,
    adjustment: Adjustment | None,
    survey: Array,
) -> tuple[Array, Array]:
    """Return each focal unit's effect Y − Ŷ, signed treated minus control, and the variance of its matches about Ŷ, of all units."""
    as_focal, as_match = _unexplained(matched, pairs, outcome, adjustment, survey)
    centre = as_match.mean()
    as_focal, as_match = as_focal - centre, as_match - centre
    imputed = pairs.averaged(as_match)
    effects: Array = np.where(matched.sample.treated, 1.0, -1.0) * (as_focal - imputed)
    return effects, pairs.averaged(as_match**2) - imputed**2


def _unexplained(
    matched: MatchedSample,
    pairs: Pairs | TiedPairs,
    outcome: Array,
    adjustment: Adjustment | None,
    survey: Array,
) -> tuple[Array, Array]:
    """Return what the adjustment leaves of each outcome, as that of a focal unit and as that of a match: by the matches' arm."""
    if adjustment is None:
        return outcome, outcome
    regression = outcome_model(adjustment, matched, survey / matched.sampling_weight)
    collected, treated = pairs.collected(survey), matched.sample.treated
    as_focal, as_match = outcome.copy(), outcome.copy()
    for arm in (treated, ~treated):
        if (collected[arm] > 0).any():
            own = regression.weights_of(arm, np.where(arm, collected, 0.0), None)
            weights = regression.fitting.weights(own)
            values, terms = outcome[:, None], regression.terms
            fitted = regression.model.regression(values, terms, weights, None, InSample()).fitted[:, 0]
            as_match[arm] -= fitted[arm]
            as_focal[~arm] -= fitted[~arm]
    return as_focal, as_match


def _sigma_weight(
    matched: MatchedSample, pairs: Pairs | TiedPairs, survey: Array, power: int, population: bool
) -> tuple[Array, float]:
    """Return what each unit's outcome variance counts by, times the squared weight of the focal units, and that weight."""
    own = np.where(pairs.focal_marks(len(survey)), survey, 0.0)
    as_match = pairs.collected(survey)
    size = float(own.sum())
    if not population:
        return (own + as_match) ** 2, size
    reuse = as_match**2 - pairs.collected(survey**power, 2)
    if matched.estimand == "ATE":
        reuse = reuse + 2 * own * as_match
    return reuse, size


def _focal_effects(
    matched: MatchedSample, uses: _Uses, outcome: Array, adjustment: Adjustment | None
) -> _FocalEffects:
    """Collect what Theorem 7 sums of an outcome.

    The power is that of the sampling weight in a focal unit's squared contribution: 2 for a unit that stands for others (a survey
    weight); 1 for a unit that occurs so often (R's Matching).
    """
    pairs, survey = uses.pairs, uses.survey
    effects, within = matched_effects(matched, pairs, outcome, adjustment, survey)
    focal = np.flatnonzero(pairs.focal_marks(len(outcome)))
    size, effects, within = survey[focal].sum(), effects[focal], within[focal]
    estimate = float(survey[focal] @ effects / size)
    return _FocalEffects(
        estimate=estimate,
        heterogeneity=float(survey[focal] ** uses.power @ (effects - estimate) ** 2 / size**2),
        homoskedastic=0.5 * float(survey[focal] @ ((effects - estimate) ** 2 + within) / size),
    )


def _neighbors_by_arm(
    matched: MatchedSample, neighbors: int, convention: str, counting: Booleans
) -> list[_ArmNeighbors]:
    """Return, for each arm, its units and the nearest neighbours in it of those that count, ties included."""
    measure, wanted = _measure_and_number(matched, neighbors, convention)
    tolerance = float(getattr(matched.strategy, "tie_tolerance", 0.0))
    present = measure.present
    cells = _cells(matched, convention)
    arms = []
    for arm in (matched.sample.treated, ~matched.sample.treated):
        for cell in np.unique(cells[arm & present]):
            rows = np.flatnonzero(arm & present & (cells == cell))
            asked = np.flatnonzero(counting[rows])
            found = neighbor_sums_among(measure, rows, asked, wanted, tolerance)
            if len(rows) < 2 or (found.counts == 0).any():
                where = (
                    Text(
                        " of a cell of {exact}",
                        " de una celda de {exact}",
                        exact=checks.listed(matched.rules.exact),
                    )
                    if cells.any()
                    else ""
                )
                raise OptionError(
                    Text(
                        "neighbors={neighbors} needs at least two units in each arm{where}; one has {number}.",
                        "neighbors = {neighbors} necesita al menos dos unidades en cada brazo{where}; uno tiene {number}.",
                        neighbors=neighbors,
                        where=where,
                        number=len(rows),
                    )
                )
            arms.append(_ArmNeighbors(rows, asked, found))
    return arms


def _measure_and_number(matched: MatchedSample, neighbors: int, convention: str) -> tuple[Measure, int]:
    """Return the distance that neighbours are sought by, and how many of them: as Stata counts, the unit itself is one on a score."""
    if matched.measure is None:
        raise OptionError(
            Text(
                "AbadieImbens needs the distance of the match for its neighbours; pass neighbors=None.",
                "AbadieImbens necesita la distancia del emparejamiento para sus vecinos; quite neighbors.",
            )
        )
    wanted = neighbors - 1 if convention == "stata" and matched.measure.score is not None else neighbors
    if wanted < 1:
        raise OptionError(
            Text(
                'neighbors must be at least 2 with convention="stata" on a score, where the unit counts among them.',
                (
                    'neighbors debe ser al menos 2 con convention = "stata" sobre un puntaje, donde la unidad cuenta '
                    "entre ellos."
                ),
            )
        )
    return matched.measure, wanted


def _cells(matched: MatchedSample, convention: str) -> NDArray[np.intp]:
    """Return the exact cell in which a unit's neighbours are looked for: Stata's own habit, one cell for all elsewhere."""
    exact = matched.rules.exact if convention == "stata" else ()
    if not exact:
        return np.zeros(len(matched.sample), dtype=np.intp)
    codes = matched.sample.frame.groupby(list(exact), sort=True, observed=True).ngroup()
    return codes.to_numpy().astype(np.intp)


def _neighbor_variances(arms: list[_ArmNeighbors], outcome: Array, convention: str) -> Array:
    """Return the outcome variance of each unit that counts, from its nearest neighbours in its own arm; 0 of the others."""
    sigma = np.zeros(len(outcome))
    for arm in arms:
        values, count = outcome[arm.rows] - outcome[arm.rows].mean(), arm.found.counts
        own, total = values[arm.asked], arm.found.of(values)
        if convention == "paper":
            sigma[arm.rows[arm.asked]] = count / (count + 1) * (own - total / count) ** 2
        else:
            mean = (total + own) / (count + 1)
            squares = arm.found.of(values**2) + own**2 - (count + 1) * mean**2
            sigma[arm.rows[arm.asked]] = np.maximum(squares, 0.0) / count
    return sigma
