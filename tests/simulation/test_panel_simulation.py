"""Surveys with waves, drawn again and again: bias and coverage of the default intervals, and what other estimators miss."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.synthetic import rural_alliances_panel

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")]
INCOME = "income_agr_pc_month"
DRAWS = 300


def twins(groups: int, **knobs) -> Iterator[tuple[im.Panel, pd.DataFrame]]:
    """Yield panels of the twin, and their rows with the true effect of each."""
    for seed in range(DRAWS):
        survey = rural_alliances_panel(seed, groups=groups, trend=10.0, **knobs)
        household = survey.household[survey.household["response"] == "complete"]
        roles = survey.panel_roles() | {"outcomes": [INCOME]}
        if groups < 100:  # ten terms, most of them of the group, separate forty groups
            roles["covariates"] = ["education_index", "assets_pre"]
        panel = im.Panel(household, **roles)
        effect = (survey.truth.treated[INCOME] - survey.truth.untreated[INCOME]).loc[household.index]
        yield panel, household.assign(effect=effect)


def truth_of(rows: pd.DataFrame) -> float:
    return float(np.average(rows["effect"], weights=rows["weight"]))


def summary(found: list[tuple[im.Effect, float]]) -> tuple[float, float]:
    """Return bias over the standard deviation of the error, and coverage."""
    error = np.array([effect.estimate - truth for effect, truth in found])
    covered = np.mean([effect.conf_low <= truth <= effect.conf_high for effect, truth in found])
    return float(error.mean() / error.std(ddof=1)), float(covered)


def binomial(share: float) -> float:
    return 3 * np.sqrt(share * (1 - share) / DRAWS)


@pytest.mark.parametrize("groups", [150, 40])
@pytest.mark.parametrize(
    "estimator",
    [im.DoublyRobust(), im.OutcomeRegression(), im.InverseProbabilityWeighted()],
    ids=lambda e: e.label,
)
def test_two_waves(groups, estimator):
    found = []
    for panel, rows in twins(groups):
        effect = im.two_wave_effects(panel, estimator=estimator).one(INCOME)
        found.append((effect, truth_of(rows[(rows["wave"] == 1) & rows["receiving"]])))
    bias, covered = summary(found)
    assert abs(bias) < 0.25
    low, high = (0.929, 0.971) if groups == 150 else (0.92, 1.0)
    assert low - binomial(low) <= covered <= min(1.0, high + binomial(0.971))


def test_staggered_entry_and_what_two_way_effects_miss():
    """Effects that grow by cohort and time: the mean of cells is right, the regression is not."""
    ours, regression = [], []
    for seed in range(DRAWS):
        draw = np.random.default_rng(seed)
        groups, members, waves = 150, 5, np.arange(6)
        group = np.repeat(np.arange(groups), members)
        cohort = draw.choice([0, 2, 3, 5], groups)[group]
        level = draw.normal(size=groups)[group] + draw.normal(size=len(group))
        shock = 0.5 * draw.normal(size=(groups, 6))[group] + draw.normal(size=(len(group), 6))
        since = np.where(cohort[:, None] > 0, waves - cohort[:, None] + 1.0, 0.0).clip(0)
        gain = since * (1.0 + 0.3 * (cohort[:, None] == 2))
        y = 10 + level[:, None] + 0.3 * waves + gain + shock
        frame = pd.DataFrame(
            {
                "hh": np.repeat(np.arange(len(group)), 6),
                "group": np.repeat(group, 6),
                "wave": np.tile(waves, len(group)),
                "entry": np.repeat(cohort, 6),
                "y": y.ravel(),
            }
        )
        panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["y"], cluster="group")
        truth = float(gain[since > 0].mean())
        ours.append((im.group_time_effects(panel).aggregate("simple").one(subgroup="all"), truth))
        regression.append((im.two_wave_effects(panel, estimator=im.TwoWayFixedEffects()).one("y"), truth))
    bias, covered = summary(ours)
    assert abs(bias) < 0.25
    assert 0.929 - binomial(0.929) <= covered <= 0.971 + binomial(0.971)
    missed, rarely = summary(regression)
    assert missed < -2
    assert rarely < 0.5


def test_an_unobserved_difference_that_only_differencing_removes():
    """Selection on lasting ability: the matched cross-section is off, the double difference is not."""
    cross, difference = [], []
    for seed in range(DRAWS):
        draw = np.random.default_rng(seed)
        group = np.repeat(np.arange(150), 6)
        ability = draw.normal(size=150)
        treated = (ability + draw.normal(size=150) > 0)[group]
        x = draw.normal(size=len(group))
        before = 500 + 150 * ability[group] + 40 * x + 60 * draw.normal(size=len(group))
        after = (
            before
            + 30
            + 196 * treated
            + 40 * draw.normal(size=150)[group]
            + 60 * draw.normal(size=len(group))
        )
        wide = pd.DataFrame({"hh": np.arange(len(group)), "group": group, "treated": treated, "x": x})
        long = pd.concat([wide.assign(wave=0, y=before), wide.assign(wave=1, y=after)], ignore_index=True)
        panel = im.Panel(
            long, "hh", "wave", treatment="treated", covariates=["x"], outcomes=["y"], cluster="group"
        )
        table = im.three_estimands(panel)
        cross.append((table.one("y", "cross-section"), 196.0))
        difference.append((table.one("y", "doubly robust"), 196.0))
    bias, covered = summary(difference)
    assert abs(bias) < 0.25
    assert 0.929 - binomial(0.929) <= covered <= 0.971 + binomial(0.971)
    assert np.mean([effect.estimate for effect, _ in cross]) > 300


def test_households_lost_by_baseline_income():
    """Poor households of one arm are lost, and would have gained more: response weights mend it."""
    plain, weighted = [], []
    for seed in range(DRAWS):
        draw = np.random.default_rng(seed)
        group = np.repeat(np.arange(150), 6)
        treated = (np.arange(150) % 2 == 0)[group]
        before = draw.normal(size=len(group)) + 0.5 * draw.normal(size=150)[group]
        after = (
            0.4 * before
            + 1
            + 2.0 * treated
            + 0.4 * draw.normal(size=150)[group]
            + draw.normal(size=len(group))
        )
        lost = draw.random(len(group)) < 1 / (1 + np.exp(1.2 + 0.8 * before * ~treated))
        wide = pd.DataFrame({"hh": np.arange(len(group)), "group": group, "treated": treated})
        long = pd.concat(
            [wide.assign(wave=0, y=before), wide[~lost].assign(wave=1, y=after[~lost])], ignore_index=True
        )
        panel = im.Panel(long, "hh", "wave", treatment="treated", outcomes=["y"], cluster="group")
        plain.append((im.two_wave_effects(panel).one("y"), 2.0))
        weighted.append((im.two_wave_effects(im.with_response_weights(panel)).one("y"), 2.0))
    bias, covered = summary(weighted)
    assert abs(bias) < 0.25
    assert 0.929 - binomial(0.929) <= covered <= 0.971 + binomial(0.971)
    assert abs(summary(plain)[0]) > 0.8
