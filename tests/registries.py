"""Registries for tests: a table of households, and the same rows in Parquet files, in any number and order."""

from pathlib import Path

import numpy as np
import pandas as pd

import impact as im

COVARIATES = ["age", "land", "kind"]
ROLES = {"treatment": "treated", "covariates": COVARIATES, "outcomes": ["income", "assets"]}
CELLS = ("region", "product")


def households(rows=900, seed=0, groups=30):
    """Return households whose groups span regions; no two share a value of a continuous covariate."""
    draw = np.random.default_rng(seed)
    group = draw.integers(0, groups, rows)
    age, land = draw.normal(40, 10, rows), draw.exponential(2, rows)
    kind = np.array(["own", "rented", "shared"])[draw.integers(0, 3, rows)]
    index = -0.9 + 0.03 * (age - 40) + 0.2 * (land - 2) + 0.3 * (kind == "own")
    treated = (draw.random(rows) < 1 / (1 + np.exp(-index))).astype(np.int64)
    shift = draw.normal(size=groups)[group]
    return pd.DataFrame(
        {
            "household": np.arange(rows) * 7 + 3,
            "treated": treated,
            "age": age,
            "land": land,
            "kind": kind,
            "region": np.array(["altiplano", "chaco", "valle"])[draw.integers(0, 3, rows)],
            "product": draw.integers(1, 3, rows),
            "group": group,
            "weight": draw.uniform(0.5, 2.0, rows),
            "size": draw.integers(1, 8, rows).astype(np.float64),
            "income": 100 + 2 * age + 5 * land + 30 * treated + 8 * shift + 10 * draw.normal(size=rows),
            "assets": np.exp(3 + 0.02 * age + 0.2 * treated + 0.4 * draw.normal(size=rows)),
            "income_before": 90 + 2 * age + 9 * draw.normal(size=rows),
        }
    )


def in_files(frame, folder, files=4, seed=0):
    """Write the rows to Parquet files, each a random part in a random order; return the folder."""
    draw = np.random.default_rng(seed)
    shuffled = frame.iloc[draw.permutation(len(frame))]
    cuts = np.sort(draw.integers(0, len(frame) + 1, files - 1))
    for number, rows in enumerate(np.split(np.arange(len(frame)), cuts)):
        shuffled.iloc[rows].to_parquet(Path(folder) / f"part-{number:03d}.parquet", index=False)
    return Path(folder)


def both(frame, folder, files=4, seed=0, **roles):
    """Return the same rows as a sample in memory and as a registry."""
    registry_only = {key: roles.pop(key) for key in ("cells", "further", "n_jobs", "scratch") if key in roles}
    given = ROLES | roles
    written = in_files(frame, folder, files, seed)
    memory = im.Sample(frame.set_index("household", drop=False), **given)
    return memory, im.RegistrySample(written, **given, **({"cells": CELLS} | registry_only))


def assert_same_table(one, other, rtol=1e-10):
    """Hold two tables together: numbers to the tolerance, everything else exactly."""
    assert list(one) == list(other)
    for name in one:
        if one[name].dtype.kind in "fiu":
            np.testing.assert_allclose(
                other[name].to_numpy(), one[name].to_numpy(), rtol=rtol, atol=1e-12, err_msg=name
            )
        else:
            assert one[name].astype(str).tolist() == other[name].astype(str).tolist(), name
