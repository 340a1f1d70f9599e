"""A survey of 90 organisations drawn from the sample twin, with a planted effect of 150 Bs on everybody treated."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import impact as im
from impact.robustness.sample_twin import SampleTwin

PLANTED = 150.0
_COLUMNS = {
    "group_id": "organizacion",
    "treated": "beneficiario",
    "region": "region",
    "head_age": "edad",
    "hh_size_pre": "miembros_antes",
    "assets_pre": "activos",
    "travel_time_market": "viaje",
    "income_pc_month": "ingreso",
    "area_cultivated": "tierra",
}
_REGIONS = {"Norte": "Norte", "Tropico": "Trópico", "Valles": "Valles", "Chaco": "Chaco"}
CONFIGURATION = """
language = "{language}"
{top}
[data]
file = "{file}"
{data}
[roles]
treatment = "beneficiario"
covariates = ["region", "edad", "miembros_antes", "activos", "viaje"]
cluster = "organizacion"
id = "hogar"
group_assigned = true
[[outcomes]]
column = "ingreso"
unit = "{unit}"
{outcomes}
[[strategies]]
name = "Vecino"
type = "nearest neighbor"
distance = "propensity score"
"""


@cache
def _drawn() -> pd.DataFrame:
    survey = im.synthetic.rural_alliances(11, groups=90)
    roles = survey.roles() | {
        "covariates": ["region", "head_age", "hh_size_pre", "assets_pre", "travel_time_market"],
        "outcomes": ["income_pc_month", "area_cultivated"],
        "sampling_weight": None,
    }
    trial = SampleTwin(im.Sample(survey.household, **roles), {}).draw(5)
    frame = trial.sample.frame[list(_COLUMNS)].rename(columns=_COLUMNS).reset_index(drop=True)
    treated = trial.sample.treated
    return frame.assign(
        hogar=[f"H-{k:04d}" for k in range(len(frame))],
        organizacion=[f"O-{int(k):02d}" for k in frame["organizacion"]],
        beneficiario=treated.astype(int),
        region=frame["region"].astype(str).map(_REGIONS),
        ingreso=(trial.untreated[:, 0] + PLANTED * treated).round(2),
        tierra=frame["tierra"].astype(float).round(2),
        viaje=frame["viaje"].astype(float).round(2),
        activos=frame["activos"].astype(float).round(4),
    )


def ninety() -> pd.DataFrame:
    """Return the households of 90 organisations, as a tidy text file would hold them."""
    return _drawn().copy()


def written(
    folder: Path, frame: pd.DataFrame, language: str = "en", suffix: str = "csv", **more: str
) -> Path:
    """Write the survey and its configuration; ``top``, ``data`` and ``outcomes`` are lines of the file, ``unit`` that of the income."""
    file = folder / f"encuesta.{suffix}"
    frame.to_csv(file, index=False) if suffix == "csv" else frame.to_excel(file, index=False)
    path = folder / "evaluation.toml"
    lines = {"top": "", "data": "", "outcomes": "", "unit": "Bs"} | more
    path.write_text(CONFIGURATION.format(file=file.name, language=language, **lines), encoding="utf-8")
    return path


def put(
    frame: pd.DataFrame, column: str, rows: int, value: object, first: int = 7, step: int = 11
) -> pd.DataFrame:
    """Return the survey with ``value`` in some cells of a column, spread over it."""
    changed = frame.astype({column: object})
    changed.loc[np.arange(rows) * step + first, column] = value
    return changed
