"""What a panel is told of bad or odd input, in English and in Spanish: one text for each, nothing of the other language left."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking, spoken

WAVES, ENTRIES = (2011, 2014, 2019), (0, 2014, 2019)


def waves_with_gaps():
    """Forty groups of three households in waves with gaps; thirds enter in 2014, in 2019, or never."""
    draw, group = np.random.default_rng(0), np.repeat(np.arange(40), 3)
    entry = np.array(ENTRIES)[group % 3]
    wide = pd.DataFrame({"hh": np.arange(120), "entry": entry, "group": group, "x": draw.normal(size=120)})
    waves = [wide.assign(wave=w, y=draw.normal(size=120) + 2.0 * ((entry > 0) & (w >= entry))) for w in WAVES]
    return pd.concat(waves, ignore_index=True).assign(weight=1.0)


def panel(frame, **roles):
    given = {"entry": "entry", "covariates": ["x"], "outcomes": ["y"], "cluster": "group"}
    return im.Panel(frame, "hh", "wave", **(given | roles))


def told(ask, language):
    """Return what is raised, or the rules and notes, and the warnings."""
    with speaking(language), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = ask()
        except im.ImpactError as problem:
            return str(problem)
        notes = getattr(found, "notes", None) or getattr(found, "rules", ())
        return " ".join([*(note.to(language) for note in notes), *(str(one.message) for one in warned)])


def with_dates(frame):
    entry = frame["entry"].replace(0, np.nan).map({2014.0: "2014-01-15", 2019.0: "2019-01-15"})
    return frame.assign(
        wave=pd.to_datetime(frame["wave"].astype(str) + "-06-01"), entry=pd.to_datetime(entry)
    )


def effects(frame, **roles):
    return im.group_time_effects(panel(frame, **roles))


CASES = {
    "text as waves": (
        lambda d: panel(d.assign(wave=d["wave"].map({2011: "base", 2014: "mid", 2019: "end"}))),
        "whole numbers or dates; got text",
        "números enteros o fechas; tiene texto",
    ),
    "dates as waves": (
        lambda d: panel(with_dates(d)),
        "numbered by their dates: 1 = 2011-06-01",
        "se numeran por sus fechas: 1 = 01/06/2011",
    ),
    "a household that changes group": (
        lambda d: panel(d.assign(group=d["group"].where((d["hh"] != 5) | (d["wave"] < 2019), 30))),
        "1 household changed group",
        "1 hogar con cambio de grupo",
    ),
    "a group that leaves the pipeline": (
        lambda d: panel(d.assign(entry=d["entry"].where((d["group"] != 2) | (d["wave"] < 2014), 0))),
        "3 left the pipeline",
        "3 dejaron la lista de espera",
    ),
    "late entrants": (
        lambda d: panel(d[(d["hh"] >= 6) | (d["wave"] > 2011)]),
        "6 households first seen after the first wave",
        "6 hogares con primera entrevista después",
    ),
    "always treated": (
        lambda d: panel(d.assign(entry=d["entry"].where(d["group"] != 3, 2011))),
        "3 households had entered by the first wave",
        "3 hogares con entrada hasta la primera ronda",
    ),
    "all treated in the first wave": (
        lambda d: panel(d.assign(entry=2011)),
        "Every household had entered by the first wave (2011)",
        "Todos los hogares habían entrado en la primera ronda (2011)",
    ),
    "duplicated household-waves": (
        lambda d: panel(pd.concat([d, d.iloc[:1]])),
        "1 household-wave occurs more than once: 0 in wave 2011",
        "0 en la ronda 2011",
    ),
    "a weight that changes": (
        lambda d: panel(d.assign(weight=1.0 + (d["wave"] == 2019)), sampling_weight="weight"),
        "sampling weight 'weight' changes over waves in 120 households: that of the first interview",
        "peso muestral 'weight' cambia entre rondas en 120 hogares: cuenta el valor de la primera entrevista",
    ),
    "an outcome missing in one wave": (
        lambda d: panel(d.assign(y=d["y"].where(d["wave"] != 2014))),
        "120 of 360 rows lack 'y'",
        "120 de 360 filas les falta 'y'",
    ),
    "a covariate that changes": (
        lambda d: panel(d.assign(x=d["x"] + (d["wave"] == 2019))),
        "Covariate 'x' changes over waves in 120 households: that of the first interview",
        "La covariable 'x' cambia entre rondas en 120 hogares: cuenta el valor de la primera entrevista",
    ),
    "nobody left for some cells": (
        lambda d: effects(d[d["entry"] != 0]),
        "cohort 2014 in wave 2019: nobody left to compare with",
        "cohorte 2014 en la ronda 2019: no queda con quién comparar",
    ),
    "nobody left at all": (
        lambda d: effects(d[d["entry"] == 2014]),
        "No cohort can be compared with households not yet treated",
        "Ninguna cohorte se puede comparar con hogares aún no tratados",
    ),
    "a cohort of one group": (
        lambda d: effects(d[(d["entry"] != 2019) | (d["group"] == 2)]),
        "Cohort 2019 holds one producer group",
        "La cohorte 2019 tiene un solo grupo de productores",
    ),
    "separated in a cell": (
        lambda d: effects(d.assign(x=d["x"] + 100 * (d["entry"] == 2014))),
        "cohort 2014 in wave 2014: The propensity score does not converge",
        "cohorte 2014 en la ronda 2014: El puntaje de propensión no converge",
    ),
    "collinear in a cell": (
        lambda d: im.group_time_effects(
            panel(d.assign(z=np.where(d["entry"] == 2014, d["x"] ** 2, d["x"])), covariates=["x", "z"]),
            estimator=im.OutcomeRegression(),
        ),
        "collinear among the comparison units",
        "colineales entre las unidades de comparación",
    ),
    "a variance of two waves for three": (
        lambda d: im.two_wave_effects(panel(d), estimator=im.TwoWayFixedEffects(), variance=im.CR2()),
        "variance CR2 is for two waves; two-way effects of 3 have that of their influence",
        "variance CR2 es para dos rondas; los efectos fijos de 3 tienen la de su influencia",
    ),
    "a column named like ours": (
        lambda d: panel(d.rename(columns={"x": "ever_treated"}), covariates=["ever_treated"]),
        "has a column 'ever_treated', the name that the panel gives to its own",
        "tiene una columna 'ever_treated', el nombre que el panel da a la suya",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told(name):
    ask, english, _ = CASES[name]
    assert english in told(lambda: ask(waves_with_gaps()), "en")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_it_is_told_in_spanish(name):
    ask, _, spanish = CASES[name]
    text = told(lambda: ask(waves_with_gaps()), "es")
    assert spanish in text
    assert " in wave " not in text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_notes_of_checks_are_spanish_throughout():
    found = im.group_time_effects(panel(waves_with_gaps()), base="universal")
    table = found.aggregate("event")
    effect = table.effects[0]
    said = [*found.notes, *table.notes, *im.goodman_bacon(panel(waves_with_gaps(), cluster=None)).notes]
    said += [*panel(waves_with_gaps()).attrition.notes, effect.population, effect.weights, effect.variance]
    said += [effect.identification, effect.denominator, effect.comparator]
    english = (" the ", " of ", "households", "treated", " wave")
    for text in said:
        assert not any(word in text.to("es") for word in english), text.to("es")
    assert spoken(said[0]) == said[0]
