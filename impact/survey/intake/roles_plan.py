"""How survey tables are read for a sample with its roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.survey.intake.plan import IntakePlan
from impact.survey.outcome import Outcome


def intake_plan(
    roles: Mapping[str, Any], outcomes: Sequence[Outcome], further: Sequence[str] = (), **said: Any
) -> IntakePlan:
    """Return how survey tables are read for a sample with these roles.

    Parameters
    ----------
    roles : mapping
        Keywords of ``Sample``.
    outcomes : sequence of Outcome
    further : sequence of str
        More columns of numbers, such as a baseline.
    **said
        Further fields of ``IntakePlan``.
    """
    covariates = tuple(roles["covariates"])
    read = [column for entry in outcomes for column in (*entry.columns, entry.persons)]
    numbers = dict.fromkeys(name for name in (*read, roles.get("sampling_weight"), *further) if name)
    return IntakePlan(
        treatment=roles["treatment"],
        covariates=covariates,
        numbers=tuple(name for name in numbers if name not in covariates),
        labels=tuple(name for name in (roles.get("cluster"), roles.get("stratum")) if name),
        id=roles.get("id"),
        **said,
    )
