"""The effect on poverty as a curve over the poverty line, with a band that holds at all lines at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.suited import adjustment_of
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
from impact.language import Text, joined, spoken
from impact.views import SYNTHETIC, Exported, html_view

CURVE_COLUMNS = (
    "line",
    "effect",
    "std_error",
    "degrees_of_freedom",
    "conf_low",
    "conf_high",
    "band_low",
    "band_high",
    "control_level",
    "treated_level",
)
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
_DOMINANCE = Text(
    "By the uniform {level:.0%} band over {tested}, the {subject} {found}.",
    "Según la banda uniforme del {level:.0%} sobre {tested}, {subject} {found}.",
)
_LOWER = Text(
    "is lower with the programme at every one of the lines {lines}",
    "es menor con el programa en cada una de las líneas {lines}",
)
_HIGHER = Text(
    "is higher with the programme at every one of the lines {lines}",
    "es mayor con el programa en cada una de las líneas {lines}",
)
_SUBJECTS = {
    "headcount": Text("headcount", "la incidencia"),
    "gap": Text("gap", "la brecha"),
    "severity": Text("severity", "la severidad"),
    "households": Text("households", "hogares"),
    "persons": Text("persons", "personas"),
}
_SUBJECT = Text("{measure} ({population})", "{measure} ({population})")
_HEAD = Text(
    "{estimand} on the {subject} at {lines} from {low:g} to {high:g}",
    "{estimand} sobre {subject} en {lines}, de {low:g} a {high:g}",
)
_NOWHERE = Text("differs from zero at no line", "no se distingue de cero en ninguna línea")
_AND = Text("{first} and {second}", "{first} y {second}")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PovertyCurve(Exported):
    """The effect on one poverty measure at each of many lines.

    Attributes
    ----------
    frame : DataFrame
        One row a line, with the columns of ``CURVE_COLUMNS``. ``conf_low`` and ``conf_high`` hold at each line by
        itself, ``band_low`` and ``band_high`` at all lines at once. ``control_level`` is the measure without the
        programme, as the match gives it, ``treated_level`` with it. Standard error, interval and band are missing
        at lines where nobody, or everybody, is poor.
    measure : str
        "headcount", "gap", "severity" or "fgt<alpha>".
    population : str
        "households" or "persons".
    estimand : str
    level : float
        Confidence level of the intervals and of the band.
    sup_critical_value : float
        What the largest studentised error stays below, to hold against the normal distribution.
    notes : tuple of str
    synthetic : bool
        Whether the data are synthetic; every view then says so.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(80.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age})
    >>> frame["income"] = 100 + 37 * age % 200 + 90 * frame["treated"]
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> curve = im.poverty_curve(matched, "income", lines=[150.0, 250.0, 350.0])
    >>> curve.frame[["line", "control_level", "treated_level"]].round(2).values.tolist()
    [[150.0, 0.25, 0.0], [250.0, 0.75, 0.3], [350.0, 1.0, 0.8]]
    >>> curve.dominance
    'By the uniform 95% band over 3 lines, the headcount (households) is lower with the programme at every one of the lines 150 to 350.'
    """

    TITLE: ClassVar[Text] = Text("Effect on poverty at every line", "Efecto en la pobreza en cada línea")

    frame: pd.DataFrame
    measure: str
    population: str
    estimand: str
    level: float
    sup_critical_value: float
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def ranges_below_zero(self) -> tuple[tuple[float, float], ...]:
        """First and last line of every run of lines at which the whole uniform band is below zero."""
        return self._ranges((self.frame["band_high"] < 0).to_numpy())

    @property
    def ranges_above_zero(self) -> tuple[tuple[float, float], ...]:
        """First and last line of every run of lines at which the whole uniform band is above zero."""
        return self._ranges((self.frame["band_low"] > 0).to_numpy())

    @property
    def dominance(self) -> Text:
        """Over which of the lines poverty is lower, or higher, with the programme, all of them at once."""
        tested = int(self.frame["std_error"].notna().sum())
        told = [
            words.with_values(lines=_spans(ranges))
            for words, ranges in ((_LOWER, self.ranges_below_zero), (_HIGHER, self.ranges_above_zero))
            if ranges
        ]
        return _DOMINANCE.with_values(
            level=self.level,
            tested=checks.counted(tested, "line"),
            subject=self._subject,
            found=_AND.with_values(first=told[0], second=told[1])
            if len(told) == 2
            else (told or [_NOWHERE])[0],
        )

    @property
    def _subject(self) -> Text:
        measure, population = (_SUBJECTS.get(one, one) for one in (self.measure, self.population))
        return _SUBJECT.with_values(measure=measure, population=population)

    def _ranges(self, marked: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
        lines = self.frame["line"].to_numpy()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
        return tuple((float(lines[a]), float(lines[b - 1])) for a, b in edges.reshape(-1, 2))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        head = _HEAD.with_values(
            estimand=self.estimand,
            subject=self._subject,
            lines=checks.counted(len(self), "line"),
            low=self.frame["line"].iloc[0],
            high=self.frame["line"].iloc[-1],
        )
        said = map(spoken, (head, self.dominance, *self.notes))
        return "\n".join([*([SYNTHETIC] if self.synthetic else []), *said])

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.dominance, *self.notes), self.synthetic)


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


def _spans(ranges: tuple[tuple[float, float], ...]) -> Text:
    spans = [
        Text("{low:g}", "{low:g}", low=low)
        if low == high
        else Text("{low:g} to {high:g}", "{low:g} a {high:g}", low=low, high=high)
        for low, high in ranges
    ]
    return joined(spans, ", ")
