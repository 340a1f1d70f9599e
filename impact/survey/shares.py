"""Units that are shares between 0 and 1: shown as percentages."""

from __future__ import annotations

from impact.language import Language, Text

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


_POINTS = Text("percentage points", "puntos porcentuales")


def is_share(unit: str) -> bool:
    """Return whether a unit is a share between 0 and 1, such as that of a headcount or a poverty gap."""
    return isinstance(unit, Text) and unit.code == SHARE


def shown_scale(unit: str, language: Language) -> tuple[float, str]:
    """Return what a value is multiplied by to be shown, and its unit with a space before it: shares are shown in percentage points.

    Examples
    --------
    >>> shown_scale(SHARE_OF_HOUSEHOLDS, Language("es")), shown_scale("Bs", Language("en")), shown_scale("", Language("en"))
    ((100.0, ' puntos porcentuales'), (1.0, ' Bs'), (1.0, ''))
    """
    factor, named = (100.0, _POINTS) if is_share(unit) else (1.0, unit)
    return factor, f" {language.text(named)}" if named else ""
