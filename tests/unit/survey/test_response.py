"""Response by arm and Lee bounds: by hand, against Lee's variance formula, and under a known truth."""

import numpy as np
import pandas as pd
import pytest

from impact.errors import DataError
from impact.survey.response.by_arm import response_by_arm
from impact.survey.response.imbens_manski import imbens_manski
from impact.survey.response.lee import LeeBounds, lee_bounds


def test_response_rates_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 1, 1, 0, 0, 0, 0],
            "response": ["complete"] * 4 + ["complete", "complete", "refused", "moved"],
            "weight": [1, 1, 1, 1, 1, 1, 1, 5],
        }
    )
    plain = response_by_arm(frame, "treated", "response")
    assert plain.frame.to_dict("records")[:2] == [
        {"arm": "treated", "response": "complete", "units": 4, "share": 1.0},
        {"arm": "control", "response": "complete", "units": 2, "share": 0.5},
    ]
    assert plain.difference == 0.5
    assert plain.std_error == pytest.approx(np.sqrt(4 / 3 * 4 * 0.25 / 16), rel=1e-12)
    assert response_by_arm(frame, "treated", "response", weight="weight").difference == 1 - 2 / 8


def test_groups_widen_the_interval_of_the_response_rates() -> None:
    group = np.repeat(np.arange(40), 10)
    treated = (group < 20).astype(int)
    response = np.where(np.isin(group, [1, 2, 3, 30]), "moved", "complete")
    frame = pd.DataFrame({"treated": treated, "response": response, "group": group})
    by_group = response_by_arm(frame, "treated", "response", cluster="group")
    share = np.array([3 / 20, 1 / 20])
    assert by_group.std_error == pytest.approx(np.sqrt((share * (1 - share) / 19).sum()), rel=1e-12)
    assert by_group.std_error > 3 * response_by_arm(frame, "treated", "response").std_error
    assert by_group.clusters == 40


def test_bounds_by_hand() -> None:
    # Response 4/4 against 3/4: a quarter of the treated is cut off the top or the bottom.
    outcome = [1.0, 2.0, 3.0, 10.0, 2.0, 4.0, 6.0, np.nan]
    bounds = lee_bounds(outcome, [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 0])
    assert (bounds.lower, bounds.upper) == pytest.approx((2.0 - 4.0, 5.0 - 4.0))
    assert bounds.difference == 0.0
    assert (bounds.trimmed_arm, bounds.trimmed_share) == ("treated", 0.25)


def test_a_part_of_a_unit_is_cut_where_the_share_falls_inside_it() -> None:
    # 3 of 3 against 2 of 4: half of three units is kept, the first and half of the second.
    bounds = lee_bounds([1, 2, 6, 5, 5, 0, 0], [1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0])
    assert bounds.lower == pytest.approx((1 + 0.5 * 2) / 1.5 - 5)
    assert bounds.upper == pytest.approx((6 + 0.5 * 2) / 1.5 - 5)


def test_controls_are_cut_where_they_answered_more() -> None:
    outcome, treated = np.array([1.0, 2.0, 3.0, 10.0, 2.0, 4.0, 6.0, 0.0]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
    responded = np.array([1, 1, 1, 1, 1, 1, 1, 0])
    bounds, mirrored = lee_bounds(outcome, treated, responded), lee_bounds(outcome, 1 - treated, responded)
    assert (mirrored.lower, mirrored.upper) == pytest.approx((-bounds.upper, -bounds.lower))
    assert mirrored.std_error_lower == pytest.approx(bounds.std_error_upper)
    assert mirrored.trimmed_arm == "control"


def test_equal_response_gives_the_difference_of_means() -> None:
    rng = np.random.default_rng(1)
    outcome, treated = rng.normal(size=100), np.arange(100) % 2
    bounds = lee_bounds(outcome, treated, np.ones(100))
    assert bounds.lower == pytest.approx(bounds.upper) == pytest.approx(bounds.difference)
    within = [outcome[treated == arm].var(ddof=1) / 50 for arm in (0, 1)]
    assert bounds.std_error_lower == pytest.approx(np.sqrt(sum(within)), rel=1e-12)


def test_weights_count_as_repeated_units_and_scale_away() -> None:
    rng = np.random.default_rng(2)
    outcome, treated = rng.normal(size=60), np.arange(60) % 2
    responded = (rng.random(60) < np.where(treated == 1, 0.9, 0.6)).astype(int)
    times = rng.integers(1, 4, 60)
    weighted = lee_bounds(outcome, treated, responded, weights=times)
    repeated = lee_bounds(*(np.repeat(part, times) for part in (outcome, treated, responded)))
    assert (weighted.lower, weighted.upper) == pytest.approx((repeated.lower, repeated.upper), rel=1e-12)
    scaled = lee_bounds(outcome, treated, responded, weights=7.0 * times)
    assert scaled.std_error_upper == pytest.approx(weighted.std_error_upper, rel=1e-12)


def drawn(seed: int, groups: int = 120, size: int = 8) -> tuple[dict[str, np.ndarray], float]:
    """Draw units of which some answer only when treated; return the effect on those who always answer too."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    treated = (rng.permutation(groups) % 2)[group]
    base = rng.normal(size=groups)[group] * 0.5 + rng.normal(size=len(group))
    draw = rng.random(len(group))
    always = draw < 0.7
    responded = always | ((draw < 0.85) & (treated == 1))
    outcome = base + 0.5 * treated + np.where(always, 0.0, -0.4)
    data = {"outcome": outcome, "treatment": treated, "responded": responded, "cluster": group}
    return data, 0.5


def test_the_standard_error_is_that_of_lees_proposition_3() -> None:
    data, _ = drawn(3, groups=4_000, size=1)
    bounds = lee_bounds(data["outcome"], data["treatment"], data["responded"])
    y1, y0 = (data["outcome"][(data["treatment"] == arm) & data["responded"]] for arm in (1, 0))
    n1, n0 = (int((data["treatment"] == arm).sum()) for arm in (1, 0))
    q1, q0 = len(y1) / n1, len(y0) / n0
    p = 1 - q0 / q1
    cut = np.quantile(y1, p)
    upper_tail = y1[y1 >= cut]
    gap = (cut - upper_tail.mean()) ** 2
    trimmed = (upper_tail.var() + gap * p) / (len(y1) * (1 - p))
    share = gap * ((1 - q0) / (n0 * q0) + (1 - q1) / (n1 * q1))
    assert bounds.std_error_upper == pytest.approx(np.sqrt(trimmed + share + y0.var() / len(y0)), rel=5e-3)


def test_the_clustered_standard_error_agrees_with_a_bootstrap_of_groups() -> None:
    data, _ = drawn(4)
    bounds = lee_bounds(**data)
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(data["cluster"] == group) for group in range(120)]
    arms = [np.flatnonzero([data["treatment"][first[0]] == arm for first in rows]) for arm in (0, 1)]
    again = []
    for _ in range(400):
        taken = np.concatenate([rows[group] for arm in arms for group in rng.choice(arm, len(arm))])
        part = lee_bounds(data["outcome"][taken], data["treatment"][taken], data["responded"][taken])
        again.append((part.lower, part.upper))
    spread = np.std(again, axis=0, ddof=1)
    # 400 draws know a standard deviation to 3.5 %; 12 % leaves room for the sample's 120 groups.
    assert (bounds.std_error_lower, bounds.std_error_upper) == pytest.approx(tuple(spread), rel=0.12)


@pytest.mark.slow
def test_the_interval_covers_the_effect_on_always_responders() -> None:
    """Conservative by construction inside the bounds; never below its level."""
    covered = []
    for seed in range(400):
        data, truth = drawn(seed)
        bounds = lee_bounds(**data)
        covered.append(bounds.conf_low <= truth <= bounds.conf_high)
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


@pytest.mark.slow
def test_each_bound_is_centred_and_its_interval_two_sided() -> None:
    """The bounds' own population values, from one large draw, lie in 95 % of their intervals."""
    target = lee_bounds(**drawn(10_001, groups=40_000)[0])
    hits = np.array([_covers(lee_bounds(**drawn(seed)[0]), target) for seed in range(400)])
    tolerance = 3 * np.sqrt(0.95 * 0.05 / 400)
    assert np.abs(hits.mean(axis=0) - 0.95).max() < tolerance


def _covers(bounds: LeeBounds, target: LeeBounds) -> tuple[bool, bool]:
    return (
        abs(bounds.lower - target.lower) < 1.96 * bounds.std_error_lower,
        abs(bounds.upper - target.upper) < 1.96 * bounds.std_error_upper,
    )


def test_the_interval_is_two_sided_at_a_point_and_one_sided_far_apart() -> None:
    assert imbens_manski((1.0, 1.0), (2.0, 2.0), 0.95) == pytest.approx(
        (1 - 1.959964 * 2, 1 + 1.959964 * 2), rel=1e-6
    )
    assert imbens_manski((0.0, 1e6), (1.0, 1.0), 0.95) == pytest.approx((-1.644854, 1e6 + 1.644854), rel=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"treatment": [1, 1, 1, 1]}, "both arms"),
        ({"treatment": [1, 2, 0, 0]}, "0 or 1 in every row"),
        ({"responded": [1, 1, 0, 0]}, "Nobody answered in the control arm"),
        ({"outcome": [1.0, np.nan, 2.0, 3.0]}, "missing for 1 respondent"),
        ({"weights": [1, -1, 1, 1]}, "weights must be finite"),
        ({"outcome": [1.0, 2.0]}, "one entry per unit"),
    ],
)
def test_what_cannot_be_bounded_is_refused(changed: dict[str, list[float]], message: str) -> None:
    given = {"outcome": [1.0, 2.0, 3.0, 4.0], "treatment": [1, 1, 0, 0], "responded": [1, 1, 1, 1]}
    with pytest.raises(DataError, match=message):
        lee_bounds(**(given | changed))
