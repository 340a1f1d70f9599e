"""Comparing fifths over many draws of the synthetic survey: size of the joint test, coverage of Fieller's set.

Fifths are those of baseline income. A programme without any effect gives the size of the test that all fifths
gain alike; the programme as it is gives the coverage of Q1/Q2 in percent of the control means.
``python -m pytest -m slow -s tests/simulation/test_quintile_tests.py`` prints both.
"""

import warnings

import numpy as np
import pytest

import impact as im
from impact.effects.heterogeneity.quintiles import quintile_comparison
from impact.effects.heterogeneity.strata import strata_of_treated
from impact.synthetic.result import CONFOUNDERS

DRAWS = 300
OUTCOME = "income_agr_pc_month"
STRATEGY = im.NearestNeighbor(im.Mahalanobis(), ratio=4)


def compared(seed, effect):
    survey = im.synthetic.rural_alliances(seed, baseline=True, effect=effect)
    sample = im.Sample(
        survey.household,
        treatment="treated",
        covariates=list(CONFOUNDERS),
        outcomes=[OUTCOME],
        cluster="group_id",
        group_assigned=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return survey, sample, quintile_comparison(sample, STRATEGY, OUTCOME, im.Baseline("income_pre"))


def margin(share):
    return 3 * np.sqrt(share * (1 - share) / DRAWS)


@pytest.mark.slow
def test_the_joint_test_rejects_a_programme_without_effect_at_most_at_its_level():
    rejected = {"level": [], "percent": []}
    for seed in range(DRAWS):
        _, _, comparison = compared(seed, effect=0.0)
        for scale in comparison.scales:
            rejected[scale].append(comparison.equality(scale).p_value < 0.05)
    shares = {scale: np.mean(found) for scale, found in rejected.items()}
    print(f"\nrejected at 5 %: {shares}")
    for share in shares.values():
        assert 0.005 < share < 0.05 + margin(0.05)


@pytest.mark.slow
def test_fiellers_set_covers_how_many_times_the_poorest_fifth_gains_what_the_next_does():
    covered, bounded = [], []
    for seed in range(DRAWS):
        survey, sample, comparison = compared(seed, effect=1.0)
        numbers = strata_of_treated(sample, sample.frame["income_pre"].to_numpy(), 5).numbers
        inside = [sample.frame.index[sample.treated & (numbers == number)] for number in (1, 2)]
        first, second = (survey.truth.percent(OUTCOME, units) for units in inside)
        found = comparison.ratio("Q1", "Q2")
        truth = first / second
        within = found.conf_low <= truth <= found.conf_high
        covered.append({"interval": within, "outside": not within, "everything": True}[found.shape])
        bounded.append(found.shape == "interval")
    print(f"\ncovered {np.mean(covered):.3f}, bounded in {np.mean(bounded):.3f} of the draws")
    assert abs(np.mean(covered) - 0.95) < margin(0.95)
