"""Placebos pass where nothing can be and fail where something is; the power of a locked design is that of a simulation on its weights."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.surveys import groups_in_turn, sample_of


def placebo_survey(groups=80, hidden=0.0):
    """Groups of eight; what is hidden moves the treated already before the programme."""
    frame = groups_in_turn(groups, 8, effect=1.0)
    return frame.assign(before=frame["before"] + hidden * frame["treated"])


sample = partial(sample_of, covariates=["x"])
KERNEL = im.Specification("kernel", im.Kernel(im.Mahalanobis(), bandwidth="auto"), "linear")


def test_a_placebo_outcome_passes_without_and_fails_with_hidden_selection():
    clean, dirty = (
        im.placebo_outcomes(
            im.match(sample(placebo_survey(hidden=hidden)), KERNEL.strategy), ["before"], "linear"
        )
        for hidden in (0.0, 2.0)
    )
    assert clean.moved == () and dirty.moved == ("before",)
    assert (
        "The one placebo outcome did not move" in clean.sentence()
        and "la comparación es dudosa" in dirty.sentence("es")
    )
    matched = im.match(sample(placebo_survey()), KERNEL.strategy)
    effect = im.estimate(matched, ["before"], bias_adjustment="linear").effects[0]
    assert clean.frame["estimate"][0] == pytest.approx(effect.estimate)
    assert clean.frame["std_error"][0] == pytest.approx(effect.std_error)


def test_what_the_design_matched_on_is_no_placebo():
    with pytest.raises(im.OptionError, match="which the design used to match"):
        im.placebo_outcomes(im.match(sample(placebo_survey()), KERNEL.strategy), ["x"])


def test_placebo_treatments_among_controls_find_nothing_on_average():
    found = im.placebo_treatment(sample(placebo_survey()), KERNEL, within="region", replications=40, seed=1)
    row = found.frame.iloc[0]
    assert abs(row["mean_estimate"]) < 3 * row["sd_estimate"] / np.sqrt(row["replications"]) + 0.02
    assert row["share_significant"] <= row["most_by_chance"] and row["failed"] == 0
    assert row["mean_std_error"] == pytest.approx(row["sd_estimate"], rel=0.35)
    assert "divididos al azar 40 veces" in found.sentence(language="es")


def test_placebo_treatments_do_not_depend_on_the_order_of_rows():
    frame = placebo_survey(groups=40)
    one, other = (
        im.placebo_treatment(sample(table), KERNEL, replications=3, seed=4).draws
        for table in (frame, frame.sample(frac=1, random_state=0))
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-8)


def test_impossible_placebo_treatments_are_named():
    with pytest.raises(im.DataError, match="at least 8 control groups"):
        im.placebo_treatment(sample(placebo_survey(groups=10)), KERNEL)
    with pytest.raises(im.DataError, match="must not vary inside a group"):
        im.placebo_treatment(sample(placebo_survey()), KERNEL, within="x")


def test_power_of_a_design_is_the_variance_of_its_own_weights():
    frame = placebo_survey(groups=60)
    matched = im.match(
        sample(frame).with_frame(frame, outcomes=()), im.NearestNeighbor(im.Mahalanobis(), ratio=2)
    )
    design = im.power_of_design(matched, icc=[0.3, 0.0], sd=50.0)
    generator, rho = np.random.default_rng(0), 0.3
    weight, treated, group = matched.analysis_weight, matched.sample.treated, frame["group"].to_numpy()
    draws = []
    for _ in range(3000):
        y = np.sqrt(rho) * generator.normal(size=60)[group] + np.sqrt(1 - rho) * generator.normal(
            size=len(frame)
        )
        draws.append(
            np.average(y[treated], weights=weight[treated])
            - np.average(y[~treated], weights=weight[~treated])
        )
    counted = np.sqrt(30 / 29)  # about: the finite number of groups of each arm
    assert design.frame["std_error_sd"][0] == pytest.approx(np.std(draws) * counted, rel=0.05)
    assert design.frame["mde"][0] == pytest.approx(50 * design.frame["mde_sd"][0])
    assert design.frame["mde_sd"][1] < design.frame["mde_sd"][0]
    assert "este diseño detecta un efecto" in design.sentence("es")


@pytest.mark.parametrize("options", [{"icc": 1.0}, {"icc": -0.1}, {"r2": 1.0}, {"power": 1.2}, {"sd": 0}])
def test_impossible_assumptions_are_refused(options):
    matched = im.match(sample(placebo_survey(groups=20)), KERNEL.strategy)
    with pytest.raises(im.OptionError):
        im.power_of_design(matched, **options)
