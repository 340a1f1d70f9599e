"""What a match of a registry warns of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from impact import checks
from impact.errors import OverlapWarning
from impact.language import Text
from impact.warn import warn

if TYPE_CHECKING:
    from impact.registry.match import RegistryMatch

_FEW_KEPT = 0.9


def warn_of_cells(matched: RegistryMatch) -> None:
    """Warn of cells with one arm only, of units lost, and once of what the strategy warned of in cells."""
    lost = [cell for cell in matched.cells if cell.sums.focal and cell.sums.rules is None]
    if lost:
        units = sum(cell.sums.focal for cell in lost)
        described = checks.listed(f"{cell.name} ({cell.sums.focal:,})" for cell in lost)
        warn(
            Text(
                (
                    "{units} found nobody of the other arm in the same cell and left the estimate: {described}. Match on "
                    "fewer columns, coarsen them, or name the narrower population."
                ),
                (
                    "{units} no encontraron a nadie del otro brazo en la misma celda y salieron de la estimación: "
                    "{described}. Empareje por menos columnas, agrúpelas, o nombre la población más estrecha."
                ),
                units=checks.counted(units, "unit"),
                described=described,
            ),
            OverlapWarning,
        )
    said = Counter(warning for cell in matched.cells for warning in cell.sums.warnings)
    kinds: dict[type[Warning], list[tuple[str, int]]] = {}
    for (category, text), cells in said.items():
        kinds.setdefault(category, []).append((text, cells))
    for category, texts in kinds.items():
        cells = sum(count for _, count in texts)
        warn(
            Text(
                "In {cells}: {said}",
                "En {cells}: {said}",
                cells=checks.counted(cells, "cell"),
                said=texts[0][0],
            ),
            category,
        )
    share = matched.n_matched / matched.n_focal
    if share < _FEW_KEPT:
        who = {"ATT": Text("treated", "tratadas"), "ATC": Text("control", "de control")}[matched.estimand]
        warn(
            Text(
                (
                    "{lost:,} of {number:,} {who} units found no comparison ({share:.0%}): the estimate is for the "
                    "others only. Widen the caliper, or name the narrower population."
                ),
                (
                    "{lost:,} de {number:,} unidades {who} no encontraron comparación ({share:.0%}): la estimación es "
                    "solo para las demás. Amplíe el caliper, o nombre la población más estrecha."
                ),
                lost=matched.n_focal - matched.n_matched,
                number=matched.n_focal,
                who=who,
                share=1 - share,
            ),
            OverlapWarning,
        )
