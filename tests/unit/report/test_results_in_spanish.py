"""Every result that Python gives has a title, headings, notes and labels in Spanish where it is written to a document."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import impact as im
from impact.report.export import as_tables
from impact.report.words.style import Style
from tests.english_words import english_in

pytestmark = pytest.mark.slow


@cache
def survey():
    """A survey of 80 groups, an income that grows with land, a practice that some groups took up."""
    random = np.random.default_rng(7)
    row = np.arange(800)
    group = row // 10
    treated = group % 2 == 0
    tierra, edad = random.gamma(2, 3, 800), random.normal(45, 12, 800)
    ingreso = np.exp(
        5 + 0.05 * tierra + 0.3 * treated + 0.1 * random.normal(size=80)[group] + random.normal(0, 0.4, 800)
    )
    return pd.DataFrame(
        {"tratado": treated.astype(int), "tierra": tierra, "edad": edad, "grupo": group, "zona": np.where(group % 4 < 2, "norte", "sur"),
         "ingreso": ingreso, "pobre": (ingreso < 200).astype(float), "personas": 1 + row % 5, "contrato": (group % 3 == 0).astype(int),
         "previo": ingreso * 0.8 + random.normal(0, 10, 800), "respuesta": np.where(row % 9 == 0, "rechazo", "completa")}
    )  # fmt: skip


@cache
def sample():
    return im.Sample(
        survey(), "tratado", ["tierra", "edad"], outcomes=[im.Column("ingreso", unit="Bs")], cluster="grupo"
    )


@cache
def matched():
    return im.match(sample(), im.NearestNeighbor(im.Mahalanobis(), ratio=2))


@cache
def panel():
    hogar, ola = np.repeat(np.arange(240), 3), np.tile([0, 1, 2], 240)
    entrada = np.where(hogar // 6 % 3 == 0, 0, hogar // 6 % 3)
    azar = np.random.default_rng(3).normal(size=720)
    y = 10 + hogar % 7 + 2 * ola + 5 * ((entrada > 0) & (ola >= entrada)) + azar
    frame = pd.DataFrame(
        {"hogar": hogar, "ola": ola, "entrada": entrada, "y": y, "grupo": hogar // 6, "x": hogar % 5 + 0.0}
    )
    return im.Panel(frame, "hogar", "ola", "entrada", outcomes=["y"], cluster="grupo")


MADE = {
    "balance": lambda: im.balance(matched()),
    "jointly": lambda: im.balance_jointly(matched()),
    "by": lambda: im.balance_by(
        im.match(
            im.Sample(survey(), "tratado", ["tierra", "edad", "zona"]), im.NearestNeighbor(im.Mahalanobis())
        ),
        "zona",
    ),
    "effects": lambda: im.estimate(matched()),
    "subgroups": lambda: im.subgroup_effects(sample(), im.NearestNeighbor(im.Mahalanobis()), by="zona"),
    "fifths": lambda: im.quintile_effects(
        sample(), im.NearestNeighbor(im.Mahalanobis()), "ingreso", by=im.Baseline("previo"), quantiles=2
    ),
    "sorted": lambda: im.sorted_effects(sample(), "ingreso", LinearRegression(), splits=2),
    "mechanisms": lambda: im.mechanism_associations(sample(), ["ingreso"], mechanisms=["contrato"]),
    "differences": lambda: im.matched_differences(matched(), "ingreso"),
    "poverty": lambda: im.poverty_effects(matched(), "ingreso", [200.0], persons="personas"),
    "both": lambda: im.households_and_persons(
        im.poverty_effects(matched(), "ingreso", [200.0], persons="personas")
    ),
    "curve": lambda: im.poverty_curve(matched(), "ingreso", lines=[150.0, 200.0, 250.0], replications=99),
    "quantiles": lambda: im.quantile_effects(matched(), "ingreso", [0.25, 0.5, 0.75], draws=99),
    "fgt": lambda: im.fgt(
        survey()["ingreso"].mask(survey()["edad"] > 70), 200.0, cluster=survey()["grupo"], by=survey()["zona"]
    ),
    "change": lambda: im.growth_and_redistribution(
        im.Wave(survey()["previo"]), im.Wave(survey()["ingreso"]), 200.0
    ),
    "lee": lambda: im.lee_bounds(
        survey()["ingreso"], survey()["tratado"], survey()["respuesta"] == "completa"
    ),
    "response": lambda: im.response_by_arm(survey(), "tratado", "respuesta", complete="completa"),
    "event": lambda: im.group_time_effects(panel(), "y"),
    "bacon": lambda: im.goodman_bacon(panel()),
    "attrition": lambda: panel().attrition,
    "anticipation": lambda: im.anticipation_bounds(matched()),
}


@pytest.mark.parametrize("name", MADE)
def test_a_result_speaks_spanish_in_a_document(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = MADE[name]()
    for table in as_tables(result, Style.of("es")):
        assert table.caption != type(result).__name__, "no title"
        words = [
            *table.headings,
            *(cell for row in table.rows for cell in row.cells if isinstance(cell, str)),
        ]
        english = english_in("".join(f"<p>{part}</p>" for part in (table.caption, *words, *table.notes)))
        assert not english, english
        codes = [heading for heading in table.headings if "_" in heading]
        assert not codes, codes
