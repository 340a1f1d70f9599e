"""Cardinality and profile matching, by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.matching.cardinality import Cardinality, Profile
from impact.errors import OptionError, OverlapWarning, SupportError
from tests.surveys import units_by_hand

FEW_KEPT = "ignore:.* units found no comparison:impact.errors.OverlapWarning"


def chosen(matched):
    return matched.frame.index.tolist()


@pytest.mark.filterwarnings(FEW_KEPT)
def test_the_largest_sample_with_equal_means():
    design = units_by_hand([1, 1, 1, 0, 0, 0, 0], [30.0, 40.0, 90.0, 33.0, 37.0, 50.0, 51.0])
    # no three controls have the mean 160/3 of all treated; 30 and 40 have that of 33 and 37
    assert chosen(im.match(design, Cardinality(tolerance=0.0))) == [0, 1, 3, 4]


def test_two_controls_for_each_treated():
    design = units_by_hand([1, 0, 0, 0, 1, 0, 0], [30.0, 20.0, 40.0, 33.0, 50.0, 45.0, 55.0])
    matched = im.match(design, Cardinality(tolerance=0.0, ratio=2))
    assert chosen(matched) == [0, 1, 2, 4, 5, 6]
    assert matched.weights.tolist() == [1, 0.5, 0.5, 0, 1, 0.5, 0.5]


def test_every_level_of_a_category_is_balanced():
    design = units_by_hand([1, 1, 0, 0, 0, 0], [1.0, 2.0, 2.0, 1.0, 1.0, 2.0], region=list("abccab"))
    assert chosen(im.match(design, Cardinality(tolerance=0.0))) == [0, 1, 4, 5]


@pytest.mark.filterwarnings(FEW_KEPT)
def test_the_tolerance_holds_in_sds_of_the_treated():
    generator = np.random.default_rng(6)
    treated = generator.random(150) < 0.4
    design = units_by_hand(
        treated, generator.normal(size=150) + 0.8 * treated, height=generator.normal(size=150) - 0.4 * treated
    )
    for estimand in ("ATT", "ATC"):
        matched = im.match(design, Cardinality(tolerance=0.1), estimand=estimand)
        focal = treated if estimand == "ATT" else ~treated
        values, used = design.matrix.to_numpy(), matched.weights.to_numpy() > 0
        gap = values[used & treated].mean(0) - values[used & ~treated].mean(0)
        assert (np.abs(gap) <= 0.1 * values[focal].std(0, ddof=1) + 1e-9).all()
        assert (used & treated).sum() == (used & ~treated).sum() > 20


def test_covariates_that_cannot_be_balanced_are_named():
    design = units_by_hand([1, 1, 0, 0], [60.0, 70.0, 20.0, 30.0], height=[1.0, 2.0, 1.0, 2.0])
    with pytest.raises(SupportError, match="age cannot be") as caught:
        im.match(design, Cardinality())
    assert "height" not in str(caught.value)
    # each could be balanced, but not both: the treated have one at most, the controls two on average
    together = units_by_hand([1, 1, 0, 0], [0.0, 1.0, 0.9, 1.0], height=[1.0, 0.0, 0.9, 1.0])
    with pytest.raises(SupportError, match=r"age cannot be|height cannot be|age, height cannot be"):
        im.match(together, Cardinality(tolerance=0.0))
    # a mixture of 20 and 70 would do, but no single control
    with pytest.raises(SupportError, match="No sample of whole units"):
        im.match(units_by_hand([1, 0, 0], [40.0, 20.0, 70.0]), Cardinality(tolerance=0.01))


@pytest.mark.filterwarnings(FEW_KEPT)
@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        ("ATT", [0, 1, 4, 5]),  # both treated, mean 35: 32 and 38
        ("ATC", [0, 1, 2, 3, 4, 5]),  # all controls, mean 35
        ("ATE", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_profiles_of_the_estimand(estimand, expected):
    design = units_by_hand([1, 1, 0, 0, 0, 0], [30.0, 40.0, 5.0, 65.0, 32.0, 38.0])
    if estimand == "ATT":
        design = units_by_hand([1, 1, 0, 0, 0, 0], [30.0, 40.0, 5.0, 99.0, 32.0, 38.0])
    assert chosen(im.match(design, Profile(tolerance=0.0), estimand=estimand)) == expected


@pytest.mark.filterwarnings(FEW_KEPT)
def test_a_profile_of_ones_own():
    design = units_by_hand([1, 1, 1, 0, 0, 0], [30.0, 50.0, 10.0, 39.0, 41.0, 70.0], region=list("ababaa"))
    assert chosen(im.match(design, Profile({"age": 40.0}, tolerance=0.0))) == [0, 1, 3, 4]
    # a share of region b of one half keeps equal numbers of both: one of a, one of b in each arm
    matched = im.match(design, Profile({"regionb": 0.5}, tolerance=0.0))
    assert matched.frame.groupby("treated")["region"].value_counts().tolist() == [1, 1, 1, 1]
    with pytest.raises(OptionError, match="Did you mean 'age'"):
        im.match(design, Profile({"agge": 40.0}))


@pytest.mark.filterwarnings(FEW_KEPT)
def test_a_profile_weighs_by_sampling_weights():
    design = units_by_hand(
        [1, 1, 0, 0, 0], [30.0, 40.0, 20.0, 60.0, 90.0], w=[3.0, 1.0, 1.0, 1.0, 1.0], sampling_weight="w"
    )
    # the treated's weighted mean is 32.5; 20 and 60 average 40
    with pytest.raises(SupportError):
        im.match(design, Profile(tolerance=0.0))
    heavier = units_by_hand(
        [1, 1, 0, 0, 0], [30.0, 40.0, 20.0, 60.0, 90.0], w=[3.0, 1.0, 11.0, 5.0, 1.0], sampling_weight="w"
    )
    assert chosen(im.match(heavier, Profile(tolerance=0.0))) == [0, 1, 2, 3]
    with pytest.raises(OptionError, match="sampling weights"):
        im.match(heavier, Cardinality())


def test_estimands_and_options_that_are_not_defined():
    design = units_by_hand([1, 1, 0, 0], [1.0, 2.0, 1.0, 2.0])
    with pytest.raises(OptionError, match="got 'ATE'"):
        im.match(design, Cardinality(), estimand="ATE")
    with pytest.raises(OptionError, match="tolerance must be"):
        Cardinality(tolerance=-0.1)
    with pytest.raises(OptionError, match="time_limit must be a positive number of seconds"):
        Profile(time_limit=0)
    with pytest.raises(OptionError, match="target"):
        Profile({"age": float("nan")})


def test_a_search_that_stops_early_says_so(monkeypatch):
    import scipy.optimize

    solve = scipy.optimize.milp

    def stopped(*arguments, **options):
        result = solve(*arguments, **options)
        result.status = 1
        return result

    monkeypatch.setattr(scipy.optimize, "milp", stopped)
    with pytest.warns(OverlapWarning, match="search stopped after 60 seconds at a size of 2; none above 2"):
        im.match(units_by_hand([1, 1, 0, 0], [1.0, 2.0, 1.0, 2.0]), Cardinality())


def test_units_that_are_alike_follow_labels_not_rows():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"treated": generator.random(60) < 0.4, "age": generator.integers(0, 4, 60).astype(float)}
    )
    first, second = (
        im.match(im.Sample(table, treatment="treated", covariates=["age"]), Cardinality())
        for table in (frame, frame.sample(frac=1, random_state=5))
    )
    pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index])
