"""Standard errors that Stata's manual publishes for ``teffects``, to the digits given there.

The data are the 4,642 births of ``cattaneo2``; ``mage2`` is the square of ``mage``.
"""

import impact as im

from .conftest import load_data

STATA = im.AbadieImbens(neighbors=2, convention="stata", estimated_score=True)


def births(**roles):
    covariates = ["mmarried_", "mage", "mage2", "fbaby_", "medu"]
    return im.Sample(
        load_data("cattaneo2"), treatment="mbsmoke_", covariates=covariates, outcomes=["bweight"], **roles
    )


def test_stata_s_published_standard_error_of_the_ate():
    # teffects psmatch (bweight) (mbsmoke mmarried c.mage##c.mage fbaby medu): -210.9683, robust standard error 32.021.
    matched = im.match(births(), im.NearestNeighbor(im.PropensityScore()), "ATE")
    effect = im.estimate(matched, variance=STATA).one("bweight")
    assert round(effect.estimate, 4) == -210.9683
    assert round(effect.std_error, 3) == 32.021
    assert effect.variance == "Abadie-Imbens (J=2, stata, population, estimated score)"
