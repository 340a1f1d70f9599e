"""What a result's columns are called at the head of a document's table."""

from __future__ import annotations

from impact.language import Text
from impact.report.words.style import Style

HEADINGS: dict[str, Text] = {
    # who and how many
    "subgroup": Text("subgroup", "subgrupo"),
    "n": Text("n", "n"),
    "groups": Text("groups", "grupos"),
    "clusters": Text("clusters", "conglomerados"),
    "n_first": Text("n, first", "n, primera"),
    "n_second": Text("n, second", "n, segunda"),
    "n_treated": Text("treated", "tratados"),
    "n_events": Text("ended", "terminaron"),
    "n_at_risk": Text("alliances at risk", "alianzas en riesgo"),
    "at_risk": Text("at risk", "en riesgo"),
    "n_unknown": Text("of unknown fate", "de destino desconocido"),
    "share_unknown": Text("share of unknown fate", "proporción de destino desconocido"),
    "missing": Text("without an answer", "sin respuesta"),
    "levels": Text("levels", "niveles"),
    # an estimate and its uncertainty
    "estimate": Text("estimate", "estimación"),
    "std_error": Text("standard error", "error estándar"),
    "conf_low": Text("interval from", "intervalo desde"),
    "conf_high": Text("interval to", "intervalo hasta"),
    "band_low": Text("band from", "banda desde"),
    "band_high": Text("band to", "banda hasta"),
    "statistic": Text("statistic", "estadístico"),
    "p_value": Text("p", "p"),
    "level": Text("level", "nivel de confianza"),
    "interval": Text("interval", "intervalo"),
    "variance": Text("variance", "varianza"),
    "identification": Text("identification", "identificación"),
    "comparator": Text("compared with", "se compara con"),
    "denominator": Text("percent of", "porcentaje de"),
    "bias_adjustment": Text("bias adjustment", "ajuste por sesgo"),
    "effective_control_clusters": Text("effective control groups", "grupos de control efectivos"),
    "largest_cluster_share": Text("largest group's share", "proporción del grupo mayor"),
    "outcome_label": Text("outcome, by name", "resultado, por su nombre"),
    "estimand": Text("estimand", "estimando"),
    "outcome": Text("outcome", "resultado"),
    "synthetic": Text("synthetic", "sintético"),
    "population": Text("population", "población"),
    "percent_effect": Text("effect in percent", "efecto en porcentaje"),
    # tests and comparisons
    "mean": Text("mean", "media"),
    "difference": Text("difference", "diferencia"),
    "comparison": Text("comparison", "comparación"),
    "first": Text("first", "primera"),
    "second": Text("second", "segunda"),
    "slope": Text("slope", "pendiente"),
    "rise": Text("rise from first to last", "cambio del primero al último"),
    "power": Text("power", "potencia"),
    "detectable_rise": Text("rise found in 80 %", "cambio que se halla en 80 %"),
    "covariate": Text("covariate", "covariable"),
    "mean_all": Text("mean of all", "media de todos"),
    "mean_reported": Text("mean of those that reported", "media de quienes informaron"),
    # survival
    "time": Text("years", "años"),
    "survival": Text("survival", "supervivencia"),
    "survival_low": Text("survival, lowest", "supervivencia, mínima"),
    "survival_high": Text("survival, highest", "supervivencia, máxima"),
    "cause": Text("end", "fin"),
    "incidence": Text("incidence", "incidencia"),
    "observed": Text("ended", "terminaron"),
    "expected": Text("expected if all alike", "esperado si todos iguales"),
    "term": Text("term", "término"),
    "coefficient": Text("log hazard ratio", "logaritmo de la razón de riesgos"),
    "hazard_ratio": Text("hazard ratio", "razón de riesgos"),
    # returns
    "npv": Text("net present value", "valor actual neto"),
    "npv_std_error": Text("standard error of the NPV", "error estándar del VAN"),
    "npv_conf_low": Text("NPV from", "VAN desde"),
    "npv_conf_high": Text("NPV to", "VAN hasta"),
    "irr": Text("rate of return", "tasa de retorno"),
    "irr_conf_low": Text("rate from", "tasa desde"),
    "irr_conf_high": Text("rate to", "tasa hasta"),
    "irr_number": Text("number of rates", "número de tasas"),
    "irr_status": Text("which rate", "qué tasa"),
    "irr_all": Text("every rate", "todas las tasas"),
    "payback": Text("payback, years", "recuperación, años"),
    "discounted_payback": Text("discounted payback, years", "recuperación descontada, años"),
    "above_hurdle": Text("above the hurdle", "supera la tasa mínima"),
    "total": Text("total", "total"),
    "sign_changes": Text("changes of sign", "cambios de signo"),
    "effect": Text("effect", "efecto"),
    "effect_std_error": Text("standard error of the effect", "error estándar del efecto"),
    "cost": Text("cost", "costo"),
    "probability_above_hurdle": Text(
        "NPV above 0, share of draws", "VAN mayor que 0, proporción de simulaciones"
    ),
    "rate": Text("rate", "tasa"),
    "horizon": Text("horizon, years", "horizonte, años"),
    "replications": Text("draws", "simulaciones"),
    "seed": Text("seed", "semilla"),
    # targeting
    "population_share": Text("share of units", "proporción de unidades"),
    "amount_share": Text("share of the amount", "proporción del monto"),
    "trait": Text("trait", "característica"),
    "programme_share": Text("share in the programme", "proporción en el programa"),
    "area_share": Text("share in the area", "proporción en la zona"),
    "ratio": Text("ratio", "razón"),
    # subprojects
    "mean_before": Text("mean before", "media antes"),
    "mean_after": Text("mean after", "media después"),
    "change": Text("change", "cambio"),
    "percent": Text("percent", "porcentaje"),
    "percent_conf_low": Text("percent from", "porcentaje desde"),
    "percent_conf_high": Text("percent to", "porcentaje hasta"),
    "share_losing": Text("share losing", "proporción que pierde"),
    "losing_conf_low": Text("share losing from", "proporción que pierde desde"),
    "losing_conf_high": Text("share losing to", "proporción que pierde hasta"),
    "median": Text("median", "mediana"),
    "factor": Text("factor", "factor"),
    "icc": Text("share of variance between", "proporción de la varianza entre"),
    "between_variance": Text("variance between", "varianza entre"),
    "within_variance": Text("variance within", "varianza dentro"),
    # exposure
    "dose": Text("exposure", "exposición"),
    # the auditor
    "rule": Text("rule", "regla"),
    "table": Text("table", "cuadro"),
    "row": Text("row", "fila"),
    "column": Text("column", "columna"),
    "claim": Text("claim", "afirmación"),
    "other": Text("other", "otra"),
    "printed": Text("printed", "impreso"),
    "implied": Text("implied", "implícito"),
    "implied_low": Text("implied, lowest", "implícito, mínimo"),
    "implied_high": Text("implied, highest", "implícito, máximo"),
    "holds": Text("holds", "se sostiene"),
    "explanation": Text("explanation", "explicación"),
    # balance, poverty, waves and the rest
    "part": Text("part", "parte"),
    "stage": Text("stage", "etapa"),
    "rubin_b": Text("Rubin's B", "B de Rubin"),
    "rubin_r": Text("Rubin's R", "R de Rubin"),
    "f_statistic": Text("F", "F"),
    "df_numerator": Text("degrees of freedom, numerator", "grados de libertad, numerador"),
    "df_denominator": Text("degrees of freedom, denominator", "grados de libertad, denominador"),
    "n_covariates": Text("covariates", "covariables"),
    "n_clusters": Text("groups", "grupos"),
    "left_out": Text("left out", "dejadas fuera"),
    "reason": Text("reason", "motivo"),
    "group": Text("group", "grupo"),
    "mechanism": Text("practice", "práctica"),
    "mean_with": Text("mean with it", "media con ella"),
    "mean_without": Text("mean without it", "media sin ella"),
    "share_with": Text("share with it", "proporción con ella"),
    "degrees_of_freedom": Text("degrees of freedom", "grados de libertad"),
    "n_with": Text("n with it", "n con ella"),
    "n_without": Text("n without it", "n sin ella"),
    "groups_with": Text("groups with it", "grupos con ella"),
    "groups_without": Text("groups without it", "grupos sin ella"),
    "unit": Text("unit", "unidad"),
    "period": Text("period", "período"),
    "adjusted_for": Text("adjusted for", "ajustado por"),
    "weights": Text("weights", "pesos"),
    "interpretation": Text("interpretation", "interpretación"),
    "quantile": Text("quantile", "cuantil"),
    "treated_quantile": Text("quantile of the treated", "cuantil de los tratados"),
    "control_quantile": Text("quantile without the programme", "cuantil sin el programa"),
    "measure": Text("measure", "medida"),
    "control_mean": Text("mean without the programme", "media sin el programa"),
    "alpha": Text("alpha", "alfa"),
    "line": Text("line", "línea"),
    "line_std_error": Text("standard error of the line", "error estándar de la línea"),
    "line_name": Text("name of the line", "nombre de la línea"),
    "line_unit": Text("unit of the line", "unidad de la línea"),
    "line_area": Text("area of the line", "área de la línea"),
    "line_period": Text("period of the line", "período de la línea"),
    "line_vintage": Text("method of the line", "metodología de la línea"),
    "line_status": Text("status of the line", "condición de la línea"),
    "line_source": Text("source of the line", "fuente de la línea"),
    "line_before": Text("line before", "línea antes"),
    "line_after": Text("line after", "línea después"),
    "strictness": Text("who is poor", "quién es pobre"),
    "component": Text("component", "componente"),
    "control_level": Text("level without the programme", "nivel sin el programa"),
    "treated_level": Text("level with the programme", "nivel con el programa"),
    "n_poor": Text("poor", "pobres"),
    "n_negative": Text("negative incomes", "ingresos negativos"),
    "n_missing": Text("without an income", "sin ingreso"),
    "n_units": Text("n", "n"),
    "strata": Text("strata", "estratos"),
    "bound": Text("bound", "cota"),
    "arm": Text("arm", "grupo"),
    "response": Text("interview", "entrevista"),
    "units": Text("units", "unidades"),
    "share": Text("share", "proporción"),
    "cohort": Text("cohort", "cohorte"),
    "wave": Text("wave", "ronda"),
    "base_wave": Text("base wave", "ronda de base"),
    "after": Text("after entry", "después de entrar"),
    "n_treated_groups": Text("treated groups", "grupos tratados"),
    "n_control": Text("controls", "controles"),
    "n_control_groups": Text("control groups", "grupos de control"),
    "treated": Text("treated cohort", "cohorte tratada"),
    "compared": Text("compared with", "comparada con"),
    "kind": Text("kind of comparison", "clase de comparación"),
    "weight": Text("weight", "peso"),
    "baseline": Text("at the first wave", "en la primera ronda"),
    "found": Text("found again", "reencontrados"),
    "lost": Text("lost", "perdidos"),
    "share_lost": Text("share lost", "proporción perdida"),
    "shift": Text("shift of the controls", "cambio en los controles"),
    "strategy": Text("strategy", "estrategia"),
    # an effect's own labels, and what else a notebook shows
    "n_treated_total": Text("treated, all", "tratados, todos"),
    "share_on_support": Text("share on support", "proporción en el soporte"),
    "ess_control": Text("effective controls", "controles efectivos"),
    "effective_control_clusters": Text("effective control groups", "grupos de control efectivos"),
    "largest_cluster_share": Text("share of the largest group", "proporción del grupo mayor"),
    "max_abs_smd": Text("largest |SMD|", "mayor |DME|"),
    "comparator": Text("compared with", "comparación"),
    "denominator": Text("denominator", "denominador"),
    "bias_adjustment": Text("bias adjustment", "ajuste del sesgo"),
    "p_holm": Text("p, Holm", "p, Holm"),
    "q_sharpened": Text("q, sharpened", "q afinado"),
    "romano_wolf": Text("p, Romano–Wolf", "p, Romano–Wolf"),
    "share_conf_low": Text("share from", "proporción desde"),
    "share_conf_high": Text("share to", "proporción hasta"),
    "different_products": Text("pairs of different products", "pares de distinto rubro"),
    "step": Text("step", "paso"),
    "value": Text("value", "valor"),
    "columns": Text("columns", "columnas"),
    "rows": Text("rows", "filas"),
    "smd": Text("SMD", "DME"),
    "variance_ratio": Text("variance ratio", "razón de varianzas"),
    "ecdf_mean": Text("eCDF, mean difference", "distribución, diferencia media"),
    "ecdf_max": Text("eCDF, largest difference", "distribución, diferencia máxima"),
    "mean_treated": Text("mean of the treated", "media de los tratados"),
    "mean_control": Text("mean of the controls", "media de los controles"),
    "status": Text("status", "situación"),
    "call_date": Text("call", "convocatoria"),
    "approval_date": Text("approval", "aprobación"),
    "disbursement_date": Text("first disbursement", "primer desembolso"),
    "interview_first": Text("first interview", "primera entrevista"),
    "interview_last": Text("last interview", "última entrevista"),
    "days_since_approval": Text("days since approval", "días desde la aprobación"),
    "days_to_disbursement": Text("days to the first disbursement", "días hasta el primer desembolso"),
    "rows_paid": Text("households, paid before", "hogares con pago previo"),
    "rows_not_approved": Text("households, not approved", "hogares sin aprobación"),
    "question": Text("question", "pregunta"),
    "category": Text("answer", "respuesta"),
}
"""A column's name to what it is called."""

POPULATIONS: dict[str, Text] = {
    "households": Text("households", "hogares"),
    "persons": Text("persons", "personas"),
}
"""Whom a column's number is over, by the end of its name."""
OVER = Text("{number}, {population}", "{number}, {population}")


def heading(name: str, style: Style) -> str:
    """Return what a column is called: its own words, or those of the number that it gives for households or for persons."""
    if name in HEADINGS:
        return style.text(HEADINGS[name])
    number, _, population = name.rpartition("_")
    if population in POPULATIONS and number in HEADINGS:
        return style.text(OVER.with_values(number=HEADINGS[number], population=POPULATIONS[population]))
    return style.name(name)


def called(name: str, language: str) -> str:
    """Return what a column is called in a language, without labels of a survey.

    Examples
    --------
    >>> called("conf_low", "es"), called("estimate_persons", "es")
    ('intervalo desde', 'estimación, personas')
    """
    return heading(name, Style.of(language))


def said(name: str, language: str) -> str:
    """Return a name that stands in a cell as a language says it; one that nobody knows stays as it is.

    Examples
    --------
    >>> said("Propensity kernel", "es"), said("after", "es"), said("Norte", "es")
    ('Probabilidad, kernel', 'después', 'Norte')
    """
    return Style.of(language).text(name)
