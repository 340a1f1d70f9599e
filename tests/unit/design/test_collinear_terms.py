"""A term that others reproduce is left out and named, at group level and wherever a score is fitted; separation is still separation."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.distances.binary_regression import fit_binary
from impact.design.distances.links import Logit
from impact.design.group_units import group_units, groups_of
from impact.design.units import Units
from impact.errors import CollinearTermsError
from impact.language import speaking

INDEX = im.PropensityScore(scale="linear")
NEAR = im.NearestNeighbor(im.Mahalanobis())


def survey_with_group_means(seed=1):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(60), 6)
    frame = pd.DataFrame(
        {
            "treated": (generator.random(60) < 0.5)[group],
            "group": group,
            "education": generator.normal(size=60)[group] + generator.normal(size=360),
            "land": generator.gamma(2, 1, 360),
        }
    )
    frame["group_education"] = frame.groupby("group")["education"].transform("mean")
    return frame.assign(income=np.exp(0.3 * frame["education"]))


def sample_with(covariates=("education", "land", "group_education"), frame=None, **roles):
    frame = survey_with_group_means() if frame is None else frame
    return im.Sample(frame, "treated", list(covariates), ["income"], cluster="group", **roles)


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
@pytest.mark.parametrize("distance", [INDEX, im.PropensityScore("probit"), im.Mahalanobis()], ids=str)
def test_group_first_leaves_out_the_mean_that_is_there_already(distance):
    within = im.NearestNeighbor(im.Mahalanobis())
    named = r"Left out of the match of groups.*'group_education' \(follows from 'education'\)"
    with pytest.warns(im.DataQualityWarning, match=named):
        found = im.match(sample_with(), im.GroupFirst(im.NearestNeighbor(distance), within))
    # The same groups as without the duplicate among the groups' columns, which needs no warning.
    with warnings.catch_warnings():
        warnings.simplefilter("error", im.DataQualityWarning)
        plain = im.GroupFirst(im.NearestNeighbor(distance), within, columns=("education", "land"))
        expected = im.match(sample_with(), plain)
    pd.testing.assert_frame_equal(found.pairs, expected.pairs)


def test_the_score_of_groups_is_that_of_the_full_rank_logit():
    units = Units.of(sample_with(), "ATT")
    with pytest.warns(im.DataQualityWarning):
        groups = group_units(groups_of(units), units, (), ())
    assert list(groups.matrix.columns) == ["education", "land"]
    by_group = survey_with_group_means().groupby("group").mean()
    terms = by_group[["education", "land"]].to_numpy()
    expected = fit_binary(terms, by_group["treated"].to_numpy() > 0, np.ones(60), Logit(), ["e", "l"])
    found = INDEX.fit(groups)
    np.testing.assert_allclose(found.probability, expected.probability, rtol=1e-10)
    assert found.probability.min() > 0.05 and found.probability.max() < 0.95


def test_a_formula_that_says_a_term_twice_gives_the_score_of_the_term():
    plain = INDEX.fit(sample_with(("education", "land")))
    with pytest.warns(im.DataQualityWarning, match=r"Left out of the score.*'I\(2 \* education\)'"):
        twice = im.PropensityScore(formula="education + land + I(2*education)").fit(
            sample_with(("education", "land"))
        )
    np.testing.assert_allclose(twice.probability, plain.probability, rtol=1e-10)
    assert twice.terms == ("(Intercept)", "education", "land")


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
@pytest.mark.parametrize(
    "strategy",
    [
        im.NearestNeighbor(INDEX),
        im.Kernel(im.PropensityScore()),
        im.NearestNeighbor(im.PropensityScore(folds=3)),
        im.InverseProbability(im.PropensityScore()),
        im.CovariateBalancing(),
        im.ProbabilityTilting(),
        im.EntropyBalancing(),
    ],
    ids=lambda strategy: type(strategy).__name__,
)
def test_a_subgroup_in_which_two_covariates_are_one_is_estimated(strategy):
    # In the whole sample "size" is a column of its own; in the south it is twice the land.
    frame = survey_with_group_means()
    north = frame["group"] % 2 == 0
    frame["size"] = np.where(north, np.random.default_rng(5).normal(size=360), 2 * frame["land"])
    whole = sample_with(("education", "land", "size"), frame)
    left_out = r"Left out among these 180 units.*'size' \(follows from 'land'\)"
    with pytest.warns(im.DataQualityWarning, match=left_out):
        south = whole.take((~north).to_numpy())
    assert south.covariates == ("education", "land")
    plain = sample_with(("education", "land"), frame[~north])
    found = im.estimate(im.match(south, strategy), bias_adjustment="linear").one()
    expected = im.estimate(im.match(plain, strategy), bias_adjustment="linear").one()
    assert (found.estimate, found.std_error) == (expected.estimate, expected.std_error)


def test_true_separation_is_still_called_separation():
    frame = survey_with_group_means().assign(
        apart=lambda table: table["treated"] * 5.0 + table["land"].clip(0, 1)
    )
    frame["twice"] = 2 * frame["education"]
    with pytest.raises(im.EstimationError, match=r"'apart' predicts the treatment perfectly \(separation\)"):
        INDEX.fit(sample_with(("education", "apart"), frame))
    formula = im.PropensityScore(formula="education + apart + twice")
    both = frame.assign(twice=frame["twice"] + 1e-3 * (frame["group"] == 0))
    view = Units.of(sample_with(("education", "apart", "twice"), both), "ATT")
    view.covariates["twice"] = 2 * view.covariates["education"]
    with (
        pytest.warns(im.DataQualityWarning, match="'twice'"),
        pytest.raises(im.EstimationError, match="separation"),
    ):
        formula.fit(view)


def test_the_refusal_of_the_bare_fit_names_both_sides():
    x = np.linspace(0, 1, 20)
    terms = np.column_stack([x, 3 - 2 * x, np.full(20, 7.0)])
    with pytest.raises(CollinearTermsError, match=r"'b' \(follows from 'a'\)") as refusal:
        fit_binary(terms, np.arange(20) % 3 == 0, np.ones(20), Logit(), ["a", "b", "c"])
    assert refusal.value.terms == {"c": [], "b": ["a"]}


def test_the_warning_has_its_spanish():
    spanish = r"Fuera del emparejamiento de grupos.*'group_education' \(se sigue de 'education'\)"
    with speaking("es"), pytest.warns(im.DataQualityWarning, match=spanish):
        im.match(sample_with(), im.GroupFirst(NEAR, NEAR))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_a_covariate_of_another_scale_is_not_taken_for_a_duplicate(scale):
    frame = survey_with_group_means()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = INDEX.fit(sample_with(("education", "land"), frame.assign(land=scale * frame["land"])))
    expected = INDEX.fit(sample_with(("education", "land"), frame))
    np.testing.assert_allclose(found.probability, expected.probability, rtol=1e-9)


def test_a_category_that_says_what_a_number_says_is_left_out_among_the_rows_where_it_does():
    frame = survey_with_group_means()
    first = (frame["group"] < 30).to_numpy()
    place = np.where(first, np.where(frame["group"] % 3 == 0, "hill", "plain"), "valley")
    frame["place"] = pd.Categorical(place)
    frame["height"] = np.where(first, np.where(frame["group"] % 3 == 0, 900.0, 300.0), frame["land"])
    whole = sample_with(("height", "place", "land"), frame)
    with pytest.warns(im.DataQualityWarning, match=r"'place' \(follows from 'height'\)"):
        part = whole.take(first)
    assert part.covariates == ("height", "land")


def test_a_whole_sample_is_still_refused_with_the_names():
    with pytest.raises(im.DataError, match="'twice' is collinear: it follows exactly from 'land'"):
        sample_with(
            ("land", "twice"), survey_with_group_means().assign(twice=lambda table: 2 * table["land"])
        )
