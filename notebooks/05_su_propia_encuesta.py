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
# # Su propia encuesta
#
# Un libro de Excel con nombres de columnas en español, digitado por varias personas, se convierte en una evaluación: primero en Python, para ver cada paso, y después con tres órdenes. Nada se adivina en silencio y nada se elimina en silencio: lo que el
# archivo deja abierto se pregunta, lo que se tradujo se cuenta, y quien sale de la muestra está en el flujo.
#
# > **DATOS SINTÉTICOS.** El libro se hace a partir de una encuesta generada al azar y se ensucia a propósito. Nada de esto describe un programa real. Ponga su archivo en su lugar y siga desde la sección 2.
#
# *(In English: notebook 05, Bring your own survey.)*

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
from impact.language import speak_in
from impact.views import spoken_digits

speak_in("es")  # mensajes y números, en español
pd.options.display.max_colwidth = None
pd.options.display.float_format = spoken_digits
os.chdir(tempfile.mkdtemp())  # los archivos de este cuaderno van a una carpeta propia
MARCA = "DATOS SINTÉTICOS"

# %% [markdown]
# ## 1. Un libro tal como llega
#
# Dos hojas. Hogares: un identificador, el grupo, covariables, dos ingresos. Grupos: quién fue financiado, región, municipio.

# %%
encuesta = im.synthetic.rural_alliances(seed=2, groups=110)
columnas = {
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
hogares = encuesta.household[list(columnas)].rename(columns=columnas).reset_index(drop=True)
grupos = (
    encuesta.group[["group_id", "treated", "region", "muni_code", "group_mean_education"]]
    .set_axis(["grupo", "condicion", "region", "municipio", "educacion_grupo"], axis=1)
    .reset_index(drop=True)
    .astype({"region": str})
)

# %% [markdown]
# Lo que le pasa a un archivo así: una coma decimal guardada como texto, «NS/NR» en una edad, −98 en la escolaridad, una región en mayúsculas, y dos grupos piloto que ni son beneficiarios ni esperan.

# %%
hogares["activos_antes"] = hogares["activos_antes"].map("{:.3f}".format).str.replace(".", ",")
hogares["edad"] = hogares["edad"].astype(object)
hogares.loc[::60, "edad"] = "NS/NR"
hogares["educacion"] = hogares["educacion"].round(2)
hogares.loc[5::90, "educacion"] = -98
grupos["condicion"] = grupos["condicion"].map({True: "Beneficiario", False: "En espera"})
grupos.loc[[20, 70], "condicion"] = "Piloto"
grupos.loc[2::9, "region"] = grupos["region"].str.upper()
with pd.ExcelWriter("encuesta.xlsx") as libro:
    hogares.to_excel(libro, sheet_name="hogares", index=False)
    grupos.to_excel(libro, sheet_name="grupos", index=False)

# %% [markdown]
# ## 2. Leerlo
#
# `read_survey` no cambia nada: los códigos conservan sus ceros, el texto sigue siendo texto, y la huella del archivo se guarda para el informe. (Con la misma función se leen archivos de Stata, SPSS, CSV y Parquet, con sus etiquetas.)

# %%
tablas = {hoja: im.read_survey("encuesta.xlsx", sheet=hoja, language="es") for hoja in ("hogares", "grupos")}
tablas["hogares"].describe()[["column", "type", "filled"]].set_axis(
    ["columna", "tipo", "celdas llenas"], axis=1
).rename_axis(columns=MARCA)

# %% [markdown]
# ## 3. Decir quién es quién, y enterarse de lo que está mal
#
# Covariables son las que el programa no pudo cambiar: fijas, o conocidas de antes. `miembros_hoy` (tamaño del hogar hoy) no está entre ellas, porque el programa pudo haberlo cambiado. El programa se dio a grupos: ellos son la unidad de
# inferencia.

# %%
papeles = {
    "treatment": "condicion",
    "treated": "Beneficiario",
    "control": "En espera",
    "covariates": ["region", "educacion", "activos_antes", "ganado_antes", "edad", "tiempo_mercado", "nbi", "educacion_grupo"],
    "outcomes": [
        im.Column("ingreso_agr", unit="Bs/persona/mes"),
        im.Column("ingreso_total", unit="Bs/persona/mes"),
        im.Headcount("ingreso_total", line=580.0, name="pobreza"),
    ],
    "cluster": "grupo",
    "id": "hogar",
    "sampling_weight": "factor",
    "keys": {"grupos": "grupo"},
    "comparator": "productores de grupos aprobados que esperan su dinero",
}  # fmt: skip
try:
    im.Sample.from_tables(tablas, **papeles, language="es")
except im.SurveyRefusedError as negativa:
    for linea in str(negativa).splitlines():
        print(textwrap.fill(linea, 110, subsequent_indent="      "))

# %% [markdown]
# Todos los problemas de una vez, con las filas como las numera Excel, cuántas son, y dos remedios para cada uno: corregir el archivo, o decir cómo leerlo. Eliminar esas filas sin decir palabra habría sido más fácil, y habría cambiado la respuesta.
#
# ## 4. Responder, y ver qué se tradujo

# %%
muestra = im.Sample.from_tables(
    tablas,
    **papeles,
    missing_codes=["NS/NR", -98],
    merge_spellings=True,
    missing="drop",
    synthetic=True,
    language="es",
)
pd.DataFrame(
    [(una.column, una.text.to("es"), una.cells) for una in muestra.translations],
    columns=["columna", "qué se hizo", "celdas"],
).rename_axis(columns=MARCA)

# %% [markdown]
# **Lea este cuadro con alguien que conozca la encuesta.** «En espera = 0, Beneficiario = 1» es la frase sobre la que descansa cada número.
#
# ## 5. Quién está, quién no

# %%
emparejadas = im.matched_strategies(muestra)
principal = im.FOUR_STRATEGIES[1]
ejes = im.figures.sample_flow(emparejadas[principal], language="es")
ejes.figure

# %% [markdown]
# ## 6. ¿Se parecen? Se decide antes de mirar ningún ingreso

# %%
NOMBRES = {
    "educacion": "escolaridad del jefe",
    "activos_antes": "activos antes",
    "ganado_antes": "ganado antes",
    "edad": "edad del jefe",
    "tiempo_mercado": "horas al mercado",
    "nbi": "necesidades básicas insatisfechas",
    "educacion_grupo": "escolaridad del grupo",
} | {f"region{region}": f"región: {region}" for region in ("Valles", "Tropico", "Norte", "Chaco")}
balance = im.balance(emparejadas[principal])
ejes = im.figures.love_plot(balance, language="es", labels=NOMBRES)
ejes.figure

# %% [markdown]
# ## 7. Los efectos

# %%
ESTRATEGIAS = {
    "Propensity 1-NN": "Probabilidad, 1 vecino",
    "Propensity kernel": "Probabilidad, kernel",
    "Mahalanobis 1-NN": "Mahalanobis, 1 vecino",
    "Mahalanobis 4-NN": "Mahalanobis, 4 vecinos",
}
efectos = im.strategy_effects(emparejadas)
mostradas = {
    "strategy": "estrategia",
    "outcome": "resultado",
    "estimate": "efecto",
    "conf_low": "desde",
    "conf_high": "hasta",
    "control_mean": "media de los controles",
    "percent_effect": "efecto en %",
}
cuadro = efectos.frame[list(mostradas)].replace({"strategy": ESTRATEGIAS}).round(3)
cuadro.rename(columns=mostradas).set_index(["estrategia", "resultado"]).rename_axis(columns=MARCA)

# %%
tratados = muestra.frame.index[muestra.treated]
verdad = encuesta.truth.att("income_agr_pc_month", units=tratados, weights=encuesta.household["weight"])
ejes = im.figures.strategies(
    efectos,
    outcome="ingreso_agr",
    language="es",
    truth=verdad,
    label="ingreso agropecuario",
    labels=ESTRATEGIAS,
)
ejes.figure

# %% [markdown]
# La línea verde es la verdad, que una encuesta real no dice. Lo que dice es el intervalo.
#
# ## 8. Lo mismo con tres órdenes
#
# Sin nada de Python: `impact init` lee el libro y escribe una configuración, con un comentario al lado de lo que dedujo; usted la lee y la corrige; `impact check` dice qué se entendió; `impact report` escribe el informe. En una terminal:
#
# ```sh
# impact init encuesta.xlsx
# impact check evaluation.toml
# impact report evaluation.toml --language es --out informe.docx
# ```

# %%
assert main(["init", "encuesta.xlsx", "--language", "es"]) == 0

# %% [markdown]
# Léala línea por línea. `condicion` no le dice nada a un programa: el tratamiento se pregunta, no se deduce. Lo demás se reconoció por su nombre, y al lado está el porqué: compruebe que toda covariable sea anterior al programa (`miembros_hoy`, el tamaño de hoy, con razón no está). Un editor hace lo que hacen estas líneas.

# %%
CORRECCIONES = {
    'title = "Evaluación de impacto"': 'title = "Mi encuesta"\nsynthetic = true\nmain_strategy = "Propensity kernel"',
    '# missing_codes = [-98, -99, "NS/NR"]': 'missing_codes = [-98, "NS/NR"]\nmerge_spellings = true',
    'treatment = "?"': 'treatment = "condicion"',
    '# [treatment]\n# treated = "Sí"': '[treatment]\ntreated = "Beneficiario"',
    '# control = ["No"]': 'control = ["En espera"]',
    'column = "ingreso_agr"': 'column = "ingreso_agr"\nlabel = "Ingreso agropecuario"',
    'column = "ingreso_total"': 'column = "ingreso_total"\nlabel = "Ingreso total"',
    '# unit = "Bs"': 'unit = "Bs/persona/mes"',
}
AGREGADO = """
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
configuracion = Path("evaluation.toml")
escrita = configuracion.read_text(encoding="utf-8")
for deducida, corregida in CORRECCIONES.items():
    escrita = escrita.replace(deducida, corregida)
configuracion.write_text(escrita + AGREGADO, encoding="utf-8")
assert main(["check", "evaluation.toml"]) == 0

# %%
assert main(["report", "evaluation.toml", "--language", "es", "--out", "informe.docx"]) == 0

# %% [markdown]
# La primera página del informe en Word: la respuesta, y si se le puede creer.

# %%
informe = docx.Document("informe.docx")
parrafos = [parrafo.text for parrafo in informe.paragraphs]
inicio = next(i for i, texto in enumerate(parrafos) if texto.startswith("Ingreso agropecuario:"))
for parrafo in parrafos[inicio : inicio + 2]:
    print(textwrap.fill(parrafo, 110), end="\n\n")

# %%
veredictos = [[celda.text for celda in fila.cells] for fila in informe.tables[0].rows]
pd.DataFrame(veredictos[1:], columns=veredictos[0]).rename_axis(columns=MARCA)

# %% [markdown]
# ## Para llevarse
#
# - Pregunte *qué se tradujo* antes de *qué salió*.
# - Una covariable es lo que el programa no pudo tocar; el tamaño del hogar de hoy no lo es.
# - Qué significa un veredicto, y qué hacer cuando uno no se cumple: *Qué significa cada veredicto*, en la documentación. Todas las órdenes: *El camino de un ministerio*.
