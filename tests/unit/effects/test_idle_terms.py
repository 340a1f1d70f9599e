"""Columns that say nothing beside the others are left out by name, wherever a design matrix loses rank."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.errors import DataQualityWarning
from impact.language import speaking


def survey(rows=240, seed=3):
    """Households whose controls all have as many rooms as cattle: among the treated the two differ."""
    random = np.random.default_rng(seed)
    treated = np.arange(rows) % 3 == 0
    cattle = random.integers(0, 6, rows).astype(float)
    rooms = np.where(treated, random.integers(0, 6, rows), cattle)
    income = 100 + 4 * cattle + 20 * treated + random.normal(0, 5, rows)
    frame = pd.DataFrame({"treated": treated, "cattle": cattle, "rooms": rooms, "income": income})
    return im.Sample(frame, treatment="treated", covariates=["cattle", "rooms"], outcomes=["income"])


def told(action):
    with pytest.warns(DataQualityWarning) as caught:
        result = action()
    return result, [str(one.message) for one in caught]


@pytest.mark.parametrize("adjustment", [im.LinearAdjustment(), im.LogLinkAdjustment()])
def test_a_term_that_follows_from_others_among_the_controls_is_left_out_by_name(adjustment):
    sample = survey()
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))
    table, messages = told(lambda: im.estimate(matched, bias_adjustment=adjustment))
    assert messages == [
        "Left out of the regression of the controls, as the other terms say the same there: 'rooms' (follows from 'cattle'). "
        "Units in which they say more are predicted without them."
    ]
    without = type(adjustment)(covariates=("cattle",))
    np.testing.assert_allclose(
        table.one("income").estimate,
        im.estimate(matched, bias_adjustment=without).one("income").estimate,
        rtol=1e-9,
    )


def test_it_is_said_in_spanish():
    matched = im.match(survey(), im.NearestNeighbor(im.Euclidean()))
    with speaking("es"):
        _, messages = told(lambda: im.estimate(matched, bias_adjustment="linear"))
    assert messages == [
        "Fuera de la regresión de los controles, porque allí los demás términos dicen lo mismo: 'rooms' (se sigue de 'cattle'). "
        "Las unidades en que dicen más se predicen sin ellos."
    ]


def test_the_regression_behind_an_unadjusted_standard_error_names_them_too():
    matched = im.match(survey(), im.NearestNeighbor(im.Euclidean()))
    table, messages = told(lambda: im.estimate(matched))
    assert messages == [
        "Left out of the standard error's regression of the controls, as the other terms say the same there: "
        "'rooms' (follows from 'cattle'). Units in which they say more are predicted without them."
    ]
    assert table.one("income").std_error > 0


def test_the_joint_tests_of_balance_name_them_too():
    everywhere = survey().frame
    region = np.arange(len(everywhere)) % 2
    frame = everywhere.assign(
        region=region, rooms=np.where(region == 1, everywhere["cattle"], everywhere["rooms"])
    )
    sample = im.Sample(frame, treatment="treated", covariates=["cattle", "rooms"])
    table = im.balance_by(im.match(sample, im.NearestNeighbor(im.Euclidean())), "region")
    assert table.note.endswith(
        "Left out of the joint test, as the other covariates say the same there: 1: 'rooms' (follows from 'cattle')."
    )
    assert table.note.es.endswith("dicen lo mismo: 1: 'rooms' (se sigue de 'cattle').")


def test_balance_of_all_covariates_names_what_matching_made_the_same():
    frame = survey().frame
    mirrored = frame.assign(treated=frame["treated"] == 0)  # all the treated have as many rooms as cattle
    some = mirrored[(mirrored["treated"] == 0) | (mirrored.index % 2 == 0)]
    sample = im.Sample(some, treatment="treated", covariates=["cattle", "rooms"])
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("cattle", "rooms")))
    before, after = im.balance_jointly(matched).frame.itertuples()
    assert (before.left_out, after.left_out) == ("", "'rooms' (follows from 'cattle')")
    assert (before.n_covariates, after.n_covariates) == (2, 1)
    assert after.left_out.to("es") == "'rooms' (se sigue de 'cattle')"


def test_squares_are_named_as_such():
    sample = survey()
    frame = sample.frame.assign(rooms=lambda table: table["cattle"] ** 2)
    bent = im.Sample(frame, treatment="treated", covariates=["cattle", "rooms"], outcomes=["income"])
    matched = im.match(bent, im.NearestNeighbor(im.Euclidean()))
    _, messages = told(lambda: im.estimate(matched, bias_adjustment=im.LinearAdjustment(squares=True)))
    assert "'cattle^2' (follows from 'cattle', 'rooms')" in messages[0]


def test_an_adjustment_that_names_no_terms_is_told_by_their_place():
    class Own:
        label = "my own"

        def terms(self, matched):
            return matched.sample.matrix.to_numpy()

    matched = im.match(survey(), im.NearestNeighbor(im.Euclidean()))
    _, messages = told(lambda: im.estimate(matched, bias_adjustment=Own()))
    assert "'2' (follows from '1')" in messages[0]


@pytest.mark.parametrize("strategy", [im.EntropyBalancing(moments=3), im.StableBalancing(0.0, moments=3)])
def test_a_power_that_others_reproduce_is_left_out_of_balance_by_name(strategy):
    rows = np.arange(300)
    frame = pd.DataFrame({"treated": rows % 3 == 0, "rooms": (rows * 7 % 11) % 3.0, "land": rows % 13.0})
    sample = im.Sample(frame, treatment="treated", covariates=["rooms", "land"])
    matched, messages = told(lambda: im.match(sample, strategy))
    assert messages == [
        "Left out of what the weights balance, as the other terms say the same: 'rooms^3' (follows from 'rooms', 'rooms^2'). "
        "Balanced with these, they are balanced too."
    ]
    weight, treated = matched.weights.to_numpy(), sample.treated
    cubes = frame["rooms"].to_numpy() ** 3
    assert np.average(cubes[~treated], weights=weight[~treated]) == pytest.approx(cubes[treated].mean(), 1e-9)


def test_within_a_tolerance_every_term_has_its_own(recwarn):
    rows = np.arange(300)
    frame = pd.DataFrame({"treated": rows % 3 == 0, "rooms": (rows * 7 % 11) % 3.0, "land": rows % 13.0})
    sample = im.Sample(frame, treatment="treated", covariates=["rooms", "land"])
    im.match(sample, im.EntropyBalancing(moments=3, tolerance=0.1))
    assert not [one for one in recwarn if issubclass(one.category, DataQualityWarning)]


def test_the_prediction_behind_fifths_names_what_it_leaves_out():
    _, messages = told(
        lambda: im.quintile_effects(
            survey(), im.NearestNeighbor(im.Euclidean()), "income", by=im.PredictedOutcome(), quantiles=2
        )
    )
    assert any("the regression that predicts the outcome" in one and "'rooms'" in one for one in messages)


def test_a_registry_leaves_out_what_memory_leaves_out(tmp_path):
    sample = survey(rows=2400)
    frame = sample.frame.assign(
        group=np.arange(2400) // 3 // 4 * 3 + np.arange(2400) % 3, region=np.arange(2400) % 2
    )
    frame.to_parquet(tmp_path / "all.parquet")
    strategy = im.NearestNeighbor(im.Euclidean(), exact=("region",))
    registry = im.RegistrySample(
        tmp_path, "treated", ["cattle", "rooms"], ["income"], cluster="group", cells=["region"]
    )
    kept = im.registry.match(registry, strategy)
    there, messages = told(lambda: im.registry.estimate(kept, bias_adjustment="linear"))
    assert "'rooms' (follows from 'cattle')" in messages[0]
    memory = im.Sample(frame, "treated", ["cattle", "rooms"], ["income"], cluster="group")
    here, _ = told(lambda: im.estimate(im.match(memory, strategy), bias_adjustment="linear"))
    for number in ("estimate", "std_error"):
        assert getattr(there.one("income"), number) == pytest.approx(
            getattr(here.one("income"), number), 1e-9
        )


def test_mahalanobis_names_what_makes_the_covariance_singular():
    from impact.design.distances.coordinates import whitener
    from impact.errors import SingularCovarianceWarning

    values = np.column_stack([np.arange(9.0), np.arange(9.0) % 4, np.arange(9.0) + np.arange(9.0) % 4])
    with pytest.warns(SingularCovarianceWarning, match=r"'sum' \(follows from 'a', 'b'\)"):
        whitener(np.cov(values, rowvar=False), ["a", "b", "sum"])


def test_hazards_name_the_covariate_that_others_reproduce():
    rows = np.arange(40)
    spells = pd.DataFrame({"years": 1.0 + rows % 7, "ended": rows % 2 == 0, "a": rows % 5, "b": rows % 3})
    spells = spells.assign(both=spells["a"] + spells["b"], group=rows // 2)
    with pytest.raises(im.errors.EstimationError, match=r"'both' \(follows from 'a', 'b'\)"):
        im.hazards(spells, "years", "ended", ["a", "b", "both"])
