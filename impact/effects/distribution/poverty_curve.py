"""The effect on poverty as a curve over the poverty line, with a band that holds at all lines at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.suited import adjustment_of
from impact.effects.distribution.dominance import CURVE_COLUMNS, PovertyCurve
from impact.effects.distribution.poverty import (
    AS_ZERO,
    OF_PERSONS,
    SHARES,
    check_poverty_columns,
    poverty_outcome,
)
from impact.effects.distribution.uniform_band import sup_critical_value
from impact.effects.estimate import estimation_of, warn_of_few_clusters
from impact.effects.interval import critical_value
from impact.effects.observed import with_values
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.sums.ways import ways_of
from impact.errors import EstimationError, OptionError
from impact.language import Text

# Measures are shares: a standard error this small is the rounding of an exact 0.
_ROUNDING = 1e-12

_BAND = Text(
    "Band: {draws} multiplier draws by group, seed {seed!s}, critical value {critical:.3f}; t with {freedom:.0f} degrees of freedom or "
    "more. It holds at the lines evaluated.",
    "Banda: {draws} sorteos de multiplicadores por grupo, semilla {seed!s}, valor crítico {critical:.3f}; t con {freedom:.0f} grados de "
    "libertad o más. Vale en las líneas evaluadas.",
)
_NO_BAND = Text(
    "No band at {lines} where nobody, or everybody, is poor.",
    "Sin banda en {lines} donde nadie, o todos, son pobres.",
)


def poverty_curve(
    matched: MatchedSample,
    income: str,
    lines: Sequence[float] | Array | tuple[float, float, int],
    alpha: float = 0,
    persons: str | None = None,
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
    bias_adjustment: Adjustment | str | None = "linear",
) -> PovertyCurve:
    r"""Estimate the effect on a poverty measure over a range of lines, with a uniform band.

    Parameters
    ----------
    matched : MatchedSample
    income : str
        Income per person, in the lines' currency, prices and period; finite in every row.
    lines : list or array of float, or tuple (low, high, number)
        The lines, above zero and rising; a tuple stands for ``number`` evenly spaced lines.
    alpha : float
        At least 0: 0 headcount, 1 gap, 2 severity.
    persons : str, optional
        Household size: each household then counts once per person.
    level : float
        Confidence level in (0, 1).
    replications : int
        Multiplier draws.
    seed : int
        At least 0. One seed gives one band, in whatever order the rows stand.
    bias_adjustment : Adjustment, "suited", "linear" or None
        As in ``estimate``.

    Returns
    -------
    PovertyCurve

    Raises
    ------
    OptionError
        Lines not above zero or not rising; alpha, level, replications or seed out of range.
    DataError
        Incomes missing; sizes missing or not above zero.
    EstimationError
        An arm has fewer than two groups with weight, or no line has both poor and others.

    Notes
    -----
    At each line z the effect, its standard error by group and its interval are those of ``estimate`` with
    its default ``ClusterRobust``; without a cluster the units, or matched sets, are the groups. The band is

    .. math:: \hat\tau(z) \pm t_{d(z)}^{-1}(1 - p/2)\, se(z), \qquad p = 2\Phi(-c),

    with c the level's quantile of the largest studentised error over the lines, drawn by multipliers of the
    groups' linearised sums, and d(z) each line's degrees of freedom: the pointwise interval at the level
    that makes it hold at all lines at once. Where the whole band is below zero over a range of lines,
    the programme lowers poverty whatever line of that range is taken: for α = 0, restricted first-order
    dominance, for α = 1 second-order, for α = 2 third-order.

    References
    ----------
    Atkinson (1987), Econometrica 55(4), 749-764, doi:10.2307/1911028.
    Davidson & Duclos (2000), Econometrica 68(6), 1435-1464, doi:10.1111/1468-0262.00167.
    Montiel Olea & Plagborg-Møller (2019), Journal of Applied Econometrics 34(1), 1-17, doi:10.1002/jae.2656.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from impact.effects.distribution.poverty_curve import poverty_curve
    >>> age = np.arange(80.0)
    >>> treated = age % 2 == 0
    >>> frame = pd.DataFrame({"treated": treated, "age": age, "income": 100 + 37 * age % 200 + 90 * treated})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> curve = poverty_curve(matched, "income", lines=[150.0, 250.0, 350.0])
    >>> curve.ranges_below_zero
    ((150.0, 350.0),)
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    checks.between("level", level, 0.0, 1.0)
    checks.nonnegative("alpha", alpha)
    grid = _grid(lines)
    matched = with_values(matched, [poverty_outcome(income, float(grid[0]), alpha, persons)])
    negative = check_poverty_columns(matched, income, persons)
    measure = poverty_outcome(income, float(grid[0]), alpha, persons)  # a rate or a gap at every line
    adjustment = adjustment_of(bias_adjustment, measure, matched.sample)
    estimation = _estimation(matched, income, grid, alpha, persons, adjustment)
    frame = _pointwise(estimation, grid, level)
    critical = _critical_value(estimation, frame, level, replications, seed)
    warn_of_few_clusters(estimation)
    return PovertyCurve(
        frame=_with_band(frame, critical),
        measure=_measure(alpha),
        population="persons" if persons else "households",
        estimand=matched.estimand,
        level=level,
        sup_critical_value=critical,
        notes=_notes(frame, critical, negative, persons, replications, seed),
        synthetic=matched.sample.synthetic,
    )


def _measure(alpha: float) -> str:
    named = {0.0: "headcount", 1.0: "gap", 2.0: "severity"}
    return named.get(float(alpha), f"fgt{alpha:g}")


def _grid(lines: Sequence[float] | Array | tuple[float, float, int]) -> Array:
    if isinstance(lines, tuple):
        if len(lines) != 3:
            raise OptionError(
                Text(
                    (
                        "lines must be a list of lines or (low, high, number); got a tuple of {number}. Write the lines as a "
                        "list."
                    ),
                    (
                        "lines debe ser una lista de líneas o (mínima, máxima, número); se dio una tupla de {number}. "
                        "Escriba las líneas como lista."
                    ),
                    number=len(lines),
                )
            )
        low, high, number = lines
        checks.whole(
            Text("lines: the number in (low, high, number)", "lines: el número en (bajo, alto, número)"),
            cast(int, number),
            minimum=2,
        )
        grid: Array = np.linspace(float(low), float(high), int(number))
    else:
        grid = np.atleast_1d(np.asarray(lines, dtype=np.float64))
    rising = grid.ndim == 1 and len(grid) > 0 and bool((np.diff(grid, prepend=0.0) > 0).all())
    if not rising or not np.isfinite(grid).all():
        raise OptionError(
            Text(
                "lines must be finite, above zero and rising; got {line}.",
                "lines debe ser finitas, mayores que cero y crecientes; se dio {line}.",
                line=checks.listed(f"{line:g}" for line in grid.ravel()),
            )
        )
    return grid


def _estimation(
    matched: MatchedSample,
    income: str,
    grid: Array,
    alpha: float,
    persons: str | None,
    adjustment: Adjustment | None,
) -> Estimation:
    outcomes = [poverty_outcome(income, float(line), alpha, persons) for line in grid]
    return estimation_of(matched, outcomes, persons, adjustment)


def _pointwise(estimation: Estimation, grid: Array, level: float) -> pd.DataFrame:
    linear = estimation.linear
    with np.errstate(divide="ignore", invalid="ignore"):
        # percent effects, which a curve does not have, divide by control levels that may be 0
        uncertainty = ClusterRobust.of(estimation.linearised_by).uncertainty(estimation)
    if np.isnan(uncertainty.std_error).any():
        raise EstimationError(
            Text(
                "Each arm needs at least 2 groups with weight for a standard error. Use more groups or a wider caliper.",
                (
                    "Cada brazo necesita al menos 2 grupos con peso para un error estándar. Use más grupos o un caliper "
                    "más amplio."
                ),
            )
        )
    known = uncertainty.std_error > _ROUNDING
    if not known.any():
        raise EstimationError(
            Text(
                (
                    "At none of the lines does poverty vary between the groups: nobody, or everybody, is poor. Choose "
                    "lines within the range of incomes."
                ),
                (
                    "En ninguna de las líneas varía la pobreza entre los grupos: nadie, o todos, son pobres. Elija "
                    "líneas dentro del rango de los ingresos."
                ),
            )
        )
    error = np.where(known, uncertainty.std_error, np.nan)
    freedom = np.where(known, uncertainty.degrees_of_freedom, np.nan)
    reach = _critical_values(freedom, level) * error
    columns = {
        "line": grid,
        "effect": linear.effect,
        "std_error": error,
        "degrees_of_freedom": freedom,
        "conf_low": linear.effect - reach,
        "conf_high": linear.effect + reach,
        "control_level": linear.mean_control,
        "treated_level": linear.mean_treated,
    }
    return pd.DataFrame(columns)


def _critical_value(
    estimation: Estimation, frame: pd.DataFrame, level: float, replications: int, seed: int
) -> float:
    """Return the draws' critical value, or that of a single line where chance put it below."""
    known = frame["std_error"].notna().to_numpy()
    sums = ways_of(estimation.matched).of(estimation.linear, estimation.linear.effect_terms()[:, known])
    drawn = sup_critical_value(sums.contributions, level, replications, seed)
    return max(drawn, critical_value(np.inf, level))


def _with_band(frame: pd.DataFrame, critical: float) -> pd.DataFrame:
    from scipy.special import ndtr

    at_once = 1 - 2 * float(ndtr(-critical))
    reach = _critical_values(frame["degrees_of_freedom"].to_numpy(), at_once) * frame["std_error"]
    band = frame.assign(band_low=frame["effect"] - reach, band_high=frame["effect"] + reach)
    return band[list(CURVE_COLUMNS)]


def _critical_values(freedom: Array, level: float) -> Array:
    return np.array([np.nan if np.isnan(value) else critical_value(float(value), level) for value in freedom])


def _notes(
    frame: pd.DataFrame, critical: float, negative: int, persons: str | None, replications: int, seed: int
) -> tuple[str, ...]:
    unknown = int(frame["std_error"].isna().sum())
    fewest = frame["degrees_of_freedom"].min()
    notes = [
        SHARES,
        _BAND.with_values(draws=replications, seed=seed, critical=critical, freedom=fewest),
    ]
    if persons is not None:
        notes.append(OF_PERSONS.with_values(persons=persons))
    if unknown:
        notes.append(_NO_BAND.with_values(lines=checks.counted(unknown, "line")))
    if negative:
        notes.append(AS_ZERO.with_values(incomes=checks.counted(negative, "negative income")))
    return tuple(notes)
