"""Poverty in a survey: headcount, gap, severity and their kin, with design-based standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.poverty.estimate import estimate_poverty
from impact.survey.poverty.measure import FosterGreerThorbecke, SenShorrocksThon, Watts
from impact.survey.poverty.observations import Observations, refuse_other_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from impact.survey.poverty.line import Line
    from impact.survey.poverty.table import PovertyTable

_WATTS_FROM = Text("watts, incomes of at least {floor:g}", "watts, ingresos de al menos {floor:g}", floor=0.0)


def fgt(
    income: ArrayLike,
    line: float | Line,
    alpha: float | Sequence[float] = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    *,
    persons: ArrayLike | None = None,
    by: ArrayLike | None = None,
    strict: bool = True,
    rows: str = "households",
    level: float = 0.95,
) -> PovertyTable:
    r"""Return Foster-Greer-Thorbecke measures of poverty with linearised standard errors.

    Parameters
    ----------
    income : array-like, shape (n,)
        Income per person in the line's currency, prices and period. Negative incomes count as 0 in gaps, and
        their number is reported. A row without an income leaves the shares and stays in the survey design, as a domain must:
        dropping it would drop whole clusters and make errors too small.
    line : float, PovertyLine, LinesByRow, QuantileLine or MeanLine
        The poverty line, above zero.
    alpha : float or sequence of float
        At least 0: 0 headcount, 1 gap, 2 severity.
    weights : array-like, shape (n,), optional
        Sampling weights, above zero; equal by default.
    cluster : array-like, shape (n,), optional
        Primary sampling unit; every row its own by default. Labels are not reused in other strata.
    stratum : array-like, shape (n,), optional
        Survey stratum; one by default.
    persons : array-like, shape (n,), optional
        Household size, above zero: adds rows in which each household counts once per person.
    by : array-like, shape (n,), optional
        Subgroup of each row: adds rows for each. Variances keep the whole survey design, as domain estimates
        must.
    strict : bool
        True: poor is income below the line, as statistical offices count; False: at or below it, as R's
        convey.
    rows : str
        What a row stands for, printed as its population.
    level : float
        Confidence level, in (0, 1).

    Returns
    -------
    PovertyTable
        Rows by population, subgroup and alpha.

    Raises
    ------
    OptionError
        A line or alpha out of range.
    DataError
        No income at all, or an infinite one; weights or sizes not above zero; columns of different length or index; a stratum with
        a single cluster.

    Notes
    -----
    .. math:: P_\alpha = \sum_i w_i ((z - y_i)/z)^\alpha 1\{y_i < z\} \Big/ \sum_i w_i

    The variance is that of the total of :math:`u_i = w_i (f_i - P_\alpha) / \sum w` between clusters within
    strata. A relative line adds :math:`(\partial P_\alpha / \partial \log z)` times the row's influence on
    the line; for the headcount that derivative is the density of log income at the line, estimated by a
    Gaussian kernel with Silverman's bandwidth. A relative line always belongs to the whole population, in
    subgroups too.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.
    Osier (2009), Survey Research Methods 3(3), 167-195, doi:10.18148/srm/2009.v3i3.369.

    Examples
    --------
    >>> from impact.survey.poverty.indices import fgt
    >>> fgt([100.0, 250.0, 600.0, 900.0], line=500.0, alpha=[0, 1]).frame["estimate"].tolist()
    [0.5, 0.325]
    """
    alphas: list[float] = np.atleast_1d(np.asarray(alpha)).tolist()
    if not alphas:
        raise OptionError(
            Text(
                "alpha must name at least one number of at least 0; got an empty sequence.",
                "alpha debe nombrar al menos un número de al menos 0; está vacío.",
            )
        )
    measures = [FosterGreerThorbecke(power) for power in alphas]
    observed = Observations.of(income, weights, cluster, stratum, persons, by)
    refuse_other_rows(line, income)
    return estimate_poverty(measures, observed, line, strict=strict, rows=rows, level=level)


def watts(
    income: ArrayLike,
    line: float | Line,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    *,
    floor: float | None = None,
    persons: ArrayLike | None = None,
    by: ArrayLike | None = None,
    strict: bool = True,
    rows: str = "households",
    level: float = 0.95,
) -> PovertyTable:
    r"""Return the Watts index, the mean of :math:`\log(z/y)` over everybody, 0 for those who are not poor.

    Parameters
    ----------
    income, line, weights, cluster, stratum, persons, by, strict, rows, level
        As in :func:`fgt`.
    floor : float, optional
        Income to which lower ones are raised, above zero. Needed where incomes of zero or less exist, because
        they have no logarithm: the index depends on it, so state it.

    Returns
    -------
    PovertyTable

    Raises
    ------
    DataError
        Incomes of zero or less without a floor, and as in :func:`fgt`.

    References
    ----------
    Zheng (1993), Economics Letters 42(1), 81-86, doi:10.1016/0165-1765(93)90177-E.

    Examples
    --------
    >>> from impact.survey.poverty.indices import watts
    >>> watts([250.0, 500.0, 800.0], line=500.0).frame["estimate"].round(4).tolist()  # log(2) / 3
    [0.231]
    """
    checks.positive("floor", floor, unit=Text("income", "ingreso"), optional=True)
    observed = Observations.of(income, weights, cluster, stratum, persons, by)
    refuse_other_rows(line, income)
    without_log = int((observed.income <= 0).sum())
    if without_log and floor is None:
        raise DataError(
            Text(
                (
                    "The Watts index needs incomes above 0; {rows} of {number:,} {rows:is|are} not. Pass floor=, the income to "
                    "which lower ones are raised, and state it."
                ),
                (
                    "El índice de Watts necesita ingresos mayores que 0; {rows} de {number:,} no lo {rows:es|son}. Dé floor, el "
                    "ingreso al que se elevan los menores, e infórmelo."
                ),
                rows=checks.counted(without_log, "row"),
                number=len(observed.income),
            )
        )
    measure = Watts("watts" if floor is None else _WATTS_FROM.with_values(floor=floor))
    return estimate_poverty(
        [measure],
        observed,
        line,
        strict=strict,
        rows=rows,
        level=level,
        floor=0.0 if floor is None else floor,
    )


def sen_shorrocks_thon(
    income: ArrayLike,
    line: float | Line,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    *,
    persons: ArrayLike | None = None,
    by: ArrayLike | None = None,
    strict: bool = True,
    rows: str = "households",
    level: float = 0.95,
) -> PovertyTable:
    """Return the Sen-Shorrocks-Thon index: the mean gap times one plus the Gini coefficient of gaps.

    Parameters
    ----------
    income, line, weights, cluster, stratum, persons, by, strict, rows, level
        As in :func:`fgt`.

    Returns
    -------
    PovertyTable

    References
    ----------
    Shorrocks (1995), Econometrica 63(5), 1225-1230, doi:10.2307/2171728.

    Examples
    --------
    >>> from impact.survey.poverty.indices import sen_shorrocks_thon
    >>> sen_shorrocks_thon([250.0, 800.0], line=500.0).frame["estimate"].tolist()  # 3 * 0.5 / 2²
    [0.375]
    """
    observed = Observations.of(income, weights, cluster, stratum, persons, by)
    refuse_other_rows(line, income)
    return estimate_poverty([SenShorrocksThon()], observed, line, strict=strict, rows=rows, level=level)
