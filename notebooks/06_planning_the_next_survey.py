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
# # Planning the next survey
#
# How small an effect will it detect? How many groups, how many interviews in each, and what is a baseline worth? First by formula, then by drawing surveys and
# evaluating each as the real one will be evaluated.
#
# > **SYNTHETIC DATA** where surveys are drawn. Nothing here describes a real programme.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import pandas as pd

import impact as im
from impact.views import spoken_digits

pd.options.display.float_format = spoken_digits  # four digits, no powers of ten
MARK = "SYNTHETIC DATA"

# %% [markdown]
# ## 1. By formula
#
# Treatment is given to groups, so that groups count far more than interviews. A quarter of the variance of log income lies between groups in the twin; after matching, the controls count
# for fewer groups than they are (`effective_share`, from a similar evaluation).

# %%
plan = im.SurveyPlan(groups=120, members=12, icc=0.255, effective_share=0.45)
print(
    f"Detectable with probability 0.8: {im.minimum_detectable_effect(plan, standard_deviation=1.0):.2f} standard deviations"
)
print(f"Power for an effect of 0.2 SD:    {im.power_of(plan, 0.2, 1.0):.2f}")
print(f"Groups needed for 0.2 SD:         {im.groups_needed(plan, 0.2, 1.0)}")

# %%
by_members = {
    members: [
        im.minimum_detectable_effect(
            im.SurveyPlan(groups=groups, members=members, icc=0.255, effective_share=0.45), 1.0
        )
        for groups in range(40, 401, 20)
    ]
    for members in (4, 12, 36)
}
figure, ax = plt.subplots(figsize=(6.5, 3.8))
for members, values in by_members.items():
    ax.plot(range(40, 401, 20), values, label=f"{members} interviews a group")
ax.set(xlabel="groups", ylabel="detectable effect, standard deviations", ylim=(0, None))
ax.legend(frameon=False)
plt.close(figure)  # shown once, as the cell's result
figure

# %% [markdown]
# Three times the interviews per group buy little; twice the groups buy much.
#
# ## 2. What a baseline is worth
#
# With a baseline the same households can be compared with themselves. ANCOVA is never worse than the difference or the follow-up alone.

# %%
rows = {
    (group, unit): {
        analysis: im.minimum_detectable_effect(
            im.PanelPlan(150, 12, 0.25, group_correlation=group, unit_correlation=unit, analysis=analysis),
            1.0,
        )
        for analysis in ("follow-up", "difference-in-differences", "ancova")
    }
    for group, unit in [(0.2, 0.2), (0.5, 0.4), (0.7, 0.4), (0.9, 0.6)]
}
table = pd.DataFrame(rows).T.rename_axis(["correlation of group means", "of households"])
table.round(3)

# %% [markdown]
# Other households in each wave (`unit_correlation=0`), households lost (`attrition`) and more waves are arguments of the same plan. Groups that enter at different waves, the pipeline serving as
# controls until it is financed:

# %%
entry = {2: 0.3, 3: 0.4, 4: 0.2, 0: 0.1}
for pipeline in (True, False):
    staggered = im.StaggeredPlan(150, 12, 0.25, 0.7, 0.4, waves=4, entry=entry, not_yet_treated=pipeline)
    who = "not yet treated" if pipeline else "never treated only"
    print(f"Controls {who}: {im.minimum_detectable_effect(staggered, 1.0):.3f} SD")

# %% [markdown]
# ## 3. What it costs

# %%
ancova = im.PanelPlan(150, 12, 0.25, 0.7, 0.4, "ancova")
im.cost_of_designs(ancova, effect=0.2, standard_deviation=1.0, group_cost=400, member_cost=80).head(8)

# %% [markdown]
# ## 4. By simulation
#
# The formula knows nothing of matching, skewed incomes or few effective controls. Here the whole evaluation is run on drawn surveys: does its interval leave out zero? (Twenty draws a point, so that this
# notebook is quick; take 300 or more for a decision, with `path=` to stop and go on.)

# %%
strategies = (im.FOUR_STRATEGIES[1], im.FOUR_STRATEGIES[3])
income = ("income_agr_pc_month",)
twins = {size: im.RuralAlliancesTwin(groups=120, effect=size, outcomes=income) for size in (0.0, 1.0, 3.0)}
curve = im.simulated_power(
    twins.get,  # from the size of an effect to the twin that has it
    list(twins),
    specifications=strategies,
    draws=20,
    seed=3,
)
curve.frame.set_index("strategy")[["effect", "power"]].round(2).rename_axis(index=MARK)

# %% [markdown]
# An effect of 1 is the twin's own: agricultural income +33 %. With 120 groups it is missed about every second time: a survey of that size that finds nothing has not shown that there
# is nothing.
