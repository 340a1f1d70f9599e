"""Weights of a registry, by sums over its runs."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking
from impact.registry.reading.runs import ROW, TREATED
from tests.registries import ROLES, assert_same_table, both, households, in_files

ODDS = im.InverseProbability(im.PropensityScore())
AUGMENTED = im.LinearAdjustment(weighted=False)


def written(frame, folder):
    frame.to_parquet(folder / "all.parquet")
    return folder


def weight_of_rows(matched):
    """Return the scaled weight of each row of the files, by row."""
    found = {}
    for cell in matched.cells:
        rows = np.concatenate([piece.arrays([ROW])[ROW] for piece in cell.pieces])
        treated = np.concatenate([piece.arrays([TREATED])[TREATED] for piece in cell.pieces]) == 1
        raw = np.load(matched.design.weights_file(cell.number))
        focal = treated if matched.estimand == "ATT" else ~treated
        found |= dict(zip(rows.tolist(), np.where(focal, raw, raw * matched.scale).tolist(), strict=True))
    return [round(found[row], 6) for row in sorted(found)]


def test_entropy_balancing_by_hand(tmp_path):
    frame = pd.DataFrame(
        {"treated": [1, 1, 0, 0, 0], "age": [30.0, 50, 20, 40, 60], "region": [1, 2, 1, 2, 2]}
    )
    sample = im.RegistrySample(written(frame, tmp_path), "treated", ["age"], cells=["region"])
    matched = im.registry.match(sample, im.EntropyBalancing())
    assert weight_of_rows(matched) == [1.0, 1.0, 0.666667, 0.666667, 0.666667]
    assert matched.pairs is None
    with pytest.raises(im.OptionError, match="makes no pairs"):
        matched.pairs_of("region=1")


def test_odds_by_hand(tmp_path):
    """Three of four poor are treated, one of four others: odds 3 and ⅓, scaled to the four treated."""
    frame = pd.DataFrame({"treated": [1, 1, 1, 0, 1, 0, 0, 0], "poor": [1.0, 1, 1, 1, 0, 0, 0, 0]})
    sample = im.RegistrySample(written(frame, tmp_path), "treated", ["poor"])
    matched = im.registry.match(sample, im.InverseProbability(im.PropensityScore()))
    assert weight_of_rows(matched) == [1, 1, 1, 3, 1, 0.333333, 0.333333, 0.333333]


def test_the_search_begun_on_a_tenth_of_the_runs_ends_at_the_same_weights(tmp_path):
    memory, registry = both(households(), tmp_path, files=25, cluster="group")
    one = im.estimate(im.match(memory, im.EntropyBalancing()), bias_adjustment="linear").frame
    other = im.registry.estimate(im.registry.match(registry, im.EntropyBalancing()), bias_adjustment="linear")
    assert_same_table(one.drop(columns="max_abs_smd"), other.frame.drop(columns="max_abs_smd"))


def test_a_score_that_is_fitted_is_not_fitted_again(tmp_path):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cluster="group")
    fitted = im.registry.score(sample, im.PropensityScore(scale="linear"))
    strategy = im.InverseProbability(im.PropensityScore(scale="linear"))
    given, found = (im.registry.match(sample, strategy, score=score) for score in (fitted, None))
    frames = [im.registry.estimate(matched).frame for matched in (given, found)]
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    assert given.score.model.linear is False


def far_apart(folder):
    """The treated are older than every control."""
    draw = np.random.default_rng(1)
    treated = np.arange(200) % 2
    frame = pd.DataFrame({"treated": treated, "age": 20.0 + 30 * treated + draw.normal(size=200)})
    frame["land"] = draw.normal(size=200)
    return im.RegistrySample(written(frame, folder), "treated", ["age", "land"])


@pytest.mark.parametrize(
    ("language", "says"), [("en", "can balance 'age': the mean"), ("es", "puede equilibrar 'age'")]
)
def test_means_beyond_the_comparison_units_are_named(tmp_path, language, says):
    with speaking(language), pytest.raises(im.SupportError, match=says):
        im.registry.match(far_apart(tmp_path), im.EntropyBalancing())
    assert not list(tmp_path.glob("*.unfinished"))


def test_means_that_no_weights_meet_together_end_the_search(tmp_path):
    """Each mean lies inside its covariate's values; on the line on which the controls lie it does not."""
    line = np.tile(np.linspace(-1, 1, 50), 2)
    frame = pd.DataFrame(
        {
            "treated": np.repeat([1, 0], 50),
            "a": line + np.repeat([0.3, 0.0], 50),
            "b": np.concatenate([-line[:50], line[50:] + 0.01 * np.sin(9 * line[50:])]),
        }
    )
    sample = im.RegistrySample(written(frame, tmp_path), "treated", ["a", "b"])
    with pytest.raises(im.EstimationError, match="did not converge"):
        im.registry.match(sample, im.EntropyBalancing())


@pytest.mark.parametrize(
    ("language", "call", "says"),
    [
        ("en", lambda s: im.registry.match(s, im.EntropyBalancing(), "ATO"), "'ATO' is not defined by EntropyBal"),
        ("es", lambda s: im.registry.match(s, im.EntropyBalancing(), "ATM"), "'ATM' no está definido por Entropy"),
        ("en", lambda s: im.registry.match(s, im.CovariateBalancing()), "strategy must be im.NearestNeighbor"),
        ("es", lambda s: im.registry.match(s, im.CovariateBalancing()), "debe ser NearestNeighbor"),
        (
            "en",
            lambda s: im.registry.match(s, im.InverseProbability(im.PropensityScore(), trim=(0.98, 0.99))),
            r"No treated unit has a propensity score in \[0.98, 0.99\]",
        ),
        (
            "es",
            lambda s: im.registry.match(s, im.InverseProbability(im.PropensityScore(), trim=(0.98, 0.99))),
            r"Ninguna unidad \(beneficiaria\) tiene un puntaje",
        ),
        (
            "en",
            lambda s: im.registry.estimate(im.registry.match(s, ODDS, "ATO"), bias_adjustment="linear"),
            "the population of the ATO is made by the weights",
        ),
        (
            "es",
            lambda s: im.registry.estimate(
                im.registry.match(s, ODDS), bias_adjustment=im.LinearAdjustment(squares=True)
            ),
            "LinearAdjustment con weighted = false",
        ),
    ],
)  # fmt: skip
def test_weights_that_need_all_rows_together_are_refused(tmp_path, language, call, says):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cluster="group")
    with speaking(language), pytest.raises(im.ImpactError, match=says):
        call(sample)


def test_augmented_weights_by_hand(tmp_path):
    """Nothing to balance within the poor and the others: each control mean is its group's, the poor three of four treated."""
    frame = pd.DataFrame({"treated": [1, 1, 1, 0, 1, 0, 0, 0], "poor": [1.0, 1, 1, 1, 0, 0, 0, 0]})
    frame["income"], frame["group"] = [9.0, 10, 11, 4, 20, 6, 7, 8], [0, 1, 2, 3, 4, 5, 6, 7]
    sample = im.RegistrySample(written(frame, tmp_path), "treated", ["poor"], ["income"], cluster="group")
    with pytest.warns(im.FewClustersWarning):
        effect = im.registry.estimate(im.registry.match(sample, ODDS), bias_adjustment=AUGMENTED).one()
    assert effect.control_mean == pytest.approx((3 * 4 + 7) / 4)
    assert effect.estimate == pytest.approx(12.5 - 4.75)


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_augmented_estimates_of_persons_who_were_trimmed(tmp_path):
    memory, registry = both(households(), tmp_path, cluster="group", further=["size"])
    strategy = im.InverseProbability(im.PropensityScore(), trim=(0.2, 0.6))
    outcomes = ["income", im.Headcount("income", line=180.0, persons="size")]
    for estimand in ("ATT", "ATE"):
        one, other = im.match(memory, strategy, estimand), im.registry.match(registry, strategy, estimand)
        assert_same_table(
            im.estimate(one, outcomes, bias_adjustment=AUGMENTED).frame,
            im.registry.estimate(other, outcomes, bias_adjustment=AUGMENTED).frame,
        )


def test_a_regression_of_least_variance_belongs_to_weights(tmp_path):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cluster="group")
    matched = im.registry.match(sample, im.NearestNeighbor(im.PropensityScore()))
    with pytest.raises(im.OptionError, match="belongs to weights such as"):
        im.registry.estimate(matched, bias_adjustment=im.LeastVarianceAdjustment())


def test_balance_within_a_tolerance_leaves_no_more_than_it(tmp_path):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cluster="group")
    matched = im.registry.match(sample, im.EntropyBalancing(tolerance=0.05))
    after = im.registry.balance(matched).frame.query("stage == 'after'")
    terms = after["smd"].abs().to_numpy()[[0, 1, 3, 4]]  # the first level of kind is none of its own
    assert 0.04 < terms.max() < 0.05 + 1e-9
