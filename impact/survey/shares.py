"""Units that are shares between 0 and 1: shown as percentages."""

from __future__ import annotations

from impact.language import Text

SHARE = "share"
"""Code of units that are shares between 0 and 1: shown as percentages."""

SHARE_OF_HOUSEHOLDS = Text("share of households", "proporción de hogares", SHARE)

SHARE_OF_PERSONS = Text("share of persons", "proporción de personas", SHARE)

SHARE_OF_LINE_HOUSEHOLDS = Text(
    "share of the line, mean over households", "proporción de la línea, media de los hogares", SHARE
)

SHARE_OF_LINE_PERSONS = Text(
    "share of the line, mean over persons", "proporción de la línea, media de las personas", SHARE
)


def is_share(unit: str) -> bool:
    """Return whether a unit is a share between 0 and 1, such as that of a headcount or a poverty gap."""
    return isinstance(unit, Text) and unit.code == SHARE
