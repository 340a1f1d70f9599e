"""What a registry refuses, said in Spanish: the file or the cell is named, and nothing half written is left."""

import os
import signal
from importlib import import_module

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import impact as im
from impact.language import speaking
from tests.registries import CELLS, ROLES, households, in_files
from tests.unit.registry.test_registry_bad_input import full_disk, killed_at_the_chaco

BY_CELL = im.NearestNeighbor(im.PropensityScore(), exact=CELLS)


@pytest.fixture(autouse=True)
def spanish():
    with speaking("es"):
        yield


def registry(folder, **roles):
    return im.RegistrySample(folder, **ROLES, cells=CELLS, cluster="group", **roles)


def text_for(column):
    return lambda frame: frame.assign(**{column: frame[column].astype(str)})


def truncated(file):
    file.write_bytes(file.read_bytes()[:2000])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop(columns="land"), r"Al archivo 'part-002.parquet' le falta la columna 'land'"),
        (text_for("age"), r"'age' .*'part-002.parquet'.*'part-000.parquet'"),
        (text_for("group"), r"'group' .*'part-002.parquet'.*'part-000.parquet'"),
        (lambda f: f.assign(treated=2), "debe tener 0 y 1"),
        (lambda f: f.assign(age=np.inf), "debe ser finita"),
        (lambda f: f.assign(age=np.nan), "les falta 'age'"),
        (None, r"El archivo 'part-002.parquet' no se puede leer como Parquet"),
    ],
    ids=["column", "schema", "cluster", "treatment", "infinite", "missing", "corrupt"],
)
def test_a_file_that_is_not_as_the_others_is_named(tmp_path, change, says):
    folder = in_files(households(), tmp_path)
    file = folder / "part-002.parquet"
    if change is None:
        truncated(file)
    else:
        change(pd.read_parquet(file)).to_parquet(file, index=False)
    with pytest.raises(im.DataError, match=says) as refused:
        registry(folder, scratch=tmp_path / "scratch")
    assert not [word for word in (" the ", " rows ", " hold", " file ") if word in str(refused.value)]
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [BY_CELL, im.EntropyBalancing()], ids=["match", "weights"])
def test_a_disk_that_fills_names_the_cell_and_leaves_nothing(tmp_path, monkeypatch, strategy):
    sample = registry(in_files(households(), tmp_path), scratch=tmp_path / "scratch")
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", full_disk)
    with pytest.raises(
        im.StorageError, match=r"la celda region=altiplano × product=1\).*el disco está lleno"
    ):
        im.registry.match(sample, strategy)
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


@pytest.mark.slow
def test_a_disk_that_fills_while_fifths_are_cut_leaves_nothing(tmp_path, monkeypatch):
    folder = in_files(households(), tmp_path)
    sample = registry(folder, scratch=tmp_path / "scratch", further=["income_before"])
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    monkeypatch.setattr(pa.RecordBatchFileWriter, "write_batch", full_disk)
    with pytest.raises(im.StorageError, match="el disco está lleno"):
        im.registry.quintile_effects(sample, BY_CELL, "income", im.Baseline("income_before"))
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


def killed_at_once(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "function", "killed", "strategy", "says"),
    [
        ("match", "match_cell", killed_at_the_chaco, BY_CELL, r"se emparejaban las celdas.*Sin hacer: .*region=chaco"),
        ("weighting.weighed_cells", "_weigh_cell", killed_at_once, im.EntropyBalancing(), "se ponderaban las unidades"),
        ("weighting.entropy", "_dual_sums", killed_at_once, im.EntropyBalancing(), "se equilibraban las covariables"),
    ],
)  # fmt: skip
def test_a_lost_worker_names_what_is_not_done_and_leaves_nothing(
    tmp_path, monkeypatch, module, function, killed, strategy, says
):
    sample = registry(in_files(households(), tmp_path), n_jobs=2, scratch=tmp_path / "scratch")
    before = sorted(path.name for path in sample.folder.path.glob("*"))
    monkeypatch.setattr(import_module(f"impact.registry.{module}"), function, killed)
    with pytest.raises(im.WorkerLostError, match=f"Se perdió un proceso mientras {says}"):
        im.registry.match(sample, strategy)
    assert sorted(path.name for path in sample.folder.path.glob("*")) == before


@pytest.mark.slow
def test_cells_with_one_arm_are_named(tmp_path):
    frame = households()
    lone = (frame["region"] == "chaco") & (frame["product"] == 2)
    sample = registry(in_files(frame[~(lone & (frame["treated"] == 0))], tmp_path))
    with pytest.warns(im.OverlapWarning) as said:
        im.registry.match(sample, BY_CELL)
    first, second = (str(warning.message) for warning in said)
    assert "no encontraron a nadie del otro brazo en la misma celda" in first
    assert "region=chaco × product=2" in first
    assert "unidades beneficiarias no encontraron comparación" in second
    frame["region"] = np.where(frame["treated"] == 1, "altiplano", "valle")
    (tmp_path / "apart").mkdir()
    apart = registry(in_files(frame, tmp_path / "apart"))
    with pytest.raises(
        im.SupportError, match="Ninguna combinación de region tiene beneficiarios y controles"
    ):
        im.registry.match(apart, im.NearestNeighbor(im.PropensityScore(), exact=("region",)))
