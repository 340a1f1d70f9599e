"""Figures as bytes: SVG for the page, in two widths; PNG for Word and for slides."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.errors import OptionError
from impact.language import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.figure import SubFigure

NARROW_INCHES = 3.9
"""Width at which a figure is drawn again for a telephone: shrinking the wide one would make its text too small."""
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, repr=False)
class Images:
    """A figure, drawn.

    Attributes
    ----------
    wide, narrow : bytes
        SVG for a page and for a telephone.
    png : bytes
        160 dots per inch.
    """

    wide: bytes
    narrow: bytes
    png: bytes


def drawn(drawing: Drawing | SubFigure) -> Images:
    """Return a figure of matplotlib as images, the same bytes for the same figure; its size stays as it was."""
    from matplotlib.figure import Figure

    if not isinstance(drawing, Figure):
        raise OptionError(
            Text(
                "A figure of the report must be a whole figure of matplotlib; got a part of one.",
                "Una figura del informe debe ser una figura entera de matplotlib; se dio una parte.",
            )
        )
    width, height = drawing.get_size_inches()
    wide, png = _saved(drawing, "svg"), _saved(drawing, "png")
    drawing.set_size_inches(NARROW_INCHES, height * 1.1)
    try:
        return Images(wide, _saved(drawing, "svg"), png)
    finally:
        drawing.set_size_inches(width, height)


def _saved(drawing: Drawing, file_format: str) -> bytes:
    import matplotlib as mpl

    stream = io.BytesIO()
    metadata = {"Date": None} if file_format == "svg" else {"Software": None}
    with _ONE_AT_A_TIME, mpl.rc_context({"svg.hashsalt": "impact", "svg.fonttype": "path"}):
        drawing.savefig(stream, format=file_format, dpi=160, metadata=metadata)
    return _without_padding(stream.getvalue()) if file_format == "svg" else stream.getvalue()


def _without_padding(svg: bytes) -> bytes:
    """Return a drawing without comments, metadata, line breaks and decimals that nobody sees: a third of its bytes."""
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg.decode("utf-8"), flags=re.DOTALL)
    text = (
        re.sub(r"\s+", " ", text).replace("> <", "><").replace("DejaVuSans-", "g")
    )  # a letter's name, hundreds of times
    text = re.sub(r' d="[^"]*"', _tight, text)
    return text.encode("utf-8")


def _tight(path: re.Match[str]) -> str:
    """Return a path whose letters and numbers touch: M1 2L3 4."""
    rounded = re.sub(r"(\d+\.\d\d)\d+", r"\1", path[0][4:-1])  # points; scales of letters keep their decimals
    return ' d="' + re.sub(r" ?([A-Za-z]) ?", r"\1", rounded) + '"'
