"""A covariate's unit and origin change nothing, in whatever is fitted to it beside the four strategies."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.surveys import sample_of

UNITS, GROUP = 480, 6


def land_in_units(factor: float, origin: float) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    group = np.arange(UNITS) // GROUP
    land, age = rng.normal(5.0, 2.0, UNITS), rng.normal(40.0, 9.0, UNITS)
    treated = (group + rng.integers(0, 2, UNITS // GROUP)[group]) % 2
    frame = pd.DataFrame({"group": group, "treated": treated, "age": age})
    frame["assisted"] = (rng.random(UNITS) < 0.5) & (treated == 1)
    frame["paid"] = np.where(treated == 1, rng.uniform(1, 5, UNITS), 0.0)
    frame["income"] = 3 * treated + 2 * land + 0.1 * age + frame["assisted"] + rng.normal(0, 2, UNITS)
    frame["ended"], frame["years"] = rng.random(UNITS) < 0.6, rng.exponential(3, UNITS) + 0.1 * land.clip(0)
    frame["reported"] = rng.random(UNITS) < 1 / (1 + np.exp(5 - land))
    return frame.assign(land=land * factor + origin)


def confounder(frame: pd.DataFrame) -> pd.DataFrame:
    found = im.confounder_sensitivity(sample_of(frame, ["land", "age"]), "income", benchmarks=["land", "age"])
    return pd.concat([found.frame, found.bounds.select_dtypes("number")], axis=1)


def dose(frame: pd.DataFrame) -> pd.DataFrame:
    matched = im.match(sample_of(frame, ["land", "age"]), im.NearestNeighbor(im.PropensityScore()))
    return im.dose_response(matched, "income", "paid").frame


def practice(frame: pd.DataFrame) -> pd.DataFrame:
    return im.mechanism_associations(sample_of(frame, ["land", "age"]), ["income"], ["assisted"]).frame


def transport(frame: pd.DataFrame) -> pd.DataFrame:
    programme = frame[frame["treated"] == 1].nlargest(200, "land")
    strategy = im.NearestNeighbor(im.PropensityScore())
    return im.transported_effects(sample_of(frame, ["land", "age"]), strategy, programme, ["land"]).frame


def hazard(frame: pd.DataFrame) -> pd.DataFrame:
    table = im.hazards(frame, "years", "ended", ["land", "age"], cluster="group").frame
    return table[table["term"] == "age"]


def reporting(frame: pd.DataFrame) -> pd.DataFrame:
    found = im.representativeness(frame, "reported", ["land", "age"])
    weights = im.response_weights(frame, "reported", ["land", "age"])
    return found.frame[["difference", "p_value"]].assign(statistic=found.statistic, largest=weights.max())


@pytest.mark.parametrize("fitted", [confounder, dose, practice, hazard, transport, reporting])
@pytest.mark.parametrize(("factor", "origin"), [(1e-14, 0.0), (1e14, 0.0), (1.0, 1e8)])
def test_unit_and_origin_change_nothing(
    fitted: Callable[[pd.DataFrame], pd.DataFrame], factor: float, origin: float
) -> None:
    """Tolerance: an origin of 1e8 costs eight of sixteen digits of the column."""
    first, again = fitted(land_in_units(1.0, 0.0)), fitted(land_in_units(factor, origin))
    numbers = first.select_dtypes("number").astype(float)
    np.testing.assert_allclose(again[numbers.columns].astype(float), numbers, rtol=1e-6, atol=1e-7)
