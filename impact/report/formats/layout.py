"""How a table fits on a page of paper: the size of its letters, the widths of its columns, upright or on its side."""

from __future__ import annotations

from dataclasses import dataclass

_SHORT_SIDE, _LONG_SIDE = 17.4, 26.1
"""Centimetres between the margins of a page, upright and on its side."""
_LABEL = 3.4
"""Centimetres that a table's first column has at least, where it needs them."""
_LONGEST_WORD = 30
"""Letters of a word beyond which it may be broken, such as those of a hash."""
_LETTER, _PADDING = 0.0215, 0.42
"""Centimetres of a letter, by point of its size, and of what stands around a cell's text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How large a table's letters are, how wide its columns, and whether its page lies on its side."""

    size: float
    widths: list[float]
    landscape: bool

    @classmethod
    def of(cls, headings: list[str], rows: list[list[str]], words: list[bool]) -> Layout:
        """Return the first layout into which the table fits, the columns of the last made narrower until it does."""
        for size, landscape in ((8.5, False), (7.0, False), (8.5, True), (7.0, True)):
            page = _LONG_SIDE if landscape else _SHORT_SIDE
            needed = _needed(headings, rows, words, size)
            if sum(needed[1:]) + min(needed[0], _LABEL) <= page:
                break
        return cls(size, _widths(needed, _wanted(rows, words, size), page), landscape)


def _needed(headings: list[str], rows: list[list[str]], words: list[bool], size: float) -> list[float]:
    """Return the centimetres in which each column holds its longest number, or word where it holds sentences, and heading's word."""
    needed = []
    for column, heading in enumerate(headings):
        cells = [row[column] for row in rows if any(row[1:])]
        parts = [part for text in cells for part in text.split()] if words[column] and column > 0 else cells
        bold_parts = [1.2 * len(part) for part in heading.split()]
        longest = max([float(min(len(text), _LONGEST_WORD)) for text in parts] + bold_parts, default=4.0)
        needed.append(_LETTER * size * longest + _PADDING)
    return needed


def _wanted(rows: list[list[str]], words: list[bool], size: float) -> list[float]:
    """Return how many centimetres more each column of sentences would like: room for its longest on one line."""
    longest = [
        max((len(row[column]) for row in rows if any(row[1:])), default=0) for column in range(len(words))
    ]
    return [
        _LETTER * size * length if wordy and place else 0.0
        for place, (length, wordy) in enumerate(zip(longest, words, strict=True))
    ]


def _widths(needed: list[float], wanted: list[float], page: float) -> list[float]:
    """Return the columns' widths: what each needs, then what sentences would like, all together never more than the page."""
    first = min(needed[0], max(page - sum(needed[1:]), _LABEL))
    widths = [first, *needed[1:]]
    spare = max(0.0, page - sum(widths))
    if any(wanted):
        widths = [width + spare * want / sum(wanted) for width, want in zip(widths, wanted, strict=True)]
    elif len(widths) > 1:
        each = min(spare / (len(widths) - 1), 1.2)
        widths = [first, *(width + each for width in widths[1:])]
    return [width * min(1.0, page / sum(widths)) for width in widths]
