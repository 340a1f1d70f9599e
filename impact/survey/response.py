"""Who answered: response by arm, and bounds on the effect where the arms lost different households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.errors import DataError, EstimationError
from impact.language import Text
from impact.survey.clusters import group_codes, stratified_cluster_variance
from impact.views import Exported, html_view

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

ALWAYS_RESPONDERS = "average effect on units that would answer whether treated or not (always-responders)"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResponseTable(Exported):
    """Interview outcomes by arm and the difference of the response rates.

    Attributes
    ----------
    frame : DataFrame
        Columns arm, response, units, share (of the arm, weighted where weights were given).
    difference : float
        Response rate of the treated less that of the controls.
    std_error, conf_low, conf_high : float
        Of the difference; by group where groups were given.
    weights, clusters : str, int
        How the shares are weighted; how many groups carry the standard error.
    """

    frame: pd.DataFrame
    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    weights: str
    clusters: int

    def __repr__(self) -> str:
        interval = f"{100 * self.conf_low:.1f} to {100 * self.conf_high:.1f}"
        return f"ResponseTable(difference {100 * self.difference:.1f} points, interval {interval})"

    def _repr_html_(self) -> str:
        return html_view(self.frame)


@dataclass(frozen=True, slots=True, repr=False)
class LeeBounds(Exported):
    """Sharp bounds on the effect under differential response.

    Attributes
    ----------
    lower, upper : float
        Bounds on the estimand, in units of the outcome.
    std_error_lower, std_error_upper : float
    conf_low, conf_high : float
        Interval that covers the effect (not the whole identified set) with probability ``level``.
    difference : float
        Difference of the respondents' means, which ignores who is missing.
    trimmed_share : float
        Share of the respondents of ``trimmed_arm`` that is cut off, in [0, 1).
    trimmed_arm : str
        The arm that answered more.
    n_treated, n_control : int
        Respondents.
    clusters : int
        Groups that carry the standard errors.
    level : float
    estimand : str
    """

    lower: float
    upper: float
    std_error_lower: float
    std_error_upper: float
    conf_low: float
    conf_high: float
    difference: float
    trimmed_share: float
    trimmed_arm: str
    n_treated: int
    n_control: int
    clusters: int
    level: float
    estimand: str = ALWAYS_RESPONDERS

    @property
    def frame(self) -> pd.DataFrame:
        """The two bounds: columns bound, estimate, std_error, conf_low, conf_high (of the effect), estimand."""
        import pandas as pd

        return pd.DataFrame(
            {
                "bound": ["lower", "upper"],
                "estimate": [self.lower, self.upper],
                "std_error": [self.std_error_lower, self.std_error_upper],
                "conf_low": self.conf_low,
                "conf_high": self.conf_high,
                "estimand": self.estimand,
            }
        )

    def __repr__(self) -> str:
        return (
            f"LeeBounds({self.lower:,.4g} to {self.upper:,.4g}, {self.level:.0%} interval {self.conf_low:,.4g} to {self.conf_high:,.4g}; "
            f"{self.trimmed_share:.1%} of the {self.trimmed_arm} trimmed; {self.estimand})"
        )

    def _repr_html_(self) -> str:
        return html_view(self.frame)


def response_by_arm(
    frame: pd.DataFrame,
    treatment: str,
    response: str,
    *,
    complete: str = "complete",
    cluster: str | None = None,
    weight: str | None = None,
    level: float = 0.95,
) -> ResponseTable:
    """Count interview outcomes by arm and compare the response rates.

    Parameters
    ----------
    frame : DataFrame
        One row per unit of the sampling frame, interviewed or not.
    treatment, response : str
        Columns: treatment (0/1), outcome of the interview.
    complete : str, default "complete"
        The value of ``response`` that counts as an answer.
    cluster, weight : str, optional
        Columns: group that treatment is assigned to; sampling weight.
    level : float, in (0, 1)

    Returns
    -------
    ResponseTable

    Raises
    ------
    DataError
        Treatment is not 0/1 with both arms, or an interview outcome is missing.

    Notes
    -----
    The difference is that of two Hájek means; its variance is the with-replacement estimator over groups,
    arm by arm, with a normal interval.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "response": ["complete"] * 4 + ["refused"] * 2})
    >>> response_by_arm(frame, "treated", "response").frame.to_dict("list")["units"]
    [3, 1, 2]
    """
    import pandas as pd
    from scipy.stats import norm

    checks.between("level", level, 0, 1)
    named = [name for name in (treatment, response, cluster, weight) if name is not None]
    checks.columns_present("response_by_arm", named, frame.columns)
    if lacking := int(frame[response].isna().sum()):
        raise DataError(
            Text(
                "{response!r} is missing in {rows}: give every unit of the frame its interview outcome.",
                "{response!r} falta en {rows}: dé a cada unidad del marco el resultado de su entrevista.",
                response=response,
                rows=checks.counted(lacking, "row"),
            )
        )
    treated = _arms(frame[treatment])
    weights = _weights(None if weight is None else frame[weight], len(frame))
    answered = (frame[response].astype("str") == complete).to_numpy(dtype=np.float64)
    scores, rates = np.zeros(len(frame)), {}
    for arm, sign in ((treated, 1.0), (~treated, -1.0)):
        rates[sign] = float(np.average(answered[arm], weights=weights[arm]))
        scores[arm] = sign * weights[arm] * (answered[arm] - rates[sign]) / weights[arm].sum()
    groups = None if cluster is None else frame[cluster]
    error = np.sqrt(_variance(scores, treated, groups))
    table = pd.DataFrame(
        {"arm": np.where(treated, "treated", "control"), "response": frame[response], "weight": weights}
    )
    counts = (
        table.groupby(["arm", "response"], observed=True, sort=True)["weight"]
        .agg(["size", "sum"])
        .reset_index()
    )
    counts["share"] = counts["sum"] / counts.groupby("arm")["sum"].transform("sum")
    counts = counts.sort_values(["arm", "response"], ascending=[False, True], ignore_index=True)
    difference = rates[1.0] - rates[-1.0]
    margin = float(norm.ppf((1 + level) / 2)) * error
    return ResponseTable(
        frame=counts.rename(columns={"size": "units"})[["arm", "response", "units", "share"]],
        difference=difference,
        std_error=error,
        conf_low=difference - margin,
        conf_high=difference + margin,
        weights="none" if weight is None else weight,
        clusters=len(frame) if groups is None else groups.nunique(),
    )


def lee_bounds(
    outcome: ArrayLike,
    treatment: ArrayLike,
    responded: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> LeeBounds:
    r"""Bound the effect on those who would answer in either arm, where the arms' response rates differ.

    The arm that answered more holds, besides the always-responders, units that would not have answered in
    the other arm. Nobody knows which: the bounds suppose that they are those with the largest, or the
    smallest, outcomes.

    Parameters
    ----------
    outcome : array-like, shape (n,)
        Ignored where the unit did not answer.
    treatment, responded : array-like of 0/1, shape (n,)
    cluster : array-like, shape (n,), optional
        Group that treatment is assigned to.
    weights : array-like, shape (n,), optional
        Sampling weight, design weight or their product, at least zero.
    level : float, in (0, 1)

    Returns
    -------
    LeeBounds

    Raises
    ------
    DataError
        An arm is empty or has no respondents, or a respondent lacks the outcome.

    Notes
    -----
    Assumes that treatment is as good as random given the weights, and that it moves response in one
    direction only (monotonicity). With response rates :math:`q_h \ge q_o`, the share :math:`\tau = q_o /
    q_h` of the respondents of the arm that answered more is kept, its lowest outcomes for one bound, its
    highest for the other:

    .. math:: m_L = c + E[\min(Y - c, 0)] / \tau, \qquad c = Q_Y(\tau)

    which counts ties at the cut in part. Standard errors are linearised and account for the estimated cut and
    share (Lee's Proposition 3), summed by group, arm by arm; near equal response rates they are too small.
    The interval is that of Imbens and Manski for the effect itself.

    References
    ----------
    Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment effects.
    Review of Economic Studies, 76(3), 1071-1102, Propositions 1a and 3. doi:10.1111/j.1467-937X.2009.00536.x

    Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
    Econometrica, 72(6), 1845-1857. doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> bounds = lee_bounds([1, 2, 3, 4, 2, 3, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0])
    >>> bounds.lower, bounds.upper, bounds.trimmed_share
    (-1.0, 1.0, 0.5)
    """
    checks.between("level", level, 0, 1)
    treated = _arms(treatment)
    answered = np.asarray(responded, dtype=bool)
    weight = _weights(weights, len(treated))
    given: Floats = np.asarray(outcome, dtype=np.float64)
    if not len(treated) == len(answered) == len(given):
        raise DataError(
            Text(
                "outcome, treatment and responded must have one entry per unit.",
                "outcome, treatment y responded deben tener una entrada por unidad.",
            )
        )
    values = np.where(answered, given, 0.0)
    if lacking := int((~np.isfinite(values)).sum()):
        raise DataError(
            Text(
                "The outcome is missing for {respondents}; fill it in, or count them as not answered.",
                "El resultado falta para {respondents}; complételo, o cuéntelos como no respondientes.",
                respondents=checks.counted(lacking, "respondent"),
            )
        )

    rates, rate_scores = {}, {}
    for arm in (True, False):
        rates[arm], rate_scores[arm] = _mean(answered.astype(np.float64), weight * (treated == arm))
        if rates[arm] == 0:
            raise DataError(
                Text(
                    "Nobody answered in the {name} arm; bounds need respondents in both.",
                    "Nadie respondió en el brazo de {name}; los límites necesitan respondientes en ambos.",
                    name=_name(arm),
                )
            )
    more = rates[True] >= rates[False]
    kept = rates[not more] / rates[more]
    kept_scores = kept * (rate_scores[not more] / rates[not more] - rate_scores[more] / rates[more])

    respondents = weight * answered
    mean, mean_scores = _mean(values, respondents * (treated != more))
    full, _ = _mean(values, respondents * (treated == more))
    low, low_scores = _trimmed(values, respondents * (treated == more), kept, kept_scores)
    mirrored, mirrored_scores = _trimmed(-values, respondents * (treated == more), kept, kept_scores)
    high, high_scores = -mirrored, -mirrored_scores
    if more:
        bounds, scores = (low - mean, high - mean), (low_scores - mean_scores, high_scores - mean_scores)
    else:
        bounds, scores = (mean - high, mean - low), (mean_scores - high_scores, mean_scores - low_scores)
    errors = [float(np.sqrt(_variance(part, treated, cluster))) for part in scores]
    conf_low, conf_high = imbens_manski(bounds, (errors[0], errors[1]), level)
    return LeeBounds(
        lower=float(bounds[0]),
        upper=float(bounds[1]),
        std_error_lower=errors[0],
        std_error_upper=errors[1],
        conf_low=conf_low,
        conf_high=conf_high,
        difference=float(full - mean if more else mean - full),
        trimmed_share=1 - kept,
        trimmed_arm=_name(more),
        n_treated=int((answered & treated).sum()),
        n_control=int((answered & ~treated).sum()),
        clusters=len(treated) if cluster is None else len(np.unique(group_codes(cluster))),
        level=level,
    )


def imbens_manski(
    bounds: tuple[float, float], std_errors: tuple[float, float], level: float
) -> tuple[float, float]:
    """Return the interval that covers a bounded effect, wherever between the bounds it lies.

    Parameters
    ----------
    bounds, std_errors : tuple of float
        Lower and upper.
    level : float, in (0, 1)

    Returns
    -------
    tuple of float

    Notes
    -----
    The critical value C solves ``Phi(C + width / max(std_errors)) - Phi(-C) = level``: two-sided at width
    zero, one-sided where the bounds lie far apart.

    References
    ----------
    Imbens, G. W. and Manski, C. F. (2004). Econometrica, 72(6), 1845-1857, equation 7.
    doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> [round(end, 3) for end in imbens_manski((0.0, 0.0), (1.0, 1.0), 0.95)]
    [-1.96, 1.96]
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    largest = max(std_errors)
    if largest == 0:
        return bounds
    width = (bounds[1] - bounds[0]) / largest
    critical = brentq(lambda c: norm.cdf(c + width) - norm.cdf(-c) - level, 0.0, 20.0)
    return bounds[0] - critical * std_errors[0], bounds[1] + critical * std_errors[1]


def _trimmed(values: Floats, weight: Floats, kept: float, kept_scores: Floats) -> tuple[float, Floats]:
    """Return the mean of the lowest share ``kept`` and its scores, those of the share included."""
    inside = weight > 0
    order = np.argsort(values[inside], kind="stable")
    reached = np.cumsum(weight[inside][order]) / weight.sum()
    cut = values[inside][order][min(int(np.searchsorted(reached, kept - 1e-12)), len(order) - 1)]
    below = np.minimum(values - cut, 0.0)
    share = weight / weight.sum()
    mean = cut + float(share @ below) / kept
    scores = share * (below / kept + cut - mean) + (cut - mean) / kept * kept_scores
    return mean, scores


def _mean(values: Floats, weight: Floats) -> tuple[float, Floats]:
    """Return a weighted mean and its scores."""
    total = weight.sum()
    if total == 0:
        return 0.0, np.zeros(len(values))
    mean = float(weight @ values / total)
    return mean, weight * (values - mean) / total


def _variance(scores: Floats, treated: NDArray[np.bool_], cluster: ArrayLike | None) -> float:
    """Return the variance over groups, arm by arm where each group lies in one arm."""
    if cluster is None:
        return stratified_cluster_variance(scores, stratum=treated)
    codes = group_codes(cluster)
    share = np.bincount(codes, treated) / np.bincount(codes)
    whole = bool(((share == 0) | (share == 1)).all())
    if len(share) < 3:
        raise EstimationError(
            Text(
                "Standard errors by group need at least 3 groups; got {number}.",
                "Los errores estándar por grupo necesitan al menos 3 grupos; hay {number}.",
                number=len(share),
            )
        )
    return stratified_cluster_variance(scores, codes, treated if whole else None)


def _arms(treatment: ArrayLike) -> NDArray[np.bool_]:
    values: Floats = np.asarray(treatment, dtype=np.float64)
    if not np.isin(values, (0, 1)).all():
        raise DataError(
            Text(
                "treatment must be 0 or 1 in every row, with none missing.",
                "treatment debe ser 0 o 1 en cada fila, sin que falte ninguno.",
            )
        )
    if values.min() == values.max():
        raise DataError(
            Text("treatment must have both arms; got one.", "treatment debe tener ambos brazos; tiene uno.")
        )
    treated: NDArray[np.bool_] = values == 1
    return treated


def _weights(weights: ArrayLike | None, rows: int) -> Floats:
    if weights is None:
        return np.ones(rows)
    values = np.asarray(weights, dtype=np.float64)
    if len(values) != rows or not np.isfinite(values).all() or (values < 0).any():
        raise DataError(
            Text(
                "weights must be finite numbers of at least 0, one per unit.",
                "weights debe ser números finitos de al menos 0, uno por unidad.",
            )
        )
    return values


def _name(treated: bool) -> str:
    return "treated" if treated else "control"
