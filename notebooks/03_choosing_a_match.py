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
# # Choosing a match, and defending the choice
#
# Which comparison is good is decided **before** any outcome is opened: by who found a comparison, how alike the compared are, and on how many
# independent groups the answer will rest. The strategies below see no outcome; permuting the outcomes would leave every match as it is.
#
# > **SYNTHETIC DATA.** A survey drawn by a random generator. Nothing here describes a real programme.

# %%
# %matplotlib inline
import pandas as pd

import impact as im
from impact.views import spoken_digits

pd.options.display.float_format = spoken_digits  # four digits, no powers of ten
LABELS = {
    "income_agr_pc_month": "agricultural income per head",
    "education_index": "schooling of the head",
    "assets_pre": "assets before",
    "travel_time_market": "travel time to the market",
    "unmet_needs": "unmet basic needs",
    "group_mean_education": "mean schooling of the group",
} | {f"region{name}": f"region: {name}" for name in ("Norte", "Tropico", "Valles", "Chaco")}
survey = im.synthetic.rural_alliances(seed=7)
MARK = "SYNTHETIC DATA"
sample = im.Sample(
    survey.household,
    **(
        survey.roles()
        | {"outcomes": [im.Column("income_agr_pc_month", unit="Bs/person/month"), "income_labour"]}
    ),
    comparator="pipeline producers, approved but not financed",
)
sample

# %% [markdown]
# ## 1. Are there comparable people at all?
#
# The propensity score says how likely a household with these characteristics is to be a beneficiary. Where one arm has nobody, no method
# helps: the estimate is then for the others, and says so.

# %%
score = im.PropensityScore(scale="linear")
near = im.match(sample, im.NearestNeighbor(score, caliper=0.2))
ax = im.figures.overlap(near)
ax.figure

# %%
print(f"{near.share_on_support:.1%} of the treated found a comparison within 0.2 SD of the score")
near

# %% [markdown]
# ## 2. Eight ways to compare, side by side
#
# Nearest neighbours by score and by distance; kernel; optimal and full matching; weights that solve for balance. For each: the share of
# the treated kept, the largest and the mean standardised difference left, and how much information the controls hold.

# %%
ways = {
    "1-NN on the score, caliper .2": im.NearestNeighbor(score, caliper=0.2),
    "kernel on the score": im.Kernel(im.PropensityScore()),
    "Mahalanobis 1-NN": im.NearestNeighbor(im.Mahalanobis()),
    "Mahalanobis 4-NN": im.NearestNeighbor(im.Mahalanobis(), ratio=4),
    "Mahalanobis 4-NN within region": im.NearestNeighbor(im.Mahalanobis(), ratio=4, exact=("region",)),
    "full matching": im.Full(im.PropensityScore()),
    "entropy balancing": im.EntropyBalancing(),
    "inverse probability": im.InverseProbability(im.PropensityScore()),
}
matched = {name: im.match(sample, strategy) for name, strategy in ways.items()}
balances = {name: im.balance(one) for name, one in matched.items()}

# %%
rows = []
for name, one in matched.items():
    after = balances[name].frame.query("stage == 'after'")["smd"].abs()
    groups = (
        pd.Series(one.analysis_weight[~sample.treated])
        .groupby(sample.frame.loc[~sample.treated, "group_id"].to_numpy())
        .sum()
    )
    rows.append(
        {
            "strategy": name,
            "share of treated kept": one.share_on_support,
            "largest |SMD|": after.max(),
            "mean |SMD|": after.mean(),
            "control ESS": one.ess["control"],
            "effective control groups": groups.sum() ** 2 / (groups**2).sum(),
        }
    )
comparison = pd.DataFrame(rows).set_index("strategy").round(3).rename_axis(columns=MARK)
comparison

# %% [markdown]
# **How to read it.** A largest |SMD| below .1 is the usual threshold. An effective number of control *groups* much below the number of groups means that a few groups
# stand in for many beneficiaries: the interval will be wide, and rightly so. Matching each control once is not among them: with hardly more
# controls than treated it would remove little bias. Weights that balance exactly keep everybody and say nothing about how far they had to reach.

# %%
ax = im.figures.love_plot(balances["1-NN on the score, caliper .2"], labels=LABELS)
ax.figure

# %%
ax = im.figures.love_plot(balances["Mahalanobis 4-NN"], labels=LABELS)
ax.figure

# %% [markdown]
# ## 3. A closer look: squares, products and the joint question
#
# Means may agree while spreads do not. `interactions=True` adds squares and products; the joint test asks whether all differences together could be chance, by
# group.

# %%
closer = im.balance(matched["Mahalanobis 4-NN"], interactions=True).frame.query("stage == 'after'")
closer.assign(size=closer["smd"].abs()).nlargest(6, "size")[["covariate", "smd", "variance_ratio"]].round(
    3
).rename_axis(columns=MARK)

# %%
im.balance_jointly(matched["Mahalanobis 4-NN"])

# %% [markdown]
# ## 4. What one household was compared with
#
# Every pair can be looked at. The distance is in units of the covariates' spread.

# %%
pairs = matched["Mahalanobis 4-NN"].pairs
first = pairs["treated"].iloc[0]
mine = pairs[pairs["treated"] == first]
sample.frame.loc[[first, *mine["control"]], list(sample.covariates)].assign(
    distance=[0.0, *mine["distance"]]
).round(2).reset_index(drop=True).rename_axis(columns=MARK)

# %% [markdown]
# ## 5. Does the order of the rows matter?
#
# It must not. Ties share the weight, so that shuffling the file changes nothing; a strategy for which it does says so by itself.

# %%
im.certify_row_order(sample, ways["Mahalanobis 4-NN"])
print("Mahalanobis 4-NN: the same match whatever the order of the rows")

# %% [markdown]
# ## 6. Only now: the outcomes
#
# The choice above was made without them. Here they are, by every strategy, so that a reader sees how much depends on the choice. The linear adjustment removes what
# matching left.

# %%
specifications = [
    im.Specification(name, strategy, bias_adjustment="linear") for name, strategy in ways.items()
]
effects = im.four_strategies(sample, specifications)
shown = ["strategy", "estimate", "std_error", "conf_low", "conf_high", "percent_effect"]
income = effects.frame.query("outcome == 'income_agr_pc_month'")
income[shown].set_index("strategy").round(1).rename_axis(index=MARK)

# %%
truth = survey.truth.att("income_agr_pc_month", weights=survey.household.loc[sample.treated, "weight"])
ax = im.figures.strategies(
    effects, outcome="income_agr_pc_month", truth=truth, label=LABELS["income_agr_pc_month"]
)
ax.figure

# %%
inside = income["conf_low"].le(truth) & income["conf_high"].ge(truth)
low, high = income["estimate"].min(), income["estimate"].max()
print(f"True effect: {truth:.0f} Bs per person and month; {inside.sum()} of {len(inside)} intervals hold it.")
print(f"The estimates lie between {low:.0f} and {high:.0f}.")

# %% [markdown]
# **The spread over strategies is not the uncertainty.** It shows how far reasonable choices move the estimate on this one survey; the intervals say how far another
# survey could have moved it.
