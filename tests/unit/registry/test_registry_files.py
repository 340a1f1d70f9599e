"""Where the rows stand, and what their columns are called: folders, links and names that a registry meets in the wild."""

import shutil
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking
from tests.registries import CELLS, ROLES, assert_same_table, both, households, in_files

BY_CELL = im.NearestNeighbor(im.PropensityScore(), exact=CELLS)
NAMED_TREATED = {"treated": "benefits", "age": "treated"}


def registry(folder, **roles):
    return im.RegistrySample(folder, **(ROLES | {"cells": CELLS, "cluster": "group"} | roles))


def by_product(folder):
    """Write the rows into folders product=1 and product=2, the column in the file too."""
    for number, part in households().groupby("product"):
        (folder / f"product={number}").mkdir(parents=True)
        part.to_parquet(folder / f"product={number}" / "all.parquet", index=False)
    return folder


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ({"age": "id"}, {"covariates": ["id", "land", "kind"], "id": "household"}),
        ({"age": "row"}, {"covariates": ["row", "land", "kind"]}),
        (NAMED_TREATED, {"treatment": "benefits", "covariates": ["treated", "land", "kind"]}),
        ({"treated": "benefits", "income": "treated"}, {"treatment": "benefits", "outcomes": ["treated"]}),
        ({"group": "row", "weight": "id"}, {"cluster": "row", "sampling_weight": "id"}),
    ],
    ids=["id", "row", "treated", "outcome", "cluster and weight"],
)
def test_columns_may_have_any_name(tmp_path, names, roles):
    memory, sample = both(households().rename(columns=names), tmp_path, **({"cluster": "group"} | roles))
    one, other = im.match(memory, BY_CELL), im.registry.match(sample, BY_CELL)
    assert_same_table(
        im.estimate(one, bias_adjustment="linear").frame,
        im.registry.estimate(other, bias_adjustment="linear").frame,
    )
    pairs = [match.pairs[["treated", "control"]] for match in (one, other)]
    if "id" in roles:
        assert_same_table(*(table.sort_values(["treated", "control"], ignore_index=True) for table in pairs))
    assert other.pairs["treated"].dtype.kind == "i"


@pytest.mark.parametrize(
    ("column", "says"),
    [("control", "as the counts of a cell are called"), ("treated", "the treatment or an outcome")],
)
def test_cells_that_are_called_as_their_counts_are_refused(tmp_path, column, says):
    frame = households().rename(columns={"region": "control"})
    with pytest.raises(im.OptionError, match=f"cells names '{column}', {says}"):
        registry(in_files(frame, tmp_path), cells=[column])


def test_columns_in_the_file_and_in_the_folders_name_must_agree(tmp_path):
    folder = by_product(tmp_path / "agree")
    assert len(registry(folder)) == 900
    shutil.move(folder / "product=1" / "all.parquet", folder / "product=2" / "more.parquet")
    says = r"'product' is 2 by the name of the folder of 'product=2/more.parquet', and 1 in the file"
    with pytest.raises(im.DataError, match=says):
        registry(folder)
    with (
        speaking("es", of_a_file=True),
        pytest.raises(im.DataError, match=r"'product=2/more\.parquet', y 1 en el archivo"),
    ):
        registry(folder)


def test_a_folder_of_no_value_holds_rows_that_lack_it(tmp_path):
    folder = by_product(tmp_path)
    part = pd.read_parquet(folder / "product=2" / "all.parquet").drop(columns="product")
    shutil.rmtree(folder / "product=2")
    (folder / "product=__HIVE_DEFAULT_PARTITION__").mkdir()
    part.to_parquet(folder / "product=__HIVE_DEFAULT_PARTITION__" / "all.parquet", index=False)
    with pytest.raises(im.DataError, match=rf"{len(part)} of 900 rows lack 'product' \(product=__HIVE"):
        registry(folder)
    assert len(registry(folder, missing="drop")) == 900 - len(part)


def test_what_a_link_leads_to_is_read_and_what_is_unfinished_is_not(tmp_path):
    folder = tmp_path / "registro con ñandú"
    (folder / "_temporary").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    in_files(households(), tmp_path / "elsewhere")
    (folder / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere" / "above").symlink_to(folder, target_is_directory=True)
    shutil.copy(tmp_path / "elsewhere" / "part-000.parquet", folder / "_temporary" / "part.parquet")
    shutil.move(tmp_path / "elsewhere" / "part-001.parquet", tmp_path / "elsewhere" / "part-001.PARQUET")
    assert len(registry(folder)) == 900
    (folder / "lost.parquet").symlink_to("/nowhere/lost.parquet")
    with pytest.raises(im.DataError, match=r"'lost.parquet' cannot be read as Parquet"):
        registry(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.iloc[:0], "El registro no tiene filas: 4 archivos están vacíos"),
        (lambda frame: frame[frame["treated"] == 0], "vacío el brazo de los beneficiarios: las 612 filas"),
        (
            lambda frame: frame.assign(age=frame["age"].mask(frame.index == 3)),
            "a 1 de 900 filas le falta 'age'",
        ),
        (
            lambda frame: frame.assign(treated=np.where(frame["treated"] == 1, "sí", "no")),
            "Escriba 1 para beneficiarios y 0",
        ),
    ],
    ids=["no rows", "one arm", "one missing", "yes and no"],
)
def test_what_the_rows_lack_is_counted(tmp_path, change, says):
    with speaking("es"), pytest.raises(im.DataError, match=says):
        registry(in_files(change(households()), tmp_path))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: im.registry.quintile_effects(s, BY_CELL, "income", im.Baseline("kind")), "or text. Name a column of numbers"),
        (lambda s: im.registry.estimate(im.registry.match(s, BY_CELL), ["group"]), "outcome 'group' reads 'group', which is"),
    ],
    ids=["baseline", "outcome"],
)  # fmt: skip
def test_labels_are_no_numbers(tmp_path, call, says):
    with pytest.raises(im.OptionError, match=says):
        call(registry(in_files(households(), tmp_path)))


def test_the_cluster_is_no_further_column(tmp_path):
    with pytest.raises(im.OptionError, match="further names the cluster, 'group'"):
        registry(in_files(households(), tmp_path), further=["group"])


def test_a_cell_keeps_its_name_in_the_terms_of_a_file(tmp_path):
    frame = households()
    frame["product"] = np.where(frame["treated"] == 1, 1, 2)
    sample = registry(in_files(frame, tmp_path))
    with speaking("en", of_a_file=True), pytest.raises(im.SupportError, match=r"region=chaco × product=1 \("):
        im.registry.match(sample, BY_CELL)


def in_spanish(folder, **roles):
    """Return what a match warns of in Spanish."""
    once = im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS)
    with speaking("es"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        im.registry.match(registry(folder, **roles), once)
    return sorted(str(warning.message) for warning in caught)


@pytest.mark.slow
def test_workers_speak_the_language_of_whoever_asks(tmp_path):
    from joblib import parallel_config

    folder = in_files(households(), tmp_path)
    alone = in_spanish(folder)
    assert "En 2 celdas: Se piden 57 parejas a 96 unidades" in alone[0]
    assert in_spanish(folder, n_jobs=2) == alone
    with parallel_config(backend="threading", n_jobs=2):
        assert in_spanish(folder) == alone
    (folder / "product=9").mkdir()
    shutil.move(folder / "part-003.parquet", folder / "product=9" / "all.parquet")
    with speaking("es"), pytest.raises(im.DataError, match="según el nombre de la carpeta"):
        registry(folder, n_jobs=2)


KILLED = """
import sys, os, signal, pandas as pd, impact as im
sample = im.RegistrySample(sys.argv[1], "treated", ["age", "land"], ["income"], cells=["region"], scratch=sys.argv[2])
matched = im.registry.match(sample, im.InverseProbability(im.PropensityScore()))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_the_working_files_of_a_killed_run_go_with_the_next(tmp_path):
    folder, scratch = in_files(households(), tmp_path), tmp_path / "scratch"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(scratch)], cwd=Path.cwd(), check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert list(scratch.iterdir())
    sample = registry(folder, scratch=scratch)
    assert list(scratch.iterdir()) == [sample.folder.path]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        im.StorageError, match=r"working files of the registry could not be written.*in scratch="
    ):
        registry(in_files(households(), tmp_path), scratch=tmp_path / "file")
