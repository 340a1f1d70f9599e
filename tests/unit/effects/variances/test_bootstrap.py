"""The bootstrap by group: what a draw is, near what it comes, what it refuses."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.estimate import estimations
from impact.effects.variances.bootstrap import Bootstrap
from impact.effects.variances.redrawn.redraws import RedrawnSurveys


@pytest.fixture(scope="module")
def matched():
    survey = im.synthetic.rural_alliances(11, groups=100)
    outcomes = ["income_labour", "area_cultivated"]
    sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": outcomes}))
    return im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.15))


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
@pytest.mark.parametrize(
    "strategy", [None, im.NearestNeighbor(im.PropensityScore())], ids=["kernel", "nearest"]
)
@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_a_draw_is_the_estimate_on_the_redrawn_survey(matched, adjustment, strategy):
    matched = matched if strategy is None else im.match(matched.sample, strategy)
    _, estimation = next(estimations(matched, None, adjustment))
    redrawn = RedrawnSurveys.of(estimation)
    means = redrawn.means(5, 0)
    # The same draw written out as rows: a group drawn twice stands there twice, as two groups.
    generator = np.random.default_rng(np.random.SeedSequence([5, 0]))
    parts = []
    frame = matched.sample.frame.assign(code=estimation.groups)
    for groups in redrawn.groups.strata:
        chosen = groups[generator.integers(0, len(groups), len(groups))]
        parts += [frame[frame["code"] == code].assign(copy=len(parts) + k) for k, code in enumerate(chosen)]
    rows = pd.concat(parts, ignore_index=True)
    roles = {
        "treatment": "treated",
        "covariates": matched.sample.covariates,
        "outcomes": ["income_labour", "area_cultivated"],
    }
    again = im.match(im.Sample(rows, **roles, cluster="copy", sampling_weight="weight"), matched.strategy)
    effects = im.estimate(again, bias_adjustment=adjustment)
    assert means[0] - means[1] == pytest.approx([effect.estimate for effect in effects], rel=1e-6)
    assert means[1] == pytest.approx([effect.control_mean for effect in effects], rel=1e-6)


def test_it_comes_near_the_linearised_standard_error_and_repeats(matched):
    boot = im.estimate(matched, variance=Bootstrap(199, 1), bias_adjustment="linear")
    plain = im.estimate(matched, bias_adjustment="linear")
    for effect in boot:
        # 199 draws tell an SD to 5 %; leave-out residuals are a few per cent cautious.
        assert effect.std_error == pytest.approx(plain.one(effect.outcome).std_error, rel=0.25)
        assert (
            effect.variance == "bootstrap by group (199 draws, 1 failed), t" and effect.seed == 1
        )  # a separated score
    again = im.estimate(matched, variance=Bootstrap(199, 1, n_jobs=2), bias_adjustment="linear")
    assert [effect.std_error for effect in again] == pytest.approx(
        [effect.std_error for effect in boot], rel=1e-9
    )


def test_nearest_neighbours_are_refused_with_the_alternative(matched):
    nearest = im.match(matched.sample, im.NearestNeighbor(im.PropensityScore()))
    with pytest.raises(im.OptionError, match=r"not a smooth function .* Use im\.WildBootstrap\(\)"):
        im.estimate(nearest, variance=Bootstrap())
