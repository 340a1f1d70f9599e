"""The parts of the gain in net income over many synthetic surveys: bias, standard errors, and coverage of parts and shares.

``python -m benchmarks.coverage_of_waves --study parts`` draws the same a thousand times for docs/decomposition.md.
"""

import pandas as pd
import pytest

from tests.simulation.waves.parts import NAMES, income_parts
from tests.simulation.waves.study import Study, summary

pytestmark = pytest.mark.slow
DRAWS = 200


@pytest.fixture(scope="module")
def found():
    study = Study("parts", 330, income_parts)
    table = summary(pd.concat([study.draw(number) for number in range(DRAWS)]))
    return table.set_index("cell").loc[list(NAMES)]


def test_standard_errors_of_the_parts_are_those_of_the_draws(found):
    assert (found["se_over_sd"] > 0.9).all()
    assert (found["se_over_sd"] < 1.3).all()  # full matching on a score: cautious, as for the effect itself


def test_intervals_cover_a_household_s_own_parts(found):
    """Pairs of households that are alike give price a tenth more than a household's own comparison: docs/decomposition.md measures it."""
    assert (found["coverage"] > 0.90).all()
    assert (found["coverage"] < 0.995).all()
    apart = (found["mean"] - found["truth"]) / found["truth"].abs()
    assert (apart.abs() < [0.08, 0.14, 0.18, 0.05]).all()


def test_intervals_of_the_shares_cover(found):
    assert (found["percent_known"] > 0.85).all()
    assert (found["percent"] > 0.88).all()
