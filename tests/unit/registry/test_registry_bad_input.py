"""What a registry refuses: the file or the cell is named, and nothing half written is left."""

import errno
import os
import resource
import signal
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import impact as im
from impact.language import speaking
from impact.registry.matching import cell_match, grid
from impact.registry.reading import runs
from tests.registries import CELLS, ROLES, households, in_files

BY_CELL = im.NearestNeighbor(im.PropensityScore(), exact=CELLS)


def rewrite(folder, number, change):
    file = folder / f"part-{number:03d}.parquet"
    change(pd.read_parquet(file)).to_parquet(file, index=False)


def registry(folder, **roles):
    return im.RegistrySample(folder, **ROLES, cells=CELLS, cluster="group", **roles)


def test_a_column_missing_in_one_file_names_file_and_column(tmp_path):
    folder = in_files(households(), tmp_path)
    rewrite(folder, 2, lambda frame: frame.drop(columns="land"))
    with pytest.raises(im.DataError, match=r"'part-002.parquet' lacks the column 'land' \(covariates\)"):
        registry(folder)


def test_a_registry_is_refused_in_spanish_too(tmp_path):
    folder = in_files(households(), tmp_path)
    rewrite(folder, 2, lambda frame: frame.drop(columns="land"))
    with (
        speaking("es"),
        pytest.raises(im.DataError, match=r"Al archivo 'part-002\.parquet' le falta la columna 'land'"),
    ):
        registry(folder)


def test_a_column_that_no_file_has_is_named_with_its_neighbours(tmp_path):
    folder = in_files(households(), tmp_path)
    with pytest.raises(im.OptionError, match=r"'ages'.*Did you mean 'age'"):
        im.RegistrySample(folder, "treated", ["ages"])


def test_another_schema_in_one_file_names_both_files(tmp_path):
    folder = in_files(households(), tmp_path)
    rewrite(folder, 1, lambda frame: frame.assign(age=frame["age"].round(1).astype(str)))
    with pytest.raises(
        im.DataError,
        match=r"'age' \(covariates\) holds text in 'part-001.parquet' and decimals in 'part-000.parquet'",
    ):
        registry(folder)


def test_whole_and_decimal_numbers_are_one_kind(tmp_path):
    frame = households()
    frame["age"] = frame["age"].round()
    folder = in_files(frame, tmp_path)
    rewrite(folder, 1, lambda part: part.assign(age=part["age"].astype("int32")))
    whole = im.registry.score(registry(folder)).frame["coefficient"]
    np.testing.assert_allclose(
        whole, im.PropensityScore().fit(im.Sample(frame, **ROLES)).coefficients["coefficient"], rtol=1e-10
    )


def test_a_cluster_typed_differently_in_two_files_is_refused(tmp_path):
    folder = in_files(households(), tmp_path)
    rewrite(folder, 3, lambda frame: frame.assign(group=frame["group"].astype(str)))
    with pytest.raises(
        im.DataError,
        match=r"'group' \(cluster\) holds text in 'part-003.parquet' and whole numbers in 'part-000.parquet'",
    ):
        registry(folder)


@pytest.mark.parametrize("damage", ["cut", "garbled"])
def test_a_corrupt_file_is_named(tmp_path, damage):
    folder = in_files(households(), tmp_path)
    file = folder / "part-002.parquet"
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:  # the footer is whole, the pages are not
        content[4:4000] = bytes(3996)
        file.write_bytes(content)
    with pytest.raises(im.DataError, match=r"'part-002.parquet' cannot be read as Parquet"):
        registry(folder, scratch=tmp_path / "scratch")
    assert not list((tmp_path / "scratch").glob("*"))


def test_missing_values_are_counted_by_file_or_left_out_and_counted(tmp_path):
    frame = households()
    frame.loc[frame.index[:7], "age"] = np.nan
    frame.loc[frame.index[5:9], "income"] = np.nan
    folder = in_files(frame, tmp_path)
    with pytest.raises(im.DataError, match=r"7 of 900 rows lack 'age' \(part-0.*4 of 900 rows lack 'income'"):
        registry(folder)
    kept = registry(folder, missing="drop")
    assert len(kept) == 891
    assert kept.flow["units"].tolist()[:4] == [900, 7, 4, 891]
    complete = im.Sample(frame.dropna(), **ROLES, cluster="group")
    np.testing.assert_allclose(
        im.registry.score(kept).frame["coefficient"],
        im.PropensityScore().fit(complete).coefficients["coefficient"],
        rtol=1e-10,
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("treated", 2, "must hold 0 and 1.*got 0, 1, 2, first in 'part-"),
        ("age", np.inf, r"'age' must be finite; 1 row holds an infinite value \(part-"),
        ("weight", 0.0, r"'weight' \(sampling weight\) must be above 0; 1 row is not \(part-"),
    ],
)
def test_values_that_cannot_be_name_their_file(tmp_path, column, value, says):
    frame = households()
    frame.loc[17, column] = value
    with pytest.raises(im.DataError, match=says):
        registry(in_files(frame, tmp_path), sampling_weight="weight")


def test_identifiers_that_come_again_in_another_file_are_refused(tmp_path):
    frame = households()
    folder = in_files(frame.iloc[:600], tmp_path)
    frame.iloc[[0, *range(600, 900)]].to_parquet(folder / "more.parquet", index=False)
    with pytest.raises(
        im.DataError,
        match=r"1 identifier of 'household' comes again \(first: 3; 3 is in 'more.parquet', 'part-",
    ):
        registry(folder, id="household")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.assign(land=3.0), "1 covariate constant over all 900 rows: 'land'"),
        (
            lambda frame: frame.assign(land=2 * frame["age"] + 1),
            "'land' is collinear: it follows exactly from 'age'",
        ),
        (lambda frame: frame.assign(treated=1), "leaves the control arm empty"),
        (lambda frame: frame.assign(kind=np.arange(900).astype(str)), "'kind' holds numbers stored as text"),
    ],
)
def test_covariates_and_arms_as_in_memory(tmp_path, change, says):
    with pytest.raises(im.DataError, match=says):
        registry(in_files(change(households()), tmp_path))


def test_a_group_with_both_arms_is_refused_where_groups_were_assigned(tmp_path):
    with pytest.raises(im.DataError, match="treatment 'treated' must be constant within 'group'"):
        registry(in_files(households(), tmp_path), group_assigned=True)


def test_cells_with_one_arm_are_named_and_their_units_leave_the_estimate(tmp_path):
    frame = households()
    lone = (frame["region"] == "chaco") & (frame["product"] == 2)
    frame = frame[~(lone & (frame["treated"] == 0))]
    sample = registry(in_files(frame, tmp_path))
    with pytest.warns(im.OverlapWarning) as said:
        matched = im.registry.match(sample, BY_CELL)
    lost = int((lone & (frame["treated"] == 1)).sum())
    first, second = (str(warning.message) for warning in said)
    assert (
        "nobody of the other arm in the same cell" in first and f"region=chaco × product=2 ({lost})" in first
    )
    assert f"{lost} of 288 treated units found no comparison" in second
    assert matched.n_focal - matched.n_matched == lost


def test_no_cell_with_both_arms_is_an_error_that_lists_them(tmp_path):
    frame = households()
    frame["region"] = np.where(frame["treated"] == 1, "altiplano", "valle")
    sample = registry(in_files(frame, tmp_path))
    with pytest.raises(
        im.SupportError, match="No combination of region holds treated and control units: region=altiplano"
    ):
        im.registry.match(sample, im.NearestNeighbor(im.PropensityScore(), exact=("region",)))


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_fills_while_the_files_are_read_leaves_nothing(tmp_path, monkeypatch):
    folder = in_files(households(), tmp_path)
    monkeypatch.setattr(pa.RecordBatchFileWriter, "write_batch", full_disk)
    with pytest.raises(im.StorageError, match=r"working files of part-000.parquet .*the disk is full"):
        registry(folder, scratch=tmp_path / "scratch")
    assert not list((tmp_path / "scratch").glob("*"))


@contextmanager
def files_of_at_most(size):
    """Let no file grow beyond so many bytes, as on a disk that is full: the last bytes of a file do not fit."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("strategy", "most", "where"),
    [
        (BY_CELL, 2_000_000, "region=altiplano × product=1"),
        (im.NearestNeighbor(im.PropensityScore(), exact=("region",)), 100, "region=altiplano"),
        (im.NearestNeighbor(im.Mahalanobis(), exact=("region",)), 100, "region=altiplano"),
        (im.InverseProbability(im.PropensityScore()), 2_000_000, "region=altiplano × product=1"),
    ],
    ids=["cells", "slices", "boxes", "weights"],
)
def test_a_disk_that_fills_while_a_cell_is_matched_names_the_cell(tmp_path, strategy, most, where):
    sample = registry(in_files(households(), tmp_path), scratch=tmp_path / "scratch")
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    says = rf"working files of cell {where}\b.*the disk is full"
    with files_of_at_most(600), pytest.raises(im.StorageError, match=says):
        im.registry.match(sample, strategy, largest_cell=most)
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


@pytest.mark.filterwarnings(
    "ignore::impact.errors.LittleBiasRemovedWarning", "ignore::impact.errors.OverlapWarning"
)
def test_a_disk_that_fills_while_errors_by_set_are_summed_leaves_nothing(tmp_path):
    once = im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS)
    matched = im.registry.match(registry(in_files(households(), tmp_path)), once)
    with files_of_at_most(600), pytest.raises(im.StorageError, match="working files of the groups"):
        im.registry.estimate(matched, bias_adjustment="linear")
    assert not list(matched.design.folder.glob("coefficients*"))


def test_files_too_large_for_the_disk_are_refused_before_anything_is_written(tmp_path, monkeypatch):
    from impact.registry.reading import storage

    usage = storage.shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(im.StorageError, match=r"need about 0.0 GB in .* which has 0.0 GB free"):
        registry(in_files(households(), tmp_path), scratch=tmp_path / "scratch")


def killed_at_the_chaco(cell, name, pieces, design):
    if name.startswith("region=chaco"):
        os.kill(os.getpid(), signal.SIGKILL)
    return cell_match.match_cell(cell, name, pieces, design)


def test_a_lost_worker_is_an_error_that_names_the_cells_not_done(tmp_path, monkeypatch):
    sample = registry(in_files(households(), tmp_path), n_jobs=2, scratch=tmp_path / "scratch")
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    monkeypatch.setattr(import_module("impact.registry.match"), "match_cell", killed_at_the_chaco)
    with pytest.raises(
        im.WorkerLostError, match=r"A worker was lost while matching the cells.*Not done: .*region=chaco"
    ):
        im.registry.match(sample, BY_CELL)
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


def killed_in_the_second_round(box, *given):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_lost_between_two_boxes_is_an_error_that_names_the_cell(tmp_path, monkeypatch):
    sample = registry(in_files(households(), tmp_path), n_jobs=2, scratch=tmp_path / "scratch")
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    monkeypatch.setattr(grid, "_second_round", killed_in_the_second_round)
    by_regions = im.NearestNeighbor(im.Mahalanobis(), exact=("region",))
    with pytest.raises(
        im.WorkerLostError, match=r"A worker was lost while cutting the cell.*Not done: region=altiplano"
    ):
        im.registry.match(sample, by_regions, largest_cell=150)
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


def test_working_files_go_with_the_sample(tmp_path):
    sample = registry(in_files(households(), tmp_path), scratch=tmp_path / "scratch")
    assert runs.Piece(sample.whole_runs[0].run, 0, 2).arrays(["age"])["age"].shape == (2,)
    del sample
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: im.registry.score(s, im.PropensityScore(folds=5)), "got folds="),
        (lambda s: im.registry.match(s, im.NearestNeighbor(im.RobustMahalanobis())), "got RobustMahalanobis"),
        (
            lambda s: im.registry.match(s, im.NearestNeighbor(im.PropensityScore(), exact=("kind",))),
            "exact names 'kind'",
        ),
        (lambda s: im.registry.match(s, BY_CELL, "ATO"), "'ATO' is not defined by NearestNeighbor"),
        (
            lambda s: im.registry.estimate(im.registry.match(s, BY_CELL), variance=im.WildBootstrap()),
            "variance of a registry",
        ),
        (
            lambda s: im.registry.quintile_effects(
                s, im.NearestNeighbor(im.PropensityScore(), replace=False), "income", im.Baseline("land")
            ),
            "share groups, and each has sets of its own",
        ),
        (
            lambda s: im.registry.estimate(im.registry.match(s, BY_CELL), ["household"]),
            "has not read. Name it in further=",
        ),
        (
            lambda s: im.registry.estimate(im.registry.match(s, BY_CELL), ["age"]),
            "which the design used to match",
        ),
    ],
)
@pytest.mark.filterwarnings(
    "ignore::impact.errors.LittleBiasRemovedWarning", "ignore::impact.errors.OverlapWarning"
)
def test_what_needs_all_rows_together_is_refused_by_name(tmp_path, call, says):
    sample = registry(in_files(households(), tmp_path))
    with pytest.raises(im.OptionError, match=says):
        call(sample)


@pytest.mark.parametrize(
    ("language", "strategy", "adjustment", "says"),
    [
        ("en", BY_CELL, None, "have Abadie and Imbens's errors, which need"),
        ("es", BY_CELL, None, "tienen los errores de Abadie e Imbens"),
        (
            "en",
            im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS),
            im.LinearAdjustment(weighted=False),
            "has errors by set, and the units in no set",
        ),
        (
            "es",
            im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS),
            im.LinearAdjustment(weighted=False),
            "tiene errores por conjunto",
        ),
    ],
)
@pytest.mark.filterwarnings(
    "ignore::impact.errors.LittleBiasRemovedWarning", "ignore::impact.errors.OverlapWarning"
)
def test_errors_without_a_cluster_that_need_rows_together(tmp_path, language, strategy, adjustment, says):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cells=CELLS)
    matched = im.registry.match(sample, strategy)
    with speaking(language), pytest.raises(im.OptionError, match=says):
        im.registry.estimate(matched, bias_adjustment=adjustment)
