"""Balance and likelihood together: more equations than coefficients, weighed by the generalised method of moments in two steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.design.distances.links import Logit
from impact.design.units import Units
from impact.design.weighting.equations.balancing_loss import BalancingLoss
from impact.errors import EstimationError
from impact.language import Text

_SINGULAR = 1e-12
_SOLVED = 1e-9
_FLAT = 1e-6
"""Least curvature of the criterion, as a share of its largest, that counts as any: seen, .007 to .17, and 4e-9 where it was flat."""
_STEP = 1e-5
"""Of the numerical derivatives, in units of an index with standardised terms."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceAndLikelihood:
    """The score's likelihood equations and its balance equations, Σ s (W − p) z = 0 and Σ s (W − p) h z = 0.

    h is 1/(1 − p) for the ATT, 1/p for the ATC and 1/(p(1 − p)) for the ATE: the second are the derivative of the balancing loss.

    Attributes
    ----------
    design : float64 array, shape (n, k)
    units : Units
    loss : BalancingLoss
    """

    design: Array
    units: Units
    loss: BalancingLoss

    def coefficients(self, first: Array) -> Array:
        """Return the coefficients that minimise ḡ′Vḡ, with V the inverse variance of the equations at ``first``.

        Raises
        ------
        EstimationError
            The search did not converge.
        """
        from scipy.optimize import least_squares, root

        values, vectors = np.linalg.eigh(self._weighing(first))
        half = vectors * np.sqrt(np.maximum(values, 0.0))

        def residuals(coefficients: Array) -> Array:
            return np.asarray(self._mean_equations(coefficients) @ half)

        def slopes(coefficients: Array) -> Array:
            return np.asarray(-half.T @ self._information(coefficients))

        def derivative(coefficients: Array) -> Array:
            return np.asarray(slopes(coefficients).T @ residuals(coefficients))

        with np.errstate(over="ignore"):
            near = least_squares(residuals, first, jac=slopes, method="lm")
            found = root(
                derivative, near.x, tol=1e-13
            ).x  # the minimum is flat: its derivative says where it is
        worse = residuals(found) @ residuals(found) > 2 * near.cost + _SOLVED
        if np.abs(derivative(found)).max() > _SOLVED or worse:
            raise _all_on_a_few_units()
        return np.asarray(found, dtype=np.float64)

    def first_stage(self, coefficients: Array, first: Array, first_terms: Array) -> tuple[Array, Array]:
        """Return each unit's part of the estimating function I′Vḡ of the coefficients, and minus its derivative by them.

        Parameters
        ----------
        coefficients, first : float64 arrays, shape (k,)
            Of the second and of the first step.
        first_terms : float64 array, shape (n, k)
            How each unit moves the first step's coefficients.

        Notes
        -----
        Nothing is taken as known: a unit counts in ḡ, in I, in V, and through the first step in V once more. Where the logit is right ḡ
        vanishes, and only its part in ḡ stays.

        Raises
        ------
        EstimationError
            The criterion is flat: other coefficients fit as well.
        """
        weighing, information = self._weighing(first), self._information(coefficients)
        pull = weighing @ self._mean_equations(coefficients)
        direct = self._equations(coefficients) @ weighing @ information
        own = self._own_information(coefficients, pull)
        spread = -self._own_variance(first, pull) @ weighing @ information
        by_first = _derivative(
            lambda at: information.T @ self._weighing(at) @ self._mean_equations(coefficients), first
        )
        by_second = _derivative(
            lambda at: self._information(at).T @ weighing @ self._mean_equations(at), coefficients
        )
        number = float(self._survey.sum())
        self._refuse_flat(by_second)
        return direct + own + spread + number * first_terms @ by_first.T, -number * by_second

    def _refuse_flat(self, curvature: Array) -> None:
        """Refuse coefficients that the criterion leaves open; collinear terms, which change nothing, are set aside."""
        values, vectors = np.linalg.eigh(self._crossed(self._survey) / self._survey.sum())
        varies = values > _SINGULAR * values[-1]
        root = vectors[:, varies] / np.sqrt(values[varies])
        bent = np.abs(np.linalg.eigvalsh(root.T @ (curvature + curvature.T) @ root))
        if bent.min() <= _FLAT * bent.max():
            raise EstimationError(
                Text(
                    (
                        "The over-identified balancing score is not determined by these units: balance and likelihood pull "
                        "apart, and other weights fit as well. It happens with few groups. Leave covariates out, or use "
                        "im.CovariateBalancing(), or im.StableBalancing(tolerance=0.05), which balances approximately."
                    ),
                    (
                        "Estas unidades no determinan el puntaje de equilibrio sobreidentificado: el equilibrio y la "
                        "verosimilitud se contradicen, y otros pesos se ajustan igual. Ocurre con pocos grupos. Quite "
                        "covariables, o use CovariateBalancing, o StableBalancing con tolerance = 0.05, que equilibra "
                        "aproximadamente."
                    ),
                )
            )

    def _mean_equations(self, coefficients: Array) -> Array:
        result: Array = self._equations(coefficients).sum(0) / self._survey.sum()
        return result

    def _equations(self, coefficients: Array) -> Array:
        """Return each unit's part of the equations, shape (n, 2k)."""
        index, treated = self.design @ coefficients, self.units.treatment
        likelihood = self._survey * (treated - Logit().probability(index))
        balance = -self._survey * self.loss.slope(index, treated)
        return np.hstack([likelihood[:, None] * self.design, balance[:, None] * self.design])

    def _steepness(self, coefficients: Array) -> tuple[Array, Array]:
        """Return by how much the two equations of each unit fall with its index."""
        index = self.design @ coefficients
        probability = Logit().probability(index)
        return probability * (1 - probability), np.abs(self.loss.growth(index, self.units.treatment))

    def _information(self, coefficients: Array) -> Array:
        """Return the derivative of the mean equations, negated, shape (2k, k)."""
        parts = [self._crossed(self._survey * one) for one in self._steepness(coefficients)]
        result: Array = np.vstack(parts) / self._survey.sum()
        return result

    def _own_information(self, coefficients: Array, pull: Array) -> Array:
        """Return each unit's part of I′u, shape (n, k)."""
        likelihood, balance = self._steepness(coefficients)
        first, second = self._along(pull)
        result: Array = (self._survey * (likelihood * first + balance * second))[:, None] * self.design
        return result

    def _variances(self, coefficients: Array) -> tuple[Array, Array, Array]:
        """Return variance, covariance and variance of the two equations of a unit, given its covariates, over zz′."""
        probability = Logit().probability(self.design @ coefficients)
        spread = probability * (1 - probability)
        scale = {"ATT": 1 / (1 - probability), "ATC": 1 / probability, "ATE": 1 / spread}[self.units.estimand]
        return spread, spread * scale, spread * scale**2

    def _variance(self, coefficients: Array) -> Array:
        """Return the equations' variance given the covariates, shape (2k, 2k)."""
        squared = self._survey**2
        own, both, balance = (self._crossed(squared * one) for one in self._variances(coefficients))
        result: Array = np.block([[own, both], [both, balance]]) / self._survey.sum()
        return result

    def _own_variance(self, coefficients: Array, pull: Array) -> Array:
        """Return how each unit's sampling weight, in per cent, moves the variance along u, shape (n, 2k)."""
        own, both, balance = self._variances(coefficients)
        first, second = self._along(pull)
        squared, share = 2 * self._survey**2, self._survey[:, None]
        parts = [own * first + both * second, both * first + balance * second]
        moved = np.hstack([(squared * part)[:, None] * self.design for part in parts])
        result: Array = moved - share * (self._variance(coefficients) @ pull)
        return result

    def _weighing(self, coefficients: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            variance = self._variance(coefficients)
        if not np.isfinite(variance).all():  # a score of 0 or 1, whose weight has no end
            raise _all_on_a_few_units()
        inverse = np.linalg.pinv(variance, rcond=_SINGULAR, hermitian=True)
        return np.asarray(inverse, dtype=np.float64)

    def _along(self, pull: Array) -> tuple[Array, Array]:
        width = self.design.shape[1]
        return self.design @ pull[:width], self.design @ pull[width:]

    def _crossed(self, weight: Array) -> Array:
        result: Array = (self.design * weight[:, None]).T @ self.design
        return result

    @property
    def _survey(self) -> Array:
        return np.where(self.units.eligible, self.units.sampling_weight, 0.0)


def _all_on_a_few_units() -> EstimationError:
    return EstimationError(
        Text(
            (
                "The over-identified balancing score did not converge: nearly all the weight goes to a few units. "
                "Leave covariates out, or use im.CovariateBalancing()."
            ),
            (
                "El puntaje de equilibrio sobreidentificado no convergió: casi todo el peso va a unas pocas "
                "unidades. Quite covariables, o use CovariateBalancing."
            ),
        )
    )


def _derivative(function: Callable[[Array], Array], at: Array) -> Array:
    """Return the derivative by central differences, one column a coefficient."""
    columns = []
    for number in range(len(at)):
        step = np.zeros_like(at)
        step[number] = _STEP
        columns.append((function(at + step) - function(at - step)) / (2 * _STEP))
    return np.column_stack(columns)
