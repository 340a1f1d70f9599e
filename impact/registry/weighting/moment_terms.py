"""The terms whose means weights are to balance, with what they are standardised by taken over all of a registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.units import weights_both_arms
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.moments import CrossProducts, of_all_parts
from impact.registry.reading.runs import Piece
from impact.registry.sample import RegistrySample
from impact.registry.weighting.reading import RowsReader


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MomentTerms:
    """Covariates, and powers of those that take more than two values, standardised.

    Attributes
    ----------
    location, scale : float64 arrays, shape (p,)
        Of the covariates.
    powers : tuple of (int, int)
        Covariate and exponent of each further term.
    power_location, power_scale : float64 arrays, shape (number of powers,)
    names : tuple of str
        Covariate of each term; powers are marked.
    """

    location: Array
    scale: Array
    powers: tuple[tuple[int, int], ...]
    power_location: Array
    power_scale: Array
    names: tuple[str, ...]

    def of(self, matrix: Array) -> Array:
        """Return the terms of rows, shape (n, k)."""
        first = (matrix - self.location) / self.scale
        if not self.powers:
            return first
        raised = np.column_stack([first[:, k] ** power for k, power in self.powers])
        return np.hstack([first, (raised - self.power_location) / self.power_scale])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FocalMeans:
    """Terms, and the means of them that are to be met.

    Attributes
    ----------
    terms : MomentTerms
    target : float64 array, shape (k,)
    size : float
        Sampling weight of the focal units.
    spread : float64 array, shape (k,)
        SD of each term that differences are divided by: of the focal units; where both arms are weighted, the root mean variance.
    """

    terms: MomentTerms
    target: Array
    size: float
    spread: Array


def focal_means(sample: RegistrySample, highest: int, estimand: str) -> FocalMeans:
    """Return the terms and the focal units' means of them: a pass over the runs, and another where powers are asked for."""
    names = sample.names[1:]
    plain = MomentTerms(np.zeros(len(names)), np.ones(len(names)), (), np.empty(0), np.empty(0), names)
    arms, many = _moments_by_arm(sample, plain)
    every = of_all_parts(arms)
    spread = np.sqrt(np.diag(every.products) / every.weight)
    chosen = tuple((int(k), power) for k in np.flatnonzero(many) for power in range(2, highest + 1))
    if not chosen:
        terms = MomentTerms(every.mean, spread, (), np.empty(0), np.empty(0), names)
        return _means(terms, arms, every.mean, spread, estimand)
    number = len(chosen)
    labels = (*names, *(f"{names[k]}^{power}" for k, power in chosen))
    unscaled = MomentTerms(every.mean, spread, chosen, np.zeros(number), np.ones(number), labels)
    arms, _ = _moments_by_arm(sample, unscaled)
    raised, first = of_all_parts(arms), len(names)
    location, scale = raised.mean.copy(), np.sqrt(np.diag(raised.products) / raised.weight)
    terms = MomentTerms(every.mean, spread, chosen, location[first:], scale[first:], labels)
    location[:first], scale[:first] = 0.0, 1.0
    return _means(terms, arms, location, scale, estimand)


def _means(
    terms: MomentTerms, arms: Sequence[CrossProducts], location: Array, scale: Array, estimand: str
) -> FocalMeans:
    """Return what the arms' moments come to in the standardised terms."""
    focal = [arms[0 if estimand == "ATT" else 1]] if not weights_both_arms(estimand) else list(arms)
    whole = of_all_parts(focal)
    spread = np.sqrt(np.mean([np.diag(arm.products) / arm.weight for arm in focal], axis=0)) / scale
    return FocalMeans(terms, (whole.mean - location) / scale, whole.weight, spread)


def _moments_by_arm(
    sample: RegistrySample, terms: MomentTerms
) -> tuple[tuple[CrossProducts, CrossProducts], Booleans]:
    """Return the weighted moments of the terms by arm, treated first, and which covariates take more than two values."""
    tasks = [(piece, RowsReader.of(sample), terms) for piece in sample.whole_runs]
    doing = Text("measuring the covariates", "se medían las covariables")
    parts = each(_moments_of_run, tasks, sample.n_jobs, doing)
    arms = (of_all_parts(part[0] for part in parts), of_all_parts(part[1] for part in parts))
    low, high = np.min([part[2] for part in parts], axis=0), np.max([part[3] for part in parts], axis=0)
    between = np.any([part[4] | _apart(part[2], part[3], low, high) for part in parts], axis=0)
    return arms, np.asarray(between)


def _apart(low: Array, high: Array, least: Array, most: Array) -> Booleans:
    """Whether an end of a part lies between the ends of all parts."""
    inside = [(end > least) & (end < most) for end in (low, high)]
    return np.asarray(inside[0] | inside[1])


def _moments_of_run(
    piece: Piece, reader: RowsReader, terms: MomentTerms
) -> tuple[CrossProducts, CrossProducts, Array, Array, Booleans]:
    """Return a run's moments by arm, the ends of its covariates, and which have a value between them."""
    found = []
    for rows in reader.bundles([piece]):
        values = terms.of(rows.matrix)
        arms = [CrossProducts.of(values[arm], rows.survey[arm]) for arm in (rows.treated, ~rows.treated)]
        low, high = rows.matrix.min(0), rows.matrix.max(0)
        between = ((rows.matrix > low) & (rows.matrix < high)).any(0)
        found.append((*arms, low, high, between))
    low, high = np.min([part[2] for part in found], axis=0), np.max([part[3] for part in found], axis=0)
    between = np.any([part[4] | _apart(part[2], part[3], low, high) for part in found], axis=0)
    arms = [of_all_parts(part[arm] for part in found) for arm in (0, 1)]
    return arms[0], arms[1], low, high, np.asarray(between)
