"""The surveys that tests have in common: a few cases by hand, units and groups drawn from a seed, the alliances' households."""

import numpy as np
import pandas as pd

import impact as im

COVARIATES = ["age", "herd", "region"]


def sample_of(frame, covariates=("x", "z"), outcomes=("income",), cluster="group", **roles):
    """Return the sample of a frame whose column ``treated`` says who took part; None for no groups."""
    return im.Sample(frame, "treated", list(covariates), list(outcomes), cluster=cluster, **roles)


def units_by_hand(treated, age, sampling_weight=None, **columns):
    """Return the sample of units written out one by one; every further column but the weight is a covariate."""
    frame = pd.DataFrame({"treated": treated, "age": age, **columns})
    terms = [name for name in ("age", *columns) if name != sampling_weight]
    return im.Sample(frame, treatment="treated", covariates=terms, sampling_weight=sampling_weight)


def alliances_sample(seed, groups, **roles):
    """Return the households of synthetic rural alliances as a sample, with other roles where given."""
    survey = im.synthetic.rural_alliances(seed, groups=groups)
    return im.Sample(survey.household, **(survey.roles() | roles))


def single_units(seed=0, number=300):
    """Return units that are treated one by one, the older and those of region b sooner; herds are skewed."""
    generator = np.random.default_rng(seed)
    age, herd = generator.normal(45, 10, number), generator.gamma(2.0, 3.0, number)
    region = generator.choice(list("abc"), number)
    inclined = (age - 45) / 12 + 0.1 * (herd - 6) + 0.4 * (region == "b") - 0.5
    treated = generator.logistic(size=number) < inclined
    frame = pd.DataFrame({"treated": treated, "age": age, "herd": herd, "region": region})
    frame["income"] = age + herd**1.5 + 3 * treated + generator.normal(0, 5, number)
    frame["weight"] = generator.uniform(0.5, 3, number)
    return frame


def scored_units(seed=0, number=4000):
    """Return units that are treated one by one by a logistic score of x and z, with an effect that grows in x."""
    generator = np.random.default_rng(seed)
    x, z = generator.normal(size=(2, number))
    treated = generator.random(number) < 1 / (1 + np.exp(-0.7 * x + 0.5 * z + 0.5))
    y = x + 2 * z + treated * (1 + x) + generator.normal(size=number)
    return pd.DataFrame({"treated": treated, "x": x, "z": z, "y": y, "unit": np.arange(number)})


def groups_in_turn(groups=60, members=5, effect=2.0, seed=4):
    """Return groups of which every second is treated: two covariates, incomes with a shock that members share, sizes, weights."""
    generator = np.random.default_rng(seed)
    number = groups * members
    group = np.repeat(np.arange(groups), members)
    treated = group % 2 == 0
    x, z = generator.normal(size=(2, number))
    x = x + 0.3 * treated
    shared = x + 0.5 * generator.normal(size=groups)[group]
    return pd.DataFrame(
        {
            "treated": treated,
            "x": x,
            "z": z,
            "group": group,
            "region": np.array(["south", "north", "west"])[group // 2 % 3],
            "before": 20 + shared + generator.normal(size=number),
            "income": 20 + shared + effect * treated + generator.normal(size=number),
            "size": generator.integers(1, 9, number),
            "weight": generator.uniform(0.5, 2, number),
        }
    )


def grouped_survey(seed=0, groups=60, members=4, effect=20.0):
    """Return a survey whose treatment is given to whole groups: positive incomes, three covariates, sizes, an own index."""
    generator = np.random.default_rng(seed)
    number = groups * members
    group = np.repeat(np.arange(groups), members)
    wealth = generator.normal(size=groups)[group]
    treated = (wealth / 2 + generator.logistic(size=groups)[group]) > 0.3
    age = 45 + 4 * wealth + generator.normal(0, 10, number)
    before = np.exp(4.5 + 0.2 * wealth + generator.normal(0, 0.3, number))
    frame = pd.DataFrame(
        {
            "age": age,
            "herd": generator.gamma(2.0, 3.0, number) + wealth,
            "region": generator.choice(list("abc"), number),
            "group": group,
            "village": group % 8,
            "size": generator.integers(1, 8, number),
            "before": before,
            "income": before * np.exp(generator.normal(0, 0.2, number)) + 0.5 * age + effect * treated,
            "unrelated": generator.normal(size=number),
            "treated": treated,
        }
    )
    return frame.set_axis(generator.permutation(number) + 1000)


def grouped_sample(frame=None, **changes):
    """Return the sample of a grouped survey, with other roles where given."""
    roles = {"treatment": "treated", "covariates": COVARIATES, "outcomes": ["income"], "cluster": "group"}
    return im.Sample(grouped_survey() if frame is None else frame, **(roles | changes))


def coded_households(seed=2, groups=40, size=6):
    """Return households with codes, of groups treated in turn: covariates, incomes before and after, rounded as files have them."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    treated = group % 2
    age, educ = (generator.normal(size=len(group)) + 0.3 * treated for _ in range(2))
    shock = 0.5 * generator.normal(size=groups)[group]
    before = age + shock + generator.normal(size=len(group))
    income = 20 + age + educ + 2 * treated + shock + generator.normal(size=len(group))
    columns = {
        "treated": treated,
        "age": age,
        "educ": educ,
        "group": group,
        "before": before,
        "income": income,
    }
    return pd.DataFrame({"code": [f"H{i:03d}" for i in range(len(group))], **columns}).round(4)
