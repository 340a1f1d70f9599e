"""The answer, and whether to believe it."""

from __future__ import annotations

from collections.abc import Iterator

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Grade, Verdict
from impact.evaluation.verdicts import verdicts
from impact.language import Text
from impact.report.contents import Mark, Row, Section, Table
from impact.report.tables.answer import answer_lines
from impact.report.tables.effects import Scale
from impact.report.words.sentences import begun
from impact.report.words.style import Style
from impact.robustness.dominant_group import DominantGroup
from impact.robustness.four_strategies import FOUR_STRATEGIES, MAIN_STRATEGY, MAIN_STRATEGY_REASON

PLACE = 10
_TITLE = Text("The answer, and whether to believe it", "La respuesta, y si se le puede creer")
_TABLE = Text("What the answer rests on", "De qué depende la respuesta")
_HEADINGS = (
    Text("Condition", "Condición"),
    Text("Verdict", "Veredicto"),
    Text("What was found", "Qué se encontró"),
    Text("What is asked for", "Qué se exige"),
)
_NOTE = Text(
    "The thresholds are conventions, not laws. |SMD|: difference of means, in standard deviations, without its sign.",
    "Los umbrales son convenciones, no leyes. |DME|: diferencia de medias, en desviaciones estándar, sin su signo.",
)
_MEANINGS = Text("Why each condition matters", "Por qué importa cada condición")
_MEANING_HEADINGS = (_HEADINGS[0], Text("If it does not hold", "Si no se cumple"))
_ALARM = Text(
    "{name}: {outcome}. {found} (asked: {asked}). {meaning}",
    "{name}: {outcome}. {found} (se exige: {asked}). {meaning}",
)
_DEFAULT = Text(
    "Leading strategy: “{strategy}”, the project's default: {reason}.",
    "Estrategia principal: «{strategy}», la del proyecto por defecto: {reason}.",
)
_CHOSEN = Text(
    "Leading strategy: “{strategy}”, as the configuration says, before any result was seen.",
    "Estrategia principal: «{strategy}», según la configuración, antes de ver resultado alguno.",
)
_WITHOUT = Text(
    "{outcome}: group {group} makes {share} % of its arm's weight or of the variance. Without it the effect is {estimate} {unit} "
    "({level} % interval {low} to {high}).",
    "{outcome}: el grupo {group} aporta el {share} % del peso de su lado o de la varianza. Sin él, el efecto es {estimate} {unit} "
    "(intervalo del {level} %: {low} a {high}).",
)
_CANNOT = Text(
    "{outcome}: group {group} makes {share} % of its arm's weight or of the variance. Without it no effect can be estimated.",
    "{outcome}: el grupo {group} aporta el {share} % del peso de su lado o de la varianza. Sin él no se puede estimar ningún efecto.",
)


def section(findings: Findings, style: Style) -> Section:
    """Return what fails, then a sentence for each main outcome, then every verdict with its threshold and number."""
    configuration = findings.configuration
    found = verdicts(findings, style)
    lines = answer_lines(findings.effects, configuration.main_strategy, configuration.figures, style)
    return Section(
        "answer",
        style.text(_TITLE),
        (
            *(line for _, line in lines),
            *(_without(one, style) for one in findings.dominant),
            _leading(findings, style),
        ),
        (_table(found, findings, style), _meanings(found, findings, style)),
        tuple(_alarms(found, style)),
    )


def _alarms(found: list[Verdict], style: Style) -> Iterator[str]:
    for one in found:
        if one.outcome is Grade.FAILS:
            yield style.text(
                _ALARM.with_values(
                    name=one.name,
                    outcome=one.outcome.value,
                    found=begun(style.text(one.found)),
                    asked=one.asked,
                    meaning=one.meaning,
                )
            )


def _table(found: list[Verdict], findings: Findings, style: Style) -> Table:
    rows = tuple(
        Row((style.text(one.name), _mark(one, style), style.text(one.found), style.text(one.asked)))
        for one in found
    )
    return Table(
        "verdicts",
        style.text(_TABLE),
        tuple(style.text(heading) for heading in _HEADINGS),
        rows,
        (style.text(_NOTE),),
        findings.sample.synthetic,
    )


def _meanings(found: list[Verdict], findings: Findings, style: Style) -> Table:
    """Return what it means for the answer where a condition does not hold, for readers of the report alone."""
    rows = tuple(Row((style.text(one.name), style.text(one.meaning))) for one in found)
    headings = tuple(style.text(heading) for heading in _MEANING_HEADINGS)
    return Table(
        "verdict_meanings", style.text(_MEANINGS), headings, rows, (), findings.sample.synthetic, folded=True
    )


def _mark(one: Verdict, style: Style) -> Mark:
    return Mark(style.text(one.outcome.value), one.outcome.name.lower())


def _leading(findings: Findings, style: Style) -> str:
    """Return which strategy leads, and why."""
    configuration = findings.configuration
    main = configuration.main_strategy
    default = configuration.specifications == FOUR_STRATEGIES and main == MAIN_STRATEGY
    text = _DEFAULT.with_values(reason=MAIN_STRATEGY_REASON) if default else _CHOSEN
    return style.text(text.with_values(strategy=style.name(main)))


def _without(one: DominantGroup, style: Style) -> str:
    values = {"outcome": style.name(one.outcome), "group": one.group, "share": style.number(100 * one.share)}
    if one.without is None:
        return style.text(_CANNOT.with_values(**values))
    scale = Scale.of([one.effect, one.without], style)
    numbers = {"estimate": one.without.estimate, "low": one.without.conf_low, "high": one.without.conf_high}
    shown = {name: style.number(scale.factor * value, scale.decimals) for name, value in numbers.items()}
    level = style.level(one.effect.level)
    return style.text(_WITHOUT.with_values(unit=scale.unit, level=level, **shown, **values))
