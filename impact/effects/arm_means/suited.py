"""The adjustment that suits what the outcome is, chosen before any result is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.arrays import Array
from impact.effects.arm_means.adjustment import (
    Adjustment,
    LinearAdjustment,
    check_options,
    covariate_columns,
    in_columns,
    with_squares,
)
from impact.errors import OptionError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_kind import outcome_kind

if TYPE_CHECKING:
    from impact.design.matched_sample import MatchedSample
    from impact.survey.sample import Sample

_GROUPS_A_COLUMN = 5
"""Groups of the smaller arm, for each column of the regression with squares, from which on it bends: with fewer, squares widen intervals by
more than a tenth (docs/simulation.md)."""


@dataclass(frozen=True, slots=True)
class SuitedAdjustment:
    """Least squares that bends for skewed amounts and is straight for everything else: the default of the four strategies.

    An income, a sale or an area that is skewed to the right gets the squares of the covariates beside the covariates
    (``LinearAdjustment(squares=True)``); a rate, a bounded share or gap, and a number that is not skewed get the covariates alone
    (``LinearAdjustment()``). Amounts stay straight too where the smaller arm has fewer than five groups (units, where there are none) for
    each column of the regression with squares: it would widen the interval by more than it takes off the bias. The rows of a table say
    which they have.

    Parameters
    ----------
    covariates : tuple of str, optional
        Covariates of the sample to adjust for; all by default. Categories bring all their indicators.

    Notes
    -----
    What an outcome is follows from its unit and from its values in both arms taken as one (``impact.survey.outcome_kind``): no difference
    between the arms is looked at. Where matching leaves imbalance and covariates act in proportion, a straight line leaves bias: after
    Mahalanobis matching .22 to .43 of a standard deviation on synthetic incomes, with squares at most .11 (docs/simulation.md). Subgroups
    and fifths keep the choice of the whole sample.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> land = np.arange(60.0) % 20
    >>> treated = np.arange(60) % 3 == 0
    >>> income = np.exp(land / 4) + 5 * treated
    >>> frame = pd.DataFrame({"treated": treated, "land": land, "income": income, "poor": income < 20})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["land"], outcomes=["income", "poor"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=3))
    >>> im.estimate(matched, bias_adjustment=im.SuitedAdjustment()).frame["bias_adjustment"].tolist()
    ['linear and squared', 'linear']
    """

    covariates: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def label(self) -> Text:
        """Name of the rule; each row is labelled with the adjustment that it came to."""
        kind = Text("linear, and squared for skewed amounts", "lineal, y cuadrático para montos asimétricos")
        return in_columns(kind, self.covariates)

    def chosen_for(self, outcome: Outcome, sample: Sample) -> LinearAdjustment:
        """Return the adjustment of an outcome, by its values in the survey and the number of groups."""
        bends = outcome_kind(outcome, sample.frame).bends and self._carries_squares(sample)
        return LinearAdjustment(self.covariates, squares=bends)

    def _carries_squares(self, sample: Sample) -> bool:
        """Return whether the smaller arm has groups enough for the squares beside the covariates."""
        columns = covariate_columns(sample, self.covariates)
        needed = _GROUPS_A_COLUMN * (1 + columns.shape[1] + int(with_squares(columns).sum()))
        labels = sample.frame.index.to_series() if sample.cluster is None else sample.frame[sample.cluster]
        return bool(min(labels[arm].nunique() for arm in (sample.treated, ~sample.treated)) >= needed)

    def terms(self, matched: MatchedSample) -> Array:
        """Return what every outcome is adjusted for, shape (n, p): the covariates."""
        return LinearAdjustment(self.covariates).terms(matched)


def as_adjustment(value: Adjustment | str | None) -> Adjustment | None:
    """Return an adjustment, reading ``"linear"`` as LinearAdjustment() and ``"suited"`` as SuitedAdjustment()."""
    if value is None or (isinstance(value, Adjustment) and not isinstance(value, str)):
        return value
    named: dict[str, Adjustment] = {"suited": SuitedAdjustment(), "linear": LinearAdjustment()}
    if value in named:
        return named[value]
    raise OptionError(
        Text(
            'bias_adjustment must be None, "suited", "linear" or an adjustment such as im.LinearAdjustment(); got {value!r}.',
            'bias_adjustment debe ser "suited", "linear" o un ajuste como LinearAdjustment; se dio {value!r}.',
            value=value,
        )
    )


def adjustment_of(value: Adjustment | str | None, outcome: Outcome, sample: Sample) -> Adjustment | None:
    """Return the adjustment of one outcome: the one given, or what it comes to where it depends on what the outcome is."""
    adjustment = as_adjustment(value)
    chosen_for = getattr(adjustment, "chosen_for", None)
    chosen: Adjustment | None = adjustment if chosen_for is None else chosen_for(outcome, sample)
    return chosen
