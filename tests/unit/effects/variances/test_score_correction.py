"""The correction for an estimated score: the formula by loops, units of measurement, refusals."""

from functools import partial

import numpy as np
import pytest

import impact as im
from tests.surveys import sample_of, scored_units

STATA = im.AbadieImbens(neighbors=2, convention="stata", estimated_score=True)
sample = partial(sample_of, outcomes=["y"], cluster=None)
KNOWN = im.AbadieImbens(neighbors=2, convention="stata")


def correction_by_loops(matched, estimate):
    """Abadie and Imbens's sums, unit by unit; there are no ties."""
    treated, outcome = matched.sample.treated, matched.sample.frame["y"].to_numpy()
    fit = matched.propensity.fit
    terms = np.column_stack([np.ones(len(outcome)), matched.sample.matrix.to_numpy()])
    slope, variation = np.zeros(3), np.zeros(3)
    for i in range(len(outcome)):
        order = np.argsort(np.abs(fit.probability - fit.probability[i]), kind="stable")
        near = {w: [j for j in order if treated[j] == w and j != i][:2] for w in (False, True)}
        means = {w: outcome[near[w]].mean() for w in near}
        local = {w: ([i, near[w][0]] if treated[i] == w else near[w]) for w in near}
        covariances = {
            w: np.cov(np.column_stack([terms[local[w]], outcome[local[w]]]).T)[:-1, -1] for w in near
        }
        p, f = fit.probability[i], fit.density[i]
        if matched.estimand == "ATE":
            slope += f * (covariances[True] / p + covariances[False] / (1 - p))
            continue
        slope += terms[i] * f * (means[True] - means[False] - estimate)
        slope += f * (covariances[True] + p / (1 - p) * covariances[False])
        others = np.flatnonzero(treated != treated[i])
        nearest = others[np.argmin(((terms[others] - terms[i]) ** 2).sum(1))]
        variation += terms[i] * f * ((1 if treated[i] else -1) * (outcome[i] - outcome[nearest]) - estimate)
    size = len(outcome) if matched.estimand == "ATE" else treated.sum()
    return (variation @ fit.covariance @ variation - slope @ fit.covariance @ slope) / size**2


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("link", ["logit", "probit"])
def test_the_formula_by_loops(estimand, link):
    matched = im.match(
        sample(scored_units(3, 60)), im.NearestNeighbor(im.PropensityScore(link=link)), estimand
    )
    known, corrected = (im.estimate(matched, variance=variance).one("y") for variance in (KNOWN, STATA))
    difference = corrected.std_error**2 - known.std_error**2
    assert difference == pytest.approx(correction_by_loops(matched, known.estimate), rel=1e-9)


def test_units_of_the_covariates_matter_only_to_stata_s_att():
    frame, variance = scored_units(3, 60), im.AbadieImbens(estimated_score=True)
    errors = {}
    for factor in (1.0, 1000.0):
        matched = im.match(
            sample(frame.assign(x=frame["x"] * factor)), im.NearestNeighbor(im.PropensityScore())
        )
        errors[factor] = [im.estimate(matched, variance=one).one("y").std_error for one in (variance, STATA)]
    assert errors[1.0][0] == pytest.approx(errors[1000.0][0], rel=1e-7)
    assert abs(errors[1.0][1] / errors[1000.0][1] - 1) > 1e-4


def test_refusals_name_the_remedy():
    frame = scored_units(3, 60).assign(weight=1.0)
    nearest = im.NearestNeighbor(im.PropensityScore())
    with pytest.raises(im.OptionError, match="derived for the ATE and the ATT"):
        im.estimate(im.match(sample(frame), nearest, "ATC"), variance=STATA)
    with pytest.raises(im.OptionError, match="without sampling weights"):
        im.estimate(im.match(sample(frame, sampling_weight="weight"), nearest), variance=STATA)
    with pytest.raises(im.OptionError, match="needs a match on a propensity score"):
        im.estimate(im.match(sample(frame), im.NearestNeighbor(im.Mahalanobis())), variance=STATA)
    with pytest.raises(im.OptionError, match="unadjusted effect"):
        im.estimate(im.match(sample(frame), nearest), variance=STATA, bias_adjustment="linear")
