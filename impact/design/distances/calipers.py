"""Calipers on the score and on covariates, as limits that a pair has to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.design.distances.measure import Measure
from impact.design.units import Units
from impact.errors import DataError, OptionError
from impact.language import Text

SCORE = "score"
"""Key of the distance's own caliper in a dict of calipers."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calipers:
    """Calipers resolved on a sample.

    Attributes
    ----------
    radius : float
        Largest scaled distance; infinite without a caliper on it.
    columns : tuple of (str, float64 array, shape (n,), float)
        Column, its values, and the largest difference within a pair.
    """

    radius: float
    columns: tuple[tuple[str, NDArray[np.float64], float], ...]


def check_calipers(caliper: float | Mapping[str, float] | None, caliper_unit: str) -> None:
    """Require positive calipers: one number, or one for each name of a dict."""
    checks.one_of("caliper_unit", caliper_unit, ("sd", "raw"))
    kind = (
        Text("number of SDs", "número de desviaciones estándar")
        if caliper_unit == "sd"
        else Text("distance", "distancia")
    )
    if isinstance(caliper, Mapping):
        if not caliper:
            raise OptionError(
                Text(
                    (
                        'caliper must name at least one of "score" and the covariates; got an empty dict. Pass None for no '
                        "caliper."
                    ),
                    'caliper debe nombrar al menos "score" o una covariable; está vacío. Quítelo si no hay caliper.',
                )
            )
        for name, width in caliper.items():
            checks.positive(f"caliper[{name!r}]", width, unit=kind)
    elif caliper is not None:
        checks.positive("caliper", caliper, unit=kind)


def caliper_columns(caliper: float | Mapping[str, float] | None) -> tuple[str, ...]:
    """Return the columns that a dict of calipers names."""
    return tuple(name for name in caliper if name != SCORE) if isinstance(caliper, Mapping) else ()


def resolve_calipers(
    caliper: float | Mapping[str, float] | None, caliper_unit: str, measure: Measure, units: Units
) -> Calipers:
    """Return calipers as a scaled radius and limits on columns.

    Notes
    -----
    A column's SD is taken, like the score's, over all units that are not discarded (n − 1).
    """
    named = caliper if isinstance(caliper, Mapping) else None
    own = caliper if not isinstance(caliper, Mapping) else caliper.get(SCORE)
    limits = [
        (name, *_limit(name, width, caliper_unit, units))
        for name, width in (named or {}).items()
        if name != SCORE
    ]
    return Calipers(scaled_radius(own, caliper_unit, measure), tuple(limits))


def _limit(name: str, width: float, caliper_unit: str, units: Units) -> tuple[NDArray[np.float64], float]:
    column = units.column(name)
    if not pd.api.types.is_numeric_dtype(column):
        raise OptionError(
            Text(
                "caliper names {name!r}, which is not a number. Put it in exact, so that matched units agree on it.",
                (
                    "caliper nombra {name!r}, que no es un número. Póngala en exact, para que las unidades emparejadas "
                    "coincidan en ella."
                ),
                name=name,
            )
        )
    values = column.to_numpy(dtype=np.float64)
    if not np.isfinite(values[units.eligible]).all():
        raise DataError(
            Text(
                (
                    "caliper needs {name!r} for every unit; it is missing or infinite for some. Make it a covariate, or "
                    "fill it in."
                ),
                (
                    "caliper necesita {name!r} en cada unidad; falta o es infinita en algunas. Hágala covariable, o "
                    "complétela."
                ),
                name=name,
            )
        )
    spread = float(np.std(values[units.eligible], ddof=1)) if caliper_unit == "sd" else 1.0
    return values, width * spread


def check_caliper(caliper: float | None, caliper_unit: str) -> None:
    """Require a positive caliper in SDs of the score or in the distance's own unit."""
    checks.one_of("caliper_unit", caliper_unit, ("sd", "raw"))
    if caliper is not None:
        checks.positive(
            "caliper",
            caliper,
            unit=Text("number of SDs", "número de desviaciones estándar")
            if caliper_unit == "sd"
            else Text("distance", "distancia"),
        )


def scaled_radius(caliper: float | None, caliper_unit: str, measure: Measure) -> float:
    """Return the caliper as a scaled distance; infinite without one."""
    if caliper is None:
        return float("inf")
    if caliper_unit == "raw":
        return caliper / measure.unit
    if measure.score is None:
        raise OptionError(
            Text(
                (
                    'caliper in SDs needs a score, which has an SD; got {label}. Pass caliper_unit="raw" for a caliper '
                    "in units of the distance."
                ),
                (
                    "Un caliper en desviaciones estándar necesita un puntaje, que tiene una; se dio {label}. Escriba "
                    'caliper_unit = "raw" para un caliper en unidades de la distancia.'
                ),
                label=measure.label,
            )
        )
    return caliper
