"""The one table of the report's words, in English and Spanish; what results say of themselves they carry along."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # the page
    "synthetic_banner": (
        "SYNTHETIC DATA: drawn by a random generator, not observed. No number here describes a real place or programme.",
        "DATOS SINTÉTICOS: generados al azar, no observados. Ningún número describe un lugar o programa real.",
    ),
    "synthetic_short": ("SYNTHETIC DATA", "DATOS SINTÉTICOS"),
    "contents": ("Contents", "Contenido"),
    "table": ("Table", "Cuadro"),
    "figure": ("Figure", "Gráfico"),
    "note": ("Note", "Nota"),
    "suppressed_note": (
        "n < {minimum}: suppressed, because it rests on fewer than {minimum} units.",
        "n < {minimum}: no se publica, porque se basa en menos de {minimum} unidades.",
    ),
    "secondary_note": (
        "(c): not published, so that a suppressed cell cannot be computed from the others.",
        "(c): no se publica, para que una celda suprimida no se pueda calcular con las demás.",
    ),
    "scroll": ("Table: scroll sideways", "Cuadro: desplácese a los lados"),
    "report_at": ("Report: {path}", "Informe: {path}"),
    "from": ("from", "desde"),
    "to": ("to", "hasta"),
    "annex": ("Annex: further tables", "Anexo: otros cuadros"),
    "unfold": ("show", "mostrar"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    # sections
    "section_sample": ("The sample", "La muestra"),
    "section_design": ("Who is compared with whom", "Quién se compara con quién"),
    "section_balance": ("Balance before and after matching", "Balance antes y después del emparejamiento"),
    "section_effects": ("The effect under each strategy", "El efecto según cada estrategia"),
    "section_poverty": ("Poverty", "Pobreza"),
    "section_quintiles": ("Who gained", "Quiénes ganaron"),
    "section_truth": ("Estimate and truth", "Estimación y verdad"),
    "section_reproduction": ("How to reproduce this", "Cómo reproducir este informe"),
    "lead_sample": (
        "{treated} treated and {control} comparison units ({comparator}){groups}. Estimand: {estimand}.",
        "{treated} beneficiarios y {control} unidades de comparación ({comparator}){groups}. Estimando: {estimand}.",
    ),
    "lead_groups": (" in {groups} groups", " en {groups} grupos"),
    "answer_percent": (
        ", {percent} % of the matched control mean",
        ", {percent} % de la media de los controles emparejados",
    ),
    "outcome_blind": (
        "The strategies saw covariates and treatment, never an outcome. Each proposal was checked: weights, reuse, calipers, support.",
        "Las estrategias vieron covariables y tratamiento, nunca un resultado. Se verificó cada propuesta: pesos, reutilización, calipers, soporte.",
    ),
    "warnings_raised": ("Warnings raised by this evaluation", "Advertencias de esta evaluación"),
    # the sample
    "step": ("Step", "Paso"),
    "flow_table": (
        "From the file to the estimate: every unit's fate",
        "Del archivo a la estimación: el destino de cada unidad",
    ),
    "flow_note": (
        "Units of the file; one column per strategy. Nothing is left out without a line of its own.",
        "Unidades del archivo; una columna por estrategia. Nada se excluye sin una línea propia.",
    ),
    "participants_table": ("Participants by arm", "Participantes por grupo de comparación"),
    "participants_note": (
        "Controls: {comparator}. Unweighted counts.",
        "Controles: {comparator}. Conteos sin ponderar.",
    ),
    "counts_note": ("Unweighted counts.", "Conteos sin ponderar."),
    "arm": ("Arm", "Grupo"),
    "treated": ("treated", "beneficiarios"),
    "control": ("controls", "controles"),
    "matched_control": ("matched controls", "controles emparejados"),
    "units": ("units", "unidades"),
    "groups": ("groups", "grupos"),
    "units_per_group": ("units per group, mean", "unidades por grupo, media"),
    "weight_sum": ("sum of sampling weights", "suma de los factores de expansión"),
    "response": ("interview", "entrevista"),
    "share": ("share of the arm", "proporción del grupo"),
    "response_table": ("Response by arm", "Respuesta por grupo de comparación"),
    "response_note": (
        "Response of the treated less that of the controls: {difference} percentage points (95 % interval {low} to {high}).",
        "Respuesta de los beneficiarios menos la de los controles: {difference} puntos porcentuales (intervalo del 95 %: {low} a {high}).",
    ),
    # the design
    "covariate": ("Covariate", "Covariable"),
    "coefficient": ("coefficient", "coeficiente"),
    "model_std_error": ("standard error", "error estándar"),
    "ratio": ("coefficient / SE", "coeficiente / EE"),
    "constant": ("constant", "constante"),
    "propensity_table": ("The propensity model", "El modelo de la probabilidad de participación"),
    "propensity_note": (
        "{link} of treatment on the covariates; standard errors of the model, units taken as independent: they describe the fit and enter no "
        "effect. Middle 98 % of the scores: treated {treated}, controls {control}.",
        "{link} del tratamiento sobre las covariables; errores estándar del modelo, con unidades independientes: describen el ajuste y no entran en "
        "ningún efecto. El 98 % central de las probabilidades: beneficiarios {treated}, controles {control}.",
    ),
    "overlap_caption": (
        "Overlap of the propensity score: treated above, controls below; outlines before, filled after matching by “{strategy}”",
        "Superposición de la probabilidad de participación: beneficiarios arriba, controles abajo; contorno antes, relleno después de «{strategy}»",
    ),
    "love_caption": (
        "Absolute standardised mean differences before and after matching by “{strategy}”",
        "Diferencias de medias estandarizadas, en valor absoluto, antes y después de «{strategy}»",
    ),
    "balance_table": ("Balance of every covariate", "Balance de cada covariable"),
    "balance_summary": ("Balance by strategy", "Balance por estrategia"),
    "balance_note": (
        "SMD: difference of means over the {denominator} before matching, the same before and after; two-valued covariates standardised too. "
        "VR: variance ratio, not for two-valued covariates. Thresholds: |SMD| 0.1, VR 0.5 to 2.",
        "DME: diferencia de medias sobre la {denominator} antes del emparejamiento, la misma antes y después; también en covariables de dos "
        "valores. RV: razón de varianzas, no para covariables de dos valores. Umbrales: |DME| 0,1; RV de 0,5 a 2.",
    ),
    "balance_strategy": ("Matched by “{strategy}”.", "Emparejamiento: «{strategy}»."),
    "treated_before": ("treated", "beneficiarios"),
    "control_before": ("controls, before", "controles, antes"),
    "control_after": ("controls, after", "controles, después"),
    "smd_before": ("SMD before", "DME antes"),
    "smd_after": ("SMD after", "DME después"),
    "vr_before": ("VR before", "RV antes"),
    "vr_after": ("VR after", "RV después"),
    "strategy": ("Strategy", "Estrategia"),
    "max_smd_before": ("largest |SMD| before", "mayor |DME| antes"),
    "max_smd_after": ("largest |SMD| after", "mayor |DME| después"),
    "mean_smd_before": ("mean |SMD| before", "|DME| media antes"),
    "mean_smd_after": ("mean |SMD| after", "|DME| media después"),
    "smd_missed": ("|SMD| above 0.1", "|DME| sobre 0,1"),
    "vr_missed": ("VR outside 0.5–2", "RV fuera de 0,5–2"),
    # effects
    "outcome": ("Outcome", "Resultado"),
    "effect": ("effect", "efecto"),
    "percentage_points": ("percentage points", "puntos porcentuales"),
    "degrees_of_freedom": ("degrees of freedom (t)", "grados de libertad (t)"),
    "std_error": ("standard error", "error estándar"),
    "interval": ("{level} % interval", "intervalo del {level} %"),
    "control_mean": ("matched control mean", "media de controles emparejados"),
    "control_mean_unmatched": ("mean without the programme", "media sin el programa"),
    "percent_effect": ("effect, % of that mean", "efecto, % de esa media"),
    "percent_interval": ("its {level} % interval", "su intervalo del {level} %"),
    "strategy_table": (
        "The effect on the treated under each strategy",
        "El efecto en los beneficiarios según cada estrategia",
    ),
    "rests_on": ("What the estimates rest on", "En qué se basan las estimaciones"),
    "n_treated": ("matched treated", "beneficiarios emparejados"),
    "n_treated_unmatched": ("treated", "beneficiarios"),
    "n_treated_total": ("all treated", "todos los beneficiarios"),
    "share_on_support": ("share kept", "proporción conservada"),
    "n_control": ("controls used", "controles usados"),
    "n_clusters": ("groups with weight, both arms", "grupos con peso, ambos lados"),
    "max_abs_smd": ("largest |SMD| after matching", "mayor |DME| después"),
    "max_abs_smd_unmatched": ("largest |SMD|", "mayor |DME|"),
    "ess_control": ("effective controls (ESS)", "controles efectivos (TME)"),
    "effective_clusters": ("effective control groups", "grupos de control efectivos"),
    "largest_cluster": ("largest control group's weight", "peso del mayor grupo de control"),
    "tidy_table": (
        "The effects as a tidy table: one row per number, every label",
        "Los efectos como tabla ordenada: una fila por número",
    ),
    "note_ATT": (
        "Effect: average effect on the treated who were matched (ATT). Where not all treated were matched, it is theirs alone.",
        "Efecto: efecto medio en los tratados (ATT), es decir en los beneficiarios que fueron emparejados. Si no se emparejó a todos, es solo el de aquellos.",
    ),
    "note_ATT_unmatched": (
        "Effect: average effect on the treated (ATT).",
        "Efecto: efecto medio en los tratados (ATT), es decir en los beneficiarios.",
    ),
    "note_ATC": (
        "Effect: average effect on the controls (ATC).",
        "Efecto: efecto medio en los controles (ATC).",
    ),
    "note_ATE": (
        "Effect: average effect on all units (ATE).",
        "Efecto: efecto medio en todas las unidades (ATE).",
    ),
    "note_ATO": (
        "Effect: average effect on all units weighted by overlap, e(1 − e) with e the probability of treatment (ATO).",
        "Efecto: efecto medio en todas las unidades ponderadas por solapamiento, e(1 − e), con e la probabilidad de tratamiento (ATO).",
    ),
    "note_ATM": (
        "Effect: average effect on all units weighted by min(e, 1 − e), with e the probability of treatment (ATM).",
        "Efecto: efecto medio en todas las unidades ponderadas por mín(e, 1 − e), con e la probabilidad de tratamiento (ATM).",
    ),
    "note_effects": (
        "Percentages: of the {denominator}, the treated mean less the effect. Comparator: {comparator}. Weights: {weights}. "
        "Identification: {identification}. Bias adjustment: {adjustment}. Standard errors: {variance}; intervals at {level} %.",
        "Porcentajes: de la {denominator}, es decir la media de los beneficiarios menos el efecto. Comparación: {comparator}. "
        "Pesos: {weights}. Identificación: {identification}. Ajuste de sesgo: {adjustment}. Errores estándar: {variance}; intervalos al {level} %.",
    ),
    "note_no_percent": (
        "–: no percentage where the mean that it is of is not clearly above zero (t below 3).",
        "–: sin porcentaje donde la media de la que sería no es claramente mayor que cero (t menor que 3).",
    ),
    "note_spread": (
        "The spread over strategies is not the uncertainty: each estimate's interval is.",
        "La dispersión entre estrategias no es la incertidumbre: lo es el intervalo de cada estimación.",
    ),
    "note_stars": ("* p < 0.10, ** p < 0.05, *** p < 0.01.", "* p < 0,10; ** p < 0,05; *** p < 0,01."),
    "strategies_caption": (
        "{outcome}: the effect under each strategy",
        "{outcome}: el efecto según cada estrategia",
    ),
    "truth_marked": (
        " The line marks the true effect on all treated.",
        " La línea marca el efecto verdadero en todos los beneficiarios.",
    ),
    # fifths
    "subgroup": ("Fifth", "Quintil"),
    "quintile_table": ("{outcome}: the effect by fifth", "{outcome}: el efecto por quintil"),
    "quintile_note": (
        "Q1 is the poorest fifth of the ranking. Matched anew in each; cut points are quantiles of the treated.",
        "Q1 es el quintil más pobre del ordenamiento. Se empareja de nuevo en cada uno; los cortes son cuantiles de los beneficiarios.",
    ),
    "quintile_ranking_predicted": (
        "Without a baseline, units are ranked by the outcome predicted without the programme, from controls outside their own group: this is the "
        "effect by predicted rank, not by true untreated income.",
        "Sin línea de base, se ordena por el resultado predicho sin el programa, con controles ajenos al propio grupo: es el efecto por rango "
        "predicho, no por el verdadero ingreso sin programa.",
    ),
    "quintile_ranking_baseline": (
        "Units are ranked by “{column}”, measured before the programme.",
        "Se ordena por «{column}», medido antes del programa.",
    ),
    "true_percent": ("true effect, %", "efecto verdadero, %"),
    "true_fifths": (
        "The generator's effects by fifth of the true untreated income are 160, 40, 52, 30 and 25 %; fifths of a prediction mix neighbours, so that the "
        "true effect within them, marked here, is flatter.",
        "Los efectos del generador por quintil del verdadero ingreso sin programa son 160, 40, 52, 30 y 25 %; los quintiles de una predicción mezclan "
        "vecinos, y por eso el efecto verdadero dentro de ellos, marcado aquí, es más plano.",
    ),
    "quintiles_caption": ("{outcome}: the effect by fifth", "{outcome}: el efecto por quintil"),
    "truth_diamond": (" Diamonds mark the true effects.", " Los rombos marcan los efectos verdaderos."),
    # poverty
    "poverty_table": (
        "Poverty of the matched treated and controls",
        "Pobreza de beneficiarios y controles emparejados",
    ),
    "line_and_measure": ("Line and measure", "Línea y medida"),
    "headcount": ("headcount", "incidencia"),
    "gap": ("poverty gap", "brecha de pobreza"),
    "severity": ("severity", "severidad"),
    "households": ("households", "hogares"),
    "persons": ("persons", "personas"),
    "decomposition": ("Where the income gain comes from", "De dónde viene la ganancia de ingreso"),
    "poverty_curve": (
        "The effect on poverty over the poverty line: {measure}, {who}",
        "El efecto en la pobreza según la línea de pobreza: {measure}, {who}",
    ),
    "poverty_line": ("poverty line", "línea de pobreza"),
    "percent_of_line": ("% of the line", "% de la línea"),
    "line_by_line": ("{level} % interval, line by line", "intervalo del {level} %, línea por línea"),
    "uniform_band": ("{level} % band, all lines at once", "banda del {level} %, todas las líneas a la vez"),
    "band_below_zero": ("whole band below zero", "toda la banda bajo cero"),
    "headcount_label": ("Poor, {line}: {who}", "Pobres, {line}: {who}"),
    "gap_label": ("Poverty gap, {line}: {who}", "Brecha de pobreza, {line}: {who}"),
    "severity_label": ("Severity, {line}: {who}", "Severidad, {line}: {who}"),
    "line_moderate": ("moderate line", "línea moderada"),
    "line_extreme": ("extreme line", "línea extrema"),
    "poverty_note": (
        "Levels with the weights of “{strategy}”, taken as given; share of households, or of persons with each household counted once per member "
        "before the programme where known. The gaps count negative incomes as 0.",
        "Niveles con los pesos de «{strategy}», tomados como dados; proporción de hogares, o de personas contando cada hogar una vez por miembro "
        "antes del programa donde se conoce. Las brechas cuentan los ingresos negativos como 0.",
    ),
    "synthetic_line": (
        "Synthetic poverty line: no official rate.",
        "Línea de pobreza sintética: no es una tasa oficial.",
    ),
    "poor_rule": ("Poor: {rule}.", "Pobre: {rule}."),
    # tests across fifths
    "tests_table": ("Do the fifths gain alike?", "¿Ganan lo mismo los quintiles?"),
    "test": ("Question", "Pregunta"),
    "test_value": ("value", "valor"),
    "p_value": ("p", "p"),
    "test_equal": (
        "all fifths alike, F({numerator}, {denominator})",
        "todos los quintiles iguales, F({numerator}; {denominator})",
    ),
    "test_trend": ("change of the effect per fifth", "cambio del efecto por quintil"),
    "test_ratio": ("{first} as a multiple of {second}", "{first} como múltiplo de {second}"),
    "scale_level": ("In {unit}", "En {unit}"),
    "scale_percent": (
        "In % of each fifth's control mean",
        "En % de la media de los controles de cada quintil",
    ),
    "unit_of_outcome": ("the outcome's unit", "la unidad del resultado"),
    "tests_note": (
        "Fifths share producer groups: their covariance comes from the groups. The set of the multiple is Fieller's; “–” where nothing bounds it.",
        "Los quintiles comparten organizaciones: su covarianza viene de ellas. El conjunto del múltiplo es el de Fieller; «–» donde nada lo acota.",
    ),
    "smd_by_fifth": (
        "Largest |SMD| after matching: {values}.",
        "Mayor |DME| después del emparejamiento: {values}.",
    ),
    # truth
    "truth_table": ("Estimate and true effect", "Estimación y efecto verdadero"),
    "truth_all": ("truth, all treated", "verdad, todos los beneficiarios"),
    "truth_matched": ("truth, matched treated", "verdad, beneficiarios emparejados"),
    "short_truth_all": ("truth, all", "verdad, todos"),
    "short_truth_matched": ("truth, matched", "verdad, emp."),
    "short_covered": ("inside", "dentro"),
    "covered": ("interval holds the truth", "el intervalo contiene la verdad"),
    "truth_note": (
        "Truth: mean difference of the two potential outcomes, which only a generator knows, with the weights of the estimate. The last column asks "
        "for the truth of the matched treated. One survey can miss by far: judge an interval by many draws.",
        "Verdad: diferencia media de los dos resultados potenciales, que solo un generador conoce, con los pesos de la estimación. La última columna "
        "se refiere a los beneficiarios emparejados. Una sola encuesta puede errar por mucho: un intervalo se juzga con muchas muestras.",
    ),
    # reproduction
    "fact": ("What", "Qué"),
    "value": ("Value", "Valor"),
    "facts_table": ("Data, settings and versions", "Datos, parámetros y versiones"),
    "data_file": ("data file", "archivo de datos"),
    "data_hash": ("SHA-256 of the data file", "SHA-256 del archivo de datos"),
    "configuration_hash": ("SHA-256 of the configuration", "SHA-256 de la configuración"),
    "rows_read": ("rows read", "filas leídas"),
    "seed": ("seed", "semilla"),
    "minimum": ("smallest published cell", "celda mínima publicada"),
    "estimand": ("estimand", "estimando"),
    "support": ("support rule", "regla de soporte común"),
    "none": ("none", "ninguna"),
    "covariates": ("covariates", "covariables"),
    "winsor": ("winsorised outcomes", "resultados winsorizados"),
    "outcome_rule": ("outcome “{name}”", "resultado «{name}»"),
    "strategy_rule": ("strategy “{name}”", "estrategia «{name}»"),
    "version_of": ("version of {name}", "versión de {name}"),
    # figures
    "synthetic": ("SYNTHETIC DATA", "DATOS SINTÉTICOS"),
    "before": ("before matching", "antes del emparejamiento"),
    "after": ("after matching", "después del emparejamiento"),
    "propensity": ("propensity score", "probabilidad de participación"),
    "index": ("propensity score, index", "probabilidad de participación, índice"),
    "density": ("% of the arm", "% del grupo"),
    "overlap": ("Overlap of the propensity score", "Superposición de la probabilidad de participación"),
    "love_plot": ("Balance before and after matching", "Balance antes y después del emparejamiento"),
    "abs_smd": (
        "absolute standardised mean difference",
        "diferencia de medias estandarizada, valor absoluto",
    ),
    "threshold": ("threshold", "umbral"),
    "sd_treated": (
        "in SDs of the treated before matching",
        "en desviaciones estándar de los beneficiarios antes del emparejamiento",
    ),
    "sd_control": (
        "in SDs of the controls before matching",
        "en desviaciones estándar de los controles antes del emparejamiento",
    ),
    "sd_pooled": (
        "over the root mean variance of the arms before matching",
        "sobre la raíz de la varianza media de los grupos antes del emparejamiento",
    ),
    "raw_shares": ("; two-valued: plain differences", "; de dos valores: diferencias simples"),
    "score": ("score (distance)", "puntaje (distancia)"),
    "unscored": ("units off support have no score", "unidades fuera del soporte no tienen puntaje"),
    "strategies": ("The effect under each strategy", "El efecto según cada estrategia"),
    "quintiles": ("The effect by fifth", "El efecto por quintil"),
    "figure_effect": ("effect on the treated", "efecto en los beneficiarios"),
    "figure_percent_effect": (
        "effect, % of the matched control mean",
        "efecto, % de la media de los controles emparejados",
    ),
    "no_percent": (
        "no percentage: control mean not clearly above 0",
        "sin porcentaje: media de control no claramente positiva",
    ),
    "no_effect": ("not estimated", "no estimado"),
    "truth": ("true effect", "efecto verdadero"),
    "poorest": ("Q1 = poorest fifth of the ranking", "Q1 = quintil más pobre del ordenamiento"),
}
"""Key to English and Spanish."""
