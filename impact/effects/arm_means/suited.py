"""The adjustment that suits what the outcome is, chosen before any result is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.arrays import Array
from impact.effects.arm_means.adjustment import Adjustment, LinearAdjustment, in_columns
from impact.errors import OptionError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_kind import outcome_kind

if TYPE_CHECKING:
    import pandas as pd

    from impact.design.matched_sample import MatchedSample


@dataclass(frozen=True, slots=True)
class SuitedAdjustment:
    """Least squares that bends for skewed amounts and is straight for everything else: the default of the four strategies.

    An income, a sale or an area that is skewed to the right gets the squares of the covariates beside the covariates
    (``LinearAdjustment(squares=True)``); a rate, a bounded share or gap, and a number that is not skewed get the covariates alone
    (``LinearAdjustment()``). The rows of a table say which they have.

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

    @property
    def label(self) -> Text:
        """Name of the rule; each row is labelled with the adjustment that it came to."""
        kind = Text("linear, and squared for skewed amounts", "lineal, y cuadrático para montos asimétricos")
        return in_columns(kind, self.covariates)

    def chosen_for(self, outcome: Outcome, frame: pd.DataFrame) -> LinearAdjustment:
        """Return the adjustment of an outcome, by its values in the survey."""
        return LinearAdjustment(self.covariates, squares=outcome_kind(outcome, frame).bends)

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


def adjustment_of(value: Adjustment | str | None, outcome: Outcome, frame: pd.DataFrame) -> Adjustment | None:
    """Return the adjustment of one outcome: the one given, or what it comes to where it depends on what the outcome is."""
    adjustment = as_adjustment(value)
    chosen_for = getattr(adjustment, "chosen_for", None)
    chosen: Adjustment | None = adjustment if chosen_for is None else chosen_for(outcome, frame)
    return chosen
