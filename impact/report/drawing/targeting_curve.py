"""The targeting curve: what those gain more than everybody who are predicted to gain most, by how many of them are served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from impact.effects.heterogeneity.learned.sorted_effects import SortedEffects
from impact.language import Text
from impact.report.drawing.axes import CONTROL, QUIET, legend, new_axes, write_numbers
from impact.report.words.style import Style
from impact.survey.shares import shown_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = Text(
    "{outcome}: gain over the average effect, by share served",
    "{outcome}: ganancia sobre el efecto medio, según la parte atendida",
    outcome="",
)
_SHARE = Text(
    "share served, from those predicted to gain most, %", "parte atendida, desde quienes más ganarían, %"
)
_GAIN = Text("gain over the average{unit}", "ganancia sobre la media{unit}", unit="")
_BAND = Text("{level} % interval", "intervalo del {level} %", level="")
_LINE = Text("median over splits", "mediana sobre las divisiones")


def targeting_curve(
    found: SortedEffects, language: str = "en", labels: Mapping[str, str] | None = None
) -> Axes:
    """Draw the gain over the average effect at each share of the population, with its interval.

    Parameters
    ----------
    found : SortedEffects
    language : {"en", "es"}
    labels : mapping, optional
        Outcome to the name shown.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from sklearn.linear_model import LinearRegression
    >>> row = np.arange(800)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "land": row % 37 / 10, "group": row // 5})
    >>> frame["income"] = 100 + row % 3 + (5 + 10 * frame["land"]) * frame["treated"]  # who has land gains more
    >>> sample = im.Sample(frame, "treated", ["land"], outcomes=["income"], cluster="group")
    >>> axes = im.figures.targeting_curve(im.sorted_effects(sample, "income", LinearRegression(), splits=2))
    >>> axes.get_xlabel()
    'share served, from those predicted to gain most, %'
    """
    style, curve = Style.of(language), found.targeting
    name = (labels or {}).get(found.outcome, found.outcome.replace("_", " "))
    axes = new_axes(style, found.synthetic, style.text(_TITLE.with_values(outcome=name)), height=3.6)
    share, (factor, unit) = 100 * curve["share"], shown_scale(found.unit, style.language)
    band = style.text(_BAND.with_values(level=style.number(100 * found.level)))
    axes.fill_between(
        share,
        factor * curve["conf_low"],
        factor * curve["conf_high"],
        color=CONTROL,
        alpha=0.2,
        linewidth=0,
        label=band,
    )
    axes.plot(share, factor * curve["gain"], color=CONTROL, marker="o", label=style.text(_LINE))
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.set_xlabel(style.text(_SHARE))
    axes.set_ylabel(style.text(_GAIN.with_values(unit=f",\n{unit.lstrip()}" if unit else "")))
    for axis in (axes.xaxis, axes.yaxis):
        write_numbers(axis, style)
    legend(axes)
    return axes
