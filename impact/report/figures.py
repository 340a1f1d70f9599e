"""Figures: one result in, one Axes out; no global state of matplotlib is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text
from impact.report.drawing.axes import (
    CONTROL,
    PALE,
    QUIET,
    TREATED,
    TRUTH,
    NamedRows,
    label_axis,
    legend,
    new_axes,
    row_axes,
    write_numbers,
)
from impact.report.drawing.calibration import calibration as calibration
from impact.report.drawing.confounder_contour import confounder_contour as confounder_contour
from impact.report.drawing.covariate_curves import ecdf as ecdf
from impact.report.drawing.covariate_curves import qq as qq
from impact.report.drawing.decomposition import decomposition as decomposition
from impact.report.drawing.effects.intervals import draw_intervals, effects_of, readable, row_name
from impact.report.drawing.effects.small_multiples import small_multiples as small_multiples
from impact.report.drawing.effects.subgroups import draw_subgroups as subgroups
from impact.report.drawing.love_plot_of_all import love_plot_of_all as love_plot_of_all
from impact.report.drawing.poverty_curve import draw_poverty_curve as poverty_curve
from impact.report.drawing.sample_flow import sample_flow as sample_flow
from impact.report.drawing.seen import differences_seen, tell
from impact.report.drawing.specification_curve import specification_curve as specification_curve
from impact.report.drawing.survival import draw_survival as survival
from impact.report.drawing.targeting_curve import targeting_curve as targeting_curve
from impact.report.drawing.waves.event_study import draw_event_study as event_study
from impact.report.drawing.waves.honest_bounds import draw_honest_bounds as honest_bounds
from impact.report.words.style import Style

_OVERLAP_SEEN = Text(
    "Half of the treated have a score of {treated} % or more, half of the controls one of {control} % or more.",
    "La mitad de los beneficiarios tiene una probabilidad de {treated} % o más; la mitad de los controles, de {control} % o más.",
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.design.balance.table import BalanceTable
    from impact.design.matched_sample import MatchedSample
    from impact.effects.effect import EffectTable


def overlap(matched: MatchedSample, language: str = "en", bins: int = 30) -> Axes:
    """Draw the score's distribution of treated and controls, before and after matching.

    Parameters
    ----------
    matched : MatchedSample
        Matched on a propensity score, or on anything else: the score is then a logit on the covariates.
    language : {"en", "es"}
    bins : int

    Returns
    -------
    Axes
        Treated above the line, controls below it, each arm's bars adding up to 100 %; outlines before
        matching (sampling weights), filled after it (match weight × sampling weight). Units whose score was
        not estimated are counted on the axis.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(200.0) % 20
    >>> frame = pd.DataFrame({"treated": (np.arange(200) * 7 % 20) > 5 + age / 3, "age": age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.Kernel(im.PropensityScore()))
    >>> axes = im.figures.overlap(matched, bins=10)
    >>> axes.get_xlabel()
    'propensity score'
    """
    from impact.design.distances.propensity import PropensityScore

    checks.whole("bins", bins)
    style = Style.of(language)
    fitted = matched.propensity or PropensityScore().fit(matched.sample)
    of_each = fitted.probability.reindex(matched.weights.index)  # a score estimated again leaves units out
    score: Array = np.asarray(of_each, dtype=np.float64)
    known = np.isfinite(score)
    edges: Array = np.linspace(score[known].min(), score[known].max(), bins + 1, dtype=np.float64)
    axes = new_axes(style, matched.sample.synthetic, style.word("overlap"), height=4.2)
    treated = matched.sample.treated
    for arm, sign, colour, name in ((treated, 1, TREATED, "treated"), (~treated, -1, CONTROL, "control")):
        here = arm & known
        before = sign * _shares(score[here], matched.sampling_weight[here], edges)
        after = sign * _shares(score[here], matched.analysis_weight[here], edges)
        label = style.word(name)
        axes.stairs(
            after, edges, fill=True, color=colour, alpha=0.45, label=f"{label}, {style.word('after')}"
        )
        axes.stairs(before, edges, color=colour, linewidth=1.4, label=f"{label}, {style.word('before')}")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_ylabel(style.word("density"))
    write_numbers(axes.yaxis, style, lambda value: 100 * abs(value))
    unscored = f" ({style.number((~known).sum())} {style.word('unscored')})" if not known.all() else ""
    label_axis(axes, style.word("propensity") + unscored, style)
    legend(axes)
    middle = {
        "treated": float(np.median(score[treated & known])),
        "control": float(np.median(score[~treated & known])),
    }
    tell(
        axes,
        style.text(
            _OVERLAP_SEEN.with_values(**{arm: style.number(100 * one) for arm, one in middle.items()})
        ),
    )
    return axes


def love_plot(table: BalanceTable, language: str = "en", labels: Mapping[str, str] | None = None) -> Axes:
    """Draw each covariate's absolute standardised mean difference, before and after matching.

    Parameters
    ----------
    table : BalanceTable
    language : {"en", "es"}
    labels : mapping, optional
        Covariate to the name shown.

    Returns
    -------
    Axes
        Covariates sorted by their difference before matching, the largest on top. A difference that is not
        finite is written into its row.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40, 31, 41, 80], "land": [2.0, 5, 2, 4, 9]})
    >>> matched = im.match(im.Sample(frame, "treated", ["age", "land"]), im.NearestNeighbor(im.Euclidean()))
    >>> axes = im.figures.love_plot(im.balance(matched), labels={"age": "Age of head", "land": "Land"})
    >>> [text.get_text() for text in axes.texts]
    ['Age of head', 'Land']
    """
    style = Style.of(language)
    stages = {stage: table.frame[table.frame["stage"] == stage] for stage in ("before", "after")}
    smd = np.column_stack([np.abs(part["smd"].to_numpy(dtype=np.float64)) for part in stages.values()])
    names = [(labels or {}).get(name, _covariate_name(name, style)) for name in stages["before"]["covariate"]]
    order = np.argsort(-np.nan_to_num(smd[:, 0], nan=np.inf), kind="stable")
    smd, shown = smd[order], [_with_remark(names[k], smd[k], style) for k in order]
    rows = NamedRows.of(shown)
    axes = row_axes(style, table.synthetic, style.word("love_plot"), rows, more=2.0)
    drawn = np.where(np.isfinite(smd), smd, np.nan)
    axes.hlines(rows.place, drawn[:, 0], drawn[:, 1], color=PALE, linewidth=1.2, zorder=1)
    axes.scatter(
        drawn[:, 0],
        rows.place,
        zorder=2,
        s=30,
        label=style.word("before"),
        facecolors="white",
        edgecolors=CONTROL,
        clip_on=False,
    )
    axes.scatter(
        drawn[:, 1], rows.place, zorder=3, s=30, color=TREATED, label=style.word("after"), clip_on=False
    )
    threshold = next(statistic.acceptable[1] for statistic in table.statistics if statistic.name == "smd")
    at = f"{style.word('threshold')} {style.number(threshold, 1)}"
    axes.axvline(threshold, color=QUIET, linestyle="--", linewidth=1, label=at)
    axes.set_xlim(0, 1.06 * np.nanmax([threshold, *drawn.ravel()]))
    divided = style.word(f"sd_{table.denominator}") + (
        style.word("raw_shares") if table.binary == "raw" else ""
    )
    label_axis(axes, f"{style.word('abs_smd')} ({divided})", style)
    legend(axes)
    tell(axes, differences_seen(shown, smd[:, 0], smd[:, 1], threshold, style))
    return axes


def strategies(
    table: EffectTable,
    outcome: str | None = None,
    language: str = "en",
    truth: float | None = None,
    truth_label: str | None = None,
    percent: bool = False,
    label: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw one outcome's estimate and interval under each strategy, one below the other.

    Parameters
    ----------
    table : EffectTable
    outcome : str, optional
        Which outcome; may be left out where the table has one.
    language : {"en", "es"}
    truth : float, optional
        A known effect, in the unit of the axis: of synthetic data, or of an experiment.
    truth_label : str, optional
        What the known effect is; "true effect" by default.
    percent : bool
        Draw the percent effects.
    label : str, optional
        Name of the outcome in the title.
    labels : mapping, optional
        Strategy to the name shown.

    Returns
    -------
    Axes
        A row whose effect is missing says so.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> ways = [im.Specification(f"{m}-NN", im.NearestNeighbor(im.Euclidean(), ratio=m)) for m in (1, 4)]
    >>> axes = im.figures.strategies(im.four_strategies(sample, ways), language="es", label="Ingreso")
    >>> [text.get_text() for text in axes.texts]
    ['1-NN', '4-NN']
    """
    style = Style.of(language)
    effects = effects_of(table, outcome)
    title = f"{style.word('strategies')}: {label or readable(effects[0].outcome)}"
    rows = NamedRows.of(
        [
            row_name(effect, (labels or {}).get(effect.strategy, effect.strategy), percent, style)
            for effect in effects
        ]
    )
    axes = row_axes(style, table.synthetic, title, rows, more=1.6)
    draw_intervals(axes, effects, rows, percent, style)
    if truth is not None:
        axes.axvline(truth, color=TRUTH, linewidth=1.6, label=truth_label or style.word("truth"))
        legend(axes)
    return axes


def quintiles(
    table: EffectTable,
    language: str = "en",
    truth: Sequence[float] | None = None,
    percent: bool = True,
    label: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the effect and its interval in each fifth, with the known effects where the data are synthetic.

    Parameters
    ----------
    table : EffectTable
        Of one outcome, a subgroup per fifth.
    language : {"en", "es"}
    truth : sequence of float, optional
        The known effect of each fifth, in the unit of the axis.
    percent : bool
        Percent of the fifth's control mean, or the outcome's unit.
    label : str, optional
        Name of the outcome in the title.
    labels : mapping, optional
        Subgroup to the name shown.

    Returns
    -------
    Axes
        A row whose effect is missing says so.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(1000)
    >>> treated, before = row // 5 % 2, row % 5 + 1.0
    >>> frame = pd.DataFrame({"treated": treated, "land": row % 37, "before": before, "group": row // 5})
    >>> frame["income"] = 100 + before + 2 * before * treated + row % 3  # 2 in the poorest fifth, 10 in the richest
    >>> sample = im.Sample(frame, "treated", ["land", "before"], outcomes=["income"], cluster="group")
    >>> table = im.quintile_effects(sample, im.EntropyBalancing(), "income", by=im.Baseline("before"))
    >>> axes = im.figures.quintiles(table, percent=False, truth=[2, 4, 6, 8, 10], language="es")
    >>> axes.get_title(loc="left")
    'El efecto por quintil: income'
    """
    style = Style.of(language)
    effects = effects_of(table, None)
    if truth is not None and len(truth) != len(effects):
        raise OptionError(
            Text(
                "truth must have one value per fifth ({number}); got {number_2}.",
                "truth debe tener un valor por quintil ({number}); tiene {number_2}.",
                number=len(effects),
                number_2=len(truth),
            )
        )
    title = f"{style.word('quintiles')}: {label or readable(effects[0].outcome)}"
    rows = NamedRows.of(
        [
            row_name(effect, (labels or {}).get(effect.subgroup, effect.subgroup), percent, style)
            for effect in effects
        ]
    )
    axes = row_axes(style, table.synthetic, title, rows, more=1.8)
    draw_intervals(axes, effects, rows, percent, style, further=style.word("poorest"))
    if truth is not None:
        axes.scatter(truth, rows.place, marker="D", s=34, color=TRUTH, zorder=4, label=style.word("truth"))
        legend(axes)
    return axes


def _shares(values: Array, weights: Array, edges: Array) -> Array:
    counts, _ = np.histogram(values, edges, weights=weights)
    shares: Array = counts / counts.sum()
    return shares


def _with_remark(name: str, smd: Array, style: Style) -> str:
    """Return the name, followed by the stages at which there is no finite difference to draw."""
    missing = [
        f"{style.word(stage)}: {'∞' if np.isinf(value) else '–'}"
        for stage, value in zip(("before", "after"), smd, strict=True)
        if not np.isfinite(value)
    ]
    return f"{name} ({'; '.join(missing)})" if missing else name


def _covariate_name(name: str, style: Style) -> str:
    return style.word("score") if name == "distance" else readable(name)


__all__ = [
    "calibration",
    "confounder_contour",
    "decomposition",
    "ecdf",
    "event_study",
    "honest_bounds",
    "love_plot",
    "love_plot_of_all",
    "overlap",
    "poverty_curve",
    "qq",
    "quintiles",
    "sample_flow",
    "small_multiples",
    "specification_curve",
    "strategies",
    "subgroups",
    "survival",
    "targeting_curve",
]


def __dir__() -> list[str]:
    return __all__
