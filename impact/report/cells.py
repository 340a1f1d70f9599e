"""How a cell reads: numbers, intervals and suppressed cells in the page's language."""

from __future__ import annotations

import math
from datetime import date

from impact.language import Language
from impact.report.contents import Cell, Estimate, Interval, Mark, Number, PValue, Suppressed


def shown(cell: Cell, language: Language) -> str:
    """Return the text of a cell.

    Examples
    --------
    >>> from impact.language import Language
    >>> from impact.report.contents import Interval, Number
    >>> shown(Number(1234.5, 1, " Bs"), Language("es")), shown(Interval(-3, 41.26, 1), Language("en"))
    ('1.234,5 Bs', '[−3.0, 41.3]')
    >>> import datetime
    >>> [shown(datetime.date(2014, 12, 31), Language(code)) for code in ("es", "en")]
    ['31/12/2014', '2014-12-31']
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return language.day(cell)
    if isinstance(cell, Mark):
        return cell.text
    if isinstance(cell, Suppressed):
        return "(c)" if cell.secondary else f"n < {cell.minimum}"
    if isinstance(cell, Interval):
        low, high = (language.number(end, cell.decimals) for end in (cell.low, cell.high))
        if not (math.isfinite(cell.low) or math.isfinite(cell.high)):
            return "–"
        return f"[{low}{language.separator}{high}]{cell.suffix}"
    if not math.isfinite(cell.value):
        return "–"
    if isinstance(cell, Estimate):
        value = language.number(cell.value, cell.decimals) + cell.suffix + cell.stars
        return f"{value} {shown(Interval(cell.low, cell.high, cell.decimals), language)}"
    text = beyond(cell, language) or language.number(cell.value, cell.decimals) + cell.suffix
    return (f"({text})" if cell.brackets else text) + cell.stars


def breakable(cell: Cell, language: Language) -> str:
    """Return the text of a cell that is broken over lines between an estimate and its interval, or the words of a reason, nowhere else.

    Examples
    --------
    >>> from impact.report.contents import Estimate
    >>> breakable(Estimate(143, 58, 229), Language("es")) == "143 [58;\u00a0229]"
    True
    """
    if isinstance(cell, (str, Mark)):
        return shown(cell, language)
    value, bracket, interval = shown(cell, language).partition(" [" if isinstance(cell, Estimate) else "[")
    return value.replace(" ", "\u00a0") + bracket + interval.replace(" ", "\u00a0")


def beyond(cell: Number, language: Language) -> str:
    """Return "<0.001" for a p-value whose digits would all be nought, ">0.999" for one below 1 that they would make 1, else nothing.

    Examples
    --------
    >>> from impact.report.contents import PValue
    >>> [beyond(PValue(value), Language("es")) for value in (2e-9, 0.02, 0.9996, 1.0)]
    ['<0,001', '', '>0,999', '']
    """
    least = 10.0**-cell.decimals
    if not isinstance(cell, PValue):
        return ""
    if cell.value < least / 2:
        return f"<{language.number(least, cell.decimals)}"
    return f">{language.number(1 - least, cell.decimals)}" if 1 - least / 2 < cell.value < 1 else ""


def decimals_for(size: float) -> int:
    """Return how many decimals show a number of this size with about three digits."""
    if not math.isfinite(size) or size == 0:
        return 2
    size = abs(size)
    return 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
