"""Effects of several subgroups in one table, held together so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.effects.effect import Effect, EffectTable
from impact.effects.heterogeneity.subgroup_tests import (
    EffectRatio,
    EffectTrend,
    EqualityTest,
    effect_ratio,
    equality_test,
    trend_test,
)
from impact.effects.variances.sums.covariance import ArmMeans, EffectsTogether, joint_levels, joint_percents
from impact.effects.variances.sums.group_sums import Ways
from impact.errors import EstimationError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EffectComparison:
    """Effects of subgroups on one outcome, with their covariance.

    Attributes
    ----------
    table : EffectTable
        One row a subgroup, in order.
    levels : EffectsTogether
        The effects in the outcome's unit, with their covariance by group.
    percents : EffectsTogether or None
        The effects as shares of each subgroup's control mean; None where one of them is refused.
    level : float
        Confidence level of the intervals.
    reasons : dict of str to str
        Subgroups without an estimate, and why. Tests are over the others.
    subgroups : tuple of str
        All of them in their order, those without an estimate too.

    Examples
    --------
    The programme brings 5 to the poorer half and 10 to the other.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(800)
    >>> treated, before = row // 5 % 2, row % 4 + 1.0
    >>> frame = pd.DataFrame({"treated": treated, "land": row % 37, "before": before, "group": row // 5})
    >>> frame["income"] = 100 + before + np.where(before > 2, 10, 5) * treated + row % 3
    >>> sample = im.Sample(frame, "treated", ["land", "before"], outcomes=["income"], cluster="group")
    >>> near = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    >>> found = im.quintile_comparison(sample, near, "income", by=im.Baseline("before"), quantiles=2)
    >>> found.frame[["subgroup", "estimate"]].round(1).values.tolist()
    [['Q1', 5.0], ['Q2', 10.0]]
    >>> found.equality("level").p_value < 0.001  # they do not gain alike
    True
    """

    table: EffectTable
    levels: EffectsTogether
    percents: EffectsTogether | None
    level: float
    reasons: Mapping[str, str] = field(default_factory=dict)
    subgroups: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The effects, one row a subgroup, and ``reason``: why a subgroup has none, whose numbers are missing."""
        shown = self.table.frame.assign(reason="")
        if not self.reasons:
            return shown
        shared = {name: shown[name].iloc[0] for name in ("strategy", "outcome", "estimand", "unit", "period")}
        rows = [shared | {"subgroup": name, "reason": str(reason)} for name, reason in self.reasons.items()]
        counts = dict.fromkeys(shown.columns[shown.dtypes == np.int64], "Int64")
        missing = pd.DataFrame(rows, columns=shown.columns).astype(shown.dtypes.to_dict() | counts)
        both = pd.concat([shown.astype(counts), missing], ignore_index=True)
        place = both["subgroup"].map(self.subgroups.index)
        return both.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales on which the effects can be compared."""
        return ("level",) if self.percents is None else ("level", "percent")

    def joint(self, scale: str = "percent") -> EffectsTogether:
        """Return the effects on one scale, "level" or "percent"."""
        checks.one_of("scale", scale, ("percent", "level"))
        if scale == "level":
            return self.levels
        if self.percents is None:
            raise EstimationError(
                Text(
                    (
                        "A percent effect needs a control mean clearly above zero in every subgroup, and one lacks it (see "
                        'the denominator column). Pass scale="level".'
                    ),
                    (
                        "Un efecto porcentual necesita una media de los controles claramente mayor que cero en cada "
                        'subgrupo, y a uno le falta (vea la columna denominator). Use scale = "level".'
                    ),
                )
            )
        return self.percents

    def equality(self, scale: str = "percent") -> EqualityTest:
        """Test that all gain alike, in percent of their control means or in the outcome's unit."""
        return equality_test(self.joint(scale))

    def trend(self, scale: str = "percent") -> EffectTrend:
        """Return the slope of the effect over the subgroups, in their order; one that is missing leaves its place."""
        joint = self.joint(scale)
        return trend_test(joint, self.level, [self.subgroups.index(name) for name in joint.names])

    def ratio(self, first: str, second: str, scale: str = "percent") -> EffectRatio:
        """Return how many times as large one subgroup's effect is as another's, with Fieller's set."""
        return effect_ratio(self.joint(scale), first, second, self.level)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def compared(
    effects: Sequence[Effect],
    means: Sequence[ArmMeans],
    ways: Ways,
    treated: NDArray[np.bool_],
    notes: Sequence[str],
    synthetic: bool,
) -> EffectComparison:
    """Hold the effects of subgroups together.

    Parameters
    ----------
    effects : sequence of Effect, length q
        The table's rows, one a subgroup.
    means : sequence of ArmMeans, length q
    ways : Ways
        Groups of inference (and matched sets) of the units of the whole sample.
    treated : bool array, shape (n,)
    notes : sequence of str
        Lines under the table.
    synthetic : bool
    """
    names = tuple(effect.subgroup for effect in effects)
    percent = not any(np.isnan(effect.percent_effect) for effect in effects)
    return EffectComparison(
        table=EffectTable(tuple(effects), tuple(notes), synthetic),
        levels=joint_levels(names, means, ways, treated),
        percents=joint_percents(names, means, ways, treated) if percent else None,
        level=effects[0].level,
        subgroups=names,
    )
