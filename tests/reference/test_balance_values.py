"""Balance against R's MatchIt, cobalt and Matching.

Tolerance 1e-8 absolute: both sides compute the same sums in double precision from 15 printed digits. Means in dollars are
held to 1e-10 relative. The score's own row is held to 1e-7 under a probit (MatchIt's glm stops at a relative change of 1e-8
in the deviance) and to 1e-8 else.

Before matching every data set is compared; after matching the cases where the match cannot depend on ties (synth4000 with
replacement, exact sets, coarsened sets). What is not compared, and why:

- the mean eCDF difference of the score on data with duplicated scores: it is a mean over distinct scores, and which
  scores R's rounding keeps distinct is not ours to know;
- the score before matching where it was estimated again on support: MatchIt keeps the first score of the discarded units
  beside the second score of the others, ours is compared where it exists;
- MatchBalance: means are compared, and KS before matching. After it, R's KS leaves the pairs' weights out where ties share
  a match (its values equal those of the unweighted list of pairs, which is asserted), its variances are over that list, and
  its variances of two-valued covariates are not p(1 − p).
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

import impact as im
from impact.design.distances.coordinates import RobustMahalanobis
from impact.design.matching.exact import CoarsenedExact, Exact
from tests.reference.cases import ROLES, load_cases, load_data, load_sample

MATCHIT = {
    "Means Treated": "mean_treated",
    "Means Control": "mean_control",
    "Std. Mean Diff.": "smd",
    "Var. Ratio": "variance_ratio",
    "eCDF Mean": "ecdf_mean",
    "eCDF Max": "ecdf_max",
}
COBALT = {
    "Diff.Un": ("before", "smd"),
    "V.Ratio.Un": ("before", "variance_ratio"),
    "KS.Un": ("before", "ecdf_max"),
    "Diff.Adj": ("after", "smd"),
    "V.Ratio.Adj": ("after", "variance_ratio"),
    "KS.Adj": ("after", "ecdf_max"),
    "OVL.Un": ("before", "non_overlap"),
    "OVL.Adj": ("after", "non_overlap"),
}


def close(value, score_tolerance=None):
    return pytest.approx(value, rel=1e-10, abs=score_tolerance or 1e-8)


def check_against(table, stage, matrix, score_tolerance=1e-8, left_out=()):
    """Compare every row and column of MatchIt's summary; return how many numbers were compared."""
    ours = table.frame[table.frame["stage"] == stage].set_index("covariate")
    compared = 0
    for row, values in zip(matrix["rows"], matrix["values"], strict=True):
        for column, value in zip(matrix["columns"], values, strict=True):
            if column not in MATCHIT or (row, column) in left_out or (row, "") in left_out:
                continue
            found, tolerance = ours.loc[row, MATCHIT[column]], score_tolerance if row == "distance" else None
            if value is None:
                assert np.isnan(found), (row, column)
            else:
                assert found == close(value, tolerance), (row, column)
                compared += 1
    return compared


@pytest.mark.parametrize("name", ["lalonde614", "nsw_cps", "cattaneo2", "synth4000"])
def test_before_matching(name):
    family = load_cases("matchit")
    case = next(
        case for key, case in family.items() if key.startswith("matchit.nn.replace") and key.endswith(name)
    )
    matched = im.match(load_sample(name), im.NearestNeighbor(im.PropensityScore()))
    left_out = () if name == "synth4000" else {("distance", "eCDF Mean")}
    tolerance = (
        1e-8 if name == "synth4000" else 1e-6
    )  # the score of nsw_cps is nearly separated: R's glm stops at 1e-8
    compared = check_against(
        im.balance(matched), "before", case["results"]["balance_all"], tolerance, left_out
    )
    assert compared >= 5 * len(ROLES[name][2])


NEAREST = im.NearestNeighbor
SCORE = im.PropensityScore()
AFTER = {
    "matchit.nn.replace.ratio3.synth4000": (NEAREST(SCORE, ratio=3), "ATT"),
    "matchit.nn.probit.replace.synth4000": (NEAREST(im.PropensityScore(link="probit")), "ATT"),
    "matchit.nn.atc.replace.caliper0.2.synth4000": (NEAREST(SCORE, caliper=0.2), "ATC"),
    "matchit.nn.exact.replace.caliper0.2.synth4000": (NEAREST(SCORE, exact=("region",), caliper=0.2), "ATT"),
    "matchit.nn.robust_mahalanobis.replace.synth4000": (NEAREST(RobustMahalanobis()), "ATT"),
    "matchit.cem.cut4.synth4000": (CoarsenedExact(cutpoints={"x1": 4, "x2": 4, "x3": 4, "x4": 4}), "ATT"),
}


@pytest.mark.filterwarnings("ignore::impact.OverlapWarning")
@pytest.mark.parametrize("case_id", AFTER)
def test_after_matching(case_id):
    case, (strategy, estimand) = load_cases("matchit")[case_id], AFTER[case_id]
    matched = im.match(load_sample("synth4000"), strategy, estimand)
    table = im.balance(matched)
    probit = "probit" in case_id
    left_out = {("distance", "eCDF Mean")} if probit else ()
    for stage, key in (("before", "balance_all"), ("after", "balance_matched")):
        assert check_against(table, stage, case["results"][key], 1e-7 if probit else 1e-8, left_out) >= 50
    sizes = dict(zip(case["results"]["nn"]["rows"], case["results"]["nn"]["values"], strict=True))
    ours = table.effective_sizes.set_index("stage").loc["after", ["control", "treated"]].tolist()
    np.testing.assert_allclose(ours, sizes["Matched (ESS)"], rtol=1e-8)


def test_exact_sets():
    case = load_cases("matchit")["matchit.exact.synth4000"]
    table = im.balance(im.match(load_sample("synth4000", ("region",)), Exact()))
    for stage, key in (("before", "balance_all"), ("after", "balance_matched")):
        assert check_against(table, stage, case["results"][key]) == 4 * 5


@pytest.mark.filterwarnings("ignore::impact.OverlapWarning")
def test_score_estimated_again_on_support():
    case = load_cases("matchit")["matchit.nn.discard_both.reestimate.replace.synth4000"]
    matched = im.match(load_sample("synth4000"), NEAREST(SCORE), support=im.MinMax(reestimate=True))
    table = im.balance(matched)
    check_against(table, "before", case["results"]["balance_all"], left_out={("distance", "")})
    # the score's SD before matching, which divides its SMD, is over other units
    left_out = {("distance", "Std. Mean Diff."), ("distance", "eCDF Mean")}
    check_against(table, "after", case["results"]["balance_matched"], left_out=left_out)


def test_sampling_weights_as_matchit_multiplies_them():
    case = load_cases("matchit")["matchit.sweights.nn.replace.synth4000"]
    sample = load_sample("synth4000", sampling_weight="sw")
    matched = im.match(sample, NEAREST(SCORE))
    uses = matched.pairs["control"].value_counts()  # MatchIt's match weight ignores whose match a control is
    weights = matched.weights.where(sample.treated, uses.reindex(matched.weights.index, fill_value=0))
    table = im.balance(replace(matched, weights=weights.astype(float)))
    for stage, key in (("before", "balance_all"), ("after", "balance_matched")):
        assert check_against(table, stage, case["results"][key]) >= 50


@pytest.mark.parametrize(("key", "denominator"), [("sd_treated", "treated"), ("sd_pooled", "pooled")])
@pytest.mark.parametrize("case_id", list(load_cases("cobalt")))
def test_cobalt(case_id, key, denominator):
    """Before matching on all four data sets; after matching where no ties decide."""
    name = case_id.rsplit(".", 1)[-1]
    matched = im.match(load_sample(name), NEAREST(SCORE))
    frame = im.balance(matched, denominator, further=[im.NON_OVERLAP]).frame.set_index(["stage", "covariate"])
    matrix = load_cases("cobalt")[case_id]["results"][key]
    stages = ("before", "after") if name == "synth4000" else ("before",)
    compared = 0
    for row, values in zip(matrix["rows"], matrix["values"], strict=True):
        covariate = row if row in ROLES[name][2] or row == "distance" else row.replace("_", "")
        for column, value in zip(matrix["columns"], values, strict=True):
            stage, statistic = COBALT.get(column, ("", ""))
            if stage in stages and value is not None:
                tolerance = 1e-6 if row == "distance" else None
                assert frame.loc[(stage, covariate), statistic] == close(value, tolerance), (row, column)
                compared += 1
    assert compared >= 3 * len(stages) * len(matrix["rows"])


def unweighted_ks(matched, covariate):
    pairs, values = matched.pairs, matched.sample.frame[covariate]
    return ks_2samp(values.loc[pairs["treated"]], values.loc[pairs["control"]]).statistic


@pytest.mark.parametrize("name", ["lalonde614", "lalonde445", "cattaneo2"])
def test_match_balance(name):
    case = load_cases("matchbalance")[f"MatchBalance.{name}"]
    # Matching's ties: within 1e-5, and its hidden 1e-10, of the nearest squared scaled distance
    matched = im.match(load_sample(name), NEAREST(SCORE, tie_tolerance=1e-5 + 1e-10))
    frame = im.balance(matched).frame.set_index(["stage", "covariate"])
    compared = 0
    for stage in ("before", "after"):
        for covariate, values in case["results"][stage].items():
            ours = frame.loc[(stage, covariate)]
            assert ours["mean_treated"] == close(values["mean_tr"])
            assert ours["mean_control"] == close(values["mean_co"])
            if values["ks_D"] is not None:
                found = ours["ecdf_max"] if stage == "before" else unweighted_ks(matched, covariate)
                assert found == close(values["ks_D"])
            compared += 1
    assert compared == 2 * len(case["results"]["vars"])
    assert len(load_data(name)) == len(matched.sample)
