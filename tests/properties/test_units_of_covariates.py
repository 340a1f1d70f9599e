"""The unit and the origin of a covariate change nothing: dollars or millions of them, years of age or years of our era.

Each covariate of each family is scaled by 1e-14 and 1e14, and shifted by 1e8, which leaves it some eight digits: tolerance 1e-5 there, 1e-8
for a unit.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")

INDEX = im.PropensityScore(scale="linear")
FAMILIES = {
    "nearest": im.NearestNeighbor(im.Mahalanobis(), ratio=2),
    "nearest, full covariance": im.NearestNeighbor(im.Mahalanobis("full")),
    "nearest, robust": im.NearestNeighbor(im.RobustMahalanobis()),
    "nearest, Euclidean": im.NearestNeighbor(im.Euclidean()),
    "nearest, caliper": im.NearestNeighbor(INDEX, caliper=0.5),
    "nearest, probit": im.NearestNeighbor(im.PropensityScore("probit")),
    "nearest, cross-fitted": im.NearestNeighbor(im.PropensityScore(folds=3)),
    "radius": im.Radius(INDEX, caliper=0.6),
    "kernel": im.Kernel(im.PropensityScore(), bandwidth=0.15),
    "once": im.NearestNeighbor(INDEX, replace=False, order="closest"),
    "optimal": im.Optimal(im.Mahalanobis()),
    "full": im.Full(im.Mahalanobis()),
    "quick full": im.QuickFull(im.Mahalanobis()),
    "subclasses": im.Subclassification(INDEX, subclasses=3),
    "coarsened": im.CoarsenedExact({"x": 2, "z": 2}),
    "cardinality": im.Cardinality(tolerance=0.1),
    "profile": im.Profile(tolerance=0.1),
    "group first": im.GroupFirst(im.NearestNeighbor(im.Mahalanobis()), im.NearestNeighbor(im.Mahalanobis())),
    "inverse probability": im.InverseProbability(im.PropensityScore()),
    "entropy balancing": im.EntropyBalancing(moments=2),
    "covariate balancing": im.CovariateBalancing(),
}
FORMULAS = {
    "polynomial": im.NearestNeighbor(
        im.PropensityScore(formula="poly(x, 2) + z + C(region)", scale="linear")
    ),
    "square": im.Kernel(im.PropensityScore(formula="x + I(x**2) + z"), bandwidth=0.15),
    "interaction": im.InverseProbability(im.PropensityScore(formula="x*z + C(region)")),
}
ADJUSTMENTS = {
    "none": None,
    "linear": im.LinearAdjustment(),
    "suited": im.SuitedAdjustment(),
    "log link": im.LogLinkAdjustment(),
}
CHANGES = {
    "tiny": (1e-14, 0.0, 1e-8),
    "huge": (1e14, 0.0, 1e-8),
    "far": (1.0, 1e8, 1e-5),
    "far the other way": (-1.0, -1e8, 1e-5),
}


def survey(seed=3):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(30), 4)
    gx = generator.normal(size=30)
    x, z = 0.6 * gx[group] + generator.normal(size=120), generator.normal(size=120)
    treated = (np.argsort(np.argsort(gx + generator.normal(size=30) * 1.2)) >= 18)[group]
    income = np.exp(1.5 + 0.25 * x - 0.2 * z + 0.3 * generator.normal(size=120) + 0.2 * treated)
    frame = pd.DataFrame({"treated": treated, "x": x, "z": z, "group": group, "income": income})
    return frame.assign(region=np.where(generator.random(120) < 0.5, "north", "south"))


FRAME = survey()


def effects(frame, strategy, estimand="ATT"):
    data = im.Sample(frame, "treated", ["x", "z", "region"], ["income"], cluster="group")
    matched = im.match(data, strategy, estimand)
    return [
        (found.estimate, found.std_error)
        for adjustment in ADJUSTMENTS.values()
        for found in im.estimate(matched, bias_adjustment=adjustment).effects
    ]


def changed(scale, shift, column="x"):
    return FRAME.assign(**{column: scale * (FRAME[column] + shift)})


@pytest.fixture(scope="module")
def plain():
    return {name: effects(FRAME, strategy) for name, strategy in (FAMILIES | FORMULAS).items()}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_estimate_is_the_same_in_other_units(plain, family, change):
    scale, shift, tolerance = CHANGES[change]
    if family in ("coarsened", "cardinality") and scale < 0:
        pytest.skip(
            "mirrored, cutpoints belong to the other bin, and another of several largest samples is found first"
        )
    found = effects(changed(scale, shift), FAMILIES[family])
    np.testing.assert_allclose(found, plain[family], rtol=tolerance)


@pytest.mark.parametrize("change", ["tiny", "huge"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_terms_of_a_formula_are_the_same_in_other_units(plain, formula, change):
    scale, shift, tolerance = CHANGES[change]
    np.testing.assert_allclose(
        effects(changed(scale, shift), FORMULAS[formula]), plain[formula], rtol=tolerance
    )


def test_a_polynomial_is_the_same_from_another_origin(plain):
    np.testing.assert_allclose(
        effects(changed(1.0, 1e8), FORMULAS["polynomial"]), plain["polynomial"], rtol=1e-5
    )


@pytest.mark.parametrize("variance", [im.AbadieImbens(), im.AbadieImbens(estimated_score=True)])
@pytest.mark.parametrize("change", CHANGES)
def test_household_level_errors_are_the_same_in_other_units(variance, change):
    scale, shift, tolerance = CHANGES[change]
    found = []
    for frame in (FRAME, changed(scale, shift)):
        data = im.Sample(frame, "treated", ["x", "z"], ["income"])
        matched = im.match(data, im.NearestNeighbor(INDEX))
        found.append(im.estimate(matched, variance=variance).one().std_error)
    assert found[1] == pytest.approx(found[0], rel=tolerance)


@settings(max_examples=25)
@given(
    power=st.floats(-14, 14),
    sign=st.sampled_from([-1.0, 1.0]),
    shift=st.floats(-1e4, 1e4),
    family=st.sampled_from(
        ["nearest", "kernel", "full", "subclasses", "entropy balancing", "inverse probability"]
    ),
    estimand=st.sampled_from(["ATT", "ATC", "ATE"]),
    column=st.sampled_from(["x", "z"]),
)
def test_any_unit_and_any_origin(power, sign, shift, family, estimand, column):
    frame = changed(sign * 10.0**power, shift, column)
    expected = effects(FRAME, FAMILIES[family], estimand)
    np.testing.assert_allclose(effects(frame, FAMILIES[family], estimand), expected, rtol=1e-6)
