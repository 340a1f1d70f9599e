"""Estimates beside the truth that only a generator knows."""

from __future__ import annotations

from collections.abc import Mapping

from impact.effects.effect import Effect, EffectTable
from impact.language import Text
from impact.report.contents import Row, Table
from impact.report.tables.effects import Scale, outcome_label, published
from impact.report.words.style import Style
from impact.synthetic.truth import KnownEffect

_MAIN = Text(
    "Estimate and true effect, by “{strategy}”",
    "Estimación y efecto verdadero, con «{strategy}»",
    strategy="",
)


def truth_table(
    effects: EffectTable,
    known: Mapping[tuple[str, str], KnownEffect],
    style: Style,
) -> Table:
    """Return every estimate beside the true effect on all treated and on the matched treated.

    Parameters
    ----------
    effects : EffectTable
    known : mapping of (strategy, outcome) to KnownEffect
    style : Style
    """
    rows: list[Row] = []
    for outcome in dict.fromkeys(effect.outcome for effect in effects):
        under = [
            effect for effect in effects if effect.outcome == outcome and (effect.strategy, outcome) in known
        ]
        if not under:
            continue
        scale = Scale.of(under, style)
        rows.append(Row((outcome_label(under[0], scale, style), "", "", "", "", "", ""), opens=True))
        rows += [_row(effect, known[effect.strategy, outcome], scale, style) for effect in under]
    level = f"{100 * next(iter(effects)).level:g}"
    keys = ("strategy", "effect", "std_error", "interval", "truth_matched", "truth_all", "covered")
    return Table(
        name="truth",
        caption=style.word("truth_table"),
        headings=tuple(style.word(key, level=level) for key in keys),
        rows=tuple(rows),
        notes=(style.word("truth_note"),),
        synthetic=effects.synthetic,
    )


def main_truth_table(
    effects: EffectTable, known: Mapping[tuple[str, str], KnownEffect], main: str, style: Style
) -> Table:
    """Return one row an outcome: the main strategy's estimate beside the true effects."""
    rows: list[Row] = []
    for effect in effects:
        if effect.strategy == main and (main, effect.outcome) in known:
            scale = Scale.of([effect], style)
            row = _row(effect, known[main, effect.outcome], scale, style)
            rows.append(Row((outcome_label(effect, scale, style), *row.cells[1:])))
    level = f"{100 * next(iter(effects)).level:g}"
    keys = ("outcome", "effect", "std_error", "interval", "truth_matched", "truth_all", "covered")
    return Table(
        name="truth_of_main",
        caption=style.text(_MAIN.with_values(strategy=style.name(main))),
        headings=tuple(style.word(key, level=level) for key in keys),
        rows=tuple(rows),
        notes=(style.word("truth_note"),),
        synthetic=effects.synthetic,
    )


def _row(effect: Effect, known: KnownEffect, scale: Scale, style: Style) -> Row:
    cells = (
        published(effect, style, lambda e: scale.number(e.estimate)),
        published(effect, style, lambda e: scale.number(e.std_error, brackets=True)),
        published(effect, style, lambda e: scale.interval(e.conf_low, e.conf_high)),
        scale.number(known.matched_treated),
        scale.number(known.all_treated),
        style.word("yes" if known.inside(effect.conf_low, effect.conf_high) else "no"),
    )
    return Row((style.text(effect.strategy), *cells))


def truth_lines(
    effects: EffectTable, known: Mapping[tuple[str, str], KnownEffect], style: Style
) -> list[str]:
    """Return the table of one strategy's estimates and truths as lines of text for a terminal."""
    from impact.report.cells import shown

    level = f"{100 * next(iter(effects)).level:g}"
    keys = ("outcome", "effect", "interval", "short_truth_matched", "short_truth_all", "short_covered")
    lines = [[style.word(key, level=level) for key in keys]]
    for effect in effects:
        truth = known.get((effect.strategy, effect.outcome))
        if truth is None:
            continue
        scale = Scale.of([effect], style)
        cells = (
            scale.number(effect.estimate),
            scale.interval(effect.conf_low, effect.conf_high),
            scale.number(truth.matched_treated),
            scale.number(truth.all_treated),
        )
        covered = style.word("yes" if truth.inside(effect.conf_low, effect.conf_high) else "no")
        lines.append(
            [outcome_label(effect, scale, style), *(shown(cell, style.language) for cell in cells), covered]
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [_aligned(line, widths) for line in lines]


def _aligned(line: list[str], widths: list[int]) -> str:
    label, *numbers = line
    return "  ".join(
        [
            label.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)),
        ]
    )


def facts_table(facts: Mapping[str, str], style: Style, synthetic: bool) -> Table:
    """Return what another person needs to make the same numbers again."""
    rows = tuple(Row((name, value)) for name, value in facts.items())
    headings = (style.word("fact"), style.word("value"))
    return Table("reproduction", style.word("facts_table"), headings, rows, (), synthetic)
