"""Columns of any type and name that Parquet has mean in a registry what they mean in memory."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
ROLES = {"treatment": "treated", "covariates": ["age", "land"], "cluster": "group", "sampling_weight": None}


def households(number=240):
    draws = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "treated": draws.random(number) < 0.35,
            "age": draws.normal(45, 12, number),
            "land": draws.exponential(2, number).round(2),
            "region": draws.choice(["norte", "valle", "chaco"], number),
            "group": draws.integers(0, 40, number),
            "weight": draws.uniform(0.5, 2, number).round(2),
            "flag": draws.random(number) < 0.4,
            "members": draws.integers(1, 9, number),
        }
    )
    frame["income"] = (
        100 + 2 * frame["age"] + 5 * frame["land"] + 20 * frame["treated"] + draws.normal(0, 10, number)
    ).round(2)
    return frame


def exact(column):
    return [decimal.Decimal(str(value)) for value in column]


CASES = {
    "a treatment of whole numbers": (lambda f: f.assign(treated=f["treated"].astype("int8")), {}),
    "nullable": (
        lambda f: f.assign(treated=f["treated"].astype("boolean"), members=f["members"].astype("Int16")),
        {"covariates": ["age", "members"]},
    ),
    "true and false": (lambda f: f, {"covariates": ["age", "flag"]}),
    "categories": (
        lambda f: f.assign(kind=pd.Categorical(np.where(f["members"] > 4, "alto", "bajo"))),
        {"covariates": ["age", "kind"]},
    ),
    "decimals": (
        lambda f: f.assign(land=exact(f["land"]), income=exact(f["income"]), weight=exact(f["weight"])),
        {"sampling_weight": "weight"},
    ),
    "single precision": (lambda f: f.astype({"age": "float32", "land": "float32", "income": "float32"}), {}),
    "groups of unsigned numbers": (lambda f: f.astype({"group": "uint64"}), {}),
    "groups of text": (lambda f: f.assign(group="grupo " + f["group"].astype(str)), {}),
    "cells of fractions": (lambda f: f.assign(region=f["members"] % 3 + 0.5), {}),
    "cells of true and false": (lambda f: f.assign(region=f["flag"]), {}),
    "an empty text as a cell": (lambda f: f.assign(region=f["region"].replace("chaco", "")), {}),
    "cells named as paths": (lambda f: f.assign(region=f["region"].replace("chaco", "Ñuflo/Chávez=1")), {}),
    "names as those of a query": (
        lambda f: f.rename(
            columns={"age": "edad (años)", "land": 'ha "propia"', "group": "order", "weight": "select; drop"}
        ),
        {"covariates": ["edad (años)", 'ha "propia"'], "cluster": "order", "sampling_weight": "select; drop"},
    ),
    "names as the package's own": (
        lambda f: f.rename(columns={"age": "id", "land": "row", "group": "__index_level_0__"}),
        {"covariates": ["id", "row"], "cluster": "__index_level_0__"},
    ),
    "a cell of one arm": (lambda f: f.assign(treated=f["treated"] & (f["region"] != "chaco")), {}),
}
STORED = {
    "dictionary": lambda column: column.dictionary_encode(),
    "large text": lambda column: column.cast(pa.large_string()),
}


def assert_as_in_memory(folder, frame, roles, stored=None):
    for number, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
        table = pa.Table.from_pandas(frame.iloc[part], preserve_index=False)
        if stored is not None:
            table = table.set_column(
                table.schema.get_field_index("region"), "region", stored(table["region"])
            )
        pq.write_table(table, folder / f"part-{number}.parquet")
    memory = pd.concat([pd.read_parquet(file) for file in sorted(folder.iterdir())], ignore_index=True)
    strategy = im.NearestNeighbor(im.Mahalanobis(), ratio=2, exact=("region",))
    sample = im.Sample(memory, outcomes=["income"], **roles)
    registry = im.RegistrySample(folder, outcomes=["income"], cells=["region"], n_jobs=1, **roles)
    here = im.estimate(im.match(sample, strategy), bias_adjustment="linear").one()
    there = im.registry.estimate(im.registry.match(registry, strategy), bias_adjustment="linear").one()
    for name in (
        "estimate",
        "std_error",
        "control_mean",
        "n_treated",
        "n_control",
        "n_clusters",
        "max_abs_smd",
    ):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_a_type_means_what_it_means_in_memory(tmp_path, name):
    made, roles = CASES[name]
    assert_as_in_memory(tmp_path, made(households()), ROLES | roles)


@pytest.mark.parametrize("name", STORED)
def test_so_does_text_however_it_is_stored(tmp_path, name):
    assert_as_in_memory(tmp_path, households(), ROLES, STORED[name])
