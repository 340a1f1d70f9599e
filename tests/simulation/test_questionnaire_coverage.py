"""Coverage of questionnaire intervals: small groups of the workshops, households by group and stratum, two surveys."""

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.slow

LOW, HIGH = 0.929, 0.971  # 0.95 within three binomial standard errors of 1,000 draws
DRAWS = 1000
SMALL = ("logit", "wilson", "korn-graubard", "likelihood", "asin")


@pytest.mark.parametrize("interval", SMALL)
@pytest.mark.parametrize("n", range(16, 27))
def test_small_proportions_cover(interval, n):
    """Every count is possible; coverage is the binomial sum, without draws."""
    from scipy.stats import binom

    ends = []
    for yes in range(n + 1):
        row = im.share(pd.DataFrame({"y": [1] * yes + [0] * (n - yes)}), "y", interval=interval).frame.iloc[0]
        ends.append((row["conf_low"], row["conf_high"]))
    for p in np.arange(0.05, 0.951, 0.005):
        chance = binom.pmf(np.arange(n + 1), n, p)
        covered = sum(c for c, (low, high) in zip(chance, ends, strict=True) if low <= p <= high)
        assert covered >= 0.93, (interval, n, p, covered)


@pytest.fixture(scope="module")
def population():
    """A large twin: household answers that go together within groups, in strata of regions."""
    household = im.synthetic.rural_alliances(77, groups=3000).household
    return household.assign(
        poor=household["income_pc_month"] < 331,
        log_income=np.log(household["income_pc_month"]),
        region=household["region"].astype(str),
    ).reset_index(drop=True)


class Draws:
    """Groups drawn within regions, in proportion, with all their members and the weights that sum to the population."""

    def __init__(self, population, seed, groups=60):
        self.population, self.rng = population, np.random.default_rng(seed)
        self.members = population.groupby("group_id").indices
        by_region = population.groupby("region")["group_id"].unique()
        total = sum(map(len, by_region))
        self.regions = [(ids, max(2, round(groups * len(ids) / total))) for ids in by_region]

    def sample(self):
        rows, psu, weight = [], [], []
        for ids, number in self.regions:
            for name in self.rng.choice(ids, number, replace=True):
                rows.append(self.members[name])
                psu += [len(rows)] * len(rows[-1])
                weight += [len(ids) / number] * len(rows[-1])
        return self.population.iloc[np.concatenate(rows)].assign(psu=psu, w=weight).reset_index(drop=True)


def covers(table, truth):
    return (table["conf_low"].to_numpy() <= truth) & (truth <= table["conf_high"].to_numpy())


def judged(hits):
    shares = {name: np.round(hit / DRAWS, 3) for name, hit in hits.items()}
    assert all(((share >= LOW) & (share <= HIGH)).all() for share in shares.values()), shares


def test_shares_of_households_cover_under_groups_and_strata(population):
    draws, truth = Draws(population, 5), population["poor"].mean()
    hits = dict.fromkeys([*SMALL, "mean"], 0)
    for _ in range(DRAWS):
        sample = draws.sample()
        for interval in hits:
            table = im.share(sample, "poor", cluster="psu", stratum="region", interval=interval).frame
            hits[interval] = hits[interval] + covers(table, truth)
    judged(hits)


def test_means_totals_and_ratios_cover_under_groups_and_strata(population):
    """Income in Bs, not in logs, is so skewed that the t interval of 60 groups is too low; the one of the logarithm holds."""
    draws, design = Draws(population, 6), {"cluster": "psu", "stratum": "region", "weights": "w"}
    income, log_income = population["income_pc_month"], population["log_income"]
    ratio = population["sales_alliance"].sum() / population["sales_agr"].sum()
    hits = dict.fromkeys(["mean", "log mean", "total", "ratio"], 0)
    for _ in range(DRAWS):
        sample = draws.sample()
        found = {
            "mean": (im.survey_mean(sample, "income_pc_month", **design, interval="log"), income.mean()),
            "log mean": (im.survey_mean(sample, "log_income", **design), log_income.mean()),
            "total": (im.survey_total(sample, "income_pc_month", **design, interval="log"), income.sum()),
            "ratio": (
                im.survey_ratio(sample, "sales_alliance", "sales_agr", **design, interval="log"),
                ratio,
            ),
        }
        for name, (table, truth) in found.items():
            hits[name] = hits[name] + covers(table.frame, truth)
    judged(hits)


def test_levels_of_a_subgroup_cover(population):
    """By region, with about 15 groups each: shares and means of logs hold; skewed amounts fall short, less so on the log scale."""
    draws = Draws(population, 7)
    design = {"cluster": "psu", "stratum": "region", "weights": "w", "by": "region"}
    grouped = population.groupby("region")
    income = grouped["income_pc_month"].mean().to_numpy()
    hits, skewed = dict.fromkeys(["share", "log mean"], 0), {"t": 0, "log": 0}
    for _ in range(DRAWS):
        sample = draws.sample()
        hits["share"] += covers(im.share(sample, "poor", **design).frame, grouped["poor"].mean().to_numpy())
        table = im.survey_mean(sample, "log_income", **design).frame
        hits["log mean"] += covers(table, grouped["log_income"].mean().to_numpy())
        for interval in skewed:
            table = im.survey_mean(sample, "income_pc_month", **design, interval=interval).frame
            skewed[interval] += covers(table, income).mean()
    judged(hits)
    assert skewed["t"] < skewed["log"], skewed


def test_the_difference_between_two_surveys_covers_on_common_cells():
    """Two surveys of other regions and another mix; the share changes by the same in each region."""
    rng, hits = np.random.default_rng(9), 0
    level = np.array([0.7, 0.5, 0.3])
    for _ in range(DRAWS):
        frames = []
        for mix, change in (((0.5, 0.3, 0.2), 0.0), ((0.2, 0.4, 0.4), -0.15)):
            group = np.repeat(np.arange(50), 2)
            region = rng.choice(3, 50, p=mix)[group]
            shift = rng.normal(0, 0.08, 50)[group]
            answer = rng.random(100) < np.clip(level[region] + change + shift, 0, 1)
            frames.append(pd.DataFrame({"changed": answer, "region": region.astype(str), "group": group}))
        frame = im.compare_surveys(*frames, "changed", ["region"], cluster="group").frame
        row = frame.set_index("comparison").loc["common cells"]
        hits += row["conf_low"] <= -0.15 <= row["conf_high"]
    assert LOW <= hits / DRAWS <= HIGH, hits / DRAWS


def test_a_trend_in_shares_covers():
    rng, hits, n = np.random.default_rng(10), 0, np.array([19, 20, 21, 22, 26])
    years = np.arange(5)
    for _ in range(DRAWS):
        trend = im.trend_in_shares(rng.binomial(n, 0.53 + 0.02 * years), n, years)
        hits += trend.conf_low <= 0.02 <= trend.conf_high
    assert LOW <= hits / DRAWS <= HIGH, hits / DRAWS


@pytest.mark.parametrize("test", ["rao_scott", "difference_of_means"])
def test_tests_between_subgroups_reject_as_often_as_they_say(population, test):
    """Kinds of group that do not differ: given to groups by lot."""
    draws, rejected = Draws(population, 8), 0
    for _ in range(DRAWS):
        sample = draws.sample()
        kinds = draws.rng.choice(["a", "b", "c"] if test == "rao_scott" else ["a", "b"], 200)
        sample = sample.assign(kind=kinds[sample["psu"].to_numpy()])
        if test == "rao_scott":
            found = im.rao_scott(sample, "kind", "poor", cluster="psu", stratum="region")
        else:
            found = im.difference_of_means(sample, "log_income", "kind", cluster="psu", stratum="region")
        rejected += found.p_value < 0.05
    assert 1 - HIGH <= rejected / DRAWS <= 1 - LOW, rejected / DRAWS
