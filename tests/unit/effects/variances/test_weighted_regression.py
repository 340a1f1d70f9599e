"""CR1, CR2 and CR3: by hand, by dense matrices, against statsmodels; what must not move them; refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import impact as im
from impact.effects.estimate import estimations
from tests.surveys import groups_in_turn

pytestmark = pytest.mark.filterwarnings("ignore:.*weight of an arm rests:impact.FewClustersWarning")

RULES = {"CR1": im.CR1, "CR2": im.CR2, "CR3": im.CR3}


class GivenWeights:
    """A strategy that hands over weights."""

    def __init__(self, weights):
        self.weights = np.asarray(weights, dtype=float)

    def assign(self, units):
        return im.Assignment(weights=self.weights)


def uneven_groups(groups=14, spanning=False):
    """Groups of unlike size, treated whole or unit by unit, and a second outcome."""
    frame = groups_in_turn(groups, 6).sample(frac=0.75, random_state=1, ignore_index=True)
    if spanning:
        frame["treated"] = np.random.default_rng(5).random(len(frame)) < 0.5
    return frame.assign(w=2 * frame["income"] + frame["z"])


def matched_by_weights(frame, seed=1, **roles):
    weights = np.where(frame["treated"], 1.0, np.random.default_rng(seed).gamma(1.0, size=len(frame)))
    weights[~frame["treated"]] *= frame["treated"].sum() / weights[~frame["treated"]].sum()
    sample = im.Sample(
        frame, treatment="treated", covariates=["x", "z"], outcomes=["income", "w"], cluster="group", **roles
    )
    return im.match(sample, GivenWeights(weights))


def dense(design, weight, outcome, groups, contrast, rule):
    """The sandwich with every matrix written out, and Bell and McCaffrey's degrees of freedom."""
    root = np.sqrt(weight)
    scaled = design * root[:, None]
    bread = np.linalg.inv(scaled.T @ scaled)
    residual = root * (outcome - design @ (bread @ scaled.T @ (root * outcome)))
    maker = np.eye(len(weight)) - scaled @ bread @ scaled.T
    power = {"CR1": 0.0, "CR2": -0.5, "CR3": -1.0}[rule]
    sums, columns = [], []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        values, vectors = np.linalg.eigh(maker[np.ix_(rows, rows)])
        adjusted = (vectors * values**power) @ vectors.T
        moved = adjusted @ scaled[rows] @ bread @ contrast
        sums.append(moved @ residual[rows])
        columns.append(maker[:, rows] @ moved)
    number, units, parameters = len(sums), len(weight), design.shape[1]
    factor = number / (number - 1) * (units - 1) / (units - parameters) if rule == "CR1" else 1.0
    products = np.stack(columns) @ np.stack(columns).T
    freedom = np.trace(products) ** 2 / (products**2).sum() if rule == "CR2" else number - 1
    return np.sqrt(factor * np.sum(np.square(sums))), freedom


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("spanning", [False, True])
def test_the_unadjusted_sandwich_by_dense_matrices(rule, spanning):
    frame = uneven_groups(spanning=spanning)
    matched = matched_by_weights(frame)
    effect = im.estimate(matched, variance=RULES[rule]()).one("income")
    design = np.column_stack([np.ones(len(frame)), frame["treated"]]).astype(float)
    error, freedom = dense(
        design,
        matched.weights.to_numpy(),
        frame["income"].to_numpy(),
        frame["group"].to_numpy(),
        [0, 1],
        rule,
    )
    assert effect.std_error == pytest.approx(error, rel=1e-10)
    assert effect.degrees_of_freedom == pytest.approx(freedom, rel=1e-8)
    assert rule in effect.variance and "regression on treatment" in effect.variance


@pytest.mark.parametrize("rule", RULES)
def test_slopes_known_or_estimated(rule):
    frame = uneven_groups()
    matched = matched_by_weights(frame)
    treated, groups = frame["treated"].to_numpy(), frame["group"].to_numpy()
    weight, outcome = matched.weights.to_numpy(), frame["income"].to_numpy()
    terms = np.column_stack([np.ones(len(frame)), frame[["x", "z"]]])
    known, estimated = (
        im.estimate(matched, variance=RULES[rule](slopes), bias_adjustment="linear").one("income")
        for slopes in (False, True)
    )
    # known: Y − μ̂0(X) on a constant and the treatment
    fit = sm.WLS(outcome[~treated], terms[~treated], weight[~treated]).fit()
    design = np.column_stack([np.ones(len(frame)), treated]).astype(float)
    error, _ = dense(design, weight, outcome - fit.predict(terms), groups, [0, 1], rule)
    assert known.std_error == pytest.approx(error, rel=1e-9)
    # estimated: Y on the terms in each arm, at the mean of the treated
    every = np.column_stack([terms * ~treated[:, None], terms * treated[:, None]])
    mean = terms[treated].mean(0)
    error, freedom = dense(every, weight, outcome, groups, np.concatenate([-mean, mean]), rule)
    assert estimated.std_error == pytest.approx(error, rel=1e-9)
    assert estimated.degrees_of_freedom == pytest.approx(freedom, rel=1e-8)
    assert known.estimate == pytest.approx(estimated.estimate, rel=1e-10)


def test_stata_s_factor_is_that_of_statsmodels():
    frame = uneven_groups()
    matched = matched_by_weights(frame)
    effect = im.estimate(matched, variance=im.CR1()).one("income")
    fit = sm.WLS(frame["income"], sm.add_constant(frame["treated"].astype(float)), matched.weights).fit(
        cov_type="cluster", cov_kwds={"groups": frame["group"]}
    )
    assert effect.estimate == pytest.approx(fit.params["treated"]) and effect.std_error == pytest.approx(
        fit.bse["treated"], rel=1e-10
    )


def test_by_hand_two_groups_an_arm():
    # Treated groups {1, 3} and {8}, mean 4; control groups {0} and {2, 4}, mean 2: sums of residuals −4, 4 and −2, 2.
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 1, 0, 0, 0],
            "x": np.arange(6.0),
            "income": [1.0, 3, 8, 0, 2, 4],
            "group": [1, 1, 2, 3, 4, 4],
        }
    )
    sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"], cluster="group")
    effect = im.estimate(im.match(sample, GivenWeights(np.ones(6))), variance=im.CR1()).one("income")
    assert effect.estimate == 2
    assert effect.std_error == pytest.approx(np.sqrt(4 / 3 * 5 / 4 * (16 + 16 + 4 + 4) / 9))
    assert effect.degrees_of_freedom == 3


@pytest.mark.parametrize("rule", RULES)
def test_percent_effects_move_with_the_unit_and_several_outcomes_come_together(rule):
    frame = uneven_groups().assign(income=lambda table: table["income"] + 20)
    first = im.estimate(matched_by_weights(frame), variance=RULES[rule](), bias_adjustment="linear")
    other = im.estimate(
        matched_by_weights(frame.assign(income=1000 * frame["income"])),
        variance=RULES[rule](),
        bias_adjustment="linear",
    )
    assert other.one("income").percent_conf_low == pytest.approx(
        first.one("income").percent_conf_low, rel=1e-9
    )
    alone = im.estimate(matched_by_weights(frame), ["w"], RULES[rule](), "linear").one("w")
    assert first.one("w").std_error == pytest.approx(alone.std_error, rel=1e-12)
    row = first.one("income")
    reach = row.percent_conf_high - row.percent_effect
    # the ratio's delta method by a numerical derivative of the two means
    (_, estimation), *_ = estimations(matched_by_weights(frame), ["income"], "linear")
    mean = estimation.linear.mean_control[0]
    assert row.percent_effect == pytest.approx(100 * row.estimate / mean)
    assert 0 < reach < 100 * 10 * row.std_error / mean


def test_matched_once_with_groups_it_is_two_way():
    frame = uneven_groups(groups=40)
    sample = im.Sample(
        frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group"
    )
    strategy = im.NearestNeighbor(im.Mahalanobis(), replace=False, order="closest")
    with pytest.warns(im.LittleBiasRemovedWarning):
        matched = im.match(sample, strategy)
    effect = im.estimate(matched, variance=im.CR1()).one("income")
    assert "by group and matched set, CR1" in effect.variance
    pairs = matched.pair_positions
    units = np.concatenate([pairs.focal, pairs.match])
    residual = np.concatenate(
        [
            frame["income"].to_numpy()[part] - frame["income"].to_numpy()[part].mean()
            for part in (pairs.focal, pairs.match)
        ]
    )
    signed = np.where(frame["treated"].to_numpy()[units], residual, -residual)
    group, pair = frame["group"].to_numpy()[units], np.tile(np.arange(len(pairs)), 2)

    def by(codes):
        sums = pd.Series(signed).groupby(codes).sum()
        return len(sums) / (len(sums) - 1) * (sums**2).sum()

    both = by(pd.factorize(group * 1000 + pair)[0])
    number = len(units)
    variance = (number - 1) / (number - 2) * (by(group) + by(pair) - both) / len(pairs) ** 2
    assert effect.std_error == pytest.approx(np.sqrt(variance), rel=1e-10)


def test_rescaled_weights_change_nothing():
    frame = uneven_groups().assign(weight=lambda table: 0.5 + table.index % 3)
    first, other = (
        im.estimate(
            matched_by_weights(frame.assign(weight=factor * frame["weight"]), sampling_weight="weight"),
            variance=im.CR2(True),
            bias_adjustment="linear",
        ).one("income")
        for factor in (1.0, 1e5)
    )
    assert first.std_error == pytest.approx(other.std_error, rel=1e-9)
    assert first.degrees_of_freedom == pytest.approx(other.degrees_of_freedom, rel=1e-9)


def test_refusals():
    frame = uneven_groups()
    sample = im.Sample(
        frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group"
    )
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis()), "ATE")
    with pytest.raises(im.OptionError, match="CR2 of an adjusted estimate is for the ATT and the ATC"):
        im.estimate(matched, variance=im.CR2(), bias_adjustment="linear")
    with pytest.raises(im.EstimationError, match="at least two groups with weight"):
        one = frame.assign(group=frame["group"].where(frame["treated"], -1))
        im.estimate(matched_by_weights(one), variance=im.CR1())
