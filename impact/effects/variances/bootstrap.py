"""The bootstrap by group for smooth estimators: score, weights and adjustment are estimated anew in each draw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.redrawn.redraws import RedrawnSurveys
from impact.effects.variances.sums.ways import BY_GROUP, BY_UNIT
from impact.errors import EstimationError, OptionError
from impact.language import Text

_FAILED_SHARE = 0.05
_DRAWN = Text("bootstrap {way} ({draws} draws), t", "bootstrap {way} ({draws} réplicas), t", way="", draws=0)
_SOME_FAILED = Text(
    "bootstrap {way} ({draws} draws, {failed} failed), t",
    "bootstrap {way} ({draws} réplicas, {failed} sin solución), t",
    way="",
    draws=0,
    failed=0,
)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Standard errors from surveys redrawn by group, within each arm, with the whole design estimated anew.

    Parameters
    ----------
    replications : int
        Draws.
    seed : int
        One seed gives one result, whatever the order of the rows and ``n_jobs``.
    n_jobs : int, optional
        Processes; -1 for all processors. By default what joblib's active backend says.

    Notes
    -----
    Groups (units where there are none) are drawn with replacement within the arms, or over both where groups span them; a group
    drawn twice counts twice. The interval is the estimate ± t × the draws' SD, with the default ``ClusterRobust``'s degrees of freedom.
    A support rule is not applied anew. Nearest neighbours with a fixed number of matches are refused: their estimate is not
    a smooth function of the sample, and the bootstrap's SD does not converge to the true one.

    References
    ----------
    Abadie & Imbens (2008), Econometrica 76(6), 1537-1557, doi:10.3982/ECTA6474, for the refusal.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(100)
    >>> frame = pd.DataFrame({"treated": row // 2 % 2, "age": row % 7, "group": row // 2, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> effect = im.estimate(im.match(sample, im.EntropyBalancing()), variance=im.Bootstrap(49, seed=1)).one("income")
    >>> effect.variance, effect.seed
    ('bootstrap by group (49 draws), t', 1)
    """

    replications: int = 999
    seed: int = 0
    n_jobs: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        checks.whole("replications", self.replications, minimum=49)
        checks.whole("seed", self.seed, minimum=0)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors over the draws.

        Raises
        ------
        OptionError
            The match has a fixed number of neighbours.
        EstimationError
            The design fails in more than 5 % of the draws.
        """
        _refuse_fixed_matches(estimation.matched)
        base = ClusterRobust.of(estimation.linearised_by).uncertainty(estimation)
        way = BY_UNIT if estimation.groups is None else BY_GROUP
        if np.isnan(base.std_error).any():  # one group in an arm: every draw would draw that one
            return replace(base, label=Text("bootstrap {way}", way=way))
        draws = RedrawnSurveys.of(estimation).draws(self.replications, self.seed, self.n_jobs)
        kept = draws[np.isfinite(draws).all((1, 2))]
        failed = len(draws) - len(kept)
        if failed > _FAILED_SHARE * len(draws):
            raise EstimationError(
                Text(
                    (
                        "The design could not be estimated in {failed:,} of {number:,} bootstrap draws: groups are too few, "
                        "or a category is too rare. Merge rare categories, or use im.ClusterRobust()."
                    ),
                    (
                        "El diseño no se pudo estimar en {failed:,} de {number:,} sorteos: hay muy pocos grupos, o una "
                        "categoría es muy rara. Junte categorías raras, o use ClusterRobust."
                    ),
                    failed=failed,
                    number=len(draws),
                )
            )
        effect, control = kept[:, 0] - kept[:, 1], kept[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):  # no percentage of a control mean of zero
            percent = (effect / control).std(0, ddof=1)
        return Uncertainty(
            std_error=effect.std(0, ddof=1),
            percent_std_error=percent,
            degrees_of_freedom=base.degrees_of_freedom,
            control_mean_std_error=control.std(0, ddof=1),
            label=(_SOME_FAILED if failed else _DRAWN).with_values(
                way=way, draws=self.replications, failed=failed
            ),
            seed=self.seed,
        )


def _refuse_fixed_matches(matched: MatchedSample) -> None:
    if matched.rules.ratio is not None or matched.set_numbers is not None:
        raise OptionError(
            Text(
                (
                    "The bootstrap is not valid for {strategy}: with a fixed number of matches the estimate is not a "
                    "smooth function of the sample (Abadie & Imbens 2008). Use im.WildBootstrap(), which redraws the "
                    "linearised terms, or im.ClusterRobust()."
                ),
                (
                    "El bootstrap no es válido para {strategy}: con un número fijo de parejas la estimación no es una "
                    "función suave de la muestra (Abadie e Imbens 2008). Use WildBootstrap, que sortea los términos "
                    "linealizados, o ClusterRobust."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
