"""Family-wise and false-discovery p-values, by hand and against Anderson's own algorithm."""

import numpy as np
import pytest
from statsmodels.stats.multitest import fdrcorrection_twostage

from impact.effects.multiplicity import holm, sharpened_q
from impact.errors import OptionError


def test_holm_by_hand():
    # Ordered .001, .01, .02, .5 times 4, 3, 2, 1, never falling: .004, .03, .04, .5.
    np.testing.assert_allclose(holm([0.02, 0.001, 0.5, 0.01]), [0.04, 0.004, 0.5, 0.03])
    np.testing.assert_allclose(holm([0.4, 0.6, 0.5]), [1, 1, 1])


def anderson_2008(p_values):
    """Anderson's Stata code fdr_sharpened_qvalues.do, line by line."""
    number = len(p_values)
    order = np.argsort(p_values, kind="stable")
    pval, rank = np.asarray(p_values)[order], np.arange(1, number + 1)
    bky06_qval, qval = np.ones(number), 1.0
    while qval > 0:
        qval_adj = qval / (1 + qval)
        fdr_temp1 = qval_adj * rank / number
        total_rejected1 = int(np.max(np.where(fdr_temp1 >= pval, rank, 0)))
        if total_rejected1 == number:
            total_rejected2 = number  # Stata divides by zero: missing, which is larger than every p-value
        else:
            qval_2st = qval_adj * (number / (number - total_rejected1))
            total_rejected2 = int(np.max(np.where(qval_2st * rank / number >= pval, rank, 0)))
        bky06_qval[rank <= total_rejected2] = qval
        qval = round(qval - 0.001, 3)
    result = np.empty(number)
    result[order] = bky06_qval
    return result


@pytest.mark.parametrize("seed", range(6))
def test_sharpened_q_values_are_andersons(seed):
    p_values = np.random.default_rng(seed).beta(0.3 + 0.2 * seed, 1, size=12)
    np.testing.assert_allclose(sharpened_q(p_values), anderson_2008(p_values), atol=1e-12)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_a_q_value_below_a_level_is_a_rejection_of_the_two_stage_procedure_at_it(level):
    p_values = np.random.default_rng(3).beta(0.25, 1, size=20)
    rejected = fdrcorrection_twostage(p_values, alpha=level, method="bky", maxiter=1)[0]
    np.testing.assert_array_equal(sharpened_q(p_values) <= level + 1e-12, rejected)


def test_what_is_not_a_list_of_probabilities_is_refused():
    for wrong in ([1.2, 0.1], [-0.1], [[0.1, 0.2]], [np.nan]):
        for method in (holm, sharpened_q):
            with pytest.raises(OptionError, match="p_values must be a list"):
                method(wrong)
