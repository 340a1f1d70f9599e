"""Whether funds and beneficiaries went where the need is: concentration curve, index, share of the upper part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.targeting.ranked import Curves, RankedUnits
from impact.survey.clusters import group_codes
from impact.views import Exported, html_view, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Concentration(Exported):
    """How an amount is spread over a ranking.

    Attributes
    ----------
    frame : DataFrame
        The curve: ``population_share`` from the lowest rank upwards, ``amount_share`` that it holds, its
        ``conf_low`` and ``conf_high``.
    index, std_error, conf_low, conf_high : float
        Concentration index, −1 to 1: below 0 the amount lies with the low ranks.
    n, clusters : int
    level : float
    replications, seed : int
    ranked_by, amount : str
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> towns = pd.DataFrame({"needs": [0.2, 0.4, 0.6, 0.8], "funds": [10, 20, 30, 40]})
    >>> curve = im.concentration(towns, "needs", "funds")
    >>> curve.frame.loc[[9, 19], ["population_share", "amount_share"]].round(2).values.tolist()  # the lower half has 30 %
    [[0.5, 0.3], [1.0, 1.0]]
    >>> round(curve.index, 3)  # above 0: more where needs are larger
    0.25
    """

    TITLE: ClassVar[Text] = Text("Concentration", "Concentración")

    _frame: pd.DataFrame
    index: float
    std_error: float
    conf_low: float
    conf_high: float
    n: int
    clusters: int
    level: float
    replications: int
    seed: int
    ranked_by: str
    amount: str
    _ranked: RankedUnits
    _drawn: Curves
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The curve, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    def share_of_upper(self, share: float, stated: float | None = None) -> pd.Series:
        """Return what the upper ``share`` of the ranking holds, with its interval and, of a stated part, its test.

        Parameters
        ----------
        share : float
            In (0, 1): 0.43 for the 43 % with the highest rank.
        stated : float, optional
            What it is said to hold, such as 0.56.

        Returns
        -------
        Series
            ``population_share``, ``amount_share``, ``std_error``, ``conf_low``, ``conf_high``, ``stated`` and the
            two-sided ``p_value`` that the part is as stated (both missing without it).
        """
        from scipy.special import stdtr

        checks.between("share", share, 0.0, 1.0)
        if stated is not None:
            checks.within("stated", stated, 0.0, 1.0)
        grid = np.array([1 - share])
        value = 1 - float(self._ranked.observed().at(grid)[0, 0])
        drawn = 1 - self._drawn.at(grid)[:, 0]
        low, high = _interval(drawn, value, self.level, self.clusters)
        error = float(drawn.std(ddof=1)) * np.sqrt(self.clusters / (self.clusters - 1))
        gap = np.nan if stated is None else abs(value - stated)
        return pd.Series(
            {
                "population_share": share,
                "amount_share": value,
                "std_error": float(drawn.std(ddof=1)),
                "conf_low": low,
                "conf_high": high,
                "stated": np.nan if stated is None else stated,
                "p_value": 2 * float(stdtr(self.clusters - 1, -gap / error)),
            }
        )

    def __repr__(self) -> str:
        return text_view(self._frame, [self.note, *self.notes], self.synthetic)

    @property
    def note(self) -> Text:
        """The index in one line."""
        return Text(
            (
                "Concentration index of {amount!r} over {ranked_by!r}: {index:.3f} ({level:.0%} interval {low:.3f} to {high:.3f}); "
                "bootstrap of {clusters}, {replications} draws, seed {seed!s}."
            ),
            (
                "Índice de concentración de {amount!r} sobre {ranked_by!r}: {index:.3f} (intervalo del {level:.0%}: {low:.3f} a "
                "{high:.3f}); bootstrap de {clusters}, {replications} simulaciones, semilla {seed!s}."
            ),
            amount=self.amount, ranked_by=self.ranked_by, index=self.index, level=self.level, low=self.conf_low, high=self.conf_high,
            clusters=checks.counted(self.clusters, "cluster"), replications=self.replications, seed=self.seed,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return html_view(self._frame, [self.note, *self.notes], self.synthetic)


def concentration(
    frame: pd.DataFrame,
    rank_by: str,
    amount: str,
    weights: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
) -> Concentration:
    r"""Return how an amount is spread over a ranking, from the lowest rank to the highest.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        One row a municipality, subproject or household.
    rank_by : str
        Column of the ranking, such as a needs index; equal values are one step of the curve.
    amount : str
        Column of what is spread: funds, beneficiaries; at least 0, not all 0.
    weights : str, optional
        Column of sampling weights: how many rows of the population a row stands for.
    cluster : str, optional
        Column of what is drawn anew for the intervals, such as the municipality; each row by default.
    population : str, optional
        Column of the people behind a row, such as its rural population, for the horizontal axis. Each row
        counts once by default: shares of municipalities.
    level : float, default 0.95
    replications : int, default 999
    seed : int, default 0

    Returns
    -------
    Concentration
        ``share_of_upper(0.43)`` gives what the 43 % with the highest rank hold.

    Raises
    ------
    DataError
        A value is missing, an amount negative, or nothing was spread.

    Notes
    -----
    :math:`L(p)` is the share of :math:`\sum w a` held by the lowest p of :math:`\sum w` persons, straight
    within ties; the index is :math:`1 - 2 \int_0^1 L`. Intervals: clusters drawn with replacement; the bootstrap's
    standard error with t quantiles of clusters less one.

    References
    ----------
    Kakwani, Wagstaff and van Doorslaer (1997), Journal of Econometrics 77(1), 87–103,
    doi:10.1016/S0304-4076(96)01807-6.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> towns = pd.DataFrame({"needs": [0.2, 0.4, 0.6, 0.8], "funds": [10, 20, 30, 40]})
    >>> curve = im.concentration(towns, "needs", "funds")
    >>> round(curve.index, 3), round(curve.share_of_upper(0.5)["amount_share"], 3)
    (0.25, np.float64(0.7))
    """
    checks.between("level", level, 0.0, 1.0)
    checks.whole("replications", replications, minimum=99)
    checks.whole("seed", seed, minimum=0)
    columns.require_table(frame)
    ranked, codes = _ranked(frame, rank_by, amount, weights, cluster, population)
    grid = np.linspace(0.05, 1.0, 20)
    observed, drawn = ranked.observed(), ranked.drawn(replications, seed)
    number = int(codes.max()) + 1
    value = float(observed.index[0])
    low, high = _interval(drawn.index, value, level, number)
    heights, others = observed.at(grid)[0], drawn.at(grid)
    ends = [_interval(others[:, k], heights[k], level, number) for k in range(len(grid))]
    table = pd.DataFrame(
        {
            "population_share": grid,
            "amount_share": heights,
            "conf_low": [max(end[0], 0.0) for end in ends],
            "conf_high": [min(end[1], 1.0) for end in ends],
        }
    )
    return Concentration(
        table,
        value,
        float(drawn.index.std(ddof=1)),
        low,
        high,
        len(frame),
        number,
        level,
        replications,
        seed,
        rank_by,
        amount,
        ranked,
        drawn,
        (),
        bool(frame.attrs.get("synthetic", False)),
    )


def _ranked(
    frame: pd.DataFrame,
    rank_by: str,
    amount: str,
    weights: str | None,
    cluster: str | None,
    population: str | None,
) -> tuple[RankedUnits, Positions]:
    rank = columns.amounts(frame, "rank_by", rank_by)
    spread = columns.amounts(frame, "amount", amount)
    _refuse_nothing_spread(spread, amount)
    weight = columns.sampling_weights(frame, weights)
    people = weight if population is None else weight * columns.amounts(frame, "population", population)
    if (people < 0).any() or not people.any():
        raise DataError(
            Text(
                "population {population!r} must be at least 0 and not all 0.",
                "population {population!r} debe ser al menos 0 y no toda 0.",
                population=population,
            )
        )
    codes = (
        np.arange(len(frame)) if cluster is None else group_codes(columns.column(frame, "cluster", cluster))
    )
    if codes.max() < 1:
        raise DataError(
            Text(
                "An interval needs at least 2 clusters; got 1. Pass a finer cluster.",
                "Un intervalo necesita al menos 2 conglomerados; hay 1. Dé un conglomerado más fino.",
            )
        )
    order = np.argsort(rank, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(rank[order]) > 0, True])
    return RankedUnits(people[order], (weight * spread)[order], last, codes[order]), codes


def _refuse_nothing_spread(spread: Array, amount: str) -> None:
    if (spread < 0).any() or not spread.any():
        what = (
            Text("are all 0", "es toda 0")
            if not spread.any()
            else Text(
                "must be at least 0; the lowest is {lowest:g}",
                "debe ser al menos 0; la menor es {lowest:g}",
                lowest=spread.min(),
            )
        )
        raise DataError(
            Text(
                "amount {amount!r} {what}. A concentration needs something that was spread.",
                "amount {amount!r} {what}. Una concentración necesita algo que se haya repartido.",
                amount=amount,
                what=what,
            )
        )


def _interval(drawn: Array, value: float, level: float, clusters: int) -> tuple[float, float]:
    """Return the value ± t times the bootstrap's standard error, which redraws make too small by (G − 1)/G."""
    from scipy.special import stdtrit

    error = float(drawn.std(ddof=1)) * np.sqrt(clusters / (clusters - 1))
    reach = float(stdtrit(clusters - 1, 0.5 + level / 2)) * error
    return value - reach, value + reach
