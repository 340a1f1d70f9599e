"""Subclassification, by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.distances.measure import score_measure
from impact.design.distances.score_strata import with_minimum
from impact.design.matching.subclassification import Subclassification
from impact.errors import OptionError, OverlapWarning, SupportError
from tests.surveys import units_by_hand


class Age:
    """The covariate itself as the score."""

    def measure(self, units):
        return score_measure(units.matrix["age"].to_numpy(), units.eligible, "age", None)


def test_subclasses_cut_at_quantiles_of_the_focal_units():
    design = units_by_hand([1, 1, 1, 1, 0, 0, 0, 0], [1.0, 2.0, 3.0, 4.0, 2.4, 2.5, 0.0, 9.0])
    # the treated's median is 2.5; a unit at the cut belongs above: controls 2.4 and 0 below, 2.5 and 9 above
    assert im.match(design, Subclassification(Age(), 2)).subclass.tolist() == [0, 0, 1, 1, 0, 1, 0, 1]
    # the controls' median is 2.45
    assert im.match(design, Subclassification(Age(), 2), "ATC").subclass.tolist() == [0, 0, 1, 1, 0, 1, 0, 1]
    # everybody's thirds are 2.133 and 2.833: no treated between them, so that at 2 moves up (left and right
    # spare one each)
    assert im.match(design, Subclassification(Age(), 3), "ATE").subclass.tolist() == [0, 1, 2, 2, 1, 1, 0, 2]


def test_an_empty_cell_takes_its_neighbours_unit():
    design = units_by_hand([1, 1, 1, 1, 0, 0, 0], [1.0, 2.0, 3.0, 4.0, 0.0, 0.5, 2.2])
    # no control lies above the median 2.5: the nearest control below it, at 2.2, moves up
    assert im.match(design, Subclassification(Age(), 2)).subclass.tolist() == [0, 0, 1, 1, 0, 0, 1]
    with pytest.warns(OverlapWarning):
        alone = im.match(design, Subclassification(Age(), 2, minimum=0))
    assert alone.unmatched.tolist() == [2, 3]


def test_filling_comes_from_the_side_with_more_to_spare_and_passes_along():
    score = np.arange(7.0)
    # classes 0 to 3 hold 1, 0, 1, 5: the right spares (1 - 1)/1 + (5 - 1)/2, the left nothing
    filled = with_minimum(np.array([0, 2, 3, 3, 3, 3, 3]), score, 4, 1)
    assert filled.tolist() == [0, 1, 2, 3, 3, 3, 3]


def test_a_minimum_above_one_holds_in_every_subclass():
    generator = np.random.default_rng(4)
    design = units_by_hand(generator.random(200) < 0.3, generator.normal(size=200))
    matched = im.match(design, Subclassification(Age(), 5, minimum=8))
    counts = matched.sample.frame.groupby([matched.subclass, "treated"]).size()
    assert counts.min() >= 8


def test_too_few_units_for_the_subclasses_is_an_error():
    with pytest.raises(SupportError, match="cannot fill 3 subclasses"):
        im.match(units_by_hand([1, 1, 1, 0, 0], [1.0, 2.0, 3.0, 1.0, 3.0]), Subclassification(Age(), 3))


def test_a_discrete_score_warns_of_fewer_subclasses():
    design = units_by_hand([1, 1, 0, 0, 0, 1], [1.0, 2.0, 1.0, 2.0, 1.0, 2.0])
    with pytest.warns(OverlapWarning, match="2 subclasses were formed where 5"):
        im.match(design, Subclassification(Age(), 5))


def test_a_distance_that_is_no_score_is_refused():
    with pytest.raises(OptionError, match="needs a score"):
        im.match(units_by_hand([1, 0, 1, 0], [1.0, 2.0, 3.0, 4.0]), Subclassification(im.Mahalanobis()))


def test_tied_scores_do_not_depend_on_the_order_of_rows():
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"treated": generator.random(60) < 0.3, "age": generator.integers(0, 12, 60).astype(float)}
    )
    strategy = Subclassification(Age(), 4, minimum=3)
    first = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), strategy)
    second = im.match(
        im.Sample(frame.sample(frac=1, random_state=1), treatment="treated", covariates=["age"]), strategy
    )
    pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index])
