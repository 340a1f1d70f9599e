"""A twin of a sample: what it keeps, what it plants, and that its controls and treated differ by covariates alone."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.robustness.certify import certify
from impact.robustness.sample_twin import SampleTwin
from tests.surveys import alliances_sample

EFFECTS = {"income_pc_month": 0.4}


@pytest.fixture(scope="module")
def sample():
    outcomes = ["income_pc_month", im.Headcount("income_pc_month", line=580.0, name="poor")]
    return alliances_sample(5, 120, outcomes=outcomes)


def test_groups_stay_whole_and_arms_keep_their_number_of_groups(sample):
    trial = SampleTwin(sample, EFFECTS).draw(3)
    frame, base = trial.sample.frame, sample.frame
    for table in (frame, base):
        assert (table.groupby("group_id")["treated"].nunique() == 1).all()
    count = [table.groupby("group_id")["treated"].first().value_counts().to_dict() for table in (frame, base)]
    assert count[0] == count[1]
    sizes = set(base.groupby("group_id").size())
    assert set(frame.groupby("group_id").size()) <= sizes
    assert trial.sample.synthetic


def test_a_survey_of_another_size_keeps_the_arms_proportion(sample):
    arms = sample.frame.groupby("group_id")["treated"].first()
    for number in (40, 300):
        twin = SampleTwin(sample, EFFECTS, groups=number)
        drawn = twin.draw(3).sample.frame.groupby("group_id")["treated"].first()
        assert len(drawn) == pytest.approx(number, abs=1)
        assert drawn.mean() == pytest.approx(arms.mean(), abs=0.02)
        assert twin.fingerprint != SampleTwin(sample, EFFECTS).fingerprint
    with pytest.raises(im.OptionError, match="groups must be a whole number of at least 6"):
        SampleTwin(sample, EFFECTS, groups=3)


def test_the_planted_effect_is_the_truth_and_poverty_follows_from_it(sample):
    trial = SampleTwin(sample, EFFECTS).draw(3)
    income, treated = trial.sample.frame["income_pc_month"].to_numpy(), trial.sample.treated
    assert trial.treated[:, 0] == pytest.approx(1.4 * trial.untreated[:, 0])
    assert np.where(treated, trial.treated[:, 0], trial.untreated[:, 0]) == pytest.approx(income)
    assert (trial.treated[:, 1] == (trial.treated[:, 0] < 580)).all()
    assert trial.truth(0, treated)[1] == pytest.approx(40)
    assert set(trial.untreated[:, 0]) <= set(sample.frame.loc[~sample.treated, "income_pc_month"])


def test_untreated_outcomes_depend_on_covariates_as_in_the_sample_and_not_on_treatment(sample):
    gaps, slopes = [], []
    for seed in range(30):
        trial = SampleTwin(sample, {"income_pc_month": 0.0}).draw(seed)
        design = np.column_stack([np.ones(len(trial.untreated)), trial.sample.treated, trial.sample.matrix])
        fit = np.linalg.lstsq(design, np.log(trial.untreated[:, 0]), rcond=None)[0]
        gaps.append(fit[1])
        slopes.append(fit[2 + list(trial.sample.matrix.columns).index("education_index")])
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / np.sqrt(30) + 0.05
    assert 0.15 < np.mean(slopes) < 0.5  # .34 in the population, drawn towards 0 by the donors' distance


def test_one_seed_one_survey_and_its_content_is_in_the_fingerprint(sample):
    twin = SampleTwin(sample, EFFECTS)
    first, second, other = twin.draw(1), twin.draw(1), twin.draw(2)
    assert (first.untreated == second.untreated).all() and first.untreated.shape == second.untreated.shape
    assert not np.array_equal(first.untreated, other.untreated)
    smaller = sample.take(np.arange(len(sample)) < len(sample) - 40)
    assert (
        SampleTwin(smaller, EFFECTS).fingerprint
        != twin.fingerprint
        == SampleTwin(sample, EFFECTS).fingerprint
    )


def test_it_can_be_certified(sample):
    table = certify(SampleTwin(sample, EFFECTS), im.FOUR_STRATEGIES[2:3], draws=3).frame
    assert (table["failed"] == 0).all() and np.isfinite(table["bias"]).all()


def test_effects_must_name_outcome_columns(sample):
    with pytest.raises(im.OptionError, match="effects names 'age'"):
        SampleTwin(sample, {"age": 0.1})
    with pytest.raises(im.OptionError, match="must have outcomes"):
        SampleTwin(im.Sample(sample.frame, treatment="treated", covariates=["education_index"]), {})


def test_rows_in_another_order_draw_the_same_surveys(sample):
    order = np.random.default_rng(0).permutation(len(sample))
    twin, shuffled = SampleTwin(sample, EFFECTS), SampleTwin(sample.reordered(order), EFFECTS)
    assert twin.fingerprint == shuffled.fingerprint
    pd.testing.assert_frame_equal(twin.draw(3).sample.frame, shuffled.draw(3).sample.frame, check_exact=True)


def test_another_role_of_a_column_is_another_twin(sample, tmp_path):
    fewer = sample.with_frame(sample.frame, covariates=sample.covariates[:-1])
    whole = SampleTwin(sample, EFFECTS)
    for other in (fewer, sample.with_frame(sample.frame, cluster=None)):
        assert SampleTwin(other, EFFECTS).fingerprint != whole.fingerprint
    path = tmp_path / "draws.csv"
    certify(whole, im.FOUR_STRATEGIES[2:3], draws=2, path=path)
    with pytest.raises(im.DataError, match="another design"):
        certify(SampleTwin(fewer, EFFECTS), im.FOUR_STRATEGIES[2:3], draws=2, path=path)
