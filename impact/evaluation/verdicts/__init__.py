"""The verdicts of the first page: one file each, found by standing in this folder, its own words beside it.

A verdict is a module with ``PLACE``, a number that orders the verdicts, and ``verdict(findings, style)``, which returns a
:class:`~impact.evaluation.verdict.Verdict`, or None where the evaluation cannot tell.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.verdict import Verdict
    from impact.report.words.style import Style


def verdicts(findings: Findings, style: Style) -> list[Verdict]:
    """Return every verdict that the evaluation allows, those that fail first."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    made = [
        module.verdict(findings, style)
        for module in sorted(modules, key=lambda module: (module.PLACE, module.__name__))
    ]
    order = ("FAILS", "DOUBTFUL", "HOLDS")
    return sorted((one for one in made if one is not None), key=lambda one: order.index(one.outcome.name))
