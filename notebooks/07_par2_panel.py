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
#
# *(En español: cuaderno 07, PAR 2.)*

# %%
# %matplotlib inline
import pandas as pd

import impact as im

INCOME = "income_agr_pc_month"
LABEL = "agricultural income per head"
survey = im.synthetic.rural_alliances_panel(seed=2, staggered=True)
found = survey.household[survey.household["response"] == "complete"]

# %% [markdown]
# ## 1. The panel, and who was lost
#
# One row a household and wave; the wave in which a household's group was financed is `entry_wave`, 0 for those that still wait. Every step is counted.

# %%
panel = im.Panel(
    found,
    id="hh_id",
    wave="wave",
    entry="entry_wave",
    covariates=["education_index", "assets_pre", "travel_time_market", "unmet_needs"],
    outcomes=[
        im.Column(INCOME, unit="Bs/person/month"),
        im.Headcount("income_pc_month", line=580.0, name="moderately poor"),
    ],
    cluster="group_id",
    sampling_weight="weight",
    synthetic=True,
)
panel

# %% [markdown]
# Whether both arms lost the same share would be tested here. In this draw everybody was found again; what to do when they are not is in *Baseline and follow-up* of the documentation.

# %%
panel.attrition

# %% [markdown]
# ## 2. Each cohort in each wave
#
# The effect on groups that entered in one wave, seen in each wave, against those **not yet treated**: the pipeline. Doubly robust: right where either the regression or the propensity is. The wave before
# entry is the reference, 0 by construction; what stands before it should be near 0, for nobody had been paid.

# %%
effects = im.group_time_effects(panel, outcome=INCOME, base="universal")
effects

# %% [markdown]
# By waves since entry. The interval is of each date by itself, the band holds for all dates at once.

# %%
events = effects.aggregate("event")
ax = im.figures.event_study(events, label=LABEL)
ax.figure

# %% [markdown]
# The truth, from the potential outcomes that the generator knows, over the same households and waves:

# %%
paid = found[(found["entry_wave"] > 0) & (found["wave"] >= found["entry_wave"])]
since = (paid["wave"] - paid["entry_wave"]).rename("waves since entry")
rows = {"event 0": paid[since == 0], "event 1": paid[since == 1], "all after entry": paid}
truth = {
    name: survey.truth.att(INCOME, units=some.index, weights=some["weight"]) for name, some in rows.items()
}
simple = effects.aggregate("simple").labelled(subgroup="all after entry")
both = pd.concat([events.frame, simple.frame]).set_index("subgroup").loc[list(truth)]
both[["estimate", "conf_low", "conf_high"]].assign(truth=truth).round(1).rename_axis(index="SYNTHETIC DATA")

# %% [markdown]
# ## 3. Poverty, like any other outcome
#
# A share between 0 and 1: −0.12 is twelve percentage points fewer poor households.

# %%
poverty = im.group_time_effects(panel, outcome="moderately poor").aggregate("group")
poverty

# %% [markdown]
# ## 4. What two-way fixed effects would have given, and why not
#
# The usual regression is a weighted mean of two-by-two comparisons. Some of them take groups that are already treated as controls.

# %%
im.goodman_bacon(panel, outcome=INCOME)

# %% [markdown]
# ## 5. Three estimands that must not be confused
#
# The same outcome, the same households: the change of the treated (not an effect), the treated against the controls afterwards, the difference in differences. "160 %" can never again be read as "63 %".

# %%
two = panel.between(0, 2)
three = im.three_estimands(two, [INCOME])
three.frame.set_index("identification")[["estimate", "conf_low", "conf_high", "percent_effect"]].round(
    1
).rename_axis(index="SYNTHETIC DATA")

# %% [markdown]
# ## 6. On a matched baseline
#
# Match on what was known at the baseline, then compare changes: the match takes off what was measured, the difference what stays the same over time.

# %%
near = im.match(two.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.two_wave_effects(two, [INCOME], matched=near)

# %% [markdown]
# ## 7. Volume, price, quality or costs?
#
# Each household against itself, less what the comparison households changed; net income of the alliance's product.

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
split

# %%
ax = im.figures.decomposition(split)
ax.figure

# %% [markdown]
# ## In words

# %%
effect, fewer, part = simple.one(), poverty.one(subgroup="all"), split.frame.set_index("part")["share"]
print(
    f"Financed groups gained {effect.estimate:.0f} Bs a month and person "
    f"(95 % interval {effect.conf_low:.0f} to {effect.conf_high:.0f}); "
    f"the truth is {truth['all after entry']:.0f}.\n"
    f"{-100 * fewer.estimate:.0f} points fewer of their households are poor "
    f"({-100 * fewer.conf_high:.0f} to {-100 * fewer.conf_low:.0f}).\n"
    f"Of the gain in net income, volume is {part['volume']:.0%}, price {part['price']:.0%}, "
    f"quality {part['quality']:.0%}, costs {part['costs']:.0%}."
)
