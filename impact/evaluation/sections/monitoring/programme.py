"""From the surveyed regions to the whole programme: the effect reweighted, and the part outside support."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.evaluation.published_units import decimals_of, factor_of, with_unit
from impact.language import Text
from impact.monitoring.reach.target import TIMES
from impact.monitoring.reach.transport import ALONE, EXTRAPOLATED, TransportedEffects, assumed, in_percent
from impact.report.contents import Cell, Estimate, Number, Section, Suppressed
from impact.report.tables.plain import plain_table
from impact.report.words.style import Style

PLACE = 77
TITLE = Text("From the surveyed regions to the programme", "De las regiones encuestadas al programa")
CAPTION = Text("Effects on the surveyed and on the programme", "Efectos en los encuestados y en el programa")
OUTCOME = Text("Outcome", "Resultado")
WHOM = Text("For whom", "Para quiénes")
EFFECT = Text("Effect [interval]", "Efecto [intervalo]")
PERCENT = Text("% of the controls' mean", "% de la media de los controles")
TREATED = Text("Treated", "Beneficiarios")
POPULATIONS = {
    "surveyed": Text("surveyed treated", "beneficiarios encuestados"),
    "programme": Text("programme, the part like the surveyed", "programa, la parte como los encuestados"),
}
EFFECTIVE = Text(
    "{effective} effective of {treated} treated units.",
    "{effective} beneficiarios efectivos de {treated}.",
    effective="", treated="",
)  # fmt: skip
SUPPORTED = Text(
    "{share} % of the programme has counterparts in the survey.", "El {share} % del programa tiene contrapartes en la encuesta.", share=""
)  # fmt: skip
OUTSIDE = Text(
    "Outside it: {outside}. Nothing is said of these.", "Fuera: {outside}. De estas nada se dice.", outside=""
)
NOT = Text("Not to be had: {reason}", "No se puede obtener: {reason}", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return both effects, with what is assumed and what lies outside."""
    found: TransportedEffects | str | None = findings.answer("programme")
    if found is None:
        return None
    style = with_record_names(findings, style)
    if isinstance(found, str):
        return Section("programme", style.text(TITLE), (style.text(NOT.with_values(reason=found)),))
    plan = findings.configuration.analysis("programme")
    columns, numbers = (style.quoted(*names) for names in (plan.on, found.numbers))
    added = len(plan.on) > 1 and not (plan.crossed and not found.numbers)
    effective = EFFECTIVE.with_values(
        effective=style.number(found.effective_n), treated=style.number(len(found.weights))
    )
    texts = [style.text(SUPPORTED.with_values(share=in_percent(found.share_supported)))]
    if len(found.outside):
        outside = ", ".join(
            f"{_level(row, found, style)} ({in_percent(row['share'])} %)"
            for row in found.outside.to_dict("records")
        )
        texts.append(style.text(OUTSIDE.with_values(outside=outside)))
    shares = ((EXTRAPOLATED, found.extrapolated), (ALONE, found.single_group))
    texts += [style.text(text.with_values(share=in_percent(share))) for text, share in shares if share]
    rows: list[list[Cell | Text]] = [
        [
            with_unit(str(row["outcome"]), findings, style), POPULATIONS[row["population"]], _effect(row, findings),
            _percent(row, style), Number(row["n_treated"]),
        ]
        for row in found.frame.to_dict("records")
    ]  # fmt: skip
    headings = (OUTCOME, WHOM, EFFECT, PERCENT, TREATED)
    table = plain_table(
        "programme",
        CAPTION,
        headings,
        rows,
        style,
        (assumed(columns, numbers, added), effective),
        found.synthetic,
    )
    return Section("programme", style.text(TITLE), tuple(texts), (table,))


def _level(row: dict[Hashable, Any], found: TransportedEffects, style: Style) -> str:
    """Return a category, or the combination of several, by name; a range of numbers with its column."""
    if row["column"] in found.numbers:
        return f"{style.name(row['column'])} {style.text(row['level'])}"
    return TIMES.join(map(style.name, str(row["level"]).split(TIMES)))


def _percent(row: dict[Hashable, Any], style: Style) -> Cell:
    """Return the effect in percent of the controls' mean; hidden where that mean is."""
    hidden = str(row["outcome"]) in style.hidden_levels
    return Suppressed(style.minimum, secondary=True) if hidden else Number(row["percent_effect"], 1, " %")


def _effect(row: dict[Hashable, Any], findings: Findings) -> Estimate:
    """Return the effect and its interval in the unit in which its outcome is shown."""
    outcome = str(row["outcome"])
    value, low, high = (
        factor_of(outcome, findings) * row[name] for name in ("estimate", "conf_low", "conf_high")
    )
    return Estimate(value, low, high, decimals_of(outcome, value, findings))
