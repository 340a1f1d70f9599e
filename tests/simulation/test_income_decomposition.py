"""The parts of the gain in net income over many synthetic surveys: bias, standard errors, and coverage of parts and shares."""

import numpy as np
import pytest

import impact as im

DRAWS = 200
PARTS = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
)
NAMES = ["volume", "quality", "price", "costs"]


@pytest.fixture(scope="module")
def draws():
    strategy = im.Full(im.PropensityScore(), exact=("alliance_product",))
    found = []
    for seed in range(DRAWS):
        survey = im.synthetic.rural_alliances(seed)
        roles = survey.roles() | {"outcomes": ["net_income_alliance"], "sampling_weight": None}
        matched = im.match(im.Sample(survey.household, **roles), strategy)
        frame = im.income_decomposition(matched, PARTS, "linear").frame.set_index("part").loc[NAMES]
        truth = survey.truth.income_parts(PARTS)
        columns = [
            "estimate",
            "std_error",
            "conf_low",
            "conf_high",
            "share",
            "share_conf_low",
            "share_conf_high",
        ]
        found.append([truth[NAMES], truth[NAMES] / truth["total"], *(frame[name] for name in columns)])
    return np.array(found, dtype=float)  # draws × (truth, true share, columns) × parts


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_standard_errors_of_the_parts_are_those_of_the_draws(draws):
    ratio = draws[:, 3].mean(0) / draws[:, 2].std(0)
    assert (ratio > 0.9).all()
    assert (ratio < 1.3).all()  # full matching on a score: cautious, as for the effect itself


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_intervals_cover_a_household_s_own_parts(draws):
    """Pairs of households that are alike give price a tenth more than a household's own comparison: docs/decomposition.md measures it."""
    truth = draws[:, 0].mean(0)
    covered = ((draws[:, 4] < truth) & (truth < draws[:, 5])).mean(0)
    apart = (draws[:, 2].mean(0) - truth) / np.abs(truth)
    assert (covered > 0.90).all()
    assert (covered < 0.995).all()
    assert (np.abs(apart) < [0.08, 0.14, 0.18, 0.05]).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_intervals_of_the_shares_cover(draws):
    known = np.isfinite(draws[:, 7, 0])
    assert known.mean() > 0.85
    truth = draws[:, 1].mean(0)
    covered = ((draws[:, 7] < truth) & (truth < draws[:, 8]))[known].mean(0)
    assert (covered > 0.88).all()
