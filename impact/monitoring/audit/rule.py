"""A rule of the auditor, what it finds, and the grid of printed figures that it walks over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from impact import checks
from impact.language import Text
from impact.monitoring.audit.figures import Printed, PrintedFigure

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """A printed figure held against what others imply.

    Attributes
    ----------
    rule, table, row, column : str
    printed : float
    implied : float
        From the printed figures.
    implied_low, implied_high : float
        The same, with all that rounding leaves open.
    holds : bool
    explanation : Text
    """

    rule: str
    table: str
    row: str
    column: str
    printed: float
    implied: float
    implied_low: float
    implied_high: float
    holds: bool
    explanation: Text


@runtime_checkable
class Rule(Protocol):
    """A rule of the auditor: any object with ``findings``."""

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield every figure that the rule speaks about, whether it holds or not."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Grid:
    """Figures by label and across it, whichever way the rule runs."""

    printed: Printed
    along: str

    def __post_init__(self) -> None:
        checks.one_of("along", self.along, ("rows", "columns"))

    def labels(self) -> list[str]:
        """Return the labels of what the rule adds up or compares."""
        return self.printed.rows() if self.along == "rows" else self.printed.columns()

    def across(self) -> list[str]:
        """Return the labels across them."""
        return self.printed.columns() if self.along == "rows" else self.printed.rows()

    def at(self, label: str, across: str) -> PrintedFigure | None:
        """Return the figure at a label, or None where a dash stands."""
        return self.printed.at(label, across) if self.along == "rows" else self.printed.at(across, label)

    def require(self, labels: Sequence[str], across: Sequence[str]) -> None:
        """Refuse labels that the table does not have."""
        if self.along == "rows":
            self.printed.require(labels, across)
        else:
            self.printed.require(across, labels)


def is_count(figure: PrintedFigure) -> bool:
    """Return whether a figure is a whole number printed to the unit, which stands for itself."""
    low, high = figure.behind()
    return figure.value == int(figure.value) and high - low == 1 and "." not in figure.text


def finding_of(
    rule: str, shown: PrintedFigure, implied: float, bounds: Range, behind: Range, text: Text
) -> FigureCheck:
    """Return a figure beside what others imply; it holds where the two ranges meet."""
    slack = 1e-9 * max(1.0, abs(implied))
    holds = behind[0] <= bounds[1] + slack and bounds[0] <= behind[1] + slack
    return FigureCheck(
        rule, shown.table, shown.row, shown.column, shown.value, implied, bounds[0], bounds[1], holds, text
    )
