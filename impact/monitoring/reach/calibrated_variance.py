"""Standard errors of an effect whose treated units are weighted to known means: what these means hold fixed does not vary."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedVariance:
    """The variance by group that suits the match, with the weights of the treated counted as solved for.

    Parameters
    ----------
    terms : DataFrame
        On the index of the treated units, what the weights balance: columns whose weighted means are the programme's.

    Notes
    -----
    The weights f solve Σ f (x − x̄) = 0, so that the stacked influence of a treated unit is f (d − (x − x̄)′β) with its difference d
    from the effect and β the f-weighted regression of d on x: a survey that happens to hold more groups of a region says no more of
    how many the programme has there. With f as known the differences between regions would be counted as sampling error. A factor
    √(G/(G − p)) on the residuals of the G treated groups makes up for the p slopes.

    References
    ----------
    Deville and Särndal (1992), JASA 87(418), 376–382, doi:10.1080/01621459.1992.10475217, section 3; Newey and McFadden (1994),
    Handbook of Econometrics 4, section 6, doi:10.1016/S1573-4412(05)80005-4.
    """

    terms: pd.DataFrame

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the group-level standard errors."""
        by = estimation.linearised_by
        base = ClusterRobust.of(by)
        linear = base.linearization(estimation)
        matched = estimation.matched
        survey = matched.sampling_weight * (1.0 if estimation.persons is None else estimation.persons)
        focal = np.where(matched.kept, survey, 0.0)
        terms = self.terms.reindex(matched.weights.index).fillna(0.0).to_numpy(dtype=np.float64)
        groups = np.arange(len(focal)) if estimation.groups is None else estimation.groups
        number = len(np.unique(groups[focal > 0]))
        moved = replace(
            linear,
            psi_treated=_residual(linear.psi_treated, focal, terms, number),
            psi_control=_residual(linear.psi_control, focal, terms, number),
        )
        known = base.uncertainty(replace(estimation, made=[(by, moved)]))
        label = Text(
            "{variance}, weights to the programme solved for",
            "{variance}, pesos al programa resueltos",
            variance=known.label,
        )
        return replace(known, label=label)


def _residual(psi: Array, focal: Array, terms: Array, groups: int) -> Array:
    """Return ψ with the part of the focal units that the terms explain taken out of theirs."""
    inside = focal > 0
    weight, values = focal[inside], psi[inside] / focal[inside][:, None]
    own = terms[inside]
    centred = own - np.average(own, axis=0, weights=weight)
    root = np.sqrt(weight)[:, None]
    slopes, _, rank, _ = np.linalg.lstsq(root * centred, root * values, rcond=1e-10)
    if groups <= rank:  # as many terms as groups: nothing is left to vary by
        return psi
    result = psi.copy()
    result[inside] = weight[:, None] * (values - centred @ slopes) * np.sqrt(groups / (groups - rank))
    return result
