"""The mean of an arm of a registry over the focal units, and what any sums of its units contribute to its error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.algebra.symmetric import solve_symmetric
from impact.arrays import Array, Positions
from impact.effects.arm_means.idle_terms import IdleTerms, idle_terms
from impact.effects.arm_means.residuals import GroupedFit, Residuals
from impact.registry.sums.group_grams import GroupGrams, rows_with_grams, standardising


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Way:
    """How an arm's mean is made of outcomes, as ``linearize`` makes it.

    Attributes
    ----------
    number : int
        Outcomes.
    adjusted : bool
        Whether the regression adjusts the estimate, or its variance alone.
    augments : bool
        Whether it leaves residuals for the match weights to average (AIPW).
    normalized : bool
        Whether the weights that average them are scaled to the focal units.
    slopes : bool
        Whether its slopes count as estimated.
    residuals : Residuals
    hessian : float64 array, shape (r, r), or None
        Of the weights' estimating functions; None for matches.
    """

    number: int
    adjusted: bool
    augments: bool
    normalized: bool
    slopes: bool
    residuals: Residuals
    hessian: Array | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitSums:
    """Sums over some units of an arm's columns (Z, Y), standardised, each of shape (m, d); or the units themselves.

    Attributes
    ----------
    focal, share, used : float64 arrays, shape (m, d)
        By the focal weight; by the weight that a unit's outcome has in the arm's mean; by that and what it moves the regression.
    corrected : float64 array, shape (m, q)
        Σ used ẽ, with the residuals of the variance.
    scores : float64 array, shape (m, r)
        Σ of the estimating functions of the weights.
    """

    focal: Array
    share: Array
    used: Array
    corrected: Array
    scores: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmMean:
    """An arm's mean of q outcomes over the focal units, and what its error is made of.

    Attributes
    ----------
    way : Way
    change : float64 array, shape (d, d)
        From (Z, Y) to the standardised columns.
    moments, cross : float64 arrays, shapes (p, p) and (p, q)
        Z′κZ and Z′κY, standardised.
    beta : float64 array, shape (p, q)
    loads : float64 array, shape (p,)
        A unit moves Σ contrast μ̂ by κ Z loads per unit of its outcome.
    factor, size : float
        Share of a unit per K; total weight of the focal units.
    predicted, left, residual : float64 arrays, shape (q,)
        What the terms are taken less of: the mean prediction; what the weights average of the residuals; their corrected sum.
    loading : float64 array, shape (r, q)
        What a unit adds per unit of its estimating functions.
    standard_mean : float64 array, shape (q,)
        The mean, in standardised outcomes.
    """

    way: Way
    change: Array
    moments: Array
    cross: Array
    beta: Array
    loads: Array
    factor: float
    size: float
    predicted: Array
    left: Array
    residual: Array
    loading: Array
    standard_mean: Array

    @property
    def terms(self) -> int:
        """How many terms the regression has, with the constant."""
        return len(self.beta)

    def as_outcome(self, standard: Array) -> Array:
        """Return a mean of standardised outcomes in the outcomes' units."""
        spread = np.diag(self.change)[self.terms :]
        result: Array = standard / spread - self.change[0, self.terms :] / spread
        return result

    @property
    def mean(self) -> Array:
        """The mean in the outcomes' units, shape (q,)."""
        return self.as_outcome(self.standard_mean)

    def centred(self, corrected: Array) -> ArmMean:
        """Return the mean with Σ used ẽ of other groups' residuals, shape (q,)."""
        return replace(self, residual=corrected - (self.left if self.way.augments else 0.0))

    def coefficients(self, grams: Array) -> Array:
        """Return b of each group, with whose sums of cross-products κ (Z, Y)′(Z, Y) its residuals are Y − Z b, shape (m, p, q)."""
        standard = self.change.T @ grams @ self.change
        probes = np.zeros((self.terms, self.terms + self.way.number))
        probes[:, : self.terms] = np.eye(self.terms)
        each = np.stack(
            [
                _corrected(
                    standard,
                    np.tile(probe, (len(grams), 1)),
                    self.moments,
                    self.cross,
                    self.beta,
                    self.way.residuals,
                )
                for probe in probes
            ],
            axis=1,
        )
        return -each

    def psi(self, sums: UnitSums) -> Array:
        """Return what the units contribute to the mean, in the outcomes' units, such that its error is their sum / ``size``."""
        way, terms = self.way, self.terms
        alone = way.hessian is not None and not way.adjusted
        prediction = self.size * sums.share if alone else sums.focal
        psi = prediction[:, :terms] @ self.beta - prediction[:, :1] * self.predicted
        if way.augments:
            psi -= (self.size * sums.share if way.normalized else sums.focal)[:, :1] * self.left
        psi += self.size * (sums.corrected - sums.used[:, :1] * self.residual)
        if way.hessian is not None:
            psi += sums.scores @ self.loading
        result: Array = psi / np.diag(self.change)[terms:]
        return result


def independent_columns(gram: Array, number: int) -> tuple[Array, IdleTerms]:
    """Return what standardises the columns of an arm, zero for the terms that others reproduce in it, and these terms."""
    terms = len(gram) - number
    change = standardising(gram, terms)
    idle = idle_terms((change.T @ gram @ change)[:terms, :terms])
    change[:, [1 + place for place in idle]] = 0.0
    return change, idle


def arm_mean(sums: GroupGrams, place: int, arm: int, way: Way) -> tuple[ArmMean, UnitSums]:
    """Return the mean of an arm, and the sums of each group's treated, then of its controls, that its terms are made of.

    Parameters
    ----------
    sums : GroupGrams
    place, arm : int
        Which of the arms that are compared with the focal units; 0 for the treated, 1 for the controls.
    way : Way

    Notes
    -----
    In a group the residual of every rule is Y − Z b with coefficients of the group's own, so that Σ used ẽ follows from Σ used (Z, Y): it
    is what the rule makes of a row with those values and no weight.
    """
    change, _ = independent_columns(sums.grams[:, place].sum(0), way.number)
    terms = len(change) - way.number
    grams = change.T @ sums.grams[:, place] @ change
    focal, compared = sums.focal @ change, sums.compared[:, place] @ change
    size, whole, total = float(focal[..., 0].sum()), grams.sum(0), compared.sum(0)
    moments, cross = whole[:terms, :terms], whole[:terms, terms:]
    beta = solve_symmetric(moments, cross)
    scaled = way.normalized or way.hessian is None
    factor = 1 / float(total[0]) if scaled else 1 / size
    loads = np.zeros(terms)
    if way.slopes:
        contrast = focal.sum((0, 1))[:terms] / size - factor * total[:terms]
        loads = solve_symmetric(moments, contrast[:, None])[:, 0]
    share = factor * compared
    used = share + np.einsum("gij,i->gj", grams[:, :terms], loads)
    spare = factor * (sums.spare[:, place] @ change) if sums.spare.shape[-1] else np.zeros_like(share)
    corrected = _corrected(grams, used - spare, moments, cross, beta, way.residuals)
    corrected = corrected + spare[:, terms:] - spare[:, :terms] @ beta
    left = factor * (total[terms:] - total[:terms] @ beta)
    alone = way.hessian is not None and not way.adjusted
    predicted = (size * share.sum(0) if alone else focal.sum((0, 1)))[:terms] @ beta / size
    mean = predicted + left if way.adjusted else factor * total[terms:]
    made = ArmMean(
        way=way,
        change=change,
        moments=moments,
        cross=cross,
        beta=beta,
        loads=loads,
        factor=factor,
        size=size,
        predicted=predicted,
        left=left,
        residual=corrected.sum(0) - (left if way.augments else 0.0),
        loading=_loading(sums, place, way, change, beta, mean, left, factor, size, loads),
        standard_mean=mean,
    )
    by_arm = [np.zeros((len(grams), 2, values.shape[1])) for values in (share, used, corrected)]
    for whole_arm, values in zip(by_arm, (share, used, corrected), strict=True):
        whole_arm[:, arm] = values
    flat = [values.reshape(2 * len(grams), values.shape[-1]) for values in (focal, *by_arm, sums.scores)]
    return made, UnitSums(*flat)


def _corrected(
    grams: Array, used: Array, moments: Array, cross: Array, beta: Array, rule: Residuals
) -> Array:
    """Return Σ used ẽ of each group, shape (m, q)."""
    terms = len(beta)
    rows, codes = rows_with_grams(grams)
    every = np.concatenate([rows, used])
    weight = np.concatenate([np.ones(len(rows)), np.zeros(len(used))])
    whose: Positions = np.concatenate([codes, np.arange(len(used))])
    design, outcomes = every[:, :terms], every[:, terms:]
    fit = GroupedFit(design, weight, outcomes, outcomes - design @ beta, whose, moments, cross)
    return rule.of(fit)[len(rows) :]


def _loading(
    sums: GroupGrams,
    place: int,
    way: Way,
    change: Array,
    beta: Array,
    mean: Array,
    left: Array,
    factor: float,
    size: float,
    loads: Array,
) -> Array:
    """Return H⁻¹ Σ (∂ log K/∂γ)′ c, with c what the weight of each unit contributes to the mean's error."""
    if way.hessian is None:
        return np.empty((0, way.number))
    terms = len(beta)
    moved = factor * (sums.moved[place] @ change)
    residual = moved[:, terms:] - moved[:, :terms] @ beta
    apart = residual
    if not way.adjusted:
        apart = moved[:, terms:] - moved[:, :1] * mean
    elif way.augments and way.normalized:
        apart = residual - moved[:, :1] * left
    if way.slopes and len(sums.turned[place]):
        turned = np.einsum("prd,pj,j->rd", sums.turned[place], change[:terms, :terms], loads) @ change
        apart = apart + turned[:, terms:] - turned[:, :terms] @ beta
    # collinear parameters share their estimate; the fitted weights, and so this product, do not depend on how
    found = np.linalg.lstsq(way.hessian, size * apart, rcond=1e-12)[0]
    return np.asarray(found, dtype=np.float64)
