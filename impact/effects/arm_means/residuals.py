"""Residuals for a variance by group, which the group's own outcomes may or may not have fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from impact.algebra.symmetric import inverse_root, solve_symmetric
from impact.arrays import Array, Positions, parts_of
from impact.language import Text

_SINGULAR = 1e-10
_ALONE = 1e-3
_WELL_APART = 1e-6
"""Smallest eigenvalue of moments, as a share of the largest, far above what counts as singular."""
_HALF = 0.5
"""Share of what is known of a direction that a group may have for its others to determine it well."""


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
        root, result = inverse_root(self.moments).T, np.empty(len(self.weight))
        for part in parts_of(len(result)):
            known = root @ self.design[part].T
            np.einsum("ri,ri->i", known, known, out=result[part])
        result *= self.weight
        return result

    def settled_by_others(self) -> NDArray[np.bool_]:
        """Return the groups whose others determine every coefficient beyond doubt, shape (G,).

        With t = Σ_{i∈g} h_i, at least any eigenvalue of H_gg, the others' moments are at least 1 − t times everybody's.
        """
        values = np.linalg.eigvalsh(self.moments)
        if not values[0] > _WELL_APART * values[-1]:
            return np.zeros(int(self.codes.max()) + 1, dtype=np.bool_)
        return np.asarray(np.bincount(self.codes, self.leverage()) < _HALF)

    def others_level(self) -> tuple[Array, Array, Array]:
        """Return Z′KZ and Z′KY of every group's others, and the coefficient of the first term alone on them: their average.

        Shapes (G, p, p), (G, p, q) and (G, q); a group whose others have no weight to speak of has everybody's.
        """
        own_moments, own_cross = self.group_moments()
        moments, cross = self.moments - own_moments, self.cross - own_cross
        weight = moments[:, 0, 0]
        known = weight > _SINGULAR * self.moments[0, 0]
        everybody = self.cross[0] / self.moments[0, 0] if self.moments[0, 0] > 0 else np.zeros(cross.shape[2])
        level = np.where(known[:, None], cross[:, 0] / np.where(known, weight, 1.0)[:, None], everybody)
        return moments, cross, level

    def group_moments(self) -> tuple[Array, Array]:
        """Return Z_g′K_gZ_g and Z_g′K_gY_g of every group, shapes (G, p, p) and (G, p, q)."""
        order = np.argsort(self.codes, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self.codes[order]) > 0]))
        design, outcomes = self.design[order], self.outcomes[order]
        weighted = design * self.weight[order, None]
        if len(design) > design.shape[1] * len(
            starts
        ):  # groups of more units than terms: one product for each is quicker
            ends = [*starts[1:].tolist(), len(design)]
            places = [slice(start, end) for start, end in zip(starts.tolist(), ends, strict=True)]
            return (
                np.stack([weighted[place].T @ design[place] for place in places]),
                np.stack([weighted[place].T @ outcomes[place] for place in places]),
            )
        moments = [np.add.reduceat(weighted * column[:, None], starts, axis=0) for column in design.T]
        cross = [np.add.reduceat(weighted * column[:, None], starts, axis=0) for column in outcomes.T]
        return np.stack(moments, axis=2), np.stack(cross, axis=2)


@runtime_checkable
class Residuals(Protocol):
    """A rule for the residuals that a variance sums by group."""

    @property
    def label(self) -> Text:
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
    standard errors err on the side of caution. Where the other groups do not determine a coefficient, they
    predict their average there: the minimum-norm solution for deviations from it.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> im.estimate(matched, variance=im.ClusterRobust(im.LeaveOwnGroupOut())).one("income").variance
    'linearised by group, leave-own-group-out, t'
    """

    @property
    def label(self) -> Text:
        """Name in the ``variance`` column."""
        return Text("leave-own-group-out", "con residuos sin el propio grupo")

    def of(self, fit: GroupedFit) -> Array:
        """Return Y_g − Z_g β̂_(−g)."""
        if fit.codes.max() + 1 == len(fit.codes):  # each unit by itself: e / (1 − h) without a solve for each
            leverage = fit.leverage()
            if leverage.max() < 1 - _SINGULAR:
                return fit.residuals / (1 - leverage)[:, None]
        moments, cross, level = fit.others_level()
        apart = cross - moments[:, :, :1] * level[:, None]
        coefficients = np.empty_like(apart)
        settled = fit.settled_by_others()
        coefficients[settled] = np.linalg.solve(moments[settled], apart[settled])
        coefficients[~settled] = solve_symmetric(moments[~settled], apart[~settled])
        coefficients[:, 0] += level
        predicted: Array = np.einsum("ip,ipk->ik", fit.design, coefficients[fit.codes])
        return fit.outcomes - predicted


@dataclass(frozen=True, slots=True)
class BiasReduced:
    """Residuals scaled by (I − H_gg)^(−1/2): unbiased where errors have variance 1/K (CR2).

    Notes
    -----
    With A = K_g^½ Z_g (Z′KZ)^(−½) and A′A = UΛU′, K_g^½ e_g is multiplied by
    (I − AA′)^(−½) = I + A U diag{((1 − λ)^(−½) − 1)/λ} U′A′. A direction that the group all but determines alone
    (1 − λ < .001) has been fitted to its own outcomes, and no scaling brings back what is gone: there the residual
    is the outcome less the average of the other groups, where the Moore–Penrose inverse would take it for zero.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181; Pustejovsky & Tipton (2018), Journal of
    Business & Economic Statistics 36(4), 672-683, doi:10.1080/07350015.2016.1247004.

    Examples
    --------
    >>> import impact as im
    >>> im.ClusterRobust(im.BiasReduced(), estimated_slopes=True)  # the default by group
    ClusterRobust(residuals=BiasReduced(), estimated_slopes=True, estimated_score=False)
    """

    @property
    def label(self) -> Text:
        """Name in the ``variance`` column."""
        return Text("bias-reduced (CR2)", "con residuos de sesgo reducido (CR2)")

    def of(self, fit: GroupedFit) -> Array:
        """Return the scaled residuals."""
        directions = _directions(fit)
        scaled = fit.residuals + directions.along(directions.scale, fit.residuals)
        if not directions.alone.any():
            return scaled
        _, _, level = fit.others_level()
        fitted = fit.outcomes - fit.residuals - fit.design[:, :1] * level[fit.codes]
        share = np.where(directions.alone, 1 / np.where(directions.alone, directions.share, 1.0), 0.0)
        return scaled + directions.along(share, fitted)


def scaled_residuals(fit: GroupedFit) -> Array:
    """Return the residuals as ``BiasReduced`` scales them, linear in them: nothing is put in the place of what a group fitted alone."""
    directions = _directions(fit)
    return fit.residuals + directions.along(directions.scale, fit.residuals)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Directions:
    """What each group knows of the fit: the eigenvectors of A′A in its units, and the eigenvalues.

    Attributes
    ----------
    basis : float64 array, shape (m, r)
        K_g^(−½) A U of the unit's group.
    weight : float64 array, shape (m,)
    codes : int array, shape (m,)
    share : float64 array, shape (G, r)
        λ: the group's share in what is known of the direction.
    """

    basis: Array
    weight: Array
    codes: Positions
    share: Array

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Directions that the group all but determines alone, shape (G, r)."""
        return np.asarray(self.share > 1 - _ALONE)

    @property
    def scale(self) -> Array:
        """((1 − λ)^(−½) − 1)/λ, zero where the group knows nothing or all; shape (G, r)."""
        inside = (self.share > _SINGULAR) & ~self.alone
        safe = np.where(inside, self.share, 0.5)
        return np.where(inside, ((1 - safe) ** -0.5 - 1) / safe, 0.0)

    def along(self, factor: Array, values: Array) -> Array:
        """Return Σ over directions of factor × the values' part along it, group by group, shape (m, q)."""
        number, weighted = len(self.share), self.basis * self.weight[:, None]
        parts = [
            np.stack([np.bincount(self.codes, part * value, minlength=number) for part in weighted.T], axis=1)
            if weighted.shape[1]
            else np.empty((number, 0))
            for value in values.T
        ]
        projected = np.stack(parts, axis=2)
        result: Array = np.einsum("ip,ipk->ik", self.basis, (factor[:, :, None] * projected)[self.codes])
        return result


def _directions(fit: GroupedFit) -> _Directions:
    root = inverse_root(fit.moments)
    own_moments, _ = fit.group_moments()
    share, axes = np.linalg.eigh(root.T @ own_moments @ root)
    basis = np.einsum("ip,ipk->ik", fit.design @ root, axes[fit.codes])
    return _Directions(basis, fit.weight, fit.codes, share)


@dataclass(frozen=True, slots=True)
class InSample:
    """Plain residuals (CR1): too small where few groups carry the weight. For comparison with others.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> table = [im.estimate(matched, variance=im.ClusterRobust(kind)).one() for kind in (im.InSample(), im.LeaveOwnGroupOut())]
    >>> table[0].std_error < table[1].std_error  # smaller than the jackknife's
    True
    >>> table[0].variance
    'linearised by group, in-sample residuals (CR1), t'
    """

    @property
    def label(self) -> Text:
        """Name in the ``variance`` column."""
        return Text("in-sample residuals (CR1)", "con residuos de la propia muestra (CR1)")

    def of(self, fit: GroupedFit) -> Array:
        """Return Y − Zβ̂."""
        return fit.residuals
