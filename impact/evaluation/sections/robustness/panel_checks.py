"""Whether the effect from waves holds: three estimands, trends, places, lost households."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from impact.effects.effect import Effect
from impact.effects.panel.goodman_bacon import GoodmanBacon
from impact.evaluation.analyses.waves.panel import PanelAnswer
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Cell, Figure, Number, Row, Section, Suppressed, Table
from impact.report.tables.effects import Scale, is_publishable
from impact.report.words.style import Style
from impact.robustness.panel.checks_of_waves import ChecksOfWaves

PLACE = 73
TITLE = Text("Does the effect from waves hold?", "¿Se sostiene el efecto entre rondas?")
ESTIMANDS = Text(
    "Three numbers of one outcome: {outcome}", "Tres números de un mismo resultado: {outcome}", outcome=""
)
QUESTIONS = {
    "before-after": Text("Before-after, the treated alone", "Antes y después, solo los beneficiarios"),
    "cross-section": Text(
        "Cross-section at follow-up, treated against controls",
        "Corte transversal en el seguimiento, beneficiarios contra controles",
    ),
}
DIFFERENCE = Text("Difference-in-differences", "Diferencias en diferencias")
ESTIMANDS_NOTE = Text(
    "Before-after counts everything that changed, not only the programme; the cross-section also what differed before. Only the "
    "difference-in-differences is an effect, if trends are parallel. Percent: of the baseline mean, of the controls' mean, of what the "
    "treated would have had.",
    "Antes y después cuenta todo lo que cambió, no solo el programa; el corte transversal, también lo que difería antes. Solo las "
    "diferencias en diferencias son un efecto, si las tendencias son paralelas. Porcentaje: de la media de línea de base, de la media de "
    "los controles, de lo que los beneficiarios habrían tenido.",
)
ESTIMAND, EFFECT, PERCENT = (
    Text("what is compared", "qué se compara"),
    Text("estimate", "estimación"),
    Text("percent", "porcentaje"),
)
TREATED, CONTROLS = Text("treated", "beneficiarios"), Text("controls", "controles")
COMPARISONS = Text(
    "What two-way fixed effects are a mean of", "De qué son un promedio los efectos fijos de hogar y ronda"
)
KINDS = {
    "against those that do not enter": Text(
        "who enters against who does not", "quien entra contra quien no entra"
    ),
    "earlier against later, not yet treated": Text(
        "earlier against later entry, before the later",
        "entrada anterior contra posterior, antes de la posterior",
    ),
    "later against earlier, already treated": Text(
        "later against earlier entry, already treated", "entrada posterior contra anterior, ya tratada"
    ),
}
KIND, WEIGHT, MEAN = (
    Text("comparison", "comparación"),
    Text("weight", "peso"),
    Text("mean estimate", "estimación media"),
)
COMPARISONS_NOTE = Text(
    "Comparisons with households already treated subtract effects that grow.",
    "Las comparaciones con hogares ya tratados restan efectos que crecen.",
)
DIFFER = Text(
    "Two-way fixed effects give {two_way}, effects by cohort and wave {ours}: the former also weigh cohorts by how much their entry varies "
    "within the panel, and {share} of their weight lies on comparisons with households already treated, whose own gain counts against "
    "the effect where it grows.",
    "Los efectos fijos de hogar y ronda dan {two_way}; los efectos por cohorte y ronda, {ours}: los primeros también pesan las cohortes "
    "por cuánto varía su entrada dentro del panel, y el {share} de su peso está en comparaciones con hogares ya tratados, cuya propia "
    "ganancia, si crece, se resta del efecto.",
)
BOUNDS = Text(
    "If trends differ after entry as they did before",
    "Si las tendencias difieren tras la entrada como antes de ella",
)
DEPARTURE = Text("departure from parallel trends", "desviación de tendencias paralelas")
TIMES = Text("times the largest difference before", "veces la mayor diferencia previa")
BENDS = Text("the trend bends, a wave", "la tendencia se dobla, por ronda")
SIZE, INTERVAL = (
    Text("size", "tamaño"),
    Text("interval of the effect at entry", "intervalo del efecto al entrar"),
)
BREAKDOWN = Text(
    "The effect at entry stays off zero up to {size} times the largest difference in trend seen before entry.",
    "El efecto al entrar se mantiene lejos de cero hasta {size} veces la mayor diferencia de tendencia vista antes de la entrada.",
)
OTHERWISE = Text("The overall effect asked otherwise", "El efecto total, preguntado de otro modo")
MAIN = Text("as above", "como arriba")
PLACEBO = Text("placebo: entry one wave earlier", "placebo: entrada una ronda antes")
ANTICIPATION = Text(
    "the programme acts one wave before entry", "el programa actúa una ronda antes de la entrada"
)
APART = Text("without controls in places of the programme", "sin controles en lugares del programa")
WEIGHTED = Text(
    "first wave against last, response weights", "primera ronda contra la última, ponderado por respuesta"
)
CHANGE = Text(
    "first wave against last, regression of changes (change score)",
    "primera ronda contra la última, regresión de los cambios (puntaje de cambio)",
)
ANCOVA = Text(
    "first wave against last, at equal outcomes in the first (ANCOVA; no difference-in-differences)",
    "primera ronda contra la última, a igual resultado en la primera (ANCOVA; no es diferencia en diferencias)",
)
LEE = Text(
    "first wave against last, bounds for lost households",
    "primera ronda contra la última, cotas por hogares perdidos",
)
CANNOT = Text("Not possible with these data: {what}.", "No es posible con estos datos: {what}.", what="")
NAMES = {
    "estimands": DIFFERENCE,
    "comparisons": COMPARISONS,
    "bounds": BOUNDS,
    "placebo": PLACEBO,
    "anticipation": ANTICIPATION,
    "apart": APART,
    "weighted": WEIGHTED,
    "change": CHANGE,
    "ancova": ANCOVA,
    "lee": LEE,
    "by_covariate": Text("trends by covariate", "tendencias por covariable"),
}
COVARIATES = Text(
    "Change of the controls by baseline covariate", "Cambio de los controles según covariable de base"
)
COVARIATE, SLOPE, GAP, BIAS = (
    Text("covariate", "covariable"),
    Text("change per SD", "cambio por DE"),
    Text("treated less controls, SD", "beneficiarios menos controles, DE"),
    Text("what it adds to the unadjusted difference", "lo que suma a la diferencia sin ajustar"),
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return what was asked of the effect from waves."""
    answer: PanelAnswer | None = findings.answer("panel")
    if answer is None:
        return None
    asked = answer.checks
    scale = Scale.of([answer.event.effects[0]], style)
    paragraphs = []
    if asked.bounds is not None:
        paragraphs.append(style.text(BREAKDOWN.with_values(size=style.number(asked.bounds.breakdown, 2))))
    if asked.comparisons is not None and len(answer.panel.cohorts) > 1:
        paragraphs.append(_why_they_differ(answer, asked.comparisons, scale, style))
    missing = [style.text(NAMES[name]) for name in asked.reasons]
    if missing:
        paragraphs.append(style.text(CANNOT.with_values(what="; ".join(missing))))
    items: list[Table | Figure] = list(_tables(answer, scale, style))
    if asked.bounds is not None:
        axes = figures.honest_bounds(asked.bounds, style.language.code, scale.unit, scale.factor)
        place = [item.name for item in items].index("honest_bounds")
        items.insert(place, picture("honest_bounds", style.text(BOUNDS), axes, findings))
    return Section("panel_checks", style.text(TITLE), tuple(paragraphs), tuple(items))


def _why_they_differ(answer: PanelAnswer, comparisons: GoodmanBacon, scale: Scale, style: Style) -> str:
    """Return what stands between the two-way effect and the mean of effects by cohort and wave."""
    frame = comparisons.frame
    forbidden = frame["kind"] == "later against earlier, already treated"
    return style.text(
        DIFFER.with_values(
            two_way=scale.said(answer.two_way.effects[0].estimate, style),
            ours=scale.said(answer.event.effects[0].estimate, style),
            share=style.number(100 * float(frame.loc[forbidden, "weight"].sum()), 0) + " %",
        )
    )


def _tables(answer: PanelAnswer, scale: Scale, style: Style) -> Iterator[Table]:
    asked = answer.checks
    if asked.estimands is not None:
        yield _three_numbers(asked, scale, style)
    yield _otherwise(answer, scale, style)
    if asked.bounds is not None:
        yield _bounds(asked, scale, style)
    if asked.comparisons is not None and len(answer.panel.cohorts) > 1:
        yield _comparisons(asked, scale, style)
    if asked.by_covariate is not None:
        yield _covariates(answer, scale, style)


def _with_unit(text: Text, scale: Scale, style: Style) -> str:
    return style.text(text) + (f" ({scale.unit})" if scale.unit else "")


def _cells(effect: Effect, scale: Scale, style: Style) -> tuple[Cell, ...]:
    """Return estimate, percent and counts of an effect, or their suppression."""
    alone = effect.n_control == 0
    if not (effect.n_treated >= style.minimum if alone else is_publishable(effect, style)):
        return (Suppressed(style.minimum),) * 4
    percent = Number(effect.percent_effect, 1, " %")
    return (
        scale.estimate(effect),
        percent,
        Number(effect.n_treated),
        "–" if alone else Number(effect.n_control),
    )


def _three_numbers(asked: ChecksOfWaves, scale: Scale, style: Style) -> Table:
    assert asked.estimands is not None
    rows = [
        Row((style.text(QUESTIONS.get(str(effect.strategy), DIFFERENCE)), *_cells(effect, scale, style)))
        for effect in asked.estimands
    ]
    name = style.name(asked.estimands.effects[0].outcome)
    headings = (
        style.text(ESTIMAND),
        _with_unit(EFFECT, scale, style),
        *(style.text(one) for one in (PERCENT, TREATED, CONTROLS)),
    )
    caption = style.text(ESTIMANDS.with_values(outcome=name))
    notes = (style.text(ESTIMANDS_NOTE),)
    return Table("three_estimands", caption, headings, tuple(rows), notes, asked.estimands.synthetic)


def _otherwise(answer: PanelAnswer, scale: Scale, style: Style) -> Table:
    asked = answer.checks
    effects = {
        MAIN: answer.event.effects[0],
        PLACEBO: asked.placebo,
        ANTICIPATION: asked.anticipation,
        APART: asked.apart,
        WEIGHTED: asked.weighted,
        CHANGE: asked.change,
        ANCOVA: asked.ancova,
    }
    rows = [
        Row((style.text(label), *_cells(effect, scale, style)))
        for label, effect in effects.items()
        if effect is not None
    ]
    if asked.lee is not None:
        lee = asked.lee
        small = min(lee.n_treated, lee.n_control) < style.minimum
        cells: tuple[Cell, ...] = (
            (Suppressed(style.minimum),) * 4
            if small
            else (scale.interval(lee.lower, lee.upper), "–", Number(lee.n_treated), Number(lee.n_control))
        )
        rows.append(Row((style.text(LEE), *cells)))
    headings = (
        style.text(ESTIMAND),
        _with_unit(EFFECT, scale, style),
        *(style.text(one) for one in (PERCENT, TREATED, CONTROLS)),
    )
    return Table("panel_otherwise", style.text(OTHERWISE), headings, tuple(rows), (), answer.event.synthetic)


def _bounds(asked: ChecksOfWaves, scale: Scale, style: Style) -> Table:
    assert asked.bounds is not None
    rows = [
        Row((*_departure(row, scale, style), scale.interval(row["conf_low"], row["conf_high"])))
        for row in asked.bounds.frame.to_dict("records")
    ]
    headings = (style.text(DEPARTURE), style.text(SIZE), _with_unit(INTERVAL, scale, style))
    return Table("honest_bounds", style.text(BOUNDS), headings, tuple(rows), (), asked.bounds.synthetic)


def _departure(row: dict[Hashable, Any], scale: Scale, style: Style) -> tuple[Cell, Cell]:
    """Return what departs from parallel trends, and by how much."""
    if row["restriction"] == "smoothness":
        return _with_unit(BENDS, scale, style), scale.number(row["size"])
    return style.text(TIMES), Number(row["size"], 1)


def _comparisons(asked: ChecksOfWaves, scale: Scale, style: Style) -> Table:
    assert asked.comparisons is not None
    rows = []
    for kind, part in asked.comparisons.frame.groupby("kind", sort=False):
        weight = float(part["weight"].sum())
        mean = float((part["weight"] * part["estimate"]).sum() / weight)
        rows.append(Row((style.text(KINDS[str(kind)]), Number(100 * weight, 1, " %"), scale.number(mean))))
    headings = (style.text(KIND), style.text(WEIGHT), _with_unit(MEAN, scale, style))
    notes = (style.text(COMPARISONS_NOTE),)
    return Table(
        "two_way_comparisons",
        style.text(COMPARISONS),
        headings,
        tuple(rows),
        notes,
        asked.comparisons.synthetic,
    )


def _covariates(answer: PanelAnswer, scale: Scale, style: Style) -> Table:
    frame = answer.checks.by_covariate
    assert frame is not None
    rows = [
        Row(
            (
                style.names.term(row["column"], row["level"] if isinstance(row["level"], str) else ""),
                scale.number(row["slope"]),
                Number(row["difference"], 2),
                scale.number(row["bias"]),
            )
        )
        for _, row in frame.iterrows()
    ]
    headings = (
        style.text(COVARIATE),
        _with_unit(SLOPE, scale, style),
        style.text(GAP),
        _with_unit(BIAS, scale, style),
    )
    return Table(
        "panel_covariates", style.text(COVARIATES), headings, tuple(rows), (), answer.panel.synthetic
    )
