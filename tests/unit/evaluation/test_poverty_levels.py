"""One level of a thing: the controls' poverty beside the treated's is the mean that the effect is measured from."""

import pytest

import impact as im
from impact.evaluation.poverty_levels import ADJUSTED, poverty_levels
from impact.language import Language
from impact.report.contents import Number
from impact.report.tables.survey import poverty_table
from impact.report.words.style import Style
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from tests.surveys import groups_in_turn, sample_of

OUTCOMES = [
    Headcount("income", 650.0),
    Headcount("income", 650.0, "size"),
    PovertyGap("income", 650.0),
    PovertyGap("income", 650.0, "size", alpha=2),
]


@pytest.fixture(scope="module")
def matched():
    frame = groups_in_turn(120, 4, effect=0.5).assign(income=lambda table: 620 + 110 * (table["income"] - 20))
    sample = sample_of(frame, ["x"], OUTCOMES, sampling_weight="weight")
    return im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=3))


def level(table, arm, alpha, who):
    frame = table.frame
    chosen = frame[(frame["subgroup"] == arm) & (frame["alpha"] == alpha) & (frame["population"] == who)]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize("adjustment", ["linear", "suited"])
def test_the_adjusted_level_of_the_controls_is_that_of_the_effects(matched, adjustment):
    table = poverty_levels(matched, adjustment)["income < 650.0"]
    effects = im.estimate(matched, bias_adjustment=adjustment)
    keys = ((0, "households"), (0, "persons"), (1, "households"), (2, "persons"))
    for outcome, key in zip(OUTCOMES, keys, strict=True):
        effect = effects.one(outcome.name)
        treated, control = level(table, "treated", *key), level(table, ADJUSTED, *key)
        assert control["estimate"] == pytest.approx(effect.control_mean, rel=1e-12)
        assert treated["estimate"] - control["estimate"] == pytest.approx(effect.estimate, rel=1e-9)
        assert control["conf_low"] < control["estimate"] < control["conf_high"]
        assert 0 < control["std_error"] < effect.std_error
    assert level(table, ADJUSTED, 0, "households")["estimate"] != pytest.approx(
        level(table, "control", 0, "households")["estimate"], abs=1e-4
    )


def test_without_an_adjustment_there_is_one_level_alone(matched):
    table = poverty_levels(matched)["income < 650.0"]
    assert set(table.frame["subgroup"]) == {"all", "treated", "control"}
    effect = im.estimate(matched).one(OUTCOMES[0].name)
    assert level(table, "control", 0, "households")["estimate"] == pytest.approx(
        effect.control_mean, rel=1e-12
    )


def test_the_confidence_level_is_that_of_the_evaluation(matched):
    wide, narrow = (poverty_levels(matched, "linear", level=share)["income < 650.0"] for share in (0.95, 0.9))
    for arm in ("treated", ADJUSTED):
        first, second = level(wide, arm, 0, "households"), level(narrow, arm, 0, "households")
        assert first["conf_low"] < second["conf_low"] < first["estimate"] == second["estimate"]
    assert narrow.level == 0.9


@pytest.mark.parametrize(
    ("language", "heading", "note"),
    [
        ("en", "matched control, adjusted", "treated less controls is the effect"),
        ("es", "controles emparejados, ajustados", "beneficiarios menos controles es el efecto"),
    ],
)  # fmt: skip
def test_the_report_shows_the_level_of_the_effects_and_calls_it_so(matched, language, heading, note):
    style = Style(Language(language))
    table = poverty_table({"line": poverty_levels(matched, "linear")["income < 650.0"]}, matched, "m", style)
    assert table.headings[3] == heading
    assert note in table.notes[0]
    effect = im.estimate(matched, bias_adjustment="linear").one(OUTCOMES[0].name)
    shown = table.rows[1].cells[3]
    assert isinstance(shown, Number)
    assert shown.value == pytest.approx(100 * effect.control_mean, rel=1e-12)
    plain = poverty_table({"line": poverty_levels(matched)["income < 650.0"]}, matched, "m", style)
    assert plain.headings[3] == style.word("matched_control") != heading
    assert note not in plain.notes[0]
