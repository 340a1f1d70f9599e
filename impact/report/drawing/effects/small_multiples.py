"""Many outcomes, one small figure each, all of the same rows: the eye compares patterns, and reads numbers in the tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import ALARM, CONTROL, QUIET, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.sentences import begun
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.effect import Effect, EffectTable

_WIDTH, _SMALL, _ROW = 6.2, 8.0, 0.24
_SEEN = Text(
    "{panels} small figures of {rows} rows each: {listed}.",
    "{panels} figuras pequeñas de {rows} filas cada una: {listed}.",
)
_OF_ONE = Text(
    "{outcome}, {apart} of {rows} told from zero", "{outcome}, {apart} de {rows} se distinguen de cero"
)


def small_multiples(
    table: EffectTable,
    language: str = "en",
    overall: Mapping[str, Effect] | None = None,
    labels: Mapping[str, str] | None = None,
    subgroups: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the effects on several outcomes in the same subgroups, a small figure an outcome, two beside each other.

    Parameters
    ----------
    table : EffectTable
        A row an outcome and subgroup, as ``im.subgroup_effects(…).table`` or the tables of several fifths together.
    language : {"en", "es"}
    overall : mapping of str to Effect, optional
        Outcome to the effect on all: a dashed line.
    labels : mapping, optional
        Outcome to the name shown.
    subgroups : mapping, optional
        Subgroup to the name shown.

    Returns
    -------
    Axes
        The first small figure; the others are in its ``figure.axes``. Each has its own scale, as outcomes have their own units; a subgroup
        without an estimate has an empty row. The order of the rows is the table's, the same everywhere.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=120)
    >>> roles = survey.roles() | {"outcomes": ["income_labour", "area_cultivated"]}
    >>> sample = im.Sample(survey.household, **roles)
    >>> found = im.subgroup_effects(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3), by="head_female")
    >>> axes = small_multiples(found.table)
    >>> len(axes.figure.axes)
    2
    """
    from matplotlib.figure import Figure

    style = Style.of(language)
    outcomes = list(dict.fromkeys(effect.outcome for effect in table))
    rows = list(dict.fromkeys(effect.subgroup for effect in table))
    lines = -(-len(outcomes) // 2)
    figure = Figure(figsize=(_WIDTH, lines * (_ROW * len(rows) + 1.15) + 0.3), layout="constrained")
    axes = figure.subplots(lines, 2, squeeze=False).ravel()
    for panel in axes[len(outcomes) :]:
        panel.set_visible(False)
    if table.synthetic:
        figure.suptitle(style.word("synthetic"), x=0.01, ha="left", fontsize=9.5, weight="bold", color=ALARM)
    seen = []
    for number, (outcome, panel) in enumerate(zip(outcomes, axes, strict=False)):
        found = {effect.subgroup: effect for effect in table if effect.outcome == outcome}
        name = (labels or {}).get(outcome, outcome.replace("_", " "))
        drawn = [found.get(row) for row in rows]
        _draw(panel, drawn, name, None if overall is None else overall.get(outcome), style)
        shown = [textwrap.fill((subgroups or {}).get(row, row), 18) for row in rows]
        panel.set_yticks(range(len(rows)), shown if number % 2 == 0 else [""] * len(rows), fontsize=_SMALL)
        known = [effect for effect in drawn if effect is not None and np.isfinite(effect.estimate)]
        apart = sum(effect.conf_low > 0 or effect.conf_high < 0 for effect in known)
        seen.append(style.text(_OF_ONE.with_values(outcome=name, apart=apart, rows=len(known))))
    tell(
        axes[0],
        style.text(_SEEN.with_values(panels=len(outcomes), rows=len(rows), listed="; ".join(seen))),
    )
    first: Axes = axes[0]
    return first


def _draw(
    panel: Axes, effects: Sequence[Effect | None], name: str, overall: Effect | None, style: Style
) -> None:
    """Draw one outcome: a row a subgroup from the top down, zero, and the effect on all."""
    known = [(row, effect) for row, effect in enumerate(effects) if effect is not None]
    estimate = np.array([effect.estimate for _, effect in known])
    low = np.array([effect.conf_low for _, effect in known])
    high = np.array([effect.conf_high for _, effect in known])
    place = [row for row, _ in known]
    panel.errorbar(
        estimate,
        place,
        xerr=[estimate - low, high - estimate],
        fmt="o",
        color=CONTROL,
        capsize=2,
        markersize=4,
    )
    panel.axvline(0, color="black", linewidth=0.8, zorder=1)
    if overall is not None:
        panel.axvline(overall.estimate, color=QUIET, linewidth=1.1, linestyle="--", zorder=0)
    panel.set_ylim(len(effects) - 0.5, -0.5)
    panel.set_title("\n".join(textwrap.wrap(begun(name), 34)), loc="left", fontsize=9)
    unit = style.text(known[0][1].unit) if known else ""
    panel.set_xlabel(unit, fontsize=_SMALL)
    panel.tick_params(labelsize=_SMALL, left=False)
    panel.locator_params(axis="x", nbins=4)
    write_numbers(panel.xaxis, style)
    panel.grid(axis="y", color="#EEEEEE", linewidth=0.8)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
