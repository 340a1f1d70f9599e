"""Do subgroups differ? Equality, trend, and the ratio of two effects with Fieller's confidence set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.effects.interval import critical_value, t_test
from impact.effects.variances.sums.covariance import EffectsTogether
from impact.errors import EstimationError
from impact.language import Text
from impact.views import p_compared

_SCALES = {
    "level": Text("in the outcome's unit", "en la unidad del resultado"),
    "percent": Text("percent of the control mean", "porcentaje de la media de control"),
}
_SETS = {
    "interval": Text("{low:,.3g} to {high:,.3g}", "{low:,.3g} a {high:,.3g}"),
    "outside": Text(
        "up to {low:,.3g} and from {high:,.3g} on: the effect of {second} may be zero",
        "hasta {low:,.3g} y desde {high:,.3g}: el efecto de {second} puede ser cero",
    ),
    "everything": Text(
        "every number: the effect of {second} may be zero",
        "cualquier número: el efecto de {second} puede ser cero",
    ),
}


@dataclass(frozen=True, slots=True)
class EqualityTest:
    """A joint test that all subgroups gain alike.

    Attributes
    ----------
    scale : str
        "level": equal in the outcome's unit; "percent": equal in percent of each subgroup's control mean.
    statistic : float
        Wald statistic, χ² in large samples.
    f_statistic, numerator, denominator : float
        F with its degrees of freedom.
    p_value : float
    """

    scale: str
    statistic: float
    f_statistic: float
    numerator: int
    denominator: float
    p_value: float

    @property
    def text(self) -> Text:
        """The test as one line."""
        return Text(
            "Equal effects ({scale}): F({numerator}, {denominator:.1f}) = {statistic:.2f}, p {p}",
            "Efectos iguales ({scale}): F({numerator}; {denominator:.1f}) = {statistic:.2f}, p {p}",
            scale=_SCALES[self.scale],
            numerator=self.numerator,
            denominator=self.denominator,
            statistic=self.f_statistic,
            p=p_compared(self.p_value),
        )

    def __repr__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class EffectTrend:
    """By how much the effect changes from one subgroup to the next: the least-squares slope over their order.

    Attributes
    ----------
    scale : str
        "level" or "percent".
    slope, std_error, degrees_of_freedom, statistic, p_value, conf_low, conf_high, level : float
        Per step; in percentage points for "percent".
    """

    scale: str
    slope: float
    std_error: float
    degrees_of_freedom: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    level: float

    @property
    def text(self) -> Text:
        """The trend as one line."""
        return Text(
            "Trend per step ({scale}): {slope:,.4g}, {level:.0%} interval {low:,.4g} to {high:,.4g}, p {p}",
            "Tendencia por paso ({scale}): {slope:,.4g}, intervalo del {level:.0%}: {low:,.4g} a {high:,.4g}, p {p}",
            scale=_SCALES[self.scale],
            slope=self.slope,
            level=self.level,
            low=self.conf_low,
            high=self.conf_high,
            p=p_compared(self.p_value),
        )

    def __repr__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class EffectRatio:
    """How many times as large one subgroup's effect is as another's, with Fieller's confidence set.

    Attributes
    ----------
    first, second, scale : str
    ratio : float
    conf_low, conf_high : float
        Ends of the set; infinite where it has none.
    shape : str
        "interval"; "outside": every ratio up to ``conf_low`` and from ``conf_high`` on; "everything".
    level : float

    Notes
    -----
    The set holds every ρ that t does not reject in τ₁ − ρ τ₂ = 0. Where τ₂ itself may be zero the set is
    not an interval: nothing then bounds the ratio, and a delta-method interval would pretend that
    something did.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16(2), 175-185,
    doi:10.1111/j.2517-6161.1954.tb00159.x.
    """

    first: str
    second: str
    scale: str
    ratio: float
    conf_low: float
    conf_high: float
    shape: str
    level: float

    @property
    def text(self) -> Text:
        """The ratio and its confidence set as one line."""
        return Text(
            "{first}/{second} ({scale}): {ratio:.2f} times, {level:.0%} Fieller set {values}",
            "{first}/{second} ({scale}): {ratio:.2f} veces, conjunto de Fieller del {level:.0%}: {values}",
            first=self.first,
            second=self.second,
            scale=_SCALES[self.scale],
            ratio=self.ratio,
            level=self.level,
            values=_SETS[self.shape].with_values(low=self.conf_low, high=self.conf_high, second=self.second),
        )

    def __repr__(self) -> str:
        return str(self.text)


def equality_test(joint: EffectsTogether) -> EqualityTest:
    """Test that all effects are equal.

    Parameters
    ----------
    joint : EffectsTogether
        At least two subgroups.

    Returns
    -------
    EqualityTest

    Raises
    ------
    EstimationError
        Fewer effective groups than effects: the covariance cannot carry the test.

    Notes
    -----
    W = (Cτ)′(C V C′)⁻¹ Cτ for the m = q − 1 differences, referred to Hotelling's T²: F = (ν − m + 1)/(ν m) W
    with m and ν − m + 1 degrees of freedom. ν = m(m + 1)/(2 Σ_g |S̃_g|⁴), with S̃_g the group sums of Cτ
    whitened by its covariance, is the Wishart that has the second moments of Σ_g S_g S_g′ (Nel & van der
    Merwe 1986); with m = 1 it is the Satterthwaite number of the t intervals.

    References
    ----------
    Nel & van der Merwe (1986), Communications in Statistics A 15(12), 3719-3735,
    doi:10.1080/03610928608829342.
    Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36(4), 672-683,
    doi:10.1080/07350015.2016.1247004.
    """
    from scipy.special import fdtrc

    q = len(joint.names)
    if q < 2:
        raise EstimationError(
            Text(
                "Equality needs at least two subgroups with an estimate; got {q}.",
                "La igualdad necesita al menos dos subgrupos con estimación; hay {q}.",
                q=q,
            )
        )
    sums = joint.sums.combined(_differences(q).T)
    gap, size = _differences(q) @ joint.values, q - 1
    wald = float(((gap @ _whitener(sums.positive_definite(), q)) ** 2).sum())
    # like those of a single effect, the degrees of freedom are those of the sums by group
    white = sums.contributions @ _whitener(sums.by_group, q)
    freedom = size * (size + 1) / (2 * float(((white**2).sum(1) ** 2).sum()))
    denominator = freedom - size + 1
    if denominator <= 0:
        raise EstimationError(
            Text(
                (
                    "A joint test of {q} effects needs more groups: their weight rests on about {freedom:.1f}. Ask for "
                    "fewer subgroups."
                ),
                (
                    "Una prueba conjunta de {q} efectos necesita más grupos: su peso descansa en unos {freedom:.1f}. "
                    "Pida menos subgrupos."
                ),
                q=q,
                freedom=freedom,
            )
        )
    statistic = wald * denominator / (freedom * size)
    return EqualityTest(
        joint.scale, wald, statistic, size, denominator, float(fdtrc(size, denominator, statistic))
    )


def trend_test(
    joint: EffectsTogether, level: float = 0.95, places: Sequence[int] | None = None
) -> EffectTrend:
    """Estimate and test the slope of the effects over the order of the subgroups.

    Parameters
    ----------
    joint : EffectsTogether
        In the order of the subgroups, lowest first.
    level : float
        Confidence level in (0, 1).
    places : sequence of int, optional
        Place of each subgroup where some between them are missing; 0, 1, 2, … by default.
    """
    checks.between("level", level, 0.0, 1.0)
    steps = np.array(range(len(joint.names)) if places is None else places, dtype=np.float64)
    centred = steps - steps.mean()
    unit = 100.0 if joint.scale == "percent" else 1.0
    slope, error, freedom = joint.contrast(unit * centred / (centred @ centred))
    return EffectTrend(joint.scale, slope, error, freedom, *t_test(slope, error, freedom, level), level)


def effect_ratio(joint: EffectsTogether, first: str, second: str, level: float = 0.95) -> EffectRatio:
    """Return the ratio of two subgroups' effects with Fieller's confidence set.

    Parameters
    ----------
    joint : EffectsTogether
    first, second : str
        Names of the subgroups above and below the line of the fraction.
    level : float
        Confidence level in (0, 1).

    Notes
    -----
    With t the critical value at the degrees of freedom of τ₁ − ρ̂ τ₂, the set solves
    (τ₂² − t²V₂₂) ρ² − 2 (τ₁τ₂ − t²V₁₂) ρ + (τ₁² − t²V₁₁) ≤ 0.
    """
    checks.between("level", level, 0.0, 1.0)
    checks.columns_present(Text("first and second", "first y second"), [first, second], joint.names)
    pair = joint.take([joint.names.index(first), joint.names.index(second)])
    above, below = pair.values
    variance = pair.covariance
    ratio = float(above / below) if below != 0 else np.nan
    _, _, freedom = pair.contrast(np.array([1.0, -ratio if np.isfinite(ratio) else 0.0]))
    reach = critical_value(freedom, level) ** 2
    square = below**2 - reach * variance[1, 1]
    cross = above * below - reach * variance[0, 1]
    constant = above**2 - reach * variance[0, 0]
    discriminant = cross**2 - square * constant
    if square > 0:
        ends, shape = sorted((cross + sign * np.sqrt(discriminant)) / square for sign in (-1, 1)), "interval"
    elif discriminant > 0 and square < 0:
        ends, shape = sorted((cross + sign * np.sqrt(discriminant)) / square for sign in (-1, 1)), "outside"
    else:
        ends, shape = [-np.inf, np.inf], "everything"
    return EffectRatio(first, second, joint.scale, ratio, float(ends[0]), float(ends[1]), shape, level)


def _whitener(covariance: Array, number: int) -> Array:
    """Return the matrix that gives estimates of this covariance unit variances, shape (m, m)."""
    values, vectors = np.linalg.eigh(covariance)
    if values[0] <= 1e-12 * values[-1]:
        raise EstimationError(
            Text(
                (
                    "The covariance of {number} effects is singular: too few groups for a joint test. Ask for fewer "
                    "subgroups."
                ),
                (
                    "La covarianza de {number} efectos es singular: muy pocos grupos para una prueba conjunta. Pida "
                    "menos subgrupos."
                ),
                number=number,
            )
        )
    whitener: Array = vectors / np.sqrt(values)
    return whitener


def _differences(number: int) -> Array:
    """Return the matrix that takes each effect from the next, shape (q − 1, q)."""
    return np.eye(number)[1:] - np.eye(number)[:-1]
