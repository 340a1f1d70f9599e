"""The balance table by arm and region: by hand, against statsmodels, suppression, wrong calls."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import impact as im
from impact.design.balance.by import JOINTLY
from impact.report.export import as_tables
from impact.report.words.style import Style
from tests.surveys import grouped_sample, grouped_survey


@pytest.fixture(scope="module")
def matched():
    return im.match(
        grouped_sample(grouped_survey(1, groups=60)), im.Kernel(im.PropensityScore(), bandwidth=0.3)
    )


def rows(table, subgroup):
    return table.frame[table.frame["subgroup"] == subgroup].set_index("covariate")


def test_means_and_normalised_difference_by_hand(matched):
    frame, treated = matched.sample.frame, matched.sample.treated
    age = frame["age"].to_numpy()
    row = rows(im.balance_by(matched, "region"), "all").loc["age"]
    first, second = age[treated], age[~treated]
    assert row["difference"] == pytest.approx(first.mean() - second.mean(), abs=1e-12)
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    assert row["normalised_difference"] == pytest.approx((first.mean() - second.mean()) / spread, rel=1e-12)
    assert (row["n_treated"], row["n_control"]) == (len(first), len(second))


@pytest.mark.parametrize("region", ["a", "c"])
def test_the_clustered_test_is_that_of_the_regression(matched, region):
    frame = matched.sample.frame
    part = frame[frame["region"] == region].assign(t=lambda one: one["treated"].astype(float))
    fit = smf.ols("herd ~ t", part).fit(cov_type="cluster", cov_kwds={"groups": part["group"]}, use_t=True)
    row = rows(im.balance_by(matched, "region"), region).loc["herd"]
    assert row["std_error"] == pytest.approx(fit.bse["t"], rel=1e-10)
    assert row["p_value"] == pytest.approx(fit.pvalues["t"], rel=1e-9)


def test_the_joint_test_over_all_is_that_of_balance_jointly(matched):
    joint = im.balance_jointly(matched).frame.set_index("stage")
    for stage in ("before", "after"):
        row = rows(im.balance_by(matched, stage=stage), "all").loc[JOINTLY]
        assert row["f_statistic"] == pytest.approx(joint.loc[stage, "f_statistic"], rel=1e-12)
        assert row["p_value"] == pytest.approx(joint.loc[stage, "p_value"], rel=1e-12)


def test_stars_are_asked_for(matched):
    assert "stars" not in im.balance_by(matched).frame
    starred = im.balance_by(matched, stars=True).frame
    small = starred["p_value"] < 0.05
    assert starred.loc[small, "stars"].isin(["**", "***"]).all()
    assert (starred.loc[starred["p_value"] >= 0.1, "stars"] == "").all()


def test_a_small_region_is_not_published(matched):
    frame = grouped_survey(1, groups=60)
    frame.loc[frame.index[:4], "region"] = "tiny"
    sample = grouped_sample(frame, covariates=["age", "herd"])
    result = im.balance_by(im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3)), "region")
    for language, words in (("en", "fewer than 5"), ("es", "menos de 5")):
        table = as_tables(result, Style.of(language))[0]
        at = next(k for k, row in enumerate(table.rows) if str(row.cells[0]).startswith("tiny"))
        assert words in table.rows[at].cells[0]
        assert all(type(cell).__name__ == "Suppressed" for cell in table.rows[at + 1].cells[1:])


def test_squares_and_products_within_a_region(matched):
    found = im.balance_by(matched, "region", interactions=True).frame.set_index(["subgroup", "covariate"])
    frame = matched.sample.frame
    inside = (frame["region"] == "a").to_numpy() & matched.sample.treated
    weight = matched.sampling_weight[inside]
    for name, values in (("age²", frame["age"] ** 2), ("age × herd", frame["age"] * frame["herd"])):
        mean = np.average(values[inside], weights=weight)
        assert found.loc[("a", name), "mean_treated"] == pytest.approx(mean)
    plain = im.balance_by(matched, "region").frame.set_index(["subgroup", "covariate"])
    pd.testing.assert_frame_equal(found.loc[plain.index], plain)


def test_wrong_calls(matched):
    with pytest.raises(im.ImpactError, match="by"):
        im.balance_by(matched, "nowhere")
    with pytest.raises(im.OptionError, match="stage"):
        im.balance_by(matched, stage="during")


def test_every_document_is_written(matched, tmp_path):
    result = im.balance_by(matched, "region", stars=True)
    assert "tabular" in result.to_latex("es") or "longtable" in result.to_latex("es")
    assert "diferencia normalizada" in result.to_html("es")
    assert result.to_excel(tmp_path / "b.xlsx").is_file()
    assert len(pd.read_excel(tmp_path / "b.xlsx")) > 12
