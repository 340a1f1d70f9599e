"""How much of the variance lies between products, regions or groups, and how much within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.errors import DataError, EstimationError
from impact.language import Text
from impact.monitoring import columns
from impact.survey.clusters import group_codes, sums_by_code
from impact.views import Exported, html_view, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VarianceShares(Exported):
    """Variance between and within.

    Attributes
    ----------
    frame : DataFrame
        One row a factor: ``factor``, ``levels``, ``n``, ``icc`` (share of the variance that lies between its levels) with
        ``conf_low`` and ``conf_high``, ``between_variance``, ``within_variance``, ``statistic`` (F), ``p_value``.
    level : float
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> changes = pd.DataFrame({"change": [1, 2, 3, 11, 12, 13], "region": list("aaabbb"), "product": list("mqomqo")})
    >>> found = im.variance_shares(changes, "change", ["region", "product"])
    >>> found.frame[["factor", "levels", "icc"]].round(2).values.tolist()  # nearly all lies between the regions
    [['region', 2, 0.98], ['product', 3, 0.0]]
    """

    TITLE: ClassVar[Text] = Text("Variance within and between", "Varianza dentro y entre")

    frame: pd.DataFrame
    level: float
    synthetic: bool = False

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the shares say, one line a factor."""
        return tuple(
            Text(
                (
                    "{factor}: {between:.0%} of the variance lies between its {levels} levels ({level:.0%} interval {low:.0%} to "
                    "{high:.0%}), {within:.0%} within."
                ),
                (
                    "{factor}: {between:.0%} de la varianza está entre sus {levels} niveles (intervalo del {level:.0%}: {low:.0%} a "
                    "{high:.0%}), {within:.0%} dentro."
                ),
                factor=row["factor"],
                between=row["icc"],
                levels=row["levels"],
                level=self.level,
                low=row["conf_low"],
                high=row["conf_high"],
                within=1 - row["icc"],
            )
            for row in self.frame.to_dict("records")
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def variance_shares(
    frame: pd.DataFrame, value: str, factors: Sequence[str], level: float = 0.95
) -> VarianceShares:
    r"""Return the intraclass correlation of an amount for each factor, with its interval.

    Parameters
    ----------
    frame : DataFrame
        One row a subproject (or household).
    value : str
        Column of the amount; rows without it, or without the factor, are left out of that factor.
    factors : list of str
        Columns such as product, region, producer group; each with two levels or more, one with two rows.
    level : float, default 0.95

    Returns
    -------
    VarianceShares

    Notes
    -----
    One-way random effects: :math:`\hat\rho = (F - 1)/(F - 1 + n_0)` with F the ratio of mean squares and
    :math:`n_0 = (N - \sum n_j^2/N)/(k - 1)`; negative values are cut at 0. The interval replaces F by F over its
    quantiles (Searle), with the harmonic mean of the sizes and the unweighted mean square of Thomas and Hultquist (1978)
    in place of n₀ and F where sizes differ. Normal values are assumed: of incomes take the log or the change.

    References
    ----------
    Searle, Casella and McCulloch (1992), Variance Components, section 3.5–3.6. Thomas and Hultquist (1978), Annals of
    Statistics 6(3), 582–587, doi:10.1214/aos/1176344202.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> changes = pd.DataFrame({"change": [1, 2, 3, 11, 12, 13], "region": list("aaabbb"), "product": list("mqomqo")})
    >>> im.variance_shares(changes, "change", ["region", "product"]).frame["icc"].round(3).tolist()
    [0.98, 0.0]
    """
    checks.between("level", level, 0.0, 1.0)
    columns.require_table(frame)
    values = columns.amounts(frame, "value", value, missing=True)
    rows = []
    for factor in checks.columns("factors", factors):
        labels = columns.column(frame, "factors", factor)
        known = ~np.isnan(values) & labels.notna().to_numpy()
        if not known.any():
            raise DataError(
                Text(
                    "No row has both {value!r} and {factor!r}.",
                    "Ninguna fila tiene {value!r} y {factor!r}.",
                    value=value,
                    factor=factor,
                )
            )
        rows.append({"factor": factor} | _one_way(values[known], group_codes(labels[known]), factor, level))
    return VarianceShares(pd.DataFrame(rows), level, bool(frame.attrs.get("synthetic", False)))


def _one_way(values: Array, codes: Positions, factor: str, level: float) -> dict[str, float]:
    from scipy.stats import f

    number, levels = len(values), int(codes.max()) + 1
    sizes = np.bincount(codes).astype(np.float64)
    if levels < 2 or number <= levels:
        raise EstimationError(
            Text(
                "{factor!r} needs at least 2 levels, one of them with 2 rows; it has {levels} and {rows}.",
                "{factor!r} necesita al menos 2 niveles, uno de ellos con 2 filas; tiene {levels} y {rows}.",
                factor=factor,
                levels=checks.counted(levels, "level"),
                rows=checks.counted(number, "row"),
            )
        )
    means = sums_by_code(codes, values, levels) / sizes
    within = float(((values - means[codes]) ** 2).sum()) / (number - levels)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (levels - 1)
    if within == 0:
        raise EstimationError(
            Text(
                "Nothing varies within the levels of {factor!r}.",
                "Nada varía dentro de los niveles de {factor!r}.",
                factor=factor,
            )
        )
    per_level = (number - float((sizes**2).sum()) / number) / (levels - 1)
    harmonic = levels / float((1 / sizes).sum())
    unweighted = harmonic * float(means.var(ddof=1)) / within
    tail = (1 - level) / 2
    low, high = (
        _correlation(unweighted / float(f.ppf(p, levels - 1, number - levels)), harmonic)
        for p in (1 - tail, tail)
    )
    statistic = between / within
    variance = max((between - within) / per_level, 0.0)
    return {
        "levels": levels, "n": number, "icc": variance / (variance + within), "conf_low": max(low, 0.0),
        "conf_high": max(high, 0.0), "between_variance": variance, "within_variance": within,
        "statistic": statistic, "p_value": float(f.sf(statistic, levels - 1, number - levels)),
    }  # fmt: skip


def _correlation(ratio: float, size: float) -> float:
    return (ratio - 1) / (ratio - 1 + size)
