"""Does a strategy depend on the order of the rows? Asked of any strategy, a user's own too."""

from __future__ import annotations

import numpy as np

from impact import checks
from impact.design.match import match
from impact.design.proposal import Strategy
from impact.errors import EstimationError
from impact.language import Text
from impact.survey.sample import Sample

_CLOSE = 1e-8


def certify_row_order(sample: Sample, strategy: Strategy, estimand: str = "ATT", seed: int = 0) -> None:
    """Match the sample and a shuffled copy of it, and require the same weight for every unit.

    Parameters
    ----------
    sample : Sample
    strategy : Strategy
        One whose result names a dependence (``matched.rules.row_order``) is taken at its word and not shuffled.
    estimand : {"ATT", "ATC", "ATE"}
    seed : int
        Of the shuffle.

    Raises
    ------
    EstimationError
        A unit's weight changes with the order of the rows, which the strategy does not say.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.certify_row_order(sample, im.NearestNeighbor(im.Euclidean()))
    """
    matched = match(sample, strategy, estimand)
    if matched.rules.row_order:
        return
    order = np.random.default_rng(seed).permutation(len(sample))
    shuffled = match(sample.reordered(order), strategy, estimand)
    gap = (shuffled.weights.loc[matched.weights.index] - matched.weights).abs()
    moved = gap.index[(gap > _CLOSE * (1 + matched.weights)).to_numpy()]
    if len(moved):
        raise EstimationError(
            Text(
                (
                    "{strategy} is not certified: the weights of {units} {units:changes|change} with the order of the rows (first: "
                    "{moved}). Break ties by the data, not by position, or name the dependence in im.Rules(row_order=…)."
                ),
                (
                    "{strategy} no se certifica: los pesos de {units} {units:cambia|cambian} con el orden de las filas (primero: "
                    "{moved}). Desempate por los datos, no por la posición, o nombre la dependencia en "
                    "im.Rules(row_order=…)."
                ),
                strategy=type(strategy).__name__,
                units=checks.counted(len(moved), "unit"),
                moved=checks.listed(moved),
            )
        )
