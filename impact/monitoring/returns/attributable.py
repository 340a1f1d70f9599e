"""The return on the gain that is attributable: the effect in place of before and after, its uncertainty carried through."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.joint import joint_effects
from impact.effects.variances.wild_bootstrap import WildBootstrap
from impact.errors import DataError
from impact.language import Text
from impact.monitoring.returns.cash_flow import rates_of_return
from impact.survey.outcome import Column, Outcome
from impact.views import Exported, frame_of_texts, html_view, text_view

_SHOWN = [
    "outcome", "effect", "cost", "npv", "npv_conf_low", "npv_conf_high", "irr", "irr_conf_low", "irr_conf_high",
]  # fmt: skip

_IDENTIFICATION = Text(
    "against matched controls, by outcome and cost of the same groups",
    "frente a controles emparejados, por resultado y costo de los mismos grupos",
)


@dataclass(frozen=True, slots=True)
class AttributableReturn(Exported):
    """The return on an effect.

    Attributes
    ----------
    effect, effect_std_error : float
        ATT a year, in the outcome's unit.
    cost : float
        Investment per matched treated unit.
    npv, npv_std_error, npv_conf_low, npv_conf_high : float
        Net present value per treated unit, with the t interval of its own group sums.
    irr, irr_conf_low, irr_conf_high : float
        Rate of return; its interval by draws over groups. Missing where there is none.
    probability_above_hurdle : float
        Share of the draws with an NPV above 0.
    outcome, estimand, identification : str
    rate : float
    horizon, replications, seed : int
    level : float
    synthetic : bool

    Examples
    --------
    An investment of 100 Bs that brings every household 30 Bs a year, for ten years, at 12 %.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 30 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.attributable_return(matched, "income", cost=100.0, bias_adjustment="linear", replications=99)
    >>> round(found.effect), round(found.irr, 1), found.probability_above_hurdle
    (30, 0.3, 1.0)
    """

    TITLE: ClassVar[Text] = Text("Return on the attributable gain", "Rentabilidad de la ganancia atribuible")

    effect: float
    effect_std_error: float
    cost: float
    npv: float
    npv_std_error: float
    npv_conf_low: float
    npv_conf_high: float
    irr: float
    irr_conf_low: float
    irr_conf_high: float
    probability_above_hurdle: float
    outcome: str
    estimand: str
    identification: str
    rate: float
    horizon: int
    replications: int
    seed: int
    level: float
    synthetic: bool

    @property
    def frame(self) -> pd.DataFrame:
        """Every number as one row."""
        return frame_of_texts([{one.name: getattr(self, one.name) for one in fields(self)}])

    @property
    def note(self) -> Text:
        """What the numbers rest on."""
        return Text(
            (
                "Return on the {estimand}, {identification}; {horizon} years at {rate:.0%}, draws by group ({replications}, seed "
                "{seed!s}); NPV above 0 in {chance:.0%} of them."
            ),
            (
                "Rendimiento del {estimand}, {identification}; {horizon} años al {rate:.0%}, simulaciones por grupo "
                "({replications}, semilla {seed!s}); VAN mayor que 0 en {chance:.0%} de ellas."
            ),
            estimand=self.estimand, identification=self.identification, horizon=self.horizon, rate=self.rate,
            replications=self.replications, seed=self.seed, chance=self.probability_above_hurdle,
        )  # fmt: skip

    def __repr__(self) -> str:
        return text_view(self.frame[_SHOWN], [self.note], self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[_SHOWN], [self.note], self.synthetic)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _CostOfTreatment:
    """What was invested in a treated unit, 0 in a control: an outcome whose effect is the mean cost."""

    cost: pd.Series
    treated: pd.Series
    name: str = "_cost"
    unit: str = ""
    period: str = ""
    columns: tuple[str, ...] = ()
    persons: str | None = None

    def values(self, frame: pd.DataFrame) -> Array:
        """Return the cost of each row of the sample."""
        costs = self.cost.reindex(frame.index).where(self.treated.reindex(frame.index), 0.0)
        values: Array = costs.to_numpy(dtype=np.float64)
        return values


def attributable_return(
    matched: MatchedSample,
    outcome: str | Outcome,
    cost: pd.Series | float,
    rate: float = 0.12,
    horizon: int = 10,
    first_year: int = 1,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
) -> AttributableReturn:
    r"""Return what the investment returns on the effect of the programme, not on the change from before to after.

    Parameters
    ----------
    matched : MatchedSample
        Estimand ATT.
    outcome : str or Outcome
        Gain a year per unit, in the currency of the cost; it is taken to last from ``first_year`` to the horizon.
    cost : Series or float
        Investment per unit, at least 0: a number, a Series on the sample's index, or a Series by the cluster's labels (its
        index named like the cluster, or lacking a unit).
    rate : float, default 0.12
    horizon : int, default 10
        Years over which the gain lasts.
    first_year : int, default 1
        The first year with the gain.
    bias_adjustment, level
        As in ``im.estimate``.
    replications : int, default 999
        Draws over groups for the rate of return.
    seed : int, default 0

    Returns
    -------
    AttributableReturn

    Notes
    -----
    NPV = A ATT − mean cost with A = :math:`\sum_{t=a}^{T} (1 + r)^{-t}`: linear in the effect, so that its variance is
    that of the group sums of :math:`A \psi_g - (c_g - \bar c)`, cost and effect of a group together. The rate of return
    is a curve of the two means; it is drawn by giving each group's sums one of Webb's six multipliers. That the gain
    lasts is assumed, not estimated: vary ``horizon``.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(2, groups=80)
    >>> sample = im.Sample(survey.household, **survey.roles())
    >>> matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis()))
    >>> found = im.attributable_return(matched, "income_agr_net", cost=10_500.0)
    >>> found.npv_conf_low < found.npv < found.npv_conf_high
    True
    """
    from scipy.special import stdtrit

    checks.between("level", level, 0.0, 1.0)
    checks.whole("horizon", horizon)
    checks.whole("first_year", first_year)
    checks.one_of("matched.estimand", matched.estimand, ("ATT",))
    checks.between("rate", rate, -1.0, float("inf"))
    treated = pd.Series(matched.sample.treated, index=matched.sample.frame.index)
    costs = _CostOfTreatment(_costs(matched, cost), treated)
    chosen = Column(outcome) if isinstance(outcome, str) and outcome not in _names(matched) else outcome
    joint = joint_effects({"": matched}, [chosen, costs], bias_adjustment)
    effect, mean_cost = (float(value) for value in joint.estimates)
    years = np.zeros(horizon + 1)
    years[first_year:] = 1.0
    annuity = float((years * (1 + rate) ** -np.arange(horizon + 1.0)).sum())
    weights = np.array([annuity, -1.0])
    variance, freedom = joint.sums.combination(weights)
    npv, error = float(weights @ joint.estimates), float(np.sqrt(variance))
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    draws = _draws(joint.sums.contributions, joint.estimates, replications, seed)
    rates = _rates(draws, years)
    tails = (
        np.nanquantile(rates, [(1 - level) / 2, (1 + level) / 2])
        if np.isfinite(rates).any()
        else (np.nan, np.nan)
    )
    return AttributableReturn(
        effect, float(np.sqrt(joint.sums.covariance[0, 0])), mean_cost, npv, error, npv - reach, npv + reach,
        float(_rates(joint.estimates[np.newaxis], years)[0]), float(tails[0]), float(tails[1]),
        float((draws @ weights > 0).mean()), joint.labels[0][1], "ATT",
        _IDENTIFICATION, rate, horizon, replications, seed, level,
        matched.sample.synthetic,
    )  # fmt: skip


def _draws(contributions: Array, estimates: Array, replications: int, seed: int) -> Array:
    blocks = WildBootstrap(replications=replications, seed=seed).blocks(len(contributions))
    drawn: Array = estimates + np.vstack([block @ contributions for block in blocks])
    return drawn


def _rates(means: Array, years: Array) -> Array:
    """Return the rate of return of each pair of gain and cost; −1 where the gain is not above 0."""
    flows = means[:, :1] * years
    flows[:, 0] -= means[:, 1]
    rates = [found[0] if len(found) == 1 else np.nan for found in rates_of_return(flows)]
    return np.where(means[:, 0] <= 0, -1.0, np.array(rates))


def _costs(matched: MatchedSample, cost: pd.Series | float) -> pd.Series:
    """Return the cost of each unit of the sample, by its index or its cluster."""
    frame, cluster = matched.sample.frame, matched.sample.cluster
    if not isinstance(cost, pd.Series):
        checks.nonnegative("cost", cost)
        return pd.Series(float(cost), index=frame.index)
    treated = matched.sample.treated
    by_unit = cost.reindex(frame.index)
    has_every_unit = bool(frame.index[treated].isin(cost.index).all())
    if cluster is not None and (cost.index.name == cluster or not has_every_unit):
        by_unit = pd.Series(frame[cluster].map(cost).to_numpy(dtype=np.float64), index=frame.index)
    wrong = treated & ~(by_unit.to_numpy(dtype=np.float64) >= 0)
    if wrong.any():
        raise DataError(
            Text(
                "cost must be at least 0 for every treated unit; {units} {units:lacks|lack} it or {units:lies|lie} below (first: {first}).",
                "cost debe ser al menos 0 para cada beneficiario; {units} no lo {units:tiene|tienen} o "
                "{units:está|están} por debajo (primero: {first}).",
                units=checks.counted(int(wrong.sum()), "unit"),
                first=checks.listed(frame.index[wrong]),
            )
        )
    return by_unit.fillna(0.0)


def _names(matched: MatchedSample) -> set[str]:
    return {outcome.name for outcome in matched.sample.outcomes}
