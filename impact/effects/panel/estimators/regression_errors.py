"""CR1, CR2 and CR3 of a regression's coefficient, as R's clubSandwich prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.panel.estimators.regressions import Regression
from impact.effects.variances.weighted_regression import CR1, CR2, CR3

_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class CoefficientError:
    """Standard error of a coefficient and its degrees of freedom."""

    std_error: float
    freedom: float


def coefficient_error(
    regression: Regression, group: Positions | None, variance: CR1 | CR2 | CR3
) -> CoefficientError:
    """Return the error of a regression's last coefficient.

    Parameters
    ----------
    regression : Regression
    group : int array, shape (n,), optional
        Group of each row; each row by itself without it (HC1, HC2, HC3).
    variance : CR1, CR2 or CR3

    Notes
    -----
    V = M Σ_g X_g′ W_g A_g e_g e_g′ A_g W_g X_g M. CR1: A = 1, times G/(G − 1) · (n − 1)/(n − p), t(G − 1). CR2: A_g = B_g^(−1/2) with
    B_g = (I − H)_g (I − H)_g′, unbiased under independent errors of one variance. CR3: A_g = (I − H_gg)⁻¹. For CR2 and CR3 the degrees of
    freedom are Satterthwaite's under that model, as clubSandwich's. Where covariates are centred at means of the treated, these means'
    own variance is added.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181; Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics
    36(4), 672-683, doi:10.1080/07350015.2016.1247004.
    """
    codes = np.arange(len(regression.outcome)) if group is None else np.unique(group, return_inverse=True)[1]
    if isinstance(variance, CR1):
        return _in_sample(regression, codes, by_row=group is None)
    return _corrected(regression, codes, _bias_reduced if isinstance(variance, CR2) else _leave_out)


def _in_sample(regression: Regression, codes: Positions, by_row: bool) -> CoefficientError:
    number, terms = regression.design.shape
    groups = int(codes.max()) + 1
    sums = np.bincount(codes, regression.linearised.influence[:, 0]) / number
    factor = groups / (groups - terms) if by_row else groups / (groups - 1) * (number - 1) / (number - terms)
    freedom = number - terms if by_row else groups - 1
    return CoefficientError(float(np.sqrt(factor * (sums**2).sum())), float(freedom))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Block:
    """One group's rows X and weights w, with M = (X′WX)⁻¹ and Q = X′W²X of the whole."""

    rows: Array
    weight: Array
    inverse: Array
    squares: Array

    @property
    def own_leverage(self) -> Array:
        """H_gg."""
        leverage: Array = self.rows @ self.inverse @ (self.rows * self.weight[:, None]).T
        return leverage


def _bias_reduced(block: _Block) -> Array:
    """Return B_g^(−1/2)."""
    own = block.own_leverage
    both = block.rows @ block.inverse
    left = np.eye(len(own)) - own - own.T + both @ block.squares @ both.T
    values, vectors = np.linalg.eigh(left)
    inverse = np.where(values > _SMALLEST, 1 / np.sqrt(np.maximum(values, _SMALLEST)), 0.0)
    adjustment: Array = (vectors * inverse) @ vectors.T
    return adjustment


def _leave_out(block: _Block) -> Array:
    """Return (I − H_gg)⁻¹."""
    return np.asarray(np.linalg.pinv(np.eye(len(block.rows)) - block.own_leverage), dtype=np.float64)


def _corrected(
    regression: Regression, codes: Positions, adjustment: Callable[[_Block], Array]
) -> CoefficientError:
    inverse = regression.inverse_moments
    squares = (regression.design * regression.weight[:, None] ** 2).T @ regression.design
    residuals = regression.residuals
    sums, own, plain, weighted = [], [], [], []
    order = np.argsort(codes, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        design, weight = regression.design[rows], regression.weight[rows]
        matrix = adjustment(_Block(design, weight, inverse, squares))
        direction = weight * (design @ inverse[:, -1])
        loading = matrix.T @ direction
        sums.append(direction @ matrix @ residuals[rows])
        own.append(loading @ loading)
        plain.append(design.T @ loading)
        weighted.append(design.T @ (weight * loading))
    freedom = _satterthwaite(np.array(own), np.array(plain), np.array(weighted), inverse, squares)
    variance = float(np.square(sums).sum()) + _of_centre(regression, codes)
    return CoefficientError(float(np.sqrt(variance)), freedom)


def _of_centre(regression: Regression, codes: Positions) -> float:
    """Return what estimated centres add to the variance; residuals are independent of them."""
    if regression.centre is None:
        return 0.0
    sums = np.bincount(codes, regression.centre) / len(regression.centre)
    groups = int((np.bincount(codes, regression.centre != 0) > 0).sum())
    return float(groups / (groups - 1) * (sums**2).sum()) if groups > 1 else 0.0


def _satterthwaite(own: Array, plain: Array, weighted: Array, inverse: Array, squares: Array) -> float:
    """Return (Σ P_gg)²/Σ P_gh² of the groups' loadings on independent errors, P_gh = v_g′ (I − H)_g (I − H)_h′ v_h."""
    cross = plain @ inverse @ weighted.T
    products = plain @ (inverse @ squares @ inverse) @ plain.T - cross - cross.T
    products[np.diag_indices_from(products)] += own
    return float(np.trace(products) ** 2 / (products**2).sum())
