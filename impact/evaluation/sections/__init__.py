"""The sections of the report: one file each, found by standing in this folder, its own words beside it.

A section is a module with ``PLACE``, a number that orders the report, and ``section(findings, style)``, which returns a
:class:`~impact.report.contents.Section`, or None where the evaluation has nothing for it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.report.contents import Section
    from impact.report.words.style import Style


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the report, before anything is known.

    Attributes
    ----------
    place : float
        Where it stands: the smallest comes first.
    name : str
        Name of its file.
    section : callable
        From findings and style to the section, or None.
    """

    place: float
    name: str
    section: Callable[[Findings, Style], Section | None]


def parts() -> tuple[Part, ...]:
    """Return every section of this folder, in the order in which they are read."""
    return tuple(sorted(_found(), key=lambda part: (part.place, part.name)))


def _found() -> Iterator[Part]:
    for module in pkgutil.iter_modules(__path__):
        found = import_module(f"{__name__}.{module.name}")
        yield Part(found.PLACE, module.name, found.section)
