"""Effects and their table: one tidy frame in which every number carries its label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import SPOKEN, OptionError
from impact.language import Language, Text, spoken
from impact.views import SYNTHETIC, Exported, html_view, spoken_digits, text_view

_SAID = Text(
    "{estimand} on {outcome} ({subgroup}): {estimate}, SE {error}, {level:.0%} interval {low} to {high}{percent}",
    "{estimand} en {outcome} ({subgroup}): {estimate}, EE {error}, intervalo del {level:.0%}: {low} a {high}{percent}",
)
_PERCENT = Text(" = {percent:+.1f} % of {denominator}", " = {percent:+.1f} % de: {denominator}")


@dataclass(frozen=True, slots=True)
class Effect:
    """One labelled number.

    Attributes
    ----------
    strategy, outcome, subgroup : str
        How the comparison was made, what changed, for whom ("all" without subgroups).
    estimand : str
        "ATT", "ATC" or "ATE".
    estimate, std_error, statistic, p_value, conf_low, conf_high : float
        In the outcome's unit; two-sided p-value and interval at ``level`` by the variance's own reference distribution. Statistic
        and p-value are missing where the standard error is 0: the outcome has no spread.
    degrees_of_freedom : float
        Of that distribution; infinite for the normal.
    level : float
        Confidence level of every interval of the row.
    control_mean : float
        Mean of the focal units without the programme, as the match gives it.
    percent_effect, percent_conf_low, percent_conf_high : float
        100 × effect / control_mean; missing where the control mean is not clearly above zero, with the reason in ``denominator``.
    n_treated, n_treated_total, n_control, n_clusters : int
        Matched treated and all treated units; controls with weight; groups with weight (0 without groups).
    share_on_support : float
        Share of the units of the estimand that stay in the estimate.
    ess_control, effective_control_clusters, largest_cluster_share : float
        Kish's effective number of controls and of control groups, and the largest group's share of the control weight.
    max_abs_smd : float
        Largest absolute standardised mean difference after matching.
    unit, period, population, comparator, denominator, weights, identification, bias_adjustment, variance : str
        What the number means.
    seed : int or None
        Seed of a variance that draws.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "income": 100 + age + 5 * (age % 2 == 0)})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> effect = im.estimate(matched, bias_adjustment="linear").one("income")
    >>> effect.estimand, round(effect.estimate, 6), round(effect.control_mean, 6), round(effect.percent_effect, 2)
    ('ATT', 5.0, 119.0, 4.2)
    >>> effect.frame[["outcome", "n_treated", "n_control"]].values.tolist()
    [['income', 20, 20]]
    """

    strategy: str
    outcome: str
    subgroup: str
    estimand: str
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    control_mean: float
    percent_effect: float
    percent_conf_low: float
    percent_conf_high: float
    n_treated: int
    n_treated_total: int
    share_on_support: float
    n_control: int
    n_clusters: int
    ess_control: float
    effective_control_clusters: float
    max_abs_smd: float
    unit: str
    period: str
    population: str
    comparator: str
    denominator: str
    weights: str
    identification: str
    bias_adjustment: str
    variance: str
    seed: int | None
    degrees_of_freedom: float
    level: float
    largest_cluster_share: float

    @property
    def frame(self) -> pd.DataFrame:
        """The effect as a table of one row, with the columns of every table of effects."""
        return EffectTable((self,)).frame

    def __repr__(self) -> str:
        percent: str = ""
        if not np.isnan(self.percent_effect):
            percent = _PERCENT.with_values(percent=self.percent_effect, denominator=self.denominator)
        estimate, error, low, high = map(
            spoken_digits, (self.estimate, self.std_error, self.conf_low, self.conf_high)
        )
        said = _SAID.with_values(
            estimand=self.estimand, outcome=self.outcome, subgroup=self.subgroup, estimate=estimate, error=error,
            level=self.level, low=low, high=high, percent=percent,
        )  # fmt: skip
        return spoken(said)

    def _repr_html_(self) -> str:
        return html_view(EffectTable((self,)).frame_in(SPOKEN.get()), (repr(self),))


EFFECT_COLUMNS: tuple[str, ...] = tuple(Effect.__dataclass_fields__)
_TYPES = dict.fromkeys(("n_treated", "n_treated_total", "n_control", "n_clusters"), "int64") | {
    "seed": "Int64"
}
FIRST = (
    "strategy", "outcome", "subgroup", "estimate", "std_error", "conf_low", "conf_high", "p_value", "control_mean", "percent_effect",
    "n_treated", "n_control", "n_clusters", "unit",
)  # fmt: skip
"""The columns that a page has room for."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EffectTable(Exported):
    """Effects in one tidy frame.

    Parameters
    ----------
    effects : sequence of Effect
    notes : tuple of str
        Lines that belong under the table wherever it is shown.
    synthetic : bool
        Whether the data are synthetic; every view then says so.
    influence : DataFrame, optional
        Influence of each unit (row) on each effect (column), where the estimator knows it: the error of an effect is about the mean of
        its column.
    band : DataFrame, optional
        Columns subgroup, estimate, band_low, band_high, widening: a band that holds for these effects at once.

    Examples
    --------
    >>> from impact.effects.effect import EffectTable
    >>> EffectTable(()).frame.columns[:3].tolist()
    ['strategy', 'outcome', 'subgroup']
    """

    effects: tuple[Effect, ...]
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    influence: pd.DataFrame | None = None
    band: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "effects", tuple(self.effects))

    @property
    def frame(self) -> pd.DataFrame:
        """One row per effect, with fixed columns."""
        return self.frame_in("en")

    def frame_in(self, language: str) -> pd.DataFrame:
        """Return the frame with the labels in a language; its columns keep their names."""
        words = Language(language)
        rows = [
            [words.text(value) if isinstance(value, str) else value for value in _values(effect)]
            for effect in self.effects
        ]
        if not rows:
            return pd.DataFrame(columns=list(EFFECT_COLUMNS)).astype(_TYPES)
        columns: dict[str, Any] = dict(zip(EFFECT_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        # typed column by column: to convert a finished table takes longer than a small estimate
        typed = {name: pd.array(columns[name], dtype=kind) for name, kind in _TYPES.items()}
        return pd.DataFrame(columns | typed)

    def one(
        self, outcome: str | None = None, strategy: str | None = None, subgroup: str | None = None
    ) -> Effect:
        """Return the single effect of these labels, or raise an OptionError that says how many there are."""
        found = [
            effect
            for effect in self.effects
            if outcome in (None, effect.outcome)
            and strategy in (None, effect.strategy)
            and subgroup in (None, effect.subgroup)
        ]
        if len(found) != 1:
            labels = checks.listed([f"{e.strategy} / {e.outcome} / {e.subgroup}" for e in self.effects], 6)
            raise OptionError(
                Text(
                    "The labels must pick one effect; they pick {number}. The table has: {labels}.",
                    "Las etiquetas deben elegir un efecto; eligen {number}. La tabla tiene: {labels}.",
                    number=len(found),
                    labels=labels,
                )
            )
        return found[0]

    def labelled(self, strategy: str | None = None, subgroup: str | None = None) -> EffectTable:
        """Return the table with the strategy's or subgroup's name set in every row."""
        changes: dict[str, Any] = {
            key: value for key, value in (("strategy", strategy), ("subgroup", subgroup)) if value is not None
        }
        return replace(self, effects=tuple(replace(effect, **changes) for effect in self.effects))

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.effects)

    def __len__(self) -> int:
        return len(self.effects)

    def __repr__(self) -> str:
        short = [
            "strategy",
            "outcome",
            "subgroup",
            "estimand",
            "estimate",
            "std_error",
            "conf_low",
            "conf_high",
            "percent_effect",
        ]
        if not self.effects:
            return "\n".join([*([SYNTHETIC] if self.synthetic else []), "(no effects)", *self.notes])
        return text_view(self.frame[short], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame_in(SPOKEN.get()), self.notes, self.synthetic, first=FIRST)


def _values(effect: Effect) -> list[object]:
    return [getattr(effect, name) for name in EFFECT_COLUMNS]


def combined(tables: Iterable[EffectTable], notes: Sequence[str] = ()) -> EffectTable:
    """Return several tables as one, their notes and the given ones once each."""
    parts = list(tables)
    every_note = dict.fromkeys([*(note for part in parts for note in part.notes), *notes])
    return EffectTable(
        effects=tuple(effect for part in parts for effect in part.effects),
        notes=tuple(every_note),
        synthetic=any(part.synthetic for part in parts),
    )
