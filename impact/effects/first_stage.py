"""What the estimation of a score or of weights adds to the linearised effect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.design.match import MatchedSample

Array = NDArray[np.float64]


def with_first_stage(psi: Array, matched: MatchedSample, contributions: Array) -> Array:
    """Return ψ with the contribution of the estimated weights; ψ itself where the weights are not estimated.

    Parameters
    ----------
    psi : float64 array, shape (n, q)
        Terms of a weighted mean, its weights taken as known.
    matched : MatchedSample
        Whose ``first_stage`` is counted in.
    contributions : float64 array, shape (n, q)
        What each unit's weight contributes to the mean's error, such as K_i (Y_i − μ̂); proportional to the weight.

    Notes
    -----
    With the parameters γ of the weights w, their estimating functions s_i and H = −∂Σs/∂γ:
    ψ_i + s_i′ H⁻¹ Σ_j (∂ log w_j/∂γ) c_j, with c the contributions: the stacked (M-estimation) influence function.

    References
    ----------
    Newey & McFadden (1994), Handbook of Econometrics 4, section 6, doi:10.1016/S1573-4412(05)80005-4; Lunceford & Davidian
    (2004), Statistics in Medicine 23(19), 2937-2960, doi:10.1002/sim.1903.
    """
    stage = matched.first_stage
    if stage is None:
        return psi
    weights = matched.weights.to_numpy()
    relative = np.divide(
        contributions, weights[:, None], where=weights[:, None] > 0, out=np.zeros_like(contributions)
    )
    # collinear parameters share their estimate; the fitted weights, and so this product, do not depend on how
    loading = np.linalg.lstsq(stage.hessian, stage.weight_jacobian.T @ relative, rcond=1e-12)[0]
    result: Array = psi + stage.scores @ loading
    return result
