"""The table of strategies: every outcome's effect and interval on one screen; what lies behind them in a second table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from impact.effects.effect import Effect, EffectTable
from impact.language import Text
from impact.report.contents import Cell, Interval, Number, Row, Table
from impact.report.tables.answer import is_balanced
from impact.report.tables.effects import (
    Scale,
    arm_word,
    count,
    different,
    effect_notes,
    kept,
    outcome_label,
    published,
    published_level,
    used,
)
from impact.report.words.style import Style

STAR_LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
_HOW_TO_READ = Text("Effect [{level} % interval].", "Efecto [intervalo del {level} %].")
_UNBALANCED = Text("† balance not reached: {strategies}.", "† no se alcanzó el balance: {strategies}.")
_LARGEST = Text("{strategy}, largest |SMD| {smd}", "{strategy}, mayor |DME| {smd}")
_LARGEST_WITH = Text(
    "{strategy}, largest |SMD| {smd} among those with {outcome}",
    "{strategy}, mayor |DME| {smd} entre quienes tienen {outcome}",
)
_ADJUSTMENT = Text("Bias adjustment", "Ajuste de sesgo")
_DETAILS = Text("What lies behind the effects", "Qué hay detrás de los efectos")


def strategy_table(effects: EffectTable, style: Style | None = None, stars: bool = False) -> Table:
    """Return the robustness table: outcomes in rows, strategies in columns, an effect and its interval in each cell; then the adjustment.

    Parameters
    ----------
    effects : EffectTable
        Every outcome under every strategy, without subgroups.
    style : Style, optional
        Language, labels, and the units of an arm below which an estimate is suppressed.
    stars : bool
        Mark significance at 10, 5 and 1 %. Off by default: the intervals say more.
    """
    style = style or Style()
    strategies, outcomes = _labels(effects)
    rows = [
        _outcome_row([effects.one(outcome, name) for name in strategies], style, stars)
        for outcome in outcomes
    ]
    level = f"{100 * next(iter(effects)).level:g}"
    return Table(
        name="strategies",
        caption=style.word("strategy_table"),
        headings=(
            style.word("outcome"),
            *(_heading([effects.one(outcome, name) for outcome in outcomes], style) for name in strategies),
            style.text(_ADJUSTMENT),
        ),
        rows=tuple(rows),
        notes=(
            style.text(_HOW_TO_READ.with_values(level=level)),
            *_balance_note(effects, style),
            *effect_notes(effects, style, stars, percent=False),
        ),
        synthetic=effects.synthetic,
    )


def strategy_details(effects: EffectTable, style: Style | None = None) -> Table:
    """Return what lies behind each effect: standard error, degrees of freedom, control mean, percent; then what each match rests on.

    Parameters
    ----------
    effects : EffectTable
    style : Style, optional
    """
    style = style or Style()
    strategies, outcomes = _labels(effects)
    rows: list[Row] = []
    for outcome in outcomes:
        rows += _details([effects.one(outcome, name) for name in strategies], style)
    rows += _design_rows([effects.one(outcomes[0], name) for name in strategies], style)
    return Table(
        name="strategies_details",
        caption=style.text(_DETAILS),
        headings=(style.word("outcome"), *(style.name(name) for name in strategies)),
        rows=tuple(rows),
        notes=tuple(_percent_note(effects, style)),
        synthetic=effects.synthetic,
        folded=True,
    )


def _labels(effects: EffectTable) -> tuple[list[str], list[str]]:
    strategies = list(dict.fromkeys(effect.strategy for effect in effects))
    return strategies, list(dict.fromkeys(effect.outcome for effect in effects))


def _heading(effects: Sequence[Effect], style: Style) -> str:
    """Return a strategy's name, marked where its match did not reach balance for an outcome."""
    return style.name(effects[0].strategy) + ("" if all(map(is_balanced, effects)) else " †")


def _outcome_row(effects: Sequence[Effect], style: Style, stars: bool) -> Row:
    scale = Scale.of(effects, style)

    def cell(effect: Effect) -> Cell:
        return scale.estimate(effect, _stars(effect.p_value) if stars else "")

    label = outcome_label(effects[0], scale, style)
    adjustment = different(style.text(effect.bias_adjustment) for effect in effects)
    return Row((label, *(published(effect, style, cell) for effect in effects), adjustment))


def _details(effects: Sequence[Effect], style: Style) -> list[Row]:
    scale, level = Scale.of(effects, style), f"{100 * effects[0].level:g}"
    lines: list[tuple[str, Callable[[Effect], Cell]]] = [
        (style.word("std_error"), lambda e: scale.number(e.std_error, brackets=True)),
        (style.word("degrees_of_freedom"), lambda e: Number(e.degrees_of_freedom, 1)),
    ]
    levels: list[tuple[str, Callable[[Effect], Cell]]] = [
        (arm_word("control_mean", effects, style), lambda e: scale.level(e.control_mean)),
        (style.word("percent_effect"), lambda e: Number(e.percent_effect, 1, " %")),
        (
            style.word("percent_interval", level=level),
            lambda e: Interval(e.percent_conf_low, e.percent_conf_high, 1),
        ),
    ]
    heading = Row((outcome_label(effects[0], scale, style), *("" for _ in effects)), opens=True)
    return [
        heading,
        *(Row((label, *(published(effect, style, cell) for effect in effects))) for label, cell in lines),
        *(
            Row((label, *(published_level(effect, style, cell) for effect in effects)))
            for label, cell in levels
        ),
    ]


def _design_rows(effects: Sequence[Effect], style: Style) -> list[Row]:
    lines: list[tuple[str, Callable[[Effect], Cell]]] = [
        (arm_word("n_treated", effects, style), lambda e: kept(e, Number(e.n_treated, 0), style)),
        (style.word("n_treated_total"), lambda e: count(e.n_treated_total, style)),
        (
            style.word("share_on_support"),
            lambda e: kept(e, Number(100 * e.share_on_support, 1, " %"), style),
        ),
        (style.word("n_control"), lambda e: used(e, style)),
        (style.word("ess_control"), lambda e: Number(e.ess_control, 0)),
        (arm_word("max_abs_smd", effects, style), lambda e: Number(e.max_abs_smd, 2)),
    ]
    if any(effect.n_clusters for effect in effects):
        lines += [
            (style.word("n_clusters"), lambda e: Number(e.n_clusters, 0)),
            (style.word("effective_clusters"), lambda e: Number(e.effective_control_clusters, 0)),
            (style.word("largest_cluster"), lambda e: Number(100 * e.largest_cluster_share, 1, " %")),
        ]
    blank = Row((style.word("rests_on"), *("" for _ in effects)), opens=True)
    return [
        blank,
        *(Row((label, *(published(effect, style, cell) for effect in effects))) for label, cell in lines),
    ]


def _balance_note(effects: EffectTable, style: Style) -> list[str]:
    """Return which strategies did not reach balance, and how far they are from it.

    Where an outcome is missing for some units, its balance is that of the others: it is told with the outcome's name.
    """
    named = []
    for strategy in dict.fromkeys(effect.strategy for effect in effects):
        own = [effect for effect in effects if effect.strategy == strategy]
        whole = max(own, key=lambda effect: effect.n_treated + effect.n_control)
        apart = [effect for effect in own if effect.max_abs_smd != whole.max_abs_smd]
        for effect in (one for one in (whole, *apart) if not is_balanced(one)):
            words = _LARGEST if effect is whole else _LARGEST_WITH
            values = {"strategy": style.name(strategy), "smd": style.number(effect.max_abs_smd, 2)}
            named.append(style.text(words.with_values(**values, outcome=style.quoted(effect.outcome))))
    return [style.text(_UNBALANCED.with_values(strategies="; ".join(named)))] if named else []


def _percent_note(effects: EffectTable, style: Style) -> list[str]:
    return (
        [style.word("note_no_percent")]
        if any(effect.percent_effect != effect.percent_effect for effect in effects)
        else []
    )


def _stars(p_value: float) -> str:
    return next((mark for level, mark in STAR_LEVELS if p_value < level), "")
