"""One self-contained page: no request to anywhere, readable on a telephone, printable, every label escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from impact.language import Language
from impact.report.cells import breakable
from impact.report.contents import Cell, Contents, Estimate, Figure, Mark, Suppressed, Table
from impact.report.words.style import word

_TEMPLATE = "page.html.jinja"
_DOUBLE, _SINGLE = '"', "'"
_PLAIN = " !$'()*+,-./:;=?@[]^_`|~"
"""What may stand in an address between double quotes as it is: a drawing in text takes less room than in base 64. In a list of addresses
(``srcset``) a space would end it."""
_PERCENT = re.compile(r"(\d) ?%")
_SHORT = 20
"""Letters that a narrow first column holds."""


@dataclass(frozen=True, slots=True)
class _ShownCell:
    text: str
    words: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _ShownRow:
    opens: bool
    spans: bool
    cells: list[_ShownCell]


@dataclass(frozen=True, slots=True)
class _ShownTable:
    anchor: str
    number: int
    table: Table
    headings: list[_ShownCell]
    rows: list[_ShownRow]
    suppressed: str
    short_labels: bool

    @property
    def is_wordy(self) -> bool:
        """Whether every column holds sentences: they wrap, and on a telephone they stand one below the other."""
        return len(self.headings) > 2 and all(heading.words for heading in self.headings)

    @property
    def has_blocks(self) -> bool:
        return any(row.opens for row in self.rows)


@dataclass(frozen=True, slots=True)
class _ShownFigure:
    anchor: str
    number: int
    figure: Figure
    wide: str
    narrow: str


def render_page(contents: Contents) -> str:
    """Return the report as one HTML page.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    str
        HTML with its style and figures inside. Text is escaped; numbers are written in the page's language.
    """
    from importlib import resources

    from jinja2 import Environment, StrictUndefined

    numbers = {Table: 0, Figure: 0}
    sections = []
    for section in contents.sections:
        items: list[_ShownTable | _ShownFigure] = []
        for item in section.items:
            numbers[type(item)] += 1
            items.append(
                _table(item, numbers[Table], contents.language)
                if isinstance(item, Table)
                else _figure(item, numbers[Figure])
            )
        sections.append((section, items))
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=unbroken
    )
    environment.tests["figure"] = lambda item: isinstance(item, _ShownFigure)
    template = environment.from_string(
        resources.files("impact.report.formats").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    )
    return template.render(
        contents=contents, sections=sections, word=lambda key: word(key, contents.language)
    )


def write_page(contents: Contents, path: Path) -> Path:
    """Write the report as one HTML file, and return its path."""
    path.write_text(render_page(contents), encoding="utf-8")
    return path


def suppression_note(table: Table, language: Language) -> str:
    """Return what "n < 5" in a table means; an empty text where nothing is suppressed."""
    cells = [cell for row in table.rows for cell in row.cells if isinstance(cell, Suppressed)]
    first = [word("suppressed_note", language, minimum=cell.minimum) for cell in cells if not cell.secondary][
        :1
    ]
    second = [word("secondary_note", language)] if any(cell.secondary for cell in cells) else []
    return " ".join([*first, *second])


def columns_of_words(table: Table) -> list[bool]:
    """Return which columns hold text alone: they stand to the left, numbers to the right."""
    return [
        all(isinstance(row.cells[column], (str, Mark)) for row in table.rows)
        for column in range(len(table.headings))
    ]


def _table(table: Table, number: int, language: Language) -> _ShownTable:
    words = columns_of_words(table)
    rows = [
        _ShownRow(
            row.opens,
            not any(row.cells[1:]),
            [
                _ShownCell(breakable(cell, language), words[column], _kind(cell, words[column]))
                for column, cell in enumerate(row.cells)
            ],
        )
        for row in table.rows
    ]
    return _ShownTable(
        anchor=f"table-{number}",
        number=number,
        table=table,
        headings=[
            _ShownCell(heading, words[column], "long" if words[column] and _is_long(rows, column) else "")
            for column, heading in enumerate(table.headings)
        ],
        rows=rows,
        suppressed=suppression_note(table, language),
        short_labels=all(len(row.cells[0].text) <= _SHORT for row in rows if not row.spans),
    )


def _kind(cell: Cell, words: bool) -> str:
    """Return how a cell is set: its verdict, an estimate that may stand above its interval, or a reason in place of a number."""
    if isinstance(cell, Mark):
        return cell.kind
    if isinstance(cell, Estimate):
        return "estimate"
    return "reason" if isinstance(cell, str) and not words and len(cell) > _SHORT else ""


def _is_long(rows: list[_ShownRow], column: int) -> bool:
    """Return whether a column's text is wrapped, so that the numbers beside it stay on the page."""
    return any(len(row.cells[column].text) > _SHORT for row in rows if not row.spans)


def _figure(figure: Figure, number: int) -> _ShownFigure:
    wide, narrow = _address(figure.images.wide), _address(figure.images.narrow).replace(" ", "%20")
    return _ShownFigure(f"figure-{number}", number, figure, wide, narrow)


def _address(drawing: bytes) -> str:
    """Return a drawing as an address: signs that a page would read as its own are written in numbers, so it needs no escaping."""
    return f"data:image/svg+xml,{quote(drawing.decode('utf-8').replace(_DOUBLE, _SINGLE), safe=_PLAIN)}"


def unbroken(text: Any) -> Any:
    """Return a text whose numbers stay on the line of their sign of percent.

    Examples
    --------
    >>> unbroken("el 95 % de 10 %") == "el 95\u00a0% de 10\u00a0%"
    True
    """
    return (
        _PERCENT.sub("\\1\u00a0%", text) if isinstance(text, str) and not text.startswith("data:") else text
    )


PLACE = 10
WRITER = (".html", write_page)
