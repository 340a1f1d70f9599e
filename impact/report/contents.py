"""What a page holds: sections of tables, figures and notes, before any format is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from impact.language import Language
from impact.report.drawing.images import Images
from impact.report.words.sentences import begun


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a table, with how it is shown.

    Parameters
    ----------
    value : float
        Missing or infinite values are shown as a dash.
    decimals : int
        Digits after the decimal sign.
    suffix : str
        What follows the digits, such as ``" %"``.
    brackets : bool
        Standard errors stand in brackets.
    stars : str
        Marks of significance, where they were asked for.
    """

    value: float
    decimals: int = 0
    suffix: str = ""
    brackets: bool = False
    stars: str = ""


@dataclass(frozen=True, slots=True)
class PValue(Number):
    """A p-value: where its digits would all be nought it is shown as below the least that they can show."""

    decimals: int = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of an interval."""

    low: float
    high: float
    decimals: int = 0
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with both ends of its interval, read as one: "143 [58, 229]"."""

    value: float
    low: float
    high: float
    decimals: int = 0
    suffix: str = ""
    stars: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A cell that is not published.

    Parameters
    ----------
    minimum : int
        The smallest number of units that is published.
    secondary : bool
        Whether the cell itself rests on enough units, and is hidden so that another cannot be computed from it.
    """

    minimum: int
    secondary: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that says whether something holds, coloured and signed on a page.

    Parameters
    ----------
    text : str
    kind : {"holds", "doubtful", "fails"}
    """

    text: str
    kind: str


Cell = str | date | Mark | Number | Interval | Estimate | Suppressed


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    cells : tuple of Cell
        As many as the table has headings.
    opens : bool
        Whether the line opens a block: shown in bold, with a rule above it.
    """

    cells: tuple[Cell, ...]
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report, the same in every format.

    Parameters
    ----------
    name : str
        Name of its file and of its sheet, at most 31 characters.
    caption : str
    headings : tuple of str
    rows : tuple of Row
    notes : tuple of str
        What a reader must know to use the numbers; it travels with them.
    synthetic : bool
        Whether the numbers come from synthetic data.
    folded : bool
        Whether it is for those who look for it: folded on a page, in the annex of a document.
    """

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    folded: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "caption", begun(self.caption))
        object.__setattr__(self, "notes", tuple(map(begun, self.notes)))
        uneven = [row for row in self.rows if len(row.cells) != len(self.headings)]
        if uneven:
            raise ValueError(
                f"Table {self.name!r} has {len(self.headings)} headings and a row of {len(uneven[0].cells)} cells."
            )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Figure:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Name of its files.
    caption : str
    images : Images
    notes : tuple of str
    synthetic : bool
    seen : str
        What the picture shows, in words: read aloud in its place.
    """

    name: str
    caption: str
    images: Images
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    seen: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "caption", begun(self.caption).rstrip("."))

    @property
    def alternative(self) -> str:
        """The words in place of the picture: what it is, and what it shows."""
        return f"{self.caption}. {self.seen}" if self.seen else self.caption


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Section:
    """A part of the report under a heading of its own.

    Parameters
    ----------
    name : str
        Anchor of the section, unique in the report.
    title : str
    paragraphs : tuple of str
    items : tuple of Table or Figure
        In the order in which they are read.
    alarms : tuple of str
        What must be read before anything else of the section.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[Table | Figure, ...] = ()
    alarms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("paragraphs", "alarms"):
            object.__setattr__(self, name, tuple(map(begun, getattr(self, name))))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contents:
    """Everything that a report says, in the order in which it is read.

    Parameters
    ----------
    title : str
    language : Language
    synthetic : bool
        Whether the data are synthetic; every section, table and figure then says so.
    sections : tuple of Section
    lead : tuple of str
        Paragraphs below the title.
    data : tuple of Table
        Tidy tables for machines: in the workbook and the CSV files, not on the page.
    made_by : mapping of str to str
        The module that made each section, by the section's name.
    """

    title: str
    language: Language
    synthetic: bool
    sections: tuple[Section, ...]
    lead: tuple[str, ...] = ()
    data: tuple[Table, ...] = ()
    made_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> Iterator[Table]:
        """The tables of all sections, then the tidy ones."""
        for section in self.sections:
            yield from (item for item in section.items if isinstance(item, Table))
        yield from self.data

    @property
    def figures(self) -> Iterator[Figure]:
        """The figures of all sections."""
        for section in self.sections:
            yield from (item for item in section.items if isinstance(item, Figure))
