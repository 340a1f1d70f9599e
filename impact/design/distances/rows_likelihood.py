"""The likelihood of a binary regression on rows in memory, evaluated in one pass over parts of them that stay in the cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import PART, Array, crossproducts, parts_of
from impact.design.distances.fisher_scoring import FLAT, after, is_flat, next_step
from impact.design.distances.links import Link, constant_of, derivatives

_MANY = 16_384
_MANY_A_TERM = 200
"""Rows, in all and for each term, from which on the first steps are taken on few of them: at most a quarter."""
_FEW = 8_192


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LikelihoodSums:
    """Coefficients of the standardised terms, and the slope and expected information of their log-likelihood."""

    beta: Array
    slope: Array
    information: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowsLikelihood:
    """The weighted likelihood of the p coefficients of a constant and standardised terms.

    Attributes
    ----------
    standard : float64 array, shape (n, p)
        The constant first, column by column in memory.
    response : float64 array, shape (n,)
        1 for the treated, 0 for the others.
    weights : float64 array, shape (n,), or None for ones
    link : Link
    moments : float64 array, shape (p, p)
        Σ w z z′.
    index, probability : float64 arrays, shape (n,)
        At the coefficients where the likelihood was evaluated last.
    weighted : float64 array, shape (p + 1, rows of a part)
        Where a part's curvature is held, its terms times it, and its derivative by the index.
    """

    standard: Array
    response: Array
    weights: Array | None
    link: Link
    moments: Array
    index: Array
    probability: Array
    weighted: Array

    @classmethod
    def of(cls, standard: Array, response: Array, weights: Array | None, link: Link) -> RowsLikelihood:
        """Return the likelihood, evaluated nowhere yet."""
        number, width = standard.shape
        return cls(
            standard,
            response,
            weights,
            link,
            crossproducts(standard.T, weights),
            np.empty(number),
            np.empty(number),
            np.empty((width + 1, min(number, PART))),
        )

    @property
    def order(self) -> int:
        """3 where the bend is told, 1 otherwise."""
        return 3 if self.link.canonical else 1

    def constant(self) -> LikelihoodSums:
        """Return the model in which everybody has the same probability."""
        response = self.response if self.weights is None else self.weights * self.response
        total = self.standard.T @ response
        share = total[0] / self.moments[0, 0]
        beta = np.zeros(len(total))
        beta[0] = constant_of(self.link, share)
        density = self.link.density(beta[:1], np.array([share]))[0]
        self.probability[:] = share
        ratio = density / (share * (1 - share))
        return LikelihoodSums(beta, ratio * (total - share * self.moments[0]), ratio * density * self.moments)

    def start(self) -> LikelihoodSums:
        """Return where to begin: the constant, or, of many rows, where a spread of few of them leads."""
        constant = self.constant()
        number, width = self.standard.shape
        if number < max(_MANY, _MANY_A_TERM * width):
            return constant
        every = max(4, number // max(_FEW, _MANY_A_TERM * width))
        step = self._spread(every)._led() - constant.beta
        rises = 0.0 < constant.slope @ step < np.inf  # few rows may lack what all have
        return after(self, constant, step) if rises else constant

    def _spread(self, every: int) -> RowsLikelihood:
        """Return the likelihood of one in so many rows of each arm."""
        treated = self.response == 1.0
        rows = np.concatenate([np.flatnonzero(arm)[::every] for arm in (treated, ~treated)])
        weights = None if self.weights is None else self.weights[rows]
        return RowsLikelihood.of(
            self.standard.T.take(rows, axis=1).T, self.response[rows], weights, self.link
        )

    def _led(self) -> Array:
        """Return where two steps lead, near enough beside the error of few rows; not finite where the information is singular."""
        constant = self.constant()
        first = self.at(constant.beta + next_step(self, constant))
        return first.beta + next_step(self, first)

    def at(self, beta: Array) -> LikelihoodSums:
        """Return the model at some coefficients."""
        terms, width = self.standard.T[1:], len(beta)
        sums = np.zeros((width + 1, width))
        for part in parts_of(len(self.response)):
            inside = terms[:, part]
            index = np.dot(beta[1:], inside, out=self.index[part])
            index += beta[0]
            probability = self.link.probability(index, out=self.probability[part])
            weights = None if self.weights is None else self.weights[part]
            pull, curvature = derivatives(self.link, index, probability, self.response[part], weights)
            weighted = self.weighted[:, : len(index)]
            weighted[0], weighted[-1] = curvature, pull
            np.multiply(inside, curvature, out=weighted[1:-1])
            sums[:, 1:] += weighted @ inside.T
            sums[0, 0] += curvature.sum()
            sums[-1, 0] += pull.sum()
        slope, information = sums[-1], sums[:-1]
        information[1:, 0] = information[0, 1:]
        return LikelihoodSums(beta, slope, information)

    def bend(self, point: LikelihoodSums, step: Array) -> Array | None:
        """Return −Σ w p(1 − p)(1 − 2p)(z′δ)² z for a step δ of the canonical link."""
        if not self.link.canonical:
            return None
        terms, bend = self.standard.T, np.zeros(len(step))
        for part in parts_of(len(self.response)):
            inside, probability = terms[:, part], self.probability[part]
            factor = step @ inside
            factor *= factor
            factor *= probability
            factor *= 1 - probability
            factor *= 2 * probability - 1
            if self.weights is not None:
                factor *= self.weights[part]
            bend += inside @ factor
        return bend

    def flat(self, point: LikelihoodSums) -> bool:
        """Whether the likelihood is flat in some direction: all units that vary along it have a probability of 0 or 1."""
        # a link's curvature is at least about half the smaller of p and 1 − p
        if min(self.probability.min(), 1 - self.probability.max()) > 10 * FLAT:
            return False
        return is_flat(point.information, self.moments)
