"""How a table fits on a page of paper: the size of its letters, the widths of its columns, upright or on its side."""

from __future__ import annotations

from dataclasses import dataclass

_SHORT_SIDE, _LONG_SIDE = 17.4, 26.1
"""Centimetres between the margins of a page, upright and on its side."""
_LABEL = 3.4
"""Centimetres that a table's first column has at least, where it needs them."""
_LONGEST_WORD = 30
"""Letters of a word beyond which it may be broken, such as those of a hash."""
_LETTER, _BOLD = 0.0215, 1.15
"""Centimetres of a letter, by point of its size, and how much wider a bold one is."""
_UNBROKEN = "\u00a0"
_LARGE, _SMALLER, _SMALL = 8.5, 7.5, 7.0
_TRIED = tuple(
    (size, landscape, broken)
    for landscape in (False, True)
    for size in (_LARGE, _SMALLER, _SMALL)
    for broken in (False, True)
)
"""Layouts in the order in which they are tried: upright before on its side, large before small, an estimate beside its interval before
above it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How large a table's letters are, how wide its columns, and whether its page lies on its side."""

    size: float
    widths: list[float]
    landscape: bool

    @property
    def margin(self) -> float:
        """Centimetres left and right of a cell's text."""
        return _margin(self.size)

    @classmethod
    def of(cls, headings: list[str], rows: list[list[str]], words: list[bool]) -> Layout:
        """Return the first layout into which the table fits, the columns of the last made narrower until it does."""
        for size, landscape, broken in _TRIED:
            page = _LONG_SIDE if landscape else _SHORT_SIDE
            needed = _needed(headings, rows, words, size, broken)
            if sum(needed[1:]) + min(needed[0], _LABEL) <= page:
                break
        return cls(size, _widths(needed, _wanted(rows, words, size), page), landscape)


def _margin(size: float) -> float:
    return 0.19 if size == _LARGE else 0.1


def _needed(
    headings: list[str], rows: list[list[str]], words: list[bool], size: float, broken: bool
) -> list[float]:
    """Return the centimetres in which each column holds its longest number, or word where it holds sentences, and heading's word."""
    needed = []
    for column, heading in enumerate(headings):
        cells = [row[column] for row in rows if any(row[1:])]
        parts = (
            cells if column == 0 else [part for text in cells for part in _parts(text, words[column], broken)]
        )
        bold_parts = [_BOLD * len(part) for part in heading.split()]
        longest = max([float(min(len(text), _LONGEST_WORD)) for text in parts] + bold_parts, default=4.0)
        needed.append(_LETTER * size * longest + 2 * _margin(size) + 0.04)
    return needed


def _parts(text: str, wordy: bool, broken: bool) -> list[str]:
    """Return what of a cell stays on one line: words of a sentence; a number with its interval, each by itself where ``broken``."""
    return [text] if _UNBROKEN in text and not wordy and not broken else text.split(" ")


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
    """Return the columns' widths: what each needs, then what sentences would like, all together never more than the page.

    Beside sentences a label is broken over lines, as they are, rather than take their room: the table is shorter so.
    """
    room = _LABEL if any(wanted) else max(page - sum(needed[1:]), _LABEL)
    first = min(needed[0], room)
    widths = [first, *needed[1:]]
    spare = max(0.0, page - sum(widths))
    if any(wanted):
        widths = [width + spare * want / sum(wanted) for width, want in zip(widths, wanted, strict=True)]
    elif len(widths) > 1:
        each = min(spare / (len(widths) - 1), 1.2)
        widths = [first, *(width + each for width in widths[1:])]
    return [width * min(1.0, page / sum(widths)) for width in widths]
