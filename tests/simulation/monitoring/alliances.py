"""What is said of alliances: survival, ends, hazards, concentration, the return on the effect."""

import numpy as np
import pandas as pd

import impact as im
from tests.simulation.monitoring.study import Draw, Study, within


def spells(alliances: int = 20_000) -> pd.DataFrame:
    return im.alliance_spells(im.synthetic.rural_programme(99, alliances=alliances)["group"])


def kaplan_meier() -> Draw:
    large, intervals = spells(), ("log-log", "logit")
    truth = im.survival(large, "years", "ended", times=[1, 3]).frame["survival"].to_numpy()

    def draw(rng, number):
        sample, found = large.iloc[rng.choice(len(large), 120, replace=False)], {}
        for interval in intervals:
            frame = im.survival(sample, "years", "ended", times=[1, 3], interval=interval).frame
            for row, true in zip(frame.to_dict("records"), truth, strict=True):
                found[f"{interval}, {row['time']:g} years"] = within(row["conf_low"], true, row["conf_high"])
        return found

    return draw


def small_regions() -> Draw:
    """A region's 24 groups, as in the workshops."""
    large = spells()
    parts = dict(iter(large.groupby("region", observed=True)))
    truths = {
        name: im.survival(part, "years", "ended", times=[3]).frame["survival"].iloc[0]
        for name, part in parts.items()
    }

    def draw(rng, number):
        found = {}
        for name, part in parts.items():
            sample = part.iloc[rng.choice(len(part), 24, replace=False)]
            row = im.survival(sample, "years", "ended", times=[3]).frame.iloc[0]
            found[str(name)] = within(row["conf_low"], truths[name], row["conf_high"])
        return found

    return draw


def competing_ends() -> Draw:
    large, options = spells(), {"times": [1, 3], "interval": "logit"}
    whole = im.cumulative_incidence(large, "years", "ending", **options).frame
    truth = whole["incidence"].to_numpy()

    def draw(rng, number):
        sample = large.iloc[rng.choice(len(large), 150, replace=False)]
        frame = im.cumulative_incidence(sample, "years", "ending", **options).frame
        keys = next(name for name in frame.columns if name in ("cause", "ending"))
        return {
            f"{row[keys]}, {row['time']:g} years": within(row["conf_low"], true, row["conf_high"])
            for row, true in zip(frame.to_dict("records"), truth, strict=True)
        }

    return draw


def bounds() -> Draw:
    """The broken ones stay away more often; nothing is assumed of them."""
    large = spells()
    truth = float(im.survival(large, "years", "ended", times=[3]).frame["survival"].iloc[0])

    def draw(rng, number):
        sample = large.iloc[rng.choice(len(large), 108, replace=False)]
        silent = rng.random(108) < np.where(sample["ended"] == 1, 0.6, 0.25)
        seen = sample.assign(ended=sample["ended"].mask(silent), years=sample["years"].mask(silent))
        row = im.survival_bounds(seen, "years", "ended", "horizon", times=[3]).frame.iloc[0]
        return {"low to high": within(row["conf_low"], truth, row["conf_high"])}

    return draw


def response_model() -> Draw:
    """Who comes depends on region and size; survival on region: the model holds."""
    large = spells()
    truth = float(im.survival(large, "years", "ended", times=[3]).frame["survival"].iloc[0])
    weak = large["region"].astype(str).isin(["Chaco", "Tropico"]).to_numpy()

    def draw(rng, number):
        rows = rng.choice(len(large), 200, replace=False)
        sample = large.iloc[rows]
        silent = rng.random(200) < np.where(weak[rows], 0.6, 0.25)
        seen = sample.assign(ended=sample["ended"].mask(silent), region=sample["region"].astype(str))
        row = im.survival_reweighted(seen, "years", "ended", ["region"], times=[3]).frame.iloc[0]
        return {"weighted to all": within(row["conf_low"], truth, row["conf_high"])}

    return draw


def hazards(by_municipality: bool) -> Draw:
    """150 alliances of a large twin, by themselves; 60 whole municipalities whose alliances end together."""
    fixed = np.random.default_rng(21)
    large = spells(6000)
    large = large.assign(norte=large["region"] == "Norte", milk=large["alliance_product"] == "milk")
    large["muni_code"] = fixed.integers(0, 2000, len(large))
    if by_municipality:
        large["years"] *= np.exp(0.5 * fixed.normal(size=2000))[large["muni_code"]]
    covariates = ["norte", "milk"]
    truth = im.hazards(large, "years", "ended", covariates).frame["hazard_ratio"].to_numpy()
    members = large.groupby("muni_code").indices
    codes = np.array(list(members))

    def draw(rng, number):
        rows = (
            np.concatenate([members[code] for code in rng.choice(codes, 60, replace=False)])
            if by_municipality
            else rng.choice(len(large), 150, replace=False)
        )
        cluster = "muni_code" if by_municipality else None
        try:
            frame = im.hazards(large.iloc[rows], "years", "ended", covariates, cluster=cluster).frame
        except (
            im.EstimationError
        ):  # no alliance of a region ended: there is no interval, which counts as a miss
            return dict.fromkeys(covariates, False)
        return {
            row["term"]: within(row["conf_low"], true, row["conf_high"])
            for row, true in zip(frame.to_dict("records"), truth, strict=True)
        }

    return draw


def hazards_alone() -> Draw:
    return hazards(False)


def hazards_together() -> Draw:
    return hazards(True)


def log_rank(together: bool) -> Draw:
    """Three kinds of town that survive alike; where towns are named, their alliances end together."""

    def draw(rng, number):
        town = np.repeat(np.arange(40), rng.integers(2, 7, 40))
        frailty = 0.6 * rng.normal(size=40)[town] if together else 0.0
        ending, seen = rng.exponential(np.exp(frailty), len(town)), rng.uniform(0.5, 2.0, len(town))
        kind = np.array(["a", "b", "c"])[rng.integers(0, 3, 40)][town]
        frame = pd.DataFrame(
            {"years": np.minimum(ending, seen), "ended": ending <= seen, "kind": kind, "town": town}
        )
        found = im.log_rank(frame, "years", "ended", "kind", cluster="town" if together else None)
        return {"keeps": found.p_value >= 0.05}

    return draw


def log_rank_alone() -> Draw:
    return log_rank(False)


def log_rank_together() -> Draw:
    return log_rank(True)


def concentration() -> Draw:
    fixed = np.random.default_rng(4)
    large = pd.DataFrame({"need": fixed.normal(size=200_000)})
    large["funds"] = fixed.gamma(1.5, 1.0, len(large)) * np.exp(0.3 * large["need"])
    whole = im.concentration(large, "need", "funds", replications=99)
    index, upper_truth = whole.index, whole.share_of_upper(0.43)["amount_share"]

    def draw(rng, number):
        sample = large.iloc[rng.choice(len(large), 110, replace=False)]
        curve = im.concentration(sample, "need", "funds", replications=299, seed=number)
        upper = curve.share_of_upper(0.43)
        return {
            "index": within(curve.conf_low, index, curve.conf_high),
            "share of the upper 43 %": within(upper["conf_low"], upper_truth, upper["conf_high"]),
        }

    return draw


def inclusion() -> Draw:
    """60 groups of 12 against an area's share of women of 35 %: the share of the programme is 40 %."""

    def draw(rng, number):
        group = np.repeat(np.arange(60), 12)
        chance = np.clip(0.4 + rng.normal(0, 0.1, 60), 0, 1)
        frame = pd.DataFrame({"woman": rng.random(len(group)) < chance[group], "group": group})
        row = im.inclusion(frame, ["woman"], {"woman": 0.35}, cluster="group").frame.iloc[0]
        return {"share of the programme": within(row["conf_low"], 0.40, row["conf_high"])}

    return draw


def attributable_return() -> Draw:
    """Groups of 8: a gain of 200 a year at a cost of 500 or 700, effect and cost of a group apart."""
    annuity = (1 - 1.12**-10) / 0.12
    true_npv = annuity * 200 - 600
    true_irr = im.economic_return(pd.DataFrame([[-600.0] + [200.0] * 10])).frame["irr"].iloc[0]

    def draw(rng, number):
        group = np.repeat(np.arange(80), 8)
        treated = (group % 2).astype(bool)
        frame = pd.DataFrame({"group": group, "treated": treated, "age": rng.normal(40, 10, 640)})
        noise = rng.normal(0, 60, 80)[group] + rng.normal(0, 90, 640)
        frame["income"] = 1000 + 5 * frame["age"] + noise + 200 * treated
        cost = pd.Series(rng.choice([500.0, 700.0], 80)[group], index=frame.index)
        roles = {"covariates": ["age"], "outcomes": ["income"], "cluster": "group", "group_assigned": True}
        sample = im.Sample(frame, treatment="treated", **roles)
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
        found = im.attributable_return(matched, "income", cost, seed=number, replications=499)
        return {
            "net present value": within(found.npv_conf_low, true_npv, found.npv_conf_high),
            "rate of return": within(found.irr_conf_low, true_irr, found.irr_conf_high),
        }

    return draw


STUDIES = (
    Study("Survival, 120 alliances", kaplan_meier),
    Study("Survival at 3 years, 24 alliances of a region", small_regions),
    Study("Cumulative incidence, 150 alliances", competing_ends),
    Study("Bounds of survival, 108 alliances, 45 % unknown", bounds, conservative=True),
    Study("Survival weighted for unknown fates, 200 alliances", response_model),
    Study("Hazard ratios, 150 alliances", hazards_alone),
    Study("Hazard ratios, 60 municipalities", hazards_together),
    Study("Log-rank test, alliances by themselves", log_rank_alone),
    Study("Log-rank test, 40 towns", log_rank_together),
    Study("Concentration, 110 municipalities", concentration),
    Study("Inclusion, 60 groups", inclusion),
    Study("Return on the effect, 80 groups", attributable_return),
)
