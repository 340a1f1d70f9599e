"""Balance against R's MatchIt and cobalt.

Tolerance 1e-8 absolute: both compute the same sums in double precision, and R prints 15 significant digits. The row of the score itself is
held to 1e-6 (relative, or absolute below 1): MatchIt's glm stops at a relative change of 1e-8 in the deviance, ours at 1e-10 in the coefficients. Before matching every data set
is compared; after matching the cases where the match cannot depend on ties (synth4000, with replacement).
"""

import numpy as np
import pytest

import impact as im

from .conftest import ROLES, load_cases, load_sample

MATCHIT = {"Means Treated": "mean_treated", "Means Control": "mean_control", "Std. Mean Diff.": "smd", "Var. Ratio": "variance_ratio",
           "eCDF Mean": "ecdf_mean", "eCDF Max": "ecdf_max"}  # fmt: skip


def check_against(table, stage, matrix, rows_expected):
    ours = table.frame[table.frame["stage"] == stage].set_index("covariate")
    compared = 0
    for row, values in zip(matrix["rows"], matrix["values"], strict=True):
        if row not in ours.index:
            continue
        compared += 1
        for column, value in zip(matrix["columns"], values, strict=True):
            if (row, column) == ("distance", "eCDF Mean"):
                continue  # a mean over distinct scores, and which scores R's own rounding keeps distinct is not ours to know
            if column in MATCHIT and value is not None:
                close = pytest.approx(value, rel=1e-6, abs=1e-6) if row == "distance" else pytest.approx(value, rel=0, abs=1e-8)
                if row != "distance" and column.startswith("Means"):
                    close = pytest.approx(value, rel=1e-10, abs=1e-8)  # means in dollars
                assert ours.loc[row, MATCHIT[column]] == close, (row, column)
            elif MATCHIT.get(column) == "variance_ratio":
                assert np.isnan(ours.loc[row, "variance_ratio"])
    assert compared >= rows_expected


@pytest.mark.parametrize(
    "case_id",
    ["matchit.nn.replace.lalonde614", "matchit.nn.replace.ratio3.nsw_cps", "matchit.nn.replace.cattaneo2", "matchit.nn.replace.ratio3.synth4000"],
)
def test_balance_before_matching(case_id):
    case = load_cases("matchit")[case_id]
    name = case_id.rsplit(".", 1)[-1]
    matched = im.match(load_sample(name), im.NearestNeighbor(im.PropensityScore()))
    check_against(im.balance(matched), "before", case["results"]["balance_all"], len(ROLES[name][2]))


@pytest.mark.parametrize(
    ("case_id", "strategy", "estimand"),
    [
        ("matchit.nn.replace.ratio3.synth4000", im.NearestNeighbor(im.PropensityScore(), ratio=3), "ATT"),
        ("matchit.nn.probit.replace.synth4000", im.NearestNeighbor(im.PropensityScore(link="probit")), "ATT"),
        ("matchit.nn.atc.replace.caliper0.2.synth4000", im.NearestNeighbor(im.PropensityScore(), caliper=0.2), "ATC"),
        (
            "matchit.nn.exact.replace.caliper0.2.synth4000",
            im.NearestNeighbor(im.PropensityScore(), exact=("region",), caliper=0.2),
            "ATT",
        ),
    ],
)
def test_balance_after_matching(case_id, strategy, estimand):
    case = load_cases("matchit")[case_id]
    matched = im.match(load_sample("synth4000"), strategy, estimand)
    check_against(im.balance(matched), "after", case["results"]["balance_matched"], 6)
    sizes = dict(zip(case["results"]["nn"]["rows"], case["results"]["nn"]["values"], strict=True))
    np.testing.assert_allclose(sizes["Matched (ESS)"], [matched.ess["control"], matched.ess["treated"]], rtol=1e-8)


@pytest.mark.parametrize(("denominator", "ours"), [("sd_treated", "treated"), ("sd_pooled", "pooled")])
def test_cobalt(denominator, ours):
    case = load_cases("cobalt")["cobalt.bal_tab.nn.replace.synth4000"]
    matched = im.match(load_sample("synth4000"), im.NearestNeighbor(im.PropensityScore()))
    table = im.balance(matched, denominator=ours).frame
    matrix = case["results"][denominator]
    stages = {"Diff.Un": ("before", "smd"), "Diff.Adj": ("after", "smd"), "V.Ratio.Un": ("before", "variance_ratio"),
              "V.Ratio.Adj": ("after", "variance_ratio"), "KS.Un": ("before", "ecdf_max"), "KS.Adj": ("after", "ecdf_max")}  # fmt: skip
    compared = 0
    for row, values in zip(matrix["rows"], matrix["values"], strict=True):
        for column, value in zip(matrix["columns"], values, strict=True):
            if column in stages and value is not None:
                stage, name = stages[column]
                found = table[(table["covariate"] == row.replace("_", "")) & (table["stage"] == stage)]
                if len(found):
                    compared += 1
                    assert found[name].item() == pytest.approx(value, rel=0, abs=1e-6 if row == "distance" else 1e-8), (row, column)
    assert compared >= 40
