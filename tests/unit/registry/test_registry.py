"""A registry by itself: where its rows come from, who works on it, and what the outcomes may be."""

from importlib import import_module

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import impact as im
from impact.language import speaking
from impact.registry.reading import partitions
from impact.registry.sums.group_grams import rows_with_grams
from tests.registries import CELLS, ROLES, assert_same_table, both, households, in_files

BY_CELL = im.NearestNeighbor(im.PropensityScore(), exact=CELLS)
balance = import_module("impact.registry.balance")  # the package calls its function so too
PERSONS = im.Headcount("income", line=180.0, persons="size")


def effects(sample, **changes):
    matched = im.registry.match(sample, BY_CELL)
    return im.registry.estimate(matched, **changes).frame


def test_three_households_by_hand(tmp_path):
    frame = pd.DataFrame(
        {"treated": [1, 0, 1, 0, 0], "age": [30.0, 31, 50, 52, 44], "region": ["a", "a", "b", "b", "b"]}
    )
    frame["income"], frame["group"] = [9.0, 7, 6, 2, 100], [0, 1, 2, 3, 4]
    for region, part in frame.groupby("region"):
        part.to_parquet(tmp_path / f"{region}.parquet")
    sample = im.RegistrySample(tmp_path, "treated", ["age"], ["income"], cluster="group", cells=["region"])
    matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",)))
    with pytest.warns(im.FewClustersWarning):
        effect = im.registry.estimate(matched).one("income")
    assert effect.estimate == pytest.approx((9 - 7 + 6 - 2) / 2)  # pairs 0-1 and 2-3
    assert effect.control_mean == pytest.approx(4.5) and (effect.n_treated, effect.n_control) == (2, 2)
    assert matched.frame.values.tolist() == [["region=a", 1, 1, 1, 1], ["region=b", 1, 2, 1, 1]]


@pytest.mark.slow
def test_a_folder_named_from_where_one_stands_is_found_by_workers_elsewhere(tmp_path, monkeypatch):
    """Workers that were up before stay in the folder in which they began."""
    from joblib import Parallel, delayed

    folder = in_files(households(), tmp_path)
    monkeypatch.chdir("/")
    assert Parallel(n_jobs=2)(delayed(abs)(number) for number in (-1, -2)) == [1, 2]
    monkeypatch.chdir(folder.parent)
    roles = ROLES | {"cells": CELLS, "cluster": "group", "n_jobs": 2}
    named, there = (effects(im.RegistrySample(one, **roles)) for one in (folder.name, folder))
    pd.testing.assert_frame_equal(named, there, check_exact=True)


def test_outcomes_of_persons_and_further_columns(tmp_path):
    frame = households()
    memory, registry = both(frame, tmp_path, cluster="group", further=["size", "income_before"])
    outcomes = ["income", PERSONS, "income_before"]
    one = im.estimate(im.match(memory, BY_CELL), outcomes, bias_adjustment="linear").frame
    assert_same_table(one, effects(registry, outcomes=outcomes, bias_adjustment="linear"))


@pytest.mark.parametrize(
    "variance", [im.ClusterRobust(), im.ClusterRobust(im.InSample()), im.ClusterRobust(im.BiasReduced())]
)
def test_every_rule_of_residuals_gives_the_errors_of_memory(tmp_path, variance):
    memory, registry = both(households(), tmp_path, cluster="group")
    one = im.estimate(im.match(memory, BY_CELL), variance=variance, bias_adjustment="linear").frame
    assert_same_table(one, effects(registry, variance=variance, bias_adjustment="linear"))


def test_a_group_that_carries_a_category_alone_has_the_errors_of_memory(tmp_path):
    frame = households()
    frame.loc[frame["group"] == 3, "kind"] = "borrowed"
    memory, registry = both(frame, tmp_path, cluster="group")
    one = im.estimate(im.match(memory, BY_CELL), bias_adjustment="linear").frame
    assert_same_table(one, effects(registry, bias_adjustment="linear"), rtol=1e-9)


@pytest.mark.parametrize(
    "strategy",
    [
        im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS),
        im.NearestNeighbor(im.PropensityScore(), replace=False, order="closest", exact=CELLS),
        im.NearestNeighbor(
            im.PropensityScore(), caliper={"score": 0.3, "age": 9.0}, caliper_unit="raw", exact=CELLS
        ),
        im.NearestNeighbor(im.PropensityScore(), prefer=("kind",), exact=("region",)),
        im.NearestNeighbor(im.Mahalanobis(), anti_exact=("kind",), exact=("region",)),
    ],
    ids=["once", "closest first", "calipers", "prefer", "anti-exact"],
)
@pytest.mark.filterwarnings(
    "ignore::impact.errors.LittleBiasRemovedWarning", "ignore::impact.errors.OverlapWarning"
)
def test_cells_are_matched_by_the_strategys_own_code(tmp_path, strategy):
    memory, registry = both(households(), tmp_path, id="household")
    columns = ["treated", "control"]
    one = im.match(memory, strategy).pairs[columns].sort_values(columns).to_numpy()
    other = im.registry.match(registry, strategy).pairs[columns].sort_values(columns).to_numpy()
    assert np.array_equal(one, other)


def test_processes_threads_and_one_worker_give_the_same_bits(tmp_path):
    from joblib import parallel_config

    folder = in_files(households(), tmp_path)
    roles = ROLES | {"cells": CELLS, "cluster": "group"}
    alone = effects(im.RegistrySample(folder, **roles))
    pd.testing.assert_frame_equal(
        alone, effects(im.RegistrySample(folder, **roles, n_jobs=2)), check_exact=True
    )
    with parallel_config(backend="threading", n_jobs=2):
        pd.testing.assert_frame_equal(alone, effects(im.RegistrySample(folder, **roles)), check_exact=True)


@pytest.mark.slow
def test_two_processes_of_a_dask_cluster_give_the_same_bits(tmp_path):
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    folder = in_files(households(), tmp_path)
    roles = ROLES | {"cells": CELLS, "cluster": "group"}
    alone = effects(im.RegistrySample(folder, **roles))
    workers = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with workers as cluster, Client(cluster), parallel_config(backend="dask"):
        there = effects(im.RegistrySample(folder, **roles))
    pd.testing.assert_frame_equal(alone, there, check_exact=True)


def test_a_dask_frame_is_its_partitions(tmp_path):
    dd = pytest.importorskip("dask.dataframe")
    frame = households()
    folder = in_files(frame, tmp_path)
    roles = ROLES | {"cells": CELLS, "cluster": "group"}
    lazy = im.RegistrySample(dd.from_pandas(frame, npartitions=5), **roles)
    assert_same_table(effects(im.RegistrySample(folder, **roles)), effects(lazy), rtol=1e-12)


def test_folders_whose_names_are_columns_and_files_cut_at_their_row_groups(tmp_path, monkeypatch):
    frame = households()
    roles = ROLES | {"cells": CELLS, "cluster": "group"}
    (tmp_path / "plain").mkdir()
    plain = effects(im.RegistrySample(in_files(frame, tmp_path / "plain"), **roles))
    monkeypatch.setattr(partitions, "MOST_ROWS", 100)
    for number, part in frame.groupby("product"):
        place = tmp_path / "named" / f"product={number}"
        place.mkdir(parents=True)
        table = pa.Table.from_pandas(part.drop(columns="product"), preserve_index=False)
        pq.write_table(table, place / "all.parquet", row_group_size=60)
    named = im.RegistrySample(tmp_path / "named", **roles)
    assert len(named.whole_runs) > 8 and len(named.files) == 2
    assert_same_table(plain, effects(named), rtol=1e-12)


def test_a_few_rows_have_the_sums_of_a_groups_units():
    draw = np.random.default_rng(3)
    units = [draw.normal(size=(count, 4)) for count in (1, 2, 9)]
    grams = np.stack([rows.T @ rows for rows in units])
    rows, codes = rows_with_grams(grams)
    again = np.stack([rows[codes == group].T @ rows[codes == group] for group in range(3)])
    np.testing.assert_allclose(again, grams, atol=1e-12)


def test_the_sample_the_match_and_the_score_say_what_they_are(tmp_path):
    sample = im.RegistrySample(
        in_files(households(), tmp_path), **ROLES, cells=CELLS, cluster="group", synthetic=True
    )
    assert repr(sample).startswith(
        "Synthetic registry sample: 900 units ("
    ) and "30 groups) in 4 files, 6 cells" in repr(sample)
    matched = im.registry.match(sample, BY_CELL)
    assert "Matched registry for the ATT" in repr(matched) and "6 cells" in repr(matched)
    assert "SYNTHETIC" in repr(im.registry.estimate(matched)) and "SYNTHETIC" in matched._repr_html_()
    assert matched.flow["units"].iloc[-4:].sum() == 900
    assert matched.score.frame["term"].tolist() == ["(Intercept)", "age", "land", "kindrented", "kindshared"]


def test_poverty_over_households_and_persons(tmp_path):
    frame = households()
    frame["income"] -= 120  # some below zero
    memory, registry = both(frame, tmp_path, cluster="group", further=["size"])
    given = ("income", [60.0, 100.0], "size")
    one = im.poverty_effects(im.match(memory, BY_CELL), *given)
    other = im.registry.poverty_effects(im.registry.match(registry, BY_CELL), *given)
    assert_same_table(one.frame, other.frame)
    assert one.notes == other.notes and "negative incomes" in one.notes[-1]


def test_a_further_column_that_lacks_values_names_the_cell(tmp_path):
    frame = households()
    frame.loc[:200, "income_before"] = np.nan
    registry = both(frame, tmp_path, cluster="group", further=["income_before"])[1]
    says = "'income_before' must be finite in every matched unit; in cell region="
    with pytest.raises(im.EstimationError, match=says):
        effects(registry, outcomes=["income_before"])


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize(
    "strategy",
    [
        im.NearestNeighbor(im.PropensityScore(), exact=("region",)),
        im.NearestNeighbor(im.PropensityScore(scale="linear"), ratio=3, caliper=0.2),
        im.NearestNeighbor(im.PropensityScore(), ratio=2, tie_tolerance=1e-3),
    ],
    ids=["in regions", "three within a caliper", "near ties"],
)
def test_a_cell_cut_at_its_score_is_matched_as_one(tmp_path, strategy, estimand):
    frame = households(700)
    if strategy.tie_tolerance:
        frame[["age", "land"]] = frame[["age", "land"]].round()
    memory, registry = both(frame, tmp_path, cluster="group", id="household", sampling_weight="weight")
    one = im.match(memory, strategy, estimand)
    other = im.registry.match(registry, strategy, estimand, largest_cell=50)
    assert len(list(other.design.folder.glob("pairs-*.npz"))) > len(other.cells)
    columns = ["treated", "control"]
    first, second = (
        pairs.sort_values(columns)[[*columns, "distance", "weight"]].to_numpy()
        for pairs in (one.pairs, other.pairs)
    )
    np.testing.assert_allclose(second, first, rtol=1e-9, atol=1e-12)
    assert_same_table(im.estimate(one).frame, im.registry.estimate(other).frame)
    assert_same_table(im.balance(one).frame, im.registry.balance(other).frame, rtol=1e-8)


@pytest.mark.parametrize(
    ("strategy", "why"),
    [
        (
            im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS),
            "wanted on both sides of a cut",
        ),
        (im.NearestNeighbor(im.Mahalanobis(), replace=False, exact=CELLS), "wanted on both sides of a cut"),
        (im.NearestNeighbor(im.PropensityScore(), prefer=("kind",), exact=CELLS), "far beyond a cut"),
    ],
)
def test_a_cell_that_cannot_be_cut_is_refused_by_name(tmp_path, strategy, why):
    registry = both(households(), tmp_path)[1]
    says = rf"Cell region=altiplano × product=1 has 1\d\d rows, more than largest_cell=50.*{why}"
    with pytest.raises(im.OptionError, match=says):
        im.registry.match(registry, strategy, largest_cell=50)


def test_distribution_functions_of_many_rows_are_missing_where_a_cell_has_too_many_values(
    tmp_path, monkeypatch
):
    matched = im.registry.match(both(households(), tmp_path, cluster="group")[1], BY_CELL)
    every = im.registry.balance(matched).frame
    monkeypatch.setattr(balance, "_FEW_ROWS", 10)
    found = {}
    for most in (5, 12, 30):  # the first twice as many rows tell, of the others all
        monkeypatch.setattr(balance, "MOST_VALUES", most)
        found[most] = im.registry.balance(matched).frame
        known = found[most]["ecdf_max"].notna()
        assert 0 < known.sum() < len(known)
        pd.testing.assert_frame_equal(found[most][known], every[known])
        with monkeypatch.context() as whole:
            whole.setattr(balance, "_too_many", lambda *_: False)
            pd.testing.assert_frame_equal(found[most], im.registry.balance(matched).frame)


def test_units_that_are_all_alike_cannot_be_cut_into_boxes(tmp_path):
    frame = households()
    frame["age"], frame["land"] = (frame.index % 200 == 0) * 1.0, (frame.index % 150 == 0) * 1.0
    registry = both(frame, tmp_path)[1]
    says = (
        r"Cell all rows cannot be cut: \d+ of its units are too much alike, more than twice largest_cell=100"
    )
    with pytest.raises(im.OptionError, match=says):
        im.registry.match(registry, im.NearestNeighbor(im.Mahalanobis()), largest_cell=100)
    with speaking("es"), pytest.raises(im.OptionError, match="celda todas las filas no se puede cortar"):
        im.registry.match(registry, im.NearestNeighbor(im.Mahalanobis()), largest_cell=100)


def test_one_focal_unit_far_from_a_border_and_its_match_beyond_it(tmp_path):
    """The treated at 10 finds the control at 0 in its own box, and the nearer one at 15 in the next."""
    age = np.array([0.0, 10.0, 15.0, 20.0, 21.0, 22.0, 23.0, 24.0])
    frame = pd.DataFrame({"treated": [0, 1, 0, 1, 0, 0, 0, 0], "age": age})
    frame.to_parquet(tmp_path / "all.parquet")
    sample = im.RegistrySample(tmp_path, "treated", ["age"])
    for most in (8, 2, 3):
        matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean()), largest_cell=most)
        assert sorted(matched.pairs[["treated", "control"]].values.tolist()) == [[1, 2], [3, 4]]
