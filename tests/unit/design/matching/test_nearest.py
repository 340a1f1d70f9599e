"""NearestNeighbor: small matches by hand, refused options, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.distances.own import CustomDistance, DistanceMatrix
from impact.language import speaking
from tests.surveys import sample_of, single_units

AGE = im.Euclidean(scale="none")


def two_arms(treated, control, **columns):
    """Return units t1, t2, … and c1, c2, … with these ages; further columns are no covariates."""
    names = [f"t{k + 1}" for k in range(len(treated))] + [f"c{k + 1}" for k in range(len(control))]
    arms = [1] * len(treated) + [0] * len(control)
    frame = pd.DataFrame({"treated": arms, "age": [*treated, *control], **columns}, index=names)
    return sample_of(frame, ["age"], [], None)


def pairs_of(units, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        pairs = im.match(units, im.NearestNeighbor(options.pop("distance", AGE), **options)).pairs
    return [
        f"{treated}-{control}" for treated, control in zip(pairs["treated"], pairs["control"], strict=True)
    ]


TREATED, CONTROL = [30.0, 32.0, 60.0], [31.5, 35.0, 50.0, 52.0, 90.0, 20.0]


def test_with_replacement_by_hand():
    assert pairs_of(two_arms(TREATED, CONTROL)) == ["t1-c1", "t2-c1", "t3-c4"]
    assert pairs_of(two_arms(TREATED, CONTROL), ratio=2) == [
        "t1-c1",
        "t1-c2",
        "t2-c1",
        "t2-c2",
        "t3-c4",
        "t3-c3",
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("data", ["t1-c1", "t2-c2", "t3-c4"]),
        ("closest", ["t1-c2", "t2-c1", "t3-c4"]),
        ("farthest", ["t1-c1", "t2-c2", "t3-c4"]),
    ],
)
def test_orders_without_replacement_by_hand(order, expected):
    assert pairs_of(two_arms(TREATED, CONTROL), replace=False, order=order) == expected


def test_a_limit_on_reuse_by_hand():
    units = two_arms([30.0, 31.0, 32.0], [31.0, 40.0, 80.0])
    assert pairs_of(units, max_reuse=2, order="data") == ["t1-c1", "t2-c1", "t3-c2"]


@pytest.mark.parametrize(
    ("estimand", "language", "said"),
    [
        ("ATT", "en", "1 of 3 treated units found"),
        ("ATC", "es", "5 de 6 unidades de control no encontraron"),
        ("ATE", "en", "6 of 9 units found"),
        ("ATE", "es", "6 de 9 unidades no encontraron"),
    ],
)
def test_lost_units_are_those_that_the_estimand_is_about(estimand, language, said):
    strategy = im.NearestNeighbor(AGE, caliper=2, caliper_unit="raw", ratio=1)
    with speaking(language), pytest.warns(im.OverlapWarning, match=said):
        im.match(two_arms(TREATED, CONTROL), strategy, estimand=estimand)


def test_a_caliper_leaves_units_unmatched():
    with pytest.warns(im.OverlapWarning, match="1 of 3 treated units found no comparison"):
        matched = im.match(
            two_arms(TREATED, CONTROL), im.NearestNeighbor(AGE, caliper=2, caliper_unit="raw", ratio=1)
        )
    assert list(matched.unmatched) == ["t3"] and len(matched.pairs) == 2
    assert matched.rules.caliper == pytest.approx(2)


def test_calipers_by_column_and_anti_exact():
    units = two_arms(TREATED, CONTROL, herd=[1.0, 5, 1, 9, 5, 1, 1, 2, 3], village=list("aabbababa"))
    assert pairs_of(units, caliper={"herd": 0.5}, caliper_unit="raw") == ["t1-c3", "t2-c2", "t3-c4"]
    assert pairs_of(units, anti_exact=["village"]) == ["t1-c1", "t2-c1", "t3-c4"]


def test_the_nearest_in_the_same_region_else_outside():
    units = two_arms([30.0, 60.0], [31.0, 40.0, 59.0], region=["a", "b", "b", "a", "a"])
    assert pairs_of(units, prefer=["region"]) == ["t1-c2", "t2-c1"]
    lonely = two_arms([30.0, 60.0], [31.0, 40.0, 59.0], region=["a", "c", "b", "a", "a"])
    assert pairs_of(lonely, prefer=["region"]) == ["t1-c2", "t2-c3"]


def test_an_infinite_distance_forbids_the_pair():
    units = two_arms([30.0, 60.0], [31.0, 59.0])
    table = pd.DataFrame([[np.inf, 5.0], [3.0, np.inf]], ["t1", "t2"], ["c1", "c2"])
    assert pairs_of(units, distance=DistanceMatrix(table)) == ["t1-c2", "t2-c1"]


def test_ties_first_warns_that_rows_decide_and_the_result_keeps_it():
    units = two_arms([30.0], [29.0, 31.0, 50.0])
    with pytest.warns(im.RowOrderWarning, match="Ties were decided by the order of the rows"):
        matched = im.match(units, im.NearestNeighbor(AGE, ties="first"))
    assert "order of the rows" in matched.rules.row_order and "order of the rows" in repr(matched)
    assert im.match(units, im.NearestNeighbor(AGE)).weights.tolist() == [1, 0.5, 0.5, 0]


def test_rows_that_choose_by_default_are_warned_of():
    units = two_arms(TREATED, CONTROL)
    with pytest.warns(im.RowOrderWarning, match="Units choose in the order of the rows"):
        im.match(units, im.NearestNeighbor(AGE, replace=False, caliper=30, caliper_unit="raw"))


def test_little_bias_can_be_removed_where_most_controls_are_used():
    units = two_arms([30.0, 40.0, 50.0], [31.0, 42.0, 49.0, 70.0])
    with pytest.warns(im.LittleBiasRemovedWarning, match="3 matches are asked of 4 units"):
        im.match(units, im.NearestNeighbor(im.PropensityScore(), replace=False))
    with (
        pytest.warns(im.LittleBiasRemovedWarning, match="At most 3 can be made"),
        pytest.warns(im.OverlapWarning),
    ):
        im.match(
            two_arms([30.0, 40.0, 50.0, 41.0], [31.0, 42.0, 49.0]),
            im.NearestNeighbor(im.PropensityScore(), replace=False),
        )


def test_a_caliper_that_matches_nobody_is_an_error():
    with pytest.raises(im.SupportError, match="No unit found a match: the caliper"):
        im.match(two_arms([30.0], [60.0, 70.0]), im.NearestNeighbor(AGE, caliper=1, caliper_unit="raw"))


def test_exact_strata_without_controls_are_listed():
    units = two_arms([30.0, 60.0], [31.0, 59.0], region=["a", "b", "c", "c"])
    with pytest.raises(im.SupportError, match="region"):
        im.match(units, im.NearestNeighbor(AGE, exact=["region"]))
    half = two_arms([30.0, 60.0], [31.0, 59.0], region=["a", "b", "a", "c"])
    with (
        pytest.warns(im.OverlapWarning, match="region=b"),
        pytest.warns(im.OverlapWarning, match="1 of 2 treated"),
    ):
        im.match(half, im.NearestNeighbor(AGE, exact=["region"]))


def test_a_singular_covariance_is_named():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"treated": [1, 0] * 20, "age": generator.normal(size=40)})
    frame["double"] = 2 * frame["age"] + 1e-13 * generator.normal(size=40)
    with pytest.raises(im.DataError, match="collinear"):
        im.Sample(frame, treatment="treated", covariates=["age", "double"])
    frame["flag"] = np.where(frame["treated"] == 1, frame["age"], generator.normal(size=40))
    units = im.Sample(frame, treatment="treated", covariates=["age", "flag"])
    keep = (frame["treated"] == 1).to_numpy() | (np.arange(40) == 1) | (np.arange(40) == 3)
    with pytest.warns(im.SingularCovarianceWarning, match="rank 1 of 2"):
        im.Mahalanobis().measure(
            im.Units.of(units, "ATT").take(keep & (frame["treated"] == 1).to_numpy() | (np.arange(40) == 1))
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0}, "ratio must be a whole number of at least 1"),
        ({"caliper": -0.2}, r"caliper must be a positive number of SDs; got -0.2"),
        ({"caliper": {}}, "caliper must name at least one"),
        ({"caliper": {"age": 0}}, r"caliper\['age'\] must be a positive"),
        ({"caliper_unit": "km"}, "caliper_unit must be one of"),
        (
            {"exact": "region"},
            r"exact must be a list of columns; got the text 'region'. Write exact=\['region'\]",
        ),
        ({"exact": ["a", "a"]}, "exact names 'a' twice"),
        ({"ties": "last"}, "ties must be one of 'all', 'first'"),
        ({"ties": "all", "replace": False}, 'Pass ties="first"'),
        ({"ties": "all", "max_reuse": 2}, 'Pass ties="first"'),
        ({"tie_tolerance": 0.1, "replace": False}, "tie_tolerance says which neighbours share"),
        ({"order": "largest"}, "pass replace=False or max_reuse"),
        ({"order": "best", "replace": False}, "order must be one of"),
        ({"order": "random", "replace": False}, "needs a seed"),
        ({"seed": 1}, 'Add order="random"'),
        ({"seed": 1, "replace": False, "order": "data"}, "Leave it out"),
        ({"max_reuse": 2, "replace": False}, "Leave out one of the two"),
        ({"max_reuse": 0}, "max_reuse must be a whole number"),
        ({"min_controls": 1, "replace": False}, "Add max_controls"),
        ({"max_controls": 3, "replace": False}, "Add min_controls"),
        ({"min_controls": 1, "max_controls": 3, "ratio": 2}, "Add replace=False"),
        ({"min_controls": 1, "max_controls": 3, "ratio": 3, "replace": False}, "ratio must lie between"),
        ({"mahalanobis_on": ["age"]}, "Add caliper=0.25"),
        ({"exact": ["a"], "anti_exact": ["a"]}, "cannot both agree and differ on 'a'"),
        ({"exact": ["a"], "prefer": ["a"]}, "prefer names 'a', which exact or anti_exact decides already"),
    ],
)
def test_illegal_options_name_the_remedy(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.NearestNeighbor(im.PropensityScore(), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"caliper": 0.2}, 'caliper in SDs needs a score.*Pass caliper_unit="raw"'),
        ({"caliper": {"score": 0.2}}, "caliper in SDs needs a score"),
        ({"order": "largest", "replace": False}, "order='largest' needs a score"),
        ({"mahalanobis_on": ["age"], "caliper": 1, "caliper_unit": "raw"}, "mahalanobis_on needs a score"),
        (
            {"ratio": 2, "min_controls": 1, "max_controls": 3, "replace": False},
            "min_controls and max_controls needs a score",
        ),
        ({"caliper": {"acres": 0.2}}, "names 'acres', which the table does not have"),
        ({"exact": ["acres"]}, "names 'acres', which the table does not have"),
        ({"caliper": {"village": 0.2}}, "'village', which is not a number"),
    ],
)
def test_options_that_the_distance_or_the_table_cannot_serve(options, message):
    units = two_arms(TREATED, CONTROL, village=list("aabbababa"))
    with pytest.raises(im.OptionError, match=message):
        im.match(units, im.NearestNeighbor(im.Mahalanobis(), **options))


@pytest.mark.parametrize("limit", [{"replace": False}, {"max_reuse": 2}])
def test_limited_use_has_no_ate(limit):
    with pytest.raises(im.OptionError, match='estimand must be "ATT" or "ATC"'):
        im.match(
            two_arms(TREATED, CONTROL), im.NearestNeighbor(im.PropensityScore(), **limit), estimand="ATE"
        )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame([[1.0, -1.0]], ["t1"], ["c1", "c2"]), "1 negative"),
        (pd.DataFrame([[1.0, np.nan]], ["t1"], ["c1", "c2"]), "1 cell is missing"),
        (pd.DataFrame([[1.0, 2.0]], ["t1"], ["c1", "c1"]), "columns of the distance table must be unique"),
    ],
)
def test_tables_of_distances_are_checked(table, message):
    with pytest.raises(im.DataError, match=message):
        DistanceMatrix(table)


def test_units_that_a_table_lacks_are_named():
    table = pd.DataFrame([[1.0, 2.0]], ["t1"], ["c1", "c2"])
    with pytest.raises(im.DataError, match=r"lacks 2 units of the sample.*t2, c3"):
        im.match(two_arms([30.0, 31.0], [31.0, 40.0, 50.0]), im.NearestNeighbor(DistanceMatrix(table)))


def test_a_table_of_distances_gives_the_variance_of_its_points():
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(generator.normal(size=(60, 2)).round(1), columns=["age", "y"])
    frame["treated"] = generator.random(60) < 0.4
    units = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["y"])
    gaps = np.abs(frame["age"].to_numpy()[:, None] - frame["age"].to_numpy())
    table = DistanceMatrix(pd.DataFrame(gaps, frame.index, frame.index))
    first, second = (
        im.estimate(im.match(units, im.NearestNeighbor(distance))).frame for distance in (table, AGE)
    )
    assert first["variance"].iloc[0].startswith("Abadie-Imbens")
    assert first["estimate"].iloc[0] == pytest.approx(second["estimate"].iloc[0], rel=1e-12)
    assert first["std_error"].iloc[0] == pytest.approx(second["std_error"].iloc[0], rel=1e-12)
    treated = units.treated
    half = DistanceMatrix(table.table.loc[treated, ~treated])
    with pytest.raises(im.DataError, match="within an arm too"):
        im.estimate(im.match(units, im.NearestNeighbor(half)))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda first, second: np.zeros(3), "must have shape"),
        (lambda first, second: -np.ones((len(first), len(second))), "at least 0 everywhere"),
    ],
)
def test_distances_of_a_function_are_checked(function, message):
    with pytest.raises(im.DataError, match=message):
        im.match(two_arms(TREATED, CONTROL), im.NearestNeighbor(CustomDistance(function)))


@pytest.mark.parametrize("cluster", [None, "group"])
def test_cross_fitted_scores_do_not_heed_the_order_of_rows(cluster):
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(20, min_samples_leaf=10, random_state=1)
    score = im.PropensityScore(model=forest, folds=4, seed=2)
    frame = single_units(number=400).assign(group=lambda table: table.index % 40)
    roles = {"treatment": "treated", "covariates": ["age", "herd"], "cluster": cluster}
    first = score.fit(im.Sample(frame, **roles)).probability
    second = score.fit(im.Sample(frame.sample(frac=1, random_state=5), **roles)).probability
    pd.testing.assert_series_equal(first, second.loc[first.index], check_exact=True)
    in_sample = im.PropensityScore(model=forest).fit(im.Sample(frame, **roles)).probability
    treated = frame["treated"].to_numpy()
    apart = [probability[treated].mean() - probability[~treated].mean() for probability in (first, in_sample)]
    assert apart[0] < apart[1]  # out of fold, the arms are told apart less well


def test_cross_fitting_leaves_out_the_own_cluster():
    frame = single_units(number=400).assign(group=lambda table: table.index % 40)
    roles = {"treatment": "treated", "covariates": ["age", "herd"], "cluster": "group"}
    sample_of_groups = im.Sample(frame, **roles)
    from impact.design.distances.cross_fitting import fold_numbers

    folds = fold_numbers(im.Units.of(sample_of_groups, "ATT"), 4, 0)
    assert (pd.Series(folds).groupby(frame["group"].to_numpy()).nunique() == 1).all()
    fitted = im.PropensityScore(folds=4).fit(sample_of_groups).probability.to_numpy()
    held_out = folds == 2
    train = im.Sample(frame[~held_out], **roles)
    coefficients = im.PropensityScore().fit(train).coefficients["coefficient"].to_numpy()
    index = coefficients[0] + frame.loc[held_out, ["age", "herd"]].to_numpy() @ coefficients[1:]
    np.testing.assert_allclose(fitted[held_out], 1 / (1 + np.exp(-index)), rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"folds": 1}, "folds must be a whole number of at least 2"), ({"seed": 3}, "Add folds=5")],
)
def test_wrong_folds_are_refused(arguments, message):
    with pytest.raises(im.OptionError, match=message):
        im.PropensityScore(**arguments)


def test_more_folds_than_clusters_are_refused():
    frame = single_units(number=400).assign(group=lambda table: table.index % 40)
    frame["group"] = frame["group"] % 5
    units = im.Sample(frame, treatment="treated", covariates=["age"], cluster="group")
    with pytest.raises(im.OptionError, match="needs a treated cluster at least for each fold"):
        im.PropensityScore(folds=10).fit(units)
