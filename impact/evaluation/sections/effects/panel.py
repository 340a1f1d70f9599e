"""The waves: who was seen when, and the effect by time since entry."""

from __future__ import annotations

import numpy as np

from impact import checks
from impact.effects.effect import Effect
from impact.evaluation.analyses.waves.panel import PanelAnswer
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Cell, Figure, Number, Row, Section, Suppressed, Table
from impact.report.tables.effects import Scale, in_published_units
from impact.report.words.style import Style
from impact.survey.panel.waves import are_years
from impact.views import p_compared

PLACE = 72
TITLE = Text("Before and after, by date of entry", "Antes y después, por fecha de entrada")
EVENT = Text(
    "Effect on {outcome} by time since entry (difference-in-differences)",
    "Efecto en {outcome} por tiempo desde la entrada (diferencias en diferencias)",
)
FLOW = Text(
    "From the table of waves to the households of each wave",
    "De la tabla de rondas a los hogares de cada ronda",
)
STEP, NUMBER = Text("step", "paso"), Text("number", "número")
ATTRITION = Text("Households found in each wave", "Hogares encontrados en cada ronda")
BEFORE = Text("{waves} before entry", "{waves} antes de entrar", waves="")
AFTER = Text("{waves} after entry", "{waves} después de entrar", waves="")
BAND = Text(
    "In the figure, lines are the intervals of each time, the pale band holds all times at once.",
    "En el gráfico, las líneas son los intervalos de cada momento; la banda clara vale para todos los momentos a la vez.",
)
AT_ENTRY = Text("at entry", "al entrar")
OVERALL = Text("since entry, overall", "desde la entrada, en total")
TIME = Text("time", "momento")
EFFECT = Text("effect", "efecto")
TREATED = Text("treated", "beneficiarios")
CONTROL = Text("controls", "controles")
HEADINGS = (
    Text("arm", "grupo"),
    Text("wave", "ronda"),
    Text("first wave", "primera ronda"),
    Text("found", "encontrados"),
    Text("lost", "perdidos"),
)
WHO = Text(
    "{households} households in {waves} waves; {entering} enter, {waiting} do not. Who enters is compared with {comparator}.",
    "{households} hogares en {waves} rondas; {entering} entran, {waiting} no. Quienes entran se comparan con {comparator}.",
)
TWO_WAY = Text(
    "Two-way fixed effects, without covariates, give {estimate}.",
    "Los efectos fijos de hogar y ronda, sin covariables, dan {estimate}.",
)
GROWING = Text(
    "Where effects grow or differ by date of entry that is no mean of the effects below; the next section shows what it is a mean of.",
    "Si los efectos crecen o difieren por fecha de entrada, no es un promedio de los de abajo; la sección siguiente muestra de qué lo es.",
)
TRENDS = Text(
    "The test that all effects before entry are zero has p {p}; a trend of {trend} per wave would have been found with "
    "probability {power}. Not to reject is no proof of parallel trends.",
    "La prueba de que todos los efectos antes de la entrada son cero tiene p {p}; una tendencia de {trend} por ronda se habría "
    "encontrado con probabilidad {power}. No rechazar no prueba tendencias paralelas.",
)
LOST = Text(
    "Test that both groups lost the same share: p {p}.",
    "Prueba de que ambos grupos perdieron la misma proporción: p {p}.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return flow, event study and attrition."""
    answer: PanelAnswer | None = findings.answer("panel")
    if answer is None:
        return None
    scale = Scale.of([answer.event.effects[0]], style)
    items: list[Table | Figure] = [
        _event_table(answer, scale, style),
        _flow_table(answer, style),
        _attrition_table(answer, style),
    ]
    if all(_publishable(effect, style) for effect in answer.event):
        name = style.name(answer.event.effects[0].outcome)
        labels = {effect.subgroup: _time(effect, answer, style) for effect in answer.event}
        axes = figures.event_study(
            in_published_units(answer.event, style), style.language.code, label=name, labels=labels
        )
        items.insert(0, picture("event_study", _caption(answer, style), axes, findings))
    return Section("panel", style.text(TITLE), tuple(_paragraphs(answer, scale, style)), tuple(items))


def _paragraphs(answer: PanelAnswer, scale: Scale, style: Style) -> list[str]:
    panel = answer.panel
    entering = int(panel.ever_treated.sum())
    waiting = int((~panel.ever_treated & ~panel.always_treated).sum())
    facts = WHO.with_values(
        households=len(panel.households),
        waves=len(panel.waves),
        entering=entering,
        waiting=waiting,
        comparator=style.text(panel.comparator),
    )
    estimate = scale.said(answer.two_way.effects[0].estimate, style)
    two_way = style.text(TWO_WAY.with_values(estimate=estimate))
    if len(panel.cohorts) > 1:
        two_way += " " + style.text(GROWING)
    texts = [style.text(facts), two_way]
    if answer.trends is not None:
        trends = TRENDS.with_values(
            p=p_compared(answer.trends.p_value),
            trend=scale.said(answer.trends.trend, style),
            power=style.number(100 * answer.trends.power, 0) + " %",
        )
        texts.append(style.text(trends))
    return texts


def _time(effect: Effect, answer: PanelAnswer, style: Style) -> str:
    if effect.subgroup == "all":
        return style.text(OVERALL)
    since = int(effect.subgroup.split()[1])
    if since == 0:
        return style.text(AT_ENTRY)
    waves = answer.panel.waves
    by_one = all(np.diff(waves) == 1)
    passed = checks.counted(abs(since), "wave" if by_one else "year" if are_years(waves) else "wave number")
    return style.text((AFTER if since > 0 else BEFORE).with_values(waves=passed))


def _publishable(effect: Effect, style: Style) -> bool:
    return min(effect.n_treated, effect.n_control or style.minimum) >= style.minimum


def _caption(answer: PanelAnswer, style: Style) -> str:
    return style.text(EVENT.with_values(outcome=style.quoted(answer.event.effects[0].outcome)))


def _event_table(answer: PanelAnswer, scale: Scale, style: Style) -> Table:
    rows = []
    for effect in answer.event:
        shown: list[Cell] = (
            [_shown(effect, scale), Number(effect.n_treated), Number(effect.n_control)]
            if _publishable(effect, style)
            else [Suppressed(style.minimum)] * 3
        )
        rows.append(Row((_time(effect, answer, style), *shown)))
    unit = f" ({scale.unit})" if scale.unit else ""
    headings = (style.text(TIME), style.text(EFFECT) + unit, style.text(TREATED), style.text(CONTROL))
    caption = _caption(answer, style)
    drawn = answer.event.band is not None and all(_publishable(effect, style) for effect in answer.event)
    notes = (*map(style.text, answer.event.notes), *((style.text(BAND),) if drawn else ()))
    return Table("event_study", caption, headings, tuple(rows), notes, answer.event.synthetic)


def _shown(effect: Effect, scale: Scale) -> Cell:
    """Return the effect, or 0 alone in the wave that the others are held against."""
    base = effect.estimate == 0 and not effect.std_error > 0
    return scale.number(0.0) if base else scale.estimate(effect)


def _flow_table(answer: PanelAnswer, style: Style) -> Table:
    """Return the ledger of rows and households; counts too small to publish are not shown."""
    rows = [
        Row(
            (
                style.text(row["step"]),
                Suppressed(style.minimum) if 0 < row["units"] < style.minimum else Number(row["units"]),
            )
        )
        for row in answer.panel.flow.to_dict("records")
    ]
    headings = (style.text(STEP), style.text(NUMBER))
    return Table("panel_flow", style.text(FLOW), headings, tuple(rows), (), answer.panel.synthetic)


def _attrition_table(answer: PanelAnswer, style: Style) -> Table:
    table = answer.panel.attrition
    rows = []
    for row in table.frame.to_dict("records"):
        small = any(0 < row[name] < style.minimum for name in ("baseline", "found", "lost"))
        cells: list[Cell] = (
            [Suppressed(style.minimum)] * 3
            if small
            else [Number(row["baseline"]), Number(row["found"]), Number(100 * row["share_lost"], 1, " %")]
        )
        arm = style.text(TREATED if row["arm"] == "treated" else CONTROL)
        rows.append(Row((arm, str(row["wave"]), *cells)))
    tested = np.isfinite(table.p_value)  # where nobody was lost there is nothing to test
    notes = (style.text(LOST.with_values(p=p_compared(table.p_value))),) if tested else ()
    headings = tuple(style.text(text) for text in HEADINGS)
    return Table("panel_attrition", style.text(ATTRITION), headings, tuple(rows), notes, table.synthetic)
