"""From the file to the estimate as boxes: who came in, who left and why, who is compared."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.design.matched_sample import MATCHED_CONTROL, MATCHED_TREATED, MatchedSample
from impact.language import Text
from impact.report.drawing.axes import CONTROL, QUIET, new_axes
from impact.report.drawing.seen import tell
from impact.report.words.style import Style
from impact.survey.sample_flow import ANALYSED, ANALYSED_CONTROL, ANALYSED_TREATED, IN_TABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = Text("From the file to the estimate", "Del archivo a la estimación")
_STAYING = ((IN_TABLE,), (ANALYSED, ANALYSED_TREATED, ANALYSED_CONTROL), (MATCHED_TREATED, MATCHED_CONTROL))
"""The boxes of the left column, from the top down: what each of them counts."""
_CHARACTERS = 42
_LINE = 0.175
"""Inches of one line of a box."""
_WIDTH = 0.46
_GAP = 0.2


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the diagram.

    Attributes
    ----------
    lines : tuple of str
    stays : bool
        Whether these units stay: in the left column; else they leave to the right.
    """

    lines: tuple[str, ...]
    stays: bool

    @property
    def height(self) -> float:
        """Inches that the box takes."""
        return _LINE * len(self.lines) + 0.14


def sample_flow(
    matched: MatchedSample,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
    counts: Mapping[str, str] | None = None,
) -> Axes:
    """Draw what became of every unit: those that stay one below the other, those that leave to the right.

    Parameters
    ----------
    matched : MatchedSample
    language : {"en", "es"}
    labels : mapping, optional
        Step, as ``matched.flow`` names it, to the name shown.
    counts : mapping, optional
        Step to what is written in place of its number, for one that is not published.

    Returns
    -------
    Axes
        Steps without units are left out.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> axes = im.figures.sample_flow(matched)
    >>> [text.get_text().splitlines()[0].replace("\N{NO-BREAK SPACE}", " ") for text in axes.texts]
    ['in the table: 5', 'analysed: 5', 'control not used: 1', 'matched, treated: 2']
    """
    style = Style.of(language)
    boxes = _boxes(matched, style, dict(labels or {}), dict(counts or {}))
    height = sum(box.height + _GAP for box in boxes)
    axes = new_axes(style, matched.sample.synthetic, style.text(_TITLE), height=height + 0.7)
    axes.set_axis_off()
    axes.set(xticks=[], yticks=[])
    top, above = 0.0, None
    for box in boxes:
        middle = top - box.height / 2
        _draw(axes, box, top)
        if box.stays:
            if above is not None:
                _arrow(axes, (_WIDTH / 2, above), (_WIDTH / 2, top))
            above = top - box.height
        else:
            _arrow(axes, (_WIDTH / 2, middle), (1 - _WIDTH, middle))
        top -= box.height + _GAP
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(top, 0.05)
    tell(
        axes,
        "; ".join(line for box in boxes for line in box.lines)
        .replace(":;", ":")
        .replace("\N{NO-BREAK SPACE}", " ")
        + ".",
    )
    return axes


def _boxes(
    matched: MatchedSample, style: Style, labels: Mapping[str, str], counts: Mapping[str, str]
) -> list[Box]:
    """Return the boxes from the top down: after each that stays, those that leave before the next."""
    counted = dict(matched.steps[len(matched.sample.translations) :])  # translations count cells, not units
    steps = [
        step for step in counted if "outcome" not in step.values
    ]  # who lacks one outcome stays for the others
    excluded = steps[1 : steps.index(ANALYSED)]
    not_compared = [step for step in steps[steps.index(ANALYSED_CONTROL) + 1 :] if step not in _STAYING[-1]]
    boxes = []
    for staying, leaving in zip(_STAYING, (excluded, not_compared, []), strict=True):
        boxes.append(Box(_lines(staying, counted, style, labels, counts), True))
        gone = [step for step in leaving if counted[step]]
        if gone:
            boxes.append(Box(_lines(gone, counted, style, labels, counts), False))
    return boxes


def _lines(
    steps: Sequence[Text],
    counted: Mapping[Text, int],
    style: Style,
    labels: Mapping[str, str],
    counts: Mapping[str, str],
) -> tuple[str, ...]:
    lines: list[str] = []
    for step in steps:
        number = counts.get(step, style.number(counted[step]))
        lines += textwrap.wrap(
            f"{labels.get(step, style.text(step))}:\N{NO-BREAK SPACE}{number}", _CHARACTERS
        )
    return tuple(lines)


def _draw(axes: Axes, box: Box, top: float) -> None:
    from matplotlib.patches import Rectangle

    left, colour = (0.0, CONTROL) if box.stays else (1 - _WIDTH, QUIET)
    face = "#EEF4F8" if box.stays else "white"
    outline = Rectangle(
        (left, top - box.height), _WIDTH, box.height, facecolor=face, edgecolor=colour, linewidth=1.1
    )
    axes.add_patch(outline)
    place = (left + 0.015, top - box.height / 2)
    axes.text(*place, "\n".join(box.lines), ha="left", va="center", fontsize=8.0, linespacing=1.25)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=9, color=QUIET, shrinkA=0, shrinkB=0, zorder=0
    )
    axes.add_patch(arrow)
