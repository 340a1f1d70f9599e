"""How every result shows itself: the banner of synthetic data first, the notes last, labels escaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from impact.errors import SPOKEN
from impact.language import Language, Text, spoken

SYNTHETIC = Text("SYNTHETIC DATA", "DATOS SINTÉTICOS")
_P = Text("p {compared}", "p {compared}", compared="")
_EQUALS = Text("= {p:.3f}", "= {p:.3f}", p=1.0)
_BELOW = Text("< 0.001", "< 0,001")
_ABOVE = Text("> 0.999", "> 0,999")
_UNKNOWN = Text("= –", "= –")
_ON_EVERY_ROW = Text("On every row: {said}.", "En cada fila: {said}.")
_FURTHER = Text("Further columns in .frame: {names}.", "Otras columnas en .frame: {names}.")
_YES, _NO = Text("yes", "sí"), Text("no", "no")
MOST = 12
"""Columns that a notebook's page has room for."""
LEAST_P = 0.0005
"""Below it a p-value of three decimals would read as nought; nearer than this to one, and less, as one."""


def four_digits(value: float) -> str:
    """Return a number with four significant digits; an amount of five or more figures with all of them, not as a power of ten.

    Examples
    --------
    >>> four_digits(0.123456), four_digits(9638.4), four_digits(13940.2), four_digits(1.5e20)
    ('0.1235', '9,638', '13,940', '1.5e+20')
    """
    return f"{value:,.0f}" if 9_999.5 <= abs(value) < 1e12 else f"{value:,.4g}"


def spoken_digits(value: float) -> str:
    """Return a number with four significant digits and the signs of the language that is spoken.

    ``pandas.options.display.float_format = spoken_digits`` writes every table of a notebook so.

    Examples
    --------
    >>> from impact.language import speaking
    >>> with speaking("es"):
    ...     spoken_digits(-13940.2), spoken_digits(0.123456)
    ('-13.940', '0,1235')
    """
    return _spoken_number(four_digits)(value)


def four_decimals(value: float) -> str:
    """Return a number with four decimals."""
    return f"{value:,.4f}"


def three_decimals(value: float) -> str:
    """Return a number with three decimals."""
    return f"{value:,.3f}"


def p_said(p_value: float) -> Text:
    """Return a p-value with three decimals, or that it is below the least of them: it is never nought.

    Examples
    --------
    >>> str(p_said(0.0421)), str(p_said(1e-9))
    ('p = 0.042', 'p < 0.001')
    """
    return _P.with_values(compared=p_compared(p_value))


def p_compared(p_value: float) -> Text:
    """Return what follows the letter p in a sentence: what it equals, or what of three decimals it is beyond.

    Examples
    --------
    >>> str(p_compared(0.0421)), str(p_compared(1e-9)), str(p_compared(0.9996))
    ('= 0.042', '< 0.001', '> 0.999')
    """
    if not math.isfinite(p_value):
        return _UNKNOWN
    if p_value < LEAST_P:
        return _BELOW
    return _ABOVE if 1 - LEAST_P < p_value < 1 else _EQUALS.with_values(p=float(p_value))


def text_view(
    frame: pd.DataFrame,
    notes: Sequence[str] = (),
    synthetic: bool = False,
    number: Callable[[float], str] = four_digits,
) -> str:
    """Return a table as text, its texts in the language that is spoken."""
    body = _spoken_cells(frame).to_string(index=False, float_format=_spoken_number(number), na_rep="")
    return "\n".join([*([spoken(SYNTHETIC)] if synthetic else []), body, *map(spoken, notes)])


def html_view(
    frame: pd.DataFrame,
    notes: Sequence[str] = (),
    synthetic: bool = False,
    number: Callable[[float], str] = four_digits,
    first: Sequence[str] = (),
) -> str:
    """Return a table as HTML in the language that is spoken, as wide as a notebook's page.

    A wider one keeps the columns named ``first``; what every row says stands below it, and what is left out is named there. A single
    wide row stands upright.
    """
    said_number = _spoken_number(number)
    shown, below = _as_wide_as_a_page(frame, said_number, first)
    head = f"<p><strong>{escape(spoken(SYNTHETIC))}</strong></p>" if synthetic else ""
    after = "".join(f"<p>{escape(spoken(note))}</p>" for note in [*below, *notes])
    with pd.option_context("display.max_colwidth", None):  # a cell is shown whole, however long
        body = (
            _spoken_cells(shown)
            .rename(columns=_spoken_heading)
            .to_html(index=False, escape=True, border=0, float_format=said_number, na_rep="")
        )
    return f"{head}{body}{after}"


def _as_wide_as_a_page(
    frame: pd.DataFrame, number: Callable[[float], str], first: Sequence[str]
) -> tuple[pd.DataFrame, list[Text]]:
    """Return what of a table a page has room for, and what is said below it."""
    if len(frame.columns) <= MOST or not frame.columns.is_unique:
        return frame, []
    empty = frame.isna() | (frame.astype(str) == "")
    known = frame.loc[:, [name != "synthetic" and not empty[name].all() for name in frame]]
    if len(known.columns) <= MOST:
        return known, []
    if len(known) == 1:
        cells = [_cell(name, known[name].iloc[0], number) for name in map(str, known)]
        return pd.DataFrame({"column": list(map(_spoken_heading, known)), "value": cells}), []
    labels = [name for name in known if name == "level" or not pd.api.types.is_float_dtype(known[name])]
    same = [name for name in labels if (known[name].astype(str) == str(known[name].iloc[0])).all()]
    said = [f"{_spoken_heading(name)} {_cell(str(name), known[name].iloc[0], number)}" for name in same]
    rest = known.drop(columns=same)
    kept = [name for name in first if name in rest] if len(rest.columns) > MOST else list(rest)
    kept = kept or list(rest)[:MOST]
    left = [str(name) for name in rest if name not in kept]
    below = [_ON_EVERY_ROW.with_values(said="; ".join(said))] if said else []
    return rest[kept], [*below, *([_FURTHER.with_values(names=", ".join(left))] if left else [])]


def _cell(name: str, value: object, number: Callable[[float], str]) -> str:
    """Return one value as its cell reads."""
    if holds_p(name) and isinstance(value, float):
        return _p_cell(value)
    return (
        number(value)
        if isinstance(value, float)
        else str(_spoken_name(value if isinstance(value, str) else str(value)))
    )


def holds_p(column: object) -> bool:
    """Return whether a column holds p-values, plain or corrected.

    Examples
    --------
    >>> [name for name in ("p_value", "p_holm", "romano_wolf", "percent_effect") if holds_p(name)]
    ['p_value', 'p_holm', 'romano_wolf']
    """
    return str(column).startswith("p_") or column == "romano_wolf"


def _p_cell(p_value: float) -> str:
    """Return a p-value as a cell reads: three decimals, never nought and never a power of ten."""
    return spoken(p_compared(p_value)).removeprefix("= ").replace(" ", "") if math.isfinite(p_value) else ""


def _spoken_number(number: Callable[[float], str]) -> Callable[[float], str]:
    """Return how a number is written, with the signs of the language that is spoken."""
    language = Language(SPOKEN.get())

    def said(value: float) -> str:
        return language.signs_of(number(value))

    return number if language.code == "en" else said


def _spoken_heading(name: object) -> str:
    """Return what a column is called where another language than that of the code is spoken; in English by the name that one types."""
    if SPOKEN.get() == "en":
        return str(name)
    return str(import_module("impact.report.words.called").called(str(name), SPOKEN.get()))


def _spoken_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are said in the language that is spoken, and whose p-values are never powers of ten."""
    if not frame.columns.is_unique:
        return frame
    said = {name: _spoken_column(str(name), frame[name]) for name in frame}
    return pd.DataFrame(said, index=frame.index, columns=frame.columns)


def _spoken_column(name: str, values: pd.Series) -> pd.Series:
    if holds_p(name) and pd.api.types.is_float_dtype(values):
        return values.map(_p_cell)
    if values.dtype == object:
        return values.map(_spoken_name)
    if SPOKEN.get() == "en":
        return values
    if values.dtype == bool:
        return values.map({True: spoken(_YES), False: spoken(_NO)})
    return values.map(_spoken_name) if pd.api.types.is_string_dtype(values) else values


def _spoken_name(value: object) -> object:
    """Return a text in the language that is spoken, and a name that the report knows (a strategy, an arm) as the report calls it there."""
    if not isinstance(value, str) or (SPOKEN.get() == "en" and not isinstance(value, Text)):
        return value
    if isinstance(value, Text):
        return spoken(value)
    return import_module("impact.report.words.called").said(value, SPOKEN.get())


class Exported:
    """What every result with a table can be written as: LaTeX, HTML, Word, Excel.

    The writers belong to the report, which stands above all results, and are looked up when they are asked for.
    """

    __slots__ = ()

    def to_latex(self, language: str = "en") -> str:
        """Return the result's tables as LaTeX (booktabs, longtable).

        Parameters
        ----------
        language : str
            "en", "es" or another language of the toolkit.
        """
        return str(_writers().to_latex(self, language))

    def to_html(self, language: str = "en") -> str:
        """Return the result's tables as one HTML page that needs nothing else, every label escaped.

        Parameters
        ----------
        language : str
        """
        return str(_writers().to_html(self, language))

    def to_word(self, path: str | Path, language: str = "en") -> Path:
        """Write the result's tables to a Word document.

        Parameters
        ----------
        path : path
            File to write, ``.docx``; one that somebody has edited is kept under another name.
        language : str

        Returns
        -------
        pathlib.Path
        """
        return Path(_writers().to_word(self, path, language))

    def to_excel(self, path: str | Path, language: str = "en") -> Path:
        """Write the result's tables to a workbook: numbers in full, the ends of intervals in columns of their own.

        Parameters
        ----------
        path : path
            File to write, ``.xlsx``; one that somebody has edited is kept under another name.
        language : str

        Returns
        -------
        pathlib.Path
        """
        return Path(_writers().to_excel(self, path, language))


def _writers() -> Any:
    return import_module("impact.report.export")


def kept_texts(texts: Iterable[str], index: pd.Index | None = None) -> pd.Series:
    """Return texts as a column that keeps their other languages, which a column of plain strings would drop."""
    return pd.Series(list(texts), index=index, dtype="object")


def with_texts(frame: pd.DataFrame, **texts: str) -> pd.DataFrame:
    """Return a table with columns that say one thing on every row and keep its languages.

    Examples
    --------
    >>> with_texts(pd.DataFrame({"number": [3]}), what=Text("all", "todos"))["what"].iloc[0].to("es")
    'todos'
    """
    rows = len(frame)
    return frame.assign(**{name: kept_texts([text] * rows, frame.index) for name, text in texts.items()})


def frame_of_texts(records: Iterable[Any], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return records as a table whose texts keep their languages: pandas would make plain strings of them.

    Examples
    --------
    >>> frame_of_texts([{"what": Text("all", "todos"), "number": 3}])["what"].iloc[0].to("es")
    'todos'
    """
    kept = list(records)
    frame = pd.DataFrame(kept, columns=None if columns is None else list(columns))
    for place, name in enumerate(frame.columns):
        values = [record.get(name) if isinstance(record, Mapping) else record[place] for record in kept]
        if any(isinstance(value, Text) for value in values):
            frame[name] = pd.Series(values, index=frame.index, dtype="object")
    return frame
