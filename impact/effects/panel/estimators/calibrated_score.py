"""Odds of treatment that balance the covariates exactly: inverse probability tilting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact.arrays import Array, Booleans
from impact.effects.panel.estimators.first_stages import (
    fit_score,
    odds_of_comparison,
    refuse_certain_treatment,
)
from impact.errors import EstimationError
from impact.language import Text

_MOST_STEPS = 200
_BALANCED = 1e-12


def calibrated_odds(
    treated: Booleans, design: Array, weight: Array, names: Sequence[str], where: str
) -> Array:
    """Return the odds exp(x′γ) of the comparison rows for which Σ_{W=0} s exp(x′γ) x = Σ_{W=1} s x.

    Notes
    -----
    Newton's method with step halving from the maximum likelihood logit, on the convex loss
    Σ_{W=0} s exp(x′γ) − Σ_{W=1} s x′γ.

    References
    ----------
    Graham, Pinto & Egel (2012), Review of Economic Studies 79(3), 1053-1079, doi:10.1093/restud/rdr047.
    """
    start = fit_score(treated, design, weight, names, where)
    share = weight / weight.sum()
    target = (share * treated) @ design
    compared, rows = share[~treated], design[~treated]
    gamma = start.coefficients
    value = _loss(gamma, rows, compared, target)
    for _ in range(_MOST_STEPS):
        odds = compared * np.exp(rows @ gamma)
        slope = odds @ rows - target
        if np.abs(slope).max() < _BALANCED:
            break
        step = np.linalg.solve((rows * odds[:, None]).T @ rows, slope)
        size, proposed = 1.0, _loss(gamma - step, rows, compared, target)
        while not proposed <= value + 1e-15 and size > 1e-10:
            size /= 2
            proposed = _loss(gamma - size * step, rows, compared, target)
        gamma, value = gamma - size * step, proposed
    else:
        raise EstimationError(
            Text(
                (
                    "{where}: no odds balance the covariates exactly (largest difference {slope:.2g}); some treated lie "
                    "beyond the comparison units. Use im.DoublyRobust() without improved=True, or fewer covariates."
                ),
                (
                    "{where}: ninguna ponderación equilibra exactamente las covariables (mayor diferencia {slope:.2g}); "
                    "algunos beneficiarios están más allá de las unidades de comparación. Use DoublyRobust sin improved = "
                    "true, o menos covariables."
                ),
                where=where,
                slope=np.abs(slope).max(),
            )
        )
    probability = 1 / (1 + np.exp(-(design @ gamma)))
    refuse_certain_treatment(probability, where)
    return odds_of_comparison(probability, treated)


def _loss(gamma: Array, rows: Array, compared: Array, target: Array) -> float:
    with np.errstate(over="ignore"):
        return float(compared @ np.exp(rows @ gamma) - target @ gamma)
