"""Surveys that tests have in common, each made from a seed."""

import numpy as np
import pandas as pd

import impact as im

COVARIATES = ["age", "herd", "region"]


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
