"""What a match of a registry warns of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from impact import checks
from impact.design.units import focal_units_counted
from impact.errors import OverlapWarning
from impact.language import Text
from impact.warn import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impact.registry.matching.cell_match import CellSums

_FEW_KEPT = 0.9


def warn_of_cells(cells: Sequence[tuple[str, CellSums]], focal: int, matched: int, estimand: str) -> None:
    """Warn of cells with one arm only, of units lost, and once of what the strategy warned of in cells.

    Parameters
    ----------
    cells : sequence of (str, CellSums)
        Name and sums of each.
    focal, matched : int
        Units that are asked about, and those of them that found a comparison.
    estimand : str
    """
    _warn_of_one_arm(cells)
    _repeat_warnings(cells)
    share = matched / focal
    if share < _FEW_KEPT:
        warn(
            Text(
                (
                    "{lost:,} of {focal} found no comparison ({share:.0%}): the estimate is for the "
                    "others only. Widen the caliper, or name the narrower population."
                ),
                (
                    "{lost:,} de {focal} no encontraron comparación ({share:.0%}): la estimación es "
                    "solo para las demás. Amplíe el caliper, o nombre la población más estrecha."
                ),
                lost=focal - matched,
                focal=focal_units_counted(focal, estimand),
                share=1 - share,
            ),
            OverlapWarning,
        )


def _repeat_warnings(cells: Sequence[tuple[str, CellSums]]) -> None:
    """Say once, with the number of cells, what the strategy warned of in them."""
    said = Counter(warning for _, sums in cells for warning in sums.warnings)
    kinds: dict[type[Warning], list[tuple[str, int]]] = {}
    for (category, text), number in said.items():
        kinds.setdefault(category, []).append((text, number))
    for category, texts in kinds.items():
        number = sum(count for _, count in texts)
        warn(
            Text(
                "In {cells}: {said}",
                "En {cells}: {said}",
                cells=checks.counted(number, "cell"),
                said=texts[0][0],
            ),
            category,
        )


def _warn_of_one_arm(cells: Sequence[tuple[str, CellSums]]) -> None:
    lost = [(name, sums) for name, sums in cells if sums.focal and sums.rules is None]
    if lost:
        units = sum(sums.focal for _, sums in lost)
        described = checks.listed(f"{name} ({sums.focal:,})" for name, sums in lost)
        warn(
            Text(
                (
                    "{units} found nobody of the other arm in the same cell and left the estimate: {described}. Match on "
                    "fewer columns, coarsen them, or name the narrower population."
                ),
                (
                    "{units} no {units:encontró|encontraron} a nadie del otro brazo en la misma celda y salieron de la estimación: "
                    "{described}. Empareje por menos columnas, agrúpelas, o nombre la población más estrecha."
                ),
                units=checks.counted(units, "unit"),
                described=described,
            ),
            OverlapWarning,
        )
