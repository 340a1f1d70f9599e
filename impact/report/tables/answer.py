"""The answer in a sentence for each main outcome, with everything that the number means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from impact.effects.effect import Effect, EffectTable
from impact.report.tables.effects import Scale, is_publishable
from impact.report.words.style import Style


def answer_lines(effects: EffectTable, outcomes: Sequence[str], style: Style) -> Iterator[str]:
    """Yield a sentence per outcome: effect, unit, interval, percentage, strategy, population."""
    for outcome in outcomes:
        effect = effects.one(outcome)
        if is_publishable(effect, style):
            yield _sentence(effect, style)


def _sentence(effect: Effect, style: Style) -> str:
    scale = Scale.of([effect], style)

    def number(value: float) -> str:
        return style.number(scale.factor * value, scale.decimals)

    percent = ""
    if math.isfinite(effect.percent_effect):
        percent = style.word("answer_percent", percent=style.number(effect.percent_effect, 0))
    total, kept = style.number(effect.n_treated_total), style.number(effect.n_treated)
    everybody = effect.n_treated == effect.n_treated_total
    return style.word(
        "answer_line",
        outcome=style.name(effect.outcome),
        effect=number(effect.estimate),
        unit=scale.unit,
        level=f"{100 * effect.level:g}",
        low=number(effect.conf_low),
        high=number(effect.conf_high),
        percent=percent,
        strategy=style.name(effect.strategy),
        population=style.word(
            "population_all" if everybody else "population_matched", total=total, kept=kept
        ),
    )
