"""Estimates and standard errors that Stata's ``teffects`` printed, to every digit printed.

The data are the 4,642 births of ``cattaneo2``; ``mage2`` is the square of ``mage``. Calls and sources stand beside the values in
``stata_published.json``: the note of a reference case, and the log of a public tutorial. Among them is the ATT's standard error with
an estimated score, which rests on a match on the raw covariates.

With ``ematch`` Stata looks for the neighbours behind a unit's outcome variance within its exact cell; ``convention="stata"`` does too.
"""

import pytest

import impact as im
from tests.reference.cases import load_cases, load_data

CASES = load_cases("stata_published")


def _strategy(case, score):
    return im.NearestNeighbor(
        im.PropensityScore() if score else im.Mahalanobis("full"),
        exact=tuple(case.get("exact", ())),
    )


@pytest.mark.parametrize("name", CASES)
def test_stata_printed_this(name):
    case = CASES[name]
    sample = im.Sample(
        load_data("cattaneo2"), treatment="mbsmoke_", covariates=case["covariates"], outcomes=["bweight"]
    )
    score = case["call"].startswith("teffects psmatch")
    matched = im.match(sample, _strategy(case, score), case["estimand"])
    adjustment = im.LinearAdjustment(tuple(case["adjusted_for"])) if "adjusted_for" in case else None
    variance = im.AbadieImbens(neighbors=2, convention="stata", estimated_score=score)
    effect = im.estimate(matched, variance=variance, bias_adjustment=adjustment).one("bweight")
    for ours, printed in ((effect.estimate, case["estimate"]), (effect.std_error, case["std_error"])):
        decimals = len(printed.split(".")[1])
        assert f"{ours:.{decimals}f}" == printed
        assert ours == pytest.approx(float(printed), abs=0.5 * 10**-decimals)  # the parity sheet listens


def test_a_cell_with_one_unit_of_an_arm_has_no_neighbour():
    frame = load_data("cattaneo2").assign(cell=0)
    lonely = frame.index[frame["mbsmoke_"] == 1][0]
    frame.loc[[lonely, frame.index[frame["mbsmoke_"] == 0][0]], "cell"] = 1
    sample = im.Sample(frame, treatment="mbsmoke_", covariates=["mage", "medu"], outcomes=["bweight"])
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis("full"), exact=("cell",)))
    with pytest.raises(im.OptionError, match="at least two units in each arm of a cell of cell; one has 1"):
        im.estimate(matched, variance=im.AbadieImbens(convention="stata"))
    assert im.estimate(matched, variance=im.AbadieImbens()).one("bweight").std_error > 0
