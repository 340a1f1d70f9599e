"""R's sandwich standard errors of matched samples: ``lm`` with the weights of MatchIt 4.7.1, ``sandwich::vcovHC`` and ``vcovCL``.

- ``unadjusted``: lm(y ~ treat, weights): CR1, CR2 and CR3 without groups are HC1, HC2 and HC3; by matched set, by cluster, two-way.
- ``gcomp``: lm(y ~ treat * covariates, weights), the mean contrast over the focal units, delta method with the covariates fixed:
  ``estimated_slopes=True``. With the ATE the contrast goes over the matched units themselves, and is not an estimate of ours.
- ``additive``: lm(y ~ treat + covariates, weights) is statsmodels' on ``matched.frame``, with MatchIt's scale of the weights: each arm's
  mean weight is one.

Both sides are the same closed formulas in double precision; the largest disagreement seen is 2e-11. Tolerance 1e-9 relative. Covered
are the cases whose matches are R's to the unit (``test_matchit_nearest``, ``test_matched_sets_reference``).
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import impact as im
from tests.reference.cases import data_name, load_cases, load_sample

from .test_matched_sets_reference import SETS
from .test_matched_sets_reference import strategy_of as set_strategy_of
from .test_matchit_nearest import NEAREST, SPECIAL, match_of, strategy_of

RELATIVE = 1e-9
CASES = load_cases("matchit")
PAIRED = [name for name in NEAREST if name not in SPECIAL and "sweights" not in name]
CLUSTERED = [
    name for name in PAIRED + SETS if "se_CL_cluster_HC1" in CASES[name]["results"]["outcome"]["unadjusted"]
]


class GivenWeights:
    """Weights without pairs or sets: inference is then by group alone, or by unit."""

    def __init__(self, weights):
        self.weights = weights

    def assign(self, units):
        return im.Assignment(weights=self.weights)


def _matched(name):
    if name in PAIRED:
        return match_of(name)[0]
    case = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return _as_sets(
            im.match(load_sample(data_name(case)), set_strategy_of(case), case["settings"]["estimand"])
        )


def _as_sets(matched):
    """Strata as R's users cluster them: by subclass. Our own errors count units within them (docs/reference_findings.md)."""
    return replace(matched, rules=replace(matched.rules, strata=False))


def _error(matched, variance, adjustment=None):
    return im.estimate(matched, variance=variance, bias_adjustment=adjustment).effects[0].std_error


def _by_weight(matched, **roles):
    """The same weights in a sample with other roles; those of R's matched data, without discarded focal units."""
    base = matched.sample
    sample = im.Sample(
        base.frame, base.treatment, base.covariates, [next(iter(base.outcome_columns))], **roles
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return im.match(sample, GivenWeights(matched.weights.to_numpy()), matched.estimand)


@pytest.mark.parametrize("name", PAIRED + SETS)
def test_unadjusted_by_unit_and_by_matched_set(name):
    matched, expected = _matched(name), CASES[name]["results"]["outcome"]["unadjusted"]
    by_unit = _by_weight(matched)
    for variance, theirs in ((im.CR1(), "se_HC1"), (im.CR2(), "se_HC2"), (im.CR3(), "se_HC3")):
        assert _error(by_unit, variance) == pytest.approx(expected[theirs], rel=RELATIVE)
    if "se_CL_subclass_HC1" in expected:
        assert _error(matched, im.CR1()) == pytest.approx(expected["se_CL_subclass_HC1"], rel=RELATIVE)


@pytest.mark.parametrize("name", CLUSTERED)
def test_unadjusted_by_cluster_and_two_way(name):
    matched, expected = _matched(name), CASES[name]["results"]["outcome"]["unadjusted"]
    one_way = _by_weight(matched, cluster="cluster")
    assert _error(one_way, im.CR1()) == pytest.approx(expected["se_CL_cluster_HC1"], rel=RELATIVE)
    if "se_CL_twoway_subclass_cluster_HC1" in expected:
        case = CASES[name]
        settings = case["settings"]
        support = im.MinMax(drop=settings["discard"]) if "discard" in settings else None
        strategy = strategy_of(case) if name in PAIRED else set_strategy_of(case)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", im.ImpactWarning)
            sample, estimand = (
                load_sample(data_name(case), cluster="cluster"),
                settings.get("estimand", "ATT"),
            )
            both = _as_sets(im.match(sample, strategy, estimand, support))
        theirs = expected["se_CL_twoway_subclass_cluster_HC1"]
        assert _error(both, im.CR1()) == pytest.approx(theirs, rel=RELATIVE)


@pytest.mark.parametrize("name", [name for name in PAIRED + SETS if ".ate." not in name])
def test_adjusted_with_estimated_slopes(name):
    matched, expected = _matched(name), CASES[name]["results"]["outcome"]["gcomp"]
    by_unit = _by_weight(matched)
    table = im.estimate(by_unit, variance=im.CR1(True), bias_adjustment="linear")
    assert table.effects[0].estimate == pytest.approx(expected["est"], rel=RELATIVE)
    assert table.effects[0].std_error == pytest.approx(expected["se_HC1_delta"], rel=RELATIVE)
    if expected["se_HC3_delta"] is not None:  # R has none where a unit's leverage is 1
        theirs = expected["se_HC3_delta"]
        assert _error(by_unit, im.CR3(True), "linear") == pytest.approx(theirs, rel=RELATIVE)
    if "se_CL_subclass_HC1_delta" in expected:
        theirs = expected["se_CL_subclass_HC1_delta"]
        assert _error(matched, im.CR1(True), "linear") == pytest.approx(theirs, rel=RELATIVE)


@pytest.mark.parametrize("name", PAIRED + SETS)
def test_the_frame_gives_statsmodels_the_additive_regression(name):
    matched, expected = _matched(name), CASES[name]["results"]["outcome"]["additive"]
    frame, sample = matched.frame, matched.sample
    treated = frame[sample.treatment].astype(bool)
    weight = frame["weight"] / frame["weight"].groupby(treated).transform("mean")
    design = pd.concat([treated.astype(float), sample.matrix.loc[frame.index]], axis=1).assign(constant=1.0)
    independent = np.linalg.qr(design.to_numpy() * np.sqrt(weight.to_numpy())[:, None])[1].diagonal()
    design = design.loc[:, np.abs(independent) > 1e-9 * np.abs(independent).max()]  # R drops aliased columns
    regression = sm.WLS(frame[next(iter(sample.outcome_columns))], design, weight)
    fit = regression.fit(cov_type="HC1")
    assert fit.params[sample.treatment] == pytest.approx(expected["est"], rel=1e-8)
    assert fit.bse[sample.treatment] == pytest.approx(expected["se_HC1"], rel=1e-8)
    if "se_CL_subclass_HC1" in expected:
        sets = frame["subclass"] if "subclass" in frame and frame["subclass"].notna().all() else None
        if sets is None:
            pairs = matched.pair_positions
            names = np.full(len(sample), -1)
            names[pairs.focal], names[pairs.match] = pairs.focal, pairs.focal
            sets = pd.Series(names, index=sample.frame.index).loc[frame.index]
        fit = regression.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(sets)[0]})
        assert fit.bse[sample.treatment] == pytest.approx(expected["se_CL_subclass_HC1"], rel=1e-8)
