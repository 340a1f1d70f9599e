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
# # Evaluar un programa de alianzas rurales, del archivo a la conclusión
#
# Los productores beneficiarios se comparan con los que **esperan**: productores del proyecto siguiente, con plan aprobado y dinero aún no entregado. Sin línea de base, con tratamiento por organización, dos técnicas de emparejamiento en cuatro versiones: el diseño del estudio de 2016 del Proyecto de Alianzas Rurales de Bolivia (PAR I; informe 132905 del Banco Mundial). Los microdatos de ese estudio no son públicos.
#
# > **DATOS SINTÉTICOS.** Todo lo que sigue se calcula con una encuesta generada al azar cuyos efectos verdaderos se conocen. Muestra el método; ninguno de sus números describe a Bolivia. Como se conoce la verdad, cada estimación puede compararse con ella.
#
# *(In English: notebook 01.)*

# %%
# %matplotlib inline
import os
import tempfile
import textwrap
import warnings

import pandas as pd

import impact as im
from impact.language import Language, speak_in
from impact.views import spoken_digits

speak_in("es")  # mensajes, cuadros y números, en español
numero = Language("es").number
pd.options.display.max_colwidth = None
pd.options.display.float_format = spoken_digits
os.chdir(tempfile.mkdtemp())  # los archivos de este cuaderno van a una carpeta propia
MARK = "DATOS SINTÉTICOS"  # en la esquina de cada cuadro
INCOME = "income_agr_pc_month"
ETIQUETAS = {
    INCOME: "Ingreso agropecuario per cápita",
    "education_index": "escolaridad del jefe o jefa",
    "assets_pre": "activos previos",
    "travel_time_market": "tiempo al mercado",
    "unmet_needs": "necesidades básicas insatisfechas",
    "group_mean_education": "escolaridad media de la organización",
    "regionNorte": "región: Norte",
    "regionValles": "región: Valles",
    "regionChaco": "región: Chaco",
    "regionTropico": "región: Trópico",
    "coll_inputs": "compra conjunta de insumos",
    "ta_hired": "asistencia técnica contratada",
    "coll_price": "precio negociado en conjunto",
    "coll_delivery": "entrega conjunta",
    "income_labour": "ingreso laboral del hogar",
    "sales_agr": "ventas agropecuarias",
    "net_income_alliance": "ingreso neto del rubro",
    "area_cultivated": "superficie cultivada y de pastoreo",
    "wage_days_hired": "jornales contratados",
}
RUBROS = {
    "beef": "carne",
    "milk": "leche",
    "honey": "miel",
    "coffee": "café",
    "cocoa": "cacao",
    "other": "otros",
}
PALABRAS = ETIQUETAS | {
    "(Intercept)": "constante",
    "Propensity 1-NN": "Probabilidad, 1 vecino",
    "Propensity kernel": "Probabilidad, kernel",
    "Mahalanobis 1-NN": "Mahalanobis, 1 vecino",
    "Mahalanobis 4-NN": "Mahalanobis, 4 vecinos",
}
PALABRAS |= {
    "term": "término", "coefficient": "coeficiente", "std_error": "error estándar", "razon": "razón", "estimate": "efecto",
    "conf_low": "desde", "conf_high": "hasta", "truth": "verdad",
    "covered": "la contiene", "percent_effect": "% de los controles", "n_treated": "beneficiarios", "n_treated_total": "beneficiarios, todos",
    "n_control": "controles", "n_clusters": "organizaciones", "share_on_support": "proporción en la estimación", "max_abs_smd": "mayor |DME|",
    "ess_control": "controles efectivos", "effective_control_clusters": "organizaciones de control efectivas",
    "largest_cluster_share": "parte de la mayor organización", "mechanism": "práctica", "share_with": "la tienen", "difference": "diferencia",
    "groups_with": "organizaciones con ella", "groups_without": "sin ella", "estimand": "estimando", "population": "población",
    "comparator": "comparación", "denominator": "denominador", "weights": "pesos", "identification": "identificación",
    "bias_adjustment": "ajuste de sesgo", "variance": "varianza", "rows": "filas", "mean_abs_smd": "|DME| media", "smd_missed": "|DME| sobre 0,1",
    "variance_ratio_missed": "razones de varianzas fuera de 0,5–2", "ecdf_mean_missed": "distribuciones: media sobre su umbral",
    "ecdf_max_missed": "distribuciones: máximo sobre su umbral", "non_overlap_missed": "densidades: sin superposición sobre 0,2",
    "ess_treated": "beneficiarios efectivos", "subgroup": "grupo", "stage": "momento", "before": "antes", "after": "después",
}  # fmt: skip
survey = im.synthetic.rural_alliances(seed=1)
rubro = survey.household["alliance_product"].astype(str).map(RUBROS)
hogares = survey.household.assign(alliance_product=rubro)
hogares.to_stata("hogares.dta", write_index=False, version=118)
survey.group.to_csv("organizaciones.csv", index=False)
tables = {"hogares": im.read_survey("hogares.dta"), "organizaciones": im.read_survey("organizaciones.csv")}
for name, table in tables.items():
    print(f"{name}: {numero(len(table.frame))} filas, {len(table.frame.columns)} columnas")

# %% [markdown]
# ## 1. ¿Esperan los controles?
#
# Un control muestra la vida sin el programa solo si su organización había sido elegida y aún no había cobrado: aprobación ≤ entrevista < primer desembolso. Cada organización de control se compara con sus fechas.

# %%
gate = im.pipeline_gate(survey)
print(gate.sentence("es"))

# %% [markdown]
# ## 2. La muestra: papeles, y el destino de cada unidad
#
# Solo lo fijo, o lo conocido **antes** del programa, puede entrar al diseño: región, escolaridad, activos previos, tiempo al mercado, necesidades básicas insatisfechas. El tamaño actual del hogar, los servicios de la organización o el tipo de comprador pueden haber respondido al programa, y quedan fuera.

# %%
line = survey.poverty_lines.set_index("name")["value"]
outcomes = [
    im.Column(INCOME, unit="Bs/persona/mes", period="últimos 12 meses"),
    im.Column("income_labour", unit="Bs/año", period="últimos 12 meses"),
    im.Column("sales_agr", unit="Bs/año", period="últimos 12 meses"),
    im.Column("net_income_alliance", unit="Bs/año", period="últimos 12 meses"),
    im.Headcount("income_pc_month", line=line["moderate"], name="pobres, línea moderada: hogares"),
    im.Headcount("income_pc_month", line=line["moderate"], persons="hh_size_pre", name="pobres, línea moderada: personas"),
    im.Headcount("income_pc_month", line=line["extreme"], name="pobres, línea extrema: hogares"),
    im.PovertyGap("income_pc_month", line=line["moderate"], name="brecha de pobreza: hogares"),
    im.Column("area_cultivated", unit="hectáreas"),
    im.Column("wage_days_hired", unit="jornales"),
]  # fmt: skip
sample = im.Sample.from_tables(
    tables["hogares"],
    **(survey.roles() | {"outcomes": outcomes, "id": "hh_id"}),
    comparator="productores en espera, aprobados y aún no financiados",
    synthetic=True,
)
sample

# %% [markdown]
# ## 3. El diseño: quién se compara con quién
#
# Las estrategias no ven ningún resultado. `match()` verifica lo que cada una propone: pesos, reutilización, calipers, soporte.

# %%
matched = im.matched_strategies(sample)
for specification, one in matched.items():
    kept, effective = one.share_on_support, one.ess["control"]
    print(
        f"{PALABRAS[specification.name]}: queda el {numero(100 * kept, 1)} % de los beneficiarios, "
        f"controles efectivos {numero(effective)}"
    )

# %% [markdown]
# La probabilidad detrás de las dos primeras: el logaritmo de las chances de ser beneficiario. El tiempo al mercado y las necesidades insatisfechas las bajan, como lo hizo el generador. Un coeficiente no es aquí un hallazgo; lo que cuenta es si después los comparados se parecen.

# %%
nearest = matched[im.FOUR_STRATEGIES[0]]
score = nearest.measure.propensity.coefficients
score = score.replace({"term": PALABRAS}).set_index("term")
score["razon"] = score["coefficient"] / score["std_error"]
score.round(3).rename(columns=PALABRAS).rename_axis(index=MARK)

# %%
ax = im.figures.overlap(nearest, language="es")
ax.figure

# %% [markdown]
# ## 4. Balance, antes y después

# %%
main = im.FOUR_STRATEGIES[1]
balance = im.balance(matched[main], further=[im.NON_OVERLAP])
ax = im.figures.love_plot(balance, language="es", labels=ETIQUETAS)
ax.figure

# %%
summary = balance.summary.set_index("stage").round(2).T
summary.rename(columns=PALABRAS, index=PALABRAS).rename_axis(index=MARK, columns=None)

# %% [markdown]
# ## 5. El efecto según cuatro estrategias
#
# Las filas del cuadro de la sección 4.9, más tierra y trabajo asalariado: ingreso y ventas agropecuarias, ingreso laboral, pobreza. Errores estándar por organización, con residuos corregidos por lo que ajustaron sus propios hogares, e intervalo t. **La dispersión entre estrategias no es la incertidumbre; los intervalos sí.**

# %%
effects = im.strategy_effects(matched)
cells = {specification.name: {} for specification in im.FOUR_STRATEGIES}
for one in effects:
    places = 0 if one.control_mean >= 100 else 3
    low, high = numero(one.conf_low, places), numero(one.conf_high, places)
    cells[one.strategy][one.outcome] = f"{numero(one.estimate, places)} [{low}; {high}]"
answers = pd.DataFrame(cells)
answers.rename(columns=PALABRAS, index=PALABRAS).rename_axis(index=MARK)

# %%
percent = pd.DataFrame(
    {name: {one.outcome: one.percent_effect for one in effects if one.strategy == name} for name in cells}
)
percent.round(1).rename(columns=PALABRAS, index=PALABRAS).rename_axis(
    index=f"{MARK}: % de la media de los controles"
)

# %%
design = ["strategy", "n_treated", "n_treated_total", "n_control", "n_clusters", "share_on_support", "max_abs_smd", "ess_control",
          "effective_control_clusters", "largest_cluster_share"]  # fmt: skip
counts = effects.frame[design].drop_duplicates("strategy").set_index("strategy").round(2).T
counts.rename(columns=PALABRAS, index=PALABRAS).rename_axis(index=MARK, columns=None)

# %% [markdown]
# ## 6. Estimación y verdad
#
# La verdad es la diferencia media de los resultados potenciales de los beneficiarios, ponderada como la estimación. Una sola encuesta puede errar por mucho: un intervalo se juzga por si contiene la verdad, y un método con muchas encuestas (*Coverage of the intervals* en la documentación).

# %%
weights = survey.household["weight"]
treated = sample.frame.index[sample.treated]
true_income = survey.truth.att(INCOME, units=treated, weights=weights.loc[treated])
ax = im.figures.strategies(
    effects, outcome=INCOME, truth=true_income, language="es", label=ETIQUETAS[INCOME], labels=PALABRAS
)
ax.figure

# %%
held = effects.frame[effects.frame["outcome"] == INCOME].set_index("strategy")[
    ["estimate", "conf_low", "conf_high"]
]
inside = held["conf_low"].le(true_income) & held["conf_high"].ge(true_income)
held = held.assign(truth=true_income).round(1).assign(covered=inside.map({True: "sí", False: "no"}))
held.rename(columns=PALABRAS, index=PALABRAS).rename_axis(index=MARK)

# %% [markdown]
# ## 7. Quiénes ganaron: quintiles, regiones, rubros
#
# Sin línea de base, los quintiles se cortan en el ingreso *predicho* sin el programa, con controles ajenos a la propia organización. Cortar en el ingreso observado después del programa se niega: compara a los beneficiarios que el programa levantó con otra gente.

# %%
try:
    im.quintile_effects(sample, main.strategy, INCOME, by=im.Baseline(INCOME))
except im.OptionError as error:
    print(textwrap.fill(str(error), 110))

# %%
fifths = im.quintile_effects(sample, main.strategy, INCOME, by=im.PredictedOutcome())
ax = im.figures.quintiles(fifths, language="es", label=ETIQUETAS[INCOME])
ax.figure

# %% [markdown]
# Los efectos verdaderos son 160, 40, 52, 30 y 25 % por quintil del *verdadero* ingreso sin programa. Los quintiles del ingreso *predicho* mezclan vecinos, y el patrón es más plano: es el efecto por rango predicho, y así se dice.
#
# En cada región y rubro se empareja de nuevo. Entre tantos es de esperar alguna diferencia, y una prueba pregunta si hay alguna. Se imprime aquí de qué advierte el programa: pocas organizaciones sostienen una región o un rubro, y su intervalo puede ser demasiado corto. Donde la media de los controles no es claramente positiva no hay porcentaje (–).

# %%
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    regions = im.subgroup_effects(sample, main.strategy, [INCOME], "region")
    products = im.subgroup_effects(sample, main.strategy, [INCOME], "alliance_product")
print(*(str(one.message).split(". ")[0] for one in told), sep="\n")
for name, found in (("las regiones", regions), ("los rubros", products)):
    p_value = found.comparisons[INCOME].equality("level").p_value
    print(f"Todos ganan lo mismo en {name}: p = {numero(p_value, 3)}")
pd.concat([found.table.frame for found in (regions, products)])[
    ["subgroup", "estimate", "conf_low", "conf_high", "percent_effect", "n_treated", "n_control"]
].set_index("subgroup").round(1).astype(object).fillna("–").rename(columns=PALABRAS).rename_axis(index=MARK)

# %%
ax = im.figures.subgroups(regions.table, INCOME, "región", language="es", label=ETIQUETAS[INCOME])
ax.figure

# %% [markdown]
# ## 8. Qué acompañó la ganancia
#
# Lo que adoptaron las organizaciones beneficiarias no es un efecto: vino después del programa, y quienes lo adoptaron pueden ser los más capaces. Se describe, entre los beneficiarios solamente.

# %%
practices = im.mechanism_associations(sample, [INCOME])
practices.frame[["mechanism", "share_with", "difference", "conf_low", "conf_high", "groups_with", "groups_without"]].set_index(
    "mechanism"
).round(2).rename(columns=PALABRAS, index=PALABRAS).rename_axis(index=MARK)  # fmt: skip

# %% [markdown]
# ## 9. Más allá de cuatro estrategias
#
# Cuatro estrategias son cuatro decisiones entre muchas. Todas las combinaciones de estas familias, distancias, vecinos y ajustes; las que no alcanzan balance o soporte van en gris y no se cuentan:

# %%
choices = im.Choices(
    family={"vecino más cercano": im.NearestFamily(), "kernel": im.KernelFamily(), "balance de entropía": im.OneStrategy(im.EntropyBalancing())},
    distance={"probabilidad": im.PropensityScore(scale="linear"), "Mahalanobis": im.Mahalanobis()},
    ratio={"1": 1, "4": 4},
    adjustment={"ninguno": None, "según el resultado": "suited"},
)  # fmt: skip
universe = im.universe(sample, [INCOME], choices, n_jobs=1)
print(textwrap.fill(universe.sentence(INCOME, "es", ETIQUETAS[INCOME]), 110))
ax = im.figures.specification_curve(universe, language="es", labels=ETIQUETAS)
ax.figure

# %% [markdown]
# Y algo que nadie midió: ¿qué tan fuerte tendría que ser?

# %%
sensitivity = im.confounder_sensitivity(matched[main], INCOME, benchmarks=["education_index", "assets_pre"])
print(textwrap.fill(sensitivity.sentence("es", ETIQUETAS, "Bs/persona/mes"), 110))

# %% [markdown]
# ## 10. Lo publicado, al lado de la encuesta sintética
#
# Las cifras del informe, por párrafo, y lo que aquí da la estrategia principal. **No son la misma encuesta ni tienen que coincidir**: la sintética se hizo para mostrar esta forma en promedio sobre muchas encuestas.

# %%
of = {one.outcome: one for one in effects if one.strategy == main.name}
poor, worse = of["pobres, línea moderada: hogares"], of["pobres, línea extrema: hogares"]
rate = {"poor": 100 * poor.control_mean, "worse": 100 * worse.control_mean}
published = [
    ("4.9", "ingreso agropecuario, % de la media de los controles, cuatro estrategias", "28 a 39",
     f"{numero(percent.loc[INCOME].min())} a {numero(percent.loc[INCOME].max())}"),
    ("4.9", "ingreso laboral del hogar, %", "28", numero(of["income_labour"].percent_effect)),
    ("4.5", "ingreso del rubro de la alianza, %", "73", numero(of["net_income_alliance"].percent_effect)),
    ("4.8", "pobres, beneficiarios frente a controles, %", "50 frente a 62",
     f"{numero(rate['poor'] + 100 * poor.estimate)} frente a {numero(rate['poor'])}"),
    ("4.8", "pobres extremos, beneficiarios frente a controles, %", "33 frente a 43",
     f"{numero(rate['worse'] + 100 * worse.estimate)} frente a {numero(rate['worse'])}"),
    ("4.8", "brecha de pobreza, puntos", "se estrechó", numero(100 * of["brecha de pobreza: hogares"].estimate, 1)),
    ("4.7", "tierra cultivada y de pastoreo, hectáreas", "+3,1", f"+{numero(of['area_cultivated'].estimate, 1)}"),
    ("4.7", "empleo asalariado, jornales", "+0,15", f"+{numero(of['wage_days_hired'].estimate, 2)}"),
]  # fmt: skip
pd.DataFrame(published, columns=["párrafo", "qué", "publicado", "sintética"]).set_index(
    "párrafo"
).rename_axis(index=MARK)

# %% [markdown]
# ## 11. La conclusión, en palabras

# %%
income, area = of[INCOME], of["area_cultivated"]
clear = sum(one.conf_low > 0 for one in effects if one.outcome == INCOME)
print(
    f"Los beneficiarios tienen {numero(income.estimate)} Bs por persona y mes más de la agricultura que sin el programa\n"
    f"(intervalo del 95 %: {numero(income.conf_low)} a {numero(income.conf_high)}), "
    f"el {numero(income.percent_effect)} % de lo que tienen sus controles;\n"
    f"{clear} de 4 estrategias lo distinguen de cero.\n\n"
    f"Hay {numero(-100 * poor.estimate)} puntos menos de hogares pobres "
    f"({numero(-100 * poor.conf_high)} a {numero(-100 * poor.conf_low)}) "
    f"y {numero(-100 * worse.estimate)} menos en pobreza extrema;\n"
    f"cultivan {numero(area.estimate, 1)} hectáreas más "
    f"({numero(area.conf_low, 1)} a {numero(area.conf_high, 1)}).\n\n"
    f"Los controles esperan como deben; los comparados se parecen en lo que se midió "
    f"(mayor DME {numero(balance.max_abs_smd, 2)});\n"
    f"«{PALABRAS[main.name]}» conserva el {numero(100 * income.share_on_support)} % de los beneficiarios.\n\n"
    "Vale para quienes tienen pareja, para lo que se midió y para los hogares: no para los costos del programa,\n"
    "ni para quien nunca fue encuestado."
)

# %% [markdown]
# Cada fila de `effects.frame` lleva lo que el número significa: estimando, población, comparación, denominador, pesos, varianza, conteos. Un porcentaje sin ellos es un defecto: el informe cita «160 %», «63 %» y «28–39 %» de un mismo programa porque tres estimandos los perdieron. La misma evaluación desde un archivo, con su informe en Word: `impact demo --language es`, y después el cuaderno 05.

# %%
labels = [
    "estimand",
    "population",
    "comparator",
    "denominator",
    "weights",
    "identification",
    "bias_adjustment",
    "variance",
]
means = effects.frame_in("es").loc[0, labels].rename(PALABRAS)
means.to_frame(f"{PALABRAS[effects.frame['strategy'][0]]}: qué significan sus números").rename_axis(
    index=MARK
)
