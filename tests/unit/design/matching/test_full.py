"""Full and generalised full matching, by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.balance.total_distance import total_distance
from impact.design.matching.exact import Exact
from impact.design.matching.full import Full
from impact.design.matching.quick_full import QuickFull
from impact.design.solvers.line_edge_cover import cover_line
from impact.errors import OptionError, OverlapWarning, SupportError
from impact.language import speaking
from tests.surveys import units_by_hand

AGE = im.Euclidean("none")
BOTH = pytest.mark.parametrize("family", [Full, QuickFull])


def sets(matched):
    return {tuple(rows) for rows in matched.sample.frame.groupby(matched.subclass).groups.values()}


TWO_STARS = {"treated": [1, 1, 1, 0, 0, 0, 0], "age": [20.0, 23.0, 50.0, 21.0, 48.0, 53.0, 47.0]}


@BOTH
def test_one_control_for_two_treated_and_one_treated_for_three_controls(family):
    matched = im.match(units_by_hand(**TWO_STARS), family(AGE))
    assert sets(matched) == {(0, 1, 3), (2, 4, 5, 6)}
    assert total_distance(matched) == (1 + 2) + (2 + 3 + 3)
    np.testing.assert_allclose(matched.weights, [1, 1, 1, 2, 1 / 3, 1 / 3, 1 / 3], rtol=1e-12)


@BOTH
@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        # the controls are focal: each has weight 1, the treated share their set's
        ("ATC", [1 / 2, 1 / 2, 3, 1, 1, 1, 1]),
        # sets stand for 3 and 4 units, each arm in equal shares
        ("ATE", [3 / 2, 3 / 2, 4, 3, 4 / 3, 4 / 3, 4 / 3]),
    ],
)
def test_the_estimand_decides_the_weights_only(family, estimand, expected):
    matched = im.match(units_by_hand(**TWO_STARS), family(AGE), estimand=estimand)
    assert sets(matched) == {(0, 1, 3), (2, 4, 5, 6)}
    np.testing.assert_allclose(matched.weights, expected, rtol=1e-12)


@BOTH
def test_units_beyond_the_caliper_are_unmatched(family):
    design = units_by_hand([1, 1, 0, 0, 0], [20.0, 50.0, 22.0, 40.0, 90.0])
    with pytest.warns(OverlapWarning):
        matched = im.match(design, family(AGE, caliper=5, caliper_unit="raw"))
    assert sets(matched) == {(0, 2)}
    assert matched.unmatched.tolist() == [1]
    with pytest.raises(SupportError, match="within the caliper"):
        im.match(design, family(AGE, caliper=1, caliper_unit="raw"))


@BOTH
def test_sets_agree_on_exact_columns(family):
    design = units_by_hand([1, 1, 0, 0], [20.0, 30.0, 31.0, 21.0], region=list("abab"))
    assert sets(im.match(design, family(AGE, exact=("region",)))) == {(0, 2), (1, 3)}


@BOTH
def test_ties_follow_labels_not_rows(family):
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"treated": generator.random(80) < 0.4, "age": generator.integers(0, 5, 80).astype(float)}
    )
    frame["height"] = generator.integers(0, 4, 80)
    for distance in (im.PropensityScore(), im.Mahalanobis()):
        first, second = (
            im.match(im.Sample(table, treatment="treated", covariates=["age", "height"]), family(distance))
            for table in (frame, frame.sample(frac=1, random_state=5))
        )
        pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index])


def test_the_shared_link_is_avoided_where_it_is_longer_than_the_caliper():
    # three links are needed over the gap of 0.3; -0.5 to 0.3, -0.45 to 0.75 and 0 to 0.8 cost least, but 1.2
    # is beyond 0.85
    here, there = np.array([-0.5, -0.45, 0.0]), np.array([0.3, 0.75, 0.8])
    assert cover_line(here, there, 0.85) is None
    design = units_by_hand([1, 1, 1, 0, 0, 0], [*here, *there])
    matched = im.match(design, Full(AGE, caliper=0.85, caliper_unit="raw"))
    # four links: both far treated to the near control, both far controls to the near treated
    assert sets(matched) == {(0, 1, 3), (2, 4, 5)}
    np.testing.assert_allclose(total_distance(matched), 0.8 + 0.75 + 0.75 + 0.8)


def test_bounds_on_the_composition_of_sets():
    design = units_by_hand([1, 1, 0, 0, 0, 0], [20.0, 50.0, 21.0, 22.0, 23.0, 24.0])
    assert sets(im.match(design, Full(AGE))) == {(0, 2, 3, 4), (1, 5)}
    assert sets(im.match(design, Full(AGE, max_controls=2))) == {(0, 2, 3), (1, 4, 5)}
    assert sets(im.match(design, Full(AGE, min_controls=2))) == {(0, 2, 3), (1, 4, 5)}
    sharing = units_by_hand([1, 1, 1, 0, 0], [20.0, 21.0, 22.0, 19.0, 40.0])
    assert sets(im.match(sharing, Full(AGE))) == {(0, 1, 3), (2, 4)}
    assert sets(im.match(sharing, Full(AGE, min_controls=1 / 2, max_controls=1))) == {(0, 1, 3), (2, 4)}


def test_bounds_in_space_and_bounds_beyond_the_caliper():
    ages, heights = [20.0, 50.0, 21.0, 22.0, 23.0, 24.0], [1.0, 1.0, 1.0, 1.5, 1.0, 1.0]
    design = units_by_hand([1, 1, 0, 0, 0, 0], ages, height=heights)
    assert sets(im.match(design, Full(AGE, max_controls=2))) == {(0, 2, 3), (1, 4, 5)}
    with pytest.raises(SupportError, match="max_controls=1"):
        im.match(design, Full(AGE, max_controls=1))
    # the shortest links 24-50 and 23-50 exceed a caliper of 26.5, and no others keep the bound
    with pytest.raises(SupportError, match="within the caliper"):
        im.match(
            units_by_hand([1, 1, 0, 0, 0, 0], ages),
            Full(AGE, caliper=26.5, caliper_unit="raw", max_controls=2),
        )


def test_bounds_that_cannot_be_kept_are_said_in_spanish():
    design = units_by_hand([1, 1, 0, 0, 0, 0], [20.0, 50.0, 21.0, 22.0, 23.0, 24.0])
    says = "2 beneficiarios y 4 controles no se pueden poner todos en conjuntos con min_controls=0.5, max_controls=1. Afloje"
    with speaking("es"), pytest.raises(SupportError, match=says):
        im.match(design, Full(AGE, min_controls=0.5, max_controls=1))


def test_bounds_that_cannot_be_kept_are_an_error():
    design = units_by_hand([1, 1, 0, 0, 0, 0, 0], [20.0, 50.0, 21.0, 22.0, 23.0, 24.0, 25.0])
    with pytest.raises(
        SupportError, match=r"2 treated and 5 controls cannot all be put into sets with max_controls=2"
    ):
        im.match(design, Full(AGE, max_controls=2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_controls": 1.5}, "min_controls must be a whole number or one over"),
        ({"max_controls": -1}, "max_controls must be a positive"),
        ({"min_controls": 3, "max_controls": 2}, "must not exceed"),
        ({"caliper": 0.0}, "caliper must be a positive"),
        ({"distance": "logit"}, "distance must be"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        Full(**{"distance": AGE} | options)


def test_a_problem_too_large_says_what_to_do(monkeypatch):
    monkeypatch.setattr("impact.design.matching.full._MOST_COMBINATIONS", 3)
    design = units_by_hand([1, 1, 0, 0], [1.0, 2.0, 4.0, 8.0], height=[3.0, 1.0, 2.0, 2.0])
    with pytest.raises(OptionError, match="QuickFull"):
        im.match(design, Full(im.Mahalanobis()))


def test_total_distance_needs_a_distance():
    matched = im.match(units_by_hand([1, 1, 0, 0], [1.0, 2.0, 1.0, 2.0]), Exact(("age",)))
    with pytest.raises(OptionError, match="matched on a distance"):
        total_distance(matched)
