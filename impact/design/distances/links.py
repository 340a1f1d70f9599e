"""Links of a treatment probability to its index: logit, probit, complementary log-log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact.arrays import Array

_SQRT_HALF = np.sqrt(0.5)
_LARGEST = 30.0
"""Index of the complementary log-log beyond which nothing changes."""


class Link(Protocol):
    """A link of the treatment probability p to its index."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def canonical(self) -> bool:
        """Whether the expected curvature of the log-likelihood is the observed one."""
        ...

    def probability(self, index: Array, out: Array | None = None) -> Array:
        """Return P(W=1) at the index."""
        ...

    def density(self, index: Array, probability: Array) -> Array:
        """Return the derivative d of the probability by the index."""
        ...

    def pull(self, index: Array, probability: Array, response: Array) -> tuple[Array, Array]:
        """Return the derivative of a unit's log-likelihood by its index, and its expected curvature d²/(p(1 − p))."""
        ...


@dataclass(frozen=True, slots=True)
class Logit:
    """Logistic link."""

    name: str = "logit"
    canonical: bool = True

    def probability(self, index: Array, out: Array | None = None) -> Array:
        """Return 1/(1 + exp(−index))."""
        result: Array = np.negative(index, out=out)
        with np.errstate(over="ignore"):  # then it is 0
            np.exp(result, out=result)
        result += 1.0
        return np.reciprocal(result, out=result)

    def density(self, index: Array, probability: Array) -> Array:
        """Return p(1 − p)."""
        return probability * (1 - probability)

    def pull(self, index: Array, probability: Array, response: Array) -> tuple[Array, Array]:
        """Return w − p and p(1 − p)."""
        return response - probability, probability * (1 - probability)


@dataclass(frozen=True, slots=True)
class Probit:
    """Normal link."""

    name: str = "probit"
    canonical: bool = False

    def probability(self, index: Array, out: Array | None = None) -> Array:
        """Return Φ(index)."""
        from scipy.special import ndtr

        result: Array = ndtr(index, out=out)
        return result

    def density(self, index: Array, probability: Array) -> Array:
        """Return φ(index)."""
        result: Array = np.exp(-0.5 * index**2) / np.sqrt(2 * np.pi)
        return result

    def pull(self, index: Array, probability: Array, response: Array) -> tuple[Array, Array]:
        """Return φ/Φ of the treated and −φ/(1 − Φ) of the others, and their product: by erfcx, to the last digit in either tail."""
        from scipy.special import erfcx

        scaled = index * _SQRT_HALF
        treated, other = (np.sqrt(2 / np.pi) / erfcx(side) for side in (-scaled, scaled))
        return np.where(response == 1.0, treated, -other), treated * other


@dataclass(frozen=True, slots=True)
class Cloglog:
    """Complementary log-log link."""

    name: str = "cloglog"
    canonical: bool = False

    def probability(self, index: Array, out: Array | None = None) -> Array:
        """Return 1 − exp(−exp(index))."""
        result: Array = np.negative(np.expm1(-np.exp(np.minimum(index, _LARGEST))), out=out)
        return result

    def density(self, index: Array, probability: Array) -> Array:
        """Return exp(index − exp(index))."""
        bounded = np.minimum(index, _LARGEST)
        result: Array = np.exp(bounded - np.exp(bounded))
        return result

    def pull(self, index: Array, probability: Array, response: Array) -> tuple[Array, Array]:
        """Return u/(exp(u) − 1) of the treated and −u of the others, with u = exp(index), and their product."""
        rate = np.exp(np.clip(index, -700.0, _LARGEST))
        with np.errstate(over="ignore"):  # then the treated have a probability of 1
            treated = rate / np.expm1(rate)
        return np.where(response == 1.0, treated, -rate), treated * rate


def derivatives(
    link: Link, index: Array, probability: Array, response: Array, weights: Array | None
) -> tuple[Array, Array]:
    """Return each unit's derivative of the log-likelihood by the index, and its expected curvature, both of shape (n,).

    ``response`` is 1 for the treated and 0 for the others; ``weights`` are None for ones.
    """
    pull, curvature = link.pull(index, probability, response)
    return (pull, curvature) if weights is None else (weights * pull, weights * curvature)


def constant_of(link: Link, share: float) -> float:
    """Return the index at which the probability is the share."""
    from scipy.special import logit, ndtri

    start = {"logit": logit(share), "probit": ndtri(share)}
    return float(start.get(link.name, np.log(-np.log1p(-share))))
