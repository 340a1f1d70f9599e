"""A change score is a difference in differences, and says why it has no percent effect."""

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
    assert np.isnan(one.percent_effect) and "a change is no level" in one.denominator
    assert "un cambio no es un nivel" in one.denominator.to("es")
    assert np.isfinite(level.percent_effect)


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
    assert "ni de un cambio, que no es un nivel" in page and "cambio en after" in page
