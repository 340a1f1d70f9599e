"""Results of subprojects: change before and after, who reported, and what splits the variance."""

from __future__ import annotations

from collections.abc import Iterator

from impact.evaluation.analyses.monitoring.subprojects import Reports, SubprojectResults
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.language import Text
from impact.report.contents import Cell, Number, PValue, Section, Table
from impact.report.tables.plain import amount, in_unit, percent, plain_table, unless_few
from impact.report.words.style import Style

PLACE = 92
TITLE = Text("Results of each subproject", "Resultados de cada subproyecto")
WARNING = Text(
    "Before and after, not attributable: prices, rain and everything else that "
    "changed is in these numbers; no comparison group stands behind them.",
    "Antes y después, no atribuible: en estas cifras están los precios, la lluvia y "
    "todo lo demás que cambió; no hay un grupo de comparación detrás.",
)
CHANGES = Text("Change of each subproject, before and after", "Cambio de cada subproyecto, antes y después")
SUBGROUP = Text("Subgroup", "Subgrupo")
SUBPROJECTS = Text("Subprojects", "Subproyectos")
BEFORE = Text("Mean before", "Media antes")
CHANGE = Text("Change [interval]", "Cambio [intervalo]")
PERCENT = Text("Change of the total, %", "Cambio del total, %")
LOSING = Text("Share losing", "Proporción que pierde")
MEDIAN = Text("Median change [10th, 90th percentile]", "Cambio mediano [percentiles 10 y 90]")
ALL = Text("all", "todos")
REPORTED = Text("Who reported, and all subprojects", "Quiénes informaron y todos los subproyectos")
REPORT = Text("Report", "Informe")
HAVE = Text("With a report", "Con informe")
TEST = Text("p: like the others", "p: como los demás")
PLAIN = Text("Share losing, those with a report", "Proporción que pierde, con informe")
WEIGHTED = Text("weighted to all", "ponderada a todos")
BOUNDS = Text("bounds for all", "cotas para todos")
REPORT_NOTE = Text(
    "The test asks whether those with a report are like the others in "
    "{covariates}. Weights give them the means of all in these; the bounds "
    "assume nothing: all others lose, or none does.",
    "La prueba pregunta si los que tienen informe son como los demás en "
    "{covariates}. Los pesos les dan las medias de todos en ellas; las cotas "
    "no suponen nada: pierden todos los demás, o ninguno.",
    covariates="",
)
VARIANCE = Text(
    "What splits the change: shares of variance", "Qué divide el cambio: proporciones de varianza"
)
FACTOR = Text("Between the levels of", "Entre los niveles de")
LEVELS = Text("Levels", "Niveles")
BETWEEN = Text("Share between [interval]", "Proporción entre niveles [intervalo]")
WITHIN = Text("Share within", "Proporción dentro")
P_EQUAL = Text("p: all levels alike", "p: niveles iguales")
ICC = Text(
    "{share} % of the variance of the change lies between {factor} (interval {low} to {high} %), the "
    "rest within: the group, not the label, explains the difference where that is little.",
    "El {share} % de la varianza del cambio está entre {factor} (intervalo de {low} a {high} %), el "
    "resto dentro: donde es poco, la diferencia la explica el grupo y no la etiqueta.",
    share="", factor="", low="", high="",
)  # fmt: skip


def section(findings: Findings, style: Style) -> Section | None:
    """Return changes, reports and shares of variance."""
    found: SubprojectResults | None = findings.answer("subprojects")
    if found is None:
        return None
    style = with_record_names(findings, style)
    unit = style.names.units.get(findings.configuration.analysis("subprojects").before, "")
    items = [_changes(found, unit, style)]
    if found.reports:
        items.append(_reports(found.reports, findings, style))
    texts = [style.text(WARNING)]
    if found.variance is not None:
        items.append(_variance(found, style))
        texts += _shares(found, style)
    return Section("subprojects", style.text(TITLE), tuple(texts), tuple(items))


def _changes(found: SubprojectResults, unit: str, style: Style) -> Table:
    rows: list[list[Cell | Text]] = []
    for _, table in found.changes:
        for row in table.frame.to_dict("records"):
            label = ALL if row["subgroup"] == "all" else style.text(style.name(str(row["subgroup"])))
            cells: list[Cell] = [
                Number(row["mean_before"]),
                amount(row["change"], row["conf_low"], row["conf_high"]),
                amount(row["percent"], row["percent_conf_low"], row["percent_conf_high"]),
                percent(row["share_losing"], row["losing_conf_low"], row["losing_conf_high"]),
                amount(row["median"], row["p10"], row["p90"]),
            ]
            rows.append([label, Number(row["n"]), *unless_few(row["n"], cells, style)])
    before, change, median = (in_unit(heading, unit) for heading in (BEFORE, CHANGE, MEDIAN))
    headings = (SUBGROUP, SUBPROJECTS, before, change, PERCENT, LOSING, median)
    table = found.changes[0][1]
    notes = (WARNING, *table.notes[1:])  # the first is the label, which WARNING spells out
    return plain_table("subprojects", CHANGES, headings, rows, style, notes, table.synthetic)


def _reports(reports: tuple[Reports, ...], findings: Findings, style: Style) -> Table:
    plan = findings.configuration.analysis("subprojects")
    rows: list[list[Cell | Text]] = []
    for one in reports:
        plain, weighted, bound = one.plain.frame.iloc[0], one.weighted.frame.iloc[0], one.bounds.iloc[0]
        rows.append(
            [
                style.name(one.name),
                _of_all(one, style),
                PValue(one.test.p_value),
                percent(plain["share_losing"], plain["losing_conf_low"], plain["losing_conf_high"]),
                percent(weighted["share_losing"], weighted["losing_conf_low"], weighted["losing_conf_high"]),
                f"{style.number(100 * bound['low'])}–{style.number(100 * bound['high'])} %",
            ]
        )
    covariates = style.quoted(*plan.covariates)
    headings = (REPORT, HAVE, TEST, PLAIN, WEIGHTED, BOUNDS)
    notes = (REPORT_NOTE.with_values(covariates=covariates),)
    return plain_table(
        "subproject_reports", REPORTED, headings, rows, style, notes, findings.sample.synthetic
    )


def _of_all(one: Reports, style: Style) -> str:
    """Return how many reported, of how many, and the share."""
    reported, everybody = (style.number(number) for number in (one.test.n_reported, one.test.n))
    return f"{reported} / {everybody} ({style.number(100 * one.test.n_reported / one.test.n)} %)"


def _variance(found: SubprojectResults, style: Style) -> Table:
    assert found.variance is not None
    rows: list[list[Cell | Text]] = [
        [
            style.name(str(row["factor"])), Number(row["levels"]), Number(row["n"]),
            percent(row["icc"], row["conf_low"], row["conf_high"]), Number(100 * (1 - row["icc"]), 1, " %"),
            PValue(row["p_value"]),
        ]
        for row in found.variance.frame.to_dict("records")
    ]  # fmt: skip
    headings = (FACTOR, LEVELS, SUBPROJECTS, BETWEEN, WITHIN, P_EQUAL)
    return plain_table("subproject_variance", VARIANCE, headings, rows, style, (), found.variance.synthetic)


def _shares(found: SubprojectResults, style: Style) -> Iterator[str]:
    assert found.variance is not None
    for row in found.variance.frame.to_dict("records"):
        share, low, high = (style.number(100 * row[name]) for name in ("icc", "conf_low", "conf_high"))
        yield style.text(
            ICC.with_values(share=share, factor=style.quoted(str(row["factor"])), low=low, high=high)
        )
