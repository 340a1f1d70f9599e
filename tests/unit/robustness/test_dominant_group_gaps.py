"""A group's share of the answer stands for the units that have the outcome."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.robustness.dominant_group import group_shares


def test_units_without_the_outcome_leave_the_shares():
    generator = np.random.default_rng(1)
    row = np.arange(400)
    frame = pd.DataFrame({"treated": row // 5 % 2, "group": row // 5, "age": generator.normal(size=400)})
    frame["income"] = 100 + frame["age"] + generator.normal(size=400)
    frame.loc[[3, 17, 240], "income"] = np.nan
    sample = im.Sample(
        frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group", missing="drop"
    )
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
    shares = group_shares(matched, sample.outcomes[0], None)
    assert shares["variance_share"].sum() == pytest.approx(1)
    assert shares.groupby("treated")["weight_share"].sum().tolist() == pytest.approx([1, 1])
    assert (
        shares.loc[shares["treated"].astype(bool), "units"].sum()
        == im.estimate(matched).one("income").n_treated
    )
