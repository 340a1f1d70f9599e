# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bring your own survey
#
# An Excel workbook with Spanish column names, typed by several people, becomes an evaluation: first in Python, so that every step can be seen, then with three commands. Nothing is guessed silently and nothing is dropped silently: what the
# file leaves open is asked, what was translated is counted, and everybody who leaves stands in the sample flow.
#
# > **SYNTHETIC DATA.** The workbook is made from a random survey and soiled on purpose. Nothing here describes a real programme. Put your own file in its place and go on from section 2.

# %%
# %matplotlib inline
import os
import tempfile
import textwrap
from pathlib import Path

import docx
import pandas as pd

import impact as im
from impact.cli import main
from impact.views import spoken_digits

pd.options.display.max_colwidth = None
pd.options.display.float_format = spoken_digits
os.chdir(tempfile.mkdtemp())  # all files of this notebook go to a folder of their own
MARK = "SYNTHETIC DATA"

# %% [markdown]
# ## 1. A workbook as it comes
#
# Two sheets. Households: an identifier, the group, covariates, two incomes. Groups: who was financed, region, municipality.

# %%
survey = im.synthetic.rural_alliances(seed=2, groups=110)
columns = {
    "hh_id": "hogar",
    "group_id": "grupo",
    "weight": "factor",
    "head_age": "edad",
    "education_index": "educacion",
    "assets_pre": "activos_antes",
    "livestock_tlu_pre": "ganado_antes",
    "travel_time_market": "tiempo_mercado",
    "unmet_needs": "nbi",
    "hh_size": "miembros_hoy",
    "income_agr_pc_month": "ingreso_agr",
    "income_pc_month": "ingreso_total",
}
hogares = survey.household[list(columns)].rename(columns=columns).reset_index(drop=True)
grupos = (
    survey.group[["group_id", "treated", "region", "muni_code", "group_mean_education"]]
    .set_axis(["grupo", "condicion", "region", "municipio", "educacion_grupo"], axis=1)
    .reset_index(drop=True)
    .astype({"region": str})
)

# %% [markdown]
# What people do to such a file: a decimal comma typed as text, "NS/NR" (does not know) for an age, −98 for schooling, a region in capitals, and two pilot groups that are neither beneficiaries nor waiting.

# %%
hogares["activos_antes"] = hogares["activos_antes"].map("{:.3f}".format).str.replace(".", ",")
hogares["edad"] = hogares["edad"].astype(object)
hogares.loc[::60, "edad"] = "NS/NR"
hogares["educacion"] = hogares["educacion"].round(2)
hogares.loc[5::90, "educacion"] = -98
grupos["condicion"] = grupos["condicion"].map({True: "Beneficiario", False: "En espera"})
grupos.loc[[20, 70], "condicion"] = "Piloto"
grupos.loc[2::9, "region"] = grupos["region"].str.upper()
with pd.ExcelWriter("encuesta.xlsx") as book:
    hogares.to_excel(book, sheet_name="hogares", index=False)
    grupos.to_excel(book, sheet_name="grupos", index=False)

# %% [markdown]
# ## 2. Read it
#
# `read_survey` changes nothing: codes keep their zeros, text stays text, and the file's hash is kept for the report. (Stata, SPSS, CSV and Parquet files are read by the same call, with their labels.)

# %%
tables = {sheet: im.read_survey("encuesta.xlsx", sheet=sheet) for sheet in ("hogares", "grupos")}
tables["hogares"].describe()[["column", "type", "filled"]].rename_axis(columns=MARK)

# %% [markdown]
# ## 3. Say who is who, and be told what is wrong
#
# Covariates are what the programme could not have changed: fixed, or known from before. `miembros_hoy` (household size today) is not among them, for the programme may have changed it. The treatment was given to groups, so that they are the unit of
# inference.

# %%
roles = {
    "treatment": "condicion",
    "treated": "Beneficiario",
    "control": "En espera",
    "covariates": ["region", "educacion", "activos_antes", "ganado_antes", "edad", "tiempo_mercado", "nbi", "educacion_grupo"],
    "outcomes": [
        im.Column("ingreso_agr", unit="Bs/person/month"),
        im.Column("ingreso_total", unit="Bs/person/month"),
        im.Headcount("ingreso_total", line=580.0, name="pobreza"),
    ],
    "cluster": "grupo",
    "id": "hogar",
    "sampling_weight": "factor",
    "keys": {"grupos": "grupo"},
    "comparator": "producers of approved groups that wait for their money",
}  # fmt: skip
try:
    im.Sample.from_tables(tables, **roles)
except im.SurveyRefusedError as refusal:
    for line in str(refusal).splitlines():
        print(textwrap.fill(line, 110, subsequent_indent="      "))

# %% [markdown]
# All problems at once, with the rows as Excel numbers them, how many, and two remedies for each: correct the file, or say how to read it. Dropping those rows without a word would have been easier, and would have changed the answer.
#
# ## 4. Answer, and see what was translated

# %%
sample = im.Sample.from_tables(
    tables, **roles, missing_codes=["NS/NR", -98], merge_spellings=True, missing="drop", synthetic=True
)
pd.DataFrame(sample.translations)[["column", "text", "cells"]].rename_axis(columns=MARK)

# %% [markdown]
# **Read this table with someone who knows the survey.** "En espera = 0, Beneficiario = 1" is the sentence on which every number rests.
#
# ## 5. Who is in, who is out

# %%
matched = im.matched_strategies(sample)
main_specification = im.FOUR_STRATEGIES[1]
ax = im.figures.sample_flow(matched[main_specification])
ax.figure

# %% [markdown]
# ## 6. Are they alike? Decided before any income is looked at

# %%
NAMES = {
    "educacion": "schooling of the head",
    "activos_antes": "assets before",
    "ganado_antes": "livestock before",
    "edad": "age of the head",
    "tiempo_mercado": "hours to the market",
    "nbi": "unmet basic needs",
    "educacion_grupo": "schooling in the group",
} | {f"region{name}": f"region: {name}" for name in ("Valles", "Tropico", "Norte", "Chaco")}
balance = im.balance(matched[main_specification])
ax = im.figures.love_plot(balance, labels=NAMES)
ax.figure

# %% [markdown]
# ## 7. The effects

# %%
effects = im.strategy_effects(matched)
shown = ["strategy", "outcome", "estimate", "conf_low", "conf_high", "control_mean", "percent_effect"]
effects.frame[shown].round(3).set_index(["strategy", "outcome"]).rename_axis(columns=MARK)

# %%
treated = sample.frame.index[sample.treated]
truth = survey.truth.att("income_agr_pc_month", units=treated, weights=survey.household["weight"])
ax = im.figures.strategies(effects, outcome="ingreso_agr", truth=truth, label="agricultural income")
ax.figure

# %% [markdown]
# The green line is the truth, which a real survey does not tell. What it tells is the interval.
#
# ## 8. The same with three commands
#
# Without any Python: `impact init` reads the workbook and writes a configuration with a comment beside every guess; you read and correct it; `impact check` says what was understood; `impact report` writes the report. In a terminal:
#
# ```sh
# impact init encuesta.xlsx --language en
# impact check evaluation.toml
# impact report evaluation.toml --language es --out informe.docx
# ```

# %%
assert main(["init", "encuesta.xlsx", "--language", "en"]) == 0

# %% [markdown]
# Read it line by line. `condicion` says nothing to a program: the treatment is asked for, not guessed. The others were recognised by their names, and the reason stands beside each: check that every covariate is
# from before (`miembros_hoy`, the size of today, is rightly not among them). An editor does what these lines do; the report is to speak of things by their names, in Spanish.

# %%
CORRECTIONS = {
    'title = "Impact evaluation"': 'title = "Mi encuesta"\nsynthetic = true\nmain_strategy = "Propensity kernel"',
    '# missing_codes = [-98, -99, "NS/NR"]': 'missing_codes = [-98, "NS/NR"]\nmerge_spellings = true',
    'treatment = "?"': 'treatment = "condicion"',
    '# [treatment]\n# treated = "Sí"': '[treatment]\ntreated = "Beneficiario"',
    '# control = ["No"]': 'control = ["En espera"]',
    'column = "ingreso_agr"': 'column = "ingreso_agr"\nlabel = "Ingreso agropecuario"',
    'column = "ingreso_total"': 'column = "ingreso_total"\nlabel = "Ingreso total"',
    '# unit = "Bs"': 'unit = "Bs/persona/mes"',
}
MORE = """
[[outcomes]]
type = "headcount"
income = "ingreso_total"
line = 580.0
name = "pobreza"
label = "Hogares pobres"

[labels]
educacion = "Escolaridad del jefe"
activos_antes = "Activos antes"
ganado_antes = "Ganado antes"
edad = "Edad del jefe"
tiempo_mercado = "Horas al mercado"
nbi = "Necesidades insatisfechas"
educacion_grupo = "Escolaridad del grupo"
region = "Región"
"""
configuration = Path("evaluation.toml")
written = configuration.read_text(encoding="utf-8")
for guessed, corrected in CORRECTIONS.items():
    written = written.replace(guessed, corrected)
configuration.write_text(written + MORE, encoding="utf-8")
assert main(["check", "evaluation.toml"]) == 0

# %%
assert main(["report", "evaluation.toml", "--language", "es", "--out", "informe.docx"]) == 0

# %% [markdown]
# The first page of the Word report: the answer, and whether to believe it.

# %%
report = docx.Document("informe.docx")
start = next(i for i, part in enumerate(report.paragraphs) if part.text.startswith("Ingreso agropecuario:"))
for part in report.paragraphs[start : start + 2]:
    print(textwrap.fill(part.text, 110), end="\n\n")

# %%
verdicts = [[cell.text for cell in row.cells] for row in report.tables[0].rows]
pd.DataFrame(verdicts[1:], columns=verdicts[0]).rename_axis(columns="DATOS SINTÉTICOS")

# %% [markdown]
# ## What to take along
#
# - Ask *what was translated* before *what came out*.
# - A covariate is what the programme could not touch; household size today is not one.
# - What a verdict means, and what to do when one fails: *What each verdict means* in the documentation. Whether the answer holds is the subject of notebook 08.
# - In Spanish from the first line: the notebook *Su propia encuesta*, and *El camino de un ministerio*.
