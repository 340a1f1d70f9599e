"""Effects by cohort and wave, as values of their own, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.effects.distribution.uniform_band import sup_critical_value
from impact.effects.effect import Effect, EffectTable
from impact.effects.interval import critical_value
from impact.effects.panel.counting import CohortCounts
from impact.effects.panel.errors import ErrorSums
from impact.effects.panel.estimators.two_periods import Linearised
from impact.effects.panel.labels import Tested, effect_of, percent_influence
from impact.effects.panel.sample import PanelUnits
from impact.effects.panel.staggered.aggregation import AGGREGATIONS, Summary
from impact.effects.panel.staggered.cell_frame import cell_frame
from impact.effects.panel.staggered.cells import Cell
from impact.effects.panel.staggered.cohort_sums import CohortSums
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.views import Exported, html_view, text_view

_FIRST = (
    "group", "wave", "estimate", "std_error", "conf_low", "conf_high", "p_value", "base_wave", "n_treated", "n_control", "n_treated_groups",
    "n_control_groups",
)  # fmt: skip
"""The columns that a notebook's page has room for."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupTimeEffects(Exported):
    """Effects of each cohort in each wave.

    Attributes
    ----------
    influence : DataFrame, shape (n, k)
        Of each household on each cell: se² n² = Σ influence² where households are independent. Columns (group, wave).
    outcome : Outcome
    estimator : str
    notes : tuple of Text
        What was decided, and which cells fell away.
    level : float
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(90), 3), np.tile([0, 1, 2], 90)
    >>> entry = hh % 3  # 0: never
    >>> income = hh % 7 + wave + 2.0 * ((entry > 0) & (wave >= entry)) + (hh * wave) % 5 / 10
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": entry, "income": income})
    >>> effects = im.group_time_effects(im.Panel(frame, "hh", "wave", "entry", outcomes=["income"]))
    >>> effects.frame[["group", "wave", "estimate"]].round(1).values.tolist()
    [[1.0, 1.0, 2.0], [1.0, 2.0, 2.0], [2.0, 1.0, -0.0], [2.0, 2.0, 2.0]]
    >>> effects.aggregate("event").frame[["subgroup", "estimate"]].round(1).values.tolist()
    [['all', 2.0], ['event -1', -0.0], ['event 0', 2.0], ['event 1', 2.0]]
    """

    TITLE: ClassVar[Text] = Text("Effects by cohort and wave", "Efectos por cohorte y ronda")

    outcome: Outcome
    estimator: str
    notes: tuple[Text, ...]
    level: float
    synthetic: bool
    _units: PanelUnits
    _cells: tuple[Cell, ...]
    _effects: Linearised
    _sums: CohortSums
    _counts: CohortCounts
    _comparator: str

    @property
    def frame(self) -> pd.DataFrame:
        """One row a cell.

        Columns group (the wave of entry), wave, estimate, std_error, conf_low, conf_high, n_treated, n_control, base_wave, after (whether
        the cohort had entered), statistic, p_value, degrees_of_freedom, n_treated_groups, n_control_groups.
        """
        return cell_frame(self._units, self._cells, self._effects.estimate, self._sums.errors, self.level)

    @property
    def influence(self) -> pd.DataFrame:
        """Influence of each household on each cell, shape (n, k)."""
        columns = pd.MultiIndex.from_tuples(
            [(cell.group, cell.wave) for cell in self._cells], names=["group", "wave"]
        )
        return pd.DataFrame(self._effects.influence, index=self._units.index, columns=columns, copy=False)

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the cells' effects, shape (k, k)."""
        columns = self.influence.columns
        return pd.DataFrame(self._sums.errors.covariance, index=columns, columns=columns)

    def errors_of(self, influence: Array) -> ErrorSums:
        """Return the errors of estimates with these influence functions, shape (n, q), as those of the cells."""
        together = self._sums.together
        return together.errors(together.contributions(influence))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Who is compared with whom, one for each row of the frame."""
        return self._cells

    def aggregate(
        self, by: str = "simple", level: float | None = None, replications: int = 999, seed: int = 0
    ) -> EffectTable:
        """Return what the cells add up to.

        Parameters
        ----------
        by : {"simple", "group", "event", "calendar"}
            One number; or besides one number one for each cohort, time since entry, or wave.
        level : float, optional
            That of the effects by default.
        replications, seed : int
            Of the multiplier draws by group for the uniform band.

        Returns
        -------
        EffectTable
            The first row (subgroup "all") is the overall effect. ``influence`` holds each household's influence on each row, ``band`` the
            band that holds for all rows but the first at once.

        Notes
        -----
        Means over cohorts weigh them by their size, whose estimation counts. "simple" is the mean over all cells after entry, "group" the
        mean of cohorts' means, "event" the mean over times since entry from 0 on, "calendar" the mean over waves.

        References
        ----------
        Callaway & Sant'Anna (2021), Journal of Econometrics 225(2), 200-230, section 3, doi:10.1016/j.jeconom.2020.12.001.
        """
        checks.one_of("by", by, tuple(AGGREGATIONS))
        level = self.level if level is None else level
        checks.between("level", level, 0.0, 1.0)
        sums = self._sums
        effects, treated = AGGREGATIONS[by](sums.quantities(self._cells))
        of_sizes = sums.of_sizes
        own = effects.of_cells(sums.of_effects, of_sizes)
        tested, errors = _tested(effects, treated, own, treated.of_cells(sums.of_means, of_sizes), sums)
        rows = [self._effect(one, effects, k, level, errors.label) for k, one in enumerate(tested)]
        influence = sums.influence_of_sizes(effects.by_size) + self._effects.influence @ effects.weights
        frame = pd.DataFrame(influence, index=self._units.index, columns=list(effects.labels), copy=False)
        if len(rows) == 1:
            return EffectTable(tuple(rows), self.notes, self.synthetic, frame)
        widening = _widening(errors, level, replications, seed)
        notes = (*self.notes, _band_note(widening, level, replications, seed))
        return EffectTable(tuple(rows), notes, self.synthetic, frame, _band(effects, errors, level, widening))

    def _effect(self, tested: Tested, summary: Summary, k: int, level: float, variance: str) -> Effect:
        chosen = [cell for cell, inside in zip(self._cells, summary.members[k], strict=True) if inside]
        own = {cell.group for cell in chosen}
        compared = {cohort for cell in chosen for cohort in cell.compared}
        return effect_of(
            tested,
            self._counts.behind(own, compared),
            self.outcome,
            strategy=self.estimator,
            subgroup=summary.labels[k],
            population=Text(
                "{number} treated in {cohorts}",
                "{number} beneficiarios en {cohorts}",
                number=self._counts.households(own),
                cohorts=checks.counted(len(own), "cohort"),
            ),
            comparator=self._comparator,
            weights=self._units.weights_label,
            variance=variance,
            level=level,
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic, first=_FIRST)


def _tested(
    effects: Summary, treated: Summary, own: Array, of_treated: Array, sums: CohortSums
) -> tuple[list[Tested], ErrorSums]:
    """Return the estimates with their errors, and the error sums of the effects, from what groups contribute to both means."""
    means, of_means = treated.values - effects.values, of_treated - own
    of_ratios = np.column_stack(
        [
            percent_influence(float(effects.values[k]), float(means[k]), own[:, k], of_means[:, k])
            for k in range(len(means))
        ]
    )
    of_effect, of_mean, of_ratio = (sums.together.errors(each) for each in (own, of_means, of_ratios))
    tested = [
        Tested(
            estimate=float(effects.values[k]),
            std_error=float(of_effect.std_error[k]) if of_effect.std_error[k] > 0 else np.nan,
            freedom=float(of_effect.freedom[k]),
            counterfactual=float(means[k]),
            counterfactual_error=float(of_mean.std_error[k]),
            percent_error=float(of_ratio.std_error[k]),
        )
        for k in range(len(means))
    ]
    return tested, of_effect


def _widening(errors: ErrorSums, level: float, replications: int, seed: int) -> float:
    """Return how many times as wide as the intervals the uniform band is, over all estimates but the overall one."""
    contributions = errors.contributions[:, 1:][:, errors.std_error[1:] > 0]
    drawn = sup_critical_value(contributions, level, replications, seed)
    return max(
        1.0, drawn / critical_value(np.inf, level)
    )  # by chance of the draws: no band inside the intervals


def _band(summary: Summary, errors: ErrorSums, level: float, widening: float) -> pd.DataFrame:
    """Return the uniform band over all estimates but the overall one."""
    values, error = summary.values[1:], errors.std_error[1:]
    real = error > 0
    reach = np.full(len(values), np.nan)
    reach[real] = [
        widening * critical_value(float(freedom), level) * one
        for freedom, one in zip(errors.freedom[1:][real], error[real], strict=True)
    ]
    return pd.DataFrame(
        {
            "subgroup": list(summary.labels[1:]),
            "estimate": values,
            "band_low": values - reach,
            "band_high": values + reach,
            "widening": widening,
        }
    )


def _band_note(widening: float, level: float, replications: int, seed: int) -> Text:
    return Text(
        "The {level:.0%} uniform band is {widening:.2f} times as wide as the intervals ({replications} draws by group, seed {seed!s}).",
        "La banda uniforme al {level:.0%} es {widening:.2f} veces tan ancha como los intervalos ({replications} sorteos por grupo, "
        "semilla {seed!s}).",
        level=level,
        widening=widening,
        replications=replications,
        seed=seed,
    )
