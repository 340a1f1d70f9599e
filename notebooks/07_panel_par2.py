# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # PAR 2: línea de base, seguimiento, y organizaciones que entran en fechas distintas
#
# La primera evaluación no tenía línea de base de sus controles. El proyecto siguiente la tiene, y sus organizaciones reciben el dinero en fechas distintas: las que esperan son la comparación de las que entraron. Los mismos objetos llevan olas.
#
# > **DATOS SINTÉTICOS.** Una encuesta de tres olas generada al azar, cuyos efectos verdaderos se conocen. Nada de esto describe un programa real.
#
# *(In English: notebook 07.)*

# %%
# %matplotlib inline
import pandas as pd

import impact as im
from impact.language import Text

pd.options.display.max_colwidth = None
survey = im.synthetic.rural_alliances_panel(seed=2, staggered=True)
PALABRAS = {
    "group": "cohorte", "wave": "ola", "estimate": "efecto", "std_error": "error estándar", "conf_low": "desde", "conf_high": "hasta",
    "n_treated": "beneficiarios", "n_control": "controles", "subgroup": "momento", "percent_effect": "%", "identification": "identificación",
    "weights": "pesos", "part": "parte", "share": "parte del total", "step": "paso", "units": "hogares",
    "volume": "volumen", "quality": "calidad", "price": "precio", "costs": "costos", "total": "total",
    "arm": "lado", "baseline": "al inicio", "found": "encontrados", "lost": "perdidos", "share_lost": "parte perdida",
    "treated": "entran en", "compared": "comparados con", "kind": "comparación", "weight": "peso",
}  # fmt: skip
PASOS = {
    "in the table, rows": "en el archivo, filas", "analysed, rows": "analizadas, filas", "^households entering in": "hogares que entran en la ola",
    "^households not entering": "hogares que no entran", "^households$": "hogares", "^wave (.), entering in the panel": r"ola \1, entran en el panel",
    "^wave (.), not entering": r"ola \1, no entran", "in every wave": "en todas las olas",
}  # fmt: skip
VALORES = {
    "treated": "beneficiarios", "control": "controles", "all": "total", "event -2": "2 antes de entrar", "event -1": "1 antes de entrar",
    "event 0": "al entrar", "event 1": "1 después de entrar", "volume": "volumen", "quality": "calidad", "price": "precio",
    "costs": "costos", "match adjustment": "ajuste del emparejamiento",
    "before-after, the treated alone": "antes y después, solo beneficiarios", "cross-section, not matched": "corte transversal, sin emparejar",
    "difference-in-differences": "diferencia de diferencias", "group 1": "entran en la ola 1", "group 2": "entran en la ola 2",
    "match weight × sampling weight (weight); households count once": "peso de emparejamiento × factor; cada hogar una vez",
    "against those that do not enter": "frente a quienes no entran",
    "earlier against later, not yet treated": "primeros frente a últimos, aún no tratados",
    "later against earlier, already treated": "últimos frente a primeros, ya tratados",
}  # fmt: skip
MARK = "DATOS SINTÉTICOS"
found = survey.household[survey.household["response"] == "complete"]
panel = im.Panel(
    found,
    id="hh_id",
    wave="wave",
    entry="entry_wave",
    covariates=["education_index", "assets_pre", "travel_time_market", "unmet_needs"],
    outcomes=[
        "income_agr_pc_month",
        im.Headcount("income_pc_month", line=580.0, name="pobres, línea moderada"),
    ],
    cluster="group_id",
    sampling_weight="weight",
    synthetic=True,
)

# %% [markdown]
# ## 1. Qué se decidió, y a quién se perdió
#
# Una fila por hogar y ola; se enumera cada regla que se aplicó. Se prueba si ambos lados perdieron la misma proporción.

# %%
for rule in panel.rules:
    print("·", rule.to("es") if isinstance(rule, Text) else rule)
panel.flow.replace(PASOS, regex=True).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %%
panel.attrition.frame.replace(VALORES).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %% [markdown]
# ## 2. Cada cohorte en cada ola
#
# El efecto en las organizaciones que entraron en una ola, visto en cada ola, frente a las **aún no tratadas**: las que esperan. Doblemente robusto: acierta si la regresión o la probabilidad aciertan.

# %%
effects = im.group_time_effects(panel, outcome="income_agr_pc_month", base="universal")
effects.frame[
    ["group", "wave", "estimate", "std_error", "conf_low", "conf_high", "n_treated", "n_control"]
].round(1).astype(object).fillna({"std_error": "referencia"}).fillna("").replace(VALORES).rename(
    columns=PALABRAS
).rename_axis(columns=MARK)

# %%
effects.aggregate("event").frame[
    ["subgroup", "estimate", "std_error", "conf_low", "conf_high", "percent_effect"]
].round(1).astype(object).fillna({"std_error": "referencia"}).fillna("").replace(VALORES).rename(
    columns=PALABRAS
).rename_axis(columns=MARK)

# %%
ax = im.figures.event_study(
    effects.aggregate("event"), language="es", label="Ingreso agropecuario per cápita", labels=VALORES
)
ax.figure

# %% [markdown]
# La banda vale para todas las fechas a la vez. El efecto total, en las unidades del resultado y en porcentaje de lo que los beneficiarios habrían tenido:

# %%
simple = effects.aggregate("simple").frame
simple[["estimate", "conf_low", "conf_high", "percent_effect"]].round(1).replace(VALORES).rename(
    columns=PALABRAS
).rename_axis(columns=MARK)

# %% [markdown]
# ## 3. Pobreza, como cualquier otro resultado

# %%
im.group_time_effects(panel, outcome="pobres, línea moderada").aggregate("group").frame[
    ["subgroup", "estimate", "std_error", "conf_low", "conf_high"]
].round(3).replace(VALORES).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %% [markdown]
# ## 4. Qué habrían dado los efectos fijos de hogar y ola, y por qué no
#
# La regresión usual es un promedio ponderado de comparaciones de dos por dos. Algunas toman como controles a organizaciones que ya están tratadas.

# %%
im.goodman_bacon(panel, outcome="income_agr_pc_month").frame.replace(VALORES).rename(
    columns=PALABRAS
).rename_axis(columns=MARK)

# %% [markdown]
# ## 5. Tres estimandos que no deben confundirse
#
# El mismo resultado, los mismos hogares: el cambio de los beneficiarios (no es un efecto), los beneficiarios frente a los controles después, y la diferencia de diferencias. «160 %» nunca más se leerá como «63 %».

# %%
two = panel.between(0, 2)
three = im.three_estimands(two, ["income_agr_pc_month"])
three.frame[["identification", "estimate", "std_error", "conf_low", "conf_high", "percent_effect"]].round(
    1
).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %% [markdown]
# ## 6. Sobre una línea de base emparejada

# %%
near = im.match(two.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.two_wave_effects(two, ["income_agr_pc_month"], matched=near).frame[
    ["estimate", "std_error", "conf_low", "conf_high", "percent_effect", "weights"]
].round(1).replace(VALORES).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %% [markdown]
# ## 7. ¿Volumen, precio, calidad o costos?
#
# Cada hogar frente a sí mismo, menos lo que cambiaron los hogares de comparación.

# %%
parts = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
    unit="Bs/año",
)
split = im.income_decomposition(two, parts)
split.frame[["part", "estimate", "std_error", "conf_low", "conf_high", "share"]].round(2).replace(
    VALORES
).rename(columns=PALABRAS).rename_axis(columns=MARK)

# %%
ax = im.figures.decomposition(split, "es")
ax.figure
