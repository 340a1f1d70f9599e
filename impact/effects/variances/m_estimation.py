"""The sandwich variance of a stacked estimating equation, as Stata's teffects and R's WeightIt print it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.arm_means.cross_fitted import CrossFitted
from impact.effects.arm_means.linearised_by import LinearisedBy
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.residuals import InSample
from impact.effects.variances.cluster_robust import missing_on_one_group
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.sums.ways import BY_GROUP, BY_UNIT, ways_of
from impact.errors import OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True)
class MEstimation:
    """Sandwich variance of weights, means and adjustment estimated together; normal interval. For comparison with others.

    Notes
    -----
    V = N⁻² Σ_g S_g² with S_g the sum over group g (the cluster; each unit without one) of the influence function: in-sample
    residuals, the first stage of the weights, the slopes of a bias adjustment as estimated; no factor for small samples. The default,
    ``ClusterRobust()``, differs by design: leave-own-group-out residuals, G/(G − 1) in each arm, and t.

    Only for weights: a match to a fixed number of neighbours is not the solution of a smooth equation.

    References
    ----------
    Stefanski & Boos (2002), The American Statistician 56(1), 29-38, doi:10.1198/000313002753631330; Lunceford & Davidian (2004),
    Statistics in Medicine 23(19), 2937-2960, doi:10.1002/sim.1903.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.InverseProbability(im.PropensityScore()))
    >>> effect = im.estimate(matched, variance=im.MEstimation()).one("income")
    >>> effect.variance, effect.degrees_of_freedom
    ('M-estimation by group, normal', inf)
    """

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the sandwich standard errors.

        Raises
        ------
        OptionError
            The match has pairs or sets.
        """
        matched = estimation.matched
        if matched.pair_positions is not None or matched.set_numbers is not None:
            raise OptionError(
                Text(
                    (
                        "MEstimation needs weights that solve a smooth equation; {strategy} makes pairs or sets. Use "
                        "im.ClusterRobust(), or im.AbadieImbens() for pairs with replacement."
                    ),
                    (
                        "MEstimation necesita pesos que resuelvan una ecuación suave; {strategy} hace pares o conjuntos. Use "
                        "ClusterRobust, o AbadieImbens para pares con reemplazo."
                    ),
                    strategy=type(matched.strategy).__name__,
                )
            )
        linear = estimation.linearised(LinearisedBy(InSample(), estimated_slopes=True, smooth_strata=True))
        codes = ways_of(matched).groups
        return Uncertainty(
            std_error=missing_on_one_group(
                _sandwich(linear, linear.effect_terms(), codes), estimation, codes
            ),
            percent_std_error=_sandwich(linear, linear.percent_terms(), codes),
            degrees_of_freedom=np.full(estimation.outcomes.shape[1], np.inf),
            control_mean_std_error=_sandwich(linear, linear.psi_control, codes),
            label=_kind(estimation).with_values(way=BY_UNIT if estimation.groups is None else BY_GROUP),
        )


def _kind(estimation: Estimation) -> Text:
    if isinstance(estimation.adjustment, CrossFitted):
        return Text("influence function {way}, normal", "función de influencia {way}, normal", way="")
    return Text("M-estimation {way}, normal", "estimación M {way}, normal", way="")


def _sandwich(linear: Linearization, psi: Array, codes: Positions) -> Array:
    number = int(codes.max()) + 1
    sums = np.stack([np.bincount(codes, column, minlength=number) for column in psi.T], axis=1)
    error: Array = np.sqrt((sums**2).sum(0)) / linear.size
    return error
