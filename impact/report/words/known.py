"""Names that come from data and configurations, in English and Spanish."""

from __future__ import annotations

from impact.language import Text

KNOWN: dict[str, Text] = {
    text: text
    for text in (
        Text("controls", "controles"),
        Text("control", "controles"),
        Text("before", "antes"),
        Text("growth", "crecimiento"),
        Text("redistribution", "redistribución"),
        Text("growth, distribution before", "crecimiento, con la distribución de antes"),
        Text("redistribution, mean before", "redistribución, con la media de antes"),
        Text("residual", "residuo"),
        Text("change", "cambio"),
        Text("households", "hogares"),
        Text("persons", "personas"),
        Text("after", "después"),
        Text("treated", "beneficiarios"),
        # intervals of a share
        Text("korn-graubard", "Korn–Graubard"),
        Text(
            "Korn–Graubard with the number of groups where all answer alike",
            "Korn–Graubard con el número de grupos donde todos responden igual",
        ),
        # choices of the universe
        Text("none", "ninguno"),
        Text("all", "todas"),
        Text("nearest", "vecino más cercano"),
        Text("nearest once", "vecino más cercano, una vez"),
        Text("kernel", "kernel"),
        Text("inverse probability", "probabilidad inversa"),
        Text("entropy balancing", "balance de entropía"),
        Text("covariate balancing", "balance de covariables"),
        Text("propensity", "probabilidad"),
        Text("robust Mahalanobis", "Mahalanobis robusta"),
        Text("Euclidean", "euclidiana"),
        Text("linear", "lineal"),
        Text("suited", "según el resultado"),
        Text("squares", "cuadrático"),
        Text("log link", "enlace logarítmico"),
        Text("sampling", "de muestreo"),
        Text("0.1 SD", "0,1 DE"),
        Text("0.2 SD", "0,2 DE"),
        Text("0.25 SD", "0,25 DE"),
        Text("0.5 SD", "0,5 DE"),
        # what ended an alliance, and for whom an effect stands
        Text("another buyer", "otro comprador"),
        Text("open market", "mercado abierto"),
        Text("dissolved", "disuelta"),
        Text("funding_year", "año de fondos"),
        Text("surveyed", "encuestados"),
        Text("programme", "programa"),
        # units of access to markets
        Text("share of output", "proporción de la producción"),
        Text("share of households", "proporción de hogares"),
        Text("share of sales", "proporción de las ventas"),
        Text("share of the spot price", "proporción del precio de mercado"),
        Text("buyers", "compradores"),
        Text("Bs/day", "Bs por día"),
        Text("income below the line", "ingreso menor que la línea"),
        Text("income at or below the line", "ingreso menor o igual que la línea"),
        # interviews, as the data package codes them
        Text("complete", "completa"),
        Text("refused", "rechazo"),
        Text("not_found", "no encontrado"),
        Text("moved", "se mudó"),
        # units and areas of the published poverty lines
        Text("Bs/year", "Bs por año"),
        Text("rural", "rural"),
        Text("synthetic 2014", "sintética 2014"),
        Text("dollars", "dólares"),
        # the project's four strategies
        Text("Propensity 1-NN", "Probabilidad, 1 vecino"),
        Text("Propensity kernel", "Probabilidad, kernel"),
        Text("Mahalanobis 1-NN", "Mahalanobis, 1 vecino"),
        Text("Mahalanobis 4-NN", "Mahalanobis, 4 vecinos"),
    )
} | {
    # names that one types, and what a reader calls them
    "wilson": Text("Wilson", "Wilson"),
    "Bs/person/month": Text("Bs per person and month", "Bs por persona y mes"),
}
"""Names that come from data and configurations, in every language."""

CALLED: dict[str, Text] = {
    "NearestNeighbor": Text("nearest neighbour", "vecino más cercano"),
    "CoarsenedExact": Text("coarsened exact matching", "emparejamiento exacto por clases"),
    "GroupFirst": Text("groups first, then their members", "primero grupos, después sus miembros"),
    "InverseProbability": Text("inverse probability", "probabilidad inversa"),
    "EntropyBalancing": Text("entropy balancing", "balance de entropía"),
    "CovariateBalancing": Text("covariate balancing", "balance de covariables"),
    "LinearAdjustment": Text("linear adjustment", "ajuste lineal"),
    "ClusterRobust": Text("cluster-robust", "robusto por conglomerado"),
    "LinearRegression": Text("linear regression", "regresión lineal"),
    "Ridge": Text("ridge regression", "regresión ridge"),
    "RandomForestRegressor": Text("random forest", "bosque aleatorio"),
    "GradientBoostingRegressor": Text("boosted trees", "árboles potenciados"),
    "HistGradientBoostingRegressor": Text("boosted trees", "árboles potenciados"),
}
"""What a reader calls a strategy, an adjustment or a learner that a text names by its class; not what may be a strategy's own name."""
