"""The distribution of matched differences, named as what it is: not the distribution of effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact.design.matched_sample import MatchedSample
from impact.effects.distribution.quantiles import DECILES, outcome_for_the_treated
from impact.effects.observed import with_values
from impact.errors import OptionError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.weighted_distribution import weighted_quantile
from impact.views import Exported, html_view, text_view

_DIFFERENCES_NOTE = Text(
    "Distribution of matched differences, not of effects: each difference is a treated household's outcome less that of "
    "its matches, so that what the matches happen to earn widens it. Its mean is the effect; its spread is not.",
    "Distribución de diferencias emparejadas, no de efectos: cada diferencia es el resultado de un hogar beneficiario menos el de "
    "sus parejas, "
    "de modo que lo que ellas ganan por azar la ensancha. Su media es el efecto; su dispersión, no.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MatchedDifferences(Exported):
    """Distribution of matched differences.

    Attributes
    ----------
    differences : Series
        One per matched treated unit, on the sample's index: outcome less the weighted mean of its matches.
    weights : Series
        Sampling weight of each.
    frame : DataFrame
        ``quantile`` and ``difference``.
    share_positive : float
        Weighted share of differences above zero.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "x": [0.0, 5, 9, 0, 5, 9], "income": [9.0, 7, 5, 5, 6, 7]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"])
    >>> found = im.matched_differences(im.match(sample, im.NearestNeighbor(im.Euclidean())), "income", [0.5])
    >>> found.frame.values.tolist(), round(found.share_positive, 2)  # the median difference, and how many have more
    ([['income', 0.5, 1.0]], 0.67)
    """

    TITLE: ClassVar[Text] = Text(
        "Distribution of matched differences", "Distribución de las diferencias emparejadas"
    )

    differences: pd.Series[float]
    weights: pd.Series[float]
    frame: pd.DataFrame
    share_positive: float
    notes: tuple[str, ...]
    synthetic: bool

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def matched_differences(
    matched: MatchedSample, outcome: str | Outcome, quantiles: Sequence[float] = DECILES
) -> MatchedDifferences:
    """Return each matched treated unit's outcome less the mean of its matches, as a distribution.

    Parameters
    ----------
    matched : MatchedSample
        With pairs, for the ATT.
    outcome : str or Outcome
    quantiles : sequence of float
        In (0, 1), rising.

    Returns
    -------
    MatchedDifferences
        Named as what it is: not the distribution of effects.

    Raises
    ------
    OptionError
        The strategy forms no pairs, or the estimand is not the ATT.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> from impact.effects.distribution.matched_differences import matched_differences
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "x": [0.0, 5, 0, 5], "income": [9.0, 7, 5, 6]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean()))
    >>> matched_differences(matched, "income").differences.tolist()
    [4.0, 1.0]
    """
    chosen = outcome_for_the_treated(matched, outcome, quantiles)
    matched = with_values(matched, [chosen])
    pairs = matched.pair_positions
    if pairs is None:
        raise OptionError(
            Text(
                (
                    "{strategy} forms no pairs to take differences within. Use a nearest-neighbour strategy, or "
                    "quantile_effects for the distributions."
                ),
                (
                    "{strategy} no forma pares dentro de los cuales tomar diferencias. Use una estrategia de vecino más "
                    "cercano, o quantile_effects para las distribuciones."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    values = chosen.values(matched.sample.frame)
    units = np.flatnonzero(pairs.focal_marks(len(values)))
    difference = (values - pairs.averaged(values))[units]
    weights = matched.sampling_weight[units]
    if chosen.persons is not None:
        weights = weights * matched.sample.frame[chosen.persons].to_numpy(dtype=np.float64)[units]
    index = matched.sample.frame.index[units]
    located = [weighted_quantile(difference, weights, at) for at in quantiles]
    return MatchedDifferences(
        differences=pd.Series(difference, index, name=f"difference in {chosen.name}"),
        weights=pd.Series(weights, index, name="weight"),
        frame=pd.DataFrame({"outcome": chosen.name, "quantile": list(quantiles), "difference": located}),
        share_positive=float(np.average(difference > 0, weights=weights)),
        notes=(_DIFFERENCES_NOTE,),
        synthetic=matched.sample.synthetic,
    )
