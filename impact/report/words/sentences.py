"""How a sentence, a caption or a title begins."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]{2,}(?![\w(])")


def begun(text: str) -> str:
    """Return a text that begins with a capital where it begins with a word: an outcome without a label is called as its column is.

    A sign (p, n < 5, |SMD|), a file and a column as it is typed stay as they are.

    Examples
    --------
    >>> begun("maize income: the treated have more"), begun("p of each question"), begun("claims.csv: 1 claim"), begun("hh_id")
    ('Maize income: the treated have more', 'p of each question', 'claims.csv: 1 claim', 'hh_id')
    """
    found = _WORD.match(text)
    if found is None or re.match(r"\.\w", text[found.end() :]):
        return text
    return text[:1].upper() + text[1:]
