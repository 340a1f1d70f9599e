"""Rosenbaum bounds as R's rbounds has them, robustness values as sensemakr's: the same formulas, so to rounding.

p-values to 1e-12 and estimates within the step of the peer's grid (pr = 1); sensitivity statistics to 1e-9 relative, the peers' own
least squares on columns of very different size.
"""

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.reference.conftest import HERE, data_name, load_cases, load_data, load_sample

OUTCOME = {"lalonde614": "re78", "cattaneo2": "bweight"}


def pair_differences(case):
    values, pairs = load_data(data_name(case))[OUTCOME[data_name(case)]], np.array(case["results"]["pairs"])
    return values.loc[pairs[:, 0]].to_numpy(float) - values.loc[pairs[:, 1]].to_numpy(float)


@pytest.mark.parametrize(("name", "tolerance"), [("rbounds.lalonde614", 1e-12), ("rbounds.cattaneo2", 2e-6)])
def test_signed_rank_bounds_are_psens(name, tolerance):
    """The stored full precision has the variance without ties; cattaneo2 has some, and psens itself, as we, sums squared ranks."""
    case = load_cases("rbounds")[name]
    expected = pd.DataFrame(case["results"]["full_precision"])
    found = im.rosenbaum_bounds(pair_differences(case), expected["Gamma"]).frame
    np.testing.assert_allclose(found["p_lower"], expected["p_lower"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(found["p_upper"], expected["p_upper"], rtol=0, atol=tolerance)
    printed = np.array(case["results"]["psens"]["values"])
    np.testing.assert_allclose(found[["p_lower", "p_upper"]].round(4), printed[:, 1:], atol=1e-9)


@pytest.mark.parametrize(
    ("name", "sign", "pairs"), [("rbounds.lalonde614", 1, 113), ("rbounds.cattaneo2", -1, 400)]
)
def test_hodges_lehmann_bounds_lie_within_a_grid_step_of_hlsens(name, sign, pairs):
    """hlsens starts at wilcox.test's estimate, which drops zeros; beyond Γ = 1 it keeps them, as we do."""
    case = load_cases("rbounds")[name]
    grid = np.array(case["results"]["hlsens"]["values"])[1:]
    found = im.rosenbaum_bounds(sign * pair_differences(case)[:pairs], grid[:, 0]).frame
    np.testing.assert_allclose(found[["estimate_lower", "estimate_upper"]], grid[:, 1:], rtol=0, atol=1.01)


def test_the_estimate_without_bias_is_wilcox_tests_where_zeros_are_dropped():
    """R finds the root of a step function by uniroot: within the step, .5 where the differences' SD is 9,000."""
    case = load_cases("rbounds")["rbounds.lalonde614"]
    differences = pair_differences(case)
    found = im.rosenbaum_bounds(differences[differences != 0], [1.0]).frame
    assert found["estimate_lower"][0] == found["estimate_upper"][0]
    assert found["estimate_lower"][0] == pytest.approx(case["results"]["hodges_lehmann"], abs=0.5)


@pytest.mark.parametrize("name", ["rbounds.binary.nsw_cps", "rbounds.binary.synth4000"])
def test_discordant_pairs_give_the_exact_binomial(name):
    results = load_cases("rbounds")[name]["results"]
    expected = pd.DataFrame(results["exact_formula"])
    first, second = results["n_treated1_control0"], results["n_treated0_control1"]
    found = im.rosenbaum_bounds([1.0] * first + [-1.0] * second + [0.0] * 50, expected["Gamma"])
    assert isinstance(found.statistic, im.McNemar)
    np.testing.assert_allclose(found.frame["p_upper"], expected["p_upper"], rtol=1e-10)
    np.testing.assert_allclose(found.frame["p_lower"], expected["p_lower"], rtol=1e-10)


def sensitivity(case):
    settings = case["settings"]
    if "formula" not in settings:
        return im.confounder_sensitivity(load_sample(data_name(case)), None, [settings["benchmark"]])
    waves = pd.read_csv(HERE / "data" / "panel_two.csv").pivot(index="household", columns="wave")
    frame = waves.xs(1, axis=1, level=1).assign(y_pre=waves["y"][0], change=waves["y"][1] - waves["y"][0])
    outcome, terms = (part.strip() for part in settings["formula"].split("~"))
    covariates = [term.strip() for term in terms.split("+")][1:]
    sample = im.Sample(frame, treatment="treated", covariates=covariates, outcomes=[outcome])
    return im.confounder_sensitivity(sample, outcome, settings["benchmark"], alpha=settings["alpha"])


@pytest.mark.parametrize(
    "name", ["sensemakr.lalonde614", "sensemakr.cattaneo2", "sens.ancova.assets", "sens.change.assets"]
)
def test_robustness_values_and_bounds_are_sensemakrs(name):
    case = load_cases("sensemakr")[name]
    stats = {key.replace(".", "_"): value for key, value in case["results"]["stats"].items()}
    bounds = {key.replace(".", "_"): value for key, value in case["results"]["bounds"].items()}
    found = sensitivity(case)
    for column in ("estimate", "se", "t_statistic", "rv_q", "rv_qa", "r2yd_x", "f2yd_x", "dof"):
        assert found.frame[column][0] == pytest.approx(stats[column], rel=1e-9), column
    assert found.bounds["bound_label"].tolist() == bounds["bound_label"]
    ours = {"adjusted_conf_low": "adjusted_lower_CI", "adjusted_conf_high": "adjusted_upper_CI"}
    for column in ("r2dz_x", "r2yz_dx", "adjusted_estimate", "adjusted_se", *ours):
        expected = np.array(bounds[ours.get(column, column)], dtype=float)
        np.testing.assert_allclose(found.bounds[column], expected, rtol=1e-9, atol=1e-9, err_msg=column)
