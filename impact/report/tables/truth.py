"""Estimates beside the truth that only a generator knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impact.effects.effect import Effect, EffectTable
from impact.report.contents import Row, Table
from impact.report.tables.effects import Scale, outcome_label, published
from impact.report.words.labels import phrase, word
from impact.report.words.names import Names


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """The true effect that an estimate aims at.

    Parameters
    ----------
    all_treated : float
        Mean true effect on every treated unit, in the outcome's unit, with the estimate's weights.
    matched_treated : float
        The same over the treated who were matched.
    """

    all_treated: float
    matched_treated: float

    def covered_by(self, effect: Effect) -> bool:
        """Return whether the estimate's interval holds the truth of the matched treated."""
        return effect.conf_low <= self.matched_treated <= effect.conf_high


def truth_table(
    effects: EffectTable,
    known: Mapping[tuple[str, str], KnownEffect],
    names: Names,
    language: str,
    minimum: int = 5,
) -> Table:
    """Return every estimate beside the true effect on all treated and on the matched treated.

    Parameters
    ----------
    effects : EffectTable
    known : mapping of (strategy, outcome) to KnownEffect
    names : Names
    language : {"en", "es"}
    minimum : int
    """
    rows: list[Row] = []
    for outcome in dict.fromkeys(effect.outcome for effect in effects):
        under = [
            effect for effect in effects if effect.outcome == outcome and (effect.strategy, outcome) in known
        ]
        if not under:
            continue
        scale = Scale.of(under, language)
        rows.append(Row((outcome_label(under[0], scale, names), "", "", "", "", "", ""), opens=True))
        rows += [_row(effect, known[effect.strategy, outcome], scale, language, minimum) for effect in under]
    level = f"{100 * next(iter(effects)).level:g}"
    keys = ("strategy", "effect", "std_error", "interval", "truth_matched", "truth_all", "covered")
    return Table(
        name="truth",
        caption=word("truth_table", language),
        headings=tuple(word(key, language, level=level) for key in keys),
        rows=tuple(rows),
        notes=(word("truth_note", language),),
        synthetic=effects.synthetic,
    )


def _row(effect: Effect, known: KnownEffect, scale: Scale, language: str, minimum: int) -> Row:
    cells = (
        published(effect, minimum, lambda e: scale.number(e.estimate)),
        published(effect, minimum, lambda e: scale.number(e.std_error, brackets=True)),
        published(effect, minimum, lambda e: scale.interval(e.conf_low, e.conf_high)),
        scale.number(known.matched_treated),
        scale.number(known.all_treated),
        word("yes" if known.covered_by(effect) else "no", language),
    )
    return Row((phrase(effect.strategy, language), *cells))


def truth_lines(
    effects: EffectTable, known: Mapping[tuple[str, str], KnownEffect], names: Names, language: str
) -> list[str]:
    """Return the table of one strategy's estimates and truths as lines of text for a terminal."""
    from impact.report.cells import shown

    level = f"{100 * next(iter(effects)).level:g}"
    keys = ("outcome", "effect", "interval", "short_truth_matched", "short_truth_all", "short_covered")
    lines = [[word(key, language, level=level) for key in keys]]
    for effect in effects:
        truth = known.get((effect.strategy, effect.outcome))
        if truth is None:
            continue
        scale = Scale.of([effect], language)
        cells = (
            scale.number(effect.estimate),
            scale.interval(effect.conf_low, effect.conf_high),
            scale.number(truth.matched_treated),
            scale.number(truth.all_treated),
        )
        covered = word("yes" if truth.covered_by(effect) else "no", language)
        lines.append(
            [outcome_label(effect, scale, names), *(shown(cell, language) for cell in cells), covered]
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


def facts_table(facts: Mapping[str, str], language: str, synthetic: bool) -> Table:
    """Return what another person needs to make the same numbers again."""
    rows = tuple(Row((name, value)) for name, value in facts.items())
    headings = (word("fact", language), word("value", language))
    return Table("reproduction", word("facts_table", language), headings, rows, (), synthetic)
