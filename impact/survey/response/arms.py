"""The arms of a survey with nonresponse: treatment, weights, and the variance over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact.errors import DataError, EstimationError
from impact.language import Text
from impact.survey.clusters import group_codes, stratified_cluster_variance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def variance_by_arm(scores: Floats, treated: NDArray[np.bool_], cluster: ArrayLike | None) -> float:
    """Return the variance over groups, arm by arm where each group lies in one arm."""
    if cluster is None:
        return stratified_cluster_variance(scores, stratum=treated)
    codes = group_codes(cluster)
    share = np.bincount(codes, treated) / np.bincount(codes)
    whole = bool(((share == 0) | (share == 1)).all())
    if len(share) < 3:
        raise EstimationError(
            Text(
                "Standard errors by group need at least 3 groups; got {number}.",
                "Los errores estándar por grupo necesitan al menos 3 grupos; hay {number}.",
                number=len(share),
            )
        )
    return stratified_cluster_variance(scores, codes, treated if whole else None)


def both_arms(treatment: ArrayLike) -> NDArray[np.bool_]:
    """Return who is treated; refuse what is not 0 or 1, or has one arm only."""
    values: Floats = np.asarray(treatment, dtype=np.float64)
    if not np.isin(values, (0, 1)).all():
        raise DataError(
            Text(
                "treatment must be 0 or 1 in every row, with none missing.",
                "treatment debe ser 0 o 1 en cada fila, sin que falte ninguno.",
            )
        )
    if values.min() == values.max():
        raise DataError(
            Text("treatment must have both arms; got one.", "treatment debe tener ambos brazos; tiene uno.")
        )
    treated: NDArray[np.bool_] = values == 1
    return treated


def unit_weights(weights: ArrayLike | None, rows: int) -> Floats:
    """Return one finite weight of at least 0 for each unit, 1 by default."""
    if weights is None:
        return np.ones(rows)
    values = np.asarray(weights, dtype=np.float64)
    if len(values) != rows or not np.isfinite(values).all() or (values < 0).any():
        raise DataError(
            Text(
                "weights must be finite numbers of at least 0, one per unit.",
                "weights debe ser números finitos de al menos 0, uno por unidad.",
            )
        )
    return values


def arm_name(treated: bool) -> str:
    """Return what an arm is called."""
    return "treated" if treated else "control"
