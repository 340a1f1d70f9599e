"""Mechanisms: plain differences among the treated, clustered by group, and never called causal."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import impact as im
from impact.effects.mechanisms import MECHANISM_COLUMNS, PRACTICES, mechanism_associations
from tests.surveys import sample_of

sample = partial(sample_of, covariates=["x", "region"], sampling_weight="weight")


def survey_with_collective_inputs(groups=60, members=5, seed=0):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    treated = group < groups // 2
    together = generator.random(groups)[group] < 0.5
    x = generator.normal(size=len(group))
    income = 20 + 2 * x + 3 * together + 5 * treated + generator.normal(size=groups)[group]
    return pd.DataFrame(
        {
            "treated": treated,
            "x": x,
            "region": np.where(treated, "north", np.where(group % 2, "north", "south")),
            "income": income + generator.normal(size=len(group)),
            "coll_inputs": together,
            "group": group,
            "size": generator.integers(1, 7, len(group)),
            "weight": generator.uniform(0.5, 2, len(group)),
        }
    )


def described(frame, **options):
    table = mechanism_associations(sample(frame), mechanisms=["coll_inputs"], **options).frame
    return table.iloc[0]


def test_unadjusted_difference_is_the_difference_of_weighted_means_of_the_treated():
    frame = survey_with_collective_inputs()
    row, treated = described(frame, adjust=False), frame[frame["treated"]]
    means = [
        np.average(treated.loc[rows, "income"], weights=treated.loc[rows, "weight"])
        for rows in (treated["coll_inputs"], ~treated["coll_inputs"])
    ]
    assert [row["mean_with"], row["mean_without"]] == pytest.approx(means, rel=1e-12)
    assert row["difference"] == pytest.approx(means[0] - means[1], rel=1e-10)
    assert row["share_with"] == pytest.approx(np.average(treated["coll_inputs"], weights=treated["weight"]))
    assert row["n_with"] + row["n_without"] == 150 and row["groups_with"] + row["groups_without"] == 30


def test_adjusted_difference_is_clustered_least_squares_without_covariates_that_do_not_vary():
    frame = survey_with_collective_inputs()  # the treated are all of one region
    treated = frame[frame["treated"]].assign(coll=lambda table: table["coll_inputs"] * 1.0)
    fit = smf.wls("income ~ coll + x", treated, weights=treated["weight"]).fit(
        cov_type="cluster", cov_kwds={"groups": treated["group"]}
    )
    row = described(frame)
    assert row["difference"] == pytest.approx(fit.params["coll"], rel=1e-9)
    assert row["std_error"] == pytest.approx(fit.bse["coll"], rel=1e-9)
    assert row["degrees_of_freedom"] == min(row["groups_with"], row["groups_without"]) - 1
    assert row["adjusted_for"] == "x, region"


def test_controls_do_not_matter():
    frame = survey_with_collective_inputs()
    changed = frame.assign(income=np.where(frame["treated"], frame["income"], 0.0))
    pd.testing.assert_series_equal(described(frame), described(changed))


def test_every_row_and_every_view_say_that_it_is_not_causal():
    found = mechanism_associations(sample(survey_with_collective_inputs()), mechanisms=["coll_inputs"])
    assert list(found.frame.columns) == list(MECHANISM_COLUMNS)
    assert found.frame["interpretation"].tolist() == ["not causal: association among the treated"]
    assert "Not causal" in repr(found) and "Not causal" in found._repr_html_()
    synthetic = mechanism_associations(
        sample(survey_with_collective_inputs(), synthetic=True), mechanisms=["coll_inputs"]
    )
    assert repr(synthetic).startswith("SYNTHETIC DATA") and "SYNTHETIC DATA" in synthetic._repr_html_()


def test_practices_and_outcomes_of_the_synthetic_survey_make_one_row_each():
    made = im.synthetic.rural_alliances(1, groups=60)
    roles = made.roles() | {"outcomes": ["income_total", im.Column("income_pc_month", persons="hh_size")]}
    frame = mechanism_associations(im.Sample(made.household, **roles)).frame
    assert frame["mechanism"].tolist() == [name for name in PRACTICES for _ in range(2)]
    assert frame["weights"].str.contains("persons").tolist() == [False, True] * 4
    assert frame["difference"].notna().all()


def test_rare_practices_have_no_numbers_but_a_reason():
    frame = survey_with_collective_inputs()
    few = frame.assign(coll_inputs=frame["group"].isin([0, 1]) & (frame.index % 2 == 0))
    row = described(few, minimum_cell=10)
    assert row["reason"] == "fewer than 10 treated units with or without it"
    assert row[["difference", "share_with", "n_with", "mean_without"]].isna().all()
    one = described(frame.assign(coll_inputs=frame["group"] == 0), minimum_cell=5)
    assert one["reason"] == "fewer than two treated groups with or without it"


@pytest.mark.parametrize(
    ("mechanisms", "error", "message"),
    [
        (["x"], im.OptionError, "another role"),
        (["income"], im.OptionError, "another role"),
        (["treated"], im.OptionError, "another role"),
        (["coll_input"], im.OptionError, "Did you mean 'coll_inputs'"),
        (["coll_inputs", "coll_inputs"], im.OptionError, "appears twice"),
        (["size"], im.DataError, r"must be 0 or 1 for every treated unit; \d+ units are not"),
        (["holes"], im.DataError, r"1 unit is not \(first: 4\)"),
    ],
)
def test_what_is_no_practice_is_refused(mechanisms, error, message):
    frame = survey_with_collective_inputs().assign(holes=1.0)
    frame.loc[4, "holes"] = np.nan
    with pytest.raises(error, match=message):
        mechanism_associations(sample(frame), mechanisms=mechanisms)


def led(seed, groups=200, members=5):
    """Treated groups whose able leaders take up a practice that does nothing, and earn more."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    ability = draw.normal(size=groups)
    practice = ability + draw.normal(size=groups) > 0
    income = 100 + 30 * ability[group] + draw.normal(scale=40, size=len(group))
    frame = {"treated": group % 2 == 0, "x": draw.normal(size=len(group)), "income": income, "group": group}
    return pd.DataFrame(
        frame | {"coll_inputs": practice[group], "weight": 1.0, "region": np.where(group % 3, "a", "b")}
    )


def test_a_practice_that_does_nothing_goes_with_income_where_able_leaders_take_it_up():
    """docs/mechanisms.md shows it: the true effect is 0, the difference what ability makes of it."""
    found = [described(led(seed)) for seed in range(20)]
    expected = (
        30 * 2 / np.sqrt(np.pi)
    )  # E[ability | practice] less that without: correlation √½, 2φ(0)/½ of an SD
    assert np.mean([row["difference"] for row in found]) == pytest.approx(expected, abs=5)
    assert np.mean([row["conf_low"] > 0 for row in found]) > 0.9
