"""Effects of several subgroups held together: their covariance by group, and what can be tested with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.effects.variances.sums.group_sums import GroupSums, Ways
from impact.errors import EstimationError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmMeans:
    """One subgroup's two means, and every unit's contribution to their errors.

    Attributes
    ----------
    treated, control : float
        Mean of the subgroup's treated with the programme, and by the match without it.
    treated_terms, control_terms : float64 arrays, shape (n,)
        Such that the error of the mean is about their sum; zero outside the subgroup. n is the whole sample.
    active : bool array, shape (n,)
        Units that carry weight in the subgroup.
    """

    treated: float
    control: float
    treated_terms: Array
    control_terms: Array
    active: Booleans

    @property
    def effect(self) -> float:
        """The subgroup's effect, in the outcome's unit."""
        return self.treated - self.control


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EffectsTogether:
    """Effects of q subgroups and their group sums: subgroups that share producer groups are not independent.

    Attributes
    ----------
    names : tuple of str, length q
    values : float64 array, shape (q,)
        The effects, in the outcome's unit or as shares of the control means.
    sums : GroupSums
        Contribution of each group (of each arm) to the error of each effect.
    scale : str
        "level" or "percent": what ``values`` are.

    Notes
    -----
    V_kl = Σ_arm c_k c_l Σ_g S_gk S_gl with S_gk the group's sum of contributions to subgroup k and
    c_k² = G_k/(G_k − 1) over the groups with weight in the subgroup; with matched sets, plus the same by set, less the same by both
    at once. The diagonal is the variance that ``estimate()`` gives each subgroup by itself, by default or by the ``ClusterRobust``
    asked for.
    """

    names: tuple[str, ...]
    values: Array
    sums: GroupSums
    scale: str

    @property
    def covariance(self) -> Array:
        """Covariance matrix of the effects, shape (q, q)."""
        return self.sums.covariance

    def contrast(self, coefficients: Array) -> tuple[float, float, float]:
        """Return a linear combination's value, standard error and Satterthwaite degrees of freedom."""
        variance, freedom = self.sums.combination(coefficients)
        return float(self.values @ coefficients), float(np.sqrt(variance)), freedom

    def take(self, kept: list[int]) -> EffectsTogether:
        """Return the effects at these positions."""
        names = tuple(self.names[k] for k in kept)
        return EffectsTogether(names, self.values[kept], self.sums.take(kept), self.scale)


def joint_levels(
    names: tuple[str, ...], means: Sequence[ArmMeans], ways: Ways, treated: Booleans
) -> EffectsTogether:
    """Return the effects in the outcome's unit, held together by group.

    Parameters
    ----------
    names : tuple of str, length q
    means : list of ArmMeans, length q
    ways : Ways
        Groups (and matched sets) of the units of the whole sample.
    treated : bool array, shape (n,)
    """
    terms = [mean.treated_terms - mean.control_terms for mean in means]
    return _joint(names, [mean.effect for mean in means], terms, means, ways, treated, "level")


def joint_percents(
    names: tuple[str, ...], means: Sequence[ArmMeans], ways: Ways, treated: Booleans
) -> EffectsTogether:
    """Return the effects as shares of the control means, linearised; arguments as in ``joint_levels``."""
    ratios = [mean.effect / mean.control for mean in means]
    terms = [
        (mean.treated_terms - (1 + ratio) * mean.control_terms) / mean.control
        for mean, ratio in zip(means, ratios, strict=True)
    ]
    return _joint(names, ratios, terms, means, ways, treated, "percent")


def one_effect(terms: Array, active: Booleans, ways: Ways, treated: Booleans) -> tuple[float, float]:
    """Return the standard error of one estimate whose error is about Σ terms, and its degrees of freedom."""
    joint = held_together(("one",), np.zeros(1), [terms], [active], ways, treated)
    _, error, freedom = joint.contrast(np.ones(1))
    return error, freedom


def _joint(
    names: tuple[str, ...],
    values: list[float],
    terms: list[Array],
    means: Sequence[ArmMeans],
    ways: Ways,
    treated: Booleans,
    scale: str,
) -> EffectsTogether:
    active = [mean.active for mean in means]
    return held_together(names, np.array(values), terms, active, ways, treated, scale)


def held_together(
    names: tuple[str, ...],
    values: Array,
    terms: Sequence[Array],
    active: Sequence[Booleans],
    ways: Ways,
    treated: Booleans,
    scale: str = "level",
) -> EffectsTogether:
    """Return estimates whose errors are about the sums of their terms, held together by group.

    Parameters
    ----------
    names : tuple of str, length q
    values : float64 array, shape (q,)
    terms : sequence of float64 arrays, length q, each of shape (n,)
    active : sequence of bool arrays, length q, each of shape (n,)
        Units that carry weight in each estimate.
    ways : Ways
    treated : bool array, shape (n,)
    scale : {"level", "percent"}
    """
    sums = ways.sums(np.column_stack(terms), np.column_stack(active), treated)
    for count in sums.counts:
        _require_two_groups(count, names)
    return EffectsTogether(names, values, sums, scale)


def _require_two_groups(groups: Array, names: tuple[str, ...]) -> None:
    for name, number in zip(names, groups, strict=True):
        if number < 2:
            raise EstimationError(
                Text(
                    (
                        "Each arm of each subgroup needs at least two groups with weight; one arm of {name} has "
                        "{number:.0f}. Ask for fewer subgroups."
                    ),
                    (
                        "Cada brazo de cada subgrupo necesita al menos dos grupos con peso; un brazo de {name} tiene "
                        "{number:.0f}. Pida menos subgrupos."
                    ),
                    name=name,
                    number=number,
                )
            )
