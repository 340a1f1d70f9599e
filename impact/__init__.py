"""Impact evaluation of rural programmes: matching, valid standard errors, poverty outcomes, the robustness table."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from impact.design.assignment import Assignment as Assignment
    from impact.design.assignment import FirstStage as FirstStage
    from impact.design.assignment import Pairs as Pairs
    from impact.design.assignment import Rules as Rules
    from impact.design.distance import Euclidean as Euclidean
    from impact.design.distance import Mahalanobis as Mahalanobis
    from impact.design.kernel import Kernel as Kernel
    from impact.design.kernel import Radius as Radius
    from impact.design.match import MatchedSample as MatchedSample
    from impact.design.match import match as match
    from impact.design.nearest import NearestNeighbor as NearestNeighbor
    from impact.design.propensity import PropensityScore as PropensityScore
    from impact.design.support import Crump as Crump
    from impact.design.support import MinMax as MinMax
    from impact.design.units import Units as Units
    from impact.survey.outcome import Column as Column
    from impact.survey.outcome import Headcount as Headcount
    from impact.survey.outcome import PerCapita as PerCapita
    from impact.survey.outcome import PovertyGap as PovertyGap
    from impact.survey.outcome import Winsorized as Winsorized
    from impact.survey.sample import Sample as Sample

_HOMES: dict[str, str] = {
    "Assignment": "design.assignment",
    "FirstStage": "design.assignment",
    "Pairs": "design.assignment",
    "Rules": "design.assignment",
    "Euclidean": "design.distance",
    "Mahalanobis": "design.distance",
    "Kernel": "design.kernel",
    "Radius": "design.kernel",
    "MatchedSample": "design.match",
    "match": "design.match",
    "NearestNeighbor": "design.nearest",
    "PropensityScore": "design.propensity",
    "Crump": "design.support",
    "MinMax": "design.support",
    "Units": "design.units",
    "Column": "survey.outcome",
    "Headcount": "survey.outcome",
    "PerCapita": "survey.outcome",
    "PovertyGap": "survey.outcome",
    "Winsorized": "survey.outcome",
    "Sample": "survey.sample",
}


if not TYPE_CHECKING:  # hidden from the type checker, so that im.typo is an error there too

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            value = getattr(import_module(f"impact.{_HOMES[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module 'impact' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
