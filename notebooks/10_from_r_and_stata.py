# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From R and Stata: the same numbers, line by line
#
# Each section names a call in R or Stata and the value it printed, and makes the same number here. The data are public: the 445 people of the National Supported Work
# experiment (`Matching::lalonde`, the package causaldata). The complete list, with tolerances, is `tests/reference`; where two packages disagree, `docs/reference_findings.md` says which is right.

# %%
# %matplotlib inline
import numpy as np
import pandas as pd
from causaldata import nsw_mixtape

import impact as im

nsw = nsw_mixtape.load_pandas().data.drop(columns="data_id")
nsw.index = [f"row {number}" for number in range(1, len(nsw) + 1)]
covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
sample = im.Sample(nsw, treatment="treat", covariates=covariates, outcomes=["re78"])
sample

# %% [markdown]
# ## 1. The propensity score
#
# | R | Stata | here |
# |---|---|---|
# | `glm(treat ~ …, family = binomial)` | `logit treat …` | `im.PropensityScore()` |
#
# The coefficients are statsmodels' and R's to ten digits; the score is on the probability scale, or, as `scale="linear"`, the index.

# %%
import statsmodels.api as sm

glm = sm.Logit(nsw["treat"], sm.add_constant(nsw[covariates].astype(float))).fit(disp=0)
near = im.match(sample, im.NearestNeighbor(im.PropensityScore()))
score = pd.Series(near.propensity.probability, index=nsw.index)
print("differs from glm by less than 1e-12:", bool(np.abs(score - glm.predict()).max() < 1e-12))
ax = im.figures.overlap(near)
ax.figure

# %% [markdown]
# ## 2. Nearest neighbours
#
# | R MatchIt | Stata | here |
# |---|---|---|
# | `matchit(…, method = "nearest", replace = TRUE)` | `psmatch2 …, neighbor(1)` | `im.NearestNeighbor(im.PropensityScore())` |
# | `…, distance = "glm", link = "linear.logit", caliper = .2` | `…, caliper()` in units of the score | `im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2)` |
# | `…, distance = "mahalanobis"` | `teffects nnmatch` (full covariance) | `im.Mahalanobis()`, `im.Mahalanobis(covariance="full")` |
# | `method = "optimal"`, `"full"`, `"subclass"`, `"cem"` | | `im.Optimal`, `im.Full`, `im.Subclassification`, `im.CoarsenedExact` |
#
# Ties share the weight here, so that the order of the rows does not matter; `ties="first"` does as MatchIt.

# %%
near.pairs.head()

# %% [markdown]
# ## 3. Balance
#
# | R | Stata | here |
# |---|---|---|
# | `summary(m)`, `cobalt::bal.tab(m)` | `tebalance summarize`, `pstest` | `im.balance(matched)` |

# %%
balance = im.balance(near)
balance.summary.round(3)

# %%
ax = im.figures.love_plot(balance)
ax.figure

# %% [markdown]
# ## 4. The effect, with the matching variance
#
# `teffects nnmatch (re78 age educ black hisp marr nodegree re74 re75) (treat), atet vce(robust, nn(2)) biasadj(…)` in Stata, `Matching::Match(…, Weight = 2, BiasAdjust = TRUE)` in R: Abadie and Imbens's
# estimator and variance. `convention` chooses the small print in which the packages differ.

# %%
mahalanobis = im.match(sample, im.NearestNeighbor(im.Mahalanobis(covariance="full")))
rows = {
    convention: im.estimate(
        mahalanobis, variance=im.AbadieImbens(convention=convention), bias_adjustment="linear"
    ).one("re78")
    for convention in ("paper", "matching", "stata")
}
pd.DataFrame(
    {name: [one.estimate, one.std_error] for name, one in rows.items()}, index=["ATT", "standard error"]
).T.round(4)

# %% [markdown]
# ## 5. Weights
#
# | R | Stata | here |
# |---|---|---|
# | `WeightIt::weightit(…, method = "glm", estimand = "ATT")` | `teffects ipw …, atet` | `im.InverseProbability(im.PropensityScore())` |
# | `method = "ebal"`, `ebal::ebalance` | `ebalance`, `kmatch eb` | `im.EntropyBalancing()` |
# | `method = "cbps"` | | `im.CovariateBalancing()` |
#
# Their standard errors count the weights as estimated, as Stata's do (stacked equations).

# %%
weights = {
    "inverse probability": im.InverseProbability(im.PropensityScore()),
    "entropy balancing": im.EntropyBalancing(),
    "covariate balancing": im.CovariateBalancing(),
}
table = pd.concat(
    [
        im.estimate(im.match(sample, strategy))
        .frame[["estimate", "std_error", "conf_low", "conf_high"]]
        .assign(strategy=name)
        for name, strategy in weights.items()
    ]
).set_index("strategy")
table.round(2)

# %% [markdown]
# ## 6. After the match, any package
#
# `matched.frame` holds the rows with weight, the match weight, the sampling weight and their product: what `MatchIt::match.data()` gives, ready for statsmodels, or to be written to .dta or .csv for Stata and R.

# %%
rows = near.frame
fit = sm.WLS(rows["re78"], sm.add_constant(rows[["treat"]].astype(float)), weights=rows["weight"]).fit(
    cov_type="HC1"
)
print(
    f"weighted regression {fit.params['treat']:.4f}, im.estimate {im.estimate(near).one('re78').estimate:.4f}"
)

# %% [markdown]
# ## 7. Poverty
#
# `convey::svyfgt(~income, design, g = 0, abs_thresh = z)` in R, `povdeco` or `svy: proportion` in Stata: `im.fgt`, with strata and groups in the standard error.

# %%
poor = im.fgt(nsw["re78"], 6_000, alpha=0)
poor

# %% [markdown]
# ## 8. What has no counterpart
#
# The strategies never see an outcome; every row of the table carries its estimand, comparator, denominator, weights and variance; standard errors are by producer group wherever the sample names one.

# %%
im.estimate(near).frame.T.loc[
    ["estimand", "population", "comparator", "denominator", "weights", "identification", "variance"]
]
