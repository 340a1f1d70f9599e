"""Lee's bounds on the effect where the arms lost different households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.clusters import group_codes
from impact.survey.response.arms import arm_name, both_arms, unit_weights, variance_by_arm
from impact.survey.response.imbens_manski import imbens_manski
from impact.views import Exported, four_digits, html_view, kept_texts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

ALWAYS_RESPONDERS = Text(
    "average effect on units that would answer whether treated or not (always-responders)",
    "efecto medio en las unidades que responderían con el programa o sin él (siempre responden)",
)
_BOUNDS = (Text("lower", "inferior"), Text("upper", "superior"))


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

    Examples
    --------
    >>> import impact as im
    >>> outcome, treated = [1, 2, 3, 4, 2, 3, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    >>> bounds = im.lee_bounds(outcome, treated, responded=[1, 1, 1, 1, 1, 1, 0, 0])
    >>> bounds.lower, bounds.upper, bounds.trimmed_arm, bounds.trimmed_share
    (-1.0, 1.0, 'treated', 0.5)
    """

    TITLE: ClassVar[Text] = Text(
        "Bounds on the effect under differential response",
        "Cotas del efecto con respuesta distinta entre grupos",
    )

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
                "bound": kept_texts(_BOUNDS),
                "estimate": [self.lower, self.upper],
                "std_error": [self.std_error_lower, self.std_error_upper],
                "conf_low": self.conf_low,
                "conf_high": self.conf_high,
                "estimand": kept_texts([self.estimand] * 2),
            }
        )

    def __repr__(self) -> str:
        return (
            f"LeeBounds({four_digits(self.lower)} to {four_digits(self.upper)}, {self.level:.0%} interval {four_digits(self.conf_low)} "
            f"to {four_digits(self.conf_high)}; "
            f"{self.trimmed_share:.1%} of the {self.trimmed_arm} trimmed; {self.estimand})"
        )

    def _repr_html_(self) -> str:
        return html_view(self.frame)


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
    treated, answered, weight, values = _checked(outcome, treatment, responded, weights)
    more, kept, kept_scores = _share_kept(treated, answered, weight)
    bounds, scores, difference = _bounds(values, weight * answered, treated, more, kept, kept_scores)
    errors = [float(np.sqrt(variance_by_arm(part, treated, cluster))) for part in scores]
    conf_low, conf_high = imbens_manski(bounds, (errors[0], errors[1]), level)
    return LeeBounds(
        lower=float(bounds[0]),
        upper=float(bounds[1]),
        std_error_lower=errors[0],
        std_error_upper=errors[1],
        conf_low=conf_low,
        conf_high=conf_high,
        difference=difference,
        trimmed_share=1 - kept,
        trimmed_arm=arm_name(more),
        n_treated=int((answered & treated).sum()),
        n_control=int((answered & ~treated).sum()),
        clusters=len(treated) if cluster is None else len(np.unique(group_codes(cluster))),
        level=level,
    )


def _checked(
    outcome: ArrayLike, treatment: ArrayLike, responded: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Floats, Floats]:
    """Return who is treated, who answered, the weights, and the outcomes with 0 for those who did not answer."""
    treated = both_arms(treatment)
    answered = np.asarray(responded, dtype=bool)
    weight = unit_weights(weights, len(treated))
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
    return treated, answered, weight, values


def _share_kept(
    treated: NDArray[np.bool_], answered: NDArray[np.bool_], weight: Floats
) -> tuple[bool, float, Floats]:
    """Return which arm answered more, the share of its respondents that is kept, and that share's scores."""
    rates, rate_scores = {}, {}
    for arm in (True, False):
        rates[arm], rate_scores[arm] = _mean(answered.astype(np.float64), weight * (treated == arm))
        if rates[arm] == 0:
            raise DataError(
                Text(
                    "Nobody answered in the {name} arm; bounds need respondents in both.",
                    "Nadie respondió en el brazo {name}; los límites necesitan respondientes en ambos.",
                    name=checks.ARMS[arm],
                )
            )
    more = rates[True] >= rates[False]
    kept = rates[not more] / rates[more]
    kept_scores = kept * (rate_scores[not more] / rates[not more] - rate_scores[more] / rates[more])
    return more, kept, kept_scores


def _bounds(
    values: Floats,
    respondents: Floats,
    treated: NDArray[np.bool_],
    more: bool,
    kept: float,
    kept_scores: Floats,
) -> tuple[tuple[float, float], tuple[Floats, Floats], float]:
    """Return the two bounds, their scores, and the difference of the respondents' means."""
    mean, mean_scores = _mean(values, respondents * (treated != more))
    full, _ = _mean(values, respondents * (treated == more))
    low, low_scores = _trimmed(values, respondents * (treated == more), kept, kept_scores)
    mirrored, mirrored_scores = _trimmed(-values, respondents * (treated == more), kept, kept_scores)
    high, high_scores = -mirrored, -mirrored_scores
    if more:
        bounds, scores = (low - mean, high - mean), (low_scores - mean_scores, high_scores - mean_scores)
    else:
        bounds, scores = (mean - high, mean - low), (mean_scores - high_scores, mean_scores - low_scores)
    return bounds, scores, float(full - mean if more else mean - full)


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
