"""The reference values, read once: the cases of a family, their data sets, and the samples that these make."""

import json
from functools import cache
from pathlib import Path

import pandas as pd

import impact as im

HERE = Path(__file__).parent

ROLES = {
    "lalonde614": ("treat", "re78", ["age", "educ", "race", "married", "nodegree", "re74", "re75"]),
    "nsw_cps": ("treat", "re78", ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]),
    "cattaneo2": (
        "mbsmoke_", "bweight", ["mmarried_", "mage", "mage2", "fbaby_", "medu", "fage", "fedu", "nprenatal", "alcohol"],
    ),
    "synth4000": ("treat", "y", ["x1", "x2", "x3", "x4", "region", "sector"]),
    "lalonde445": ("treat", "re78", ["age", "educ", "black", "hisp", "married", "nodegr", "re74", "re75", "u74", "u75"]),
}  # fmt: skip
LEVELS = {
    "region": ["north", "south", "east", "west"],
    "sector": ["agri", "ind", "serv"],
    "race": ["black", "hispan", "white"],
}


@cache
def load_cases(family):
    """Return the cases of a family, by id."""
    return {
        case["id"]: case
        for case in json.loads((HERE / "values" / f"{family}.json").read_text(encoding="utf-8"))
    }


def load_table(name):
    """Return a data set as it stands in its file."""
    return pd.read_csv(HERE / "data" / f"{name}.csv")


@cache
def load_data(name):
    """Return a data set, its index the reference's row numbers, factors with the reference's base level."""
    frame = load_table(name).set_index("row")
    for column, levels in LEVELS.items():
        if column in frame:
            frame[column] = pd.Categorical(frame[column], levels)
    return frame


@cache
def load_sample(name, covariates=None, **roles):
    """Return a data set as a sample with the reference's treatment, outcome and covariates (or the given ones)."""
    treatment, outcome, standard = ROLES[name]
    return im.Sample(
        load_data(name),
        treatment=treatment,
        covariates=list(covariates or standard),
        outcomes=[outcome],
        **roles,
    )


def data_name(case):
    """Return the name of a case's data set."""
    return Path(case["data"]).stem
