"""Coverage of weighting's default intervals over 300 synthetic surveys of 120 groups, and of the plain sandwich beside them.

The bounds: .95 ± three Monte Carlo standard errors of a coverage of .95 over 300 draws (.0126). Seen, effect on the population, over
the four outcomes: inverse probability .943 to .967 (SE/SD .94 to .98), adjusted .953 to .977 (1.03 to 1.09), entropy balancing .970 to
.973 (1.05 to 1.13), bias below .10 SD. Errors of inverse probability alone are bias-reduced: their SE/SD is held to 1 ± three Monte Carlo
standard errors of an SD over 300 draws, 1/√600. The others leave a group's own residuals out, and err on the side of caution.
The sandwich without leaving a group out covers .87 to .93: with 120 groups it is too small, which is why it is not the default.
"""

import numpy as np
import pytest

import impact as im
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.inverse_probability import InverseProbability
from impact.effects.variances.m_estimation import MEstimation
from impact.robustness.certify import certify
from impact.robustness.four_strategies import Specification
from impact.robustness.twins import RuralAlliancesTwin

DRAWS = 300
ERROR = 3 * np.sqrt(0.95 * 0.05 / DRAWS)
SPECIFICATIONS = (
    Specification("inverse probability", InverseProbability(im.PropensityScore())),
    Specification(
        "inverse probability, adjusted", InverseProbability(im.PropensityScore()), bias_adjustment="linear"
    ),
    Specification("entropy balancing", EntropyBalancing()),
    Specification("entropy balancing, sandwich", EntropyBalancing(), variance=MEstimation()),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table():
    return certify(RuralAlliancesTwin(groups=120), SPECIFICATIONS, draws=DRAWS, n_jobs=2).frame


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("target", ["population", "all treated"])
def test_default_intervals_cover(table, target):
    cells = table[(table["target"] == target) & (table["strategy"] != "entropy balancing, sandwich")]
    assert len(cells) == 3 * 4 and (cells["failed"] == 0).all()
    missed = cells[~cells["coverage"].between(0.95 - ERROR, 0.95 + ERROR)]
    assert missed.empty, missed.to_string()


def test_estimates_are_unbiased_and_errors_near_the_spread(table):
    cells = table[(table["target"] == "population") & (table["strategy"] != "entropy balancing, sandwich")]
    assert cells["bias_over_sd"].abs().max() < 3 / np.sqrt(DRAWS)
    alone = cells["strategy"] == "inverse probability"
    assert (cells.loc[alone, "se_over_sd"] - 1).abs().max() < 3 / np.sqrt(2 * DRAWS), cells.to_string()
    assert cells.loc[~alone, "se_over_sd"].between(0.95, 1.2).all(), cells.to_string()


def test_the_sandwich_alone_is_too_small_with_so_few_groups(table):
    cells = table[(table["target"] == "population") & (table["strategy"] == "entropy balancing, sandwich")]
    assert (cells["se_over_sd"] < 0.95).all() and cells["coverage"].mean() < 0.95 - ERROR
