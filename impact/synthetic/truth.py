"""What no survey can show: both potential outcomes of every household, and the effects that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.income.accounts import PARTS, parts_of_difference
from impact.survey.income.parts import IncomeParts
from impact.synthetic import parameters as programme
from impact.synthetic.groups import Floats


def poverty(income: Floats) -> dict[str, Floats]:
    """Return headcount (income below the line) and gap of each household at the two synthetic lines."""
    measures: dict[str, Floats] = {}
    for name, line in (("mod", programme.MODERATE_LINE), ("ext", programme.EXTREME_LINE)):
        measures[f"poor_{name}"] = (income < line).astype(np.float64)
        measures[f"gap_{name}"] = np.maximum(0.0, 1 - np.maximum(income, 0.0) / line)
    return measures


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """The true effect that an estimate aims at.

    Parameters
    ----------
    all_treated : float
        Mean true effect on every treated unit, in the outcome's unit, with the estimate's weights.
    matched_treated : float
        The same over the treated who were matched.
    """

    all_treated: float
    matched_treated: float

    def inside(self, low: float, high: float) -> bool:
        """Return whether an interval holds the truth of the matched treated."""
        return low <= self.matched_treated <= high


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth:
    """Potential outcomes of a synthetic survey.

    Attributes
    ----------
    untreated, treated : DataFrame
        Each household's outcomes without and with the programme; one column an outcome. Poverty stands as
        ``poor_mod``, ``poor_ext``, ``gap_mod`` and ``gap_ext`` at the synthetic lines.
    traits : DataFrame
        ``treated`` (who got the programme), ``group_id``, ``weight``, ``hh_size`` and the subgroups.
    subgroups : tuple of str
        The columns of ``traits`` over which ``effects`` is told apart.

    Notes
    -----
    The rows are those of the household table, with the households that an interviewer did not reach. Effects
    are household-weighted unless weights are given.
    """

    untreated: pd.DataFrame
    treated: pd.DataFrame
    traits: pd.DataFrame
    subgroups: tuple[str, ...]

    def __repr__(self) -> str:
        """Say that the truth is synthetic, and how large it is."""
        return (
            f"SYNTHETIC truth: both potential outcomes of {checks.counted(len(self.traits), 'row')} "
            f"for {checks.counted(len(self.untreated.columns), 'outcome')}; see .units, .effects and .att()"
        )

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(map(str, self.untreated.columns))

    def of_rows(self, rows: pd.Index[Any], labels: Sequence[Any]) -> Truth:
        """Return the truth of some rows, one wave for instance, under labels of their own."""
        names = pd.Index(labels)
        untreated, treated, traits = (
            part.loc[rows].set_axis(names) for part in (self.untreated, self.treated, self.traits)
        )
        return Truth(untreated, treated, traits, self.subgroups)

    @property
    def units(self) -> pd.DataFrame:
        """One row a household: traits, then ``_y0``, ``_y1`` and ``_effect`` of every outcome."""
        y0, y1 = self.untreated.add_suffix("_y0"), self.treated.add_suffix("_y1")
        effect = (self.treated - self.untreated).add_suffix("_effect")
        order = [f"{name}_{part}" for name in self.outcomes for part in ("y0", "y1", "effect")]
        return pd.concat([self.traits, pd.concat([y0, y1, effect], axis=1)[order]], axis=1)

    @property
    def effects(self) -> pd.DataFrame:
        """True average effects on the treated, for all and by subgroup.

        Returns
        -------
        DataFrame
            Columns ``outcome``, ``by`` ("all" or the trait), ``subgroup``, ``estimand`` ("ATT"),
            ``n_treated``, ``mean_y1``, ``mean_y0``, ``att`` and ``percent`` (of ``mean_y0``, in percent).
        """
        treated = self.traits["treated"].to_numpy(dtype=bool)
        y0, y1 = self.untreated[treated], self.treated[treated]
        parts = [
            pd.DataFrame(
                {
                    "outcome": list(self.outcomes),
                    "by": by,
                    "subgroup": subgroup,
                    "estimand": "ATT",
                    "n_treated": int(rows.sum()),
                    "mean_y1": y1[rows].mean().to_numpy(),
                    "mean_y0": y0[rows].mean().to_numpy(),
                }
            )
            for by, subgroup, rows in self._subgroups_of(self.traits[treated])
        ]
        table = pd.concat(parts, ignore_index=True)
        table["att"] = table["mean_y1"] - table["mean_y0"]
        table["percent"] = 100 * table["att"] / table["mean_y0"].where(table["mean_y0"] != 0)
        return table

    def att(self, outcome: str, units: pd.Index | None = None, weights: ArrayLike | None = None) -> float:
        """Return the true average effect over some households, by default over all the treated.

        Parameters
        ----------
        outcome : str
            One of ``outcomes``.
        units : Index, optional
            Labels of the household table, for instance those of the matched treated. None: every treated row.
        weights : array_like, shape (number of units,), optional
            Weight of each unit, such as a sampling weight or household size. A Series is aligned on
            ``units``.

        Returns
        -------
        float
            In the outcome's unit.

        Raises
        ------
        OptionError
            If the outcome or a unit is unknown, or the weights do not fit.
        """
        y0, y1, weight = self._chosen(outcome, units, weights)
        return float(np.average(y1 - y0, weights=weight))

    def percent(self, outcome: str, units: pd.Index | None = None, weights: ArrayLike | None = None) -> float:
        """Return the effect that ``att`` gives, in percent of the mean without the programme."""
        y0, y1, weight = self._chosen(outcome, units, weights)
        return float(100 * np.average(y1 - y0, weights=weight) / np.average(y0, weights=weight))

    def income_parts(self, parts: IncomeParts, units: pd.Index | None = None) -> pd.Series[float]:
        """Return the true parts of the effect on net income: each household compared with itself without the programme.

        Parameters
        ----------
        parts : IncomeParts
            Columns among ``outcomes``; the product, which the programme does not change, among the traits.
        units : Index, optional
            Labels of the household table. None: every treated row.

        Returns
        -------
        Series
            Averages of the Shapley values ("volume", "quality", "price", "product", "costs", "rest") and their "total".
        """
        treated = self.traits.index[self.traits["treated"].to_numpy(dtype=bool)]
        chosen = treated if units is None else pd.Index(units)
        named = [parts.product] if parts.product else []
        with_it, without = (
            parts.accounts(outcomes.loc[chosen].join(self.traits.loc[chosen, named]))
            for outcomes in (self.treated, self.untreated)
        )
        means = parts_of_difference(with_it, without).mean(0)
        return pd.Series([*means, means.sum()], index=[*PARTS, "total"])

    def _chosen(
        self, outcome: str, units: pd.Index | None, weights: ArrayLike | None
    ) -> tuple[Floats, Floats, Floats | None]:
        checks.columns_present("outcome", [outcome], self.outcomes)
        chosen = (
            self.traits.index[self.traits["treated"].to_numpy(dtype=bool)]
            if units is None
            else pd.Index(units)
        )
        rows = self.traits.index.get_indexer(chosen)
        if (rows < 0).any() or len(rows) == 0:
            absent = checks.listed(chosen[rows < 0]) or "none at all"
            raise OptionError(
                Text(
                    "units must be labels of the household table; got {absent}.",
                    "units debe ser etiquetas de la tabla de hogares; se dio {absent}.",
                    absent=absent,
                )
            )
        y0 = self.untreated[outcome].to_numpy()[rows]
        y1 = self.treated[outcome].to_numpy()[rows]
        return y0, y1, None if weights is None else _aligned(weights, chosen)

    def _subgroups_of(self, traits: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
        yield "all", "all", np.ones(len(traits), dtype=bool)
        for by in self.subgroups:
            values = traits[by]
            levels = (
                values.cat.categories
                if isinstance(values.dtype, pd.CategoricalDtype)
                else sorted(values.unique())
            )
            for level in levels:
                rows = (values == level).to_numpy()
                if rows.any():
                    yield by, str(level), rows


def _aligned(weights: ArrayLike, units: pd.Index) -> Floats:
    """Return weights in the order of the units, or say why they cannot be."""
    values = weights.reindex(units).to_numpy() if isinstance(weights, pd.Series) else np.asarray(weights)
    values = values.astype(np.float64)
    if (
        values.shape != (len(units),)
        or not np.isfinite(values).all()
        or (values < 0).any()
        or values.sum() <= 0
    ):
        raise OptionError(
            Text(
                (
                    "weights must be {number:,} finite numbers of at least 0, one a unit, not all 0; got {size:,} with "
                    "{values:,} missing."
                ),
                (
                    "weights debe ser {number:,} números finitos de al menos 0, uno por unidad, no todos 0; se dieron "
                    "{size:,}, de los que faltan {values:,}."
                ),
                number=len(units),
                size=values.size,
                values=int((~np.isfinite(values)).sum()),
            )
        )
    return values
