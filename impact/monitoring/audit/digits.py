"""Printed digits: which sign stands before the decimals, and the number that a text of digits is."""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER = r"\d+(?:[.,]\d+)*"
"""A number as a text prints it, whichever sign its decimals have."""

_ONLY = re.compile(rf"[+-]?{NUMBER}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def stripped(text: str) -> str:
    """Return digits without percent sign, spaces between thousands, and with a plain minus."""
    return re.sub(
        r"(?<=\d)[\s\u00a0\u202f](?=\d{3})", "", text.strip().replace("−", "-").rstrip("%x ").strip()
    )


def decimal_signs(texts: Iterable[str]) -> dict[str, str]:
    """Return the signs that can only stand before decimals, each with the first text that shows it.

    Examples
    --------
    >>> decimal_signs(["5,14", "1.200", "70"]), decimal_signs(["1,200", "1,200.50"]), decimal_signs(["1,200", "70"])
    ({',': '5,14'}, {'.': '1,200.50'}, {})
    """
    found: dict[str, str] = {}
    for text in texts:
        digits = stripped(text)
        signs = [sign for sign in digits if sign in ".,"]
        if not signs or not _ONLY.fullmatch(digits):
            continue
        if len(set(signs)) == 2:
            decimal = signs[-1]
        elif len(signs) > 1:
            decimal = "," if signs[0] == "." else "."
        elif _THOUSANDS.fullmatch(digits.lstrip("+-")):
            continue  # 1,200 may be either
        else:
            decimal = signs[0]
        found.setdefault(decimal, text)
    return found


def decimal_of(texts: Iterable[str]) -> str:
    """Return the sign before the decimals of some figures of a text: the comma where only it can be, else the point."""
    return "," if set(decimal_signs(texts)) == {","} else "."


def plain_digits(text: str, decimal: str = ".") -> str:
    """Return digits with a point before their decimals and nothing between thousands.

    Examples
    --------
    >>> plain_digits("1.234,5 %", ","), plain_digits("1,234.5"), plain_digits("1 234")
    ('1234.5', '1234.5', '1234')
    """
    return stripped(text).replace("," if decimal == "." else ".", "").replace(decimal, ".")
