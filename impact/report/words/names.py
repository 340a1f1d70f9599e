"""What a reader sees in place of a column's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of columns, outcomes and categories in the page's language.

    Parameters
    ----------
    labels : mapping of str to str
        Column or outcome to the name shown; without one, the column's own name with spaces for underscores.
    levels : mapping of str to mapping
        Covariate to its categories' values and labels.
    units : mapping of str to str
        Column to the unit of its numbers.

    Examples
    --------
    >>> names = Names({"region": "Región"}, {"region": {"Tropico": "Trópico"}})
    >>> names.term("region", "Tropico"), names.of("net_income")
    ('Región: Trópico', 'net income')
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def of(self, column: str) -> str:
        """Return the name shown for a column or outcome."""
        return self.labels.get(column, column.replace("_", " "))

    def term(self, column: str, level: str | None = None) -> str:
        """Return the name shown for a covariate, or for one level of a category."""
        if not level:
            return self.of(column)
        return f"{self.of(column)}: {self.levels.get(column, {}).get(level, level)}"
