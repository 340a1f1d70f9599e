"""Whether subgroups survive alike: the log-rank test, also where clusters end together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.errors import EstimationError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.survival.spells import RiskSet, Spells, read_spells
from impact.survey.clusters import stratified_cluster_covariance, sums_by_code
from impact.views import Exported, html_view, p_said, text_view

_BY_CLUSTER = Text("log-rank test by cluster, F", "prueba log-rank por conglomerado, F")
_EACH_BY_ITSELF = Text("log-rank test, chi-squared", "prueba log-rank, ji cuadrado")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LogRank(Exported):
    """A log-rank test.

    Attributes
    ----------
    frame : DataFrame
        ``subgroup``, ``n``, ``observed`` ends and the ``expected`` ones if all ended alike.
    statistic : float
        Chi-squared; F where clusters were named.
    degrees_of_freedom : tuple of float
        Numerator and denominator (infinite for chi-squared).
    p_value : float
    method : str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> spells = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "ended": 1, "region": list("aabbab")})
    >>> test = im.log_rank(spells, "years", "ended", by="region")
    >>> test.frame[["subgroup", "observed", "expected"]].round(2).values.tolist(), round(test.p_value, 2)
    ([['a', 3.0, 1.98], ['b', 3.0, 4.02]], 0.34)
    """

    TITLE: ClassVar[Text] = Text("Whether subgroups last alike", "Si los subgrupos duran igual")

    frame: pd.DataFrame
    statistic: float
    degrees_of_freedom: tuple[float, float]
    p_value: float
    method: Text
    synthetic: bool = False

    @property
    def note(self) -> Text:
        """The test in one line."""
        return Text(
            "{method}: {statistic:.3f}, {p}.",
            "{method}: {statistic:.3f}, {p}.",
            method=self.method,
            statistic=self.statistic,
            p=p_said(self.p_value),
        )

    def __repr__(self) -> str:
        return text_view(self.frame, [self.note], self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note], self.synthetic)


def log_rank(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    by: str | Sequence[str],
    weights: str | None = None,
    cluster: str | None = None,
) -> LogRank:
    r"""Test whether alliances of several subgroups last equally long.

    Parameters
    ----------
    frame, duration, event, weights, cluster
        As in :func:`impact.monitoring.survival.kaplan_meier.survival`.
    by : str or list of str
        Columns of the subgroups, at least two of which occur.

    Returns
    -------
    LogRank

    Notes
    -----
    :math:`O_k - E_k = \sum_i w_i \int (Z_{ik} - \bar Z_k)(dN_i - Y_i \, d\hat\Lambda)`. Without clusters and
    weights its variance is the hypergeometric one, as R's ``survdiff``. With them the sums of that integral by
    cluster, around their mean, give the variance, and :math:`F = X^2 (\nu - k + 1)/(\nu k)` with k subgroups less one and ν
    clusters less one.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50(3). Lin and Wei (1989), JASA 84(408),
    doi:10.1080/01621459.1989.10478874.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> spells = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "ended": 1, "region": list("aabbab")})
    >>> round(im.log_rank(spells, "years", "ended", by="region").statistic, 4)
    0.899
    """
    spells = read_spells(frame, duration, event, weights, cluster)
    labels, subgroup, _ = columns.subgroup_rows(frame, by)
    inside = subgroup >= 0
    present = np.unique(subgroup[inside])
    if len(present) < 2:
        raise EstimationError(
            Text(
                "A log-rank test needs at least 2 subgroups; {by!r} has {number} with spells.",
                "Una prueba de rangos logarítmicos necesita al menos 2 subgrupos; {by!r} tiene {number} con episodios.",
                by=by,
                number=len(present),
            )
        )
    spells, member = spells.of(inside), np.searchsorted(present, subgroup[inside])
    risk = RiskSet.of(spells)
    share = _at_risk_by(spells, risk, member, len(present)) / risk.at_risk
    observed = sums_by_code(member, spells.weight * (spells.cause > 0), len(present))
    expected = share @ risk.ended
    gap = (observed - expected)[:-1]
    count = len(present) - 1
    if spells.robust:
        scores = _scores(spells, risk, member, share)[:, :-1]
        variance = stratified_cluster_covariance(scores * spells.weight[:, np.newaxis], spells.cluster)
        freedom = float(len(np.unique(spells.cluster)) - 1)
        scale, method = (freedom - count + 1) / (freedom * count), _BY_CLUSTER
    else:
        variance, freedom = _hypergeometric(risk, share)[:-1, :-1], float("inf")
        scale, method = 1.0, _EACH_BY_ITSELF
    statistic = float(gap @ np.linalg.pinv(variance) @ gap) * scale
    table = pd.DataFrame(
        {
            "subgroup": [labels[number] for number in present],
            "n": np.bincount(member, minlength=len(present)),
            "observed": observed,
            "expected": expected,
        }
    )
    freedoms = (float(count), freedom - count + 1 if spells.robust else float("inf"))
    synthetic = bool(frame.attrs.get("synthetic", False))
    return LogRank(table, statistic, freedoms, _p_value(statistic, freedoms), method, synthetic)


def _at_risk_by(spells: Spells, risk: RiskSet, member: np.ndarray, number: int) -> Array:
    """Return the weight at risk of each subgroup at each distinct time, shape (K, T)."""
    leaving = np.zeros((number, len(risk.times)))
    np.add.at(leaving, (member, risk.place), spells.weight)
    return leaving[:, ::-1].cumsum(axis=1)[:, ::-1]


def _hypergeometric(risk: RiskSet, share: Array) -> Array:
    many = risk.at_risk > 1
    factor = np.zeros_like(risk.at_risk)
    factor[many] = risk.ended[many] * (risk.at_risk - risk.ended)[many] / (risk.at_risk[many] - 1)
    variance: Array = np.diag(share @ factor) - (share * factor) @ share.T
    return variance


def _scores(spells: Spells, risk: RiskSet, member: np.ndarray, share: Array) -> Array:
    """Return each spell's integral of its distance from the mean subgroup against its martingale."""
    hazard = risk.ended / risk.at_risk
    passed, weighted = np.cumsum(hazard), np.cumsum(share * hazard, axis=1)
    own = np.eye(len(share))[member]
    ended = (spells.cause > 0)[:, np.newaxis] * (own - share[:, risk.place].T)
    scores: Array = ended - (own * passed[risk.place][:, np.newaxis] - weighted[:, risk.place].T)
    return scores


def _p_value(statistic: float, freedom: tuple[float, float]) -> float:
    from scipy.stats import chi2, f

    if np.isinf(freedom[1]):
        return float(chi2.sf(statistic, freedom[0]))
    return float(f.sf(statistic, *freedom))
