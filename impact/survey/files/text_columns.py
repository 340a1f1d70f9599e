"""Columns of text become numbers or dates only where one reading is possible; codes stay text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from impact.checks import columns_present, listed
from impact.language import refusal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LONGEST_EXACT_NUMBER = 15  # digits that a float64 holds exactly: longer ones are codes
LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")
WHOLE = re.compile(r"[+-]?[0-9]+")
WITH_MARK = {
    ".": re.compile(
        r"[+-]?([0-9]+|[0-9]*\.[0-9]+|[0-9]+\.|[1-9][0-9]{0,2}([,  ][0-9]{3})+(\.[0-9]+)?)([eE][+-]?[0-9]+)?"
    ),
    ",": re.compile(
        r"[+-]?([0-9]+|[0-9]*,[0-9]+|[0-9]+,|[1-9][0-9]{0,2}([.  ][0-9]{3})+(,[0-9]+)?)([eE][+-]?[0-9]+)?"
    ),
}
THOUSANDS = {".": ",", ",": "."}
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?)?")
OTHER_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(\d{4}|\d{2})|\d{4}([/.])\d{1,2}\3\d{1,2}")
TRUTH = {"true": True, "false": False}


def typed_columns(
    text: pd.DataFrame,
    decimal: str | None,
    date_formats: Mapping[str, str],
    source: str,
    language: str,
    evidence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the columns of a text file as numbers, dates or text.

    Parameters
    ----------
    text : pandas.DataFrame
        Cells as they stand in the file; blank cells are empty strings.
    decimal : {".", ","} or None
        Decimal mark; None: the one that the numbers themselves prove.
    date_formats : mapping of str to str
        How a column writes its dates, in ``strptime`` codes.
    source : str
        File name, for messages.
    language : {"en", "es"}
    evidence : pandas.DataFrame, optional
        Further cells of the same file that may prove its decimal mark.

    Returns
    -------
    pandas.DataFrame
        Whole numbers as int64, other numbers as float64, ISO dates as datetime64, true and false as bool,
        the rest as text; a blank cell is missing.

    Raises
    ------
    DataError
        Numbers allow two readings or contradict each other, or dates are written otherwise than YYYY-MM-DD.
    """
    import pandas as pd

    columns_present("date_formats", date_formats, list(text.columns))
    columns = {name: _Distinct(text[name]) for name in text.columns}
    further = {} if evidence is None else {name: _Distinct(evidence[name]) for name in evidence.columns}
    mark = decimal or _decimal_mark(further | columns, source, language) or "."
    typed = {
        name: _dated(column, date_formats[name], name, source, language)
        if name in date_formats
        else _typed(column, mark, name, source, language)
        for name, column in columns.items()
    }
    return pd.DataFrame(typed, index=text.index)


def plain_numbers(parsed: pd.DataFrame, proven: bool) -> list[str]:
    """Return the columns that a parser's number gives back whole, so that their text need not be looked at.

    Parameters
    ----------
    parsed : pandas.DataFrame
        As a parser read the file with one decimal mark and no thousands mark.
    proven : bool
        The mark is known; else a fraction may be thousands, and its column is left out.
    """
    import numpy as np

    plain = []
    for name in parsed.columns:
        kind, values = parsed[name].dtype.kind, parsed[name]
        if kind not in "if" or (kind == "f" and not proven):
            continue
        filled = values.to_numpy()[values.notna().to_numpy()]
        if len(filled) and (np.abs(filled) < 10**LONGEST_EXACT_NUMBER).all():
            plain.append(name)
    return plain


class _Distinct:
    """The distinct values of a column, stripped, and where each stands: a rule is judged once per value."""

    __slots__ = ("codes", "values")

    def __init__(self, cells: pd.Series) -> None:
        import pandas as pd

        stripped = cells.astype(object).map(lambda cell: cell.strip() or None)
        codes, values = pd.factorize(stripped, use_na_sentinel=True)
        self.codes: np.ndarray[Any, Any] = codes
        self.values: list[str] = [str(value) for value in values]

    def all_match(self, pattern: re.Pattern[str]) -> bool:
        return bool(self.values) and all(pattern.fullmatch(value) for value in self.values)

    @property
    def is_code(self) -> bool:
        """A value that a number would not give back: a leading zero, or more digits than a float64 holds."""
        return any(
            LEADING_ZERO.fullmatch(value)
            or (WHOLE.fullmatch(value) and len(value.lstrip("+-")) > LONGEST_EXACT_NUMBER)
            for value in self.values
        )

    def spread(self, values: Any, dtype: str) -> pd.Series:
        """Return one value per row from one per distinct value; blank cells are missing."""
        import pandas as pd

        distinct = pd.Series(values, dtype=dtype)
        if (self.codes < 0).any():
            return distinct.reindex(self.codes).reset_index(drop=True)
        return distinct.take(self.codes).reset_index(drop=True)


def decimal_mark(text: pd.DataFrame, source: str, language: str) -> str | None:
    """Return the decimal mark that the numbers among these cells prove; None where no number has one.

    Raises
    ------
    DataError
        The numbers prove both marks, or may be thousands as well as decimals.
    """
    return _decimal_mark({name: _Distinct(text[name]) for name in text.columns}, source, language)


def _decimal_mark(columns: Mapping[str, _Distinct], source: str, language: str) -> str | None:
    proof: dict[str, tuple[str, str]] = {}
    open_to_both: tuple[str, str] | None = None
    for name, column in columns.items():
        reads = [mark for mark, pattern in WITH_MARK.items() if column.all_match(pattern)]
        marked = next((value for value in column.values if not WHOLE.fullmatch(value)), None)
        if not reads or marked is None or column.is_code:
            continue
        if len(reads) == 1:
            other = WITH_MARK[THOUSANDS[reads[0]]]
            proof.setdefault(
                reads[0], (name, next(value for value in column.values if not other.fullmatch(value)))
            )
        elif open_to_both is None and any(sign in marked for sign in ".,"):
            open_to_both = (name, marked)
    if len(proof) == 2:
        (dot, dot_value), (comma, comma_value) = proof["."], proof[","]
        raise refusal(
            language,
            en=f"{source} must use one decimal mark; {dot!r} has {dot_value!r} and {comma!r} has "
            f"{comma_value!r}. Correct "
            f"the file, or say which one counts (decimal = '.' or ','); the other column then stays text.",
            es=f"{source} debe usar un solo signo decimal; {dot!r} tiene {dot_value!r} y {comma!r} tiene "
            f"{comma_value!r}. "
            f"Corrija el archivo, o diga cuál vale (decimal = '.' o ','); la otra columna queda entonces como texto.",
        )
    if not proof and open_to_both is not None:
        name, value = open_to_both
        raise refusal(
            language,
            en=f"{source} does not show whether {value!r} in {name!r} is in thousands or has decimals. Say "
            "which: decimal = '.' or ','.",
            es=f"{source} no permite saber si {value!r} en {name!r} son miles o decimales. Indique "
            "cuál: decimal = '.' o ','.",
        )
    return next(iter(proof), None)


def _typed(column: _Distinct, mark: str, name: str, source: str, language: str) -> pd.Series:
    import numpy as np
    import pandas as pd

    if not column.values:
        return column.spread(np.empty(0), "float64")
    if not column.is_code and column.all_match(WITH_MARK[mark]):
        plain = [re.sub(rf"[{THOUSANDS[mark]}\s]", "", value).replace(mark, ".") for value in column.values]
        numbers = np.array([float(value) for value in plain])
        whole = column.all_match(WHOLE) and not (column.codes < 0).any()
        return column.spread(numbers, "int64" if whole else "float64")
    if column.all_match(ISO_DATE):
        dates = pd.to_datetime(
            pd.Series([value[:10] for value in column.values]), format="%Y-%m-%d", errors="coerce"
        )
        if dates.notna().all():
            return column.spread(dates.to_numpy(), "datetime64[ns]")
    if column.all_match(OTHER_DATE):
        raise dates_as_text(name, column.values, source, language)
    if all(value.lower() in TRUTH for value in column.values):
        truths = [TRUTH[value.lower()] for value in column.values]
        return column.spread(truths, "float64" if (column.codes < 0).any() else "bool")
    return column.spread(column.values, "str")


def _dated(column: _Distinct, date_format: str, name: str, source: str, language: str) -> pd.Series:
    import pandas as pd

    dates = pd.to_datetime(pd.Series(column.values, dtype="str"), format=date_format, errors="coerce")
    if dates.isna().any():
        wrong = [value for value, date in zip(column.values, dates, strict=True) if pd.isna(date)]
        raise refusal(
            language,
            en=f"{name!r} of {source} must hold dates written as {date_format}; got "
            f"{listed(map(repr, wrong))}.",
            es=f"{name!r} de {source} debe tener fechas escritas como {date_format}; se encontró "
            f"{listed(map(repr, wrong)).es}.",
        )
    return column.spread(dates.to_numpy(), "datetime64[ns]")


def dates_as_text(name: str, values: list[str], source: str, language: str) -> Exception:
    """Return the refusal of dates whose day and month cannot be told apart."""
    shown = listed((repr(value) for value in values), 3)
    return refusal(
        language,
        en=f"Dates must be real dates or text as YYYY-MM-DD; {name!r} of {source} holds {shown}. Correct "
        "the column, or say "
        f"how it is written: date_formats = {{{name!r} = '%d/%m/%Y'}}.",
        es=f"Las fechas deben ser fechas o texto AAAA-MM-DD; {name!r} de {source} tiene {shown}. Corrija la "
        "columna, o "
        f"indique cómo está escrita: date_formats = {{{name!r} = '%d/%m/%Y'}}.",
    )
