"""The answer in a sentence for each main outcome, with everything that the number means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from impact.effects.effect import Effect, EffectTable
from impact.language import Text
from impact.report.tables.effects import Scale, is_publishable, population_said
from impact.report.words.style import Style

SMD_THRESHOLD = 0.1
"""Largest |SMD| up to which a strategy has reached balance."""
_OVERLAP = Text(
    "units that might be in either group, treated instead of not,",
    "las unidades que podrían estar en uno u otro grupo, con el programa en vez de sin él,",
)
_WHO = {
    "ATT": Text("the treated", "los beneficiarios"),
    "ATC": Text("the controls, had they been treated,", "los controles, de haber tenido el programa,"),
    "ATE": Text(
        "all units, treated instead of not,", "todas las unidades, con el programa en vez de sin él,"
    ),
    "ATO": _OVERLAP,
    "ATM": _OVERLAP,
}
_SENTENCE = Text(
    "{outcome}: {who} have on average {amount} {direction} than without the programme ({level} % interval {low} to {high}{freedom})"
    "{percent}: {clear}.",
    "{outcome}: {who} tienen en promedio {amount} {direction} que sin el programa (intervalo del {level} %: {low} a {high}{freedom})"
    "{percent}: {clear}.",
)
_MORE, _LESS = Text("more", "más"), Text("less", "menos")
_FREEDOM = Text("; t with {degrees} degrees of freedom", "; t con {degrees} grados de libertad")
_CLEAR = Text("distinguishable from zero", "se distingue de cero")
_UNCLEAR = Text("not distinguishable from zero", "no se distingue de cero")
_BASIS = Text("By “{strategy}”, {population}; {balance}.", "Según «{strategy}», {population}; {balance}.")
_BALANCED = Text("balance was reached (largest |SMD| {smd})", "se alcanzó el balance (mayor |DME| {smd})")
_UNBALANCED = Text(
    "balance was not reached (largest |SMD| {smd})", "no se alcanzó el balance (mayor |DME| {smd})"
)
_AGREE = Text(
    "{same} of {total} strategies {same:gives|give} an effect of this sign; with {clear} it is distinguishable from zero.",
    "{same} de {total} estrategias {same:da|dan} un efecto de este signo; con {clear} se distingue de cero.",
)


def answer_lines(
    effects: EffectTable, main: str, outcomes: Sequence[str], style: Style
) -> Iterator[tuple[Effect, str]]:
    """Yield each main outcome's effect under the main strategy, and it in words.

    Parameters
    ----------
    effects : EffectTable
        Every outcome under every strategy.
    main : str
        The strategy whose numbers lead.
    outcomes : sequence of str
    style : Style
    """
    for outcome in outcomes:
        effect = effects.one(outcome, main)
        if is_publishable(effect, style):
            every = [one for one in effects if one.outcome == outcome]
            parts = [_sentence(effect, style), _basis(effect, style)]
            yield effect, " ".join([*parts, *([_agreement(effect, every, style)] if len(every) > 1 else [])])


def is_clear(effect: Effect) -> bool:
    """Return whether the interval leaves zero out."""
    return not effect.conf_low <= 0 <= effect.conf_high


def is_balanced(effect: Effect) -> bool:
    """Return whether the effect's match reached balance by the threshold."""
    return effect.max_abs_smd <= SMD_THRESHOLD


def _sentence(effect: Effect, style: Style) -> str:
    scale = Scale.of([effect], style)

    def number(value: float) -> str:
        return style.number(scale.factor * value, scale.decimals)

    percent = ""
    if math.isfinite(effect.percent_effect) and effect.outcome not in style.hidden_levels:
        percent = style.word("answer_percent", percent=style.number(abs(effect.percent_effect), 0))
    degrees = effect.degrees_of_freedom
    return _SENTENCE.with_values(
        outcome=style.name(effect.outcome),
        who=_WHO[effect.estimand],
        amount=f"{number(abs(effect.estimate))} {scale.unit}".rstrip(),
        direction=_LESS if effect.estimate < 0 else _MORE,
        level=style.level(effect.level),
        low=number(effect.conf_low),
        high=number(effect.conf_high),
        freedom=_FREEDOM.with_values(degrees=style.number(degrees, 1 if degrees < 10 else 0))
        if np.isfinite(degrees)
        else "",
        percent=percent,
        clear=_CLEAR if is_clear(effect) else _UNCLEAR,
    ).to(style.language)


def _basis(effect: Effect, style: Style) -> str:
    balance = _BALANCED if is_balanced(effect) else _UNBALANCED
    return _BASIS.with_values(
        strategy=style.name(effect.strategy),
        population=population_said(effect, style),
        balance=balance.with_values(smd=style.number(effect.max_abs_smd, 2)),
    ).to(style.language)


def _agreement(effect: Effect, every: Sequence[Effect], style: Style) -> str:
    same = [one for one in every if np.sign(one.estimate) == np.sign(effect.estimate)]
    counts = {"same": len(same), "total": len(every), "clear": sum(map(is_clear, same))}
    return _AGREE.with_values(**counts).to(style.language)
