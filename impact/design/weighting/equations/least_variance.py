"""Weights of least variance under balance constraints: a quadratic programme, its solution made exact on the constraints that bind.

The programme is solved by Clarabel, an interior-point solver: it reaches 1e-8 where first-order solvers stop at 1e-4, tells an infeasible
programme by a certificate, takes a diagonal objective with a few dense rows in its stride, and is CVXPY's default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.weighting.equations.entropy_dual import unbalanced
from impact.errors import EstimationError
from impact.language import Text

_NOTHING = 1e-6
"""Multipliers and weights below this, relative to the largest, are the solver's rounding."""
_EXACT = 1e-10
_MOST_STEPS = 50


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeastVarianceSolution:
    """The solution r = max(0, α − λ′c).

    Attributes
    ----------
    ratio : float64 array, shape (m,)
        r: weights over base weights, with Σ q r = 1.
    multipliers : float64 array, shape (k,)
        λ; zero for the terms whose tolerance does not bind.
    """

    ratio: Array
    multipliers: Array


def least_variance_weights(
    terms: Array, base: Array, target: Array, slack: Array, names: Sequence[str], arm: str
) -> LeastVarianceSolution:
    """Return the weights that minimise Σ q r² under Σ q r = 1, |Σ q r c − m| ≤ δ and r ≥ 0.

    Parameters
    ----------
    terms : float64 array, shape (m, k)
        Standardised.
    base : float64 array, shape (m,)
        q, summing to one.
    target, slack : float64 arrays, shape (k,)
        m and δ.
    names : sequence of str
        The covariate of each term, for messages.
    arm : str
        Whose weights they are, for messages.

    Raises
    ------
    SupportError
        There are no such weights; the covariates are named.
    EstimationError
        The solver stopped without a solution.
    """
    centred = terms - target
    ratio, multipliers = _by_interior_point(
        centred, base, slack, lambda: unbalanced(terms, target, names, arm, slack)
    )
    exact = _exact(centred, base, slack, ratio, multipliers)
    return exact or LeastVarianceSolution(np.maximum(ratio, 0.0), multipliers)


def _by_interior_point(
    centred: Array, base: Array, slack: Array, infeasible: Callable[[], Exception]
) -> tuple[Array, Array]:
    """Return r and λ by Clarabel."""
    import clarabel
    from scipy.sparse import csc_array, diags_array, eye_array, vstack

    number, width = centred.shape
    weighted, exactly = (centred * base[:, None]).T, slack == 0
    rows = [base[None, :], weighted[exactly], weighted[~exactly], -weighted[~exactly]]
    constraints = vstack([csc_array(np.vstack(rows)), -eye_array(number)], format="csc")
    equal, near = 1 + int(exactly.sum()), slack[~exactly]
    right = np.concatenate([[1.0], np.zeros(equal - 1), near, near, np.zeros(number)])
    cones = [clarabel.ZeroConeT(equal), clarabel.NonnegativeConeT(2 * len(near) + number)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    objective = diags_array(base, format="csc")
    solved = clarabel.DefaultSolver(objective, np.zeros(number), constraints, right, cones, settings).solve()
    status = str(solved.status)
    if "PrimalInfeasible" in status:
        raise infeasible()
    if status not in ("Solved", "AlmostSolved"):
        raise EstimationError(
            Text(
                (
                    "The weights of least variance were not found ({status}). Widen the tolerance, or ask for fewer "
                    "moments or covariates."
                ),
                (
                    "No se encontraron los pesos de mínima varianza ({status}). Amplíe la tolerancia, o pida menos "
                    "momentos o covariables."
                ),
                status=status,
            )
        )
    dual, multipliers = np.asarray(solved.z), np.zeros(width)
    multipliers[exactly] = dual[1:equal]
    upper, lower = dual[equal : equal + len(near)], dual[equal + len(near) : equal + 2 * len(near)]
    least = _NOTHING * max(float(np.abs(dual).max(initial=0.0)), 1.0)
    multipliers[~exactly] = np.where(np.maximum(upper, lower) > least, upper - lower, 0.0)
    return np.asarray(solved.x), multipliers


def _exact(
    centred: Array, base: Array, slack: Array, ratio: Array, multipliers: Array
) -> LeastVarianceSolution | None:
    """Return the solution of the constraints that bind to machine precision; None where others would bind after all."""
    used = (multipliers != 0) | (slack == 0)
    design = np.column_stack([np.ones(len(centred)), centred[:, used]])
    aim = np.concatenate([[1.0], (slack * np.sign(multipliers))[used]])
    inside = ratio > _NOTHING * ratio.max()
    for _ in range(_MOST_STEPS):
        coefficients = _solved(design, base, inside, aim)
        index = design @ coefficients
        again = index > 0
        if (again == inside).all():
            break
        inside = again
    found, solution = np.zeros_like(multipliers), np.maximum(index, 0.0)
    found[used] = -coefficients[1:]
    imbalance = (base * solution) @ centred
    off = np.abs(imbalance - slack * np.sign(multipliers))[used].max(initial=0.0)
    wrong = (slack > 0) & (np.sign(found) != np.sign(multipliers))
    if off > _EXACT or wrong.any() or (np.abs(imbalance) > slack + _EXACT)[~used].any():
        return None
    return LeastVarianceSolution(solution, found)


def _solved(design: Array, base: Array, inside: Booleans, aim: Array) -> Array:
    """Return γ with Σ q (γ′z) z = aim over the units inside; collinear terms share their multiplier."""
    moments = (design[inside] * base[inside, None]).T @ design[inside]
    return np.asarray(np.linalg.lstsq(moments, aim, rcond=1e-12)[0], dtype=np.float64)
