"""Non-response: weights and bounds by hand, with groups and weights, under a known truth, and through a configuration."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.evaluation.report_contents import report_contents
from impact.robustness.four_strategies import Specification

quiet = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
EXACT = Specification("Exact", im.Exact())


def by_hand():
    """Two kinds of household: of x = 1 half of the treated answered, of x = 0 three quarters; every control answered."""
    frame = pd.DataFrame(
        {
            "treated": [1] * 8 + [0] * 8,
            "x": [0, 0, 0, 0, 1, 1, 1, 1] * 2,
            "y": [1.0, 2.0, 3.0, np.nan, 10.0, 12.0, np.nan, np.nan, 0.0, 2.0, 1.0, 1.0, 5.0, 7.0, 6.0, 6.0],
        }
    )
    return im.Sample(frame, "treated", ["x"], ["y"], missing="drop")


@quiet
def test_weights_are_one_over_the_share_of_the_like_that_answered():
    weighted = im.weighted_for_response(by_hand())
    # saturated in x: the logit's probability is the share of the cell
    assert weighted.weights.iloc[:8].tolist() == pytest.approx([4 / 3, 4 / 3, 4 / 3, 0, 2, 2, 0, 0], abs=1e-6)
    assert weighted.weights.iloc[8:].tolist() == [1.0] * 8
    assert len(weighted.sample) == 13 and weighted.frame["responded"].tolist() == [5, 8]
    assert weighted.frame.loc[0, "effective"] == pytest.approx(8**2 / (3 * 16 / 9 + 2 * 4))


@quiet
def test_effects_as_reported_weighted_and_bounded_by_hand():
    row = im.nonresponse_effects(by_hand(), EXACT).of("y")
    # cells: effect 1 of the three (of four) treated with x = 0, 5 of the two (of four) with x = 1
    assert row["estimate"] == pytest.approx((3 * 1 + 2 * 5) / 5)
    assert row["weighted_estimate"] == pytest.approx((4 * 1 + 4 * 5) / 8)
    assert (row["response_treated"], row["response_control"]) == (0.625, 1.0)
    # controls 0 1 1 2 5 6 6 7 answered more: three of eight are cut
    treated = np.mean([1, 2, 3, 10, 12])
    assert row["lee_lower"] == pytest.approx(treated - np.mean([2, 5, 6, 6, 7]))
    assert row["lee_upper"] == pytest.approx(treated - np.mean([0, 1, 1, 2, 5]))
    assert (row["trimmed_share"], row["trimmed_arm"]) == (0.375, "control")


def test_bounds_of_a_rate_count_ties_in_part_with_weights_and_groups():
    rng = np.random.default_rng(7)
    group = np.repeat(np.arange(24), 10)
    treated, responded = group % 2, rng.random(240) < np.where(group % 2 == 1, 0.95, 0.7)
    outcome, times = (rng.random(240) < 0.4).astype(float), rng.integers(1, 4, 240)
    bounds = im.lee_bounds(outcome, treated, responded, cluster=group, weights=times)
    means, rates = {}, {}
    for arm in (0, 1):
        who = treated == arm
        rates[arm] = np.average(responded[who], weights=times[who])
        means[arm] = np.average(outcome[who & responded], weights=times[who & responded])
    kept = rates[0] / rates[1]
    # of the treated's respondents a share p is 1: the lowest part keeps max(p − (1 − kept), 0), the highest min(p, kept)
    assert bounds.lower == pytest.approx(max(means[1] - (1 - kept), 0) / kept - means[0], rel=1e-12)
    assert bounds.upper == pytest.approx(min(means[1], kept) / kept - means[0], rel=1e-12)
    repeated = im.lee_bounds(
        *(np.repeat(part, times) for part in (outcome, treated, responded)), cluster=np.repeat(group, times)
    )
    for part in ("lower", "upper", "std_error_lower", "std_error_upper", "conf_low", "conf_high"):
        assert getattr(bounds, part) == pytest.approx(getattr(repeated, part), rel=1e-10)


@quiet
def test_row_order_changes_nothing_and_full_response_bounds_are_the_plain_match():
    survey = im.synthetic.rural_alliances(4, groups=40, attrition=0.05, attrition_gap=0.2)
    roles = survey.roles() | {"outcomes": ["income_labour"]}
    one = im.nonresponse_effects(im.Sample(survey.household, **roles, missing="drop"), im.FOUR_STRATEGIES[1])
    mixed = survey.household.sample(frac=1, random_state=0)
    other = im.nonresponse_effects(im.Sample(mixed, **roles, missing="drop"), im.FOUR_STRATEGIES[1])
    numbers = one.frame.select_dtypes("number")
    assert other.frame[numbers.columns].to_numpy(float) == pytest.approx(numbers.to_numpy(float), rel=1e-9)
    full = im.synthetic.rural_alliances(4, groups=40)
    row = im.nonresponse_effects(
        im.Sample(full.household, **roles, missing="drop"), im.FOUR_STRATEGIES[1]
    ).of("income_labour")
    assert row["weighted_estimate"] == pytest.approx(row["estimate"]) and row["lee_lower"] == pytest.approx(
        row["lee_upper"]
    )


def test_bad_input_names_its_remedy():
    sample = by_hand()
    with pytest.raises(im.OptionError, match='missing must be "drop"'):
        im.weighted_for_response(im.Sample(sample.frame.dropna(), "treated", ["x"], ["y"]))
    with pytest.raises(im.OptionError, match="covariates"):
        im.weighted_for_response(sample, covariates=["z"])
    with pytest.raises(im.DataError, match="are missing for some"):
        im.weighted_for_response(sample, covariates=["y"])
    rare = pd.DataFrame(
        {"treated": [1] * 100 + [0] * 4, "x": range(104), "y": [1.0, 2.0] + [np.nan] * 98 + [1.0] * 4}
    )
    with pytest.raises(im.ImpactError):
        im.weighted_for_response(im.Sample(rare, "treated", ["x"], ["y"], missing="drop"), covariates=["x"])


@quiet
def test_sensitivity_to_a_confounder_is_that_of_the_units_that_answered():
    survey = im.synthetic.rural_alliances(4, groups=40, attrition=0.1)
    roles = survey.roles() | {"outcomes": ["income_labour"]}
    answered = survey.household.loc[survey.household["income_labour"].notna()]
    found = [
        im.confounder_sensitivity(
            im.Sample(frame, **roles, missing="drop"), "income_labour", ["assets_pre"]
        ).frame
        for frame in (survey.household, answered)
    ]
    assert found[0]["rv_q"].iloc[0] == pytest.approx(found[1]["rv_q"].iloc[0], rel=1e-9)


TOML = """
language = "{language}"
main_strategy = "Kernel"
synthetic = true
[data]
file = "household.csv"
response = "response"
[roles]
treatment = "treated"
covariates = ["education_index", "assets_pre", "travel_time_market"]
cluster = "group_id"
group_assigned = true
id = "hh_id"
missing = "drop"
[[outcomes]]
column = "income_labour"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
{more}
"""


def findings(folder, gap, more="", language="en"):
    survey = im.synthetic.rural_alliances(5, groups=40, attrition=0.03, attrition_gap=gap)
    survey.household.astype({"treated": int}).to_csv(folder / "household.csv", index=False)
    path = folder / "evaluation.toml"
    path.write_text(TOML.format(more=more, language=language), encoding="utf-8")
    return im.evaluate(path).findings


def section_and_verdict(found):
    contents = report_contents(found)
    section = next((one for one in contents.sections if one.name == "response"), None)
    table = next(item for item in contents.sections[0].items if item.name == "verdicts")
    return section, next(row for row in table.rows if row.cells[0] in ("Response gap", "Brecha de respuesta"))


@quiet
def test_a_gap_beyond_five_points_puts_weights_and_bounds_into_the_report(tmp_path):
    section, verdict = section_and_verdict(findings(tmp_path, 0.25, language="es"))
    assert section.title == "Si quienes no respondieron son distintos" and len(section.items[0].rows) == 1
    assert verdict.cells[1].kind == "fails" and "según las cotas" in verdict.cells[2]


@quiet
def test_a_small_gap_adds_nothing_unless_it_is_asked_for(tmp_path):
    found = findings(tmp_path, 0.0)
    assert abs(found.response.difference) < 0.05
    section, verdict = section_and_verdict(found)
    assert section is None and verdict.cells[1].kind == "holds"
    section, _ = section_and_verdict(findings(tmp_path, 0.0, "[response]\ngap = 0.0\n"))
    assert section is not None
    with pytest.raises(im.OptionError, match="strategy"):
        findings(tmp_path, 0.0, '[response]\nstrategy = "None"\n')


def drawn_loss(seed, gap=True):
    """Households of a survey in which who is poor in an observed trait answers less, more so among the controls; the truth is 2 + x."""
    rng = np.random.default_rng(seed)
    groups, size = 120, 12
    group = np.repeat(np.arange(groups), size)
    treated = (rng.permutation(groups) % 2)[group]
    x = rng.normal(size=len(group)) + 0.3 * rng.normal(size=groups)[group]
    y = 10 + x + treated * (2 + x) + 0.5 * rng.normal(size=groups)[group] + rng.normal(size=len(group))
    answers = 1 / (1 + np.exp(-(1.0 + 0.6 * x + (0.8 * treated if gap else 0))))
    y[rng.random(len(group)) > answers] = np.nan
    frame = pd.DataFrame({"treated": treated, "x": x, "group": group, "y": y})
    truth = float((2 + x[treated == 1]).mean())
    return im.Sample(frame, "treated", ["x"], ["y"], cluster="group", missing="drop"), truth


@pytest.mark.slow
@quiet
def test_weights_repair_a_loss_that_covariates_explain_and_bounds_hold_the_truth():
    """300 draws. Respondents alone miss the effect on all treated; weighted they do not, and their intervals cover."""
    specification = Specification("Kernel", im.Kernel(im.PropensityScore()), "linear")
    rows = []
    for seed in range(300):
        sample, truth = drawn_loss(seed)
        row = im.nonresponse_effects(sample, specification).of("y")
        covered = row["weighted_conf_low"] <= truth <= row["weighted_conf_high"]
        bounded = row["lee_conf_low"] <= truth <= row["lee_conf_high"]
        bias = row["estimate"] - truth, row["weighted_estimate"] - truth
        rows.append((*bias, row["weighted_std_error"], covered, bounded))
    plain, weighted, error, covered, bounded = np.array(rows, dtype=float).T
    print(plain.mean(), weighted.mean(), weighted.std(ddof=1), error.mean(), covered.mean(), bounded.mean())
    assert plain.mean() > 0.05  # those who answered gain more than those who did not
    assert abs(weighted.mean()) < 0.25 * weighted.std(ddof=1)
    noise = 3 * np.sqrt(0.95 * 0.05 / 300)
    assert 0.95 - noise <= covered.mean() <= 0.95 + noise + 0.02  # weights taken as known are a little wide
    assert bounded.mean() >= 0.95 - noise
