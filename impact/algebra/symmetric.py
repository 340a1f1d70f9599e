"""Symmetric systems of a regression's moments: by Cholesky's factor where they say enough, by the generalised inverse else."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtri

from impact.arrays import Array

_SINGULAR = 1e-10
"""Eigenvalue, as a share of the largest, that counts as zero."""
_SURE = 1e-6
"""Least of a term's moment that the terms before it leave, as a share of the largest moment, far above what counts as singular."""


def solve_symmetric(moments: Array, cross: Array) -> Array:
    """Solve symmetric systems, (…, p, p) and (…, p, q), by the generalised inverse where singular."""
    solved = (
        solved_surely(moments, cross) if moments.ndim == 2 else None
    )  # eigenvectors of many small systems are quicker
    if solved is not None:
        return solved
    values, vectors = np.linalg.eigh(moments)
    keep = values > _SINGULAR * np.maximum(values[..., -1:], 1e-300)
    inverse = np.where(keep, 1 / np.where(keep, values, 1.0), 0.0)
    rotated = np.swapaxes(vectors, -1, -2) @ cross
    result: Array = vectors @ (inverse[..., None] * rotated)
    return result


def solved_surely(moments: Array, cross: Array) -> Array | None:
    """Return M⁻¹c of one symmetric system; None where it may be singular, or its terms are of very different size."""
    factor = _factor(moments)
    return None if factor is None else np.asarray(dpotrs(factor, cross, lower=1)[0], dtype=np.float64)


def inverse_root(moments: Array) -> Array:
    """Return R with RR′ the generalised inverse of a symmetric matrix, shape (p, r)."""
    factor = _factor(moments)
    if factor is not None:
        return np.asarray(dtrtri(factor, lower=1)[0].T, dtype=np.float64)
    values, vectors = np.linalg.eigh(moments)
    keep = values > _SINGULAR * max(values[-1], 1e-300)
    result: Array = vectors[:, keep] / np.sqrt(values[keep])
    return result


def _factor(moments: Array) -> Array | None:
    """Return L with LL′ the matrix, or None."""
    if not len(moments):
        return None
    factor, failed = dpotrf(moments, lower=1, clean=1)
    if failed or not factor.diagonal().min() ** 2 > _SURE * moments.diagonal().max():
        return None
    result: Array = factor
    return result
