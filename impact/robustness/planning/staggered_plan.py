"""Groups that enter at different waves, compared with those not yet treated, by formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.planning.panel_plan import group_mean_moments


@dataclass(frozen=True, slots=True)
class StaggeredPlan:
    """A survey of groups that enter the programme at different waves.

    Parameters
    ----------
    groups : int
        All groups, at least 6.
    members : float
        Interviews per group and wave, at least 1, before attrition.
    icc, group_correlation, unit_correlation, attrition : float
        As for ``PanelPlan``.
    waves : int
        Number of waves, 1, 2, …; at least 2.
    entry : mapping of int to float
        Share of the groups by wave of first treatment, from 2; 0 for those never treated. The shares add up to one.
    not_yet_treated : bool
        True: groups that enter later serve as controls until then. False: only those never treated.

    Notes
    -----
    The effect is the average over all group-time effects after entry, by cohort size (the "simple" aggregation of Callaway &
    Sant'Anna 2021), each against its last wave before entry. It is a sum of the cohorts' means by wave, a_g′Ȳ_g, with variance
    v Σ_g a_g′Ωa_g/J_g, Ω the correlation of a group's means over waves (1 on the diagonal, R elsewhere).

    References
    ----------
    Callaway & Sant'Anna (2021), Journal of Econometrics 225(2), 200-230, doi:10.1016/j.jeconom.2020.12.001.

    Examples
    --------
    >>> import impact as im
    >>> plan = im.StaggeredPlan(150, 12, 0.25, 0.7, 0.4, waves=4, entry={2: 0.3, 3: 0.3, 0: 0.4})
    >>> round(plan.variance, 5)
    0.00326
    """

    groups: int
    members: float
    icc: float
    group_correlation: float
    unit_correlation: float
    waves: int
    entry: Mapping[int, float]
    not_yet_treated: bool = True
    attrition: float = 0.0

    def __post_init__(self) -> None:
        checks.whole("groups", self.groups, minimum=6)
        checks.within("members", self.members, 1, np.inf)
        for name in ("icc", "group_correlation", "unit_correlation"):
            checks.within(name, getattr(self, name), 0, 1)
        checks.within("attrition", self.attrition, 0, 1 - 1e-6)
        checks.whole("waves", self.waves, minimum=2)
        wrong = [wave for wave in self.entry if wave != 0 and not 2 <= wave <= self.waves]
        shares = list(self.entry.values())
        if wrong or min(shares, default=0) <= 0 or abs(sum(shares) - 1) > 1e-9:
            raise OptionError(
                Text(
                    (
                        "entry must give shares above 0 that add up to 1 by wave of entry, 2 to {waves!s}, or 0 for never; "
                        "got {dict!r}."
                    ),
                    (
                        "entry debe dar proporciones mayores que 0 que sumen 1 por ronda de entrada, de 2 a {waves!s}, o 0 "
                        "para nunca; se dio {dict!r}."
                    ),
                    waves=self.waves,
                    dict=dict(self.entry),
                )
            )
        if not self._cells():
            raise OptionError(
                Text(
                    (
                        "No cohort is treated in a wave in which others are not: entry leaves nobody to compare with. Add "
                        "groups that enter later, or never (wave 0)."
                    ),
                    (
                        "Ninguna cohorte está tratada en una ronda en que otras no lo están: entry no deja con quién "
                        "comparar. Agregue grupos que entren después, o nunca (ronda 0)."
                    ),
                )
            )

    @property
    def variance(self) -> float:
        """Variance of the estimated effect, in units of the outcome's variance."""
        level, correlation = group_mean_moments(self)
        omega = np.full((self.waves, self.waves), correlation) + (1 - correlation) * np.eye(self.waves)
        total = sum(
            float(weights @ omega @ weights) / (self.entry[cohort] * self.groups)
            for cohort, weights in self.weights().items()
        )
        return level * total

    @property
    def degrees_of_freedom(self) -> float:
        """Number of groups that take part, less one for each cohort."""
        cohorts = self.weights()
        return max(self.groups * sum(self.entry[cohort] for cohort in cohorts) - len(cohorts), 1.0)

    def weights(self) -> dict[int, Array]:
        """Return a_g: the weight of each wave's mean of each cohort in the estimated effect, each of shape (waves,)."""
        cells = self._cells()
        size = sum(self.entry[cohort] for cohort, _ in cells)
        result: dict[int, Array] = {}
        for cohort, wave in cells:
            share = self.entry[cohort] / size
            controls = self._controls(wave)
            weight = sum(self.entry[control] for control in controls)
            for who, part in [(cohort, share), *((c, -share * self.entry[c] / weight) for c in controls)]:
                row = result.setdefault(who, np.zeros(self.waves))
                row[wave - 1] += part
                row[cohort - 2] -= part
        return result

    def _cells(self) -> list[tuple[int, int]]:
        """Return the cohorts and waves in which a treated cohort has controls."""
        return [
            (cohort, wave)
            for cohort in self.entry
            if cohort
            for wave in range(cohort, self.waves + 1)
            if self._controls(wave)
        ]

    def _controls(self, wave: int) -> list[int]:
        return [c for c in self.entry if c == 0 or (self.not_yet_treated and c > wave)]
