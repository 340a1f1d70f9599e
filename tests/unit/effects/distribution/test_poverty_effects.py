"""Effects on poverty by line, measure and weighting: by hand, against estimate(), labels, refusals."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.distribution.poverty import households_and_persons, poverty_effects
from impact.effects.effect import EffectTable

pytestmark = pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")

MODERATE = im.PovertyLine(
    6.0, "Bs/person/month", "rural", "2019", "EPF 2015-16", "EH 2019", "official", "moderate"
)
EXTREME = im.PovertyLine(
    3.0, "Bs/person/month", "rural", "2019", "EPF 2015-16", "EH 2019", "official", "extreme"
)


def four_groups(**changes):
    """Two groups an arm, all alike in x: the match compares arm means."""
    frame = pd.DataFrame(
        {"treated": [1, 1, 1, 1, 0, 0, 0, 0], "x": [0.0, 1, 0, 1, 0, 1, 0, 1], "group": list("aabbccdd"),
         "income": [4.0, 4, 8, 8, 1, 1, 5, 5], "size": [3, 3, 1, 1, 1, 1, 3, 3]}
    ).assign(**changes)  # fmt: skip
    sample = im.Sample(frame, treatment="treated", covariates=["x"], cluster="group")
    return im.match(sample, im.NearestNeighbor(im.Euclidean(scale="none")))


def test_headcount_and_gap_by_hand_over_households_and_persons():
    # Line 6. Treated: group a poor with gap 1/3, b not. Controls: all poor, gaps 5/6 and 1/6.
    table = poverty_effects(four_groups(), "income", [6.0], persons="size", alphas=(0, 1, 2))
    assert [effect.outcome for effect in table] == [
        "headcount_6", "headcount_6_persons", "gap_6", "gap_6_persons", "severity_6", "severity_6_persons",
    ]  # fmt: skip
    by_hand = {
        "headcount_6": 1 / 2 - 1,
        "headcount_6_persons": 3 / 4 - 1,
        "gap_6": 1 / 6 - 1 / 2,
        "gap_6_persons": (3 / 3) / 4 - (5 / 6 + 3 / 6) / 4,
        "severity_6": 1 / 18 - (25 + 1) / 72,
        "severity_6_persons": (3 / 9) / 4 - (25 / 36 + 3 / 36) / 4,
    }
    assert {effect.outcome: effect.estimate for effect in table} == pytest.approx(by_hand, abs=1e-12)
    # Gap: treated group sums ±1/3; residuals of the controls ±1/3, scaled by √2, sums ±(2/3)√2; G/(G - 1) = 2, size 4.
    assert table.one("gap_6").std_error == pytest.approx(np.sqrt((2 * 2 / 9 + 2 * 2 * 8 / 9) / 16), rel=1e-12)


def test_rows_stand_by_line_then_measure_then_weighting_and_say_what_they_are():
    table = poverty_effects(four_groups(), "income", [MODERATE, EXTREME], persons="size", alphas=(0, 1))
    names = [f"{measure}_{line}" for line in ("moderate", "extreme") for measure in ("headcount", "gap")]
    assert [effect.outcome for effect in table] == [
        f"{name}{who}" for name in names for who in ("", "_persons")
    ]
    assert table.one("headcount_extreme").unit == "share of households"
    assert table.one("gap_extreme_persons").unit == "share of the line, mean over persons"
    assert {effect.period for effect in table} == {"2019"}
    notes = " ".join(table.notes)
    assert (
        "Line moderate: 6.00 Bs/person/month, rural, 2019, vintage EPF 2015-16, official. Source: EH 2019."
        in notes
    )
    assert "each household counts once per person, by 'size'" in notes and "SYNTHETIC" not in notes


@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_every_row_is_the_estimate_of_its_outcome(adjustment):
    matched = four_groups(income=[4.0, 2, 8, 7, -1, 1, 5, 9])
    outcomes = [
        im.Headcount("income", MODERATE), im.Headcount("income", MODERATE, "size"),
        im.PovertyGap("income", MODERATE), im.PovertyGap("income", MODERATE, "size"),
        im.PovertyGap("income", MODERATE, alpha=0.5), im.PovertyGap("income", MODERATE, "size", alpha=0.5),
    ]  # fmt: skip
    alone = im.estimate(matched, outcomes, bias_adjustment=adjustment).frame
    together = poverty_effects(
        matched, "income", [MODERATE], persons="size", alphas=(0, 1, 0.5), bias_adjustment=adjustment
    )
    pd.testing.assert_frame_equal(together.frame, alone)
    assert "1 negative income counted as 0 in gaps." in together.notes


def test_a_line_below_every_control_has_an_effect_but_no_percent_effect():
    effect = poverty_effects(four_groups(income=[4.0, 4, 8, 8, 5, 5, 9, 9]), "income", [4.5]).one(
        "headcount_4.5"
    )
    assert effect.estimate == pytest.approx(0.5) and effect.std_error > 0
    assert np.isnan(effect.percent_effect) and effect.denominator.startswith("none: the matched control mean")


def test_level_and_variance_reach_the_intervals():
    matched = four_groups(income=[4.0, 2, 8, 7, -1, 1, 5, 9])
    wide = poverty_effects(matched, "income", [6.0], variance=im.AbadieImbens(neighbors=1), level=0.99).one(
        "gap_6"
    )
    assert wide.level == 0.99 and "Abadie-Imbens" in wide.variance


def test_households_and_persons_stand_side_by_side():
    table = poverty_effects(four_groups(), "income", [MODERATE, EXTREME], persons="size")
    view = households_and_persons(table)
    assert view.frame["measure"].tolist() == [e.outcome for e in table if not e.outcome.endswith("_persons")]
    columns = view.frame.columns.tolist()
    assert columns[3:7] == [
        "estimate_households",
        "estimate_persons",
        "std_error_households",
        "std_error_persons",
    ]
    for number in ("estimate", "conf_low", "control_mean"):
        for row in view.frame.itertuples():
            assert getattr(row, f"{number}_households") == getattr(table.one(row.measure), number)
            assert getattr(row, f"{number}_persons") == getattr(table.one(f"{row.measure}_persons"), number)
    assert view.notes == table.notes and len(view) == 6


def test_a_line_whose_name_ends_like_the_persons_rows_is_still_told_apart():
    line = im.PovertyLine(6.0, "Bs", "rural", "2019", "v", "s", "official", "of_persons")
    view = households_and_persons(
        poverty_effects(four_groups(), "income", [line], persons="size", alphas=[0])
    )
    assert view.frame["measure"].tolist() == ["headcount_of_persons"]


def test_side_by_side_needs_both():
    with pytest.raises(im.OptionError, match=r"'headcount_6', .* stands alone\. Pass persons="):
        households_and_persons(poverty_effects(four_groups(), "income", [6.0]))
    with pytest.raises(im.OptionError, match="one of them stands alone"):
        households_and_persons(EffectTable(()))


def test_synthetic_data_and_synthetic_lines_say_so():
    frame = four_groups().sample.frame
    sample = im.Sample(frame, treatment="treated", covariates=["x"], cluster="group", synthetic=True)
    line = im.PovertyLine(6.0, "Bs", "rural", "2014", "synthetic", "<b>nobody</b>", "synthetic")
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(scale="none")))
    table = poverty_effects(matched, "income", [line], persons="size")
    view = households_and_persons(table)
    for shown in (repr(table), repr(view), table._repr_html_(), view._repr_html_()):
        assert "SYNTHETIC DATA" in shown and "SYNTHETIC poverty line: no official rate." in shown
    assert "&lt;b&gt;nobody" in view._repr_html_() and "<b>nobody" not in view._repr_html_()


@pytest.mark.parametrize(
    ("trait", "value"), [("vintage", "EPF 2003-04"), ("unit", "USD/person/day"), ("status", "synthetic")]
)
def test_mixed_lines_are_refused(trait, value):
    traits = {
        name: getattr(EXTREME, name)
        for name in ("value", "unit", "area", "period", "vintage", "source", "status")
    }
    other = im.PovertyLine(**(traits | {trait: value}), name="other")
    with pytest.raises(im.DataError, match=f"must have one {trait}"):
        poverty_effects(four_groups(), "income", [MODERATE, other])


def test_a_bare_number_cannot_stand_beside_a_described_line():
    with pytest.raises(im.DataError, match="must have one vintage"):
        poverty_effects(four_groups(), "income", [MODERATE, 3.0])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "got none"),
        (6.0, "lines must be a list"),
        (MODERATE, "lines must be a list"),
        ([0.0], "lines must be a positive"),
        ([np.nan], "lines must be a positive"),
        ([im.QuantileLine(0.6)], "lines must be a positive amount of income or an im.PovertyLine"),
        ([6.0, 6.0], "'headcount_6' appears twice|appears twice"),
    ],
)
def test_wrong_lines_are_refused(lines, message):
    with pytest.raises(im.OptionError, match=message):
        poverty_effects(four_groups(), "income", lines)


@pytest.mark.parametrize("alphas", [[], [-1], [0, 0.0], "0", 1])
def test_wrong_alphas_are_refused(alphas):
    with pytest.raises(im.OptionError, match="alphas must"):
        poverty_effects(four_groups(), "income", [6.0], alphas=alphas)


def test_a_missing_income_is_not_taken_for_being_above_the_line():
    matched = four_groups(income=[4.0, 4, 8, np.nan, 1, 1, 5, 5])
    with pytest.raises(im.DataError, match=r"1 row of 8 has no finite income \(first: 3\)"):
        poverty_effects(matched, "income", [6.0])


def test_wrong_columns_and_sizes_are_refused():
    with pytest.raises(im.OptionError, match="income names 'incme'"):
        poverty_effects(four_groups(), "incme", [6.0])
    with pytest.raises(im.OptionError, match="persons names 'sizes'"):
        poverty_effects(four_groups(), "income", [6.0], persons="sizes")
    with pytest.raises(im.DataError, match=r"persons 'size' must be above 0; 1 row of 8 is not \(first: 2\)"):
        poverty_effects(four_groups(size=[1, 1, 0, 1, 1, 1, 1, 1]), "income", [6.0], persons="size")
    with pytest.raises(im.OptionError, match=r"matched must be an im\.MatchedSample"):
        poverty_effects(four_groups().sample, "income", [6.0])
