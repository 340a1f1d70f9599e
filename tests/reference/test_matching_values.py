"""Estimates and Abadie-Imbens standard errors against R's Matching.

Tolerance 1e-8 relative. Both sides compute the same finite sums in double precision from scores that agree to about 1e-10. R's Matching
treats squared scaled distances within ``distance.tolerance`` (1e-5 unless given) plus 1e-10 as tied (docs/reference_findings.md), which our
``tie_tolerance`` reproduces. Left out, each for its reason:

- ties=FALSE and replace=FALSE: R breaks ties at random;
- CommonSupport=TRUE, which Matching's manual advises against: it drops units by row position;
- standard errors where treated units were dropped: R divides by their original number. The estimates are compared.
"""

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.reference.cases import ROLES, data_name, load_cases, load_data

CASES = load_cases("match")
SCORE_OF_STATA = ["mmarried_", "mage", "mage2", "fbaby_", "medu"]
LEFT_OUT = {"noties", "norepl", "cs", "exactcat", "calvec"}


def is_covered(case):
    """Calipers on covariates and numeric exact columns are set out in test_covariate_calipers."""
    covariate_caliper = case["settings"].get("caliper") and not _is_score(case)
    return (
        not (LEFT_OUT & set(case["id"].split(".")))
        and "sw" not in case["id"].split(".")
        and not covariate_caliper
    )


def _is_score(case):
    return case["settings"]["X"].startswith(("ps", "linear predictor"))


def _covariates(case):
    """The columns of the distance: Matching was given indicators, which are ours by another name."""
    text = case["settings"]["X"]
    if text.startswith("ps of logit"):
        return SCORE_OF_STATA
    if _is_score(case):
        return ROLES[data_name(case)][2]
    names = []
    for column in text.split("+"):
        factor = next((name for name in ("race", "region", "sector") if column.startswith(name)), column)
        names += [factor] if factor not in names else []
    return names


def _distance(case):
    settings = case["settings"]
    if _is_score(case):
        return im.PropensityScore(scale="linear" if settings["X"].startswith("linear") else "probability")
    return im.Euclidean() if settings["Weight"] == 1 else im.Mahalanobis("full")


def _tie_tolerance(case):
    return case["settings"].get("distance.tolerance", 1e-5) + 1e-10


def _standard_deviations(widths, number):
    """R's Matching takes calipers in SDs with denominator n, ours with n - 1."""
    shrink = np.sqrt((number - 1) / number)
    return (
        {name: width * shrink for name, width in widths.items()}
        if isinstance(widths, dict)
        else widths * shrink
    )


def _estimate(case):
    settings, name = case["settings"], data_name(case)
    treatment, outcome, _ = ROLES[name]
    sample = im.Sample(load_data(name), treatment=treatment, covariates=_covariates(case), outcomes=[outcome])
    strategy = im.NearestNeighbor(
        _distance(case),
        ratio=settings["M"],
        caliper=_standard_deviations(settings["caliper"], len(sample)) if "caliper" in settings else None,
        tie_tolerance=_tie_tolerance(case),
    )
    matched = im.match(sample, strategy, settings["estimand"])
    variance = im.AbadieImbens(
        neighbors=settings.get("Var.calc") or None,
        population=not settings.get("sample", False),
        convention="matching",
    )
    adjustment = None
    if settings.get("BiasAdjust"):
        adjusted_for = tuple(settings["Z"].split("+")) if "Z" in settings else None
        adjustment = im.LinearAdjustment(adjusted_for)
    return matched, im.estimate(matched, variance=variance, bias_adjustment=adjustment).one(outcome)


@pytest.mark.filterwarnings("ignore::impact.OverlapWarning")
@pytest.mark.parametrize("case_id", [name for name, case in CASES.items() if is_covered(case)])
def test_matching(case_id):
    case = CASES[case_id]
    expected = case["results"]
    matched, effect = _estimate(case)
    assert len(matched.pair_positions) == expected["n_pairs"]
    assert effect.estimate == pytest.approx(expected["est"], rel=1e-8)
    if not expected["ndrops"] > 0.5:
        assert effect.std_error == pytest.approx(expected["se"], rel=1e-8)
    else:
        assert matched.kept.sum() == pytest.approx(expected["wnobs"])
    ours = matched.pairs
    numbers = np.where(ours["focal"] == "treated", ours["treated"], ours["control"])
    others = np.where(ours["focal"] == "treated", ours["control"], ours["treated"])
    assert float(numbers.astype(float) @ (others * ours["weight"])) == pytest.approx(
        expected["pairs_checksum"], rel=1e-12
    )


def _columns_of_codes(case):
    """The data with factor(column) as its number, as Matching was given it; and the exact columns."""
    frame, exact = load_data(data_name(case)).copy(), []
    names = case["settings"]["X"].split("+")
    for k, name in enumerate(names):
        if name.startswith("as.numeric(factor("):
            column = name.removeprefix("as.numeric(factor(").rstrip(")")
            names[k] = f"{column}_code"
            frame[names[k]] = pd.factorize(frame[column], sort=True)[0] + 1.0
    flags = case["settings"].get("exact", [])
    exact = tuple(name for name, flag in zip(names, flags, strict=False) if flag)
    return frame, names, exact


CALIPER_OR_EXACT = [
    name
    for name, case in CASES.items()
    if {"exactcat", "calvec"} & set(name.split("."))
    or (case["settings"].get("caliper") and not _is_score(case))
]


@pytest.mark.filterwarnings("ignore::impact.OverlapWarning")
@pytest.mark.parametrize("case_id", CALIPER_OR_EXACT)
def test_covariate_calipers_and_exact_columns(case_id):
    case = CASES[case_id]
    settings, expected = case["settings"], case["results"]
    frame, names, exact = _columns_of_codes(case)
    treatment, outcome, _ = ROLES[data_name(case)]
    sample = im.Sample(frame, treatment=treatment, covariates=names, outcomes=[outcome])
    caliper = settings.get("caliper")
    widths = caliper if isinstance(caliper, list) else [caliper] * len(names)
    strategy = im.NearestNeighbor(
        _distance(case),
        caliper=None
        if caliper is None
        else _standard_deviations(dict(zip(names, widths, strict=True)), len(sample)),
        exact=exact,
        tie_tolerance=_tie_tolerance(case),
    )
    matched = im.match(sample, strategy)
    adjustment = "linear" if settings.get("BiasAdjust") else None
    variance = im.AbadieImbens(neighbors=None, convention="matching")
    effect = im.estimate(matched, variance=variance, bias_adjustment=adjustment).one(outcome)
    assert len(matched.pair_positions) == expected["n_pairs"]
    assert matched.kept.sum() == pytest.approx(expected["wnobs"])
    assert effect.estimate == pytest.approx(expected["est"], rel=1e-8)
    if not expected["ndrops"] > 0.5:
        assert effect.std_error == pytest.approx(expected["se"], rel=1e-8)


class NeighboursByWeight:
    """R's Matching with weights: neighbours until their sampling weight reaches M, on the unweighted covariance."""

    def __init__(self, ratio):
        self.ratio = ratio

    def assign(self, units):
        values = units.matrix.to_numpy()
        whitened = (values - values.mean(0)) @ np.linalg.cholesky(np.linalg.inv(np.cov(values.T, bias=True)))
        pool, survey = np.flatnonzero(~units.treatment), units.sampling_weight
        rows = []
        for focal in np.flatnonzero(units.treatment):
            order = pool[np.argsort(((whitened[pool] - whitened[focal]) ** 2).sum(1), kind="stable")]
            near = order[: np.searchsorted(np.cumsum(survey[order]), self.ratio - 1e-12) + 1]
            distance = np.sqrt(((whitened[near] - whitened[focal]) ** 2).sum(1))
            rows.append((np.full(len(near), focal), near, distance, survey[near] / survey[near].sum()))
        pairs = im.Pairs(*(np.concatenate(part) for part in zip(*rows, strict=True)))
        return im.Assignment(pairs=pairs)


def test_sampling_weights():
    case = CASES["Match.cov.mah.att.m4.sw.ba.synth4000"]
    frame = load_data("synth4000")
    sample = im.Sample(
        frame, "treat", ["x1", "x2", "x3", "x4", "region", "sector"], ["y"], sampling_weight="sw"
    )
    matched = im.match(sample, NeighboursByWeight(case["settings"]["M"]))
    variance = im.AbadieImbens(neighbors=None, convention="matching")
    plain = im.estimate(matched, variance=variance).one("y")
    effect = im.estimate(matched, variance=variance, bias_adjustment="linear").one("y")
    assert len(matched.pair_positions) == case["results"]["n_pairs"]
    assert plain.estimate == pytest.approx(case["results"]["est_noadj"], rel=1e-8)
    assert effect.estimate == pytest.approx(case["results"]["est"], rel=1e-8)
    assert effect.std_error == pytest.approx(case["results"]["se"], rel=1e-8)


def test_most_cases_are_covered():
    assert sum(map(is_covered, CASES.values())) >= 115
