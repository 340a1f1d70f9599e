"""Shares, means and their intervals against R's survey 4.1.1, survival 3.5.3.

Tolerance 1e-8: R's logit shares come from an iterated regression that stops at about 1e-9; everything else agrees to 1e-12.
"""

import numpy as np
import pytest

import impact as im
from tests.reference.cases import load_cases, load_table

DESIGN = {"weights": "weight", "cluster": "psu", "stratum": "stratum"}
TIMES = [1, 2, 4, 6, 8, 10]


@pytest.fixture(scope="module")
def survey():
    return load_table("stratified")


@pytest.fixture(scope="module")
def alliances():
    return load_table("alliances")


def results(family, case):
    return load_cases(family)[case]["results"]


def agrees(ours, theirs, tolerance=1e-8):
    np.testing.assert_allclose(
        np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize("method", ["logit", "asin", "xlogit"])
def test_a_share_with_its_interval(survey, method):
    expected = results("survey", f"svy.prop.{method}")
    row = im.share(survey, "dropped_buyer", interval=method, **DESIGN).frame.iloc[0]
    agrees(
        row[["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom"]],
        [expected["estimate"], expected["se"], *expected["ci"], expected["df"]],
    )


@pytest.mark.parametrize("stratum", ["valles", "tropico"])
def test_a_share_in_a_stratum_by_subgroup_and_alone(survey, stratum):
    expected = results("survey", f"svy.prop.logit.{stratum}")
    table = im.share(survey, "dropped_buyer", by="stratum", **DESIGN).frame.set_index("subgroup")
    alone = im.share(survey[survey["stratum"] == stratum], "dropped_buyer", **DESIGN).frame.iloc[0]
    for row in (table.loc[stratum], alone):
        agrees(
            row[["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom"]],
            [expected["estimate"], expected["se"], *expected["ci"], expected["df"]],
        )


def test_a_mean_with_its_design_effect(survey):
    expected = results("survey", "svy.mean.income")
    row = im.survey_mean(survey, "income", **DESIGN).frame.iloc[0]
    agrees(
        row[["estimate", "std_error", "deff", "conf_low", "conf_high"]],
        [expected["estimate"], expected["se"], expected["deff"], *expected["ci"]],
        1e-8,
    )


def test_means_by_product_and_shares_of_products(survey):
    expected = results("survey", "svy.by.product")
    table = im.survey_mean(survey, "income", by="product", **DESIGN).frame
    assert table["subgroup"].tolist() == expected["product"]
    agrees(table["estimate"], expected["estimate"])
    agrees(table["std_error"], expected["se"])
    expected = results("survey", "svy.shares.product")
    table = im.share(survey, "product", **DESIGN).frame
    assert ("product" + table["category"]).tolist() == expected["names"]
    agrees(table["estimate"], expected["estimate"])
    agrees(table["std_error"], expected["se"])


@pytest.mark.parametrize(
    ("case", "kind"), [("all", "log"), ("all", "log-log"), ("all", "plain"), ("lago", "log-log")]
)
def test_kaplan_meier(alliances, case, kind):
    expected = results("survival", f"km.{case}.{kind}")
    table = im.survival(
        alliances,
        "years",
        "changed_buyer",
        by=None if case == "all" else "region",
        interval=kind,
        times=TIMES,
    )
    frame = table.frame[table.frame["subgroup"] == case]
    ours = frame[["survival", "std_error", "conf_low", "conf_high", "at_risk"]].to_numpy().T
    agrees(ours, [expected[name] for name in ("surv", "se", "lower", "upper", "n_risk")])
    median = table.medians.set_index("subgroup").loc[case, "median"]
    assert (np.isnan(median) and expected["median"] is None) or median == expected["median"]


def test_cox_regression_with_clusters(alliances):
    expected = results("survival", "cox.region.members")
    table = im.hazards(
        alliances, "years", "changed_buyer", ["region", "members"], cluster="municipality"
    ).frame
    assert table["term"].tolist() == expected["term"]
    agrees(table["coefficient"], expected["coef"])
    agrees(table["std_error"], expected["se_robust"])
    plain = im.hazards(alliances, "years", "changed_buyer", ["region", "members"]).frame
    agrees(plain["std_error"], expected["se_naive"])
