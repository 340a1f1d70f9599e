"""The verdicts of the first page: one file each, found by standing in this folder or one within it, its own words beside it.

A verdict is a module with ``PLACE``, a number that orders the verdicts, and ``verdict(findings, style)``, which returns a
:class:`~impact.evaluation.verdict.Verdict`, or None where the evaluation cannot tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.folders import placed_in

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.verdict import Verdict
    from impact.report.words.style import Style


def verdicts(findings: Findings, style: Style) -> list[Verdict]:
    """Return every verdict that the evaluation allows, those that fail first."""
    made = [verdict(findings, style) for verdict in placed_in(__name__, "verdict")]
    order = ("FAILS", "DOUBTFUL", "HOLDS")
    return sorted((one for one in made if one is not None), key=lambda one: order.index(one.outcome.name))
