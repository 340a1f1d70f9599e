"""The propensity score against R's glm and statsmodels.

R stopped at a relative change of 1e-12 in the deviance; both are maxima of a concave likelihood, so
coefficients, standard errors and fitted values are held to 1e-6 relative (as far as R's stopping rule
carries). statsmodels is driven to its own convergence and held to 1e-10.
"""

import numpy as np
import pytest
import statsmodels.api as sm

import impact as im
from tests.reference.cases import ROLES, data_name, load_cases, load_sample

CASES = sorted(load_cases("glm"))


@pytest.mark.parametrize("case_id", CASES)
def test_coefficients_and_standard_errors_are_those_of_r(case_id):
    case = load_cases("glm")[case_id]
    expected = case["results"]
    fitted = im.PropensityScore(link=case["settings"]["link"]).fit(load_sample(data_name(case)))
    table = fitted.coefficients
    assert len(table) == len(expected["terms"]) >= 8
    np.testing.assert_allclose(table["coefficient"], expected["coef"], rtol=1e-6)
    np.testing.assert_allclose(table["std_error"], expected["se"], rtol=1e-6)
    np.testing.assert_allclose(fitted.probability.iloc[:10], expected["fitted_first10"], rtol=1e-6)
    np.testing.assert_allclose(fitted.linear_predictor.iloc[:10], expected["linpred_first10"], rtol=1e-6)
    assert fitted.fit.log_likelihood == pytest.approx(expected["loglik"], rel=1e-10)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("name", ["lalonde614", "synth4000", "cattaneo2"])
def test_the_lean_fit_is_the_one_of_statsmodels(name, link):
    sample = load_sample(name)
    fitted = im.PropensityScore(link=link).fit(sample)
    links = {
        "logit": sm.families.links.Logit,
        "probit": sm.families.links.Probit,
        "cloglog": sm.families.links.CLogLog,
    }
    standard = (sample.matrix - sample.matrix.mean()) / sample.matrix.std(
        ddof=0
    )  # well-conditioned, so that 1e-10 is attainable
    model = sm.GLM(
        sample.treated.astype(float), sm.add_constant(standard), family=sm.families.Binomial(links[link]())
    )
    peer = model.fit(tol=1e-14, tol_criterion="params", maxiter=200)
    slopes = fitted.coefficients.iloc[1:].set_index("term")
    scale = sample.matrix.std(ddof=0)
    np.testing.assert_allclose(slopes["coefficient"] * scale, peer.params.iloc[1:], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(slopes["std_error"] * scale, peer.bse.iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(fitted.probability, peer.fittedvalues, rtol=0, atol=1e-11)


def test_every_data_set_has_a_case():
    assert {data_name(load_cases("glm")[case]) for case in CASES} == set(ROLES)


def test_sampling_weights_weight_the_likelihood():
    weighted = load_sample("synth4000", sampling_weight="sw")
    fitted = im.PropensityScore().fit(weighted)
    design = sm.add_constant(weighted.matrix)
    peer = sm.GLM(
        weighted.treated.astype(float),
        design,
        family=sm.families.Binomial(),
        freq_weights=weighted.frame["sw"].to_numpy(),
    ).fit(tol=1e-14, tol_criterion="params")
    np.testing.assert_allclose(fitted.coefficients["coefficient"], peer.params, rtol=1e-8)
