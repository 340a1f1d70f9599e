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
# La primera evaluación no tenía línea de base de sus controles. El proyecto siguiente la tiene, y sus organizaciones reciben el dinero en fechas distintas: las que esperan son la comparación de las que entraron. Los mismos objetos llevan rondas.
#
# > **DATOS SINTÉTICOS.** Una encuesta de tres rondas generada al azar, cuyos efectos verdaderos se conocen. Nada de esto describe un programa real.
#
# *(In English: notebook 07.)*

# %%
# %matplotlib inline
import pandas as pd

import impact as im
from impact.language import Language, speak_in
from impact.views import spoken_digits

speak_in("es")  # mensajes, cuadros y números, en español
pd.options.display.float_format = spoken_digits
INGRESO = "income_agr_pc_month"
ETIQUETA = "Ingreso agropecuario por persona"
encuesta = im.synthetic.rural_alliances_panel(seed=2, staggered=True)
hallados = encuesta.household[encuesta.household["response"] == "complete"]

# %% [markdown]
# ## 1. El panel, y a quién se perdió
#
# Una fila por hogar y ronda; `entry_wave` es la ronda en que se financió a su organización, 0 para las que aún esperan. Se cuenta cada paso.

# %%
panel = im.Panel(
    hallados,
    id="hh_id",
    wave="wave",
    entry="entry_wave",
    covariates=["education_index", "assets_pre", "travel_time_market", "unmet_needs"],
    outcomes=[
        im.Column(INGRESO, unit="Bs/persona/mes"),
        im.Headcount("income_pc_month", line=580.0, name="pobres, línea moderada"),
    ],
    cluster="group_id",
    sampling_weight="weight",
    synthetic=True,
)
panel

# %% [markdown]
# Aquí se probaría si ambos lados perdieron la misma proporción. En esta encuesta se reencontró a todos; qué hacer cuando no es así está en *Baseline and follow-up*, en la documentación.

# %%
panel.attrition

# %% [markdown]
# ## 2. Cada cohorte en cada ronda
#
# El efecto en las organizaciones que entraron en una ronda, visto en cada ronda, frente a las **aún no tratadas**: las que esperan. Doblemente robusto: acierta si la regresión o la probabilidad aciertan. La ronda anterior a la entrada es la referencia, 0 por construcción; lo anterior a ella debe estar cerca de 0, pues nadie había cobrado.

# %%
efectos = im.group_time_effects(panel, outcome=INGRESO, base="universal")
efectos

# %% [markdown]
# Por rondas desde la entrada. El intervalo es de cada fecha por sí sola; la banda vale para todas las fechas a la vez.

# %%
fechas = efectos.aggregate("event")
ejes = im.figures.event_study(fechas, language="es", label=ETIQUETA)
ejes.figure

# %% [markdown]
# La verdad, según los resultados potenciales que el generador conoce, en los mismos hogares y rondas:

# %%
pagados = hallados[(hallados["entry_wave"] > 0) & (hallados["wave"] >= hallados["entry_wave"])]
desde = pagados["wave"] - pagados["entry_wave"]
filas = {"event 0": pagados[desde == 0], "event 1": pagados[desde == 1], "all": pagados}
verdad = {
    nombre: encuesta.truth.att(INGRESO, units=unas.index, weights=unas["weight"])
    for nombre, unas in filas.items()
}
total = efectos.aggregate("simple")
juntos = pd.concat([fechas.frame.query("subgroup != 'all'"), total.frame]).set_index("subgroup")
juntos = juntos.loc[list(verdad), ["estimate", "conf_low", "conf_high"]].assign(verdad=verdad)
juntos.rename(
    index={"event 0": "ronda de entrada", "event 1": "una ronda después", "all": "todas tras entrar"},
    columns={"estimate": "efecto", "conf_low": "desde", "conf_high": "hasta"},
).round(1).rename_axis(index="DATOS SINTÉTICOS")

# %% [markdown]
# ## 3. Pobreza, como cualquier otro resultado
#
# Una proporción entre 0 y 1: −0,12 son doce puntos porcentuales menos de hogares pobres.

# %%
pobreza = im.group_time_effects(panel, outcome="pobres, línea moderada").aggregate("group")
pobreza

# %% [markdown]
# ## 4. Qué habrían dado los efectos fijos de hogar y ronda, y por qué no
#
# La regresión usual es un promedio ponderado de comparaciones de dos por dos. Algunas toman como controles a organizaciones que ya están tratadas.

# %%
im.goodman_bacon(panel, outcome=INGRESO)

# %% [markdown]
# ## 5. Tres estimandos que no deben confundirse
#
# El mismo resultado, los mismos hogares: el cambio de los beneficiarios (no es un efecto), los beneficiarios frente a los controles después, y la diferencia de diferencias. «160 %» nunca más se leerá como «63 %».

# %%
dos = panel.between(0, 2)
tres = im.three_estimands(dos, [INGRESO])
tres.frame_in("es").set_index("identification")[
    ["estimate", "conf_low", "conf_high", "percent_effect"]
].rename(
    columns={"estimate": "efecto", "conf_low": "desde", "conf_high": "hasta", "percent_effect": "en %"}
).round(1).rename_axis(index="DATOS SINTÉTICOS")

# %% [markdown]
# ## 6. Sobre una línea de base emparejada
#
# Emparejar según lo que se sabía al inicio y comparar cambios: el emparejamiento quita lo que se midió, la diferencia lo que no cambia en el tiempo.

# %%
cerca = im.match(dos.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=4))
im.two_wave_effects(dos, [INGRESO], matched=cerca)

# %% [markdown]
# ## 7. ¿Volumen, precio, calidad o costos?
#
# Cada hogar frente a sí mismo, menos lo que cambiaron los hogares de comparación; ingreso neto del rubro de la alianza.

# %%
partes = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
    unit="Bs/año",
)
reparto = im.income_decomposition(dos, partes)
reparto

# %%
ejes = im.figures.decomposition(reparto, "es")
ejes.figure

# %% [markdown]
# ## En palabras

# %%
numero = Language("es").number
efecto, menos = total.one(), pobreza.one(subgroup="all")
parte = reparto.frame.set_index("part")["share"] * 100
print(
    f"Las organizaciones financiadas ganaron {numero(efecto.estimate)} Bs por persona y mes "
    f"(intervalo del 95 %: {numero(efecto.conf_low)} a {numero(efecto.conf_high)}); "
    f"la verdad es {numero(verdad['all'])}.\n"
    f"Hay {numero(-100 * menos.estimate)} puntos menos de hogares pobres "
    f"({numero(-100 * menos.conf_high)} a {numero(-100 * menos.conf_low)}).\n"
    f"De la ganancia en ingreso neto, el volumen es el {numero(parte['volume'])} %, el precio el "
    f"{numero(parte['price'])} %, la calidad el {numero(parte['quality'])} %, los costos el {numero(parte['costs'])} %."
)
