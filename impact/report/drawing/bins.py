"""Shares of a weighted distribution by bin."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array


def shares_by_bin(values: Array, weights: Array, edges: Array) -> Array:
    """Return the share of the weight between each two edges, shape (k,)."""
    counts, _ = np.histogram(values, edges, weights=weights)
    shares: Array = counts / counts.sum()
    return shares
