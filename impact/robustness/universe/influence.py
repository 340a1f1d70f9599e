"""Which choice moves the estimate: shares of the variance over specifications, by Shapley."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from impact.arrays import Array, Positions


def shapley_shares(estimates: Array, levels: Positions) -> Array:
    r"""Return each choice's share of the variance of the estimates.

    Parameters
    ----------
    estimates : float64 array, shape (n,)
    levels : int array, shape (n, k)
        Which value of each of k choices a specification has.

    Returns
    -------
    float64 array, shape (k,)
        Adds up to 1; all 0 where nothing varies.

    Notes
    -----
    The value of a set S of choices is the variance of the means by S, :math:`v(S) = Var(E[\hat\tau | S])`; a choice's share is its
    marginal value over all orders. What two choices do only together is split between them.

    References
    ----------
    Owen (2014), SIAM/ASA Journal on Uncertainty Quantification 2(1), 245-251, doi:10.1137/130936233.

    Examples
    --------
    >>> import numpy as np
    >>> levels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> shapley_shares(np.array([0.0, 1.0, 3.0, 4.0]), levels).tolist()
    [0.9, 0.1]
    """
    k = levels.shape[1]
    whole = float(estimates.var())
    varying = [j for j in range(k) if len(np.unique(levels[:, j])) > 1]
    shares = np.zeros(k)
    if not varying or whole <= 1e-24 * float(np.abs(estimates).max()) ** 2:
        return shares
    values = {
        frozenset(chosen): _explained(estimates, levels[:, list(chosen)])
        for size in range(len(varying) + 1)
        for chosen in combinations(varying, size)
    }
    for j in varying:
        others = [other for other in varying if other != j]
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(varying))
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                shares[j] += weight * (values[before | {j}] - values[before])
    explained: Array = shares / values[frozenset(varying)]
    return explained


def _explained(estimates: Array, levels: Positions) -> float:
    """Return the variance of the estimates' means by combination of levels."""
    if levels.shape[1] == 0:
        return 0.0
    code = np.zeros(len(estimates), dtype=np.int64)
    for column in levels.T:
        code = code * (int(column.max()) + 1) + column
    _, cells, counts = np.unique(code, return_inverse=True, return_counts=True)
    means = np.bincount(cells, estimates) / counts
    return float(((means - estimates.mean()) ** 2 * counts).sum() / len(estimates))
