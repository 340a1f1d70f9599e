"""One fifth that cannot be estimated says why, in the report's language, and the others and their tests stand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.unestimated import NoStratumError
from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate
from tests.surveys import sample_of

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

SCORE = im.Kernel(im.PropensityScore(), bandwidth=0.3)
SEPARATED = "a covariate tells its arms apart, so that no score can be fitted in it"
TOML = """
language = "{language}"
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["age"]
cluster = "group"
[[outcomes]]
column = "income"
unit = "Bs/year"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
bandwidth = 0.3
[quintiles]
{ranking}
"""


def survey_with_fifths_apart(bad=("Q2",), seed=4):
    """120 groups of 6; in the bad fifths of baseline income age tells the arms apart."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(120), 6)
    before = generator.normal(size=720)
    frame = pd.DataFrame({"group": group, "treated": (group % 2).astype(int), "before": before})
    frame["age"] = 40 + 8 * generator.normal(size=720)
    cuts = np.quantile(before[group % 2 == 1], [0.2, 0.4, 0.6, 0.8])
    fifth = np.searchsorted(cuts, before) + 1
    for number in map(int, (name[1:] for name in bad)):
        inside = fifth == number
        older = (
            frame.loc[inside, "treated"] == number % 2
        )  # the older arm changes, so that the whole sample overlaps
        frame.loc[inside, "age"] = np.where(older, 70.0, 25.0) + before[inside]
    frame["income"] = 100 + frame["before"] + 5 * fifth * frame["treated"] + generator.normal(size=720)
    return frame


def compared(bad, **options):
    by = im.Baseline("before")
    return im.quintile_comparison(
        sample_of(survey_with_fifths_apart(bad), ["age"]),
        SCORE,
        "income",
        by,
        bias_adjustment="linear",
        **options,
    )


def test_the_others_are_what_they_are_where_nothing_is_missing():
    found, whole = compared(("Q2",)), compared(())
    assert dict(found.reasons) == {"Q2": SEPARATED} and not whole.reasons
    frame, expected = found.frame, whole.frame
    assert frame["subgroup"].tolist() == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert frame["reason"].tolist() == ["", SEPARATED, "", "", ""]
    kept = [0, 2, 3, 4]
    assert frame.loc[kept, "estimate"].tolist() == pytest.approx(
        expected.loc[kept, "estimate"].tolist(), rel=1e-12
    )
    assert frame.loc[kept, "std_error"].tolist() == pytest.approx(
        expected.loc[kept, "std_error"].tolist(), rel=1e-12
    )
    assert frame.loc[1, ["estimate", "std_error", "n_treated"]].isna().all()
    assert expected["reason"].tolist() == [""] * 5


def test_tests_are_over_the_others_and_a_missing_fifth_keeps_its_place():
    found = compared(("Q2",))
    assert found.levels.names == ("Q1", "Q3", "Q4", "Q5")
    assert found.equality("level").numerator == 3
    # by hand: the slope over the places 1, 3, 4, 5 by least squares of the effects
    slope = np.polyfit([1, 3, 4, 5], found.levels.values, 1)[0]
    assert found.trend("level").slope == pytest.approx(slope, rel=1e-12)
    assert found.trend("level").slope == pytest.approx(5.0, abs=1.0)  # the truth: 5 more a fifth


def test_the_table_s_notes_say_why_in_both_languages():
    notes = im.quintile_effects(
        sample_of(survey_with_fifths_apart(), ["age"]), SCORE, "income", im.Baseline("before")
    ).notes
    [note] = [note for note in notes if str(note).startswith("Q2 is not estimated")]
    assert str(note) == f"Q2 is not estimated: {SEPARATED}."
    assert note.to("es").startswith("Q2 no se estima: una covariable separa")


def test_the_full_refusal_is_a_warning():
    with pytest.warns(im.OverlapWarning, match=r"Q2 has no estimate.*'age'.*separation"):
        compared(("Q2",))


@pytest.mark.parametrize("rematch", [True, False])
def test_a_fifth_without_controls_says_so(rematch):
    frame = survey_with_fifths_apart(())
    top = frame["before"] > np.quantile(frame.loc[frame["treated"] == 1, "before"], 0.8)
    frame = frame[~(top & (frame["treated"] == 0))]
    by = im.Baseline("before")
    found = im.quintile_comparison(sample_of(frame, ["age"]), SCORE, "income", by, rematch=rematch)
    assert dict(found.reasons) == {"Q5": "its treated units have no controls like them"}


def test_fifths_of_repeated_splits_say_in_how_many_they_failed():
    frame = survey_with_fifths_apart(())
    income = frame["income"] + 30 * frame["before"]
    frame = frame.assign(income=income, before2=frame["before"])
    rich = frame["before"] > np.quantile(frame.loc[frame["treated"] == 1, "before"], 0.7)
    frame.loc[rich, "age"] = np.where(frame.loc[rich, "treated"] == 1, 80.0, 20.0) + frame.loc[rich, "before"]
    data = im.Sample(frame, "treated", ["age", "before2"], ["income"], cluster="group")
    by = im.PredictedOutcome("split", splits=3, seed=5)
    found = im.quintile_comparison(data, im.NearestNeighbor(im.PropensityScore()), "income", by)
    assert set(found.reasons) >= {"Q5"} and "Q1" not in found.reasons
    assert "in 3 of 3 splits" in found.reasons["Q5"]


def test_where_no_fifth_can_be_estimated_all_reasons_are_told():
    with pytest.raises(
        NoStratumError, match=r"Q1 is not estimated: a covariate.*Q5 is not estimated"
    ) as refusal:
        compared(("Q1", "Q2", "Q3", "Q4", "Q5"))
    assert list(refusal.value.reasons) == ["Q1", "Q2", "Q3", "Q4", "Q5"]


def test_a_single_fifth_is_a_table_without_tests():
    found = compared(("Q1", "Q2", "Q3", "Q4"))
    assert found.table.frame["subgroup"].tolist() == ["Q5"]
    assert any("nothing can be compared" in str(note) for note in found.table.notes)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        pytest.param("en", f"not estimated: {SEPARATED}", marks=pytest.mark.slow),
        ("es", "no se estima: una covariable separa"),
    ],
)
@pytest.mark.parametrize("bad", [("Q2",), ("Q1", "Q2", "Q3", "Q4"), ("Q1", "Q2", "Q3", "Q4", "Q5")])
def test_the_evaluation_and_its_report_go_on(tmp_path, language, said, bad):
    survey_with_fifths_apart(bad).to_csv(tmp_path / "survey.csv", index=False)
    file = tmp_path / "evaluation.toml"
    file.write_text(TOML.format(language=language, ranking='baseline = "before"'), encoding="utf-8")
    evaluation = evaluate(file)
    contents = report_contents(evaluation.findings)
    [section] = [section for section in contents.sections if section.name == "quintiles"]
    if len(bad) == 5:
        assert evaluation.quintiles is None
        assert sum("Q" in text and said.split(":")[1] in text for text in section.paragraphs) == 5
        return
    [table] = [item for item in section.items if item.name == "quintiles" and hasattr(item, "rows")]
    rows = {row.cells[0]: row.cells for row in table.rows}
    assert list(rows) == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    for name in bad:
        assert str(rows[name][1]).startswith(said) and set(rows[name][2:]) == {""}
    assert len(rows["Q5"]) == len(table.headings)
