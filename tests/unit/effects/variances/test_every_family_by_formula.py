"""Every family × estimand × sampling weights × adjustment × cluster: estimate and standard error as the formulas of tests/formulas.py.

Both sides are closed formulas in double precision on 80 units. Tolerance 1e-8 relative, 1e-6 where a score or a weight is the solution of
an equation on both sides.
"""

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests import formulas

INDEX = im.PropensityScore(scale="linear")
MAHALANOBIS = im.Mahalanobis()
FAMILIES = {
    "nearest": im.NearestNeighbor(MAHALANOBIS, ratio=2),
    "nearest score": im.NearestNeighbor(INDEX, ratio=1, caliper=0.5),
    "radius": im.Radius(INDEX, caliper=0.6),
    "kernel": im.Kernel(im.PropensityScore(), bandwidth=0.15),
    "once": im.NearestNeighbor(INDEX, replace=False, order="closest"),
    "optimal": im.Optimal(MAHALANOBIS),
    "full": im.Full(MAHALANOBIS),
    "quick full": im.QuickFull(MAHALANOBIS),
    "subclasses": im.Subclassification(INDEX, subclasses=3),
    "coarsened": im.CoarsenedExact({"x": 2, "z": 2}),
    "exact": im.Exact(("level",)),
    "cardinality": im.Cardinality(tolerance=0.1),
    "profile": im.Profile(tolerance=0.1),
    "group first": im.GroupFirst(im.NearestNeighbor(MAHALANOBIS), im.NearestNeighbor(MAHALANOBIS)),
    "inverse probability": im.InverseProbability(im.PropensityScore()),
    "entropy balancing": im.EntropyBalancing(),
    "covariate balancing": im.CovariateBalancing(),
}
ADJUSTMENTS = {
    "none": None,
    "linear": im.LinearAdjustment(),
    "log link": im.LogLinkAdjustment(),
    "squares": im.LinearAdjustment(squares=True),
    "suited": im.SuitedAdjustment(),  # a skewed income: with squares, but straight where groups are as few as here
}
MODELS = dict.fromkeys(ADJUSTMENTS, formulas.least_squares) | {"log link": formulas.log_link}
REFUSED = {("once", "ATE"), ("optimal", "ATE"), ("cardinality", "ATE")}
WITH_A_STAGE = {"inverse probability", "entropy balancing", "covariate balancing"}


def twenty_groups():
    generator = np.random.default_rng(8)
    group = np.repeat(np.arange(20), 4)
    gx, gz = generator.normal(size=(2, 20))
    x, z = 0.6 * gx[group] + generator.normal(size=80), 0.5 * gz[group] + generator.normal(size=80)
    treated = (np.argsort(np.argsort(gx + generator.normal(size=20) * 1.2)) >= 11)[group]
    outcome = np.exp(
        1.5 + 0.25 * x - 0.2 * z + 0.1 * generator.normal(size=20)[group] + 0.3 * generator.normal(size=80)
    )
    frame = pd.DataFrame(
        {"treated": treated, "x": x, "z": z, "group": group, "income": outcome * (1 + 0.3 * treated)}
    )
    frame["level"] = (frame["x"] > 0).astype(int) + 2 * (frame["z"] > 0).astype(int)
    return frame.assign(weight=generator.uniform(0.4, 3.0, 80))


FRAME = twenty_groups()


def matched_by(family, estimand, weighted, clustered):
    data = im.Sample(
        FRAME,
        "treated",
        ["x", "z"],
        ["income"],
        sampling_weight="weight" if weighted else None,
        cluster="group" if clustered else None,
    )
    return im.match(data, FAMILIES[family], estimand)


def compared(matched, family, estimand):
    """Who is compared with whom, from the match's public parts."""
    treated = FRAME["treated"].to_numpy()
    survey = matched.sampling_weight
    pooled = estimand == "ATE"
    if family in WITH_A_STAGE:
        return weighted_comparison(matched, family, estimand, treated, survey)
    if matched.pairs is not None:
        pairs = matched.pairs
        forward = (pairs["focal"] == "treated").to_numpy()
        focal = np.where(forward, pairs["treated"], pairs["control"])
        match = np.where(forward, pairs["control"], pairs["treated"])
        return formulas.from_pairs(treated, survey, focal, match, pairs["weight"].to_numpy(), pooled)
    if matched.subclass is not None:
        sets = matched.subclass.fillna(-1).to_numpy(dtype=int)
        return formulas.from_sets(
            treated, survey, sets, estimand, family in ("subclasses", "coarsened", "exact")
        )
    if family == "kernel":
        score = matched.propensity.probability.to_numpy()
        closeness = np.maximum(1 - ((score[:, None] - score) / 0.15) ** 2, 0) * survey
        share = closeness * (treated[:, None] != treated)
        share = share / np.maximum(share.sum(1, keepdims=True), 1e-300)
        asked = {"ATT": treated, "ATC": ~treated, "ATE": treated | True}[estimand]
        return formulas.from_shares(treated, survey, share * asked[:, None], pooled)
    kept = matched.weights.to_numpy() > 0  # a selection: each arm stands for the profile
    asked = {"ATT": treated, "ATC": ~treated, "ATE": treated | True}[estimand]
    collected = np.where(kept & ~(asked if not pooled else ~asked), survey, 0.0)
    comparison = formulas.Comparison(treated, survey, kept & asked, collected, pooled=pooled)
    if pooled:
        size = survey[kept].sum()
        for arm in (treated, ~treated):
            part = kept & arm
            comparison.collected[part] = (size / survey[part].sum() - 1) * survey[part]
    return comparison


def weighted_comparison(matched, family, estimand, treated, survey):
    """Weights with the equations that they solve."""
    z = np.column_stack([np.ones(len(FRAME)), FRAME[["x", "z"]]])
    asked = {"ATT": treated, "ATC": ~treated, "ATE": treated | True}[estimand]
    focal = np.where(asked, survey, 0.0)
    if family == "entropy balancing":
        weights = np.where(asked & (estimand != "ATE"), 0.0, matched.weights.to_numpy())
        arms = [treated, ~treated] if estimand == "ATE" else [~asked]
        values, scores, derivative = np.zeros(len(FRAME)), [], []
        information = np.zeros((3 * len(arms), 3 * len(arms)))
        for k, arm in enumerate(arms):
            inside = np.where(arm, weights, 0.0) * focal.sum() / (survey @ np.where(arm, weights, 0.0))
            values += inside
            scores.append((focal - survey * inside)[:, None] * z)
            derivative.append(arm[:, None] * z)
            information[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = (z * (survey * inside)[:, None]).T @ z
        assert np.abs(scores[0].sum(0)).max() < 1e-7
        stage = np.hstack(scores), information, np.hstack(derivative)
    else:
        chance = matched.propensity.probability.to_numpy()
        odds = chance / (1 - chance)
        values, slope = {
            "ATT": (np.where(treated, 0.0, odds), np.where(treated, 0.0, 1.0)),
            "ATC": (np.where(treated, 1 / odds, 0.0), np.where(treated, -1.0, 0.0)),
            "ATE": (np.where(treated, 1 / chance, 1 / (1 - chance)), np.where(treated, chance - 1, chance)),
        }[estimand]
        if family == "inverse probability":
            residual, curvature = treated - chance, chance * (1 - chance)
        elif estimand == "ATE":
            residual, curvature = np.where(treated, values, -values), np.where(treated, 1 / odds, odds)
        else:
            sign = 1 if estimand == "ATT" else -1
            residual, curvature = sign * np.where(asked, 1.0, -values), values
        scores, information = (survey * residual)[:, None] * z, (z * (survey * curvature)[:, None]).T @ z
        assert np.abs(scores.sum(0)).max() < 1e-6
        stage = scores, information, slope[:, None] * z
    comparison = formulas.Comparison(
        treated, survey, asked, survey * values, stage=stage, pooled=estimand == "ATE"
    )
    comparison.arm = lambda arm: (np.where(arm, survey * values, 0.0),) * 2
    return comparison


def distances(matched):
    """The match's distance, by itself: pooled within-arm covariance, or the score."""
    if matched.measure.score is not None:
        score = matched.propensity.linear_predictor.to_numpy()
        return np.abs(score[:, None] - score)
    values, survey, treated = (
        FRAME[["x", "z"]].to_numpy(),
        matched.sampling_weight,
        FRAME["treated"].to_numpy(),
    )
    total = np.zeros((2, 2))
    for arm in (treated, ~treated):
        share = survey[arm] / survey[arm].sum()
        centred = values[arm] - share @ values[arm]
        total += (arm.sum() - 1) / (1 - share @ share) * (centred * share[:, None]).T @ centred
    gap = values[:, None] - values
    return np.sqrt(np.einsum("ijk,kl,ijl->ij", gap, np.linalg.inv(total), gap))


def terms_of(matched, family, adjusted, squares):
    covariates = FRAME[["x", "z"]].to_numpy()
    if squares:
        return np.column_stack([covariates, covariates**2])
    if adjusted or matched.measure is None or matched.measure.score is None or family in WITH_A_STAGE:
        return covariates
    score = (
        matched.propensity.probability if family == "kernel" else matched.propensity.linear_predictor
    ).to_numpy()
    standard = (score - score.mean()) / score.std()
    return np.column_stack([standard, standard**2, standard**3])


def sets_of(matched, family):
    """Matched sets: the strategy's own, or a focal unit with its matches where each is matched once; strata are none."""
    if family in ("once", "optimal", "cardinality"):
        sets = np.full(len(FRAME), -1)
        if matched.pairs is None:
            return None
        for number, pair in enumerate(matched.pairs.itertuples()):
            sets[[pair.treated, pair.control]] = number
        return sets
    return matched.subclass.fillna(-1).to_numpy(dtype=int) if family in ("full", "quick full") else None


def expected(matched, family, estimand, adjustment, clustered):
    comparison, y = compared(matched, family, estimand), FRAME["income"].to_numpy()
    adjusted = adjustment != "none"
    squares = adjustment == "squares" or (adjustment == "suited" and not clustered)
    terms, model = terms_of(matched, family, adjusted, squares), MODELS[adjustment]
    if not clustered and family in ("nearest", "nearest score", "radius"):
        return formulas.matching(comparison, y, terms, model, adjusted, distances(matched))
    sets, groups = sets_of(matched, family), FRAME["group"].to_numpy() if clustered else None
    if not clustered and sets is not None:
        groups, sets = np.where(sets >= 0, sets, sets.max() + 1 + np.arange(len(sets))), None
        comparison.pooled = True  # a set holds both arms
    by_score_alone = family == "inverse probability" and not adjusted
    by_group = clustered and (family not in WITH_A_STAGE or by_score_alone)
    rule = formulas.bias_reduced if by_group else formulas.left_out
    return formulas.linearised(comparison, y, terms, model, adjusted, groups, rule, by_group, sets)


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
@pytest.mark.parametrize("clustered", [False, True], ids=["by unit", "by group"])
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("family", FAMILIES)
def test_estimate_and_standard_error_are_those_of_the_formula(family, estimand, weighted, clustered):
    if family == "group first" and not clustered:
        pytest.skip("groups are matched by cluster")
    if (family, estimand) in REFUSED or (family == "cardinality" and weighted):
        with pytest.raises(im.OptionError):
            matched_by(family, estimand, weighted, clustered)
        return
    matched = matched_by(family, estimand, weighted, clustered)
    tolerance = 1e-6 if family in WITH_A_STAGE else 1e-8
    for adjustment, given in ADJUSTMENTS.items():
        effect = im.estimate(matched, bias_adjustment=given).one()
        estimate, error = expected(matched, family, estimand, adjustment, clustered)
        assert effect.estimate == pytest.approx(estimate, rel=tolerance), (adjustment, effect.variance)
        assert effect.std_error == pytest.approx(error, rel=tolerance), (adjustment, effect.variance)
        assert adjustment != "suited" or effect.bias_adjustment == (
            "linear" if clustered else "linear and squared"
        )


def test_the_formulas_by_hand():
    # Two treated (3, 6), two controls (1, 2); each treated matched to one control: C = 1 each, τ = ((3 − 1) + (6 − 2)) / 2 = 3.
    treated, y = np.array([True, True, False, False]), np.array([3.0, 6.0, 1.0, 2.0])
    found = formulas.from_pairs(treated, np.ones(4), np.array([0, 1]), np.array([2, 3]), np.ones(2), False)
    estimate, error = formulas.linearised(
        found, y, np.empty((4, 0)), formulas.least_squares, False, None, formulas.left_out, False
    )
    # ψ of the treated y − 4.5 = ∓1.5; of the controls, left out 1 − 2 and 2 − 1: V = (2·4.5 + 2·2)/4
    assert (estimate, error) == pytest.approx((3.0, np.sqrt(13 / 4)))
