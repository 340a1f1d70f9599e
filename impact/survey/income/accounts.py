"""What households sold, at which grade and price, and at what cost: read once, checked, two of them compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.language import Text
from impact.survey.income.shapley import monomials, shapley_coefficients

FACTORS = (Text("volume", "volumen"), Text("quality", "calidad"), Text("price", "precio"))
"""The factors that are multiplied."""
PARTS = (
    *FACTORS,
    Text("product", "otro producto"),
    Text("costs", "costos"),
    Text("rest", "resto del ingreso"),
)
"""What a difference of two incomes is shared among, in the order of every table."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Accounts:
    """The income accounts of n households, in K grades.

    Attributes
    ----------
    volume : float64 array, shape (n,)
        Quantity, at least 0.
    quality : float64 array, shape (n, K)
        Share of each grade in the quantity (or, with K = 1, an index of quality). Missing where nothing was produced.
    price : float64 array, shape (n, K)
        Price of each grade. Missing where nothing of that grade was produced.
    costs, rest : float64 arrays, shape (n,)
        Costs of what was produced; income from elsewhere, which is not split.
    product : int array, shape (n,)
        What was produced; quantities of two products are not compared.
    """

    volume: Array
    quality: Array
    price: Array
    costs: Array
    rest: Array
    product: Positions

    @property
    def revenue(self) -> Array:
        """Σ_K volume × quality × price, shape (n,); 0 where nothing was produced."""
        value = self.volume[:, None] * np.nan_to_num(self.quality) * np.nan_to_num(self.price)
        result: Array = value.sum(1)
        return result

    @property
    def income(self) -> Array:
        """Revenue − costs + rest, shape (n,)."""
        return self.revenue - self.costs + self.rest

    def factors(self) -> list[Array]:
        """Return volume, quality and price, each of shape (n, K)."""
        volume = np.broadcast_to(self.volume[:, None], self.quality.shape)
        return [volume, self.quality, self.price]

    def at(self, rows: Positions) -> Accounts:
        """Return the accounts of some households, in that order."""
        return Accounts(
            self.volume[rows],
            self.quality[rows],
            self.price[rows],
            self.costs[rows],
            self.rest[rows],
            self.product[rows],
        )

    def borrowing(self, quality: Array, price: Array) -> Accounts:
        """Return the accounts with others' quality and price where their own were not observed; 0 where neither was."""
        return replace(self, quality=_filled(self.quality, quality), price=_filled(self.price, price))


def parts_of_difference(treated: Accounts, control: Accounts) -> Array:
    """Share the differences of m pairs of incomes among their parts.

    Parameters
    ----------
    treated, control : Accounts
        Row by row the two that are compared; m rows each.

    Returns
    -------
    float64 array, shape (m, 6)
        One column for each of ``PARTS``; the columns add up to the difference of the incomes.

    Notes
    -----
    The difference in revenue is shared among volume, quality (the mix of grades) and price (grade by grade) by the Shapley value;
    costs and the rest are differences. Two rules: a grade mix or a price that was not observed, because nothing was produced, is
    taken to be the other's, so that having something to sell where the other has nothing is volume; and where the two have
    different products, whose quantities and prices cannot be compared, the difference in revenue is one part, "product".

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.income.accounts import Accounts, parts_of_difference
    >>> one, none = np.ones((1, 1)), np.zeros(1, dtype=int)
    >>> treated = Accounts(np.array([12.0]), one, 3 * one, np.array([6.0]), np.zeros(1), none)
    >>> control = Accounts(np.array([10.0]), one, 2 * one, np.array([5.0]), np.zeros(1), none)
    >>> parts_of_difference(treated, control).tolist()  # 2 × 2.5 from volume, 1 × 11 from price, −1 from costs
    [[5.0, 0.0, 11.0, 0.0, -1.0, 0.0]]
    """
    own = treated.borrowing(control.quality, control.price)
    other = control.borrowing(treated.quality, treated.price)
    values = np.stack(
        [
            (a * b).sum(1)
            for a, b in zip(monomials(own.factors(), False), monomials(other.factors(), True), strict=True)
        ]
    )
    alike: Booleans = treated.product == control.product
    shared = np.where(alike, shapley_coefficients(len(FACTORS)) @ values, 0.0)
    different = np.where(alike, 0.0, treated.revenue - control.revenue)
    return np.column_stack([*shared, different, control.costs - treated.costs, treated.rest - control.rest])


def _filled(own: Array, other: Array) -> Array:
    return np.where(np.isnan(own), np.where(np.isnan(other), 0.0, other), own)
