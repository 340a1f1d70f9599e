"""How a table of results shows itself: the banner of synthetic data first, the notes last, labels escaped."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def text_view(frame: pd.DataFrame, notes: Sequence[str], synthetic: bool) -> str:
    """Return a table as text."""
    body = frame.to_string(index=False, float_format=lambda value: f"{value:,.4g}")
    return "\n".join([*(["SYNTHETIC DATA"] if synthetic else []), body, *notes])


def html_view(frame: pd.DataFrame, notes: Sequence[str], synthetic: bool) -> str:
    """Return a table as HTML."""
    from html import escape

    head = "<p><strong>SYNTHETIC DATA</strong></p>" if synthetic else ""
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    body = frame.to_html(index=False, escape=True, border=0, float_format="{:,.4g}".format, na_rep="")
    return f"{head}{body}{below}"
