"""Whether a score of .3 means that three of ten take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.design.distances.propensity import PropensityScore
from impact.design.matched_sample import MatchedSample
from impact.language import Text
from impact.report.drawing.axes import CONTROL, QUIET, label_axis, legend, new_axes, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = Text("Does the score say what happened?", "¿Dice la probabilidad lo que ocurrió?")
_OBSERVED = Text("share that takes part, %", "proporción que participa, %")
_MEAN = Text("mean score of the class, %", "probabilidad media de la clase, %")
_POINT = Text("a class of units, with its 95 % interval", "una clase de unidades, con su intervalo del 95 %")
_ALIKE = Text("as the score says", "como dice la probabilidad")
_SEEN = Text(
    "{classes} classes of the score; the share that takes part is at most {gap} points from the mean score.",
    "{classes} clases de la probabilidad; la proporción que participa dista a lo más {gap} puntos de la probabilidad media.",
)
_Z = 1.959963984540054


def calibration(matched: MatchedSample, language: str = "en", classes: int = 10) -> Axes:
    """Draw the share of units that take part against the mean score, by classes of the score of equal size.

    Parameters
    ----------
    matched : MatchedSample
        Matched on a propensity score, or on anything else: the score is then a logit on the covariates.
    language : {"en", "es"}
    classes : int
        Fewer are drawn where many units have one score.

    Returns
    -------
    Axes
        Wilson's interval around each share, units counted by their sampling weights and the interval by Kish's effective number.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(200.0) % 20
    >>> frame = pd.DataFrame({"treated": (np.arange(200) * 7 % 20) > 5 + age / 3, "age": age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.Kernel(im.PropensityScore()))
    >>> axes = im.figures.calibration(matched, classes=4)
    >>> axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()
    ('Does the score say what happened?', 'mean score of the class, %', 'share that takes part, %')
    """
    checks.whole("classes", classes, minimum=2)
    style = Style.of(language)
    fitted = matched.propensity or PropensityScore().fit(matched.sample)
    score = fitted.probability.reindex(matched.weights.index).to_numpy(dtype=np.float64)
    known = np.isfinite(score)
    score, treated, weight = score[known], matched.sample.treated[known], matched.sampling_weight[known]
    edges = np.unique(np.quantile(score, np.arange(1, classes) / classes))
    group = np.searchsorted(edges, score, side="right")
    total = np.bincount(group, weight)
    group, total = np.unique(group, return_inverse=True)[1], total[total > 0]
    mean = np.bincount(group, weight * score) / total
    share = np.bincount(group, weight * treated) / total
    effective = total**2 / np.bincount(group, weight**2)
    centre = (share + _Z**2 / (2 * effective)) / (1 + _Z**2 / effective)
    half = (
        _Z / (1 + _Z**2 / effective) * np.sqrt(share * (1 - share) / effective + (_Z / (2 * effective)) ** 2)
    )
    axes = new_axes(style, matched.sample.synthetic, style.text(_TITLE), height=4.4)
    top = 1.05 * float(max(mean.max(), (centre + half).max()))
    axes.plot(
        [0, top], [0, top], color=QUIET, linestyle="--", linewidth=1, label=style.text(_ALIKE), zorder=1
    )
    reach = np.clip([share - (centre - half), (centre + half) - share], 0, None)
    axes.errorbar(
        mean, share, yerr=reach, fmt="o", color=CONTROL, capsize=3, markersize=5, label=style.text(_POINT)
    )
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_ylabel(style.text(_OBSERVED))
    label_axis(axes, style.text(_MEAN), style)
    write_numbers(axes.xaxis, style, lambda value: 100 * value)
    write_numbers(axes.yaxis, style, lambda value: 100 * value)
    legend(axes)
    gap = style.number(100 * float(np.abs(share - mean).max()), 1)
    tell(axes, style.text(_SEEN.with_values(classes=len(mean), gap=gap)))
    return axes
