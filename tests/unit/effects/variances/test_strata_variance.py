"""Unadjusted errors within strata: the textbook variance of a stratified comparison."""

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")


def survey_by_level(seed=1, number=200):
    generator = np.random.default_rng(seed)
    level = generator.integers(0, 4, number)
    treated = generator.random(number) < 0.25 + 0.1 * level
    outcome = 3 * level**2 + treated * (1 + level) + generator.normal(size=number)
    return pd.DataFrame(
        {"treated": treated, "level": level.astype(float), "y": outcome, "group": np.arange(number) // 4}
    )


@pytest.mark.parametrize(
    "strategy",
    [
        im.Exact(),
        im.CoarsenedExact({"level": [0.5, 1.5, 2.5]}),
        im.Subclassification(im.PropensityScore(), 4),
    ],
)
def test_the_error_is_neymans_within_strata_plus_what_effects_differ_between_them(strategy):
    frame = survey_by_level()
    matched = im.match(im.Sample(frame, "treated", ["level"], ["y"]), strategy)
    effect = im.estimate(matched, variance=im.ClusterRobust(im.InSample())).one()
    # τ̂ = Σ p_s τ̂_s over strata s with shares p_s = n1s / n1
    total, treated, controls = 0.0, frame["treated"], (~frame["treated"]).sum()
    number = treated.sum()
    for _, part in frame.groupby(matched.subclass.to_numpy()):
        own, other = part.loc[part["treated"], "y"], part.loc[~part["treated"], "y"]
        gap = own.mean() - other.mean() - effect.estimate
        total += number / (number - 1) * (((own - own.mean()) ** 2).sum() + len(own) * gap**2) / number**2
        total += controls / (controls - 1) * len(own) ** 2 * other.var(ddof=0) / len(other) / number**2
    assert effect.std_error == pytest.approx(np.sqrt(total), rel=1e-9)
    assert effect.variance.startswith("linearised unit-level")


def test_groups_within_strata_are_the_clusters():
    frame = survey_by_level()
    frame["treated"] = frame.groupby("group")["treated"].transform("first")
    matched = im.match(im.Sample(frame, "treated", ["level"], ["y"], cluster="group"), im.Exact())
    effect = im.estimate(matched).one()
    assert effect.variance.startswith("linearised by group, bias-reduced (CR2)")


def test_a_control_alone_in_its_stratum_borrows_from_the_covariates():
    frame = survey_by_level()
    frame.loc[frame["level"].eq(3) & ~frame["treated"], "level"] = 2.0
    frame.loc[frame.index[~frame["treated"]][0], "level"] = 3.0
    alone = frame.index[~frame["treated"] & frame["level"].eq(3)]
    assert len(alone) == 1
    errors = []
    for far in (1e4, 2e4):
        moved = frame.assign(y=frame["y"].mask(frame.index.isin(alone), far))
        errors.append(
            im.estimate(im.match(im.Sample(moved, "treated", ["level"], ["y"]), im.Exact())).one().std_error
        )
    # the control's share of the weight times how far it lies from what the others predict; its own mean would predict itself
    weight = frame.loc[frame["level"].eq(3), "treated"].sum() / frame["treated"].sum()
    # (arms are centred, so that it counts against the arm's mean)
    assert errors[1] - errors[0] == pytest.approx(1e4 * weight * (1 - weight), rel=0.05)
