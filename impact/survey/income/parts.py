"""IncomeParts: which columns hold quantity, price, grade and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.income.accounts import Accounts

_AGREES = 1e-9
"""Relative excess of the graded quantities over the quantity that is rounding."""
_AT_LEAST_ZERO = Text("must be a number of at least 0", "debe ser un número de al menos 0")
_BELOW_ZERO = Text("must not be below 0", "no debe ser menor que 0")
_NUMBER = Text("must be a number", "debe ser un número")
_MISSING = Text("is missing", "falta")
_MISSING_PRICE = Text("is missing where something was produced", "falta donde algo se produjo")
_EXCEED = Text("and its like exceed '{quantity}'", "y las semejantes exceden '{quantity}'", quantity="")
_FALL_SHORT = Text(
    "and its like fall short of '{quantity}'", "y las semejantes no alcanzan '{quantity}'", quantity=""
)


@dataclass(frozen=True, slots=True)
class IncomeParts:
    """The columns of net income: quantity × price by grade − costs.

    Parameters
    ----------
    quantity : str
        Column of what was produced or sold; at least 0.
    price : str or sequence of str
        Price of a unit: one column, or one for each grade, the best first.
    grade : str or sequence of str, optional
        With K prices, the columns of the quantities of the first K − 1 grades (the last is what is left) or of all K. With one
        price, a column with an index of quality that multiplies it (1 for the reference grade). None: quality is not told apart.
    costs : str, optional
        Costs of producing that quantity; none by default.
    income : str, optional
        The income to be split, where it holds more than this product; what is left after revenue and costs is the part "rest".
    product : str, optional
        What was produced. Pairs with different products are not split into volume, quality and price.
    name : str
        Name of the income in tables.
    unit, period : str
        Unit and reference period, printed with every number.

    Examples
    --------
    >>> import impact as im
    >>> parts = im.IncomeParts(
    ...     quantity="qty_produced", price=("price_grade_a", "price_grade_b"), grade="qty_grade_a", costs="costs_alliance"
    ... )
    >>> survey = im.synthetic.rural_alliances(seed=1)
    >>> income = parts.accounts(survey.household).income
    >>> bool(abs(income - survey.household["net_income_alliance"]).max() < 1e-6)
    True
    """

    quantity: str
    price: str | Sequence[str]
    grade: str | Sequence[str] | None = None
    costs: str | None = None
    income: str | None = None
    product: str | None = None
    name: str = "net_income"
    unit: str = ""
    period: str = ""

    def __post_init__(self) -> None:
        prices, grades = len(self.prices), len(self.grades)
        if not prices:
            raise OptionError(
                Text(
                    "price must name at least one column; got none.",
                    "price debe nombrar al menos una columna; no nombra ninguna.",
                )
            )
        if prices > 1 and grades not in (prices - 1, prices):
            raise OptionError(
                Text(
                    (
                        "grade must name the quantities of {prices} grades (the last is what is left) or of all {prices_2}, "
                        "as price names {prices_2} columns; got {grades}."
                    ),
                    (
                        "grade debe nombrar las cantidades de {prices} calidades (la última es el resto) o de todas las "
                        "{prices_2}, pues price nombra {prices_2} columnas; se dio {grades}."
                    ),
                    prices=prices - 1,
                    prices_2=prices,
                    grades=grades,
                )
            )
        if prices == 1 and grades > 1:
            raise OptionError(
                Text(
                    "grade must be one column (an index of quality) or None where price is one column; got {grades}.",
                    "grade debe ser una columna (un índice de calidad) o nada donde price es una columna; se dio {grades}.",
                    grades=grades,
                )
            )

    @property
    def prices(self) -> tuple[str, ...]:
        """Price columns, the best grade first."""
        return _several(self.price)

    @property
    def grades(self) -> tuple[str, ...]:
        """Grade columns."""
        return _several(self.grade)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        single = (self.costs, self.income, self.product)
        return (self.quantity, *self.prices, *self.grades, *(name for name in single if name))

    def accounts(self, frame: pd.DataFrame) -> Accounts:
        """Read the accounts of every household.

        Parameters
        ----------
        frame : DataFrame, shape (n, …)

        Returns
        -------
        Accounts

        Raises
        ------
        DataError
            A column is missing, not a number or negative; grades add up to more than the quantity; a price is missing where
            something was produced.
        """
        checks.columns_present("parts", self.columns, frame.columns)
        volume = self._amounts(frame, self.quantity)
        quality = self._quality(frame, volume)
        price = np.column_stack([_numbers(frame, name) for name in self.prices])
        for name, column, share in zip(self.prices, price.T, quality.T, strict=True):
            needed = (volume > 0) & (share > 0)
            _refuse(frame, name, needed & ~np.isfinite(column), _MISSING_PRICE)
            _refuse(frame, name, column < 0, _BELOW_ZERO)
        known = (volume[:, None] > 0) & (quality > 0)
        price = np.where(known | np.isfinite(price), price, np.nan)
        costs = np.zeros(len(frame)) if self.costs is None else self._amounts(frame, self.costs)
        product = np.zeros(len(frame), dtype=np.intp)
        if self.product is not None:
            product, _ = pd.factorize(frame[self.product].astype(object), sort=False)
            _refuse(frame, self.product, product < 0, _MISSING)
        found = Accounts(volume, quality, price, costs, np.zeros(len(frame)), product)
        if self.income is None:
            return found
        income = _numbers(frame, self.income)
        _refuse(frame, self.income, ~np.isfinite(income), _NUMBER)
        return Accounts(volume, quality, price, costs, income - found.income, product)

    def _quality(self, frame: pd.DataFrame, volume: Array) -> Array:
        """Return the share of each grade, or the index of quality; missing where nothing was produced."""
        some = volume > 0
        if not self.grades:
            return np.ones((len(frame), 1))
        if len(self.prices) == 1:
            index = _numbers(frame, self.grades[0])
            _refuse(frame, self.grades[0], some & ~(index >= 0), _AT_LEAST_ZERO)
            return np.where(some, index, np.nan)[:, None]
        graded = np.column_stack(
            [np.where(some, self._amounts(frame, name, some), 0.0) for name in self.grades]
        )
        left = volume - graded.sum(1)
        _refuse(frame, self.grades[0], left < -_AGREES * volume, _EXCEED.with_values(quantity=self.quantity))
        if len(self.grades) == len(self.prices):
            _refuse(
                frame,
                self.grades[0],
                left > _AGREES * volume,
                _FALL_SHORT.with_values(quantity=self.quantity),
            )
        else:
            graded = np.column_stack([graded, np.maximum(left, 0.0)])
        share = graded / np.where(some, volume, 1.0)[:, None]
        return np.where(some[:, None], share, np.nan)

    def _amounts(self, frame: pd.DataFrame, name: str, needed: Booleans | None = None) -> Array:
        values = _numbers(frame, name)
        wrong = ~(np.isfinite(values) & (values >= 0))
        _refuse(frame, name, wrong if needed is None else wrong & needed, _AT_LEAST_ZERO)
        return values


@dataclass(frozen=True, slots=True)
class NetIncome:
    """The net income of its parts, as an outcome: what ``income_decomposition`` splits.

    Parameters
    ----------
    parts : IncomeParts

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"kilos": [10.0, 6.0], "price": [3.0, 2.0], "costs": [5.0, 4.0]})
    >>> outcome = im.NetIncome(im.IncomeParts(quantity="kilos", price="price", costs="costs", unit="Bs/year"))
    >>> outcome.values(frame).tolist(), outcome.unit  # 10 × 3 − 5 and 6 × 2 − 4
    ([25.0, 8.0], 'Bs/year')
    """

    parts: IncomeParts

    def __post_init__(self) -> None:
        required = Text("an im.IncomeParts", "un im.IncomeParts")
        checks.instance("parts", self.parts, required, isinstance(self.parts, IncomeParts))

    @property
    def name(self) -> str:
        """Name in every table."""
        return self.parts.name

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return self.parts.unit

    @property
    def period(self) -> str:
        """Reference period."""
        return self.parts.period

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes; the product is what both arms are asked for, and may be matched on."""
        return tuple(name for name in self.parts.columns if name != self.parts.product)

    @property
    def persons(self) -> str | None:
        """Households count once."""
        return None

    def values(self, frame: pd.DataFrame) -> Array:
        """Return revenue − costs + rest; missing for a household whose quantity, costs or income is missing."""
        checks.columns_present("parts", self.parts.columns, frame.columns)
        asked = [name for name in (self.parts.quantity, self.parts.costs, self.parts.income) if name]
        together = np.column_stack([_numbers(frame, name) for name in asked]).sum(1)  # missing where one is
        known: Booleans = np.isfinite(together)
        income = np.full(len(frame), np.nan)
        income[known] = self.parts.accounts(frame.loc[known]).income
        return income


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


def _numbers(frame: pd.DataFrame, name: str) -> Array:
    values = pd.to_numeric(frame[name].astype(object), errors="coerce")
    result: Array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return result


def _refuse(frame: pd.DataFrame, name: str, wrong: Booleans, what: Text) -> None:
    if wrong.any():
        raise DataError(
            Text(
                (
                    "'{name}' {what}; {rows} {verb} not comply (first: {first}). Correct these rows, or exclude them "
                    "from the sample."
                ),
                (
                    "'{name}' {what}; {rows} no lo {rows:cumple|cumplen} (primero: {first}). Corrija esas filas, o exclúyalas de la "
                    "muestra."
                ),
                name=name,
                what=what,
                rows=checks.counted(int(wrong.sum()), "row"),
                verb="does" if wrong.sum() == 1 else "do",
                first=checks.listed(frame.index[wrong]),
            )
        )
