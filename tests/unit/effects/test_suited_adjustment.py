"""The default adjustment: squares beside the covariates for a skewed amount, a straight line for the rest, said on every row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.strata import strata_of_treated
from impact.robustness.dominant_group import dominant_groups
from impact.survey.outcome import Column
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from impact.synthetic.alliances import rural_alliances

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")

NEAR = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
SQUARES, STRAIGHT = im.LinearAdjustment(squares=True), im.LinearAdjustment()
OUTCOMES = (
    "income_agr_pc_month",
    "income_total",
    "income_agr_net",
    Headcount("income_pc_month", line=500.0, name="poor"),
    PovertyGap("income_pc_month", line=500.0, name="gap"),
    "log_income",
    "area_cultivated",
)
BENT = {"income_agr_pc_month", "income_total", "income_agr_net"}


@pytest.fixture(scope="module")
def sample():
    survey = rural_alliances(5, groups=80)
    frame = survey.household.assign(
        log_income=np.log(survey.household["income_pc_month"].clip(lower=1)), income_pre=1.0
    )
    frame["income_pre"] = frame["assets_pre"] + frame["education_index"]
    roles = {"outcomes": OUTCOMES, "covariates": ["assets_pre", "education_index"]}
    return im.Sample(frame, **survey.roles() | roles)


@pytest.fixture(scope="module")
def matched(sample):
    return im.match(sample, NEAR)


def test_each_row_is_the_explicit_adjustment_of_its_kind(matched):
    suited = im.estimate(matched, bias_adjustment="suited")
    for effect in suited:
        explicit = SQUARES if effect.outcome in BENT else STRAIGHT
        by_itself = im.estimate(matched, [effect.outcome], bias_adjustment=explicit).one()
        assert (effect.estimate, effect.std_error) == pytest.approx(
            (by_itself.estimate, by_itself.std_error), rel=1e-12
        )
        assert effect.bias_adjustment == explicit.label
    spanish = dict(zip(suited.frame["outcome"], suited.frame_in("es")["bias_adjustment"], strict=True))
    assert spanish["income_total"] == "lineal y cuadrático" and spanish["poor"] == "lineal"


def test_an_adjustment_that_was_asked_for_is_kept(matched):
    for asked in ("linear", STRAIGHT, SQUARES, None):
        table = im.estimate(matched, bias_adjustment=asked)
        label = (
            {"linear": STRAIGHT.label, None: "none"}.get(asked)
            if not hasattr(asked, "label")
            else asked.label
        )
        assert set(table.frame["bias_adjustment"]) == {str(label)}


def test_estimate_by_itself_adjusts_only_when_asked(matched):
    assert set(im.estimate(matched).frame["bias_adjustment"]) == {"none"}


def test_covariates_of_the_choice_are_kept(matched):
    suited = im.SuitedAdjustment(covariates=("assets_pre",))
    table = im.estimate(matched, bias_adjustment=suited)
    assert table.one("income_total").bias_adjustment == "linear and squared in assets_pre"
    explicit = im.estimate(
        matched, ["poor"], bias_adjustment=im.LinearAdjustment(covariates=("assets_pre",))
    ).one()
    assert table.one("poor").estimate == pytest.approx(explicit.estimate, rel=1e-12)


def test_the_four_strategies_say_it_on_every_row(sample):
    frame = im.four_strategies(sample).frame
    bent = frame["outcome"].isin(BENT)
    assert set(frame.loc[bent, "bias_adjustment"]) == {"linear and squared"}
    assert set(frame.loc[~bent, "bias_adjustment"]) == {"linear"}


def test_joint_effects_are_the_rows(matched, sample):
    names = ["poor", "income_total", "gap"]  # those adjusted alike are no neighbours
    joint = im.joint_effects({"4-NN": matched}, names, bias_adjustment="suited")
    rows = im.estimate(matched, names, bias_adjustment="suited")
    assert joint.estimates == pytest.approx([effect.estimate for effect in rows], rel=1e-12)
    assert joint.labels == tuple(("4-NN", name) for name in names)
    errors = np.sqrt(np.diag(joint.covariance))
    assert errors == pytest.approx([effect.std_error for effect in rows], rel=1e-12)


def test_fifths_and_subgroups_keep_the_choice_of_the_whole_sample(sample):
    # Within a fifth of its own, the upper tail of an income need not be long: the fifths of one outcome are adjusted alike.
    frame = sample.frame.assign(ranked=sample.frame["income_total"])
    whole = im.Sample(
        frame.rename(columns={"ranked": "income_before"}),
        treatment=sample.treatment,
        covariates=sample.covariates,
        outcomes=["income_total", "log_income"],
        cluster=sample.cluster,
    )
    fifths = im.quintile_effects(whole, NEAR, "income_total", im.Baseline("income_before"), quantiles=3)
    assert set(fifths.frame["bias_adjustment"]) == {"linear and squared"}
    values = whole.frame["income_total"].to_numpy()
    middle = strata_of_treated(whole, values, 3).numbers == 2
    alone = im.estimate(im.match(whole.take(middle), NEAR), ["income_total"], bias_adjustment="suited")
    assert set(alone.frame["bias_adjustment"]) == {"linear"}
    groups = im.subgroup_effects(whole, NEAR, by="region").frame
    adjusted = groups[groups["reason"] == ""].groupby("outcome")["bias_adjustment"].unique()
    assert adjusted["income_total"].tolist() == ["linear and squared"]
    assert adjusted["log_income"].tolist() == ["linear"]


def test_the_estimate_without_a_dominant_group_is_adjusted_alike(sample):
    frame = sample.frame.copy()
    one = frame[sample.cluster] == frame[sample.cluster].iloc[0]
    frame["score"] = frame["log_income"].where(~one, frame["log_income"] + 1e3)  # skewed by one group alone
    small = im.Sample(
        frame,
        treatment=sample.treatment,
        covariates=sample.covariates,
        outcomes=[Column("score", unit="points")],
        cluster=sample.cluster,
    )
    by = im.Specification("4-NN", NEAR, "suited")
    matched = by.matched(small)
    table = by.effects(matched)
    found = dominant_groups(by, matched, [replace(effect, degrees_of_freedom=1.0) for effect in table])
    assert [one.without.bias_adjustment for one in found] == [table.one().bias_adjustment]


def test_with_few_groups_an_amount_stays_straight(sample):
    # One column and its square, with the constant: three columns, so that fifteen groups of the smaller arm carry the bend.
    roles = {"treatment": sample.treatment, "covariates": ["assets_pre"], "outcomes": ["income_total"]}
    groups = sample.frame.groupby(sample.treatment)[sample.cluster].unique()
    for number, label in ((15, "linear and squared"), (14, "linear")):
        kept = sample.frame[sample.cluster].isin([*groups[0][:20], *groups[1][:number]])
        few = im.Sample(sample.frame[kept], **roles, cluster=sample.cluster)
        assert im.estimate(im.match(few, NEAR), bias_adjustment="suited").one().bias_adjustment == label
        alone = im.Sample(sample.frame[kept], **roles)  # units by themselves are many
        assert (
            im.estimate(im.match(alone, NEAR), bias_adjustment="suited").one().bias_adjustment
            == "linear and squared"
        )


def test_an_unknown_name_lists_what_there_is(matched):
    with pytest.raises(im.OptionError, match='None, "suited", "linear" or an adjustment'):
        im.estimate(matched, bias_adjustment="bends")


def test_a_bent_income_is_estimated_without_bias_where_the_line_is_off():
    # Y = e^x without noise, effect 0: controls stand at x = −1 … 1, treated at 0.2 … 1.4. By hand: least squares of e^x on (1, x, x²).
    x = np.concatenate([np.linspace(-1, 1, 41), np.linspace(0.2, 1.4, 15)])
    frame = pd.DataFrame({"x": x, "treated": np.arange(56) >= 41, "income": np.exp(3 * x)})
    sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"])
    found = im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean())), bias_adjustment="suited").one()
    nearest = np.clip(np.round((x[41:] + 1) / 0.05), 0, 40).astype(int)
    count = np.bincount(nearest, minlength=41)
    design = np.column_stack([np.ones(56), x, x**2])
    root = np.sqrt(count)
    slopes = np.linalg.lstsq(design[:41] * root[:, None], np.exp(3 * x[:41]) * root, rcond=None)[0]
    predicted = design @ slopes
    expected = np.mean(np.exp(3 * x[41:]) - np.exp(3 * x[nearest]) - predicted[41:] + predicted[nearest])
    assert found.estimate == pytest.approx(expected, rel=1e-9)
    assert found.bias_adjustment == "linear and squared"
