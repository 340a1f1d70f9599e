"""Who gained, over many draws of the synthetic survey: what each way of making fifths finds.

The programme raises agricultural income by 160/40/52/30/25 % by fifth of untreated income, which no survey
holds. Each draw is cut into fifths by true untreated income (only to check the machinery), by baseline
income, by predicted income (leave-group-out and repeated splits) and by observed income, which
``quintile_effects`` refuses. Every estimate is judged against the true effect *in the strata that it made*:
bias, and two-sided coverage of its 95 % interval. The distance of those true effects from the pattern by
untreated income is the shrinkage of the cut.

``python -m pytest -m slow -s tests/simulation/test_quintiles.py`` prints the table of docs/quintiles.md.
``QUINTILE_DRAWS`` sets the number of draws (300 by default, as on that page; about 40 minutes on one core).
"""

import os
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.ranking import Ranked
from impact.effects.heterogeneity.strata import strata_of_treated
from impact.synthetic.result import CONFOUNDERS

DRAWS = int(os.environ.get("QUINTILE_DRAWS", "300"))
SPLITS = 10
OUTCOME = "income_agr_pc_month"
PATTERN = np.array([160.0, 40.0, 52.0, 30.0, 25.0])
STRATEGY = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
PREDICTED = im.PredictedOutcome()
SPLIT = im.PredictedOutcome("split", splits=SPLITS, seed=0)


class ObservedIncome:
    """The refused cut, for this simulation alone: fifths of income after the programme."""

    label, seed = "observed income", None

    def rankings(self, sample, outcome):
        values = sample.frame["observed_income"].to_numpy()
        return [Ranked(values, np.ones(len(sample), dtype=bool))]


WAYS = {
    "untreated income (not observable)": im.Baseline("untreated_income"),
    "baseline income": im.Baseline("income_pre"),
    "predicted, leave-group-out": PREDICTED,
    f"predicted, {SPLITS} splits by group": SPLIT,
    "observed income (refused)": ObservedIncome(),
}


def one_survey(seed):
    survey = im.synthetic.rural_alliances(seed, baseline=True)
    household = survey.household.assign(
        untreated_income=survey.truth.untreated["income_pc_month"],
        observed_income=survey.household["income_pc_month"],
    )
    sample = im.Sample(
        household,
        treatment="treated",
        covariates=list(CONFOUNDERS),
        outcomes=[OUTCOME],
        cluster="group_id",
        sampling_weight="weight",
        group_assigned=True,
        synthetic=True,
        schema=im.load_schema(),
    )
    return survey, sample


def true_percents(survey, sample, ranking):
    """Return the true effect in each of a ranking's strata, in percent, averaged over its splits."""
    gained, without = [], []
    for ranked in ranking.rankings(sample, sample.outcomes[0]):
        numbers = strata_of_treated(sample, ranked.values, 5).numbers
        for number in range(1, 6):
            units = sample.frame.index[sample.treated & (numbers == number)]
            weight = sample.frame.loc[units, "weight"]
            gained.append(survey.truth.att(OUTCOME, units, weight))
            without.append(np.average(survey.truth.untreated.loc[units, OUTCOME], weights=weight))
    mean_gain, mean_without = (np.reshape(values, (-1, 5)).mean(0) for values in (gained, without))
    return 100 * mean_gain / mean_without


def one_draw(seed):
    survey, sample = one_survey(seed)
    rows = []
    for way, ranking in WAYS.items():
        table = im.quintile_effects(sample, STRATEGY, OUTCOME, ranking).frame
        rows.append(
            pd.DataFrame(
                {
                    "draw": seed,
                    "way": way,
                    "fifth": np.arange(1, 6),
                    "estimate": table["percent_effect"],
                    "low": table["percent_conf_low"],
                    "high": table["percent_conf_high"],
                    "truth": true_percents(survey, sample, ranking),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def draws():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return pd.concat([one_draw(seed) for seed in range(DRAWS)], ignore_index=True)


@pytest.fixture(scope="module")
def summary(draws):
    """Return each way's mean truth, estimate and error, the errors' spread, and coverage, by fifth."""
    known = draws.dropna(subset="estimate")  # a percent effect is refused where the control mean may be zero
    table = known.assign(
        covered=(known["low"] <= known["truth"]) & (known["truth"] <= known["high"]),
        error=known["estimate"] - known["truth"],
    )
    result = table.groupby(["way", "fifth"], sort=False).agg(
        truth=("truth", "mean"),
        estimate=("estimate", "mean"),
        error=("error", "mean"),
        spread=("error", "std"),
        coverage=("covered", "mean"),
        draws=("error", "size"),
    )
    print("\n" + as_markdown(result))
    return result


def as_markdown(table):
    lines = [
        "| fifths of | | Q1 | Q2 | Q3 | Q4 | Q5 |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    shown = {
        "true effect in these strata, %": ("truth", ".1f"),
        "mean estimate, %": ("estimate", ".1f"),
        "SD of the error, points": ("spread", ".1f"),
        "coverage of the 95 % interval": ("coverage", ".3f"),
    }
    for way in WAYS:
        for number, (label, (column, form)) in enumerate(shown.items()):
            cells = " | ".join(format(value, form) for value in table.loc[way, column])
            lines.append(f"| {way if number == 0 else ''} | {label} | {cells} |")
    return "\n".join(lines)


ESTIMATED = [way for way in WAYS if "refused" not in way]


@pytest.mark.slow
@pytest.mark.parametrize("way", ESTIMATED)
def test_estimates_are_calibrated_for_the_strata_they_are_about(summary, way):
    rows = summary.loc[way]
    margin = 3 * np.sqrt(0.95 * 0.05 / rows["draws"])
    assert ((rows["coverage"] - 0.95).abs() < margin).all(), rows
    # Incomes above the top cut spread wide and are matched on what predicts a quarter of their variance: the
    # estimates are too high by up to half an SD there, nowhere else by more than a fifth.
    bias = rows["error"].abs() / rows["spread"]
    assert (bias.loc[:4] < 0.25).all() and bias.loc[5] < 0.55, bias


@pytest.mark.slow
def test_fifths_of_true_untreated_income_show_the_pattern_that_was_put_in(summary):
    rows = summary.loc["untreated income (not observable)"]
    np.testing.assert_allclose(rows["truth"], PATTERN, rtol=0.08)
    np.testing.assert_allclose(rows["estimate"].loc[:4], PATTERN[:4], rtol=0.1)


@pytest.mark.slow
def test_baseline_and_predicted_fifths_shrink_the_pattern_by_what_they_do_not_know(summary):
    truth = summary["truth"].unstack("fifth")
    untreated, baseline, grouped, split = (truth.loc[way].to_numpy() for way in ESTIMATED)
    np.testing.assert_allclose(baseline, [86, 51, 38, 31, 26], rtol=0.05)
    for predicted in (grouped, split):
        np.testing.assert_allclose(predicted, [52, 40, 34, 31, 27], rtol=0.05)
    for pattern in (
        baseline,
        grouped,
        split,
    ):  # falling from the poorest fifth on, as the truth falls on the whole
        assert (np.diff(pattern) < 0).all()
    assert untreated[0] > 1.5 * baseline[0] > 2 * grouped[0]


@pytest.mark.slow
def test_the_refused_cut_by_observed_income_hides_who_gained(summary):
    rows = summary.loc["observed income (refused)"]
    np.testing.assert_allclose(rows["estimate"], [46, 6, 10, 3, 13], atol=4)
    assert (rows["estimate"] < 0.55 * rows["truth"]).all()
    assert (rows["coverage"].loc[:4] < 0.01).all()


@pytest.mark.slow
@pytest.mark.parametrize("column", [OUTCOME, "income_pc_month", "income_total"])
def test_the_package_refuses_that_cut(column):
    _, sample = one_survey(0)
    with pytest.raises(im.OptionError, match="after the programme"):
        im.quintile_effects(sample, STRATEGY, OUTCOME, im.Baseline(column))
