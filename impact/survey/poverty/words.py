"""What tables of poverty say of themselves, in every language."""

from __future__ import annotations

from collections.abc import Mapping

from impact.language import Text

POOR: Mapping[bool, Text] = {
    True: Text("income below the line", "ingreso menor que la línea"),
    False: Text("income at or below the line", "ingreso menor o igual que la línea"),
}
"""Who is poor, by whether the line itself is not."""
SYNTHETIC_LINE = Text(
    "SYNTHETIC poverty line: no official rate.", "Línea de pobreza SINTÉTICA: no es una tasa oficial."
)
