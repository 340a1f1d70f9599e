"""One covariate in both arms, over all of its values: cumulative shares, and quantiles against quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.matched_sample import MatchedSample
from impact.errors import OptionError
from impact.language import Text
from impact.report.drawing.axes import (
    CONTROL,
    PALE,
    QUIET,
    TREATED,
    label_axis,
    legend,
    new_axes,
    write_numbers,
)
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CUMULATIVE = Text("share with no more", "proporción con a lo más ese valor")
_ECDF_SEEN = Text(
    "The curves of treated and controls are at most {before} points apart before matching, {after} after it.",
    "Las curvas de beneficiarios y controles distan a lo más {before} puntos antes del emparejamiento y {after} después.",
)
_QQ_SEEN = Text(
    "Quantiles of the controls against those of the treated; the middle one is {control_before} before and {control_after} after matching, "
    "{treated} among the treated.",
    "Cuantiles de los controles frente a los de los beneficiarios; el central es {control_before} antes y {control_after} después del "
    "emparejamiento, {treated} entre los beneficiarios.",
)
_OF_TREATED = Text("quantile of the treated", "cuantil de los beneficiarios")
_OF_CONTROLS = Text("quantile of the controls", "cuantil de los controles")
_ALIKE = Text("alike", "iguales")


def ecdf(matched: MatchedSample, covariate: str, language: str = "en", label: str | None = None) -> Axes:
    """Draw the share of each arm that has at most a value, over all values, before and after matching.

    Parameters
    ----------
    matched : MatchedSample
    covariate : str
        A column of numbers of the sample.
    language : {"en", "es"}
    label : str, optional
        Name of the covariate.

    Returns
    -------
    Axes
        Before matching (sampling weights) thin and dashed, after it (match weight × sampling weight) thick. The largest distance of two
        curves is the Kolmogorov-Smirnov statistic of the balance table.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(60.0) % 17
    >>> frame = pd.DataFrame({"treated": np.arange(60) % 3 == 0, "age": age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> axes = im.figures.ecdf(matched, "age", language="es")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('age', 'proporción con a lo más ese valor, %')
    """
    style, values = Style.of(language), _numbers(matched, covariate)
    axes = new_axes(style, matched.sample.synthetic, label or covariate.replace("_", " "), height=3.9)
    points = np.unique(values[np.isfinite(values)])
    treated = matched.sample.treated
    curves = {
        (arm, stage): _cumulative(values, np.where(here, weights, 0.0), points)
        for arm, here in (("treated", treated), ("control", ~treated))
        for stage, weights in (("before", matched.sampling_weight), ("after", matched.analysis_weight))
    }
    for (arm, stage), curve in curves.items():
        colour = TREATED if arm == "treated" else CONTROL
        line = {"linewidth": 1.1, "linestyle": "--"} if stage == "before" else {"linewidth": 2.0}
        name = f"{style.word(arm)}, {style.word(stage)}"
        axes.step(points, curve, where="post", color=colour, label=name, **line)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(f"{style.text(_CUMULATIVE)}, %")
    write_numbers(axes.yaxis, style, lambda value: 100 * value)
    label_axis(axes, label or covariate.replace("_", " "), style)
    legend(axes)
    apart = {
        stage: 100 * float(np.abs(curves["treated", stage] - curves["control", stage]).max())
        for stage in ("before", "after")
    }
    tell(
        axes,
        style.text(_ECDF_SEEN.with_values(**{stage: style.number(gap, 1) for stage, gap in apart.items()})),
    )
    return axes


def qq(
    matched: MatchedSample, covariate: str, language: str = "en", label: str | None = None, points: int = 99
) -> Axes:
    """Draw the quantiles of a covariate among the controls against those among the treated, before and after matching.

    Parameters
    ----------
    matched : MatchedSample
    covariate : str
        A column of numbers of the sample.
    language : {"en", "es"}
    label : str, optional
        Name of the covariate.
    points : int
        Quantiles drawn, at probabilities k / (points + 1).

    Returns
    -------
    Axes
        On the line the arms are alike. Weighted quantiles: the smallest value that the share has at most.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(60.0) % 17
    >>> frame = pd.DataFrame({"treated": np.arange(60) % 3 == 0, "age": age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> axes = im.figures.qq(matched, "age", label="Age of head")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('quantile of the treated', 'quantile of the controls')
    """
    checks.whole("points", points)
    style, values = Style.of(language), _numbers(matched, covariate)
    axes = new_axes(style, matched.sample.synthetic, label or covariate.replace("_", " "), height=4.6)
    probabilities = np.arange(1, points + 1) / (points + 1)
    treated = matched.sample.treated
    drawn: dict[str, tuple[Array, Array]] = {}
    for stage, weights in (("before", matched.sampling_weight), ("after", matched.analysis_weight)):
        drawn[stage] = (
            _quantiles(values[treated], weights[treated], probabilities),
            _quantiles(values[~treated], weights[~treated], probabilities),
        )
    ends = [float(np.min(drawn["before"])), float(np.max(drawn["before"]))]
    axes.plot(ends, ends, color=QUIET, linewidth=1, linestyle="--", label=style.text(_ALIKE), zorder=1)
    axes.plot(
        *drawn["before"], "o", markersize=4, markerfacecolor="white", color=PALE, label=style.word("before")
    )
    axes.plot(*drawn["after"], "o", markersize=3.4, color=CONTROL, label=style.word("after"))
    axes.set_ylabel(style.text(_OF_CONTROLS))
    write_numbers(axes.yaxis, style)
    label_axis(axes, style.text(_OF_TREATED), style)
    legend(axes)
    middle = points // 2
    numbers = {
        "treated": drawn["after"][0][middle],
        "control_before": drawn["before"][1][middle],
        "control_after": drawn["after"][1][middle],
    }
    tell(
        axes,
        style.text(_QQ_SEEN.with_values(**{name: style.number(value, 2) for name, value in numbers.items()})),
    )
    return axes


def _numbers(matched: MatchedSample, covariate: str) -> Array:
    frame = matched.sample.frame
    checks.columns_present("covariate", [covariate], frame.columns)
    if not pd.api.types.is_numeric_dtype(frame[covariate]):
        raise OptionError(
            Text(
                "covariate must be a column of numbers; {covariate!r} is not. Draw its shares with love_plot.",
                (
                    "covariate debe ser una columna de números; {covariate!r} no lo es. Dibuje sus proporciones con "
                    "love_plot."
                ),
                covariate=covariate,
            )
        )
    values: Array = frame[covariate].to_numpy(dtype=np.float64)
    return values


def _cumulative(values: Array, weights: Array, points: Array) -> Array:
    known: Booleans = np.isfinite(values)
    shares: Array = np.bincount(np.searchsorted(points, values[known]), weights[known], len(points)).cumsum()
    shares /= shares[-1]
    return shares


def _quantiles(values: Array, weights: Array, probabilities: Array) -> Array:
    known = np.isfinite(values) & (weights > 0)
    order = np.argsort(values[known], kind="stable")
    below = weights[known][order].cumsum()
    place = np.searchsorted(below, probabilities * below[-1] * (1 - 1e-12))
    quantiles: Array = values[known][order][np.minimum(place, len(below) - 1)]
    return quantiles
