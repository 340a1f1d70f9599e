"""A change score is a difference in differences; its percentage is of what the treated would have had at follow-up."""

import numpy as np
import pytest

import impact as im
from impact.evaluation.run import evaluate
from tests.surveys import groups_in_turn


def survey_with_change():
    """Incomes of hundreds before and after, of forty groups."""
    frame = groups_in_turn(40, 6)
    return frame.assign(before=30 * frame["before"], after=30 * frame["income"] + 60 * frame["treated"])


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_the_change_is_labelled_in_both_languages_and_equals_the_column_of_differences():
    frame = survey_with_change().assign(gain=lambda one: one["after"] - one["before"])
    change = im.Change("after", "before", unit="Bs")
    sample = im.Sample(frame, "treated", ["x"], [change, "gain", "after"], cluster="group")
    effects = im.estimate(im.match(sample, im.Kernel(im.PropensityScore())))
    assert change.name == "change in after" and change.name.to("es") == "cambio en after"
    one, same, level = effects.one("change in after"), effects.one("gain"), effects.one("after")
    assert (one.estimate, one.std_error) == pytest.approx((same.estimate, same.std_error), rel=1e-12)
    assert one.identification.startswith("difference in differences")
    assert one.identification.to("es").startswith("diferencia en diferencias")
    assert level.identification.startswith("cross-section")
    assert one.denominator == "counterfactual follow-up mean of the treated"
    assert one.denominator.to("es") == "media de seguimiento contrafactual de los beneficiarios"
    assert level.denominator == "matched control mean"
    treated = frame[frame["treated"]]
    assert one.percent_effect == pytest.approx(100 * one.estimate / (treated["after"].mean() - one.estimate))


def weighed(frame, variance=None, estimand="ATT"):
    """Return the effect on the change where everybody weighs the same."""
    change = im.Change("after", "before", unit="Bs")
    sample = im.Sample(frame, "treated", ["x"], [change], cluster="group")
    matched = im.match(sample, im.Exact(["same"]), estimand)
    return im.estimate(matched, variance=variance).one("change in after")


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
@pytest.mark.parametrize(
    "variance",
    [None, im.ClusterRobust(), im.CR3(), im.WildBootstrap(999, seed=1)],
    ids=["CR2", "left out", "CR3", "drawn"],
)
def test_the_error_of_the_percentage_is_that_of_leaving_groups_out(variance):
    frame = survey_with_change().assign(same=1)
    frame["before"] += np.random.default_rng(3).normal(0, 20, 40)[frame["group"]]
    one = weighed(frame, variance)

    def percent(rows):
        arms = rows.groupby("treated")[["after", "before"]].mean()
        effect = (arms["after"] - arms["before"]).diff().iloc[-1]
        return 100 * effect / (arms.loc[True, "after"] - effect)

    assert one.percent_effect == pytest.approx(percent(frame), rel=1e-12)
    groups = frame["group"].unique()
    left = np.array([percent(frame[frame["group"] != group]) for group in groups])
    jackknife = np.sqrt((len(groups) - 1) / len(groups) * ((left - left.mean()) ** 2).sum())
    critical = (one.conf_high - one.estimate) / one.std_error
    assert (one.percent_conf_high - one.percent_effect) / critical == pytest.approx(jackknife, rel=0.06)


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_for_others_than_the_treated_it_says_why_there_is_none():
    one = weighed(survey_with_change().assign(same=1), estimand="ATE")
    assert np.isnan(one.percent_effect) and "for the treated alone" in one.denominator
    assert "solo para los beneficiarios" in one.denominator.to("es")


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_a_follow_up_mean_that_is_not_clearly_above_zero_is_no_denominator():
    frame = survey_with_change().assign(same=1)
    less = frame["after"].mean()
    one = weighed(frame.assign(after=frame["after"] - less, before=frame["before"] - less))
    assert np.isnan(one.percent_effect) and one.denominator.startswith(
        "none: the counterfactual follow-up mean"
    )


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_a_change_is_written_in_the_file_and_read_in_the_report(tmp_path):
    survey_with_change().to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "evaluation.toml").write_text(
        """language = "es"
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["x"]
cluster = "group"
[[outcomes]]
type = "change"
after = "after"
before = "before"
unit = "Bs"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
""",
        encoding="utf-8",
    )
    page = evaluate(tmp_path / "evaluation.toml").report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "diferencia en diferencias" in page and "corte transversal" not in page
    assert "cambio en after" in page
    assert "Porcentajes: de la media de seguimiento contrafactual de los beneficiarios, es decir" in page
