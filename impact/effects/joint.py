"""Effects of several subgroups held together: their covariance by group, and what can be tested with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.errors import EstimationError
from impact.survey.linearize import sums_by_code

Array = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Positions = NDArray[np.intp]


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
class JointEffects:
    """Effects of q subgroups and their group sums: subgroups that share producer groups are not independent.

    Attributes
    ----------
    names : tuple of str, length q
    values : float64 array, shape (q,)
        The effects, in the outcome's unit or as shares of the control means.
    sums : float64 array, shape (G, q)
        Contribution of each group (of each arm) to the error of each effect, such that the covariance matrix
        is ``sums.T @ sums``.
    scale : str
        "level" or "percent": what ``values`` are.

    Notes
    -----
    V_kl = Σ_arm c_k c_l Σ_g S_gk S_gl with S_gk the group's sum of contributions to subgroup k and
    c_k² = G_k/(G_k − 1) over the groups with weight in the subgroup. The diagonal is the variance that
    ``ClusterRobust`` gives each subgroup by itself.
    """

    names: tuple[str, ...]
    values: Array
    sums: Array
    scale: str

    @property
    def covariance(self) -> Array:
        """Covariance matrix of the effects, shape (q, q)."""
        return self.sums.T @ self.sums

    def contrast(self, coefficients: Array) -> tuple[float, float, float]:
        """Return a linear combination's value, standard error and Satterthwaite degrees of freedom."""
        contributions = self.sums @ coefficients
        squares = contributions**2
        fourth = float((squares**2).sum())
        freedom = float(squares.sum() ** 2 / fourth) if fourth > 0 else np.inf
        return float(self.values @ coefficients), float(np.sqrt(squares.sum())), freedom

    def take(self, kept: list[int]) -> JointEffects:
        """Return the effects at these positions."""
        return JointEffects(
            tuple(self.names[k] for k in kept), self.values[kept], self.sums[:, kept], self.scale
        )


def joint_levels(
    names: tuple[str, ...], means: Sequence[ArmMeans], codes: Positions, treated: Booleans
) -> JointEffects:
    """Return the effects in the outcome's unit, held together by group.

    Parameters
    ----------
    names : tuple of str, length q
    means : list of ArmMeans, length q
    codes : int array, shape (n,)
        Group of each unit of the whole sample.
    treated : bool array, shape (n,)
    """
    terms = [mean.treated_terms - mean.control_terms for mean in means]
    return _joint(names, [mean.effect for mean in means], terms, means, codes, treated, "level")


def joint_percents(
    names: tuple[str, ...], means: Sequence[ArmMeans], codes: Positions, treated: Booleans
) -> JointEffects:
    """Return the effects as shares of the control means, linearised; arguments as in ``joint_levels``."""
    ratios = [mean.effect / mean.control for mean in means]
    terms = [
        (mean.treated_terms - (1 + ratio) * mean.control_terms) / mean.control
        for mean, ratio in zip(means, ratios, strict=True)
    ]
    return _joint(names, ratios, terms, means, codes, treated, "percent")


def one_effect(terms: Array, active: Booleans, codes: Positions, treated: Booleans) -> tuple[float, float]:
    """Return the standard error of one estimate whose error is about Σ terms, and its degrees of freedom."""
    joint = _joint_of(("one",), np.zeros(1), [terms], [active], codes, treated, "level")
    _, error, freedom = joint.contrast(np.ones(1))
    return error, freedom


def _joint(
    names: tuple[str, ...],
    values: list[float],
    terms: list[Array],
    means: Sequence[ArmMeans],
    codes: Positions,
    treated: Booleans,
    scale: str,
) -> JointEffects:
    active = [mean.active for mean in means]
    return _joint_of(names, np.array(values), terms, active, codes, treated, scale)


def _joint_of(
    names: tuple[str, ...],
    values: Array,
    terms: list[Array],
    active: list[Booleans],
    codes: Positions,
    treated: Booleans,
    scale: str,
) -> JointEffects:
    anyone = np.any(active, axis=0)
    spanning = np.intersect1d(codes[anyone & treated], codes[anyone & ~treated]).size > 0
    arms = [anyone] if spanning else [anyone & treated, anyone & ~treated]
    parts = [
        np.column_stack(
            [
                _corrected_sums(term, present & arm, codes, names)
                for term, present in zip(terms, active, strict=True)
            ]
        )
        for arm in arms
    ]
    return JointEffects(names, values, np.vstack(parts), scale)


def _corrected_sums(terms: Array, rows: Booleans, codes: Positions, names: tuple[str, ...]) -> Array:
    """Return every group's sum over the rows, times √(G/(G − 1)) for the G groups among them."""
    groups = len(np.unique(codes[rows]))
    if groups < 2:
        raise EstimationError(
            f"Each arm of each subgroup ({', '.join(names)}) needs at least two groups with weight; one has "
            f"{groups}. Ask for fewer subgroups."
        )
    sums: Array = sums_by_code(codes[rows], terms[rows], int(codes.max()) + 1) * np.sqrt(
        groups / (groups - 1)
    )
    return sums
