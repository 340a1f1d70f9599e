"""Mistakes of a ministry's first day with an evaluation.toml in Spanish: what is wrong, and what the answer must name."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

TOML = """language = "es"
title = "Prueba"

[data]
file = "encuesta.xlsx"

[roles]
treatment = "beneficiario"
covariates = ["edad", "region", "educacion", "miembros"]
cluster = "grupo"
id = "hogar"
group_assigned = true

[[outcomes]]
column = "ingreso"
unit = "Bs"
name = "Ingreso"

[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""

WORDS = "must|the|pass|did you mean|got|missing (is|are)|which|needs?|leave|rows?|first:|units?|should|holds?|and \\d+ more|names?"
ENGLISH = re.compile(rf"\b({WORDS})\b(?! ?[=\]'])", re.IGNORECASE)
PYTHON = re.compile(r"\bim\.|frame\.|pandas|\.astype|=True|=False|None\b|Traceback|reset_index")
QUOTED = re.compile(
    r"'[^'\n]*'|\"[^\"\n]*\"|«[^»\n]*»|\[+[a-z_. ]+\]+|Claves de esta tabla:[^.\n]*\.|\b[a-z_]+ = \S+"
)


def foreign(said: str) -> str:
    """Return the first English word, or word of Python, of an answer in Spanish; nothing where there is none."""
    english, python = ENGLISH.search(QUOTED.sub("", said)), PYTHON.search(said)
    return (english or python)[0] if english or python else ""


Change = Callable[[str], str]
Damage = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Mistake:
    """A mistake in the file or in the data, and patterns of the answer."""

    name: str
    toml: Change = str
    data: Damage = pd.DataFrame
    says: tuple[str, ...] = ()


def _put(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def _more(lines: str) -> Change:
    return lambda text: f"{text}\n{lines}\n"


def _roles(line: str) -> Change:
    return _put("group_assigned = true", f"group_assigned = true\n{line}")


def _data(line: str) -> Change:
    return _put('file = "encuesta.xlsx"', f'file = "encuesta.xlsx"\n{line}')


def _outcome(line: str) -> Change:
    return _put('unit = "Bs"', f'unit = "Bs"\n{line}')


def _strategy(line: str) -> Change:
    return lambda text: f"{text}{line}\n"


def _kind(name: str, line: str = "") -> Change:
    return _put('type = "kernel"', f'type = "{name}"\n{line}')


def _cells(column: str, rows: int, value: object) -> Damage:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.astype({column: object})
        frame.loc[frame.index[:rows], column] = value
        return frame

    return damage


MISTAKES: tuple[Mistake, ...] = (
    # the file itself
    Mistake("a quote that is not closed", _put('title = "Prueba"', 'title = "Prueba'), says=("debe ser TOML", "línea 2")),
    Mistake("a text without quotes", _put('cluster = "grupo"', "cluster = grupo"), says=("debe ser TOML", "línea 10")),
    Mistake("a table in Spanish", _put("[data]", "[datos]"), says=("clave desconocida 'datos'", "falta 'data'", "Quiso decir 'data'")),
    Mistake("a key in Spanish", _put("treatment =", "tratamiento ="), says=("clave desconocida 'tratamiento'", "falta 'treatment'")),
    Mistake("a misspelt key", _put("covariates", "covariate"), says=("clave desconocida 'covariate'", "falta 'covariates'")),
    Mistake("no data file named", _put('file = "encuesta.xlsx"', 'schema = false'), says=("falta la clave 'file'",)),
    Mistake("a file that is not there", _put("encuesta.xlsx", "encuestas.xlsx"), says=("encuestas.xlsx", "[Nn]o (existe|hay)")),
    Mistake("a file of a kind that is not read", _put("encuesta.xlsx", "encuesta.docx"), says=("encuesta.docx",)),
    Mistake("no covariates", _put('covariates = ["edad", "region", "educacion", "miembros"]', "covariates = []"), says=("covariates", "al menos una columna")),
    Mistake("covariates as one text", _put('covariates = ["edad", "region", "educacion", "miembros"]', 'covariates = "edad"'), says=("covariates", "una lista entre")),
    Mistake("a number among the covariates", _put('"miembros"]', "7]"), says=("textos entre comillas", "7")),
    Mistake("a level in percent", _put('title = "Prueba"', "level = 95"), says=("level", r"número en \(0, 1\)", "95")),
    Mistake("a level as text", _put('title = "Prueba"', 'level = "95 %"'), says=("'level'", "un número")),
    Mistake("a negative seed", _put('title = "Prueba"', "seed = -1"), says=("seed", "al menos 0")),
    Mistake("stars as yes", _put('title = "Prueba"', 'stars = "sí"'), says=("'stars'", "true o false")),
    Mistake("an estimand of one's own", _put('title = "Prueba"', 'estimand = "ATET"'), says=("'estimand'", "uno de 'ATT'")),
    Mistake("a minimum cell of zero", _put('title = "Prueba"', "minimum_cell_count = 0"), says=("minimum_cell_count", "entero de al menos 1")),
    Mistake("a main strategy that there is not", _put('title = "Prueba"', 'main_strategy = "Mahalanobis"'), says=("main_strategy", "uno de 'Kernel'")),
    Mistake("figures of no outcome", _put('title = "Prueba"', 'figures = ["Ventas"]'), says=("'figures'", "debe nombrar resultados", "'Ventas'")),
    Mistake("no outcomes", lambda text: text.split("[[outcomes]]")[0], says=(r"\[\[outcomes",)),
    Mistake("two outcomes of one name", _more('[[outcomes]]\ncolumn = "tierra"\nunit = "ha"\nname = "Ingreso"'), says=("nombres distintos", "'Ingreso'")),
    Mistake("an outcome without its column", _put('column = "ingreso"\n', ""), says=("falta la clave 'column'",)),
    Mistake("a kind of outcome that there is not", _outcome('type = "headcounts"'), says=("debe nombrar una clase de resultado", "headcounts", "Quiso decir 'headcount'")),
    Mistake("a poverty line that is not defined", lambda text: text.replace('column = "ingreso"', 'type = "headcount"\nincome = "ingreso"\nline = "extrema"').replace('unit = "Bs"\n', ""), says=("'line'", "no hay ninguna", "'extrema'")),
    Mistake("strategies of one name", _more('[[strategies]]\nname = "Kernel"\ntype = "optimal"\ndistance = "propensity score"'), says=(r"nombres de \[\[", "Kernel")),
    Mistake("a strategy without a type", _put('type = "kernel"\n', ""), says=("falta la clave 'type'",)),
    Mistake("a strategy in Spanish", _kind("vecino mas cercano"), says=("debe nombrar una estrategia",)),
    Mistake("a strategy misspelt", _kind("kernell"), says=("debe nombrar una estrategia", "Quiso decir 'kernel'")),
    Mistake("a bandwidth below zero", _strategy("bandwidth = -0.1"), says=("bandwidth", "positivo")),
    Mistake("an option of another strategy", _strategy("ratio = 3"), says=("clave desconocida 'ratio'",)),
    Mistake("a ratio of a half", _kind("nearest neighbor", "ratio = 0.5"), says=("'ratio'", "un número entero")),
    Mistake("a tie rule that there is not", _kind("nearest neighbor", 'ties = "todas"'), says=("ties", "uno de")),
    Mistake("order random without seed", _kind("nearest neighbor", 'replace = false\norder = "random"\nseed = "uno"'), says=("seed", "número entero")),
    Mistake("a caliper of a column that there is not", _kind("nearest neighbor", 'caliper = {edades = 2.0}'), says=("edades",)),
    Mistake("exact on a column that there is not", _kind("nearest neighbor", 'exact = ["provincia"]'), says=("provincia",)),
    Mistake("a distance that there is not", _put('distance = "propensity score"', 'distance = "gower"'), says=("debe nombrar una distancia", "gower")),
    Mistake("a variance that there is not", _strategy('variance = "jackknife"'), says=("debe nombrar una varianza", "jackknife")),
    Mistake("an adjustment that there is not", _strategy('bias_adjustment = "cubico"'), says=("debe nombrar un ajuste por sesgo", "cubico")),
    Mistake("a support rule that there is not", _more('[support]\nrule = "todos"'), says=("debe nombrar una regla de soporte", "todos")),
    Mistake("fifths of an outcome that there is not", _more('[quintiles]\noutcome = "Ventas"'), says=("outcome", "'Ventas'")),
    Mistake("a baseline and a ranking", _more('[quintiles]\nbaseline = "tierra"\nranking = "predicted outcome"'), says=("no ambos",)),
    Mistake("a bias below none", _more("[sensitivity]\ngammas = [0.5]"), says=(r"tabla \[sensitivity\]", "de al menos 1 \\(Γ = 1")),
    Mistake("practices that there are not", _more('[mechanisms]\npractices = ["riego"]'), says=(r"\[mechanisms\] practices nombra 'riego'",)),
    Mistake("an unknown table", _more("[pobreza]\nlinea = 500"), says=("clave desconocida 'pobreza'",)),
    Mistake("three mistakes in one file", lambda text: _put("treatment =", "tratamiento =")(_put('title = "Prueba"', "level = 95")(_kind("kernell")(text))), says=("3 problemas", "tratamiento", "level", "kernell")),
    # treatment
    Mistake("treated and a rule", _more('[treatment]\ntreated = [1]\nrule = true'), says=("'rule' deriva el tratamiento de fechas",)),
    Mistake("a rule without a schema", _more("[treatment]\nrule = true"), says=("necesita un esquema",)),
    Mistake("a treatment without a value", _more('[treatment]\ntreated = "si"\ncontrol = ["no"]'), lambda frame: frame.assign(beneficiario=np.nan), says=("todas sus celdas vacías", "se indicó: 'si', 'no'")),
    Mistake("a third answer", data=_cells("beneficiario", 6, "Retirado"), says=("Retirado",)),
    Mistake("nobody treated", data=lambda frame: frame.assign(beneficiario=0), says=("vacío",)),
    Mistake("treatment that varies in a group", data=lambda frame: frame.assign(beneficiario=frame["beneficiario"].where(frame.index > 0, 1 - frame["beneficiario"])), says=("constante dentro de 'grupo'", "G-00")),
    # columns
    Mistake("a covariate that there is not", _put('"edad"', '"edades"'), says=("edades", "Quiso decir 'edad'")),
    Mistake("an outcome that there is not", _put('column = "ingreso"', 'column = "ingresos"'), says=("ingresos", "Quiso decir 'ingreso'")),
    Mistake("a cluster that there is not", _put('cluster = "grupo"', 'cluster = "grupos"'), says=("grupos", "Quiso decir 'grupo'")),
    Mistake("four columns that there are not", lambda text: text.replace('"edad"', '"edades"').replace('cluster = "grupo"', 'cluster = "grupos"').replace('id = "hogar"', 'id = "hogares"').replace('column = "ingreso"', 'column = "ingresos"'), says=("edades", "grupos", "hogares", "ingresos")),
    Mistake("a column with two roles", _put('cluster = "grupo"', 'cluster = "hogar"'), says=("dos roles",)),
    Mistake("a covariate twice", _put('"miembros"]', '"edad"]'), says=("dos roles|dos veces",)),
    Mistake("a weight that there is not", _roles('sampling_weight = "factor"'), says=("factor",)),
    Mistake("a wave that there is not", _data("wave = 2"), says=("wave", "columna de rondas")),
    Mistake("a sheet that there is not", _data('sheet = "Hogares"'), says=("Hogares", "debe ser una de")),
    Mistake("a rule to accept that is none", _data('accept = ["todo"]'), says=("accept debe nombrar reglas", "'todo'")),
    Mistake("categorical and numeric", _data('categorical = ["edad"]\nnumeric = ["edad"]'), says=("categórica o numérica",)),
    # cells
    Mistake("NS/NR in a number", data=_cells("miembros", 30, "NS/NR"), says=(r"'NS/NR' \(30\)", "missing_codes")),
    Mistake("codes of missing answers", data=_cells("miembros", 30, -99), says=(r"-99 \(30\)", "missing_codes")),
    Mistake("two spellings of a region", data=lambda frame: frame.assign(region=frame["region"].where(frame.index % 7 > 0, frame["region"].str.upper())), says=("TRÓPICO", "merge_spellings")),
    Mistake("a row of totals", data=lambda frame: pd.concat([frame, pd.DataFrame([{"hogar": "TOTAL", "ingreso": frame["ingreso"].sum()}])]), says=("total",)),
    Mistake("blank cells", data=_cells("edad", 4, None), says=("les? falta", "edad", 'missing = "drop"')),
    Mistake("a household twice", data=lambda frame: pd.concat([frame, frame.iloc[[3]]]), says=("aparecer una vez", "H-0003")),
    Mistake("two waves stacked", data=lambda frame: pd.concat([frame.assign(ronda=0), frame.assign(ronda=1)]), says=("ronda", "wave = 1")),
    Mistake("dates for a covariate", data=lambda frame: frame.assign(edad=pd.Timestamp("2014-01-01")), says=("tiene fechas",)),
    Mistake("names for a covariate", data=lambda frame: frame.assign(region=[f"Comunidad {k}" for k in range(len(frame))]), says=("identificador",)),
    Mistake("a covariate that is constant", data=lambda frame: frame.assign(educacion=4), says=("sin variación", "educacion")),
    Mistake("a covariate that copies another", data=lambda frame: frame.assign(miembros=frame["edad"]), says=("colineal",)),
    Mistake("a covariate that tells the arms apart", data=lambda frame: frame.assign(edad=np.where(frame["beneficiario"] == 1, 80, 20) + frame.index % 3), says=("separación", "edad")),
    Mistake("a weight of zero", _roles('sampling_weight = "factor"'), lambda frame: frame.assign(factor=[0.0] * 5 + [1.0] * (len(frame) - 5)), says=("mayor que 0",)),
)  # fmt: skip
