"""What volume, quality, price and costs bring to the difference of matched incomes, and what each unit contributes to their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import working_terms
from impact.effects.arm_means.regression import arm_regression
from impact.effects.arm_means.residuals import Residuals
from impact.effects.decomposition.comparisons import Comparisons, comparisons
from impact.survey.clusters import sums_by_code
from impact.survey.income.accounts import FACTORS, PARTS, Accounts, parts_of_difference
from impact.survey.income.shapley import monomials, shapley_coefficients


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinearParts:
    """The parts of a matched difference, linearised.

    Attributes
    ----------
    values : float64 array, shape (6,)
        Σ_i f_i Σ_j w_ij φ_k(i, j) / Σ f: one for each of ``PARTS``.
    psi_treated, psi_control : float64 arrays, shape (n, 6)
        Contribution of each unit to each part, as a treated unit and as somebody's control.
    different_products : float
        Weight of the pairs with different products, as a share.
    """

    values: Array
    psi_treated: Array
    psi_control: Array
    different_products: float


def linear_parts(
    matched: MatchedSample, accounts: Accounts, groups: Positions | None, rule: Residuals
) -> LinearParts:
    """Average the Shapley values over the pairs and linearise the averages.

    Parameters
    ----------
    matched : MatchedSample
        For the ATT, by a strategy that makes pairs or sets.
    accounts : Accounts
        Of all n units.
    groups : int array, shape (n,), optional
        Group of inference.
    rule : Residuals
        Residuals of the regressions on the controls.

    Notes
    -----
    φ_k(i, j) = Σ_S c_k(S) a_S(i) b_S(j): products of what the treated unit and what the control bring. With μ̂_S the regression of b_S on
    covariates and product among the controls, weighted by K, and ẽ_S its residuals, the treated contribute
    f_i Σ_j w_ij Σ_S c_k(S) a_S(i) μ̂_S(X_i) less its mean, and the controls Σ_i f_i w_ij Σ_S c_k(S) a_S(i) ẽ_S(j): as in the variance of
    the matched difference itself. In these terms, not in the estimate, quantities are valued at their product's average price among the
    controls, so that one regression serves litres of milk and kilograms of honey, and a price that was not observed is that average.
    """
    pairs = comparisons(matched)
    focal = np.where(matched.kept, matched.sampling_weight, 0.0)
    weight = focal[pairs.treated] * pairs.share
    number, size = len(matched.sample), float(focal.sum())
    differences = parts_of_difference(accounts.at(pairs.treated), accounts.at(pairs.control))
    as_match = sums_by_code(pairs.control, weight, number)
    filled = _at_product_prices(_averaged_where_unobserved(accounts, as_match), as_match)
    brought = _Brought.by_controls(filled)
    terms = np.column_stack([working_terms(matched), _product_terms(accounts.product)])
    regression = arm_regression(brought.columns, terms, as_match, groups, rule)
    expected, surprise = (
        _Brought.from_columns(columns, filled) for columns in (regression.fitted, regression.left_out)
    )
    apart = accounts.product[pairs.treated] != accounts.product[pairs.control]
    own_place = np.where(
        apart, pairs.control, pairs.treated
    )  # a treated unit's own covariates tell what to expect of its product
    of_treated = expected.against(filled, pairs, at=own_place, observed=1.0)
    of_controls = surprise.against(filled, pairs, at=pairs.control, observed=0.0)
    psi_treated = _summed(pairs.treated, weight, of_treated, number)
    psi_control = _summed(pairs.control, weight, of_controls, number)
    return LinearParts(
        values=weight @ differences / size,
        psi_treated=psi_treated - focal[:, None] * (psi_treated.sum(0) / size),
        psi_control=psi_control - as_match[:, None] * (psi_control.sum(0) / as_match.sum()),
        different_products=float(weight @ apart / size),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Brought:
    """What controls bring to a difference, or its expectation, or how far they are from it.

    Attributes
    ----------
    products : float64 array, shape (n, 8, K)
        b_S by subset S and grade.
    own : float64 array, shape (n, 3)
        Revenue, costs and rest.
    """

    products: Array
    own: Array

    @classmethod
    def by_controls(cls, accounts: Accounts) -> _Brought:
        own = np.column_stack([accounts.revenue, accounts.costs, accounts.rest])
        return cls(np.stack(monomials(accounts.factors(), complement=True), axis=1), own)

    @classmethod
    def from_columns(cls, columns: Array, like: Accounts) -> _Brought:
        return cls(columns[:, :-3].reshape(len(columns), -1, like.quality.shape[1]), columns[:, -3:])

    @property
    def columns(self) -> Array:
        return np.column_stack([self.products.reshape(len(self.own), -1), self.own])

    def against(self, accounts: Accounts, pairs: Comparisons, at: Positions, observed: float) -> Array:
        """Return the parts of each pair, shape (m, 6), with this of the units ``at`` in the control's place.

        With ``observed`` 1 the treated unit's own revenue, costs and rest are set against it; with 0 only this is counted.
        """
        i, j = pairs.treated, pairs.control
        brought = np.stack(monomials(accounts.factors(), complement=False), axis=1)
        values = np.einsum("msg,msg->ms", brought[i], self.products[at])
        own = np.column_stack([accounts.revenue, accounts.costs, accounts.rest])
        revenue, costs, rest = (observed * own[i] - self.own[at]).T
        alike = accounts.product[i] == accounts.product[j]
        factors = np.where(alike[:, None], values @ shapley_coefficients(len(FACTORS)).T, 0.0)
        return np.column_stack([factors, np.where(alike, 0.0, revenue), -costs, rest])


def _summed(codes: Positions, weight: Array, values: Array, number: int) -> Array:
    columns = [sums_by_code(codes, weight * values[:, k], number) for k in range(len(PARTS))]
    return np.column_stack(columns)


def _product_terms(product: Positions) -> Array:
    """Return an indicator of every product but the first, shape (n, products − 1)."""
    terms: Array = (product[:, None] == np.unique(product)[1:]).astype(np.float64)
    return terms


def _averaged_where_unobserved(accounts: Accounts, weight: Array) -> Accounts:
    """Return accounts whose unobserved grades and prices are the average of their product's controls, 0 where there is none."""
    quality, price = (
        np.column_stack([_average(column, accounts.product, weight) for column in values.T])
        for values in (accounts.quality, accounts.price)
    )
    return accounts.borrowing(quality, price)


def _at_product_prices(accounts: Accounts, weight: Array) -> Accounts:
    """Return accounts with quantities in money at the product's average price, and prices in units of it: the products stay."""
    average = _average(accounts.price.mean(1), accounts.product, weight)
    unit = np.where(average > 0, average, 1.0)
    return replace(accounts, volume=accounts.volume * unit, price=accounts.price / unit[:, None])


def _average(values: Array, product: Positions, weight: Array) -> Array:
    number = int(product.max()) + 1
    counted = np.where(np.isnan(values), 0.0, weight)
    total = sums_by_code(product, counted, number)
    sums = sums_by_code(product, counted * np.nan_to_num(values), number)
    average: Array = np.divide(sums, total, out=np.zeros(number), where=total > 0)
    return average[product]
