"""Exponential weights that meet means, exactly or nearly: Newton's method on the dual, and what to say where no weights do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.algebra.symmetric import solve_symmetric
from impact.arrays import Array, parts_of
from impact.errors import EstimationError, SupportError
from impact.language import Text

_MOST_STEPS = 200
_MOST_SWEEPS = 1_000
_ENDLESS = 1e12
BALANCED = 1e-10
"""Largest difference of the means, in standard deviations, that counts as none."""
_ROUNDING = 1e-14
"""Difference of the means, in standard deviations, that no further step is worth."""
_OUT_OF_REACH = 1e-7
_SINGULAR = 1e-10
_DOUBTFUL = 20
"""Steps after which a linear programme tells whether there are such weights at all: with a tolerance the search would go on for minutes."""
_MANY = 20_000
"""Units from which the search begins at the multipliers of a part of them: near the end already, where a step costs a pass over all."""
_PART = 8
_PART_STEPS = 12
_NEARLY = 1e-6
_COLLAPSED = 1e-12
"""Weighted variance of the terms, in all, below which the weight is on units that are the same, with the target out of their reach."""


def entropy_weights(
    terms: Array,
    base: Array,
    target: Array,
    names: Sequence[str],
    arm: str,
    tolerance: Array | None = None,
) -> tuple[Array, Array]:
    """Return positive weights, summing to one, that give the terms the target means and stray least from the base weights.

    Parameters
    ----------
    terms : float64 array, shape (m, k)
        Standardised terms of the units to be weighted.
    base : float64 array, shape (m,)
        Base weights q above zero.
    target : float64 array, shape (k,)
        Means to be met.
    names : sequence of str
        The covariate of each term, for messages.
    arm : str
        Whose weights they are, for messages.
    tolerance : float64 array, shape (k,), optional
        By how much each mean may differ; exactly met by default.

    Returns
    -------
    weights : float64 array, shape (m,)
    multipliers : float64 array, shape (k,)
        λ; zero for the terms whose tolerance does not bind.

    Raises
    ------
    SupportError
        No weights meet the target; the covariates are named.
    EstimationError
        Newton's method did not converge although weights exist.

    Notes
    -----
    w_i ∝ q_i exp(−λ′c_i) where λ minimises log Σ q_i exp(−λ′(c_i − m)) + δ′|λ| with the tolerances δ: convex, its gradient the imbalance,
    its Hessian the weighted covariance. Full Newton steps, each to the minimum of the local quadratic and the absolute values, halved
    until the value falls enough (Armijo). With many units the first steps are taken on every eighth of them: the minimum is one, wherever
    the search begins.

    References
    ----------
    Hainmueller (2012), Political Analysis 20(1), 25-46, equations 5 to 8, doi:10.1093/pan/mpr025; Wang & Zubizarreta (2020), Biometrika
    107(1), 93-105, doi:10.1093/biomet/asz050, for tolerances.
    """
    slack = np.zeros(len(target)) if tolerance is None else tolerance
    centred = (
        np.subtract(terms.T, target[:, None], order="C") if target.any() else np.ascontiguousarray(terms.T)
    )
    level = np.log(base if base.min() < base.max() else base[:1])
    multipliers = _begun(centred, level, slack)
    weights, other = np.empty((2, centred.shape[1]))  # at the multipliers, and where a step may lead
    value = _dual(centred, level, multipliers, weights)
    for step_number in range(_MOST_STEPS):
        imbalance = centred @ weights
        if met(imbalance, multipliers, slack):
            finer = _finer(centred, level, multipliers, weights, slack)
            return (weights, multipliers) if finer is None else finer
        covariance = _covariance(centred, weights, imbalance)
        lost = step_number == _DOUBTFUL and _balanced_least(terms, target, slack).any()
        if lost or np.trace(covariance) <= _COLLAPSED:
            raise unbalanced(terms, target, names, arm, slack)
        step = newton_step(covariance, imbalance, multipliers, slack)
        slope = float(imbalance @ step) - penalty(multipliers + step, slack) + penalty(multipliers, slack)
        length, before = 1.0, value + penalty(multipliers, slack)
        while True:
            moved = multipliers + length * step
            proposed = _dual(centred, level, moved, other)
            if proposed + penalty(moved, slack) <= before - 1e-4 * length * slope + 1e-14 * (1 + abs(before)):
                break
            length /= 2
            if length < 1e-12:
                raise unbalanced(terms, target, names, arm, slack)
        multipliers, value, weights, other = moved, proposed, other, weights
    raise unbalanced(terms, target, names, arm, slack)


def _finer(
    centred: Array, level: Array, multipliers: Array, weights: Array, slack: Array
) -> tuple[Array, Array] | None:
    """Return the weights and multipliers one step on, which squares what is left of the imbalance; None where only rounding is left."""
    imbalance = centred @ weights
    left = np.abs(imbalance).max()
    if slack.any() or left < _ROUNDING:
        return None
    moved = multipliers + newton_step(_covariance(centred, weights, imbalance), imbalance, multipliers, slack)
    further = np.empty_like(weights)
    _dual(centred, level, moved, further)
    return (further, moved) if np.abs(centred @ further).max() < left else None


def _begun(centred: Array, level: Array, slack: Array) -> Array:
    """Return where the search begins: zero, or, of many units, what nearly balances every eighth of them."""
    begin = np.zeros(len(centred))
    if centred.shape[1] < _MANY or slack.any():
        return begin
    part, base = np.ascontiguousarray(centred[:, ::_PART]), level[::_PART]
    multipliers, weights = begin.copy(), np.empty(part.shape[1])
    value = _dual(part, base, multipliers, weights)
    for _ in range(_PART_STEPS):
        imbalance = part @ weights
        if np.abs(imbalance).max() < _NEARLY:
            return multipliers
        step = newton_step(_covariance(part, weights, imbalance), imbalance, multipliers, slack)
        moved = multipliers + step
        proposed = _dual(part, base, moved, weights)
        if not proposed < value:
            break
        value, multipliers = proposed, moved
    return begin


def _dual(centred: Array, level: Array, multipliers: Array, weights: Array) -> float:
    """Return log Σ q exp(−λ′(c − m)), and write the weights at λ."""
    np.matmul(multipliers, centred, out=weights)
    np.subtract(level, weights, out=weights)
    largest = weights.max()
    weights -= largest
    np.exp(weights, out=weights)
    total = weights.sum()
    weights /= total
    return float(largest + np.log(total))


def _covariance(centred: Array, weights: Array, mean: Array) -> Array:
    """Return Σ w (c − m)(c − m)′ less that of the mean, without a weighted copy of all terms."""
    total = -np.outer(mean, mean)
    held = np.empty(0)
    for part in parts_of(len(weights)):
        inside = centred[:, part]
        if held.shape != inside.shape:
            held = np.empty(inside.shape)
        total += np.multiply(inside, weights[part], out=held) @ inside.T
    return total


def penalty(multipliers: Array, slack: Array) -> float:
    """Return δ′|λ|."""
    return float(slack @ np.abs(multipliers))


def met(imbalance: Array, multipliers: Array, slack: Array, near: float = BALANCED) -> bool:
    """Return whether each mean is within its tolerance, and at its edge, on the right side, where it has a multiplier."""
    binding = multipliers != 0
    left = np.where(binding, np.abs(imbalance - slack * np.sign(multipliers)), np.abs(imbalance) - slack)
    return bool(left.max(initial=0.0) < near)


def newton_step(covariance: Array, imbalance: Array, multipliers: Array, slack: Array) -> Array:
    """Return the step to the minimum of the local quadratic and the absolute values."""
    if not slack.any():
        return solve_symmetric(covariance, imbalance[:, None])[:, 0]  # collinear terms are balanced together
    return _penalised_minimum(covariance, imbalance, multipliers, slack) - multipliers


def _penalised_minimum(covariance: Array, imbalance: Array, start: Array, slack: Array) -> Array:
    """Return the λ that minimises ½(λ − λ₀)′H(λ − λ₀) − b′(λ − λ₀) + δ′|λ|, coordinate by coordinate.

    A little is added to the diagonal, so that collinear terms share their multiplier.
    """
    steady = covariance + _SINGULAR * np.trace(covariance) * np.eye(len(start))
    pull, current = imbalance + steady @ start, start.copy()
    for _ in range(_MOST_SWEEPS):
        largest = 0.0
        for j in range(len(current)):
            alone = pull[j] - steady[j] @ current + steady[j, j] * current[j]
            moved = float(np.sign(alone) * max(abs(alone) - slack[j], 0.0) / steady[j, j])
            largest, current[j] = max(largest, abs(moved - current[j])), moved
        if largest <= 1e-13 * (1 + np.abs(current).max()) or largest > _ENDLESS:
            break
    return _polished(steady, pull, current, slack)


def _polished(steady: Array, pull: Array, current: Array, slack: Array) -> Array:
    """Return the minimum with the coordinates at zero that the search left there, the others solved exactly."""
    used = current != 0
    solved = np.zeros_like(current)
    solved[used] = np.linalg.solve(steady[np.ix_(used, used)], (pull - slack * np.sign(current))[used])
    return solved if (np.sign(solved) == np.sign(current)).all() else current


def unbalanced(
    terms: Array, target: Array, names: Sequence[str], arm: str, tolerance: Array | None = None
) -> SupportError | EstimationError:
    """Return the error that says which covariates no weights can balance, or that the search failed although there are such weights."""
    slack = np.zeros(len(target)) if tolerance is None else tolerance
    alone = [
        name
        for name, column, mean, within in zip(names, terms.T, target, slack, strict=True)
        if not (column.min() < mean + within and mean - within < column.max())
    ]
    if alone:
        return _beyond_their_values(alone, arm)
    together = _balanced_least(terms, target, slack)
    if together.any():
        return _not_at_once(np.array(names, dtype=object)[together], arm)
    return EstimationError(
        Text(
            (
                "The weights of the {arm} units did not converge: the means to be met lie on the edge of what their "
                "values allow, so that nearly all the weight goes to a few units. Ask for fewer moments or "
                "covariates, or restrict the sample with support=."
            ),
            (
                "Los pesos de las unidades {arm} no convergieron: las medias pedidas están al borde de lo que sus "
                "valores permiten, y casi todo el peso va a unas pocas unidades. Pida menos momentos o covariables, "
                "o limite la muestra con [support]."
            ),
            arm=arm,
        )
    )


def _beyond_their_values(names: Iterable[str], arm: str) -> SupportError:
    """Return the error for covariates whose mean to be met no values of the arm surround."""
    which = checks.listed(repr(name) for name in dict.fromkeys(names))
    return SupportError(
        Text(
            (
                "No weights of the {arm} units can balance {which}: the mean to be met lies at or beyond the edge of "
                "their values. Leave the covariate out, ask for fewer moments, allow a tolerance, or restrict the "
                "sample with support= to values in both arms."
            ),
            (
                "Ningún peso de las unidades {arm} puede equilibrar {which}: la media pedida está en el borde de sus "
                "valores o más allá. Quite la covariable, pida menos momentos, admita una tolerancia, o limite la "
                "muestra con [support] a valores de ambos brazos."
            ),
            arm=arm,
            which=which,
        )
    )


def _not_at_once(names: Iterable[str], arm: str) -> SupportError:
    """Return the error for covariates that cannot be balanced together with the others."""
    which = checks.listed(repr(name) for name in dict.fromkeys(names))
    return SupportError(
        Text(
            (
                "No weights of the {arm} units can balance all covariates at once: at the nearest, a difference "
                "stays in {which}. Leave some out, ask for fewer moments, allow a tolerance, or restrict the sample "
                "with support= to values in both arms."
            ),
            (
                "Ningún peso de las unidades {arm} puede equilibrar todas las covariables a la vez: en lo más "
                "cercano queda una diferencia en {which}. Quite algunas, pida menos momentos, admita una tolerancia, "
                "o limite la muestra con [support] a valores de ambos brazos."
            ),
            arm=arm,
            which=which,
        )
    )


def _balanced_least(terms: Array, target: Array, slack: Array) -> NDArray[np.bool_]:
    """Return the terms that differ by more than their tolerance where that sum is as small as weights can make it (a linear programme)."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    number, width = terms.shape
    balance = hstack([csr_array(terms.T), eye_array(width), -eye_array(width), eye_array(width)])
    total = csr_array(np.concatenate([np.ones(number), np.zeros(3 * width)])[None, :])
    cost = np.concatenate([np.zeros(number), np.ones(2 * width), np.zeros(width)])
    right = np.concatenate([target, [1.0]])
    tolerated = [(0.0, None)] * (number + 2 * width) + [(-within, within) for within in slack]
    solved = linprog(cost, A_eq=vstack([balance, total]), b_eq=right, bounds=tolerated, method="highs")
    if (
        solved.x is None
    ):  # pragma: no cover - the programme always has a solution: any weights, with their differences
        return np.zeros(width, dtype=np.bool_)
    below, above = solved.x[number : number + width], solved.x[number + width : number + 2 * width]
    apart: NDArray[np.bool_] = below + above > _OUT_OF_REACH
    return apart
