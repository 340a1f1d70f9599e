"""The sections of the report: one file each, found by standing in this folder or one within it, its own words beside it.

A section is a module with ``PLACE``, a number that orders the report, and ``section(findings, style)``, which returns a
:class:`~impact.report.contents.Section`, or None where the evaluation has nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from impact.folders import placed_in

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.report.contents import Section
    from impact.report.words.style import Style


def parts() -> tuple[Callable[[Findings, Style], Section | None], ...]:
    """Return every section of this folder, in the order in which they are read: from findings and style to the section, or None."""
    return tuple(placed_in(__name__, "section"))
