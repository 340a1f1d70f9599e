import dataclasses

import numpy as np
import pytest

from impact.errors import DataError, OptionError
from impact.survey.poverty.change import Wave, growth_and_redistribution
from impact.survey.poverty.indices import fgt
from impact.survey.poverty.line_table import PovertyLines
from impact.survey.poverty.relative_line import MeanLine


def parts(change, column="estimate"):
    return change.frame.set_index("component")[column]


def surveys(seed=3, rows=(400, 500)):
    generator = np.random.default_rng(seed)
    before = np.exp(generator.normal(6.0, 1.0, rows[0]))
    after = np.exp(generator.normal(6.2, 0.8, rows[1]))
    return before, after, generator.integers(0, 40, rows[0]), generator.integers(0, 40, rows[1])


def test_the_shapley_parts_by_hand():
    # before: incomes 40 and 160, mean 100; after: 90 and 210, mean 150; mean gaps at a line of 100:
    # P(100, L0) = .6/2; P(150, L0), incomes 60 and 240: .4/2; P(100, L1), 60 and 140: .4/2; P(150, L1) = .1/2
    result = parts(growth_and_redistribution(Wave([40.0, 160.0]), Wave([90.0, 210.0]), 100.0, alpha=1))
    assert result[["before", "after", "change"]].tolist() == pytest.approx([0.30, 0.05, -0.25])
    assert result["growth"] == pytest.approx(0.5 * (0.20 - 0.30) + 0.5 * (0.05 - 0.20))
    assert result["redistribution"] == pytest.approx(0.5 * (0.20 - 0.30) + 0.5 * (0.05 - 0.20))
    assert result["growth, distribution before"] == pytest.approx(-0.10)
    assert result["redistribution, mean before"] == pytest.approx(-0.10)
    assert result["residual"] == pytest.approx(-0.05)


@pytest.mark.parametrize("alpha", [0, 1, 2])
def test_parts_add_up_and_a_scaled_distribution_is_growth_alone(alpha):
    before, after, *_ = surveys()
    result = parts(growth_and_redistribution(Wave(before), Wave(after), 400.0, alpha))
    assert result["growth"] + result["redistribution"] == pytest.approx(result["change"], abs=1e-14)
    datt_ravallion = result[["growth, distribution before", "redistribution, mean before", "residual"]]
    assert datt_ravallion.sum() == pytest.approx(result["change"], abs=1e-14)
    scaled = parts(growth_and_redistribution(Wave(before), Wave(before * 2), 400.0, alpha))
    assert scaled["redistribution"] == pytest.approx(0, abs=1e-14)
    assert scaled["growth"] == pytest.approx(scaled["change"], abs=1e-14)
    assert scaled["growth"] < -0.05


def test_rates_and_their_errors_are_those_of_fgt():
    before, after, cluster_before, cluster_after = surveys()
    waves = Wave(before, cluster=cluster_before), Wave(after, cluster=cluster_after)
    change = growth_and_redistribution(*waves, 400.0, alpha=1)
    for component, income, cluster in (("before", before, cluster_before), ("after", after, cluster_after)):
        alone = fgt(income, 400.0, 1, cluster=cluster).frame.iloc[0]
        assert parts(change)[component] == pytest.approx(alone["estimate"], rel=1e-13)
        assert parts(change, "std_error")[component] == pytest.approx(alone["std_error"], rel=1e-12)
    errors = parts(change, "std_error")
    assert errors["change"] == pytest.approx(np.hypot(errors["before"], errors["after"]), rel=1e-12)


def test_a_panel_of_the_same_rows_has_no_error_in_a_change_of_nothing():
    before, *_ = surveys()
    household = np.arange(len(before))
    panel = growth_and_redistribution(
        Wave(before, cluster=household), Wave(before, cluster=household), 400.0, alpha=1, same_clusters=True
    )
    assert parts(panel, "std_error")["change"] == pytest.approx(0, abs=1e-9)
    apart = growth_and_redistribution(Wave(before), Wave(before), 400.0, alpha=1)
    assert parts(apart, "std_error")["change"] > 0.01


@pytest.mark.parametrize("alpha", [1, 2])
def test_standard_errors_come_from_the_derivatives_by_weight(alpha):
    before, after, *_ = surveys(rows=(40, 50))

    def components(weights):
        waves = Wave(before, weights[:40]), Wave(after, weights[40:])
        return parts(growth_and_redistribution(*waves, 400.0, alpha)).to_numpy()

    weights = np.random.default_rng(5).uniform(1, 4, 90)
    derivatives = np.empty((90, 8))
    for row in range(90):
        step = np.zeros(90)
        step[row] = 1e-5
        derivatives[row] = weights[row] * (components(weights + step) - components(weights - step)) / 2e-5
    variance = sum(len(wave) * wave.var(axis=0, ddof=1) for wave in (derivatives[:40], derivatives[40:]))
    waves = Wave(before, weights[:40]), Wave(after, weights[40:])
    ours = parts(growth_and_redistribution(*waves, 400.0, alpha), "std_error")
    np.testing.assert_allclose(ours, np.sqrt(variance), rtol=1e-6)


def test_each_wave_may_have_the_line_of_its_own_prices():
    before, after, *_ = surveys()
    common = parts(growth_and_redistribution(Wave(before), Wave(after), 400.0))
    own = parts(growth_and_redistribution(Wave(before, line=400.0), Wave(after * 3, line=1200.0)))
    assert own.to_numpy() == pytest.approx(common.to_numpy(), abs=1e-12)


def test_what_cannot_be_compared_is_refused():
    before, after, *_ = surveys()
    lines = [PovertyLines.published().line("moderate", "rural", year) for year in (2014, 2019)]
    with pytest.raises(DataError, match="must have one vintage"):
        growth_and_redistribution(Wave(before, line=lines[0]), Wave(after, line=lines[1]))
    one_vintage = dataclasses.replace(lines[1], value=580.0, period="2014")
    compared = growth_and_redistribution(Wave(before, line=one_vintage), Wave(after, line=lines[1]))
    assert compared.frame[["line_before", "line_after", "line_status"]].iloc[0].tolist() == [
        580,
        668.10,
        "official",
    ]
    assert "SYNTHETIC" in repr(growth_and_redistribution(Wave(before), Wave(after), lines[0]))
    with pytest.raises(OptionError, match="line must be absolute"):
        growth_and_redistribution(Wave(before), Wave(after), MeanLine(0.5))
    with pytest.raises(OptionError, match=r"wave before must have one line.*got none"):
        growth_and_redistribution(Wave(before), Wave(after))
    with pytest.raises(OptionError, match="got both"):
        growth_and_redistribution(Wave(before, line=1.0), Wave(after), 400.0)
    with pytest.raises(OptionError, match="same_clusters=True needs cluster in both"):
        growth_and_redistribution(Wave(before), Wave(after), 400.0, same_clusters=True)
    with pytest.raises(DataError, match="mean income above 0"):
        growth_and_redistribution(Wave([-5.0, 1.0]), Wave(after), 400.0)
