"""Units from the data package, where the configuration gives none; what to write where neither does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from impact.effects.effect import EffectTable
from impact.language import Text
from impact.survey.outcome import Column, Outcome
from impact.survey.package.schema import SurveySchema


def with_schema_units(
    effects: EffectTable, outcomes: Sequence[Outcome], schema: SurveySchema | None
) -> EffectTable:
    """Return effects whose unit, where the configuration gave none, is that of the data package."""
    units = _schema_units(outcomes, schema)
    return replace(
        effects,
        effects=tuple(replace(effect, unit=units.get(effect.outcome, effect.unit)) for effect in effects),
    )


def outcomes_with_units(outcomes: Sequence[Outcome], schema: SurveySchema | None) -> tuple[Outcome, ...]:
    """Return outcomes of a column with the data package's unit where they give none, so that every analysis knows it."""
    units = _schema_units(outcomes, schema)
    return tuple(
        replace(outcome, unit=units[outcome.name])
        if isinstance(outcome, Column) and outcome.name in units
        else outcome
        for outcome in outcomes
    )


def units_asked_for(outcomes: Sequence[Outcome], schema: SurveySchema | None) -> Iterator[Text]:
    """Yield what to write, once for all outcomes that say no unit: readers see numbers of nothing otherwise."""
    known = _schema_units(outcomes, schema)
    names = [one.name for one in outcomes if not one.unit and one.name not in known]
    if names:
        yield Text(
            "{number:Outcome|Outcomes} {names} {number:has|have} no unit, and {number:its|their} numbers stand on every table without one: "
            '[[outcomes]] unit = "Bs/year".',
            "{number:El resultado|Los resultados} {names} no {number:tiene|tienen} unidad, y sus cifras aparecen sin ella en los cuadros: "
            '[[outcomes]] unit = "Bs/año".',
            number=len(names),
            names=tuple(map(repr, names)),
        )


def _schema_units(outcomes: Sequence[Outcome], schema: SurveySchema | None) -> dict[str, str]:
    """Return the data package's unit of each outcome of one column that gives none, by the outcome's name."""
    units: dict[str, str] = {}
    if schema is None:
        return units
    for outcome in outcomes:
        field = schema.find(outcome.columns[0]) if not outcome.unit and len(outcome.columns) == 1 else None
        if field is not None and field.unit is not None:
            units[outcome.name] = field.unit
    return units
