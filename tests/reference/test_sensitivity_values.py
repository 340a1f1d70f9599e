"""Rosenbaum bounds as R's rbounds has them, robustness values as sensemakr's: the same formulas, so to rounding.

p-values to 1e-12 and estimates within the step of the peer's grid (pr = 1); sensitivity statistics to 1e-9 relative, the peers' own
least squares on columns of very different size.
"""

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.reference.cases import data_name, load_cases, load_data, load_sample, load_table

MTCARS = [
    21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
    14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4,
    2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424,
    5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78,
    110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215,
    230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109,
    16.46, 17.02, 18.61, 19.44, 17.02, 20.22, 15.84, 20, 22.9, 18.3, 18.9, 17.4, 17.6, 18, 17.98, 17.82,
    17.42, 19.47, 18.52, 19.9, 20.01, 16.87, 17.3, 15.41, 17.05, 18.9, 16.7, 16.9, 14.5, 15.5, 14.6, 18.6,
]  # fmt: skip
"""mpg, wt, hp and qsec of R's mtcars (Motor Trend 1974), car by car."""
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
    waves = load_table("panel_two").pivot(index="household", columns="wave")
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


def test_oster_s_bounds_of_mtcars():
    """mpg on wt with hp and qsec, largest R² .9: δ* 1.15, β* −2.00, R² .75 and .83; regressions written out, δ and β* undo each other."""
    from impact.robustness.sensitivity.oster import OsterMoments

    mpg, wt, hp, qsec = np.array(MTCARS).reshape(4, 32)
    ones = np.ones((32, 1))

    def left(values, design):
        return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]

    controls = np.column_stack([ones, hp, qsec])
    y, x, rest = left(mpg, ones), left(wt, ones), left(wt, controls)
    errors = left(mpg, np.column_stack([controls, wt]))
    short, long = x @ y / (x @ x), rest @ mpg / (rest @ rest)
    r2 = (x @ y) ** 2 / (x @ x) / (y @ y), 1 - errors @ errors / (y @ y)
    variances = (y @ y / 31, x @ x / 31, rest @ rest / 31)
    moments = OsterMoments(short, long, *r2, 0.9, *variances)
    assert [round(float(value), 2) for value in (short, long, *r2)] == [-5.34, -4.36, 0.75, 0.83]
    assert round(moments.selection_for(0.0), 2) == 1.15 and round(moments.effect_at(1.0), 2) == -2.00
    assert moments.selection_for(moments.effect_at(1.0)) == pytest.approx(1.0, rel=1e-9)


def test_oster_s_adjusted_effects_have_the_quantiles_that_bate_publishes():
    """Breastfeeding and the child's IQ (NLSY), README of R's bate (dbasu-umass/bate): its parameters, grid and quantiles.

    ``bate::ovbias(parameters, deltalow=.01, deltahigh=.99, Rhigh=.61, e=.01)`` of ``collect_par(iq_std, BF_months, ...)``.
    """
    from impact.robustness.sensitivity.oster import OsterMoments

    controlled, long_r2 = 0.01740748, 0.255621
    r2_max = np.arange(long_r2, 0.61, 0.01) + 1e-9
    moments = [
        OsterMoments(0.04447926, controlled, 0.04465201, long_r2, most, 0.9900242**2, 4.629618**2, 18.99883)
        for most in r2_max
    ]
    adjusted = np.array([one.effect_at(delta) for one in moments for delta in np.arange(0.01, 1.0, 0.01)])
    points = [0.025, 0.05, 0.5, 0.95, 0.975]
    assert np.quantile(adjusted, points).round(3).tolist() == [-0.021, -0.017, 0.009, 0.017, 0.017]
    assert np.quantile(controlled - adjusted, points).round(3).tolist() == [0.0, 0.0, 0.009, 0.034, 0.039]
