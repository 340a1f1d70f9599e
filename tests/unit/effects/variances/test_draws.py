"""Units as draws of their own: the same errors as sums by group whose groups are the units."""

from dataclasses import replace

import numpy as np
import pytest

from impact.effects.arm_means.linearization import Linearization
from impact.effects.variances.cluster_robust import all_terms
from impact.effects.variances.sums.draws import Draws
from impact.effects.variances.sums.group_sums import Ways, with_weight


@pytest.fixture(params=[50, 20_000], ids=["few rows", "rows of several parts"])
def linear(request):
    generator = np.random.default_rng(5)
    number = request.param
    treated = generator.random(number) < 0.4
    active = generator.random(number) < 0.7
    carried = active[:, None] * generator.normal(size=(2, number, 2)) ** 3
    carried[0, 3] = 5.0  # contributes without weight
    return Linearization(
        mean_treated=np.array([3.0, 5.0]),
        mean_control=np.array([2.0, 4.0]),
        psi_treated=carried[0],
        psi_control=carried[1],
        size=float(number),
        treatment=treated,
        active=active,
        pooled=False,
    )


@pytest.mark.parametrize("pooled", [False, True])
def test_errors_by_unit_are_those_of_groups_of_one(linear, pooled):
    linear = replace(linear, pooled=pooled)
    draws = Draws.by_unit(linear, all_terms, np.ones(len(linear.active)))
    units = np.arange(len(linear.active))
    by_group = Ways(units).of(linear, all_terms(linear))
    for found, expected in zip(draws.variances(pooled), by_group.variances(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(
        draws.freedom_of_independent_sums(pooled), by_group.freedom_of_independent_sums(), rtol=1e-12
    )
    one = Draws.of(
        all_terms(linear) / linear.size, with_weight(linear), linear.treatment, np.ones(len(units)), units
    )
    np.testing.assert_allclose(one.squares, draws.squares, rtol=1e-12)
    assert (one.count == draws.count).all() and not draws.alone(pooled)


def test_an_arm_whose_weight_is_one_unit_s_cannot_tell_its_error(linear):
    weight = linear.active.astype(float)
    weight[linear.treatment] = 0.0
    weight[np.flatnonzero(linear.treatment & linear.active)[0]] = 1.0
    assert Draws.by_unit(linear, all_terms, weight).alone(False)
