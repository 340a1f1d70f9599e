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
# # Monitoring: what the report wanted to know and could not
#
# **SYNTHETIC DATA**: 768 alliances drawn by a random generator, not observed in Bolivia. Each question is one call, with its denominator and its interval.

# %%
# %matplotlib inline
import pandas as pd

import impact as im
from impact.views import spoken_digits

pd.options.display.float_format = spoken_digits  # four digits, no powers of ten
MARK = "SYNTHETIC DATA"
programme = im.synthetic.rural_programme(1)
group, finance = programme["group"], programme["subproject_finance"]
sizes = [(name, len(table), len(table.columns)) for name, table in programme.items()]
pd.DataFrame(sizes, columns=["table", "rows", "columns"]).set_index("table").rename_axis(index=MARK)

# %% [markdown]
# ## Questionnaires
# Shares by region, with an interval that holds for twenty groups; the way it was made stands in its `frame`, with the design effect and the counts.

# %%
workshop = programme["workshop"].merge(group[["group_id", "region"]].reset_index(drop=True), on="group_id")
workshop.attrs["synthetic"] = True
im.share(workshop[workshop["invited"]], "attended", by="region", interval="wilson")

# %%
im.multiple_response(programme["perception"], ["imp_quality", "imp_organisation", "imp_income", "imp_market"])

# %% [markdown]
# Does keeping the buyer go with the region? And is "53, 55, 62, 64, 62 %" a trend?

# %%
im.rao_scott(group, "region", "buyer_status")

# %% [markdown]
# Several questions by region at once, the p-values corrected for their number:

# %%
im.subgroup_tests(group, "region", shares=["fac_storage"], means=["members_approval"])

# %%
im.trend_in_shares([10, 11, 13, 14, 16], [19, 20, 21, 22, 26], [2007, 2008, 2009, 2010, 2011])

# %% [markdown]
# ## Survival of alliances
# From the first disbursement to the break with the first buyer; alliances of one municipality may break together.

# %%
spells = im.alliance_spells(group)
im.survival(spells, "years", "ended", by="region", cluster="muni_code", times=[1, 3])

# %%
curve = im.survival(spells, "years", "ended", cluster="muni_code")
ax = im.figures.survival(curve, unit="years")
ax.figure

# %%
im.cumulative_incidence(spells, "years", "ending", cluster="muni_code", times=[1, 3, 5])

# %% [markdown]
# Four in ten groups did not come. Whatever became of them, survival lies between these bounds:

# %%
came = spells["group_id"].isin(workshop.loc[workshop["attended"], "group_id"])
asked = spells[spells["group_id"].isin(workshop["group_id"])]
seen = asked.assign(ended=asked["ended"].where(came), years=asked["years"].where(came))
im.survival_bounds(seen, "years", "ended", "horizon", times=[1, 3])

# %% [markdown]
# Or those that came stand for the others with the same region and size: a response model, and what it assumes.

# %%
im.survival_reweighted(seen, "years", "ended", ["region", "members_approval"], times=[1, 3])

# %% [markdown]
# ## Return
# Every rate of return is counted: a flow may have none, or several, and no rule picks one.

# %%
returns = im.economic_return(im.incremental_flows(finance), rate=0.12)
returns.summary.round(3).to_frame("all subprojects").rename_axis(index=MARK)

# %%
above = returns.frame.join(group.set_index("group_id")[["region"]])
above.attrs["synthetic"] = True
im.share(above, "above_hurdle", by="region", interval="wilson")

# %%
shocks = {
    name: im.economic_return(im.incremental_flows(finance, **shock)).summary["share_above_hurdle"]
    for name, shock in {
        "as planned": {},
        "benefits −20 %": {"benefit_change": -0.2},
        "price −30 %": {"price_change": -0.3},
    }.items()
}
pd.Series(shocks).round(3).to_frame("share above the hurdle").rename_axis(index=MARK)

# %% [markdown]
# That is before and after. The return on what the programme **caused** takes the effect instead, with the uncertainty of effect and cost together:

# %%
survey = im.synthetic.rural_alliances(2, groups=330)
sample = im.Sample(survey.household, **survey.roles())
matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
costs = im.cost_per_producer(
    survey.tables["subproject_finance"], survey.group.set_index("group_id")["members_approval"]
)
im.attributable_return(matched, "income_agr_net", costs.rename_axis("group_id"))

# %% [markdown]
# ## Targeting, and results subproject by subproject

# %%
im.concentration(programme["municipality"], "nbs_index", "funds_invested").share_of_upper(
    0.43, stated=0.56
).round(3).to_frame("the 43 % with most unmet needs").rename_axis(index=MARK)

# %% [markdown]
# Women, indigenous households and leaders, beside their share in the area's population (here invented):

# %%
treated = survey.household[survey.household["treated"]]
im.inclusion(
    treated, ["head_female", "indigenous"], {"head_female": 0.21, "indigenous": 0.62}, cluster="group_id"
)

# %%
record = programme["subproject_record"]
im.before_after(record, "net_income_before", "net_income_after")

# %%
everyone = group.reset_index(drop=True).merge(record[["group_id", "reported"]], on="group_id")
im.representativeness(everyone, "reported", ["region", "members_approval"], cluster="muni_code")

# %%
changes = everyone.assign(
    change=im.before_after(record, "net_income_before", "net_income_after").changes.to_numpy()
)
im.variance_shares(changes, "change", ["alliance_product", "region"])

# %% [markdown]
# ## Markets, exposure, and the whole programme
# Access to markets as outcomes; the effect by years since the money; and reweighted to all 768 alliances, the part outside the survey said.

# %%
farms = im.market_access(survey.household, survey.tables["product_price"], buyers=survey.tables["buyer"])
market = im.Sample(
    farms, **survey.roles() | {"outcomes": ["share_sold", "sold_to_formal_buyer", "number_of_buyers"]}
)
im.estimate(im.match(market, im.NearestNeighbor(im.Mahalanobis(), ratio=4)))

# %%
doses = im.exposures(survey.group, survey.tables["subproject_finance"]).set_index("group_id")
exposed = survey.household.assign(years=survey.household["group_id"].map(doses["years_since_disbursement"]))
by_dose = im.match(im.Sample(exposed, **survey.roles()), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.dose_response(by_dose, "income_agr_net", "years")

# %% [markdown]
# The same by the share of the grant disbursed by the survey: in this twin four groups in ten have an instalment years later, drawn by lot, so that the true curve is flat.

# %%
exposed = survey.household.assign(share=survey.household["group_id"].map(doses["share_disbursed"]))
by_share = im.match(im.Sample(exposed, **survey.roles()), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.dose_response(by_share, "income_agr_net", "share")

# %%
im.transported_effects(
    sample,
    im.NearestNeighbor(im.Mahalanobis(), ratio=4),
    group,
    ["region"],
    ["income_agr_net"],
    "members_approval",
)

# %% [markdown]
# Region by product, each combination to its share of the programme; fewer alliances have a counterpart:

# %%
im.transported_effects(
    sample,
    im.NearestNeighbor(im.Mahalanobis(), ratio=4),
    group,
    ["region", "alliance_product"],
    ["income_agr_net"],
    "members_approval",
    crossed=True,
)

# %% [markdown]
# ## The auditor
# The source report's own table of expenditure: what is printed, and what the figures give.

# %%
table = pd.DataFrame(
    {
        "component": ["institutional support", "alliances", "management", "contingencies", "total"],
        "appraisal": ["3.05", "23.88", "4.43", "3.57", "33.93"],
        "actual": ["5.14", "65.67", "8.93", "0.0", "79.74"],
        "percent": ["168", "193", "276", "0", "229"],
    }
)
im.audit_table(
    table, [im.Sums("total", only=["appraisal", "actual"]), im.Percentages("percent", "actual", "appraisal")]
)
