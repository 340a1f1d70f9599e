"""The score of a match counted as estimated: against Abadie and Imbens's correction, against refits, what it must leave alone."""

from functools import partial

import pytest

import impact as im
from tests.surveys import sample_of, scored_units

SCORE = im.PropensityScore()
sample = partial(sample_of, outcomes=["y"], cluster=None)
COUNTED = im.ClusterRobust(estimated_score=True)


def error(matched, variance, adjustment=None):
    return im.estimate(matched, variance=variance, bias_adjustment=adjustment).one("y").std_error


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_unit_by_unit_it_is_near_the_correction_of_abadie_and_imbens(estimand, link):
    # Two consistent estimates of one variance, from neighbours and from a regression: within a tenth at 4,000 units, where leaving the
    # score's estimation out is half as much again too large.
    matched = im.match(
        sample(scored_units()), im.NearestNeighbor(im.PropensityScore(link=link), ratio=3), estimand
    )
    corrected = error(matched, im.AbadieImbens(estimated_score=True))
    assert error(matched, COUNTED) == pytest.approx(corrected, rel=0.1)
    assert error(matched, im.ClusterRobust()) > 1.4 * corrected


def test_the_atc_is_the_att_with_the_arms_swapped():
    frame = scored_units()
    first = im.match(sample(frame), im.NearestNeighbor(SCORE), "ATC")
    swapped = im.match(sample(frame.assign(treated=~frame["treated"])), im.NearestNeighbor(SCORE), "ATT")
    assert error(first, COUNTED) == pytest.approx(error(swapped, COUNTED), rel=1e-8)


def test_adjusted_for_the_score_s_own_terms_nothing_is_left_to_count():
    matched = im.match(sample(scored_units()), im.Kernel(SCORE))
    known, counted = (error(matched, variance, "linear") for variance in (im.ClusterRobust(), COUNTED))
    # the one unmatched unit has a score too, and so counts among the units: G/(G − 1) moves by 1e-7
    assert counted == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("strategy", [im.Kernel(SCORE), im.NearestNeighbor(SCORE, ratio=4)], ids=repr)
def test_units_and_spelling_of_the_terms_do_not_matter(strategy):
    frame = scored_units(number=1000)
    first = error(im.match(sample(frame), strategy), COUNTED)
    moved = frame.assign(x=1e4 * frame["x"] - 7)
    assert error(im.match(sample(moved), strategy), COUNTED) == pytest.approx(first, rel=1e-6)
    unit = error(im.match(sample(frame, cluster="unit"), strategy), COUNTED)
    assert unit == pytest.approx(first, rel=1e-10)


def test_the_kernel_s_bootstrap_with_the_score_estimated_anew_agrees():
    frame = scored_units(number=1500).assign(group=lambda table: table["unit"] // 5 * 2 + table["treated"])
    matched = im.match(sample(frame, cluster="group"), im.Kernel(SCORE))
    drawn = error(matched, im.Bootstrap(400, seed=3))
    assert error(matched, COUNTED) == pytest.approx(drawn, rel=0.12)
    assert error(matched, im.ClusterRobust()) > 1.3 * drawn


def test_a_support_rule_that_estimates_the_score_anew_keeps_each_unit_its_own_term():
    frame = scored_units(number=800)
    support = im.Crump(reestimate=True)
    matched = im.match(sample(frame), im.NearestNeighbor(SCORE), support=support)
    assert len(matched.discarded) > 0
    inside = frame.drop(index=matched.discarded)
    again = im.match(sample(inside), im.NearestNeighbor(SCORE))
    assert error(matched, COUNTED) == pytest.approx(error(again, COUNTED), rel=1e-9)


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
def test_refusals():
    small = sample(scored_units(number=600))
    once = im.NearestNeighbor(SCORE, replace=False, order="closest")
    for strategy, words in (
        (im.NearestNeighbor(im.Mahalanobis()), "needs a match on a propensity score"),
        (im.InverseProbability(SCORE), "count their estimation already"),
        (once, "with replacement, kernel and radius on the score itself; NearestNeighbor here matches once"),
        (im.Full(SCORE), "Full here matches once, by sets"),
        (
            im.NearestNeighbor(SCORE, mahalanobis_on=["x"], caliper=0.5),
            "on another distance within a caliper",
        ),
    ):
        with pytest.raises(im.OptionError, match=words):
            error(im.match(small, strategy), COUNTED)
