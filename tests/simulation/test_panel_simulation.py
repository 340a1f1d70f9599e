"""Surveys with waves, drawn again and again: bias and coverage of the default intervals, and what other estimators miss.

``python -m benchmarks.coverage_of_waves`` draws the same a thousand times for the tables of docs/panel.md.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.simulation.waves.drawn import growing
from tests.simulation.waves.study import Study, summary
from tests.simulation.waves.twin import GROWN, INCOME, ability, survey

pytestmark = pytest.mark.slow
DRAWS = 300
STUDIES = {"twin": survey, "growing": growing, "ability": ability}


@cache
def found(name: str, groups: int) -> pd.DataFrame:
    """Return bias, errors and coverage by cell and outcome."""
    study = Study(name, groups, STUDIES[name])
    table = summary(pd.concat([study.draw(number) for number in range(DRAWS)]))
    return table.set_index(["cell", "outcome"])


def inside(covered: float, groups: int) -> bool:
    """Return whether a coverage is as asked, but for the error of so few draws."""
    low, high = (0.929, 0.971) if groups == 150 else (0.92, 1.0)
    error = 3 * np.sqrt(0.95 * 0.05 / DRAWS) - 3 * np.sqrt(0.95 * 0.05 / 1000)
    return bool(low - error <= covered <= min(1.0, high + error))


@pytest.mark.parametrize("groups", [150, 40])
@pytest.mark.parametrize(
    "cell", ["doubly robust", "outcome regression", "inverse probability", "simple: all", "event: all"]
)
def test_two_waves_and_entry_by_turns(groups, cell):
    row = found("twin", groups).loc[(cell, INCOME)]
    assert abs(row["bias"]) < 0.25
    assert inside(row["coverage"], groups)


@pytest.mark.parametrize("groups", [150, 40])
def test_growing_effects_and_what_two_way_effects_miss(groups):
    """Effects that grow by cohort and time: the mean of cells is right, the regression is not."""
    table = found("growing", groups)
    for cell in ("simple: all", "group: all", "event: all", "calendar: all"):
        assert abs(table.loc[(cell, "y"), "bias"]) < 0.25
        assert inside(table.loc[(cell, "y"), "coverage"], groups)
    assert table.loc[("two-way fixed effects", "y"), "bias"] < -2
    assert table.loc[("two-way fixed effects", "y"), "coverage"] < 0.5
    assert found("twin", 150).loc[("two-way fixed effects", GROWN), "bias"] < -1


def test_an_unobserved_difference_that_only_differencing_removes():
    """Able groups are selected: the cross-section is off by as much again, matched or not; the double difference is not."""
    table = found("ability", 150)
    assert abs(table.loc[("doubly robust", INCOME), "bias"]) < 0.25
    assert inside(table.loc[("doubly robust", INCOME), "coverage"], 150)
    for cell in ("cross-section", "cross-section, matched"):
        assert table.loc[(cell, INCOME), "mean"] > 1.7 * table.loc[(cell, INCOME), "truth"]


def test_households_lost_by_baseline_income():
    """The poorer of those that enter are lost: response weights mend it."""
    table = found("twin", 150)
    weighted = table.loc["households lost, response weights"]
    assert (weighted["bias"].abs() < 0.25).all()
    assert weighted["coverage"].map(lambda covered: inside(covered, 150)).all()
    assert table.loc[("households lost, as they are", "gap_moderate"), "bias"] > 0.8
