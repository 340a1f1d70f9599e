"""How the untreated outcome depends on an adjustment's terms: a straight line, or its exponential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact import checks
from impact.algebra.symmetric import solve_symmetric
from impact.arrays import Array, Positions
from impact.effects.arm_means.regression import (
    ArmRegression,
    LocalFit,
    arm_regression,
    independent_terms,
    used_units,
)
from impact.effects.arm_means.residuals import GroupedFit, LeaveOwnGroupOut, Residuals
from impact.errors import EstimationError
from impact.language import Text

_MOST_STEPS = 50
_CONVERGED = 1e-10
_LARGEST_INDEX = 300.0  # the square of its exponential is still a number


class MeanModel(Protocol):
    """A regression of outcomes on terms over the units with weight, which predicts every unit."""

    def check(self, outcomes: Array, names: Sequence[str]) -> None:
        """Raise an EstimationError for an outcome that the model is not made for."""
        ...

    def regression(
        self,
        outcomes: Array,
        terms: Array,
        weights: Array,
        groups: Positions | None,
        rule: Residuals | None = None,
    ) -> ArmRegression:
        """Return μ̂(X) of q outcomes; arguments as for ``arm_regression``."""
        ...


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """μ(X) = Zβ."""

    def check(self, outcomes: Array, names: Sequence[str]) -> None:
        """Accept every outcome."""

    def regression(
        self,
        outcomes: Array,
        terms: Array,
        weights: Array,
        groups: Positions | None,
        rule: Residuals | None = None,
    ) -> ArmRegression:
        """Return μ̂(X) by weighted least squares."""
        return arm_regression(outcomes, terms, weights, groups, rule)


@dataclass(frozen=True, slots=True)
class LogLink:
    """μ(X) = exp(Zβ), by weighted Poisson quasi-likelihood: consistent for any outcome with that mean, zeros included.

    Notes
    -----
    Σ K Z (Y − exp(Zβ̂)) = 0; a category that holds only zeros is predicted as zero. Residuals left
    out by group come from the model's local line at β̂ (terms μ̂Z, weights K/μ̂), as is usual for generalised linear models.

    References
    ----------
    Gourieroux, Monfort & Trognon (1984), Econometrica 52(3), 701-720, doi:10.2307/1913472; Santos Silva & Tenreyro (2006), Review
    of Economics and Statistics 88(4), 641-658, doi:10.1162/rest.88.4.641.
    """

    def check(self, outcomes: Array, names: Sequence[str]) -> None:
        """Refuse negative values."""
        for name, column in zip(names, outcomes.T, strict=True):
            negative = int((column < 0).sum())
            if negative:
                raise EstimationError(
                    Text(
                        (
                            "A log link needs outcomes of at least 0; '{name}' is negative in {rows} (smallest {column:g}). Use "
                            "im.LinearAdjustment(squares=True), or an outcome without losses."
                        ),
                        (
                            "Un enlace logarítmico necesita resultados de al menos 0; '{name}' es negativo en {rows} (mínimo "
                            "{column:g}). Use LinearAdjustment con squares = true, o un resultado sin pérdidas."
                        ),
                        name=name,
                        rows=checks.counted(negative, "row"),
                        column=column.min(),
                    )
                )

    def regression(
        self,
        outcomes: Array,
        terms: Array,
        weights: Array,
        groups: Positions | None,
        rule: Residuals | None = None,
    ) -> ArmRegression:
        """Return μ̂(X) outcome by outcome."""
        design, idle = independent_terms(terms, weights)
        used, codes = used_units(weights, groups)
        rule = rule or LeaveOwnGroupOut()
        inside, observed, weight = design[used], outcomes[used], weights[used]
        fitted, left_out, fits = np.empty_like(outcomes), np.zeros_like(observed), []
        for k, outcome in enumerate(observed.T):
            coefficients = _poisson(inside, outcome, weight)
            mean = _mean(design, coefficients)
            fit = _local_fit(inside, outcome, weight, mean[used], coefficients, codes)
            fitted[:, k] = mean
            if coefficients is not None:
                left_out[:, k] = rule.of(fit)[:, 0]
            slopes = design * mean[:, None]
            fits.append(LocalFit(fit, slopes.T.__matmul__))
        return ArmRegression(fitted, observed - fitted[used], left_out, weights, used, tuple(fits), idle)


def _mean(design: Array, coefficients: Array | None) -> Array:
    """Return exp(Zβ), kept within what a double can hold and be divided by: a unit so far away may carry no weight."""
    if coefficients is None:
        return np.zeros(len(design))
    result: Array = np.exp(np.clip(design @ coefficients, -_LARGEST_INDEX, _LARGEST_INDEX))
    return result


def _local_fit(
    design: Array, outcome: Array, weight: Array, mean: Array, coefficients: Array | None, codes: Positions
) -> GroupedFit:
    """Return the least-squares fit that the model is at its estimate: of its working outcome on μZ with weights K/μ."""
    if coefficients is None:  # an outcome that is zero throughout has no slope and no residual
        nothing = np.zeros_like(design)
        zeros = np.zeros((design.shape[1], design.shape[1]))
        return GroupedFit(nothing, weight, outcome[:, None], outcome[:, None], codes, zeros, zeros[:, :1])
    local = design * mean[:, None]
    moments = (design * (weight * mean)[:, None]).T @ design
    residual = (outcome - mean)[:, None]
    working = residual + (local @ coefficients)[:, None]
    return GroupedFit(
        local, weight / mean, working, residual, codes, moments, (moments @ coefficients)[:, None]
    )


def _poisson(design: Array, outcome: Array, weight: Array) -> Array | None:
    """Return β̂ by Newton's method with step halving; None for an outcome that is zero throughout."""
    share = weight / weight.sum()
    level = float(share @ outcome)
    if level <= 0:
        return None
    scaled = outcome / level
    coefficients = np.zeros(design.shape[1])
    objective = _quasi_likelihood(design @ coefficients, scaled, share)
    for _ in range(_MOST_STEPS):
        mean = np.exp(design @ coefficients)
        moments = (design * (share * mean)[:, None]).T @ design
        step = solve_symmetric(moments, (design.T @ (share * (scaled - mean)))[:, None])[:, 0]
        for _ in range(30):
            moved = _quasi_likelihood(design @ (coefficients + step), scaled, share)
            if moved >= objective - 1e-12 * (1 + abs(objective)):
                break
            step = step / 2
        coefficients, objective = coefficients + step, moved
        if np.abs(step).max() < _CONVERGED:
            coefficients[0] += np.log(level)
            return coefficients
    raise EstimationError(
        Text(
            (
                "The log-link adjustment does not converge in {most_steps} steps. Leave covariates out of it "
                "(covariates=), or use im.LinearAdjustment()."
            ),
            (
                "El ajuste con enlace logarítmico no converge en {most_steps} pasos. Quite covariables de él "
                "(covariates), o use LinearAdjustment."
            ),
            most_steps=_MOST_STEPS,
        )
    )


def _quasi_likelihood(index: Array, outcome: Array, share: Array) -> float:
    with np.errstate(over="ignore"):
        return float(share @ (outcome * index - np.exp(index)))
