"""Cardinality matching against R's MatchIt 4.7.1 (solver glpk, 60 seconds).

Many selections attain the largest size, so the selection is the solver's choice: its size is not below R's,
and the constraints hold on the reference's own scale.
"""

import numpy as np
import pytest

import impact as im
from impact.design.matching.cardinality import Cardinality
from impact.errors import OverlapWarning
from tests.reference.cases import data_name, load_cases, load_sample

CASES = {name: case for name, case in load_cases("matchit").items() if ".cardinality." in name}


@pytest.mark.parametrize("name", CASES)
def test_size_and_balance(name):
    case = CASES[name]
    sample = load_sample(data_name(case))
    with pytest.warns(OverlapWarning, match="found no comparison"):
        matched = im.match(sample, Cardinality(case["settings"]["tols"]))
    used, treated = matched.weights.to_numpy() > 0, sample.treated
    assert (used & treated).sum() == (used & ~treated).sum() >= case["results"]["weights"]["treated"]["n_pos"]
    balance = case["results"]["balance_all"]
    columns = sample.matrix.copy()
    columns["raceblack"] = (sample.frame["race"] == "black").astype(float)
    for covariate, values in zip(balance["rows"], balance["values"], strict=True):
        row = dict(zip(balance["columns"], values, strict=True))
        spread = (row["Means Treated"] - row["Means Control"]) / row["Std. Mean Diff."]
        means = [columns.loc[used & arm, covariate].mean() for arm in (treated, ~treated)]
        assert abs(np.subtract(*means)) <= case["settings"]["tols"] * spread * (1 + 1e-6), covariate
