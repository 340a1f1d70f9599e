"""Effects by cohort and wave, as values of their own, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.effects.distribution.uniform_band import sup_critical_value
from impact.effects.effect import Effect, EffectTable
from impact.effects.interval import critical_value
from impact.effects.panel.counting import counts
from impact.effects.panel.errors import ErrorSums, error_sums
from impact.effects.panel.estimators.two_periods import Linearised
from impact.effects.panel.labels import Tested, effect_of, percent_influence
from impact.effects.panel.sample import PanelUnits
from impact.effects.panel.staggered.aggregation import AGGREGATIONS, CellQuantities, Summary
from impact.effects.panel.staggered.cells import Cell, of_cohorts
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.views import Exported, html_view, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupTimeEffects(Exported):
    """Effects of each cohort in each wave.

    Attributes
    ----------
    frame : DataFrame
        Columns group (the wave of entry), wave, estimate, std_error, conf_low, conf_high, n_treated, n_control, base_wave, after (whether
        the cohort had entered), statistic, p_value, degrees_of_freedom, n_treated_groups, n_control_groups.
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

    frame: pd.DataFrame
    outcome: Outcome
    estimator: str
    notes: tuple[Text, ...]
    level: float
    synthetic: bool
    _units: PanelUnits
    _cells: tuple[Cell, ...]
    _effects: Linearised
    _treated_means: Linearised
    _weight: Array
    _comparator: str
    _errors: ErrorSums

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
        return pd.DataFrame(self._errors.covariance, index=columns, columns=columns)

    def errors_of(self, influence: Array) -> ErrorSums:
        """Return the errors of estimates with these influence functions, shape (n, q), as those of the cells."""
        return error_sums(influence, self._units.cohort, self._units.group)

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
        effects = AGGREGATIONS[by](self._quantities(self._effects))
        treated = AGGREGATIONS[by](self._quantities(self._treated_means))
        tested = _tested(effects.estimates, treated.estimates, self._units)
        rows = [self._effect(one, effects, k, level, tested[1].label) for k, one in enumerate(tested[0])]
        influence = pd.DataFrame(
            effects.estimates.influence, index=self._units.index, columns=list(effects.labels), copy=False
        )
        band = _band(effects, tested[1], level, replications, seed)
        notes = (*self.notes, *_band_note(band, level, replications, seed))
        return EffectTable(tuple(rows), notes, self.synthetic, influence, band)

    def _quantities(self, of_cells: Linearised) -> CellQuantities:
        return CellQuantities.of(of_cells, self._cells, self._units.cohort, self._weight)

    def _effect(self, tested: Tested, summary: Summary, k: int, level: float, variance: str) -> Effect:
        units = self._units
        chosen = [cell for cell, inside in zip(self._cells, summary.members[k], strict=True) if inside]
        own = of_cohorts(units, [cell.group for cell in chosen])
        others = of_cohorts(units, [cohort for cell in chosen for cohort in cell.compared])
        label = "all" if k == 0 else summary.labels[k]
        return effect_of(
            tested,
            counts(units, own, others, self._weight),
            self.outcome,
            strategy=self.estimator,
            subgroup=label,
            population=Text(
                "{number} treated in {cohorts}",
                "{number} tratados en {cohorts}",
                number=int(own.sum()),
                cohorts=checks.counted(len({c.group for c in chosen}), "cohort"),
            ),
            comparator=self._comparator,
            weights=units.weights_label,
            variance=variance,
            level=level,
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def _tested(effects: Linearised, treated: Linearised, units: PanelUnits) -> tuple[list[Tested], ErrorSums]:
    """Return the estimates with their errors, and the error sums of the effects."""
    number = len(effects.estimate)
    counterfactual = treated - effects
    of_percent = np.column_stack(
        [
            percent_influence(
                float(effects.estimate[k]),
                float(counterfactual.estimate[k]),
                effects.influence[:, k],
                counterfactual.influence[:, k],
            )
            for k in range(number)
        ]
    )
    of_effect, of_mean, of_ratio = (
        error_sums(influence, units.cohort, units.group)
        for influence in (effects.influence, counterfactual.influence, of_percent)
    )
    tested = [
        Tested(
            estimate=float(effects.estimate[k]),
            std_error=float(of_effect.std_error[k]) if of_effect.std_error[k] > 0 else np.nan,
            freedom=float(of_effect.freedom[k]),
            counterfactual=float(counterfactual.estimate[k]),
            counterfactual_error=float(of_mean.std_error[k]),
            percent_error=float(of_ratio.std_error[k]),
        )
        for k in range(number)
    ]
    return tested, of_effect


def _band(
    summary: Summary, errors: ErrorSums, level: float, replications: int, seed: int
) -> pd.DataFrame | None:
    """Return the uniform band over all estimates but the overall one."""
    labels = summary.labels[1:]
    if not labels:
        return None
    values, error = summary.estimates.estimate[1:], errors.std_error[1:]
    real = error > 0
    contributions = errors.contributions[:, 1:][:, real]
    factor = sup_critical_value(contributions, level, replications, seed) / critical_value(np.inf, level)
    reach = np.full(len(values), np.nan)
    reach[real] = [
        factor * critical_value(float(freedom), level) * one
        for freedom, one in zip(errors.freedom[1:][real], error[real], strict=True)
    ]
    return pd.DataFrame(
        {
            "subgroup": list(labels),
            "estimate": values,
            "band_low": values - reach,
            "band_high": values + reach,
            "widening": factor,
        }
    )


def _band_note(band: pd.DataFrame | None, level: float, replications: int, seed: int) -> Sequence[Text]:
    if band is None:
        return ()
    return (
        Text(
            "The {level:.0%} uniform band is {widening:.2f} times as wide as the intervals ({replications} draws by group, seed {seed!s}).",
            "La banda uniforme al {level:.0%} es {widening:.2f} veces tan ancha como los intervalos ({replications} sorteos por grupo, "
            "semilla {seed!s}).",
            level=level,
            widening=float(band["widening"].iloc[0]),
            replications=replications,
            seed=seed,
        ),
    )


def cell_frame(
    units: PanelUnits, cells: Sequence[Cell], effects: Linearised, errors: ErrorSums, level: float
) -> pd.DataFrame:
    """Return one row a cell."""
    from impact.effects.interval import t_test

    rows: list[dict[str, Any]] = []
    for k, cell in enumerate(cells):
        columns = [units.waves.index(cell.base), units.waves.index(cell.wave)]
        seen = units.observed[:, columns].any(1)
        own, others = of_cohorts(units, (cell.group,)) & seen, of_cohorts(units, cell.compared) & seen
        error = float(errors.std_error[k])
        statistic, p_value, low, high = t_test(
            float(effects.estimate[k]), error, float(errors.freedom[k]), level
        )
        rows.append(
            {
                "group": cell.group,
                "wave": cell.wave,
                "estimate": float(effects.estimate[k]),
                "std_error": error if error > 0 else np.nan,
                "conf_low": low,
                "conf_high": high,
                "n_treated": int(own.sum()),
                "n_control": int(others.sum()),
                "base_wave": cell.base,
                "after": cell.after,
                "statistic": statistic,
                "p_value": p_value,
                "degrees_of_freedom": float(errors.freedom[k]),
                "n_treated_groups": _groups(units, own),
                "n_control_groups": _groups(units, others),
            }
        )
    return pd.DataFrame(rows)


def _groups(units: PanelUnits, who: Booleans) -> int:
    return 0 if units.group is None else int((np.bincount(units.group[who]) > 0).sum())
