"""Estimates and standard errors by formula, in numpy alone: what every family × estimand × weights × adjustment is held against.

Nothing here comes from the package but who was matched to whom. Notation: s sampling weights, F the focal units that stay,
w_lj the share of unit j in the matched set of l, C_j = Σ_l s_l w_lj what j collects as a match, a = s 1{F} + C within an arm.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Comparison:
    """Who is compared with whom."""

    treated: np.ndarray
    survey: np.ndarray
    focal: np.ndarray  # F
    collected: np.ndarray  # C
    share: np.ndarray | None = None  # w, shape (n, n), row l its matched set
    stage: object = None  # (scores, information, derivative of the log weight)
    strata: np.ndarray | None = None
    pooled: bool = False

    def arm(self, arm):
        """Weights a of an arm's mean, and those of its regression."""
        own = np.where(self.focal & arm, self.survey, 0.0)
        return own + np.where(arm, self.collected, 0.0), np.where(arm, self.collected, 0.0)


def from_pairs(treated, survey, focal, match, weight, pooled):
    share = np.zeros((len(treated), len(treated)))
    share[focal, match] = weight
    return from_shares(treated, survey, share, pooled)


def from_shares(treated, survey, share, pooled):
    matched = share.sum(1) > 0
    return Comparison(treated, survey, matched, survey[matched] @ share[matched], share, pooled=pooled)


def from_sets(treated, survey, sets, estimand, strata=False):
    """Within a set, the units of an arm share what the focal units of the other have, by their sampling weights."""
    collected, focal = np.zeros(len(treated)), np.zeros(len(treated), dtype=bool)
    asked = {"ATT": treated, "ATC": ~treated, "ATE": np.ones(len(treated), dtype=bool)}[estimand]
    for number in np.unique(sets[sets >= 0]):
        inside = sets == number
        if not (treated[inside].any() and (~treated)[inside].any()):
            continue
        focal |= inside & asked
        for arm in (treated, ~treated):
            others = survey[inside & ~arm & asked].sum()
            here = inside & arm
            collected[here] += others * survey[here] / survey[here].sum()
    return Comparison(
        treated, survey, focal, collected, strata=sets if strata else None, pooled=estimand == "ATE"
    )


@dataclass
class Fit:
    """A weighted regression at its estimate: least squares of ``working`` on ``design`` with ``weight``."""

    fitted: np.ndarray
    slopes: np.ndarray  # ∂μ(X_i)/∂β
    design: np.ndarray
    weight: np.ndarray
    working: np.ndarray
    residual: np.ndarray
    inside: np.ndarray


def least_squares(y, terms, weight):
    design = np.column_stack([np.ones(len(y)), terms])
    inside = weight > 0
    root = np.sqrt(weight[inside])
    beta = np.linalg.lstsq(design[inside] * root[:, None], y[inside] * root, rcond=None)[0]
    fitted = design @ beta
    return Fit(fitted, design, design[inside], weight[inside], y[inside], (y - fitted)[inside], inside)


def log_link(y, terms, weight):
    design = np.column_stack([np.ones(len(y)), terms])
    inside = weight > 0
    z, k, out = design[inside], weight[inside], y[inside]
    beta = np.zeros(z.shape[1])
    beta[0] = np.log(k @ out / k.sum())
    for _ in range(60):
        mean = np.exp(z @ beta)
        beta = beta + np.linalg.solve((z * (k * mean)[:, None]).T @ z, z.T @ (k * (out - mean)))
    mean = np.exp(design @ beta)
    local = mean[:, None] * design
    residual = out - mean[inside]
    return Fit(
        mean, local, local[inside], k / mean[inside], residual + local[inside] @ beta, residual, inside
    )


def left_out(fit, groups):
    """Residuals of each group from the regression without it."""
    result = np.empty(len(fit.residual))
    for group in np.unique(groups):
        own = groups == group
        root = np.sqrt(fit.weight[~own])
        beta = np.linalg.lstsq(fit.design[~own] * root[:, None], fit.working[~own] * root, rcond=None)[0]
        result[own] = fit.working[own] - fit.design[own] @ beta
    return result


def bias_reduced(fit, groups):
    """Residuals times (I − H_gg)^(−1/2), in the metric of the weights."""
    root = np.sqrt(fit.weight)
    scaled = fit.design * root[:, None]
    hat = scaled @ np.linalg.pinv(scaled.T @ scaled) @ scaled.T
    result = np.empty(len(root))
    for group in np.unique(groups):
        own = np.flatnonzero(groups == group)
        values, vectors = np.linalg.eigh(np.eye(len(own)) - hat[np.ix_(own, own)])
        half = vectors @ np.diag(values**-0.5) @ vectors.T
        result[own] = half @ (root[own] * fit.residual[own]) / root[own]
    return result


def within_strata(y, weight, strata, groups, rule):
    """Each stratum's mean and its residuals."""
    fitted, residual = np.zeros(len(y)), np.zeros(len(y))
    for number in np.unique(strata[strata >= 0]):
        inside = (strata == number) & (weight > 0)
        if not inside.any():
            continue
        fit = least_squares(y[inside], np.empty((inside.sum(), 0)), weight[inside])
        fitted[strata == number] = fit.fitted[0]
        residual[inside] = rule(fit, groups[inside])
    return fitted, residual


def arm_mean(comparison, y, arm, terms, model, adjusted, groups, rule, slopes):
    """The mean of an arm over the focal units, and each unit's ψ."""
    focal = np.where(comparison.focal, comparison.survey, 0.0)
    size = focal.sum()
    if not (comparison.focal & ~arm).any():
        mean = focal @ y / size
        return mean, focal * (y - mean)
    a, as_match = comparison.arm(arm)
    solved = comparison.stage is not None
    if comparison.strata is not None and not adjusted:
        fitted, residual = within_strata(y, as_match, comparison.strata, groups, rule)
        in_sample = None
    else:
        fit = model(y, terms, as_match)
        fitted, residual, in_sample = fit.fitted, np.zeros(len(y)), np.zeros(len(y))
        residual[fit.inside] = rule(fit, groups[fit.inside])
        in_sample[fit.inside] = fit.residual
    spare = (a > 0) & (as_match == 0)
    residual[spare] = (y - fitted)[spare]
    used = a / a.sum()
    mean = focal @ fitted / size + used @ (y - fitted) if adjusted else used @ y
    if slopes:
        moments = (fit.design * fit.weight[:, None]).T @ fit.design
        pull = np.linalg.solve(moments, (focal / size - used) @ fit.slopes)
        used = used.copy()
        used[fit.inside] += fit.weight * (fit.design @ pull)
    predicted = a * size / a.sum() if solved and not adjusted else focal
    psi = predicted * (fitted - predicted @ fitted / size) + size * used * (residual - used @ residual)
    if solved:
        scores, information, derivative = comparison.stage
        apart = in_sample if adjusted else np.where(arm, y - mean, 0.0)
        psi = psi + scores @ np.linalg.lstsq(information, derivative.T @ (size * used * apart), rcond=None)[0]
    return mean, psi


def summed(psi, codes, arms):
    total = 0.0
    for arm in arms:
        present = np.unique(codes[arm])
        sums = np.array([psi[arm & (codes == code)].sum() for code in present])
        total += len(present) / (len(present) - 1) * (sums**2).sum()
    return total


def linearised(comparison, y, terms, model, adjusted, groups, rule, slopes, sets=None):
    """The estimate and its standard error by group; with matched sets by group + by set − by both."""
    codes = np.arange(len(y)) if groups is None else groups
    treated = comparison.treated
    means = [
        arm_mean(comparison, y, arm, terms, model, adjusted, codes, rule, slopes and adjusted)
        for arm in (treated, ~treated)
    ]
    psi = means[0][1] - means[1][1]
    carried = comparison.focal | (comparison.collected > 0) | (np.abs(psi) > 0)
    arms = [carried] if comparison.pooled else [carried & treated, carried & ~treated]
    variance = summed(psi, codes, arms)
    if sets is not None:
        both = np.unique(np.column_stack([codes, sets]), axis=0, return_inverse=True)[1].ravel()
        inside = carried & (sets >= 0)
        by_set = summed(psi, sets, [inside])
        apart = [inside] if comparison.pooled else [inside & treated, inside & ~treated]
        two = variance + by_set - summed(psi, both, apart)
        variance = two if two > 0 else max(variance, by_set)
    size = comparison.survey[comparison.focal].sum()
    return means[0][0] - means[1][0], np.sqrt(variance) / size


def matching(comparison, y, terms, model, adjusted, distance, neighbours=2):
    """Abadie and Imbens's estimate and population standard error, unit effects one by one."""
    treated, survey, share = comparison.treated, comparison.survey, comparison.share
    fitted = np.zeros((2, len(y)))
    if adjusted:
        for arm in (0, 1):
            weight = np.where(treated == arm, comparison.collected, 0.0)
            if weight.any():
                fitted[arm] = model(y, terms, weight).fitted
    effects = np.zeros(len(y))
    for unit in np.flatnonzero(comparison.focal):
        other = fitted[0 if treated[unit] else 1]
        imputed = share[unit] @ (y + other[unit] - other)
        effects[unit] = (y[unit] - imputed) * (1 if treated[unit] else -1)
    own = np.where(comparison.focal, survey, 0.0)
    estimate = own @ effects / own.sum()
    sigma = np.zeros(len(y))
    for unit in range(len(y)):
        alike = np.flatnonzero((treated == treated[unit]) & (np.arange(len(y)) != unit))
        near = alike[np.argsort(distance[unit, alike])[:neighbours]]
        sigma[unit] = neighbours / (neighbours + 1) * (y[unit] - y[near].mean()) ** 2
    squares = (own**2) @ share**2
    reuse = comparison.collected**2 - squares + (2 * own * comparison.collected if comparison.pooled else 0)
    variance = (own**2 @ (effects - estimate) ** 2 + reuse @ sigma) / own.sum() ** 2
    return estimate, np.sqrt(variance)
