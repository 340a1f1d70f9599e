"""The answer in a sentence for each main outcome, with everything that the number means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from impact.effects.effect import Effect, EffectTable
from impact.report.tables.effects import Scale, is_publishable
from impact.report.words.labels import phrase, word
from impact.report.words.language import Language
from impact.report.words.names import Names


def answer_lines(
    effects: EffectTable, outcomes: Sequence[str], names: Names, language: str, minimum: int
) -> Iterator[str]:
    """Yield a sentence per outcome: effect, unit, interval, percentage, strategy, population."""
    for outcome in outcomes:
        effect = effects.one(outcome)
        if is_publishable(effect, minimum):
            yield _sentence(effect, names, language)


def _sentence(effect: Effect, names: Names, language: str) -> str:
    words, scale = Language(language), Scale.of([effect], language)

    def number(value: float) -> str:
        return words.number(scale.factor * value, scale.decimals)

    percent = ""
    if math.isfinite(effect.percent_effect):
        percent = word("answer_percent", language, percent=words.number(effect.percent_effect, 0))
    total, kept = words.number(effect.n_treated_total), words.number(effect.n_treated)
    everybody = effect.n_treated == effect.n_treated_total
    return word(
        "answer_line",
        language,
        outcome=names.of(effect.outcome),
        effect=number(effect.estimate),
        unit=scale.unit,
        level=f"{100 * effect.level:g}",
        low=number(effect.conf_low),
        high=number(effect.conf_high),
        percent=percent,
        strategy=names.of(phrase(effect.strategy, language)),
        population=word(
            "population_all" if everybody else "population_matched", language, total=total, kept=kept
        ),
    )
