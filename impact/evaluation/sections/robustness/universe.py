"""Would another choice have changed the answer: the curve, what the specifications say together, what moves them."""

from __future__ import annotations

from dataclasses import replace

from impact.errors import SupportError
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.evaluation.published_units import decimals_of, with_points, with_unit
from impact.language import Text
from impact.report import figures
from impact.report.contents import Figure, Interval, Number, PValue, Row, Section, Table
from impact.report.words.style import Style
from impact.robustness.universe.result import CHOICE_NAMES, Universe
from impact.survey.shares import is_share

PLACE = 78
_TITLE = Text("Would another choice have changed the answer?", "¿Otra decisión habría cambiado la respuesta?")
_CURVE = Text(
    "The effect on {outcome} under every specification",
    "El efecto en {outcome} según cada especificación",
    outcome="",
)
_SUMMARY = Text("What all specifications say together", "Lo que dicen juntas todas las especificaciones")
_MOVED = Text(
    "What each choice moves, % of the variance over specifications",
    "Lo que mueve cada decisión, % de la varianza entre especificaciones",
)
_HEADINGS = (
    Text("outcome", "resultado"),
    Text("counted of all", "cuentan de todas"),
    Text("median", "mediana"),
    Text("its interval", "su intervalo"),
    Text("smallest to largest", "de la menor a la mayor"),
    Text("of one sign, %", "de un signo, %"),
    Text("significant, %", "significativas, %"),
    Text("p, all effects zero", "p, todos los efectos nulos"),
)
_INFEASIBLE = Text(
    "{number} {number:combination|combinations} cannot be (a caliper in SDs without a score, a kernel with a ratio); “impact "
    "universe” lists them.",
    "{number} {number:combinación no es posible|combinaciones no son posibles} (un caliper en DE sin puntaje, un kernel con razón); "
    "«impact universe» las enumera.",
    number=0,
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return a sentence and a curve for each main outcome, the summary and the influence of the choices."""
    found: Universe | SupportError | None = findings.answer("universe")
    if found is None:
        return None
    if isinstance(found, SupportError):
        return Section("universe", style.text(_TITLE), (style.text(found.text),), ())
    if not found.percent:
        found = _published(found, findings, style)
    outcomes = found.summary["outcome"].tolist()
    shown = [name for name in outcomes if name in findings.configuration.figures] or outcomes[:1]
    sentences = [_sentence(found, name, findings, style) for name in shown]
    if len(found.infeasible):
        sentences.append(
            style.text(_INFEASIBLE.with_values(number=found.infeasible["specification"].nunique()))
        )
    items: list[Table | Figure] = [_picture(found, name, findings, style) for name in shown]
    items += [_summary(found, findings, style), _influence(found, style)]
    return Section("universe", style.text(_TITLE), tuple(sentences), tuple(items))


def _sentence(found: Universe, outcome: str, findings: Findings, style: Style) -> str:
    """Return what the curve of an outcome says, rounded as the table rounds it."""
    median = found.one(outcome)["median"]
    decimals = _decimals(found, outcome, median, findings)
    return found.sentence(outcome, style.language.code, style.name(outcome), decimals)


def _decimals(found: Universe, outcome: str, median: float, findings: Findings) -> int:
    return 1 if found.percent else decimals_of(outcome, median, findings)


def _published(found: Universe, findings: Findings, style: Style) -> Universe:
    """Return the curve in the units of the other tables."""
    values = ("estimate", "std_error", "conf_low", "conf_high", "control_mean")
    units = {
        name: style.word("percentage_points") if is_share(unit) else unit
        for name, unit in found.units.items()
    }
    return replace(
        found,
        frame=with_points(found.frame, values, findings),
        summary=with_points(
            found.summary, ("median", "median_low", "median_high", "smallest", "largest"), findings
        ),
        units=units,
    )


def _picture(found: Universe, outcome: str, findings: Findings, style: Style) -> Figure:
    name = style.name(outcome)
    axes = figures.specification_curve(found, outcome, style.language.code, {outcome: name})
    return picture(
        f"curve_{outcome}", style.text(_CURVE.with_values(outcome=style.quoted(outcome))), axes, findings
    )


def _summary(found: Universe, findings: Findings, style: Style) -> Table:
    rows = []
    for _, row in found.summary.iterrows():
        decimals = _decimals(found, row["outcome"], row["median"], findings)
        rows.append(
            Row(
                (
                    style.name(row["outcome"])
                    if found.percent
                    else with_unit(row["outcome"], findings, style),
                    f"{style.number(row['counted'])} / {style.number(row['specifications'])}",
                    Number(row["median"], decimals),
                    Interval(row["median_low"], row["median_high"], decimals),
                    Interval(row["smallest"], row["largest"], decimals),
                    Number(100 * row["share_of_one_sign"]),
                    Number(100 * row["share_significant"]),
                    PValue(row["p_share"]),
                )
            )
        )
    headings = tuple(style.text(heading) for heading in _HEADINGS)
    notes = (f"{style.text(found.quality.label)}.",)
    return Table("universe", style.text(_SUMMARY), headings, tuple(rows), notes, found.synthetic)


def _influence(found: Universe, style: Style) -> Table:
    wide = found.influence.pivot(index="outcome", columns="choice", values="share")
    moving = [choice for choice in CHOICE_NAMES if choice in wide.columns and (wide[choice] > 0).any()]
    rows = tuple(
        Row((style.name(name), *(Number(100 * wide.loc[name, choice]) for choice in moving)))
        for name in found.summary["outcome"]
    )
    headings = (style.text(_HEADINGS[0]), *(style.text(CHOICE_NAMES[choice]) for choice in moving))
    return Table("universe_choices", style.text(_MOVED), headings, rows, (), found.synthetic)
