"""Concentration: by hand, ties, the upper part, redraws that do not depend on the rows' order, wrong input."""

import numpy as np
import pandas as pd
import pytest

import impact as im


def towns(funds, needs=None, **more):
    return pd.DataFrame({"needs": needs or list(range(len(funds))), "funds": funds} | more)


def test_index_and_upper_share_by_hand():
    curve = im.concentration(towns([10.0, 20, 30, 40]), "needs", "funds")
    # heights .1 .3 .6 1 at quarters: area .25(.05 + .2 + .45 + .8) = .375
    assert curve.index == pytest.approx(1 - 2 * 0.375)
    assert curve.share_of_upper(0.5)["amount_share"] == pytest.approx(0.7)
    assert curve.share_of_upper(0.125)["amount_share"] == pytest.approx(0.2)
    assert im.concentration(towns([40.0, 30, 20, 10]), "needs", "funds").index == pytest.approx(-0.25)


def test_equal_amounts_have_index_zero_and_the_diagonal():
    curve = im.concentration(towns([5.0] * 10), "needs", "funds")
    assert curve.index == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(curve.frame["amount_share"], curve.frame["population_share"])


def test_ties_are_one_step_and_the_order_of_their_rows_says_nothing():
    frame = towns([1.0, 9, 5, 5, 2, 8], needs=[1, 1, 2, 2, 3, 3])
    curve = im.concentration(frame, "needs", "funds")
    assert curve.index == pytest.approx(0, abs=1e-12)
    other = im.concentration(frame.iloc[::-1], "needs", "funds")
    assert other.index == pytest.approx(curve.index, abs=1e-12)


def test_weights_repeat_rows_and_population_widens_them():
    frame = towns([10.0, 20, 40], w=[2, 1, 1], people=[200, 100, 100])
    by_weight = im.concentration(frame, "needs", "funds", weights="w")
    repeated = im.concentration(frame.iloc[[0, 0, 1, 2]], "needs", "funds")
    assert by_weight.index == pytest.approx(repeated.index)
    by_people = im.concentration(frame, "needs", "funds", population="people")
    assert by_people.share_of_upper(0.25)["amount_share"] == pytest.approx(40 / 70)


def test_the_bootstrap_is_that_of_the_clusters_and_one_seed_gives_one_interval():
    rng = np.random.default_rng(0)
    frame = towns(
        list(rng.gamma(1, 1, 300)), needs=list(rng.normal(size=300)), c=list(rng.integers(0, 20, 300))
    )
    first = im.concentration(frame, "needs", "funds", cluster="c", seed=5)
    again = im.concentration(frame, "needs", "funds", cluster="c", seed=5)
    assert (first.conf_low, first.conf_high) == (again.conf_low, again.conf_high)
    moved = im.concentration(frame.sample(frac=1, random_state=1), "needs", "funds", cluster="c", seed=5)
    assert moved.conf_low == pytest.approx(first.conf_low, abs=1e-9)
    assert (first.clusters, first.n) == (20, 300)
    twice = pd.concat(
        [frame] * 2, ignore_index=True
    )  # the same clusters, each twice as large: nothing is learnt
    assert im.concentration(twice, "needs", "funds", cluster="c", seed=5).std_error == pytest.approx(
        first.std_error, rel=0.02
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"funds": [1.0, -1, 2, 3]}, "must be at least 0"),
        ({"funds": [0.0, 0, 0, 0]}, "are all 0"),
        ({"needs": [1.0, np.nan, 2, 3]}, "lacks a finite number in rank_by"),
        ({"c": "one"}, "at least 2 clusters"),
    ],
)
def test_wrong_input_is_named(change, message):
    frame = towns([1.0, 2, 3, 4], c=list("abcd")).assign(**change)
    with pytest.raises(im.DataError, match=message):
        im.concentration(frame, "needs", "funds", cluster="c")
