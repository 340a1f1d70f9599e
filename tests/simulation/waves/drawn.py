"""Surveys with waves drawn by hand: six waves in which effects grow and differ by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd

import impact as im
from tests.simulation.waves.cells import TrueCells
from tests.simulation.waves.study import Known, Row, attempted, judged

WAVES = np.arange(6)
COHORTS = (0, 2, 3, 5)


def growing(groups: int, number: int) -> list[Row]:
    """Return every aggregation, and the two-way effect, of groups that gain more each wave, those of wave 2 a third more."""
    draw = np.random.default_rng(number)
    group = np.repeat(np.arange(groups), 5)
    cohort = draw.choice(COHORTS, groups)[group]
    level = draw.normal(size=groups)[group] + draw.normal(size=len(group))
    shock = 0.5 * draw.normal(size=(groups, 6))[group] + draw.normal(size=(len(group), 6))
    since = np.where(cohort[:, None] > 0, WAVES - cohort[:, None] + 1.0, 0.0).clip(0)
    gain, without = since * (1.0 + 0.3 * (cohort[:, None] == 2)), 10 + level[:, None] + 0.3 * WAVES
    frame = pd.DataFrame(
        {
            "hh": np.repeat(np.arange(len(group)), 6),
            "group": np.repeat(group, 6),
            "wave": np.tile(WAVES, len(group)),
            "entry": np.repeat(cohort, 6),
            "y": (without + gain + shock).ravel(),
        }
    )
    panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["y"], cluster="group")
    cells = _cells(cohort, gain, without)
    return attempted("simple: all", ["y"], lambda: _estimated(panel, cells, two_way=number % 5 == 0))


def _estimated(panel: im.Panel, cells: TrueCells, two_way: bool) -> list[Row]:
    """Return the estimates beside their truth; few groups can leave a cohort with one, which is refused by name."""
    effects = im.group_time_effects(panel)
    rows = [
        judged(f"{by}: {effect.subgroup}", effect, cells.aggregated(by, effect.subgroup))
        for by in ("simple", "group", "event", "calendar")
        for effect in effects.aggregate(by, replications=39)  # its band is not judged
    ]
    if two_way:  # what is wrong shows in fewer draws
        found = im.two_wave_effects(panel, estimator=im.TwoWayFixedEffects()).one("y")
        rows.append(judged("two-way fixed effects", found, cells.aggregated("simple", "all")))
    return rows


def _cells(cohort: np.ndarray, gain: np.ndarray, without: np.ndarray) -> TrueCells:
    """Return the truth of each cohort in each wave."""
    cells = [(entry, wave) for entry in COHORTS[1:] for wave in WAVES[1:]]
    known = [
        Known(*(float(v[cohort == entry, wave].mean()) for v in (gain, without))) for entry, wave in cells
    ]
    return TrueCells.of(cells, [float((cohort == entry).sum()) for entry, _ in cells], known)
