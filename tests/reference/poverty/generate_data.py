"""Write survey.csv: a stratified two-stage sample with unequal weights, negative and zero incomes (synthetic)."""

from pathlib import Path

import numpy as np
import pandas as pd

generator = np.random.default_rng(20_14)
strata, clusters_per_stratum = 6, (5, 8, 4, 10, 7, 6)
rows = []
for stratum in range(strata):
    for cluster in range(clusters_per_stratum[stratum]):
        shift = generator.normal(scale=0.4)
        for _ in range(int(generator.integers(4, 15))):
            income = np.exp(6.1 + 0.15 * stratum + shift + generator.normal(scale=0.8))
            rows.append(
                {
                    "stratum": f"s{stratum}",
                    "cluster": f"s{stratum}c{cluster}",
                    "region": ("Valles", "Chaco", "Norte")[int(generator.integers(3))],
                    "weight": round(float(generator.uniform(20, 90)), 3),
                    "persons": int(1 + generator.poisson(3)),
                    "income": round(float(income), 2),
                }
            )
survey = pd.DataFrame(rows)
survey.loc[generator.choice(len(survey), 6, replace=False), "income"] = [
    -120.5,
    -3.0,
    0.0,
    0.0,
    -40.25,
    -900.0,
]
survey.loc[generator.choice(len(survey), 4, replace=False), "income"] = 580.0  # exactly at the line
survey.to_csv(Path(__file__).with_name("survey.csv"), index=False)
