"""Units from the data package, where the configuration gives none."""

from __future__ import annotations

from dataclasses import replace

from impact.effects.effect import EffectTable
from impact.survey.outcome import Outcome
from impact.survey.package.schema import SurveySchema


def with_schema_units(
    effects: EffectTable, outcomes: tuple[Outcome, ...], schema: SurveySchema | None
) -> EffectTable:
    """Return effects whose unit, where the configuration gave none, is that of the data package."""
    if schema is None:
        return effects
    units: dict[str, str] = {}
    for outcome in outcomes:
        field = schema.find(outcome.columns[0]) if not outcome.unit and len(outcome.columns) == 1 else None
        if field is not None and field.unit is not None:
            units[outcome.name] = field.unit
    return replace(
        effects,
        effects=tuple(replace(effect, unit=units.get(effect.outcome, effect.unit)) for effect in effects),
    )
