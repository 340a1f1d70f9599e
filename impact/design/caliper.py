"""Calipers on the distance: the published number as a radius of scaled distances."""

from __future__ import annotations

from impact import checks
from impact.design.measure import Measure
from impact.errors import OptionError


def check_caliper(caliper: float | None, caliper_unit: str) -> None:
    """Require a positive caliper in SDs of the score or in the distance's own unit."""
    checks.one_of("caliper_unit", caliper_unit, ("sd", "raw"))
    if caliper is not None:
        checks.positive("caliper", caliper, unit="number of SDs" if caliper_unit == "sd" else "distance")


def scaled_radius(caliper: float | None, caliper_unit: str, measure: Measure) -> float:
    """Return the caliper as a scaled distance; infinite without one."""
    if caliper is None:
        return float("inf")
    if caliper_unit == "raw":
        return caliper / measure.unit
    if measure.score is None:
        raise OptionError(
            f'caliper in SDs needs a score, which has an SD; got {measure.label}. Pass caliper_unit="raw" '
            "for a caliper in units "
            "of the distance."
        )
    return caliper
