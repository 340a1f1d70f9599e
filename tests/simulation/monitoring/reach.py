"""What reaches beyond the survey: changes of subprojects, weights to all, variance shares, transport, exposure, markets."""

import numpy as np
import pandas as pd

import impact as im
from tests.simulation.monitoring.study import Draw, Study, within

STRATEGY = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


def exposed_groups(rng, effect, groups=100, size=8):
    """Treated and waiting groups alike but for age; the effect is given by group."""
    group = np.repeat(np.arange(groups), size)
    treated = (group % 2).astype(bool)
    region = np.array(["Norte", "Valles", "Tropico"])[rng.choice(3, groups, p=(0.5, 0.3, 0.2))][group]
    frame = pd.DataFrame({"group": group, "treated": treated, "age": rng.normal(40, 10, len(group))})
    frame = frame.assign(region=region, dose=rng.uniform(0, 5, groups)[group])
    noise = rng.normal(0, 60, groups)[group] + rng.normal(0, 120, len(group))
    frame["income"] = 1000 + 5 * frame["age"] + noise + np.where(treated, effect(frame), 0.0)
    roles = {"covariates": ["age"], "outcomes": ["income"], "cluster": "group", "group_assigned": True}
    return im.Sample(frame, treatment="treated", **roles)


def transport() -> Draw:
    """Effects of 100, 200 and 400 by region; the programme has another mix, and a region that was not surveyed."""
    gains = {"Norte": 100.0, "Valles": 200.0, "Tropico": 400.0}
    programme = pd.DataFrame({"region": ["Norte"] * 20 + ["Valles"] * 30 + ["Tropico"] * 40 + ["Lago"] * 10})
    truth = (20 * 100 + 30 * 200 + 40 * 400) / 90

    def draw(rng, number):
        sample = exposed_groups(rng, lambda frame: frame["region"].map(gains))
        found = im.transported_effects(sample, STRATEGY, programme, ["region"], ["income"]).frame
        row = found.set_index("population").loc["programme"]
        return {"effect on the programme": within(row["conf_low"], truth, row["conf_high"])}

    return draw


def transport_of_combinations() -> Draw:
    """Effects by region and crop that do not add up; the programme has other combinations than the survey, crop by crop."""
    gains = {"Norte": {"milk": 100.0, "cacao": 200.0}, "Valles": {"milk": 300.0, "cacao": 600.0}}
    gains["Tropico"] = gains["Norte"]
    counts = {("Norte", "milk"): 10, ("Norte", "cacao"): 30, ("Valles", "milk"): 35, ("Valles", "cacao"): 25}
    programme = pd.DataFrame([pair for pair, number in counts.items() for _ in range(number)])
    programme.columns = ["region", "crop"]
    truth = sum(number * gains[region][crop] for (region, crop), number in counts.items()) / len(programme)

    def draw(rng, number):
        crop = np.array(["milk", "cacao"])[rng.choice(2, 100, p=(0.6, 0.4))]
        sample = exposed_groups(
            rng, lambda f: [gains[r][crop[g]] for r, g in zip(f["region"], f["group"], strict=True)]
        )
        frame = sample.frame.assign(crop=crop[sample.frame["group"]])
        frame["region"] = frame["region"].replace("Tropico", "Norte")
        surveyed = im.Sample(frame, "treated", ["age"], ["income"], cluster="group", group_assigned=True)
        given = (surveyed, STRATEGY, programme, ["region", "crop"], ["income"])
        row = im.transported_effects(*given, crossed=True).frame.set_index("population").loc["programme"]
        return {"effect on the programme": within(row["conf_low"], truth, row["conf_high"])}

    return draw


def exposure(degree: int) -> Draw:
    grid = np.linspace(1.0, 4.0, 7)
    truth = 100 + 60 * grid - 6 * (degree - 1) * grid**2

    def draw(rng, number):
        sample = exposed_groups(rng, lambda f: 100 + 60 * f["dose"] - 6 * (degree - 1) * f["dose"] ** 2)
        matched = im.match(sample, STRATEGY)
        curve = im.dose_response(matched, "income", "dose", degree, grid, replications=499, seed=number).frame
        found = {"band": ((curve["band_low"] <= truth) & (truth <= curve["band_high"])).all()}
        for row, true in zip(curve.to_dict("records"), truth, strict=True):
            found[f"at {row['dose']:g}"] = within(row["conf_low"], true, row["conf_high"])
        return found

    return draw


def straight_exposure() -> Draw:
    return exposure(1)


def bent_exposure() -> Draw:
    return exposure(2)


def subprojects() -> pd.DataFrame:
    """Every subproject of a large twin with what its net income became, reported or not."""
    tables = im.synthetic.rural_programme(97, alliances=20_000)
    finance = tables["subproject_finance"]
    third = finance[finance["year"] == 3].set_index("group_id")
    record = tables["subproject_record"].set_index("group_id")
    record["after"] = (third["gross_with"] - third["opcost_with"]) / record["members_start"]
    return record.join(tables["group"].set_index("group_id")[["region", "members_approval"]]).reset_index()


def true_changes(frame: pd.DataFrame) -> dict[str, float]:
    rise = frame["after"] - frame["net_income_before"]
    percent = 100 * rise.sum() / frame["net_income_before"].sum()
    return {"change": rise.mean(), "percent": percent, "losing": (rise < 0).mean()}


def covered(frame: pd.DataFrame, truth: dict[str, float]) -> dict[str, bool]:
    row = frame.iloc[0]
    ends = {"change": "", "percent": "percent_", "losing": "losing_"}
    return {
        name: within(row[f"{prefix}conf_low"], truth[name], row[f"{prefix}conf_high"])
        for name, prefix in ends.items()
    }


def changes() -> Draw:
    programme = subprojects()
    truth = true_changes(programme)

    def draw(rng, number):
        sample = programme.iloc[rng.choice(len(programme), 140, replace=False)]
        return covered(im.before_after(sample, "net_income_before", "after").frame, truth)

    return draw


def weights_to_all() -> Draw:
    """768 subprojects, of which those with more members report more often and gain less."""
    programme = subprojects()
    size = np.log(programme["members_approval"] / programme["members_approval"].mean())
    tilted = programme.assign(after=programme["after"] - 4_000 * size, size=size)
    truth = true_changes(tilted)

    def draw(rng, number):
        every = tilted.iloc[rng.choice(len(tilted), 768, replace=False)].reset_index(drop=True)
        every["told"] = rng.random(768) < 1 / (1 + np.exp(1.4 - 1.5 * every["size"]))
        every["w"] = im.response_weights(every, "told", ["size", "region"])
        told = every[every["told"]]
        return covered(im.before_after(told, "net_income_before", "after", weights="w").frame, truth)

    return draw


def intraclass() -> Draw:
    """Log income of the twin by producer group, 60 groups of unequal size."""
    household = im.synthetic.rural_alliances(77, groups=3000).household
    household = household.assign(y=np.log(household["income_pc_month"]))
    truth = im.variance_shares(household, "y", ["group_id"]).frame["icc"].iloc[0]
    members = household.groupby("group_id").indices
    names = np.array(list(members))

    def draw(rng, number):
        rows = np.concatenate([members[name] for name in rng.choice(names, 60, replace=False)])
        row = im.variance_shares(household.iloc[rows], "y", ["group_id"]).frame.iloc[0]
        return {"group": within(row["conf_low"], truth, row["conf_high"])}

    return draw


STUDIES = (
    Study("Changes of 140 subprojects", changes),
    Study("Changes weighted to all 768 subprojects", weights_to_all, conservative=True),
    Study("Intraclass correlation, 60 groups", intraclass),
    Study("Effect transported to the programme, 100 groups", transport),
    Study("Effect transported by region and crop, 100 groups", transport_of_combinations),
    Study("Effect by exposure, straight", straight_exposure),
    Study("Effect by exposure, bent", bent_exposure),
)
