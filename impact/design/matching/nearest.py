"""Nearest-neighbour matching: with replacement, without, or with a limit on reuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Positions
from impact.design.cells import require_a_set, two_sided_sets, warn_of_one_sided_cells
from impact.design.distances.calipers import caliper_columns, check_calipers
from impact.design.distances.coordinates import Distance, require_distance
from impact.design.proposal import Assignment, Rules
from impact.design.search.choice import (
    Choice,
    ChoiceInCells,
    chosen_greedily,
    chosen_with_replacement,
    pairs_of,
)
from impact.design.search.one_by_one.choosing_order import BY_SCORE, focal_order, variable_quota
from impact.design.search.one_by_one.options import (
    check_agreement,
    check_mahalanobis_within,
    check_order,
    check_reuse,
    check_ties,
    check_variable_ratio,
)
from impact.design.search.plan import MatchingPlan, matching_plan, preferring
from impact.design.units import Units, directions
from impact.errors import LittleBiasRemovedWarning, OptionError, RowOrderWarning
from impact.language import Text
from impact.warn import warn

_MOST_USED = 0.5
"""Beyond this share of the other arm, matching without replacement can choose but little."""
_TIES_DECIDED = Text(
    "Ties were decided by the order of the rows.", "El orden de las filas decidió los empates."
)
_ROWS_CHOOSE = Text("Units choose in the order of the rows.", "Las unidades eligen en el orden de las filas.")


@dataclass(frozen=True, slots=True)
class NearestNeighbor:
    """Match each focal unit to its nearest units of the other arm.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()``, ``Mahalanobis()``, ``Euclidean()`` or an object with ``measure``.
    ratio : int
        Matches per focal unit; with ``min_controls`` and ``max_controls``, their mean number.
    replace : bool
        Whether a unit may be the match of several.
    caliper : float or mapping of str to float, optional
        Largest distance of a match. A mapping sets one per covariate, and under ``"score"`` the distance's
        own: ``{"score": 0.2, "age": 0.5}``.
    caliper_unit : {"sd", "raw"}
        Unit of the calipers. SDs are for scores and covariates, not for distances of several covariates.
    exact : tuple of str
        Columns on which matched units must agree.
    mahalanobis_on : tuple of str
        Within the score's caliper, the nearest by Mahalanobis distance on these columns are chosen, not those
        nearest in score.
    ties : {"all", "first"}, optional
        "all" (the default with replacement): equally near units share the weight. "first" (the default
        without replacement): one is taken by the order of the rows, as R's MatchIt does.
    order : {"largest", "smallest", "closest", "farthest", "random", "data"}, optional
        Who chooses first where a unit can be used only so often: by score; the pair with the smallest or
        largest distance; at random; by row. By default the largest score, or the order of the rows for a
        distance that is no score.
    seed : int, optional
        Seed of the random order.
    max_reuse : int, optional
        How often a unit may be used with replacement.
    min_controls, max_controls : int, optional
        Without replacement, let the number of matches vary between these around ``ratio``: fewer for units
        with few counterparts.
    tie_tolerance : float
        Squared scaled distances within this of the last match are tied with it; never less than 1e-12.
    anti_exact : tuple of str
        Columns on each of which matched units must differ.
    prefer : tuple of str
        Columns on which matched units agree if they can ("within the same region, else outside"): units are
        matched among those that agree first, and only the units left without a match look outside.

    Notes
    -----
    With replacement and all ties shared (equally, or by sampling weight) the result does not depend on the
    order of rows. Where a tie was decided by the order of the rows, a RowOrderWarning says so and
    ``matched.rules.row_order`` keeps it. Without replacement a k:1 match goes in rounds: everyone's first
    match comes before anyone's second.

    Units that are alike in all that is matched on are sought once for all of them; where they are many their pairs stay in cells, so that
    memory grows with the units. ``matched.pairs`` lists up to 20 million pairs.

    References
    ----------
    Abadie & Imbens (2006), Econometrica 74(1), 235-267, doi:10.1111/j.1468-0262.2006.00655.x.
    Rubin (1973), Biometrics 29(1), 159-183, doi:10.2307/2529684.
    Ming & Rosenbaum (2000), Biometrics 56(1), 118-124, doi:10.1111/j.0006-341X.2000.00118.x.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> ages = [30.0, 32.0, 31.5, 35.0, 50.0, 60.0, 70.0]
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0, 0], "age": ages})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, im.NearestNeighbor(im.Euclidean())).pairs["control"].tolist()
    [2, 2]
    >>> once = im.NearestNeighbor(im.Euclidean(), replace=False, order="closest")
    >>> im.match(sample, once).pairs["control"].tolist()
    [3, 2]
    """

    distance: Distance
    ratio: int = 1
    replace: bool = True
    caliper: float | Mapping[str, float] | None = None
    caliper_unit: str = "sd"
    exact: tuple[str, ...] = ()
    mahalanobis_on: tuple[str, ...] = ()
    ties: str | None = None
    order: str | None = None
    seed: int | None = None
    max_reuse: int | None = None
    min_controls: int | None = None
    max_controls: int | None = None
    tie_tolerance: float = 0.0
    anti_exact: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.switches(self)
        require_distance(self.distance)
        checks.whole("ratio", self.ratio)
        check_calipers(self.caliper, self.caliper_unit)
        for name in ("exact", "mahalanobis_on", "anti_exact", "prefer"):
            columns = checks.columns(name, getattr(self, name))
            object.__setattr__(self, name, columns)
        checks.nonnegative("tie_tolerance", self.tie_tolerance)
        checks.whole("max_reuse", self.max_reuse, optional=True)
        check_ties(self.ties, self.tie_tolerance, self.capacity)
        check_reuse(self.max_reuse, self.replace)
        check_order(self.order, self.seed, self.capacity)
        check_variable_ratio(self.min_controls, self.max_controls, self.ratio, self.capacity)
        check_agreement(self.exact, self.anti_exact, self.prefer)
        check_mahalanobis_within(self.mahalanobis_on, self.caliper)

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        named = (
            *self.exact,
            *self.anti_exact,
            *self.prefer,
            *self.mahalanobis_on,
            *caliper_columns(self.caliper),
        )
        return tuple(dict.fromkeys(named))

    @property
    def capacity(self) -> int | None:
        """How often a unit may be used; None without limit."""
        return self.max_reuse if self.replace else 1

    def assign(self, units: Units) -> Assignment:
        """Return the pairs."""
        if self.capacity is not None and units.estimand == "ATE":
            raise OptionError(
                Text(
                    (
                        'estimand must be "ATT" or "ATC" where a unit can be used only so often; got "ATE", which matches '
                        "both ways. Pass replace=True without max_reuse, or im.Full()."
                    ),
                    (
                        'estimand debe ser "ATT" o "ATC" donde una unidad se usa un número limitado de veces; se dio "ATE", '
                        "que empareja en ambos sentidos. Escriba replace = true sin max_reuse, o use Full."
                    ),
                )
            )
        plan = matching_plan(
            units,
            self.distance,
            self.caliper,
            self.caliper_unit,
            self.exact,
            self.anti_exact,
            self.mahalanobis_on,
        )
        plans = [preferring(plan, units, (*self.exact, *self.prefer)), plan] if self.prefer else [plan]
        order = self.order or ("largest" if plan.score is not None else "data")
        _check_score(self, plan)
        if self.exact:
            sets = two_sided_sets(plan.rules.strata, units)
            require_a_set(sets, self.exact, units)
            warn_of_one_sided_cells(sets, self.exact, units)
        choices = [self._choices(plans, order, units, focal, pool) for focal, pool in directions(units)]
        chosen = [choice for stages in choices for choice in stages]
        pairs = pairs_of(chosen, units.sampling_weight, plan.measure.unit)
        row_order = self._row_order(order, any(choice.tied for choice in chosen))
        return Assignment(pairs=pairs, measure=plan.measure, rules=self._rules(plan, row_order))

    def _choices(
        self, plans: list[MatchingPlan], order: str, units: Units, focal: Positions, pool: Positions
    ) -> list[Choice | ChoiceInCells]:
        """Match one arm to the other, by one plan after another: each serves the units that the one before left without a match."""
        made: list[Choice | ChoiceInCells] = []
        left = focal
        capacity = np.full(len(units), self.capacity or 0, dtype=np.intp)
        if self.capacity is not None:
            _warn_of_few_to_choose_from(len(focal) * self.ratio, len(pool) * self.capacity)
        for plan in plans:
            if self.capacity is None:
                made.append(
                    chosen_with_replacement(
                        plan, left, pool, self.ratio, self.tie_tolerance, first=self.ties == "first"
                    )
                )
            else:
                quota = self._quota(plan, units, focal)[np.searchsorted(focal, left)]
                turn = focal_order(order, units, left, plan.score, self.seed)
                choice = chosen_greedily(plan, left, pool[capacity[pool] > 0], capacity, order, turn, quota)
                capacity -= np.bincount(choice.match, minlength=len(units))
                made.append(choice)
            served = np.zeros(len(units), dtype=np.bool_)
            served[made[-1].served] = True
            left = left[~served[left]]
        return made

    def _quota(self, plan: MatchingPlan, units: Units, focal: Positions) -> Positions:
        """Return how many matches each focal unit may have."""
        if self.min_controls is None or self.max_controls is None or plan.score is None or len(focal) == 0:
            return np.full(len(focal), self.ratio, dtype=np.intp)
        return variable_quota(
            self.ratio, self.min_controls, self.max_controls, plan.score, units.treatment, focal
        )

    def _row_order(self, order: str, tied: bool) -> str:
        """Say, and warn, that the order of the rows decided; a user who asked for order="data" knows."""
        by_row = self.capacity is not None and order == "data"
        reason = _ROWS_CHOOSE if by_row else _TIES_DECIDED if tied else ""
        if reason and self.order != "data":
            seeded = Text(
                'order="closest" or order="random" with a seed',
                'order = "closest" u order = "random" con semilla',
            )
            remedy = seeded if by_row else Text('ties="all" with replacement', 'ties = "all" con reemplazo')
            warn(
                Text(
                    "{reason} Another order of the same rows may give another match; {remedy} does not depend on it.",
                    "{reason} Otro orden de las mismas filas puede dar otro emparejamiento; {remedy} no depende de él.",
                    reason=reason,
                    remedy=remedy,
                ),
                RowOrderWarning,
            )
        return reason

    def _rules(self, plan: MatchingPlan, row_order: str) -> Rules:
        return Rules(
            reuse=self.capacity,
            ratio=self.ratio if self.max_controls is None else self.max_controls,
            ties=self.capacity is None and self.ties != "first",
            caliper=None if np.isinf(plan.radius) else plan.radius * plan.measure.unit,
            exact=self.exact,
            anti_exact=self.anti_exact,
            score_caliper=plan.score_width,
            column_calipers=plan.column_calipers,
            row_order=row_order,
        )


def _check_score(strategy: NearestNeighbor, plan: MatchingPlan) -> None:
    """Refuse options that need a score, with a distance that is none."""
    if plan.score is not None:
        return
    needing = {
        f"order={strategy.order!r}": strategy.order in BY_SCORE,
        "mahalanobis_on": bool(strategy.mahalanobis_on),
        "min_controls and max_controls": strategy.min_controls is not None,
    }
    for option, used in needing.items():
        if used:
            raise OptionError(
                Text(
                    "{option} needs a score such as im.PropensityScore(); got {label}.",
                    "{option} necesita un puntaje como PropensityScore; se dio {label}.",
                    option=option,
                    label=plan.measure.label,
                )
            )


def _warn_of_few_to_choose_from(wanted: int, offered: int) -> None:
    if offered and wanted > _MOST_USED * offered:
        short = Text(
            " At most {offered} can be made.", " A lo sumo se pueden hacer {offered}.", offered=offered
        )
        warn(
            Text(
                (
                    "{wanted:,} matches are asked of {offered:,} units that may be used (once each, or max_reuse times): "
                    "where most of them are taken, matching can remove but little of the bias.{short} Match with "
                    "replacement, or add a caliper."
                ),
                (
                    "Se piden {wanted:,} parejas a {offered:,} unidades que pueden usarse (una vez cada una, o max_reuse "
                    "veces): donde se toman casi todas, emparejar apenas puede quitar sesgo.{short} Empareje con "
                    "reemplazo, o agregue un caliper."
                ),
                wanted=wanted,
                offered=offered,
                short=short if wanted > offered else "",
            ),
            LittleBiasRemovedWarning,
        )
