"""Stata and SPSS files: values, labels and the user's own missing codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.language import refusal
from impact.survey.files.file_content import FileContent

if TYPE_CHECKING:
    import pandas as pd

STATA_END = b"</stata_dta>"
PERIOD_FORMAT = re.compile(r"%-?t([wmqh])")
PERIODS_A_YEAR = {"w": 52, "m": 12, "q": 4, "h": 2}


def read_stata(file: Path, language: str, leave_out: frozenset[str] = frozenset()) -> FileContent:
    """Read a Stata file; extended missing values ``.a`` to ``.z`` are kept as codes.

    Parameters
    ----------
    file : pathlib.Path
    language : {"en", "es"}
    leave_out : frozenset of str
        Variables whose values are not loaded.

    Returns
    -------
    FileContent

    Raises
    ------
    DataError
        The file is cut off or damaged.
    """
    import pyreadstat

    with file.open("rb") as stream:
        modern = stream.read(11) == b"<stata_dta>"
        stream.seek(-min(len(STATA_END), file.stat().st_size), 2)
        if modern and stream.read() != STATA_END:
            raise _damaged(file, "Stata", "end of file missing", language)
    frame, facts = _read(pyreadstat.read_dta, file, "Stata", language, leave_out)
    codes: dict[str, pd.Series] = {}
    for name, marks in facts.missing_user_values.items():
        coded = frame[name].isin(marks)
        codes[name] = frame.loc[coded, name].astype("str")
        frame[name] = frame[name].mask(coded)
    content = _content(frame, facts, codes)
    for name, shown in facts.original_variable_types.items():
        period = PERIOD_FORMAT.match(shown)
        if period and name in content.frame:
            content.frame[name] = period_dates(content.frame[name], period[1])
    return content


def period_dates(numbers: pd.Series, unit: str) -> pd.Series:
    """Return the first day of Stata's weeks, months, quarters or half-years, which count from the beginning of 1960.

    Parameters
    ----------
    numbers : Series of float
        Periods since 1960, as ``%tw``, ``%tm``, ``%tq`` and ``%th`` store them.
    unit : {"w", "m", "q", "h"}
        A year has 52 weeks of seven days from the first of January; the days after them belong to the last.

    Examples
    --------
    >>> import pandas as pd
    >>> period_dates(pd.Series([648.0, -1.0, None]), "m").dt.strftime("%Y-%m").tolist()
    ['2014-01', '1959-12', nan]
    """
    import numpy as np
    import pandas as pd

    whole = numbers.astype("float64")
    in_year = PERIODS_A_YEAR[unit]
    year, place = np.divmod(whole, in_year)
    start = pd.to_datetime(
        {
            "year": 1960 + year,
            "month": 1 + (0 * place if unit == "w" else place * (12 // in_year)),
            "day": 1 + 0 * place,
        }
    )
    return start + pd.to_timedelta(7 * place, unit="D") if unit == "w" else start


def read_spss(file: Path, language: str, leave_out: frozenset[str] = frozenset()) -> FileContent:
    """Read an SPSS file; values that the file declares missing are kept as codes.

    Parameters
    ----------
    file : pathlib.Path
    language : {"en", "es"}
    leave_out : frozenset of str
        Variables whose values are not loaded.

    Returns
    -------
    FileContent

    Raises
    ------
    DataError
        The file is cut off or damaged.
    """
    import pandas as pd
    import pyreadstat

    frame, facts = _read(pyreadstat.read_sav, file, "SPSS", language, leave_out)
    codes = {}
    for name, ranges in facts.missing_ranges.items():
        coded = pd.Series(False, index=frame.index)
        for span in ranges:
            coded |= frame[name].between(span["lo"], span["hi"])
        codes[name] = frame.loc[coded, name]
        frame[name] = frame[name].mask(coded)
    return _content(frame, facts, codes)


def _read(
    reader: Callable[..., Any], file: Path, program: str, language: str, leave_out: frozenset[str]
) -> tuple[pd.DataFrame, Any]:
    """Read values apart from labels; old files that declare no encoding are taken for Latin-1."""
    try:
        try:
            return _variables(reader, file, leave_out, {})
        except UnicodeDecodeError:
            return _variables(reader, file, leave_out, {"encoding": "WINDOWS-1252"})
    except Exception as problem:  # the library's own errors share no narrower class
        raise _damaged(file, program, str(problem), language) from None


def _variables(
    reader: Callable[..., Any], file: Path, leave_out: frozenset[str], encoding: Mapping[str, str]
) -> tuple[pd.DataFrame, Any]:
    """Read the variables that are not left out: their names first, then their values alone."""
    if not leave_out:
        return tuple(reader(str(file), user_missing=True, **encoding))
    _, facts = reader(str(file), metadataonly=True, **encoding)
    kept = [name for name in facts.column_names if name not in leave_out]
    return tuple(reader(str(file), user_missing=True, usecols=kept, **encoding))


def _damaged(file: Path, program: str, problem: str, language: str) -> Exception:
    return refusal(
        language,
        en=f"{file.name} is cut off, damaged or no {program} file ({problem}). Copy or export it again.",
        es=f"{file.name} está cortado, dañado o no es un archivo de {program} ({problem}). Cópielo o "
        "expórtelo de nuevo.",
    )


def _content(frame: pd.DataFrame, facts: Any, codes: Mapping[str, pd.Series]) -> FileContent:
    """Return numbers and dates as such: a column that also held codes or missing values came as objects."""
    import pandas as pd

    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            if facts.readstat_variable_types[name] != "string" and not _has_dates(column):
                frame[name] = pd.to_numeric(column)
            elif _has_dates(column):
                frame[name] = pd.to_datetime(column)
    for name in frame.columns:
        if facts.readstat_variable_types[name] == "string":
            frame[name] = frame[name].mask(frame[name].astype("str").str.strip() == "")
    return FileContent(
        frame=frame,
        labels={name: label for name, label in facts.column_names_to_labels.items() if label},
        value_labels={name: dict(labels) for name, labels in facts.variable_value_labels.items()},
        missing_codes={name: column for name, column in codes.items() if len(column)},
    )


def _has_dates(column: pd.Series) -> bool:
    import datetime

    filled = column.dropna()
    return bool(len(filled)) and isinstance(filled.iloc[0], datetime.date)
