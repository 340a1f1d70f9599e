"""How many households and producer groups an effect of a panel rests on."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.matched_sample import effective_size
from impact.effects.few_groups import warn_of_few_groups
from impact.effects.panel.labels import Counts
from impact.effects.panel.sample import PanelUnits
from impact.language import Text
from impact.survey.clusters import sums_by_code


def counts(units: PanelUnits, treated: Booleans, others: Booleans, weight: Array) -> Counts:
    """Return how many households and groups an effect rests on."""
    of_groups = np.empty(0)
    clusters = 0
    if units.group is not None:
        number = int(units.group.max()) + 1
        of_groups = sums_by_code(units.group[others], weight[others], number)
        of_groups = of_groups[of_groups > 0]
        clusters = int((np.bincount(units.group[treated | others]) > 0).sum())
    return Counts(
        treated=int(treated.sum()),
        treated_total=int(units.panel.ever_treated.sum()),
        control=int(others.sum()),
        clusters=clusters,
        ess_control=effective_size(weight[others]),
        effective_control_clusters=effective_size(of_groups),
        largest_cluster_share=float(of_groups.max() / of_groups.sum()) if len(of_groups) else np.nan,
    )


def warn_of_few_entering(units: PanelUnits) -> None:
    """Warn where those that enter, or those that do not, are few groups by their effective number."""
    if units.group is not None:
        arms = [units.treated, ~units.treated] if (~units.treated).any() else [units.treated]
        warn_of_few_groups(units.group, units.weight, arms, Text("producer groups", "grupos de productores"))
