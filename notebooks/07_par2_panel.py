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
# # PAR 2: baseline, follow-up, and groups that enter at different dates
#
# The first evaluation had no baseline for its controls. The follow-up project has one, and its groups are financed at different dates: those that wait are the comparison for those that
# have entered. The same objects carry waves.
#
# > **SYNTHETIC DATA.** A survey of three waves drawn by a random generator, whose true effects are known. Nothing here describes a real programme.

# %%
# %matplotlib inline
import pandas as pd

import impact as im

pd.options.display.max_colwidth = None
survey = im.synthetic.rural_alliances_panel(seed=2, staggered=True)
MARK = "SYNTHETIC DATA"
found = survey.household[survey.household["response"] == "complete"]
panel = im.Panel(
    found,
    id="hh_id",
    wave="wave",
    entry="entry_wave",
    covariates=["education_index", "assets_pre", "travel_time_market", "unmet_needs"],
    outcomes=["income_agr_pc_month", im.Headcount("income_pc_month", line=580.0, name="moderately poor")],
    cluster="group_id",
    sampling_weight="weight",
    synthetic=True,
)
panel

# %% [markdown]
# ## 1. What was decided, and who was lost
#
# One row a household and wave; every rule that was applied is listed. Whether both arms lost the same share is tested.

# %%
for rule in panel.rules:
    print("·", rule)
panel.flow

# %%
panel.attrition

# %% [markdown]
# ## 2. Each cohort in each wave
#
# The effect on groups that entered in one wave, seen in each wave, against those **not yet treated**: the pipeline. Doubly robust: right where either the regression or the propensity is.

# %%
effects = im.group_time_effects(panel, outcome="income_agr_pc_month", base="universal")
effects.frame[
    ["group", "wave", "estimate", "std_error", "conf_low", "conf_high", "n_treated", "n_control"]
].round(1).astype(object).fillna({"std_error": "reference"}).fillna("").rename_axis(columns=MARK)

# %%
effects.aggregate("event").frame[
    ["subgroup", "estimate", "std_error", "conf_low", "conf_high", "percent_effect"]
].round(1).astype(object).fillna({"std_error": "reference"}).fillna("").rename_axis(columns=MARK)

# %%
ax = im.figures.event_study(effects.aggregate("event"))
ax.figure

# %% [markdown]
# The band holds for all dates at once. The truth, from the potential outcomes that the generator knows:

# %%
simple = effects.aggregate("simple").frame
simple[["estimate", "conf_low", "conf_high", "percent_effect"]].round(1).rename_axis(columns=MARK)

# %% [markdown]
# ## 3. Poverty, like any other outcome

# %%
im.group_time_effects(panel, outcome="moderately poor").aggregate("group").frame[
    ["subgroup", "estimate", "std_error", "conf_low", "conf_high"]
].round(3).rename_axis(columns=MARK)

# %% [markdown]
# ## 4. What two-way fixed effects would have given, and why not
#
# The usual regression is a weighted mean of two-by-two comparisons. Some of them take groups that are already treated as controls.

# %%
im.goodman_bacon(panel, outcome="income_agr_pc_month")

# %% [markdown]
# ## 5. Three estimands that must not be confused
#
# The same outcome, the same households: the change of the treated (not an effect), the treated against the controls afterwards, the difference in differences. "160 %" can never again be read as "63 %".

# %%
two = panel.between(0, 2)
three = im.three_estimands(two, ["income_agr_pc_month"])
three.frame[["identification", "estimate", "std_error", "conf_low", "conf_high", "percent_effect"]].round(
    1
).rename_axis(columns=MARK)

# %% [markdown]
# ## 6. On a matched baseline

# %%
near = im.match(two.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.two_wave_effects(two, ["income_agr_pc_month"], matched=near).frame[
    ["estimate", "std_error", "conf_low", "conf_high", "percent_effect", "weights"]
].round(1).rename_axis(columns=MARK)

# %% [markdown]
# ## 7. Volume, price, quality or costs?
#
# Each household against itself, less what the comparison households changed.

# %%
parts = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
    unit="Bs/year",
)
split = im.income_decomposition(two, parts)
split.frame[["part", "estimate", "std_error", "conf_low", "conf_high", "share"]].round(2).rename_axis(
    columns=MARK
)

# %%
ax = im.figures.decomposition(split)
ax.figure
