"""Generated data: eight covariates, 35 % treated, clusters of fifty, a true effect of 2."""

from __future__ import annotations

import numpy as np
import pandas as pd

COVARIATES = [f"x{number}" for number in range(1, 9)]
EFFECT = 2.0


def generate(number: int, seed: int = 1) -> pd.DataFrame:
    """Return ``number`` synthetic units; the same rows for every peer."""
    generator = np.random.default_rng(seed)
    covariates = generator.normal(size=(number, 8))
    cluster = np.arange(number) // 50
    group_effect = generator.normal(0, 0.5, cluster[-1] + 1)[cluster]
    index = covariates @ np.array([0.4, -0.3, 0.3, 0.2, -0.2, 0.1, 0.1, 0.0]) - 0.68
    treated = generator.random(number) < 1 / (1 + np.exp(-index))
    slopes = np.array([1.0, 0.5, 0.5, 0.3, 0.3, 0.2, 0.0, 0.4])
    outcome = covariates @ slopes + EFFECT * treated + group_effect + generator.normal(size=number)
    table = pd.DataFrame(covariates, columns=COVARIATES)
    return table.assign(treated=treated.astype(np.int64), y=outcome, cluster=cluster)
