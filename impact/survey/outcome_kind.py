"""What kind of number an outcome is, from what it declares and how its values lie, whoever was treated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact.arrays import two_valued
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.shares import is_share

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_TAIL = 0.05
_LONGER = 2.0
_SHARE_UNITS = ("share", "percent", "%", "proportion", "proporción", "porcentaje", "por ciento")


@dataclass(frozen=True, slots=True)
class OutcomeKind:
    """A kind of outcome.

    Attributes
    ----------
    name : Text
        In tables and messages.
    bends : bool
        Whether its mean is expected to grow faster than in a straight line of the covariates.
    """

    name: Text
    bends: bool = False


RATE = OutcomeKind(Text("rate", "tasa"))
BOUNDED = OutcomeKind(Text("bounded share or gap", "proporción o brecha acotada"))
SKEWED_AMOUNT = OutcomeKind(Text("skewed amount", "monto asimétrico"), bends=True)
OTHER_NUMBER = OutcomeKind(Text("number that is not skewed", "número no asimétrico"))


def outcome_kind(outcome: Outcome, frame: pd.DataFrame) -> OutcomeKind:
    """Return what an outcome is: a rate, a bounded share or gap, a skewed amount, or another number.

    Parameters
    ----------
    outcome : Outcome
    frame : DataFrame
        The survey. Both arms are looked at as one, so that the answer says nothing about an effect.

    Returns
    -------
    OutcomeKind
        ``RATE``: two values, such as a headcount. ``BOUNDED``: a unit that is a share, or no unit and all values in [0, 1].
        ``SKEWED_AMOUNT``: from the median to the 95th percentile it is more than twice as far as to the 5th, as with incomes, sales and
        areas; negative values, such as a net income's losses, are allowed. ``OTHER_NUMBER``: the rest, such as a log income or a score.

    Notes
    -----
    The comparison of the two tails is a quantile measure of skewness, (q.95 + q.05 − 2 q.50)/(q.95 − q.05) > 1/3: no unit of measurement,
    no shift and no single outlier moves it.

    References
    ----------
    Hinkley (1975), Biometrika 62(1), 101-111, doi:10.1093/biomet/62.1.101.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from impact.survey.outcome import Column
    >>> from impact.survey.poverty.outcomes import Headcount
    >>> frame = pd.DataFrame({"income": np.exp(np.linspace(4, 8, 99))})
    >>> outcome_kind(Column("income"), frame).name, outcome_kind(Headcount("income", line=400.0), frame).name
    ('skewed amount', 'rate')
    """
    values = outcome.values(frame)
    known = values[np.isfinite(values)]
    if len(known) == 0 or two_valued(known):
        return RATE
    if _is_share_unit(outcome.unit) or (not outcome.unit and known.min() >= 0 and known.max() <= 1):
        return BOUNDED
    return SKEWED_AMOUNT if _has_long_upper_tail(known) else OTHER_NUMBER


def _is_share_unit(unit: str) -> bool:
    return is_share(unit) or any(str(unit).lower().startswith(word) for word in _SHARE_UNITS)


def _has_long_upper_tail(values: NDArray[np.float64]) -> bool:
    """Return whether the 95th percentile is more than twice as far from the median as the 5th; of rare amounts, whether any is above."""
    low, middle, high = np.quantile(values, [_TAIL, 0.5, 1 - _TAIL])
    if low == high:
        return bool(values.mean() > middle)
    return bool(high - middle > _LONGER * (middle - low))
