"""match(): weights by hand, the outcome-blind view, and estimands."""

import pickle

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.surveys import sample_of, single_units


def units_with(outcome_seed=0, order=None, **changes):
    """The same units with other outcomes, or in another order."""
    frame = single_units(7, 120).assign(income=np.random.default_rng(outcome_seed).normal(size=120))
    return sample_of(frame if order is None else frame.loc[order], ["age", "region"], cluster=None, **changes)


STRATEGIES = [
    im.NearestNeighbor(im.PropensityScore(scale="linear"), ratio=2, caliper=0.5),
    im.NearestNeighbor(im.Mahalanobis(), exact=("region",)),
    im.Kernel(im.PropensityScore(), bandwidth=0.1),
    im.Radius(im.PropensityScore(), caliper=0.05),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: type(strategy).__name__)
def test_permuted_outcomes_leave_the_match_alone(strategy):
    first, second = im.match(units_with(0), strategy), im.match(units_with(1), strategy)
    pd.testing.assert_series_equal(first.weights, second.weights, check_exact=True)


def test_a_strategy_sees_no_outcome():
    class Curious:
        def assign(self, units):
            assert (
                "income" not in units.covariates
                and "income" not in units.matrix
                and "income" not in units.declared
            )
            with pytest.raises(im.OptionError):
                units.column("income")
            return im.Assignment(
                weights=np.ones(len(units))
                * np.where(units.treatment, 1.0, units.treatment.sum() / (~units.treatment).sum())
            )

    im.match(units_with(), Curious())


def test_declaring_an_outcome_as_design_column_is_refused():
    with pytest.raises(im.OptionError, match="A design may not use 'income'"):
        im.match(units_with(), im.NearestNeighbor(im.PropensityScore(), exact=("income",)))


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: type(strategy).__name__)
def test_row_order_changes_nothing(strategy, estimand):
    order = np.random.default_rng(5).permutation(120)
    first, second = (
        im.match(units_with(), strategy, estimand),
        im.match(units_with(order=order), strategy, estimand),
    )
    np.testing.assert_allclose(second.weights.loc[first.weights.index], first.weights, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize("weight", [None, "weight"])
def test_weights_are_one_for_the_focal_and_sum_to_them_in_the_other_arm(estimand, weight):
    matched = im.match(units_with(sampling_weight=weight), STRATEGIES[0], estimand)
    focal = matched.sample.treated == (estimand == "ATT")
    kept = matched.weights[focal][matched.weights[focal] > 0]
    assert (kept == 1).all()
    assert matched.weights[~focal].sum() == pytest.approx(len(kept), rel=1e-12)


def test_weight_times_sampling_weight_gives_abadie_and_imbens_weights():
    made = units_with(sampling_weight="weight")
    matched = im.match(made, im.NearestNeighbor(im.Euclidean(), ratio=3))
    survey, pairs = made.frame["weight"], matched.pairs
    own_share = pairs.assign(survey=survey.loc[pairs["control"]].to_numpy())
    own_share["share"] = own_share["survey"] / own_share.groupby("treated")["survey"].transform("sum")
    np.testing.assert_allclose(own_share["share"], pairs["weight"], rtol=1e-12)
    collected = (own_share["share"] * survey.loc[pairs["treated"]].to_numpy()).groupby(pairs["control"]).sum()
    product = matched.analysis_weight[~made.treated]
    np.testing.assert_allclose(
        product / product.sum(),
        (collected.reindex(made.frame.index[~made.treated]).fillna(0) / collected.sum()),
        atol=1e-14,
    )


def test_weighted_least_squares_on_the_matched_frame_gives_the_att():
    import statsmodels.api as sm

    matched = im.match(units_with(sampling_weight="weight"), STRATEGIES[0])
    table = matched.frame
    fit = sm.WLS(table["income"], sm.add_constant(table[["treated"]]), weights=table["weight"]).fit()
    assert fit.params["treated"] == pytest.approx(im.estimate(matched).one("income").estimate, rel=1e-10)


def test_pairs_name_units_distance_and_direction():
    frame = pd.DataFrame({"treated": [1, 0, 0], "x": [0.0, 1.0, 3.0]}, index=["t", "near", "far"])
    made = im.Sample(frame, treatment="treated", covariates=["x"])
    matched = im.match(made, im.NearestNeighbor(im.Euclidean(scale="none")), "ATE")
    pairs = matched.pairs
    assert pairs[["treated", "control", "focal"]].values.tolist() == [
        ["t", "near", "treated"],
        ["t", "near", "control"],
        ["t", "far", "control"],
    ]
    assert pairs["distance"].tolist() == [1.0, 1.0, 3.0]
    assert matched.weights.tolist() == [3.0, 2.0, 1.0]  # each unit stands for itself and for those it matches


def test_ties_share_the_weight():
    frame = pd.DataFrame({"treated": [1, 0, 0, 0], "x": [0.0, -1.0, 1.0, 2.0]})
    matched = im.match(
        im.Sample(frame, treatment="treated", covariates=["x"]),
        im.NearestNeighbor(im.Euclidean(scale="none")),
    )
    assert matched.weights.tolist() == [1.0, 0.5, 0.5, 0.0]


def test_matched_samples_pickle():
    matched = im.match(units_with(), STRATEGIES[0])
    again = pickle.loads(pickle.dumps(matched))
    pd.testing.assert_series_equal(again.weights, matched.weights)
    assert repr(again) == repr(matched)


def test_unknown_estimand_and_strategy():
    with pytest.raises(
        im.OptionError, match="estimand must be one of 'ATT', 'ATC', 'ATE', 'ATO', 'ATM'; got 'LATE'"
    ):
        im.match(units_with(), STRATEGIES[0], "LATE")
    with pytest.raises(im.OptionError, match=r"strategy must be an object with assign\(units\); got str"):
        im.match(units_with(), "nearest")


def test_support_rule_discards_before_matching_and_says_so():
    matched = im.match(units_with(), STRATEGIES[2], support=im.MinMax())
    score = im.PropensityScore().fit(matched.sample).probability
    treated = matched.sample.treated
    low, high = (
        max(score[treated].min(), score[~treated].min()),
        min(score[treated].max(), score[~treated].max()),
    )
    assert set(matched.discarded) == set(score.index[(score < low) | (score > high)])
    assert (matched.weights.loc[matched.discarded] == 0).all()


def test_missing_values_in_an_exact_column_are_refused():
    made = units_with()
    frame = made.frame.assign(village=["v"] * 119 + [None])
    again = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    with pytest.raises(im.DataError, match=r"A strategy reads 'village', which 1 unit lacks \(first: 119\)"):
        im.match(again, im.NearestNeighbor(im.PropensityScore(), exact=("village",)))


@pytest.mark.parametrize("broken", ["exact", "weights"])
def test_sets_of_a_users_strategy_are_certified(broken):
    class Halves:
        """Two sets by age that promise to agree on the region, or sets whose arms carry unlike weight."""

        def assign(self, units):
            high = (units.matrix["age"] > 45).to_numpy()
            if broken == "exact":
                return im.Assignment(subclass=high.astype(np.intp), rules=im.Rules(exact=("region",)))
            share = units.treatment.sum() / (~units.treatment).sum()
            return im.Assignment(subclass=high.astype(np.intp), weights=np.where(units.treatment, 1.0, share))

    rule = {"exact": "must agree on region", "weights": "carry the same share of the weight"}[broken]
    with pytest.raises(im.EstimationError, match=rule):
        im.match(units_with(), Halves())


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: type(strategy).__name__)
def test_row_order_is_certified_for_the_packages_strategies(strategy):
    assert im.certify_row_order(units_with(), strategy) is None


def test_a_users_strategy_that_matches_by_position_is_found_out_or_names_it():
    class ByPosition:
        """The k-th treated with the k-th control."""

        def __init__(self, said=""):
            self.said = said

        def assign(self, units):
            treated, control = np.flatnonzero(units.treatment), np.flatnonzero(~units.treatment)
            pairs = im.Pairs(treated, control[: len(treated)], np.zeros(len(treated)), np.ones(len(treated)))
            return im.Assignment(pairs=pairs, rules=im.Rules(row_order=self.said))

    with pytest.raises(
        im.EstimationError,
        match=r"ByPosition is not certified: the weights of \d+ units change with the order",
    ):
        im.certify_row_order(units_with(), ByPosition())
    assert im.certify_row_order(units_with(), ByPosition(said="pairs follow the order of the rows")) is None
