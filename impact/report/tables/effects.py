"""Effects as published: their scale and notes, the effects by fifth, and the tidy frame behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.effects.effect import Effect, EffectTable
from impact.effects.heterogeneity.comparison import EffectComparison
from impact.effects.labels import CONTROL_MEAN, MATCH_WEIGHT
from impact.errors import EstimationError
from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Estimate, Interval, Number, PValue, Row, Suppressed, Table
from impact.report.suppression import counts_shown
from impact.report.words.style import Style
from impact.survey.shares import is_share

_MATCHED = Text("those who have a match", "quienes tienen pareja")
_WITHOUT = Text("not estimated: {reason}", "no se estima: {reason}", reason="")


@dataclass(frozen=True, slots=True)
class Scale:
    """How an outcome's values are shown: shares as percentages, everything else in its unit."""

    factor: float
    decimals: int
    unit: str
    level_suffix: str = ""

    @classmethod
    def of(cls, effects: Sequence[Effect], style: Style) -> Scale:
        """Return one scale for an outcome under all strategies, so that its row is read across."""
        first = effects[0]
        if is_share(first.unit):
            return cls(100.0, 1, style.word("percentage_points"), " %")
        sizes = [max(abs(effect.control_mean), abs(effect.estimate)) for effect in effects]
        return cls(1.0, decimals_for(float(np.nanmax(sizes))), style.text(first.unit))

    def number(self, value: float, brackets: bool = False, stars: str = "") -> Number:
        """Return a value in the shown unit."""
        return Number(self.factor * value, self.decimals, brackets=brackets, stars=stars)

    def said(self, value: float, style: Style) -> str:
        """Return a value in the shown unit, as a sentence says it."""
        return f"{style.number(self.factor * value, self.decimals)} {self.unit}".rstrip()

    def level(self, value: float) -> Number:
        """Return a mean in the shown unit."""
        return Number(self.factor * value, self.decimals, self.level_suffix)

    def estimate(self, effect: Effect, stars: str = "") -> Estimate:
        """Return an effect with its interval in the shown unit."""
        value, low, high = (self.factor * end for end in (effect.estimate, effect.conf_low, effect.conf_high))
        return Estimate(value, low, high, self.decimals, stars=stars)

    def interval(self, low: float, high: float) -> Interval:
        """Return an interval in the shown unit."""
        return Interval(self.factor * low, self.factor * high, self.decimals)


def outcome_label(effect: Effect, scale: Scale, style: Style) -> str:
    """Return the outcome's name with its unit and, of an amount, the period that it is of."""
    period = "" if is_share(effect.unit) else style.text(effect.period)
    said = ", ".join(part for part in (scale.unit, period) if part)
    return f"{style.name(effect.outcome)} ({said})" if said else style.name(effect.outcome)


def is_publishable(effect: Effect, style: Style) -> bool:
    """Return whether each arm has as many units as a published number needs."""
    return min(effect.n_treated, effect.n_control) >= style.minimum


def few_left_out(effect: Effect, style: Style) -> bool:
    """Return whether so few of those asked about are not in the estimate that their number is not published, nor what tells it."""
    of = {"ATT": effect.n_treated, "ATC": effect.n_control}.get(
        effect.estimand, effect.n_treated + effect.n_control
    )
    share = effect.share_on_support
    by_share = round(of / share - of) if share > 0 else 0
    left = (effect.n_treated_total - effect.n_treated, by_share)
    return any(0 < number < style.minimum for number in left)


def population_said(effect: Effect, style: Style) -> str:
    """Return for whom the effect is; without counts where so few were left out that their number is not published."""
    return style.text(_MATCHED if few_left_out(effect, style) else effect.population)


def _telling(effect: Effect, style: Style) -> set[str]:
    """Return the columns that tell how many were left out, where they are few: by themselves, or with a total that stands elsewhere."""
    of = {"ATT": {"n_treated"}, "ATC": {"n_control"}}.get(effect.estimand, {"n_treated", "n_control"})
    unused = {"n_control"} if effect.strategy in style.few_unused else set[str]()
    return unused | (of | {"share_on_support"} if few_left_out(effect, style) else set[str]())


def in_published_units(effects: EffectTable, style: Style) -> EffectTable:
    """Return effects for a figure: shares in percentage points, units and strategies in the page's language."""
    changed = []
    for effect in effects:
        scale = Scale.of([effect], style)
        numbers = {
            key: scale.factor * getattr(effect, key)
            for key in ("estimate", "std_error", "conf_low", "conf_high", "control_mean")
        }
        changed.append(replace(effect, **numbers, unit=scale.unit, strategy=style.name(effect.strategy)))
    return replace(effects, effects=tuple(changed))


def published(effect: Effect, style: Style, cell: Callable[[Effect], Cell]) -> Cell:
    """Return a cell of an effect, or its suppression where an arm has fewer units than may be published."""
    return cell(effect) if is_publishable(effect, style) else Suppressed(style.minimum)


def published_level(effect: Effect, style: Style, cell: Callable[[Effect], Cell]) -> Cell:
    """Return a cell that tells the controls' level, by itself or with the effect; hidden where the outcome's levels are."""
    if effect.outcome in style.hidden_levels:
        return Suppressed(style.minimum, secondary=True)
    return published(effect, style, cell)


def quintile_table(
    effects: EffectTable,
    truth: Sequence[float] | None,
    style: Style,
    reasons: Mapping[str, str] | None = None,
) -> Table:
    """Return the effect in each fifth, with the known one in percent where the data are synthetic; a fifth without one says why."""
    listed = list(effects)
    scale, level = Scale.of(listed, style), f"{100 * listed[0].level:g}"
    headings = _quintile_headings(style, level, with_truth=truth is not None)
    rows = []
    treated = _parts([effect.n_treated for effect in listed], style)
    control = _parts([effect.n_control for effect in listed], style)
    for number, effect in enumerate(listed):
        counts = (treated[number], control[number])
        known = () if truth is None else (Number(truth[number], 0, " %"),)
        rows.append(
            Row(
                (
                    effect.subgroup,
                    *_quintile_cells(effect, scale, style),
                    *counts,
                    *known,
                )
            )
        )
    rows += [
        Row((name, style.text(_WITHOUT.with_values(reason=style.text(reason))), *[""] * (len(headings) - 2)))
        for name, reason in (reasons or {}).items()
    ]
    rows.sort(key=lambda row: str(row.cells[0]))
    return Table(
        name="quintiles",
        caption=style.word("quintile_table", outcome=outcome_label(listed[0], scale, style)),
        headings=headings,
        rows=tuple(rows),
        notes=(
            style.word("quintile_note"),
            _smd_by_fifth(listed, style),
            *effect_notes(replace(effects, notes=()), style),
        ),
        synthetic=effects.synthetic,
    )


def _quintile_cells(effect: Effect, scale: Scale, style: Style) -> list[Cell]:
    """Return a fifth's effect, its error and degrees of freedom, then what tells the controls' level."""
    cells: list[Callable[[Effect], Cell]] = [
        scale.estimate,
        lambda e: scale.number(e.std_error, brackets=True),
        lambda e: Number(e.degrees_of_freedom, 1),
    ]
    levels: list[Callable[[Effect], Cell]] = [
        lambda e: scale.level(e.control_mean),
        lambda e: Estimate(e.percent_effect, e.percent_conf_low, e.percent_conf_high, 0),
    ]
    shown = [published(effect, style, cell) for cell in cells]
    return [*shown, *(published_level(effect, style, cell) for cell in levels)]


def _quintile_headings(style: Style, level: str, *, with_truth: bool) -> tuple[str, ...]:
    interval = style.word("interval", level=level)
    return (
        style.word("subgroup"),
        f"{style.word('effect')} [{interval}]",
        style.word("std_error"),
        style.word("degrees_of_freedom"),
        style.word("control_mean"),
        f"{style.word('percent_effect')} [{interval}]",
        style.word("n_treated"),
        style.word("n_control"),
        *((style.word("true_percent"),) if with_truth else ()),
    )


def _parts(counts: Sequence[int], style: Style) -> list[Cell]:
    """Return the counts of parts whose total is published elsewhere: none that is hidden follows from the others."""
    total = (sum(counts), *counts)
    return counts_shown(total, [(0, tuple(range(1, len(total))))], style.minimum)[1:]


def _smd_by_fifth(effects: Sequence[Effect], style: Style) -> str:
    values = ", ".join(f"{effect.subgroup} {style.number(effect.max_abs_smd, 2)}" for effect in effects)
    return style.word("smd_by_fifth", values=values.replace(", Q", "; Q"))


def comparison_table(comparison: EffectComparison, unit: str, style: Style) -> Table:
    """Return the tests across fifths: all alike, a trend, the poorest as a multiple of the next."""
    names = comparison.levels.names
    rows: list[Row] = []
    for scale in comparison.scales if len(names) > 1 else ():
        heading = style.word(f"scale_{scale}", unit=unit or style.word("unit_of_outcome"))
        rows.append(Row((heading, "", "", ""), opens=True))
        rows += _test_rows(comparison, scale, names[0], names[1], style)
    level = style.level(comparison.level)
    headings = tuple(style.word(key, level=level) for key in ("test", "test_value", "interval", "p_value"))
    table = comparison.table
    return Table(
        "quintile_tests",
        style.word("tests_table"),
        headings,
        tuple(rows),
        (style.word("tests_note"),),
        table.synthetic,
    )


def _test_rows(comparison: EffectComparison, scale: str, first: str, second: str, style: Style) -> list[Row]:
    nothing = Interval(float("nan"), float("nan"))
    trend, ratio = comparison.trend(scale), comparison.ratio(first, second, scale)
    decimals, suffix = (1, " %") if scale == "percent" else (decimals_for(trend.slope), "")
    bounded = Interval(ratio.conf_low, ratio.conf_high, 2) if ratio.shape == "interval" else nothing
    rows = [
        Row(
            (
                style.word("test_trend"),
                Number(trend.slope, decimals, suffix),
                Interval(trend.conf_low, trend.conf_high, decimals, suffix),
                PValue(trend.p_value),
            )
        ),
        Row(
            (
                style.word("test_ratio", first=first, second=second),
                Number(ratio.ratio, 2),
                bounded,
                Number(float("nan")),
            )
        ),
    ]
    try:
        equal = comparison.equality(scale)
    except (
        EstimationError
    ):  # more fifths than the groups can tell apart: the trend and the multiple still stand
        return rows
    freedom = style.number(equal.denominator, 1)
    label = style.word("test_equal", numerator=equal.numerator, denominator=freedom)
    return [Row((label, Number(equal.f_statistic, 2), nothing, PValue(equal.p_value))), *rows]


_EVERYBODY = Text("all", "todos")
_LEVELS = ("control_mean", "percent_effect", "percent_conf_low", "percent_conf_high")
"""Columns of effects that tell the controls' level, by themselves or with the effect."""


def tidy_table(name: str, effects: EffectTable, style: Style) -> Table:
    """Return the frame of an effect table for machines: every column, full precision, small cells suppressed."""
    frame = effects.frame_in(style.language.code)
    everybody = style.text(_EVERYBODY)
    frame["strategy"] = [style.name(effect.strategy) for effect in effects]
    frame["population"] = [population_said(effect, style) for effect in effects]
    frame["subgroup"] = [
        everybody if effect.subgroup == "all" else style.text(effect.subgroup) for effect in effects
    ]
    rows = []
    for effect, record in zip(effects, frame.itertuples(index=False, name=None), strict=True):
        hidden = not is_publishable(effect, style)
        levels = set(_LEVELS) if effect.outcome in style.hidden_levels else set()
        secondary = levels | _telling(effect, style)
        cells = [
            Suppressed(style.minimum, secondary=not hidden)
            if (hidden or column in secondary) and not isinstance(value, str)
            else _tidy(value)
            for column, value in zip(frame, record, strict=True)
        ]
        rows.append(Row((*cells, style.name(effect.outcome))))
    return Table(
        name,
        style.word("tidy_table"),
        (*frame.columns, "outcome_label"),
        tuple(rows),
        tuple(style.text(note) for note in effects.notes),
        effects.synthetic,
    )


def used(effect: Effect, style: Style) -> Cell:
    """Return how many controls an effect uses; hidden where so few are not used that the flow does not tell them."""
    if effect.strategy in style.few_unused:
        return Suppressed(style.minimum, secondary=True)
    return count(effect.n_control, style)


def kept(effect: Effect, cell: Cell, style: Style) -> Cell:
    """Return a cell that tells how many were left out; hidden where they are few but not none."""
    return Suppressed(style.minimum, secondary=True) if few_left_out(effect, style) else cell


def count(number: int, style: Style) -> Cell:
    """Return a number of units, suppressed where it is small but not zero."""
    return Suppressed(style.minimum) if 0 < number < style.minimum else Number(number, 0)


def effect_notes(
    effects: EffectTable, style: Style, stars: bool = False, percent: bool = True
) -> tuple[str, ...]:
    """Return what must stand under a table of effects: estimand, denominator, weights, variance, level, comparator.

    Where the table has a column of percentages (``percent``), also what a missing one means.
    """
    listed = list(effects)
    first = listed[0]
    kinds = {
        "comparator": different(_comparator(e, style) for e in listed),
        "weights": different(style.text(e.weights) for e in listed),
        "variance": different(style.text(e.variance) for e in listed),
        "adjustment": different(style.text(e.bias_adjustment) for e in listed),
        "identification": different(style.text(e.identification) for e in listed),
        "denominator": different(_denominators(listed, style)),
    }
    of_estimand = f"note_{first.estimand}"
    notes = [
        arm_word(of_estimand, effects, style) if first.estimand == "ATT" else style.word(of_estimand),
        style.word("note_effects", level=style.level(first.level), **kinds),
    ]
    if percent and any(not np.isfinite(effect.percent_effect) for effect in listed):
        notes.append(style.word("note_no_percent"))
    if len({effect.strategy for effect in listed}) > 1:
        notes.append(style.word("note_spread"))
    if stars:
        notes.append(style.word("note_stars"))
    return (*notes, *(style.text(note) for note in effects.notes))


def is_matched(effect: Effect) -> bool:
    """Return whether match weights made the effect: of waves it may compare everybody who entered with everybody who did not."""
    return str(MATCH_WEIGHT) in effect.weights


def arm_word(key: str, effects: Iterable[Effect], style: Style) -> str:
    """Return what a column of arms is called: matched only where every effect is of a match."""
    return style.word(key if all(map(is_matched, effects)) else f"{key}_unmatched")


def _denominators(effects: Sequence[Effect], style: Style) -> list[str]:
    """Return what the percentages are of, of the effects that have one."""
    of = [effect.denominator for effect in effects if np.isfinite(effect.percent_effect)]
    names = of or [_would_be_of(effect) for effect in effects]
    return [style.text(CONTROL_MEAN if name == CONTROL_MEAN else name) for name in names]


def _would_be_of(effect: Effect) -> str:
    """Return what a percentage would be of that an effect does not have."""
    values = effect.denominator.values if isinstance(effect.denominator, Text) else {}
    of = values.get("denominator", CONTROL_MEAN)
    return of if isinstance(of, str) else CONTROL_MEAN


def _comparator(effect: Effect, style: Style) -> str:
    who = effect.comparator.values["who"] if isinstance(effect.comparator, Text) else effect.comparator
    return style.text(who if isinstance(who, str) else str(who))


def different(texts: Iterable[str]) -> str:
    """Return the texts that differ, each once."""
    return " | ".join(dict.fromkeys(texts))


def _tidy(value: object) -> Cell:
    if isinstance(value, str):
        return value
    if not isinstance(value, (int, float)) or value != value:
        return ""
    return Number(float(value), 0 if isinstance(value, int) else 6)
