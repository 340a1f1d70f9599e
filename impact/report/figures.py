"""Figures: one result in, one Axes out; no global state of matplotlib is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.errors import OptionError
from impact.report.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.design.balance import BalanceTable
    from impact.design.match import MatchedSample
    from impact.effects.effect import Effect, EffectTable

Array = NDArray[np.float64]

# Okabe and Ito's colours, which the colour-blind can tell apart.
_TREATED, _CONTROL, _TRUTH, _QUIET = "#D55E00", "#0072B2", "#009E73", "#8A8A8A"


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
        Treated above the line, controls below it; outlines before matching, filled after.
    """
    from impact.design.propensity import PropensityScore

    words = Language(language)
    fitted = matched.propensity or PropensityScore().fit(matched.sample)
    score: Array = np.asarray(fitted.probability, dtype=np.float64)
    edges: Array = np.linspace(float(np.nanmin(score)), float(np.nanmax(score)), bins + 1, dtype=np.float64)
    axes = _axes(words, matched.sample.synthetic, words.word("overlap"), height=3.6)
    for arm, sign, colour, name in ((matched.sample.treated, 1, _TREATED, "treated"), (~matched.sample.treated, -1, _CONTROL, "control")):
        before = _shares(score[arm], matched.sampling_weight[arm], edges)
        after = _shares(score[arm], matched.analysis_weight[arm], edges)
        axes.stairs(sign * after, edges, fill=True, color=colour, alpha=0.45, label=f"{words.word(name)}, {words.word('after')}")
        axes.stairs(sign * before, edges, color=colour, linewidth=1.4, label=f"{words.word(name)}, {words.word('before')}")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xlabel(words.word("propensity"))
    axes.set_ylabel(words.word("density"))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(100 * abs(value), 1))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    _legend(axes, columns=2)
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
        Covariates sorted by their difference before matching.
    """
    words = Language(language)
    frame = table.frame.pivot(index="covariate", columns="stage", values="smd").abs().sort_values("before")
    names = [(labels or {}).get(name, _readable(str(name))) for name in frame.index]
    axes = _axes(words, table.synthetic, words.word("love_plot"), height=1.7 + 0.27 * len(frame))
    place = np.arange(len(frame))
    axes.hlines(place, frame["after"], frame["before"], color="#CCCCCC", linewidth=1.2, zorder=1)
    axes.scatter(frame["before"], place, facecolors="white", edgecolors=_CONTROL, zorder=2, label=words.word("before"))
    axes.scatter(frame["after"], place, color=_TREATED, zorder=3, label=words.word("after"))
    axes.axvline(0.1, color=_QUIET, linestyle="--", linewidth=1, label=words.word("threshold"))
    axes.set_yticks(place, names)
    axes.set_xlim(left=0)
    axes.set_xlabel(words.word("abs_smd"), fontsize=8.5)
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    _legend(axes, columns=3)
    return axes


def strategies(
    table: EffectTable,
    outcome: str | None = None,
    language: str = "en",
    truth: float | None = None,
    truth_label: str | None = None,
    percent: bool = False,
    label: str | None = None,
) -> Axes:
    """Draw one outcome's estimate and interval under each strategy, side by side.

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
    """
    words = Language(language)
    effects = _of_outcome(table, outcome)
    title = f"{words.word('strategies')}: {label or _readable(effects[0].outcome)}"
    axes = _axes(words, table.synthetic, title, height=1.9 + 0.42 * len(effects))
    _intervals(axes, effects, [effect.strategy for effect in effects], percent, words)
    if truth is not None:
        axes.axvline(truth, color=_TRUTH, linewidth=1.6, label=truth_label or words.word("truth"))
        _legend(axes, columns=2)
    return axes


def quintiles(
    table: EffectTable,
    language: str = "en",
    truth: Sequence[float] | None = None,
    percent: bool = True,
    label: str | None = None,
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
    """
    words = Language(language)
    effects = _of_outcome(table, None)
    title = f"{words.word('quintiles')}: {label or _readable(effects[0].outcome)}"
    axes = _axes(words, table.synthetic, title, height=2.1 + 0.42 * len(effects))
    _intervals(axes, effects, [effect.subgroup for effect in effects], percent, words)
    if truth is not None:
        if len(truth) != len(effects):
            raise OptionError(f"truth must have one value per fifth ({len(effects)}); got {len(truth)}.")
        axes.scatter(truth, np.arange(len(effects))[::-1], marker="D", color=_TRUTH, zorder=4, label=words.word("truth"))
        _legend(axes, columns=2)
    axes.annotate(words.word("poorest"), (1, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", ha="right", fontsize=7.5, color="#555555")
    return axes


def _axes(words: Language, synthetic: bool, title: str, height: float) -> Axes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.2, height), layout="constrained")
    axes: Axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(title, loc="left", fontsize=10.5, wrap=True, pad=16)
    if synthetic:
        figure.suptitle(words.word("synthetic"), x=0.01, ha="left", fontsize=9.5, weight="bold", color="#B00020")
    axes.tick_params(labelsize=8.5)
    return axes


def _legend(axes: Axes, columns: int) -> None:
    axes.figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=8)


def _intervals(axes: Axes, effects: Sequence[Effect], names: Sequence[str], percent: bool, words: Language) -> None:
    place = np.arange(len(effects))[::-1]
    value = np.array([effect.percent_effect if percent else effect.estimate for effect in effects])
    low = np.array([effect.percent_conf_low if percent else effect.conf_low for effect in effects])
    high = np.array([effect.percent_conf_high if percent else effect.conf_high for effect in effects])
    axes.errorbar(value, place, xerr=[value - low, high - value], fmt="o", color=_CONTROL, capsize=3, markersize=5)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(place, names)
    axes.set_ylim(-0.6, len(effects) - 0.4)
    unit = effects[0].unit
    level = words.word("interval").replace("95", f"{100 * effects[0].level:g}")
    quantity = words.word("percent_effect") if percent else words.word("effect") + (f" ({unit})" if unit else "")
    axes.set_xlabel(f"{quantity}; {level}", fontsize=8.5)
    ends = np.nanmax(np.abs([low, high]))
    decimals = 0 if ends >= 10 else 1 if ends >= 1 else 2
    axes.xaxis.set_major_formatter(lambda number, _: words.number(number, decimals))


def _of_outcome(table: EffectTable, outcome: str | None) -> list[Effect]:
    names = list(dict.fromkeys(effect.outcome for effect in table))
    if outcome is None and len(names) != 1:
        raise OptionError(f"outcome must say which of {checks.listed(map(repr, names), 8)} to draw; the table has {len(names)}.")
    chosen = [effect for effect in table if outcome in (None, effect.outcome)]
    if not chosen:
        raise OptionError(f"outcome must be one of {checks.listed(map(repr, names), 8)}; got {outcome!r}.")
    return chosen


def _shares(values: Array, weights: Array, edges: Array) -> Array:
    counts, _ = np.histogram(values, edges, weights=weights)
    shares: Array = counts / counts.sum()
    return shares


def _readable(name: str) -> str:
    return name.replace("_", " ")
