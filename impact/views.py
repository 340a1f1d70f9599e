"""How every result shows itself: the banner of synthetic data first, the notes last, labels escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import pandas as pd

SYNTHETIC = "SYNTHETIC DATA"


def four_digits(value: float) -> str:
    """Return a number with four significant digits."""
    return f"{value:,.4g}"


def four_decimals(value: float) -> str:
    """Return a number with four decimals."""
    return f"{value:,.4f}"


def three_decimals(value: float) -> str:
    """Return a number with three decimals."""
    return f"{value:,.3f}"


def text_view(
    frame: pd.DataFrame,
    notes: Sequence[str] = (),
    synthetic: bool = False,
    number: Callable[[float], str] = four_digits,
) -> str:
    """Return a table as text."""
    body = frame.to_string(index=False, float_format=number, na_rep="")
    return "\n".join([*([SYNTHETIC] if synthetic else []), body, *notes])


def html_view(
    frame: pd.DataFrame,
    notes: Sequence[str] = (),
    synthetic: bool = False,
    number: Callable[[float], str] = four_digits,
) -> str:
    """Return a table as HTML."""
    head = f"<p><strong>{SYNTHETIC}</strong></p>" if synthetic else ""
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    body = frame.to_html(index=False, escape=True, border=0, float_format=number, na_rep="")
    return f"{head}{body}{below}"
