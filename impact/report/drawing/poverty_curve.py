"""The effect on poverty drawn over the poverty line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text
from impact.report.drawing.axes import (
    CONTROL,
    QUIET,
    TREATED,
    TRUTH,
    label_axis,
    legend,
    new_axes,
    write_numbers,
)
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.distribution.dominance import PovertyCurve
    from impact.survey.poverty.line import PovertyLine


_SEEN = Text(
    "Effect at every line from {first} to {last}; the lowest is {effect} at {line}. The whole band is below zero at: {ranges}.",
    "Efecto en cada línea de {first} a {last}; el más bajo es {effect} en {line}. Toda la banda está bajo cero en: {ranges}.",
)
_NAMED = ("headcount", "gap", "severity")


def draw_poverty_curve(
    curve: PovertyCurve,
    language: str = "en",
    lines: Sequence[PovertyLine] = (),
    unit: str = "",
    truth: Sequence[float] | None = None,
) -> Axes:
    """Draw the effect on poverty over the poverty line, with its interval at each line and its band over all.

    Parameters
    ----------
    curve : PovertyCurve
    language : {"en", "es"}
    lines : sequence of PovertyLine, optional
        Lines to mark by name.
    unit : str, optional
        Unit of the lines; that of the first marked line by default.
    truth : sequence of float, optional
        The known effect at each line of the curve, as a share.

    Returns
    -------
    Axes
        In percentage points (headcount) or percent of the line (gap, severity). A bar at the foot runs under the
        lines at which the whole band is below zero.

    Raises
    ------
    OptionError
        An unknown language, a truth of another length, a marked line outside the curve.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(80.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age})
    >>> frame["income"] = 100 + 37 * age % 200 + 90 * frame["treated"]
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> curve = im.poverty_curve(matched, "income", lines=[150.0, 200.0, 250.0, 300.0, 350.0])
    >>> axes = im.figures.poverty_curve(curve, unit="Bs/month")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('poverty line, Bs/month', 'effect on the treated, percentage points')
    """
    style = Style.of(language)
    if truth is not None and len(truth) != len(curve):
        raise OptionError(
            Text(
                "truth must have one value per line ({number}); got {number_2}.",
                "truth debe tener un valor por línea ({number}); tiene {number_2}.",
                number=len(curve),
                number_2=len(truth),
            )
        )
    place = curve.frame["line"].to_numpy()
    lines = _checked_lines(lines, place)
    measure = style.word(curve.measure) if curve.measure in _NAMED else curve.measure
    title = style.word("poverty_curve", measure=measure, who=style.word(curve.population))
    axes = new_axes(style, curve.synthetic, title, height=5.0)
    quantity = style.word("figure_effect") if curve.estimand == "ATT" else curve.estimand
    _draw_bands(axes, curve, style)
    axes.plot(place, 100 * curve.frame["effect"], color=CONTROL, linewidth=1.8, label=quantity)
    if truth is not None:
        known: Array = 100 * np.asarray(truth, dtype=np.float64)
        axes.plot(place, known, color=TRUTH, linewidth=1.4, linestyle="--", label=style.word("truth"))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.margins(x=0)
    low, high = axes.get_ylim()
    axes.set_ylim(max(low - 0.06 * (high - low), -100), min(high, 100))
    _mark_ranges(axes, curve, style)
    _mark_lines(axes, lines, style)
    scale = style.word("percentage_points" if curve.measure == "headcount" else "percent_of_line")
    axes.set_ylabel(f"{quantity}, {scale}")
    write_numbers(axes.yaxis, style)
    shown = style.text(unit or (lines[0].unit if lines else ""))
    quantity_of_line = style.word("poverty_line") + (f", {shown}" if shown else "")
    if any(line.status == "synthetic" for line in lines):
        quantity_of_line += f". {style.word('synthetic_line')}"
    label_axis(axes, quantity_of_line, style)
    legend(axes)
    tell(axes, _seen(curve, style))
    return axes


def _seen(curve: PovertyCurve, style: Style) -> str:
    frame = curve.frame
    least = frame.iloc[int(np.nanargmin(frame["effect"].to_numpy()))]
    ranges = checks.listed(
        f"{style.number(low)}–{style.number(high)}" for low, high in curve.ranges_below_zero
    )
    numbers = {"first": frame["line"].iloc[0], "last": frame["line"].iloc[-1], "line": least["line"]}
    effect = style.number(100 * least["effect"], 1)
    shown = {name: style.number(value) for name, value in numbers.items()}
    return style.text(_SEEN.with_values(effect=effect, ranges=ranges or style.word("none"), **shown))


def _draw_bands(axes: Axes, curve: PovertyCurve, style: Style) -> None:
    """Fill the uniform band, and on it the narrower interval of each line by itself."""
    frame, level = curve.frame, style.level(curve.level)
    for kind, alpha, key in (("band", 0.2, "uniform_band"), ("conf", 0.35, "line_by_line")):
        axes.fill_between(
            frame["line"],
            100 * frame[f"{kind}_low"],
            100 * frame[f"{kind}_high"],
            color=CONTROL,
            alpha=alpha,
            linewidth=0,
            label=style.word(key, level=level),
        )


def _mark_ranges(axes: Axes, curve: PovertyCurve, style: Style) -> None:
    """Draw a bar at the foot under every run of lines at which the whole band is below zero."""
    foot = axes.get_xaxis_transform()
    for number, ends in enumerate(curve.ranges_below_zero):
        bar = axes.plot(
            ends, (0.02, 0.02), color=TREATED, linewidth=4, marker="s", markersize=4, transform=foot
        )
        bar[0].set_markeredgewidth(0)
        if number == 0:
            bar[0].set_label(style.word("band_below_zero"))


def _mark_lines(axes: Axes, lines: Sequence[PovertyLine], style: Style) -> None:
    """Draw each line with its name upright along it, so that names of near lines do not run into each other."""
    for line in lines:
        value = style.number(line.value, 0 if line.value >= 100 else 2)
        axes.axvline(line.value, color=QUIET, linestyle=":", linewidth=1.1)
        axes.annotate(
            f"{style.line(line.name)} {value}",
            (line.value, 0.05),
            (-1, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=7.5,
            color="black",
        )


def _checked_lines(lines: Sequence[PovertyLine], place: Array) -> Sequence[PovertyLine]:
    outside = [line for line in lines if not place[0] <= line.value <= place[-1]]
    if outside:
        raise OptionError(
            Text(
                "lines must lie between the curve's ends, {place:g} and {place_2:g}; got {line}. Draw a longer curve.",
                (
                    "lines debe estar entre los extremos de la curva, {place:g} y {place_2:g}; se dio {line}. Dibuje una "
                    "curva más larga."
                ),
                place=place[0],
                place_2=place[-1],
                line=checks.listed(f"{line.name} {line.value:g}".strip() for line in outside),
            )
        )
    return lines
