"""The next survey: which effect it can detect with how many groups, and what it costs."""

from __future__ import annotations

from impact.evaluation.analyses.waves.planning import STAGGERED, PlanningAnswer
from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, factor_of, with_unit
from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Number, Row, Section, Table
from impact.report.words.style import Style
from impact.survey.shares import is_share

PLACE = 88
TITLE = Text("The next survey", "La próxima encuesta")
BASIS = Text(
    "Among the controls of this survey, {outcome} has a standard deviation of {spread}, of whose variance {icc} lies between groups; the "
    "plan supposes {members} interviews per group and the correlations between waves that the configuration names. By formula, with "
    "power {power}; “impact certify” draws whole surveys instead.",
    "Entre los controles de esta encuesta, {outcome} tiene una desviación estándar de {spread}, de cuya varianza el {icc} está entre "
    "grupos; el plan supone {members} entrevistas por grupo y las correlaciones entre rondas que nombra la configuración. Por fórmula, con "
    "potencia de {power}; «impact certify» sortea encuestas enteras.",
)
DETECTABLE = Text("Smallest effect that is detected", "Menor efecto que se detecta")
OF = Text("{what}: {outcome}", "{what}: {outcome}", outcome="")
GROUPS = Text("groups", "grupos")
NAMES = {
    "difference-in-differences": Text("difference-in-differences", "diferencias en diferencias"),
    "ancova": Text("ANCOVA", "ANCOVA"),
    "follow-up": Text("follow-up alone", "solo el seguimiento"),
    STAGGERED: Text("entry by turns", "entrada por turnos"),
}
NOTE = Text(
    "In brackets: in percent of the controls' mean. ANCOVA compares at equal baseline outcomes.",
    "Entre paréntesis: en porcentaje de la media de los controles. ANCOVA compara a igual resultado de base.",
)
DESIGNS = Text(
    "The cheapest designs that detect an effect of {effect}, by ANCOVA",
    "Los diseños más baratos que detectan un efecto de {effect}, con ANCOVA",
    effect="",
)
MEMBERS, INTERVIEWS, COST = (
    Text("interviews per group", "entrevistas por grupo"),
    Text("interviews", "entrevistas"),
    Text("cost", "costo"),
)
COSTS = Text(
    "Cost: in the unit of group_cost and member_cost of the configuration.",
    "Costo: en la unidad de group_cost y member_cost de la configuración.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return the detectable effects, and the cheapest designs where costs were named."""
    answer: PlanningAnswer | None = findings.answer("planning")
    if answer is None:
        return None
    plan = findings.configuration.analysis("planning")
    basis = BASIS.with_values(
        outcome=style.quoted(answer.outcome.name),
        spread=_shown(answer.standard_deviation, answer, style),
        icc=style.number(100 * answer.icc, 0) + " %",
        members=plan.members,
        power=style.number(100 * plan.power, 0) + " %",
    )
    items = [_detectable(answer, findings, style)]
    if answer.designs is not None:
        items.append(_designs(answer, plan.effect, findings, style))
    return Section("planning", style.text(TITLE), (style.text(basis),), tuple(items))


def _shown(value: float, answer: PlanningAnswer, style: Style) -> str:
    """Return a value in the outcome's unit; shares in percentage points."""
    if is_share(answer.outcome.unit):
        return f"{style.number(100 * value, 1)} {style.word('percentage_points')}"
    return f"{style.number(value, 0 if value % 1 == 0 else decimals_for(value))} {style.text(answer.outcome.unit or '')}".strip()


def _detectable(answer: PlanningAnswer, findings: Findings, style: Style) -> Table:
    names, outcome = list(dict.fromkeys(answer.detectable["analysis"])), answer.outcome.name
    factor = factor_of(outcome, findings)
    decimals = decimals_of(outcome, float(answer.detectable["effect"].max()), findings)
    rows = []
    for groups, part in answer.detectable.groupby("groups", sort=False):
        effects = part.set_index("analysis")["effect"]
        shares = {name: style.number(100 * effects[name] / answer.mean, 0) for name in names}
        cells = (Number(factor * effects[name], decimals, f" ({shares[name]} %)") for name in names)
        rows.append(Row((style.number(int(str(groups))), *cells)))
    headings = (style.text(GROUPS), *(style.text(NAMES[name]) for name in names))
    return Table(
        "planning",
        style.text(OF.with_values(what=DETECTABLE, outcome=with_unit(outcome, findings, style))),
        headings,
        tuple(rows),
        (style.text(NOTE),),
        findings.sample.synthetic,
    )


def _designs(answer: PlanningAnswer, effect: float, findings: Findings, style: Style) -> Table:
    assert answer.designs is not None
    rows = [
        Row(
            (
                Number(int(row["members"])),
                Number(int(row["groups"])),
                Number(int(row["interviews"])),
                Number(row["cost"], 0),
            )
        )
        for row in answer.designs.to_dict("records")
    ]
    caption = style.text(DESIGNS.with_values(effect=_shown(effect, answer, style)))
    headings = tuple(style.text(text) for text in (MEMBERS, GROUPS, INTERVIEWS, COST))
    return Table(
        "planning_designs", caption, headings, tuple(rows), (style.text(COSTS),), findings.sample.synthetic
    )
