"""Residuals for a variance by group, which the group's own outcomes may or may not have fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupedFit:
    """A weighted least-squares fit of m units in G groups, p terms, q outcomes.

    Attributes
    ----------
    design : float64 array, shape (m, p)
        Terms with the constant.
    weight : float64 array, shape (m,)
        Above zero.
    outcomes, residuals : float64 arrays, shape (m, q)
        Y and Y − Zβ̂.
    codes : int array, shape (m,)
        Group of each unit, 0 to G − 1.
    moments, cross : float64 arrays, shape (p, p) and (p, q)
        Z′KZ and Z′KY.
    """

    design: Array
    weight: Array
    outcomes: Array
    residuals: Array
    codes: Positions
    moments: Array
    cross: Array

    def leverage(self) -> Array:
        """Return h_i = K_i Z_i (Z′KZ)⁻¹ Z_i′, shape (m,)."""
        solved = solve_symmetric(self.moments, self.design.T)
        result: Array = self.weight * np.einsum("ip,pi->i", self.design, solved)
        return result

    def group_moments(self) -> tuple[Array, Array]:
        """Return Z_g′K_gZ_g and Z_g′K_gY_g of every group, shapes (G, p, p) and (G, p, q)."""
        order = np.argsort(self.codes, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self.codes[order]) > 0]))
        design, outcomes = self.design[order], self.outcomes[order]
        weighted = design * self.weight[order, None]
        moments = [np.add.reduceat(weighted * column[:, None], starts, axis=0) for column in design.T]
        cross = [np.add.reduceat(weighted * column[:, None], starts, axis=0) for column in outcomes.T]
        return np.stack(moments, axis=2), np.stack(cross, axis=2)


@runtime_checkable
class Residuals(Protocol):
    """A rule for the residuals that a variance sums by group."""

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        ...

    def of(self, fit: GroupedFit) -> Array:
        """Return the residuals, shape (m, q)."""
        ...


@dataclass(frozen=True, slots=True)
class LeaveOwnGroupOut:
    """Residuals of each group from the regression without it: the jackknife's (CR3).

    Notes
    -----
    Y_g − Z_g β̂_(−g) = (I − H_gg)⁻¹ e_g with H_gg = Z_g (Z′KZ)⁻¹ Z_g′K_g. Slightly too large on average:
    standard errors err on the side of caution. Where the other groups do not determine a coefficient,
    their minimum-norm solution is taken, that is, the average.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.
    """

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        return "leave-own-group-out"

    def of(self, fit: GroupedFit) -> Array:
        """Return Y_g − Z_g β̂_(−g)."""
        if fit.codes.max() + 1 == len(fit.codes):  # each unit by itself: e / (1 − h) without a solve for each
            leverage = fit.leverage()
            if leverage.max() < 1 - _SINGULAR:
                return fit.residuals / (1 - leverage)[:, None]
        own_moments, own_cross = fit.group_moments()
        coefficients = solve_symmetric(fit.moments - own_moments, fit.cross - own_cross)
        predicted: Array = np.einsum("ip,ipk->ik", fit.design, coefficients[fit.codes])
        return fit.outcomes - predicted


@dataclass(frozen=True, slots=True)
class BiasReduced:
    """Residuals scaled by (I − H_gg)^(−1/2): unbiased where errors have variance 1/K (CR2).

    Notes
    -----
    With A = K_g^½ Z_g (Z′KZ)^(−½) and A′A = UΛU′, K_g^½ e_g is multiplied by
    (I − AA′)^(−½) = I + A U diag{((1 − λ)^(−½) − 1)/λ} U′A′. A group that alone determines a coefficient (λ = 1) has
    fitted it to its own outcomes, and no scaling brings back what is gone: it gets the residuals of
    ``LeaveOwnGroupOut``, where the Moore–Penrose inverse would take them for zero.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181; Pustejovsky & Tipton (2018), Journal of
    Business & Economic Statistics 36(4), 672-683, doi:10.1080/07350015.2016.1247004.
    """

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        return "bias-reduced (CR2)"

    def of(self, fit: GroupedFit) -> Array:
        """Return the scaled residuals."""
        values, vectors = np.linalg.eigh(fit.moments)
        keep = values > _SINGULAR * values[-1]
        root = vectors[:, keep] / np.sqrt(values[keep])
        own_moments, _ = fit.group_moments()
        share, axes = np.linalg.eigh(root.T @ own_moments @ root)
        inside = (share > _SINGULAR) & (share < 1 - _SINGULAR)
        safe = np.where(inside, share, 0.5)
        factor = np.where(inside, ((1 - safe) ** -0.5 - 1) / safe, 0.0)
        basis = np.einsum("ip,ipk->ik", fit.design @ root, axes[fit.codes])
        weighted = basis * fit.weight[:, None]
        number = len(share)
        projected = np.stack(
            [
                np.stack(
                    [np.bincount(fit.codes, part * residual, minlength=number) for part in weighted.T], axis=1
                )
                for residual in fit.residuals.T
            ],
            axis=2,
        )
        added = np.einsum("ip,ipk->ik", basis, (factor[:, :, None] * projected)[fit.codes])
        scaled: Array = fit.residuals + added
        alone = np.any(share >= 1 - _SINGULAR, axis=1)[fit.codes]
        if alone.any():
            scaled[alone] = LeaveOwnGroupOut().of(fit)[alone]
        return scaled


@dataclass(frozen=True, slots=True)
class InSample:
    """Plain residuals (CR1): too small where few groups carry the weight. For comparison with others."""

    @property
    def label(self) -> str:
        """Name in the ``variance`` column."""
        return "in-sample residuals (CR1)"

    def of(self, fit: GroupedFit) -> Array:
        """Return Y − Zβ̂."""
        return fit.residuals


def solve_symmetric(moments: Array, cross: Array) -> Array:
    """Solve symmetric systems, (…, p, p) and (…, p, q), by the generalised inverse where singular."""
    values, vectors = np.linalg.eigh(moments)
    keep = values > _SINGULAR * np.maximum(values[..., -1:], 1e-300)
    inverse = np.where(keep, 1 / np.where(keep, values, 1.0), 0.0)
    rotated = np.swapaxes(vectors, -1, -2) @ cross
    result: Array = vectors @ (inverse[..., None] * rotated)
    return result
