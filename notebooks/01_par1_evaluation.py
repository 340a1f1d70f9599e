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
# # Evaluating a rural alliances programme, as the 2016 study of PAR I did
#
# Beneficiary producers are compared with a **pipeline** group: producers of the follow-up project whose plan is approved but whose money has not
# been released. No baseline, treatment by producer group, two matching techniques in four versions. The study's microdata are not public.
#
# > **SYNTHETIC DATA.** Everything below is computed on a synthetic survey drawn by a random generator, whose true effects are known. It shows the method;
# > none of its numbers describes Bolivia. Because the truth is known, each estimate can be held against it.

# %%
# %matplotlib inline
import impact as im

survey = im.synthetic.rural_alliances(seed=1)
survey

# %% [markdown]
# ## 1. The sample: roles, and every unit's fate
#
# Only what was fixed or known **before** the programme may enter the design: region, schooling, assets before, travel time, unmet needs. Current
# household size, services of the group or the kind of buyer may have responded to the programme, and stay out.

# %%
roles = survey.roles()
line = {name: survey.poverty_lines.set_index("name").loc[name, "value"] for name in ("moderate", "extreme")}
outcomes = [
    im.Column("income_agr_pc_month", unit="Bs/person/month", period="last 12 months"),
    im.Column("income_labour", unit="Bs/year", period="last 12 months"),
    im.Column("sales_agr", unit="Bs/year", period="last 12 months"),
    im.Column("net_income_alliance", unit="Bs/year", period="last 12 months"),
    im.Headcount("income_pc_month", line=line["moderate"], name="moderately poor, households"),
    im.Headcount(
        "income_pc_month", line=line["moderate"], persons="hh_size_pre", name="moderately poor, persons"
    ),
    im.Headcount("income_pc_month", line=line["extreme"], name="extremely poor, households"),
    im.PovertyGap("income_pc_month", line=line["moderate"], name="poverty gap, households"),
]
sample = im.Sample(
    survey.household,
    **(roles | {"outcomes": outcomes}),
    comparator="pipeline producers, approved but not financed",
)
MARK = "SYNTHETIC DATA"  # shown in the corner of every table
sample.flow.rename_axis(columns=MARK)

# %% [markdown]
# ## 2. The design: who is compared with whom
#
# The strategies see no outcome. `match()` certifies what each proposes.

# %%
matched = im.matched_strategies(sample)
for specification, one in matched.items():
    print(
        f"{specification.name}: {one.share_on_support:.1%} of the treated kept, control ESS {one.ess['control']:.0f}"
    )

# %%
propensity = next(one for specification, one in matched.items() if specification.name == "Propensity 1-NN")
ax = im.figures.overlap(propensity)
ax.figure

# %% [markdown]
# ## 3. Balance, before and after

# %%
balance = im.balance(propensity)
ax = im.figures.love_plot(balance)
ax.figure

# %%
balance.summary.round(2).rename_axis(columns=MARK)

# %% [markdown]
# ## 4. The effect under four strategies
#
# The rows of section 4.9's table: agricultural income and sales, labour income, poverty. Standard errors by producer group, with residuals corrected for what
# the group's own households fitted, and a t interval. **The spread over strategies is not the uncertainty; the intervals are.**

# %%
effects = im.strategy_effects(matched)
shown = [
    "strategy",
    "outcome",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "percent_effect",
    "percent_conf_low",
    "percent_conf_high",
]
effects.frame[shown].round(2).rename_axis(columns=MARK)

# %%
design = ["strategy", "n_treated", "n_treated_total", "n_control", "n_clusters", "share_on_support", "max_abs_smd", "ess_control",
          "effective_control_clusters", "largest_cluster_share"]  # fmt: skip
effects.frame[design].drop_duplicates("strategy").round(2).rename_axis(columns=MARK)

# %%
for note in effects.notes:
    print(note)

# %% [markdown]
# ## 5. Estimate and truth
#
# The truth is the mean difference of the potential outcomes of the treated, weighted as the estimate is. One draw can miss by far: judge an
# interval by whether it holds the truth, and a method by many draws (`docs/simulation.md`).

# %%
truth = survey.truth
weights = survey.household["weight"]
treated = sample.frame.index[sample.treated]
true_income = truth.att("income_agr_pc_month", units=treated, weights=weights.loc[treated])
table = effects.frame[effects.frame["outcome"] == "income_agr_pc_month"].set_index("strategy")[
    ["estimate", "conf_low", "conf_high"]
]
table["truth"] = true_income
table["covered"] = (table["conf_low"] <= true_income) & (true_income <= table["conf_high"])
table.round(1).rename_axis(columns=MARK)

# %%
ax = im.figures.strategies(effects, outcome="income_agr_pc_month", truth=true_income)
ax.figure

# %% [markdown]
# ## 6. Who gained
#
# Without a baseline, fifths are cut at the income *predicted* without the programme, from controls outside the household's own group. Cutting at income
# observed after the programme is refused: it compares the treated whom the programme lifted with other people.

# %%
kernel = im.FOUR_STRATEGIES[1].strategy
try:
    im.quintile_effects(sample, kernel, "income_agr_pc_month", by=im.Baseline("income_agr_pc_month"))
except im.OptionError as error:
    print(error)

# %%
fifths = im.quintile_effects(sample, kernel, "income_agr_pc_month", by=im.PredictedOutcome())
columns = [
    "subgroup",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "control_mean",
    "percent_effect",
    "n_treated",
    "n_control",
]
fifths.frame[columns].round(1).rename_axis(columns=MARK)

# %% [markdown]
# The true effects are 160, 40, 52, 30 and 25 % by fifth of *true* untreated income. Fifths of *predicted* income mix neighbours, so the pattern is
# flatter: this is the effect by predicted rank, and says so.

# %%
ax = im.figures.quintiles(fifths)
ax.figure

# %% [markdown]
# ## 7. What may be published
#
# Each row of `effects.frame` carries its estimand, population, comparator, denominator, weights, variance and counts. A percentage without them
# is a defect: the source report quotes “160 %”, “63 %” and “28–39 %” for one programme because three estimands lost theirs.

# %%
labels = [
    "estimand",
    "population",
    "comparator",
    "denominator",
    "weights",
    "identification",
    "bias_adjustment",
    "variance",
]
effects.frame.loc[[0], labels].T.rename_axis(columns=MARK)
