"""Survival of alliances: who keeps the first buyer, what ends it, and what unknown fates could change."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.analyses.monitoring.survival import SurvivalResults
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.monitoring.questionnaire.surveys import SurveyComparison
from impact.monitoring.questionnaire.trend import Trend
from impact.monitoring.survival.hazards import HazardTable
from impact.monitoring.survival.log_rank import LogRank
from impact.monitoring.survival.table import SurvivalTable
from impact.report.contents import Cell, Estimate, Figure, Number, PValue, Section, Table
from impact.report.drawing.survival import draw_survival
from impact.report.tables.plain import percent, plain_table, unless_few
from impact.report.words.sentences import begun
from impact.report.words.style import Style
from impact.views import p_compared

PLACE = 95
TITLE = Text("How long alliances last", "Cuánto duran las alianzas")
FIRST = Text(
    "An alliance lasts from the first disbursement to the break with its first "
    "buyer. {known} {known:alliance|alliances} of known fate, {unknown} of unknown.",
    "Una alianza dura desde el primer desembolso hasta la ruptura con su primer "
    "comprador. {known} {known:alianza|alianzas} de destino conocido, {unknown} desconocido.",
    known="", unknown="",
)  # fmt: skip
KEPT = Text("First buyer kept", "Primer comprador conservado")
CURVE = Text(
    "First buyer kept, by years since the first disbursement; band: {level} % interval",
    "Primer comprador conservado, según los años desde el primer desembolso; banda: intervalo del {level} %",
    level="",
)
UNIT = Text("years", "años")
ALL = Text("all alliances", "todas las alianzas")
SUBGROUP = Text("Subgroup", "Subgrupo")
YEARS = Text("Years", "Años")
SHARE = Text("Kept [interval]", "Conservan [intervalo]")
AT_RISK = Text("At risk", "En riesgo")
LOG_RANK = Text(
    "{column}: log-rank test by cluster that all last equally long, p {p}.",
    "{column}: prueba log-rank por conglomerado de que todas duran igual, p {p}.",
    column="", p="",
)  # fmt: skip
ENDS = Text("What ended them", "Qué las terminó")
END = Text("Ending", "Final")
TAKEN = Text("Ended so [interval]", "Terminaron así [intervalo]")
UNKNOWN = Text("If the unknown fates were known", "Si se conocieran los destinos desconocidos")
KNOWN_ONLY = Text("of the known", "de las conocidas")
MODEL = Text("weighted to all [interval]", "ponderadas a todas [intervalo]")
BOUNDS = Text("bounds [interval]", "cotas [intervalo]")
UNKNOWN_NOTE = Text(
    "Weights assume that alliances alike in {covariates} last equally long, known or "
    "not. Bounds assume nothing: from all unknown ended to all alive.",
    "Los pesos suponen que las alianzas parecidas en {covariates} duran igual, conocidas "
    "o no. Las cotas no suponen nada: de todas terminadas a todas vivas.",
    covariates="",
)  # fmt: skip
HAZARDS = Text("What goes with an earlier end (Cox)", "Qué acompaña un final más temprano (Cox)")
TERM = Text("Term", "Término")
RATIO = Text("Hazard ratio [interval]", "Razón de riesgos [intervalo]")
P = Text("p", "p")
ASSOCIATIONS = Text("Associations, not effects.", "Asociaciones, no efectos.")
TREND = Text(
    "Share that came, by year of funds: {rise} points from first to last, p {p}: {verdict}. {n} groups find "
    "such a change in {power} % of surveys; to be found in 80 %, it must be {detectable} points.",
    "Proporción que vino, por año de fondos: {rise} puntos de la primera a la última, p {p}: {verdict}. {n} grupos hallan "
    "tal cambio en el {power} % de las encuestas; para hallarse en el 80 % debe ser de {detectable} puntos.",
    rise="", p="", verdict="", n="", power="", detectable="",
)  # fmt: skip
NO_EVIDENCE = Text("no evidence of a trend", "no es evidencia de una tendencia")
CHANGES = Text("the share changes", "la proporción cambia")
SURVEYS = Text("Two surveys of the share that broke", "Dos encuestas de la proporción que rompió")
COMPARED = Text("Compared", "Comparación")
FIRST_SURVEY = Text("first", "primera")
SECOND_SURVEY = Text("second", "segunda")
DIFFERENCE = Text("difference, points [interval]", "diferencia, puntos [intervalo]")
COMPARISONS = {
    "as published": Text(
        "as published: other groups were asked", "como se publicó: se preguntó a otros grupos"
    ),
    "common cells": Text("on what both surveys have", "en lo que ambas encuestas tienen"),
}
NOT = Text("Not to be had: {reason}", "No se puede obtener: {reason}", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return curves, ends, unknown fates, hazards, trend and the two surveys."""
    found: SurvivalResults | None = findings.answer("survival")
    if found is None:
        return None
    style = with_record_names(findings, style)
    synthetic = findings.sample.synthetic
    texts = [style.text(FIRST.with_values(known=found.n - found.unknown, unknown=found.unknown))]
    items = [*_curve(found, findings, style), _kept(found, style), _ends(found.ends, style)]
    if isinstance(found.bounds, SurvivalTable):
        items.append(_unknown(found, found.bounds, findings, style))
    if isinstance(found.hazards, HazardTable):
        items.append(_hazards(found.hazards, style))
    if isinstance(found.surveys, SurveyComparison):
        items.append(_surveys(found.surveys, style, synthetic))
    for name, _, test in found.by:
        if isinstance(test, LogRank):
            p = p_compared(test.p_value)
            said = style.text(LOG_RANK.with_values(column=style.name(name), p=p))
            texts.append(said)
    if isinstance(found.trend, Trend):
        texts.append(_trend(found.trend, style))
    tests = [test for _, _, test in found.by]
    reasons = (found.hazards, found.bounds, found.reweighted, found.trend, found.surveys, *tests)
    texts += [style.text(NOT.with_values(reason=one)) for one in reasons if isinstance(one, str)]
    return Section("survival", style.text(TITLE), tuple(texts), tuple(items))


def _curve(found: SurvivalResults, findings: Findings, style: Style) -> list[Table | Figure]:
    """Return the curve of all as a figure, as far as enough alliances are at risk to be published."""
    frame = found.curve.frame
    shown = frame[frame["n_at_risk"] >= style.minimum]
    if shown.empty:
        return []
    curve = SurvivalTable(shown, found.curve.medians, found.curve.notes, found.curve.synthetic)
    axes = draw_survival(curve, style.language.code, {"all": style.text(ALL)}, style.text(UNIT))
    axes.set_title(style.text(KEPT), loc="left", fontsize=10.5, wrap=True, pad=8)
    caption = style.text(CURVE.with_values(level=style.level(float(frame["level"].iloc[0]))))
    return [picture("survival_curve", caption, axes, findings)]


def _kept(found: SurvivalResults, style: Style) -> Table:
    rows: list[list[Cell | Text]] = []
    opening: set[int] = set()
    for name, table, _ in found.by:
        if len(found.by) > 1:
            opening.add(len(rows))
            rows.append([begun(style.name(name)), "", "", ""])
        for row in table.frame.to_dict("records"):
            shown: list[Cell] = [
                percent(row["survival"], row["conf_low"], row["conf_high"]),
                Number(row["n_at_risk"]),
            ]
            label = style.text(style.name(str(row["subgroup"])))
            rows.append([label, Number(row["time"]), *unless_few(row["n_at_risk"], shown, style)])
    headings = (SUBGROUP, YEARS, SHARE, AT_RISK)
    made = plain_table("survival", KEPT, headings, rows, style, (), found.curve.synthetic)
    blocks = tuple(replace(row, opens=place in opening) for place, row in enumerate(made.rows))
    return replace(made, rows=blocks)


def _ends(ends: SurvivalTable, style: Style) -> Table:
    rows: list[list[Cell | Text]] = []
    for row in ends.frame.to_dict("records"):
        name = style.text(str(row["cause"]))
        shown = percent(row["incidence"], row["conf_low"], row["conf_high"])
        rows.append([name, Number(row["time"]), *unless_few(row["n_events"], [shown], style)])
    return plain_table("survival_ends", ENDS, (END, YEARS, TAKEN), rows, style, (), ends.synthetic)


def _unknown(found: SurvivalResults, bounds: SurvivalTable, findings: Findings, style: Style) -> Table:
    model = found.reweighted.frame.set_index("time") if isinstance(found.reweighted, SurvivalTable) else None
    rows: list[list[Cell | Text]] = []
    for row in bounds.frame.to_dict("records"):
        low, high = (style.number(100 * row[f"survival_{end}"]) for end in ("low", "high"))
        ends = (
            f"{low}–{high} % [{style.number(100 * row['conf_low'])}–{style.number(100 * row['conf_high'])} %]"
        )
        cell: Cell = "–"
        if model is not None and row["time"] in model.index:
            one = model.loc[row["time"]]
            cell = percent(one["survival"], one["conf_low"], one["conf_high"])
        rows.append([Number(row["time"]), Number(100 * row["survival"], 1, " %"), cell, ends])
    covariates = style.quoted(*findings.configuration.analysis("survival").covariates)
    note = UNKNOWN_NOTE.with_values(covariates=covariates)
    headings = (YEARS, KNOWN_ONLY, MODEL, BOUNDS)
    return plain_table("survival_unknown", UNKNOWN, headings, rows, style, (note,), bounds.synthetic)


def _hazards(table: HazardTable, style: Style) -> Table:
    rows: list[list[Cell | Text]] = [
        [style.name(str(row["term"])), Estimate(row["hazard_ratio"], row["conf_low"], row["conf_high"], 2), PValue(row["p_value"])]
        for row in table.frame.to_dict("records")
    ]  # fmt: skip
    return plain_table(
        "survival_hazards", HAZARDS, (TERM, RATIO, P), rows, style, (ASSOCIATIONS,), table.synthetic
    )


def _trend(trend: Trend, style: Style) -> str:
    verdict = style.text(CHANGES if trend.p_value < 1 - trend.level else NO_EVIDENCE)
    return style.text(
        TREND.with_values(
            rise=style.number(100 * trend.rise), p=p_compared(trend.p_value), verdict=verdict, n=trend.n,
            power=style.number(100 * trend.power), detectable=style.number(100 * trend.detectable_rise),
        )
    )  # fmt: skip


def _surveys(found: SurveyComparison, style: Style, synthetic: bool) -> Table:
    rows: list[list[Cell | Text]] = [
        [
            COMPARISONS[row["comparison"]], Number(100 * row["first"], 1, " %"), Number(100 * row["second"], 1, " %"),
            Estimate(100 * row["difference"], 100 * row["conf_low"], 100 * row["conf_high"], 1), PValue(row["p_value"]),
        ]
        for row in found.frame.to_dict("records")
    ]  # fmt: skip
    headings = (COMPARED, FIRST_SURVEY, SECOND_SURVEY, DIFFERENCE, P)
    return plain_table("two_surveys", SURVEYS, headings, rows, style, (), synthetic)
