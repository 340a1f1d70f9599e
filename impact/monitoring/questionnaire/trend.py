"""Whether a share rises over funding years, and what so few groups could have shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.views import Exported, html_view, p_compared, p_said

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class Trend(Exported):
    """A trend in shares.

    Attributes
    ----------
    slope, std_error, conf_low, conf_high : float
        Change of the share per unit of the score, by weighted least squares.
    statistic, p_value : float
        Cochran and Armitage's z and its two-sided p-value.
    rise : float
        What the slope makes from the first score to the last.
    power : float
        Chance that a test at 1 − level finds a rise as large as ``rise``.
    detectable_rise : float
        The rise from first to last that such groups find four times in five.
    n : int
        Units over all scores.
    level : float

    Examples
    --------
    >>> import impact as im
    >>> trend = im.trend_in_shares([10, 11, 13, 14, 16], [19, 20, 21, 22, 26], [2007, 2008, 2009, 2010, 2011])
    >>> round(trend.slope, 3), round(trend.p_value, 2), round(trend.power, 2)
    (0.025, 0.45, 0.12)
    """

    TITLE: ClassVar[Text] = Text("Trend in shares", "Tendencia de proporciones")

    slope: float
    std_error: float
    conf_low: float
    conf_high: float
    statistic: float
    p_value: float
    rise: float
    power: float
    detectable_rise: float
    n: int
    level: float

    @property
    def verdict(self) -> Text:
        """What may be said of the trend."""
        if self.p_value < 1 - self.level:
            return Text(
                "The share changes: {rise:+.0f} points from first to last, {p}.",
                "La proporción cambia: {rise:+.0f} puntos del primero al último, {p}.",
                rise=100 * self.rise,
                p=p_said(self.p_value),
            )
        return Text(
            (
                "No evidence of a trend: {rise:+.0f} points from first to last, z = {z:.2f}, p {p}. "
                "{n:,} units find such a change {power:.0%} of the time; to be found in 80 %, it must be {needed:.0f} points."
            ),
            (
                "Sin evidencia de tendencia: {rise:+.0f} puntos del primero al último, z = {z:.2f}, p {p}. "
                "{n:,} unidades hallan un cambio así {power:.0%} de las veces; para hallarlo en 80 %, debe ser de {needed:.0f} "
                "puntos."
            ),
            rise=100 * self.rise, z=self.statistic, p=p_compared(self.p_value),
            n=self.n, power=self.power, needed=100 * self.detectable_rise,
        )  # fmt: skip

    @property
    def notes(self) -> tuple[Text, ...]:
        """The verdict, as a document writes it under the table."""
        return (self.verdict,)

    @property
    def frame(self) -> pd.DataFrame:
        """The trend as a table of one row: a column for each attribute."""
        import pandas as pd

        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        return self.verdict

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.verdict,))


def trend_in_shares(
    count: Sequence[float], total: Sequence[float], score: Sequence[float], level: float = 0.95
) -> Trend:
    r"""Test whether a share rises or falls over an ordered score, and say what could have been found.

    Parameters
    ----------
    count, total : sequence of float
        Units with the trait, and all units, at each score; count at most total.
    score : sequence of float
        Such as the year of funds; at least two different ones.
    level : float, default 0.95

    Returns
    -------
    Trend

    Notes
    -----
    :math:`z = \sum_j s_j (r_j - n_j \bar p)/\sqrt{\bar p (1 - \bar p) S_{xx}}` with
    :math:`S_{xx} = \sum n_j (s_j - \bar s)^2`, units independent. The slope is :math:`\sum s_j (r_j - n_j \bar p)/S_{xx}`;
    the power is that of z at the observed slope, an optimistic view of what was found, and the detectable rise is
    what matters.

    References
    ----------
    Armitage (1955), Biometrics 11(3), 375–386, doi:10.2307/3001775.

    Examples
    --------
    Attendance by year of funds, 2007 to 2011:

    >>> import impact as im
    >>> trend = im.trend_in_shares([10, 11, 13, 14, 16], [19, 20, 21, 22, 26], [2007, 2008, 2009, 2010, 2011])
    >>> round(trend.statistic, 2), round(trend.p_value, 2), round(100 * trend.detectable_rise)
    (0.76, 0.45, 37)
    >>> trend.verdict[:61]
    'No evidence of a trend: +10 points from first to last, z = 0.'
    """
    checks.between("level", level, 0.0, 1.0)
    with_trait, units, scores = (np.asarray(values, dtype=np.float64) for values in (count, total, score))
    _refuse_wrong_counts(with_trait, units, scores)
    from scipy.special import ndtr, ndtri

    number = float(units.sum())
    mean, share = float(units @ scores) / number, float(with_trait.sum()) / number
    spread = float(units @ (scores - mean) ** 2)
    gap = float(scores @ (with_trait - units * share))
    error = float(np.sqrt(share * (1 - share) / spread))
    slope, critical = gap / spread, float(ndtri(0.5 + level / 2))
    statistic, width = slope / error, float(scores.max() - scores.min())
    power = float(ndtr(abs(statistic) - critical) + ndtr(-abs(statistic) - critical))
    return Trend(
        slope, error, slope - critical * error, slope + critical * error, statistic,
        2 * float(ndtr(-abs(statistic))), slope * width, power,
        float(critical + ndtri(0.8)) * error * width, int(number), level,
    )  # fmt: skip


def _refuse_wrong_counts(count: Array, total: Array, score: Array) -> None:
    if not len(count) == len(total) == len(score) >= 2:
        raise DataError(
            Text(
                (
                    "count, total and score must have one entry a group of units, at least 2; got {number}, {number_2} "
                    "and {number_3}."
                ),
                (
                    "count, total y score deben tener una entrada por grupo de unidades, al menos 2; tienen {number}, "
                    "{number_2} y {number_3}."
                ),
                number=len(count),
                number_2=len(total),
                number_3=len(score),
            )
        )
    if not (np.isfinite(count).all() and np.isfinite(total).all() and np.isfinite(score).all()):
        raise DataError(
            Text(
                "count, total and score must be finite numbers. Leave out what is not known.",
                "count, total y score deben ser números finitos. Quite lo que no se conoce.",
            )
        )
    if (count < 0).any() or (count > total).any():
        place = int(np.flatnonzero((count < 0) | (count > total))[0])
        raise DataError(
            Text(
                "count must lie between 0 and total; at score {score:g} it is {count:g} of {total:g}.",
                "count debe estar entre 0 y total; en el puntaje {score:g} es {count:g} de {total:g}.",
                score=score[place],
                count=count[place],
                total=total[place],
            )
        )
    if score.min() == score.max() or not 0 < count.sum() < total.sum():
        raise DataError(
            Text(
                "A trend needs at least two different scores, and units with and without the trait.",
                "Una tendencia necesita al menos dos puntajes distintos, y unidades con y sin el rasgo.",
            )
        )
