"""From the books of subprojects to their incremental net flow, under shocks, and the shock that undoes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.returns.cash_flow import present_value

INVESTMENT = ("grant_bs", "own_cash_bs", "own_inkind_bs", "overhead_bs")
BOOKS = ("gross_without", "gross_with", "opcost_without", "opcost_with")


def incremental_flows(
    finance: pd.DataFrame,
    price_change: float = 0.0,
    benefit_change: float = 0.0,
    investment: Sequence[str] = INVESTMENT,
) -> pd.DataFrame:
    """Return the incremental net flow of each subproject, year by year.

    Parameters
    ----------
    finance : DataFrame
        The table ``subproject_finance``: one row a subproject (``group_id``) and relative ``year`` from 0, with
        the investments and ``gross_without``, ``gross_with``, ``opcost_without``, ``opcost_with`` in Bs.
    price_change : float, default 0
        Shock to the product's price as a share: −0.2 takes a fifth off the gross revenue, with and without
        the subproject, and leaves the costs alone.
    benefit_change : float, default 0
        Shock to the increment as a share: −0.2 takes a fifth off what the subproject adds to net revenue.
    investment : sequence of str
        Columns of what was put in; none may be negative.

    Returns
    -------
    DataFrame, shape (subprojects, years)
        Ready for :func:`impact.monitoring.returns.economic_return.economic_return`.

    Raises
    ------
    DataError
        A cost is negative, a year of a subproject stands twice or lacks.

    Notes
    -----
    f = (1 + b) {(1 + p)(gross with − gross without) − (costs with − costs without)} − investments.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> books = pd.DataFrame({"group_id": "A", "year": [0, 1], "grant_bs": [70, 0], "own_cash_bs": [30, 0],
    ...     "gross_without": 50, "gross_with": [50, 190], "opcost_without": 20, "opcost_with": [20, 40]})
    >>> im.incremental_flows(books, investment=["grant_bs", "own_cash_bs"]).values.tolist()
    [[-100.0, 120.0]]
    """
    for name, value in (("price_change", price_change), ("benefit_change", benefit_change)):
        checks.between(name, value, -1.0 - 1e-12, float("inf"))
    parts = _by_year(finance, investment)
    gain = (1 + price_change) * (parts["gross_with"] - parts["gross_without"])
    gain = (1 + benefit_change) * (gain - (parts["opcost_with"] - parts["opcost_without"]))
    flows = gain - _invested(parts, investment)
    flows.attrs.update(finance.attrs)
    return flows


def switching_values(
    finance: pd.DataFrame, rate: float = 0.12, investment: Sequence[str] = INVESTMENT
) -> pd.DataFrame:
    """Return by how much price, increment or investment may change before a subproject's NPV is 0.

    Parameters
    ----------
    finance, investment
        As in :func:`incremental_flows`.
    rate : float, default 0.12

    Returns
    -------
    DataFrame
        Index of the subprojects; ``npv``, and as shares ``price``, ``benefit`` and ``investment``: −0.25 means
        that a fall by a quarter takes the NPV to 0. Missing where no change does.

    Notes
    -----
    The NPV is linear in each of the three: the switching value is −NPV over the present value of what the
    shock multiplies.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> books = pd.DataFrame({"group_id": "A", "year": [0, 1], "grant_bs": [100, 0], "gross_without": 50,
    ...     "gross_with": [50, 190], "opcost_without": 20, "opcost_with": [20, 40]})
    >>> im.switching_values(books, rate=0.0, investment=["grant_bs"]).round(4).values.tolist()
    [[20.0, -0.1429, -0.1667, 0.2]]
    """
    parts = _by_year(finance, investment)
    revenue = parts["gross_with"] - parts["gross_without"]
    gain = revenue - (parts["opcost_with"] - parts["opcost_without"])
    invested = _invested(parts, investment)
    worth = {
        name: present_value(np.asarray(flow, dtype=np.float64), rate)
        for name, flow in (("price", revenue), ("benefit", gain), ("investment", invested))
    }
    npv = worth["benefit"] - worth["investment"]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {
            "price": -npv / worth["price"],
            "benefit": -npv / worth["benefit"],
            "investment": npv / worth["investment"],
        }
    table = pd.DataFrame({"npv": npv, **values}, index=gain.index)
    table.attrs.update(finance.attrs)
    return table.mask(~np.isfinite(table))


def cost_per_producer(
    finance: pd.DataFrame, producers: pd.Series, investment: Sequence[str] = INVESTMENT
) -> pd.Series:
    """Return what was invested in each subproject per producer, undiscounted.

    Parameters
    ----------
    finance, investment
        As in :func:`incremental_flows`.
    producers : Series
        Members of each subproject, above 0, by ``group_id``.

    Returns
    -------
    Series

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> books = pd.DataFrame({"group_id": "A", "year": [0, 1], "grant_bs": [100, 20], "gross_without": 0, "gross_with": 0,
    ...     "opcost_without": 0, "opcost_with": 0})
    >>> im.cost_per_producer(books, pd.Series({"A": 40}), investment=["grant_bs"]).tolist()
    [3.0]
    """
    parts = _by_year(finance, investment)
    invested = _invested(parts, investment).sum(axis=1)
    members = producers.reindex(invested.index)
    wrong = ~(members > 0)
    if wrong.any():
        raise DataError(
            Text(
                "producers must be above 0 for every subproject; {subprojects} {subprojects:lacks|lack} them (first: {first}).",
                "producers debe ser mayor que 0 en cada subproyecto; {subprojects} no lo {subprojects:cumple|cumplen} (primero: {first}).",
                subprojects=checks.counted(int(wrong.sum()), "subproject"),
                first=checks.listed(invested.index[wrong]),
            )
        )
    return invested / members


def _invested(parts: dict[str, pd.DataFrame], investment: Sequence[str]) -> pd.DataFrame:
    """Return everything that was put in, subprojects by years."""
    first, *others = (parts[name] for name in investment)
    for other in others:
        first = first + other
    return first


def _by_year(finance: pd.DataFrame, investment: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return each column of the books as a table of subprojects by years."""
    names = [*BOOKS, *checks.columns("investment", investment)]
    columns.require_table(finance)
    checks.columns_present("finance", ["group_id", "year", *names], finance.columns)
    amounts = {name: columns.amounts(finance, "finance", name) for name in names}
    _refuse_signs(finance, amounts)
    _refuse_repeated_years(finance)
    group, groups = pd.factorize(finance["group_id"], sort=True)
    year, years = pd.factorize(finance["year"], sort=True)
    filled = np.bincount(group, minlength=len(groups))
    lacking = filled < len(years)
    if lacking.any():
        raise DataError(
            Text(
                "{subprojects} {subprojects:lacks|lack} a year that others have (first: {first}). Add it, with what was projected.",
                "A {subprojects} les falta un año que otros tienen (primero: {first}). Agréguelo, con lo proyectado.",
                subprojects=checks.counted(int(lacking.sum()), "subproject"),
                first=checks.listed(groups[lacking]),
            )
        )
    index, header = pd.Index(groups, name="group_id"), pd.Index(years, name="year")
    wide = {}
    for name, values in amounts.items():
        table = np.empty((len(groups), len(years)))
        table[group, year] = values
        wide[name] = pd.DataFrame(table, index=index, columns=header)
    return wide


def _refuse_repeated_years(finance: pd.DataFrame) -> None:
    twice = finance.duplicated(["group_id", "year"])
    if twice.any():
        row = finance[twice].iloc[0]
        raise DataError(
            Text(
                "A year of a subproject stands twice: {row}, year {row_2}.",
                "Un año de un subproyecto aparece dos veces: {row}, año {row_2}.",
                row=row["group_id"],
                row_2=row["year"],
            )
        )


def _refuse_signs(finance: pd.DataFrame, amounts: Mapping[str, Array]) -> None:
    for name, values in amounts.items():
        if (values < 0).any():
            raise DataError(
                Text(
                    (
                        "{name!r} must be at least 0: costs and revenues are written without a sign; row {finance} holds "
                        "{values:g}."
                    ),
                    (
                        "{name!r} debe ser al menos 0: costos e ingresos se escriben sin signo; la fila {finance} tiene "
                        "{values:g}."
                    ),
                    name=name,
                    finance=finance.index[values < 0][0],
                    values=values[values < 0][0],
                )
            )
