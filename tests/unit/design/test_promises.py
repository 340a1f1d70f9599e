"""Broken strategies: each rule violated once, and certification says which."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.pairs import Pairs
from impact.design.proposal import Assignment, Rules

FRAME = pd.DataFrame(
    {
        "treated": [1, 1, 0, 0, 0, 0],
        "age": [30.0, 40.0, 31.0, 44.0, 39.0, 58.0],
        "herd": [1.0, 2.0, 1.5, 2.5, 0.5, 3.0],
        "region": ["a", "b", "a", "b", "b", "a"],
    }
)


def pairs(focal=(0, 1), match=(2, 4), distance=(1.0, 1.0), weight=(1.0, 1.0)):
    return Pairs(
        np.array(focal), np.array(match), np.array(distance, dtype=float), np.array(weight, dtype=float)
    )


@dataclass(frozen=True)
class Broken:
    """A strategy that hands over what it was given."""

    assignment: Assignment

    def assign(self, units):
        return self.assignment


@dataclass(frozen=True)
class WithMeasure:
    """A nearest-neighbour match whose proposal is changed afterwards."""

    change: object

    def assign(self, units):
        return self.change(im.NearestNeighbor(im.Euclidean(scale="none")).assign(units))


def match_with(strategy, support=None):
    sample = im.Sample(FRAME, treatment="treated", covariates=["age", "herd", "region"])
    return im.match(sample, strategy, support=support)


def test_an_honest_proposal_passes():
    assert match_with(Broken(Assignment(pairs=pairs()))).weights.tolist() == [1, 1, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (Assignment(), "needs pairs, a subclass or weights"),
        (Assignment(pairs=pairs(match=(2, 0))), "the two units of a pair must be in different arms"),
        (
            Assignment(pairs=pairs(focal=(2, 4), match=(0, 1))),
            "only units over whom the ATT averages may be focal",
        ),
        (
            Assignment(pairs=pairs(focal=(0, 0), match=(2, 2), weight=(0.5, 0.5))),
            "a pair may occur once only",
        ),
        (Assignment(pairs=pairs(weight=(1.0, 0.5))), "the weights of a matched set must sum to 1"),
        (
            Assignment(pairs=pairs(focal=(0, 0), match=(2, 3), weight=(1.5, -0.5))),
            "pair weights must be above 0",
        ),
        (Assignment(pairs=pairs(distance=(1.0, 1.0, 1.0))), "must have one length"),
        (Assignment(pairs=pairs(match=(2, 3, 4))), "must have one length"),
        (Assignment(pairs=pairs(match=(2, 6))), "whole numbers from 0 to 5"),
        (Assignment(pairs=pairs(match=(2, -1))), "whole numbers from 0 to 5"),
        (Assignment(pairs=pairs(match=(2.0, 4.0))), "whole numbers from 0 to 5"),
        (Assignment(pairs=pairs(match=(2, 2)), rules=Rules(reuse=1)), "a unit may be used 1 times at most"),
        (
            Assignment(
                pairs=pairs(focal=(0, 0), match=(2, 3), weight=(0.5, 0.5)), rules=Rules(ratio=1, ties=False)
            ),
            "1 matches at most",
        ),
        (Assignment(pairs=pairs(distance=(1.0, 2.0)), rules=Rules(caliper=1.5)), "within the caliper 1.5"),
        (Assignment(pairs=pairs(match=(3, 4)), rules=Rules(exact=("region",))), "pairs must agree on region"),
        (Assignment(pairs=pairs(), rules=Rules(anti_exact=("region",))), "pairs must differ on 'region'"),
        (
            Assignment(pairs=pairs(match=(5, 4)), rules=Rules(column_calipers=(("age", 5.0),))),
            "'age' must be within the caliper 5",
        ),
        (Assignment(pairs=pairs(), rules=Rules(score_caliper=0.1)), "hands over no score"),
        (Assignment(weights=np.array([1.0, 1.0, np.nan, 1.0, 1.0, 0.0])), "weights must be finite"),
        (Assignment(weights=np.array([1.0, 1.0, -1.0, 2.0, 1.0, 0.0])), "weights must not be negative"),
        (
            Assignment(weights=np.array([1.0, 2.0, 1.0, 1.0, 1.0, 0.0])),
            "matched focal units must have weight 1",
        ),
        (Assignment(weights=np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])), "the weights of each arm must sum to"),
        (Assignment(weights=np.ones(4)), "one value per unit"),
        (
            Assignment(pairs=pairs(), weights=np.array([1.0, 1.0, 2.0, 0.0, 0.0, 0.0])),
            "the weights do not agree with the pairs",
        ),
    ],
)
def test_a_broken_promise_is_named(assignment, message):
    with pytest.raises(im.EstimationError, match=message):
        match_with(Broken(assignment))


def test_the_message_names_strategy_rule_and_units():
    with pytest.raises(im.EstimationError) as caught:
        match_with(Broken(Assignment(pairs=pairs(match=(2, 2)), rules=Rules(reuse=1))))
    assert (
        str(caught.value)
        == "Broken is not certified: a unit may be used 1 times at most; broken for 1 unit (first: 2)."
    )


def test_a_wrong_distance_is_recomputed():
    def lie(assignment):
        return replace(assignment, pairs=replace(assignment.pairs, distance=assignment.pairs.distance * 0.5))

    with pytest.raises(im.EstimationError, match="state a distance that the measure does not give"):
        match_with(WithMeasure(lie))


def test_scores_beyond_their_caliper_are_found():
    def spread(assignment):
        measure = replace(assignment.measure, score=np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]))
        return replace(assignment, measure=measure, rules=Rules(score_caliper=0.5))

    with pytest.raises(im.EstimationError, match=r"scores must be within the caliper 0\.5"):
        match_with(WithMeasure(spread))


def test_a_discarded_unit_may_not_be_matched():
    class KeepYoung:
        reestimate = False

        def on_support(self, units):
            return units.covariates["age"].to_numpy() < 39

    with pytest.raises(im.EstimationError, match="discarded units"):
        match_with(Broken(Assignment(pairs=pairs())), support=KeepYoung())


def test_units_with_weight_belong_to_a_set_of_both_arms():
    weights = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    with pytest.raises(im.EstimationError, match="must belong to a matched set"):
        match_with(Broken(Assignment(subclass=np.array([0, 0, 0, -1, -1, -1]), weights=weights)))
    with pytest.raises(im.EstimationError, match="every matched set must hold both arms"):
        match_with(Broken(Assignment(subclass=np.array([0, 0, 0, 1, -1, -1]), weights=weights)))


def test_assign_must_return_an_assignment():
    class Dict:
        def assign(self, units):
            return {"pairs": None}

    with pytest.raises(im.OptionError, match=r"must return an im\.Assignment; got dict"):
        match_with(Dict())


def test_no_match_at_all_is_an_error():
    nobody = Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0))
    with pytest.raises(im.SupportError, match="No unit found a match"):
        match_with(Broken(Assignment(pairs=nobody)))
