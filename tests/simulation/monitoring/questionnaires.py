"""Questionnaires of a large twin: groups drawn within regions, two surveys of other regions, shares over funding years."""

import numpy as np
import pandas as pd

import impact as im
from tests.simulation.monitoring.study import Draw, Study, within

SHARE_INTERVALS = ("logit", "wilson", "korn-graubard", "likelihood", "asin", "mean")
BY_HOUSEHOLD = {"cluster": "psu", "stratum": "region", "weights": "w"}


class Population:
    """Household answers that go together within groups, in strata of regions; 60 groups are drawn in proportion."""

    def __init__(self, groups: int = 60):
        household = im.synthetic.rural_alliances(77, groups=3000).household
        self.frame = household.assign(
            poor=household["income_pc_month"] < 331,
            log_income=np.log(household["income_pc_month"]),
            region=household["region"].astype(str),
        ).reset_index(drop=True)
        self.members = self.frame.groupby("group_id").indices
        by_region = self.frame.groupby("region")["group_id"].unique()
        total = sum(map(len, by_region))
        self.regions = [(ids, max(2, round(groups * len(ids) / total))) for ids in by_region]

    def sample(self, rng: np.random.Generator) -> pd.DataFrame:
        rows, psu, weight = [], [], []
        for ids, number in self.regions:
            for name in rng.choice(ids, number, replace=True):
                rows.append(self.members[name])
                psu += [len(rows)] * len(rows[-1])
                weight += [len(ids) / number] * len(rows[-1])
        return self.frame.iloc[np.concatenate(rows)].assign(psu=psu, w=weight).reset_index(drop=True)


def shares() -> Draw:
    population = Population()
    truth = population.frame["poor"].mean()

    def draw(rng, number):
        sample = population.sample(rng)
        found = {}
        for interval in SHARE_INTERVALS:
            row = im.share(sample, "poor", cluster="psu", stratum="region", interval=interval).frame.iloc[0]
            found[interval] = within(row["conf_low"], truth, row["conf_high"])
        return found

    return draw


def amounts() -> Draw:
    """Income in Bs, skewed, and its logarithm, which is not; the interval is suited to each."""
    population = Population()
    frame = population.frame
    income, log_income = frame["income_pc_month"], frame["log_income"]
    truths = {
        "mean": income.mean(),
        "mean of logs": log_income.mean(),
        "total": income.sum(),
        "ratio": frame["sales_alliance"].sum() / frame["sales_agr"].sum(),
    }

    def draw(rng, number):
        sample, suited = population.sample(rng), {**BY_HOUSEHOLD, "interval": "suited"}
        tables = {
            "mean": im.survey_mean(sample, "income_pc_month", **suited),
            "mean of logs": im.survey_mean(sample, "log_income", **suited),
            "total": im.survey_total(sample, "income_pc_month", **suited),
            "ratio": im.survey_ratio(sample, "sales_alliance", "sales_agr", **suited),
        }
        rows = {name: table.frame.iloc[0] for name, table in tables.items()}
        return {name: within(row["conf_low"], truths[name], row["conf_high"]) for name, row in rows.items()}

    return draw


def by_region() -> Draw:
    """About 15 groups a region."""
    population = Population()
    grouped = population.frame.groupby("region")
    truths = {name: grouped[name].mean() for name in ("income_pc_month", "log_income", "poor")}

    def draw(rng, number):
        sample, design = population.sample(rng), {**BY_HOUSEHOLD, "by": "region"}
        tables = {
            "income_pc_month": im.survey_mean(sample, "income_pc_month", **design, interval="suited"),
            "log_income": im.survey_mean(sample, "log_income", **design, interval="suited"),
            "poor": im.share(sample, "poor", **design),
        }
        return {
            f"{name}, {row['subgroup']}": within(
                row["conf_low"], truths[name][row["subgroup"]], row["conf_high"]
            )
            for name, table in tables.items()
            for row in table.frame.to_dict("records")
        }

    return draw


def two_surveys() -> Draw:
    """Two surveys of another mix of regions; the share changes by the same in each region."""
    level = np.array([0.7, 0.5, 0.3])

    def draw(rng, number):
        frames = []
        for mix, change in (((0.5, 0.3, 0.2), 0.0), ((0.2, 0.4, 0.4), -0.15)):
            group = np.repeat(np.arange(50), 2)
            region = rng.choice(3, 50, p=mix)[group]
            shift = rng.normal(0, 0.08, 50)[group]
            answer = rng.random(100) < np.clip(level[region] + change + shift, 0, 1)
            frames.append(pd.DataFrame({"changed": answer, "region": region.astype(str), "group": group}))
        frame = im.compare_surveys(*frames, "changed", ["region"], cluster="group").frame
        row = frame.set_index("comparison").loc["common cells"]
        return {"difference": within(row["conf_low"], -0.15, row["conf_high"])}

    return draw


def trend() -> Draw:
    number_of, years = np.array([19, 20, 21, 22, 26]), np.arange(5)

    def draw(rng, number):
        found = im.trend_in_shares(rng.binomial(number_of, 0.53 + 0.02 * years), number_of, years)
        return {"slope": within(found.conf_low, 0.02, found.conf_high)}

    return draw


def tests_of_subgroups() -> Draw:
    """Kinds of group that do not differ, given by lot: a test that rejects 5 % of the time keeps 95 %."""
    population = Population()

    def draw(rng, number):
        sample = population.sample(rng)
        kinds = rng.choice(["a", "b", "c"], 200)[sample["psu"].to_numpy()]
        sample = sample.assign(kind=kinds, two=np.where(kinds == "c", "a", kinds))
        rao = im.rao_scott(sample, "kind", "poor", cluster="psu", stratum="region")
        means = im.difference_of_means(sample, "log_income", "two", cluster="psu", stratum="region")
        return {"Rao–Scott keeps": rao.p_value >= 0.05, "difference of means keeps": means.p_value >= 0.05}

    return draw


STUDIES = (
    Study("Share of poor households, 60 groups in 4 strata", shares),
    Study("Amounts, 60 groups in 4 strata", amounts),
    Study("By region, about 15 groups each", by_region),
    Study("Two surveys on common regions", two_surveys),
    Study("Trend over funding years, 19 to 26 groups each", trend),
    Study("Tests between subgroups", tests_of_subgroups),
)
