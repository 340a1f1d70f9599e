"""Targeting: where funds and beneficiaries went over the ranking of need, and who was reached."""

from __future__ import annotations

from impact.evaluation.analyses.monitoring.targeting import TargetingResults
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.language import Text
from impact.report.contents import Cell, Estimate, Number, PValue, Section, Table
from impact.report.tables.plain import percent, plain_table, unless_few
from impact.report.words.style import Style

PLACE = 93
TITLE = Text("Whether it went where the need is", "Si llegó donde está la necesidad")
CONCENTRATION = Text(
    "Concentration over {ranking}, from the lowest to the highest",
    "Concentración según {ranking}, del menor al mayor",
    ranking="",
)
AMOUNT = Text("What was spread", "Qué se distribuyó")
INDEX = Text("Concentration index [interval]", "Índice de concentración [intervalo]")
UPPER = Text("held by the upper part", "que recibe la parte superior")
STATED = Text("stated", "lo afirmado")
P_STATED = Text("p: as stated", "p: como se afirma")
UNITS = Text("Units drawn anew", "Unidades remuestreadas")
UPPER_TEXT = Text(
    "The {share} % with the highest {ranking} hold {held} % of {amount} (interval {low} to {high} %).",
    "El {share} % con mayor {ranking} recibe el {held} % de {amount} (intervalo de {low} a {high} %).",
    share="", ranking="", held="", amount="", low="", high="",
)  # fmt: skip
INDEX_NOTE = Text(
    "Index between −1 and 1: above 0 the amount lies with the high ranks. Intervals by bootstrap over the drawn units.",
    "Índice entre −1 y 1: por encima de 0 el monto está en los rangos altos. Intervalos por bootstrap de las unidades remuestreadas.",
)
INCLUSION = Text(
    "Who was reached, beside the area's population", "A quiénes llegó, frente a la población del área"
)
TRAIT = Text("Trait", "Rasgo")
PROGRAMME = Text("In the programme [interval]", "En el programa [intervalo]")
AREA = Text("In the area", "En el área")
RATIO = Text("Ratio", "Razón")
P_SAME = Text("p: as in the area", "p: como en el área")
ANSWERED = Text("Answered", "Respondieron")
AREA_NOTE = Text(
    "The area's shares are census figures and count as known.",
    "Las proporciones del área son cifras censales y se toman como conocidas.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return what each amount's curve says, and the inclusion table."""
    found: TargetingResults | None = findings.answer("targeting")
    if found is None:
        return None
    style = with_record_names(findings, style)
    plan = findings.configuration.analysis("targeting")
    ranking = style.quoted(plan.rank_by)
    items = [_curves(found, ranking, style)]
    if found.inclusion is not None:
        items.append(_inclusion(found, style))
    texts = [
        style.text(
            UPPER_TEXT.with_values(
                share=style.number(100 * row["population_share"]), ranking=ranking, held=style.number(100 * row["amount_share"]),
                amount=style.quoted(str(row["amount"])), low=style.number(100 * row["conf_low"]), high=style.number(100 * row["conf_high"]),
            )
        )
        for row in found.upper.to_dict("records")
    ]  # fmt: skip
    return Section("targeting", style.text(TITLE), tuple(texts), tuple(items))


def _curves(found: TargetingResults, ranking: str, style: Style) -> Table:
    rows: list[list[Cell | Text]] = []
    for curve, (_, upper) in zip(found.curves, found.upper.iterrows(), strict=True):
        rows.append(
            [
                style.measured(curve.amount),
                Estimate(curve.index, curve.conf_low, curve.conf_high, 3),
                percent(upper["amount_share"], upper["conf_low"], upper["conf_high"]),
                Number(100 * upper["stated"], 0, " %"),
                PValue(upper["p_value"]),
                Number(curve.clusters),
            ]
        )
    headings = (AMOUNT, INDEX, UPPER, STATED, P_STATED, UNITS)
    caption = CONCENTRATION.with_values(ranking=ranking)
    return plain_table("targeting", caption, headings, rows, style, (INDEX_NOTE,), found.curves[0].synthetic)


def _inclusion(found: TargetingResults, style: Style) -> Table:
    assert found.inclusion is not None
    rows = []
    for row in found.inclusion.frame.to_dict("records"):
        cells: list[Cell] = [
            percent(row["programme_share"], row["conf_low"], row["conf_high"]),
            Number(100 * row["area_share"], 1, " %"),
            Number(row["ratio"], 2),
            PValue(row["p_value"]),
        ]
        rows.append([style.name(str(row["trait"])), *unless_few(row["n"], cells, style), Number(row["n"])])
    headings = (TRAIT, PROGRAMME, AREA, RATIO, P_SAME, ANSWERED)
    return plain_table("inclusion", INCLUSION, headings, rows, style, (AREA_NOTE,), found.inclusion.synthetic)
