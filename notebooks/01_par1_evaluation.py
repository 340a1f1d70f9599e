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
# # Evaluating a rural alliances programme, from the file to the conclusion
#
# Beneficiary producers are compared with a **pipeline** group: producers of the follow-up project whose plan is approved but whose money has not been released. No baseline, treatment by producer
# group, two matching techniques in four versions: the design of the 2016 study of Bolivia's Rural Alliances Project (PAR I; World Bank report 132905). The study's microdata are not public.
#
# > **SYNTHETIC DATA.** Everything below is computed on a synthetic survey drawn by a random generator, whose true effects are known. It shows the method; none of its numbers describes Bolivia. Because the
# > truth is known, each estimate can be held against it.
#
# *(En español: cuaderno 01, Evaluar un programa de alianzas rurales.)*

# %%
# %matplotlib inline
import os
import tempfile
import textwrap
import warnings

import pandas as pd

import impact as im
from impact.views import spoken_digits

pd.options.display.max_colwidth = None
pd.options.display.float_format = spoken_digits  # 1,348 and 0.0512: four digits, no power of ten
os.chdir(tempfile.mkdtemp())  # the files of this notebook go to a folder of their own
MARK = "SYNTHETIC DATA"  # in the corner of every table
INCOME = "income_agr_pc_month"
LABELS = {
    INCOME: "Agricultural income per head",
    "education_index": "schooling of the head",
    "assets_pre": "assets before",
    "travel_time_market": "travel time to the market",
    "unmet_needs": "unmet basic needs",
    "group_mean_education": "mean schooling of the group",
    "regionNorte": "region: Norte",
    "regionValles": "region: Valles",
    "regionChaco": "region: Chaco",
    "regionTropico": "region: Trópico",
    "income_labour": "household labour income",
    "sales_agr": "agricultural sales",
    "net_income_alliance": "net income of the alliance's product",
    "area_cultivated": "cultivated and grazed land",
    "wage_days_hired": "wage days hired",
    "coll_inputs": "inputs bought together",
    "ta_hired": "technical assistance hired",
    "coll_price": "price negotiated together",
    "coll_delivery": "delivered together",
    "(Intercept)": "constant",
}
survey = im.synthetic.rural_alliances(seed=1)
survey.household.to_stata("households.dta", write_index=False, version=118)
survey.group.to_csv("groups.csv", index=False)
tables = {"household": im.read_survey("households.dta"), "group": im.read_survey("groups.csv")}
for name, table in tables.items():
    print(f"{name}: {len(table.frame):,} rows, {len(table.frame.columns)} columns")

# %% [markdown]
# ## 1. Do the controls wait?
#
# A control shows life without the programme only if its group had been chosen and had not been paid: approved ≤ interview < first disbursement. Every control group is held against its dates.

# %%
gate = im.pipeline_gate(survey)
print(gate.sentence())

# %% [markdown]
# ## 2. The sample: roles, and every unit's fate
#
# Only what was fixed or known **before** the programme may enter the design: region, schooling, assets before, travel time, unmet needs. Current household size, services of the group or the kind of
# buyer may have responded to the programme, and stay out.

# %%
line = survey.poverty_lines.set_index("name")["value"]
outcomes = [
    im.Column(INCOME, unit="Bs/person/month", period="last 12 months"),
    im.Column("income_labour", unit="Bs/year", period="last 12 months"),
    im.Column("sales_agr", unit="Bs/year", period="last 12 months"),
    im.Column("net_income_alliance", unit="Bs/year", period="last 12 months"),
    im.Headcount("income_pc_month", line=line["moderate"], name="moderately poor, households"),
    im.Headcount("income_pc_month", line=line["moderate"], persons="hh_size_pre", name="moderately poor, persons"),
    im.Headcount("income_pc_month", line=line["extreme"], name="extremely poor, households"),
    im.PovertyGap("income_pc_month", line=line["moderate"], name="poverty gap, households"),
    im.Column("area_cultivated", unit="hectares"),
    im.Column("wage_days_hired", unit="person-days"),
]  # fmt: skip
sample = im.Sample.from_tables(
    tables["household"],
    **(survey.roles() | {"outcomes": outcomes, "id": "hh_id"}),
    comparator="pipeline producers, approved but not financed",
    synthetic=True,
)
sample

# %% [markdown]
# ## 3. The design: who is compared with whom
#
# The strategies see no outcome. `match()` certifies what each proposes: weights, reuse, calipers, support.

# %%
matched = im.matched_strategies(sample)
for specification, one in matched.items():
    kept, effective = one.share_on_support, one.ess["control"]
    print(f"{specification.name}: {kept:.1%} of the treated kept, effective controls {effective:.0f}")

# %% [markdown]
# The score behind the first two: the log-odds of being a beneficiary. Travel time and unmet needs lower them, as the generator made it. A coefficient here is not a finding; what counts is whether the
# compared are alike afterwards.

# %%
nearest = matched[im.FOUR_STRATEGIES[0]]
score = nearest.measure.propensity.coefficients
score = score.replace({"term": LABELS}).set_index("term")
score["ratio"] = score["coefficient"] / score["std_error"]
score.round(3).rename_axis(index=MARK)

# %%
ax = im.figures.overlap(nearest)
ax.figure

# %% [markdown]
# ## 4. Balance, before and after

# %%
main = im.FOUR_STRATEGIES[1]
balance = im.balance(matched[main], further=[im.NON_OVERLAP])
ax = im.figures.love_plot(balance, labels=LABELS)
ax.figure

# %%
balance.summary.set_index("stage").round(2).T.rename_axis(index=MARK, columns=None)

# %% [markdown]
# ## 5. The effect under four strategies
#
# The rows of section 4.9's table, and land and wage work: agricultural income and sales, labour income, poverty. Standard errors by producer group, with residuals corrected for what the group's own
# households fitted, and a t interval. **The spread over strategies is not the uncertainty; the intervals are.**

# %%
effects = im.strategy_effects(matched)
cells = {specification.name: {} for specification in im.FOUR_STRATEGIES}
for one in effects:
    places = 0 if one.control_mean >= 100 else 3
    low, high = f"{one.conf_low:,.{places}f}", f"{one.conf_high:,.{places}f}"
    cells[one.strategy][one.outcome] = f"{one.estimate:,.{places}f} [{low}, {high}]"
pd.DataFrame(cells).rename(index=LABELS).rename_axis(index=MARK)

# %%
percent = pd.DataFrame(
    {name: {one.outcome: one.percent_effect for one in effects if one.strategy == name} for name in cells}
)
percent.round(1).rename(index=LABELS).rename_axis(index=f"{MARK}: % of the control mean")

# %%
design = ["strategy", "n_treated", "n_treated_total", "n_control", "n_clusters", "share_on_support", "max_abs_smd", "ess_control",
          "effective_control_clusters", "largest_cluster_share"]  # fmt: skip
counts = effects.frame[design].drop_duplicates("strategy").set_index("strategy").round(2).T
counts.rename_axis(index=MARK, columns=None)

# %% [markdown]
# ## 6. Estimate and truth
#
# The truth is the mean difference of the potential outcomes of the treated, weighted as the estimate is. One draw can miss by far: judge an interval by whether it holds the truth, and a method by many
# draws (*Coverage of the intervals* in the documentation).

# %%
weights = survey.household["weight"]
treated = sample.frame.index[sample.treated]
true_income = survey.truth.att(INCOME, units=treated, weights=weights.loc[treated])
ax = im.figures.strategies(effects, outcome=INCOME, truth=true_income, label=LABELS[INCOME])
ax.figure

# %%
held = effects.frame[effects.frame["outcome"] == INCOME].set_index("strategy")[
    ["estimate", "conf_low", "conf_high"]
]
inside = held["conf_low"].le(true_income) & held["conf_high"].ge(true_income)
held = held.assign(truth=true_income).round(1).assign(covered=inside.map({True: "yes", False: "no"}))
held.rename_axis(index=MARK)

# %% [markdown]
# ## 7. Who gained: fifths, regions, products
#
# Without a baseline, fifths are cut at the income *predicted* without the programme, from controls outside the household's own group. Cutting at income observed after the programme is refused: it
# compares the treated whom the programme lifted with other people.

# %%
try:
    im.quintile_effects(sample, main.strategy, INCOME, by=im.Baseline(INCOME))
except im.OptionError as error:
    print(textwrap.fill(str(error), 110))

# %%
fifths = im.quintile_effects(sample, main.strategy, INCOME, by=im.PredictedOutcome())
ax = im.figures.quintiles(fifths, label=LABELS[INCOME])
ax.figure

# %% [markdown]
# The true effects are 160, 40, 52, 30 and 25 % by fifth of *true* untreated income. Fifths of *predicted* income mix neighbours, so the pattern is flatter: this is the effect by predicted rank, and says so.
#
# Regions and products are matched again within each. Some difference between so many is to be expected, and one test asks whether there is any. What the library warns of is printed here: few groups
# carry a region or a product, so that its interval may be too short. Where the control mean is not clearly above zero there is no percentage (–).

# %%
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    regions = im.subgroup_effects(sample, main.strategy, [INCOME], "region")
    products = im.subgroup_effects(sample, main.strategy, [INCOME], "alliance_product")
print(*(str(one.message).split(". ")[0] for one in told), sep="\n")
for name, found in (("regions", regions), ("products", products)):
    p_value = found.comparisons[INCOME].equality("level").p_value
    print(f"All {name} gain alike: p = {p_value:.3f}")
pd.concat([found.table.frame for found in (regions, products)])[
    ["subgroup", "estimate", "conf_low", "conf_high", "percent_effect", "n_treated", "n_control"]
].set_index("subgroup").round(1).astype(object).fillna("–").rename_axis(index=MARK)

# %%
ax = im.figures.subgroups(regions.table, INCOME, "region", label=LABELS[INCOME])
ax.figure

# %% [markdown]
# ## 8. What went with it
#
# What treated groups took up is not an effect: it followed the programme, and those who took it up may be the abler ones. It is described, among the treated alone.

# %%
practices = im.mechanism_associations(sample, [INCOME])
print(textwrap.fill(" ".join(map(str, practices.notes)), 110))
practices.frame[["mechanism", "share_with", "difference", "conf_low", "conf_high", "groups_with", "groups_without"]].set_index(
    "mechanism"
).round(2).rename(index=LABELS).rename_axis(index=MARK)  # fmt: skip

# %% [markdown]
# ## 9. Beyond four strategies
#
# Four strategies are four choices of many. Every combination of these families, distances, neighbours and adjustments, with those that miss balance or support drawn in grey and not counted:

# %%
choices = im.Choices(
    family={"nearest": im.NearestFamily(), "kernel": im.KernelFamily(), "entropy balancing": im.OneStrategy(im.EntropyBalancing())},
    distance={"score": im.PropensityScore(scale="linear"), "Mahalanobis": im.Mahalanobis()},
    ratio={"1": 1, "4": 4},
    adjustment={"none": None, "suited": "suited"},
)  # fmt: skip
universe = im.universe(sample, [INCOME], choices, n_jobs=1)
print(textwrap.fill(universe.sentence(INCOME, name=LABELS[INCOME]), 110))
ax = im.figures.specification_curve(universe, labels=LABELS)
ax.figure

# %% [markdown]
# And something that nobody measured: how strong would it have to be?

# %%
sensitivity = im.confounder_sensitivity(matched[main], INCOME, benchmarks=["education_index", "assets_pre"])
print(textwrap.fill(sensitivity.sentence(names=LABELS, unit="Bs/person/month"), 110))

# %% [markdown]
# ## 10. What was published, beside the twin
#
# The report's figures, by paragraph, and what the twin gives here under the leading strategy. **They are not the same survey and need not agree**: the twin was made so that it would show this shape over
# many draws.

# %%
of = {one.outcome: one for one in effects if one.strategy == main.name}
poor, worse = of["moderately poor, households"], of["extremely poor, households"]
rate = {"poor": 100 * poor.control_mean, "worse": 100 * worse.control_mean}
published = [
    ("4.9", "agricultural income, % of the control mean, four strategies", "28 to 39",
     f"{percent.loc[INCOME].min():.0f} to {percent.loc[INCOME].max():.0f}"),
    ("4.9", "household labour income, %", "28", f"{of['income_labour'].percent_effect:.0f}"),
    ("4.5", "income of the alliance's product, %", "73", f"{of['net_income_alliance'].percent_effect:.0f}"),
    ("4.8", "moderately poor, treated against controls, %", "50 against 62",
     f"{rate['poor'] + 100 * poor.estimate:.0f} against {rate['poor']:.0f}"),
    ("4.8", "extremely poor, treated against controls, %", "33 against 43",
     f"{rate['worse'] + 100 * worse.estimate:.0f} against {rate['worse']:.0f}"),
    ("4.8", "poverty gap, points", "narrower", f"{100 * of['poverty gap, households'].estimate:.1f}"),
    ("4.7", "cultivated and grazed land, hectares", "+3.1", f"{of['area_cultivated'].estimate:+.1f}"),
    ("4.7", "wage employment, person-days", "+0.15", f"{of['wage_days_hired'].estimate:+.2f}"),
]  # fmt: skip
pd.DataFrame(published, columns=["paragraph", "what", "published", "twin"]).set_index(
    "paragraph"
).rename_axis(index=MARK)

# %% [markdown]
# ## 11. The conclusion, in words

# %%
income, area = of[INCOME], of["area_cultivated"]
clear = sum(one.conf_low > 0 for one in effects if one.outcome == INCOME)
print(
    f"Beneficiaries have {income.estimate:.0f} Bs a month and person more from agriculture than without the programme\n"
    f"(95 % interval {income.conf_low:.0f} to {income.conf_high:.0f}), "
    f"{income.percent_effect:.0f} % of what their matched controls have;\n"
    f"{clear} of 4 strategies tell it from zero.\n\n"
    f"{-100 * poor.estimate:.0f} points fewer households are moderately poor "
    f"({-100 * poor.conf_high:.0f} to {-100 * poor.conf_low:.0f}), {-100 * worse.estimate:.0f} points fewer extremely so;\n"
    f"they farm {area.estimate:.1f} hectares more ({area.conf_low:.1f} to {area.conf_high:.1f}).\n\n"
    f"The controls wait as they should; the compared are alike in what was measured "
    f"(largest SMD {balance.max_abs_smd:.2f});\n"
    f"{main.name} keeps {income.share_on_support:.0%} of the beneficiaries.\n\n"
    "It holds for those who have a match, for what was measured, and for households: not for the programme's costs,\n"
    "nor for who was never surveyed."
)

# %% [markdown]
# Every row of `effects.frame` carries what the number means: estimand, population, comparator, denominator, weights, variance, counts. A percentage without them is a defect: the source report quotes
# “160 %”, “63 %” and “28–39 %” for one programme because three estimands lost theirs. The same evaluation from a file, with its report in Word: `impact demo`, then notebook 05.

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
means = effects.frame.loc[0, labels]
means.to_frame(f"{effects.frame['strategy'][0]}: what its numbers mean").rename_axis(index=MARK)
