"""Rosenbaum's bounds by hand, on pairs of groups, and refused where pairs are not disjoint."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impact as im


def test_signed_ranks_by_hand():
    # ranks 1, 2, 3, 4 of |d|; T = 1 + 3 + 4 = 8; at Γ = 2: E = 2/3 · 10, V = 2/9 · 30
    found = im.rosenbaum_bounds([1.0, -2.0, 3.0, 4.0], [2.0]).frame.iloc[0]
    z_upper, z_lower = (8 - 20 / 3) / np.sqrt(60 / 9), (8 - 10 / 3) / np.sqrt(60 / 9)
    from scipy.stats import norm

    assert found["p_upper"] == pytest.approx(norm.sf(z_upper), rel=1e-12)
    assert found["p_lower"] == pytest.approx(norm.sf(z_lower), rel=1e-12)


def test_zeros_are_ranked_but_not_scored():
    # |d| = 0, 0, 5, 7: ranks 1.5, 1.5, 3, 4, scores 0, 0, 3, 4; without the zeros the ranks are 1, 2
    ranked, dropped = (
        im.rosenbaum_bounds([0.0, 0.0, 5.0, -7.0], [1.0], statistic=im.SignedRank(zeros)).frame["p_upper"][0]
        for zeros in ("ranked", "dropped")
    )
    from scipy.stats import norm

    assert ranked == pytest.approx(norm.sf((3 - 3.5) / np.sqrt(25 / 4)), rel=1e-12)
    assert dropped == pytest.approx(norm.sf((1 - 1.5) / np.sqrt(5 / 4)), rel=1e-12)


def test_the_bound_is_the_worst_of_all_assignments():
    """With few pairs: the exact upper p-value of the sign test is the largest over all biased assignments."""
    differences, gamma = np.array([1.0, -2.0, 3.0, 4.0, 5.0]), 1.5
    observed = (differences > 0).sum()
    worst = 0.0
    for chances in product([1 / (1 + gamma), gamma / (1 + gamma)], repeat=5):
        p = 0.0
        for signs in product([0, 1], repeat=5):
            if sum(signs) >= observed:
                p += np.prod([c if s else 1 - c for s, c in zip(signs, chances, strict=True)])
        worst = max(worst, p)
    found = im.rosenbaum_bounds(differences, [gamma], statistic=im.SignTest())
    assert found.frame["p_upper"][0] == pytest.approx(worst, rel=1e-12)


def walsh(values):
    values = np.asarray(values)
    return np.sort([(values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values))])


@given(st.lists(st.integers(-40, 40), min_size=2, max_size=25), st.floats(0.1, 0.9))
def test_walsh_quantiles_are_those_of_the_averages(values, share):
    from impact.robustness.sensitivity.pair_statistics import walsh_quantile

    found = walsh_quantile(np.sort(np.array(values, dtype=float)), share)
    expected = np.quantile(walsh(values), share, method="averaged_inverted_cdf")
    assert found == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=30).filter(any), st.floats(1, 4), st.floats(0, 2))
def test_a_larger_gamma_widens_every_bound(values, gamma, more):
    frame = im.rosenbaum_bounds(
        np.array(values, dtype=float), [gamma, gamma + more], statistic=im.SignedRank()
    ).frame
    first, second = frame.iloc[0], frame.iloc[1]
    assert second["p_lower"] <= first["p_lower"] + 1e-12 and second["p_upper"] >= first["p_upper"] - 1e-12
    assert second["estimate_lower"] <= first["estimate_lower"] + 1e-9
    assert second["estimate_upper"] >= first["estimate_upper"] - 1e-9


def test_gamma_lost_is_where_the_upper_bound_is_alpha():
    differences = np.random.default_rng(0).normal(0.6, 1, 120)
    bounds = im.rosenbaum_bounds(differences)
    at = im.rosenbaum_bounds(differences, [bounds.gamma_lost]).frame["p_upper"][0]
    assert at == pytest.approx(0.05, abs=1e-9)
    assert np.isnan(im.rosenbaum_bounds(-differences).gamma_lost)
    assert im.rosenbaum_bounds(-differences, alternative="less").gamma_lost == pytest.approx(
        bounds.gamma_lost
    )
    assert "even without hidden bias" in im.rosenbaum_bounds(-differences).sentence()
    assert "factor oculto" in bounds.sentence("es")


def households(seed=3, groups=40):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 6)
    treated = (group % 4 == 0).astype(int)
    age = generator.normal(size=len(group)) + 0.4 * generator.normal(size=groups)[group]
    income = (
        5 + age + 2 * treated + 0.7 * generator.normal(size=groups)[group] + generator.normal(size=len(group))
    )
    frame = pd.DataFrame({"treated": treated, "age": age, "group": group, "income": income})
    return frame, im.Sample(
        frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group"
    )


def test_under_treatment_by_group_the_pairs_are_of_groups():
    frame, sample = households()
    groups = im.NearestNeighbor(im.Euclidean(), ratio=1, replace=False, order="closest")
    within = im.NearestNeighbor(im.Euclidean(), ratio=1)
    matched = im.match(sample, im.GroupFirst(groups, within))
    bounds = im.rosenbaum_bounds(matched, [1.0, 1.5])
    pairs = matched.pairs.assign(
        difference=lambda p: (
            frame.loc[p["treated"], "income"].to_numpy() - frame.loc[p["control"], "income"].to_numpy()
        ),
        group=lambda p: frame.loc[p["treated"], "group"].to_numpy(),
    )
    by_hand = im.rosenbaum_bounds(pairs.groupby("group")["difference"].mean().to_numpy(), [1.0, 1.5])
    assert bounds.unit == "groups" and bounds.pairs == 10
    pd.testing.assert_frame_equal(bounds.frame, by_hand.frame)


def test_households_of_groups_are_no_independent_pairs():
    _, sample = households()
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=1, replace=False, order="closest"))
    with pytest.raises(im.OptionError, match=r"disjoint pairs of groups.*GroupFirst"):
        im.rosenbaum_bounds(matched)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (im.NearestNeighbor(im.Euclidean(), ratio=1), "with replacement"),
        (im.NearestNeighbor(im.Euclidean(), ratio=2, replace=False, order="closest"), "more than one match"),
        (im.Full(im.Euclidean()), "forms none"),
        (im.InverseProbability(im.PropensityScore()), "forms none"),
    ],
)
def test_matches_that_are_no_disjoint_pairs_are_refused(strategy, message):
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "treated": np.arange(90) % 5 == 0,
            "age": generator.normal(size=90),
            "income": generator.normal(size=90),
        }
    )
    sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    with pytest.raises(im.OptionError, match=message):
        im.rosenbaum_bounds(im.match(sample, strategy))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], [0.5]), "at least 1"),
        (([1.0, 2.0], []), "at least one value"),
        (([1.0, 2.0], [np.inf]), "finite"),
        (([], [1.0]), "one difference per pair"),
    ],
)
def test_impossible_options_are_named(arguments, message):
    with pytest.raises(im.OptionError, match=message):
        im.rosenbaum_bounds(*arguments)


def test_data_that_say_nothing_are_refused():
    with pytest.raises(im.DataError, match="1 of 3 differences are missing"):
        im.rosenbaum_bounds([1.0, np.nan, 2.0])
    with pytest.raises(im.EstimationError, match="No pair differs"):
        im.rosenbaum_bounds([0.0, 0.0])


@pytest.mark.parametrize(
    ("statistic", "spanish"),
    [
        (im.SignedRank(), "rangos con signo, sin los ceros"),
        (im.SignedRank("ranked"), "con los ceros en los rangos"),
        (im.SignTest(), "prueba de signos"),
        (im.McNemar(), "parejas discordantes"),
    ],
)
def test_what_the_bounds_rest_on_is_said_in_spanish_too(statistic, spanish):
    note = im.rosenbaum_bounds([1.0, -1.0, 1.0, 1.0], statistic=statistic, alternative="less").notes[0]
    assert (
        spanish in note.to("es") and "4 pares de unidades" in note.to("es") and "por debajo" in note.to("es")
    )
    assert "below zero" in note
