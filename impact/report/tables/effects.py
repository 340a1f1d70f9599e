"""Effects as published: the table of strategies, the effects by fifth, and the tidy frame behind both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.effects.effect import Effect, EffectTable
from impact.effects.heterogeneity.comparison import EffectComparison
from impact.errors import EstimationError
from impact.report.cells import decimals_for, shown
from impact.report.contents import Cell, Interval, Number, Row, Suppressed, Table
from impact.report.words.labels import method_text, phrase, word
from impact.report.words.names import Names

STAR_LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How an outcome's values are shown: shares as percentages, everything else in its unit."""

    factor: float
    decimals: int
    unit: str
    level_suffix: str = ""

    @classmethod
    def of(cls, effects: Sequence[Effect], language: str) -> Scale:
        """Return one scale for an outcome under all strategies, so that its row is read across."""
        first = effects[0]
        if is_share(first):
            return cls(100.0, 1, word("percentage_points", language), " %")
        sizes = [max(abs(effect.control_mean), abs(effect.estimate)) for effect in effects]
        return cls(1.0, decimals_for(float(np.nanmax(sizes))), phrase(first.unit, language))

    def number(self, value: float, brackets: bool = False, stars: str = "") -> Number:
        """Return a value in the shown unit."""
        return Number(self.factor * value, self.decimals, brackets=brackets, stars=stars)

    def level(self, value: float) -> Number:
        """Return a mean in the shown unit."""
        return Number(self.factor * value, self.decimals, self.level_suffix)

    def interval(self, low: float, high: float) -> Interval:
        """Return an interval in the shown unit."""
        return Interval(self.factor * low, self.factor * high, self.decimals)


def is_share(effect: Effect) -> bool:
    """Return whether the outcome is a share between 0 and 1, such as a headcount or a poverty gap."""
    return effect.unit.startswith("share of")


def outcome_label(effect: Effect, scale: Scale, names: Names) -> str:
    """Return the outcome's name with its unit."""
    return f"{names.of(effect.outcome)} ({scale.unit})" if scale.unit else names.of(effect.outcome)


def is_publishable(effect: Effect, minimum: int) -> bool:
    """Return whether each arm has as many units as a published number needs."""
    return min(effect.n_treated, effect.n_control) >= minimum


def in_published_units(effects: EffectTable, language: str, names: Names) -> EffectTable:
    """Return effects for a figure: shares in percentage points, units and strategies in the page's language."""
    changed = []
    for effect in effects:
        scale = Scale.of([effect], language)
        numbers = {
            key: scale.factor * getattr(effect, key)
            for key in ("estimate", "std_error", "conf_low", "conf_high", "control_mean")
        }
        changed.append(
            replace(effect, **numbers, unit=scale.unit, strategy=names.of(phrase(effect.strategy, language)))
        )
    return replace(effects, effects=tuple(changed))


def published(effect: Effect, minimum: int, cell: Callable[[Effect], Cell]) -> Cell:
    """Return a cell of an effect, or its suppression where an arm has fewer units than may be published."""
    return cell(effect) if is_publishable(effect, minimum) else Suppressed(minimum)


def strategy_table(
    effects: EffectTable,
    names: Names | None = None,
    language: str = "en",
    minimum: int = 5,
    stars: bool = False,
) -> Table:
    """Return the robustness table as published: outcomes in rows, strategies in columns.

    Parameters
    ----------
    effects : EffectTable
        Every outcome under every strategy, without subgroups.
    names : Names, optional
        Labels of outcomes and strategies.
    language : {"en", "es"}
    minimum : int
        Estimates that rest on fewer units of an arm are suppressed.
    stars : bool
        Mark significance at 10, 5 and 1 %. Off by default: the intervals say more.

    Returns
    -------
    Table
        Per outcome the effect, its standard error and interval, the matched control mean, and the effect in percent of that mean with
        its interval; then, per strategy, what the estimates rest on.
    """
    names = names or Names()
    strategies = list(dict.fromkeys(effect.strategy for effect in effects))
    outcomes = list(dict.fromkeys(effect.outcome for effect in effects))
    rows: list[Row] = []
    for outcome in outcomes:
        rows += _outcome_rows(
            [effects.one(outcome, strategy) for strategy in strategies], names, language, minimum, stars
        )
    rows += _design_rows([effects.one(outcomes[0], strategy) for strategy in strategies], language, minimum)
    return Table(
        name="strategies",
        caption=word("strategy_table", language),
        headings=(
            word("outcome", language),
            *(names.of(phrase(strategy, language)) for strategy in strategies),
        ),
        rows=tuple(rows),
        notes=effect_notes(effects, language, stars),
        synthetic=effects.synthetic,
    )


def _outcome_rows(
    effects: Sequence[Effect], names: Names, language: str, minimum: int, stars: bool
) -> list[Row]:
    scale = Scale.of(effects, language)
    level = f"{100 * effects[0].level:g}"
    lines: list[tuple[str, Callable[[Effect], Cell]]] = [
        (
            outcome_label(effects[0], scale, names),
            lambda e: scale.number(e.estimate, stars=_stars(e.p_value) if stars else ""),
        ),
        (word("std_error", language), lambda e: scale.number(e.std_error, brackets=True)),
        (word("interval", language, level=level), lambda e: scale.interval(e.conf_low, e.conf_high)),
        (word("control_mean", language), lambda e: scale.level(e.control_mean)),
        (word("percent_effect", language), lambda e: Number(e.percent_effect, 1, " %")),
        (
            word("percent_interval", language, level=level),
            lambda e: Interval(e.percent_conf_low, e.percent_conf_high, 1),
        ),
    ]
    return [
        Row((label, *(published(effect, minimum, cell) for effect in effects)), opens=number == 0)
        for number, (label, cell) in enumerate(lines)
    ]


def _design_rows(effects: Sequence[Effect], language: str, minimum: int) -> list[Row]:
    lines: list[tuple[str, Callable[[Effect], Cell]]] = [
        (word("n_treated", language), lambda e: count(e.n_treated, minimum)),
        (word("n_treated_total", language), lambda e: count(e.n_treated_total, minimum)),
        (word("share_on_support", language), lambda e: Number(100 * e.share_on_support, 1, " %")),
        (word("n_control", language), lambda e: count(e.n_control, minimum)),
        (word("ess_control", language), lambda e: Number(e.ess_control, 0)),
        (word("max_abs_smd", language), lambda e: Number(e.max_abs_smd, 2)),
    ]
    if any(effect.n_clusters for effect in effects):
        lines += [
            (word("n_clusters", language), lambda e: Number(e.n_clusters, 0)),
            (word("effective_clusters", language), lambda e: Number(e.effective_control_clusters, 0)),
            (word("largest_cluster", language), lambda e: Number(100 * e.largest_cluster_share, 1, " %")),
        ]
    blank = Row((word("rests_on", language), *("" for _ in effects)), opens=True)
    return [
        blank,
        *(Row((label, *(published(effect, minimum, cell) for effect in effects))) for label, cell in lines),
    ]


def quintile_table(
    effects: EffectTable, truth: Sequence[float] | None, names: Names, language: str, minimum: int = 5
) -> Table:
    """Return the effect in each fifth, with the known one in percent where the data are synthetic."""
    listed = list(effects)
    scale, level = Scale.of(listed, language), f"{100 * listed[0].level:g}"
    numbers = ("n_treated", "n_control")
    headings = [
        "subgroup",
        "effect",
        "std_error",
        "interval",
        "control_mean",
        "percent_effect",
        "percent_interval",
        *numbers,
    ]
    rows = []
    for number, effect in enumerate(listed):
        cells: list[Callable[[Effect], Cell]] = [
            lambda e: scale.number(e.estimate),
            lambda e: scale.number(e.std_error, brackets=True),
            lambda e: scale.interval(e.conf_low, e.conf_high),
            lambda e: scale.level(e.control_mean),
            lambda e: Number(e.percent_effect, 0, " %"),
            lambda e: Interval(e.percent_conf_low, e.percent_conf_high, 0),
            lambda e: count(e.n_treated, minimum),
            lambda e: count(e.n_control, minimum),
        ]
        known = () if truth is None else (Number(truth[number], 0, " %"),)
        rows.append(Row((effect.subgroup, *(published(effect, minimum, cell) for cell in cells), *known)))
    truth_heading = () if truth is None else (word("true_percent", language),)
    return Table(
        name="quintiles",
        caption=word("quintile_table", language, outcome=outcome_label(listed[0], scale, names)),
        headings=(*(word(key, language, level=level) for key in headings), *truth_heading),
        rows=tuple(rows),
        notes=(
            word("quintile_note", language),
            _smd_by_fifth(listed, language),
            *effect_notes(replace(effects, notes=()), language),
        ),
        synthetic=effects.synthetic,
    )


def _smd_by_fifth(effects: Sequence[Effect], language: str) -> str:
    from impact.report.words.language import Language

    words = Language(language)
    values = ", ".join(f"{effect.subgroup} {words.number(effect.max_abs_smd, 2)}" for effect in effects)
    return word("smd_by_fifth", language, values=values.replace(", Q", "; Q"))


def comparison_table(comparison: EffectComparison, unit: str, language: str) -> Table:
    """Return the tests across fifths: all alike, a trend, the poorest as a multiple of the next."""
    names = comparison.levels.names
    rows: list[Row] = []
    for scale in comparison.scales:
        heading = word(f"scale_{scale}", language, unit=unit or word("unit_of_outcome", language))
        rows.append(Row((heading, "", "", ""), opens=True))
        rows += _test_rows(comparison, scale, names[0], names[1], language)
    level = f"{100 * comparison.level:g}"
    headings = tuple(
        word(key, language, level=level) for key in ("test", "test_value", "interval", "p_value")
    )
    table = comparison.table
    return Table(
        "quintile_tests",
        word("tests_table", language),
        headings,
        tuple(rows),
        (word("tests_note", language),),
        table.synthetic,
    )


def _test_rows(comparison: EffectComparison, scale: str, first: str, second: str, language: str) -> list[Row]:
    nothing = Interval(float("nan"), float("nan"))
    trend, ratio = comparison.trend(scale), comparison.ratio(first, second, scale)
    decimals, suffix = (1, " %") if scale == "percent" else (decimals_for(trend.slope), "")
    bounded = Interval(ratio.conf_low, ratio.conf_high, 2) if ratio.shape == "interval" else nothing
    rows = [
        Row(
            (
                word("test_trend", language),
                Number(trend.slope, decimals, suffix),
                Interval(trend.conf_low, trend.conf_high, decimals, suffix),
                Number(trend.p_value, 3),
            )
        ),
        Row(
            (
                word("test_ratio", language, first=first, second=second),
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
    freedom = shown(Number(equal.denominator, 1), language)
    label = word("test_equal", language, numerator=equal.numerator, denominator=freedom)
    return [Row((label, Number(equal.f_statistic, 2), nothing, Number(equal.p_value, 3))), *rows]


def tidy_table(name: str, effects: EffectTable, language: str, minimum: int = 5) -> Table:
    """Return the frame of an effect table for machines: every column, full precision, small cells suppressed."""
    frame = effects.frame
    rows = []
    for effect, record in zip(effects, frame.itertuples(index=False, name=None), strict=True):
        hidden = not is_publishable(effect, minimum)
        rows.append(
            Row(
                tuple(
                    Suppressed(minimum) if hidden and not isinstance(value, str) else _tidy(value)
                    for value in record
                )
            )
        )
    return Table(
        name,
        word("tidy_table", language),
        tuple(frame.columns),
        tuple(rows),
        effects.notes,
        effects.synthetic,
    )


def count(number: int, minimum: int) -> Cell:
    """Return a number of units, suppressed where it is small but not zero."""
    return Suppressed(minimum) if 0 < number < minimum else Number(number, 0)


def effect_notes(effects: EffectTable, language: str, stars: bool = False) -> tuple[str, ...]:
    """Return what must stand under a table of effects: estimand, denominator, weights, variance, level, comparator."""
    listed = list(effects)
    first = listed[0]
    kinds = {
        "comparator": _different(phrase(e.comparator.removeprefix("matched "), language) for e in listed),
        "weights": _different(method_text(e.weights, language) for e in listed),
        "variance": _different(method_text(e.variance, language) for e in listed),
        "adjustment": _different(method_text(e.bias_adjustment, language) for e in listed),
        "identification": phrase(first.identification, language),
    }
    notes = [
        word(f"note_{first.estimand}", language),
        word("note_effects", language, level=f"{100 * first.level:g}", **kinds),
    ]
    if any(not np.isfinite(effect.percent_effect) for effect in listed):
        notes.append(word("note_no_percent", language))
    if len({effect.strategy for effect in listed}) > 1:
        notes.append(word("note_spread", language))
    if stars:
        notes.append(word("note_stars", language))
    return (*notes, *(phrase(note, language) for note in effects.notes))


def _different(texts: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(texts))


def _stars(p_value: float) -> str:
    return next((mark for level, mark in STAR_LEVELS if p_value < level), "")


def _tidy(value: object) -> Cell:
    if isinstance(value, str):
        return value
    if not isinstance(value, (int, float)) or value != value:
        return ""
    return Number(float(value), 0 if isinstance(value, int) else 6)
