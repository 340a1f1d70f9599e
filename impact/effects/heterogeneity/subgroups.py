"""Who gained, by region, product or any category: effects in subgroups as one family of tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.design.proposal import Strategy
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.suited import adjustment_of
from impact.effects.effect import FIRST, EffectTable, combined
from impact.effects.heterogeneity.comparison import EffectComparison, compared
from impact.effects.heterogeneity.ranking import refuse_ex_post
from impact.effects.heterogeneity.strata import Method, StratumEffect, rematched_effect, ways_of_strata
from impact.effects.multiplicity import holm, sharpened_q
from impact.effects.observed import units_with
from impact.effects.variances.estimation import Variance
from impact.errors import DataError, EstimationError, OptionError, OverlapWarning, SupportError
from impact.language import Text, joined, quoted
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import some_outcomes
from impact.survey.sample import Sample
from impact.views import Exported, html_view
from impact.warn import warn, warned_once, warning_about

MINIMUM_CELL = 10
_BETWEEN = " · "
_COUNTS = ("n_treated", "n_treated_total", "n_control", "n_clusters")
_LABELS = ("strategy", "outcome", "estimand", "unit", "period")
_NO_COMPARISON = Text("no comparison possible within it", "sin comparación posible en él")
_FEW = Text(
    "fewer than {minimum} units in an arm",
    "menos de {minimum} unidades en un grupo de comparación",
    minimum=0,
)
_NOT_SHOWN = Text("Not shown: {name} ({reason}).", "No se muestra: {name} ({reason}).", name="", reason="")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SubgroupEffects(Exported):
    """Effects in subgroups, their family-wise p-values, and the cells that are not shown.

    Attributes
    ----------
    comparisons : dict of str to EffectComparison
        Per outcome, its estimated subgroups held together: ``.equality()`` tests whether they gain alike.
    reasons : dict of str to str
        Subgroups without an estimate, and why: too few units to be published, or no estimate possible.
    by : tuple of str
        The columns that make the subgroups.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(1200)
    >>> treated, south = row // 5 % 2, row // 10 % 2
    >>> frame = pd.DataFrame({"treated": treated, "age": row % 37, "group": row // 5})
    >>> frame["region"] = np.where(south, "south", "north")
    >>> frame["income"] = 100.0 + row % 3 + (5 + 5 * south) * treated
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> found = im.subgroup_effects(sample, im.NearestNeighbor(im.Euclidean(), ratio=4), by="region")
    >>> found.table.frame[["subgroup", "estimate"]].round(1).values.tolist()
    [['north', 5.0], ['south', 10.0]]
    >>> found.comparisons["income"].equality("level").p_value < 0.001
    True
    """

    comparisons: dict[str, EffectComparison]
    reasons: dict[str, str]
    by: tuple[str, ...]

    @property
    def table(self) -> EffectTable:
        """The estimated effects; the notes name the cells that are not shown, and the joint tests."""
        return combined(
            [comparison.table for comparison in self.comparisons.values()],
            [_NOT_SHOWN.with_values(name=name, reason=reason) for name, reason in self.reasons.items()],
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The effects table plus ``p_holm``, ``q_sharpened`` and ``reason``, with a row for every subgroup.

        The family is all subgroups of one outcome. Cells that are not shown have missing numbers and a
        reason.
        """
        parts = []
        for comparison in self.comparisons.values():
            shown = comparison.table.frame.astype(dict.fromkeys(_COUNTS, "Int64"))
            tested = shown["p_value"].notna()
            family = shown.loc[tested, "p_value"]
            labels = [shown.loc[0, name] for name in _LABELS]
            hidden = [dict(zip(_LABELS, labels, strict=True)) | {"subgroup": name} for name in self.reasons]
            rows = pd.DataFrame(hidden, columns=shown.columns).astype(shown.dtypes)
            rows["reason"] = list(self.reasons.values())
            corrected = pd.DataFrame(
                {"p_holm": holm(family), "q_sharpened": sharpened_q(family)}, family.index
            )
            shown = shown.join(corrected).assign(reason="")
            parts += [shown, rows] if self.reasons else [shown]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        table = self.table
        return html_view(self.frame, table.notes, table.synthetic, first=(*FIRST, "p_holm", "reason"))


def subgroup_effects(
    sample: Sample,
    strategy: Strategy,
    outcomes: Sequence[str | Outcome] | None = None,
    by: str | Sequence[str] = "region",
    minimum_cell: int = MINIMUM_CELL,
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
) -> SubgroupEffects:
    """Estimate the effects in each subgroup, matching again within it.

    Parameters
    ----------
    sample : Sample
    strategy : Strategy
        Applied within each subgroup anew.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    by : str or sequence of str
        One categorical column, or several whose combinations make the subgroups, such as
        ``("region", "alliance_product")``. Settled before the programme: an outcome is refused.
    minimum_cell : int
        Subgroups with fewer treated units or fewer controls than this are not estimated or shown; at least 2.
    variance, bias_adjustment, level
        As in ``estimate``; what suits an outcome is settled once, on the whole sample.

    Returns
    -------
    SubgroupEffects
        ``.table``, ``.frame`` with Holm's p-values, sharpened q-values and reasons, and ``.comparisons``.

    Raises
    ------
    OptionError
        ``by`` names an outcome, the treatment or the cluster, or a column that is absent.
    DataError
        A unit lacks a subgroup, or fewer than two subgroups can be estimated.

    Notes
    -----
    The family of a p-value is every subgroup of one outcome. A cell is not shown either where its units
    are too few to be published or where no estimate is possible in it (no overlap, one group); the reason
    says which. Counts of cells that are not shown are not given, but a single one follows from the total
    of the others.

    References
    ----------
    Anderson (2008), JASA 103(484), 1481-1495, doi:10.1198/016214508000000841.

    Examples
    --------
    >>> import warnings, impact as im
    >>> warnings.simplefilter("ignore")  # sixty groups are few, and it says so
    >>> survey = im.synthetic.rural_alliances(seed=3, groups=60)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> found = im.subgroup_effects(sample, im.Kernel(im.PropensityScore()), by="region")
    >>> sorted(found.table.frame["subgroup"])  # the others have an arm with too few
    ['Chaco', 'Tropico']
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    checks.whole("minimum_cell", minimum_cell, minimum=2)
    where = Text("im.Sample", "[[outcomes]] de la configuración")
    chosen = some_outcomes(sample.outcomes, outcomes, where)
    names = _subgroup_of_each_unit(sample, chosen, columns)
    cells = {name: (names == name).to_numpy() for name in names.cat.categories}
    reasons: dict[str, str] = {
        name: _FEW.with_values(minimum=minimum_cell)
        for name, inside in cells.items()
        if _fewest(sample, inside, chosen) < minimum_cell
    }
    large = {name: inside for name, inside in cells.items() if name not in reasons}
    methods = [
        Method(strategy, variance, adjustment_of(bias_adjustment, outcome, sample), level)
        for outcome in chosen
    ]
    with warned_once():
        found = {
            name: estimated
            for name, inside in large.items()
            if (estimated := _cell(sample, inside, name, chosen, methods)) is not None
        }
    reasons |= {name: _NO_COMPARISON for name in large if name not in found}
    if len(found) < 2:
        raise _too_few(columns, len(found), len(cells), minimum_cell)
    comparisons = {
        outcome.name: _compared(sample, [cell[k] for cell in found.values()], columns)
        for k, outcome in enumerate(chosen)
    }
    return SubgroupEffects(comparisons, reasons, columns)


def _too_few(columns: tuple[str, ...], found: int, cells: int, minimum_cell: int) -> DataError:
    return DataError(
        Text(
            (
                "Subgroups by {columns} need at least two that can be estimated; {number} of {number_2} can. Choose "
                "a coarser column, or a smaller minimum_cell (now {minimum_cell})."
            ),
            (
                "Los subgrupos por {columns} necesitan al menos dos que se puedan estimar; {number} de {number_2} se "
                "pueden. Elija una columna más gruesa, o un minimum_cell menor (ahora {minimum_cell})."
            ),
            columns=checks.listed(columns),
            number=found,
            number_2=cells,
            minimum_cell=minimum_cell,
        )
    )


def _fewest(sample: Sample, inside: Booleans, outcomes: list[Outcome]) -> int:
    """Return the number of units of the smaller arm of a cell, under the outcome that most of them lack."""
    counted = [inside & units_with(sample, [outcome]) for outcome in outcomes]
    return int(min(min((one & sample.treated).sum(), (one & ~sample.treated).sum()) for one in counted))


def _cell(
    sample: Sample, inside: Booleans, name: str, outcomes: list[Outcome], methods: list[Method]
) -> list[StratumEffect] | None:
    """Return the effects within one subgroup, or None with a warning where nothing can be compared."""
    with warning_about(name):
        try:
            return [
                rematched_effect(sample, inside, name, outcome, method)
                for outcome, method in zip(outcomes, methods, strict=True)
            ]
        except (DataError, EstimationError, SupportError) as refusal:
            warn(
                Text(
                    "Subgroup '{name}' has no estimate. {refusal}",
                    "El subgrupo '{name}' no tiene estimación. {refusal}",
                    name=name,
                    refusal=refusal,
                ),
                OverlapWarning,
            )
            return None


def _compared(sample: Sample, cells: list[StratumEffect], by: tuple[str, ...]) -> EffectComparison:
    """Hold the subgroups of one outcome together, with the joint tests as notes."""
    ways = ways_of_strata(sample, cells)
    effects, means = [cell.effect for cell in cells], [cell.means for cell in cells]
    comparison = compared(effects, means, ways, sample.treated, (), sample.synthetic)
    notes = [
        Text(
            "Subgroups by {by}; matched anew in each.",
            "Subgrupos por {by}; se vuelve a emparejar en cada uno.",
            by=quoted(*by),
        )
    ]
    for scale in comparison.scales:
        try:
            notes.append(joined([effects[0].outcome, comparison.equality(scale).text], ": "))
        except EstimationError as refusal:
            notes.append(
                Text(
                    "{outcome}: no joint test. {why}",
                    "{outcome}: sin prueba conjunta. {why}",
                    outcome=effects[0].outcome,
                    why=refusal.text,
                )
            )
    return replace(comparison, table=replace(comparison.table, notes=tuple(notes)))


def _subgroup_of_each_unit(sample: Sample, outcomes: list[Outcome], by: tuple[str, ...]) -> pd.Series[Any]:
    """Return the name of each unit's subgroup, as a category in the order of the columns' own."""
    checks.distinct("by", list(by))
    checks.columns_present("by", by, sample.frame.columns)
    for column in by:
        if column in (sample.treatment, sample.cluster, sample.id):
            raise OptionError(
                Text(
                    "by must name columns of subgroups; '{column}' has another role in the sample.",
                    "by debe nombrar columnas de subgrupos; '{column}' tiene otro rol en la muestra.",
                    column=column,
                )
            )
        for outcome in outcomes:
            refuse_ex_post(column, sample, outcome)
    frame = sample.frame[list(by)]
    lacking = frame.isna().any(axis=1)
    if lacking.any():
        raise DataError(
            Text(
                (
                    "Every unit needs a value of {by}; {units} {units:has|have} none (first: {first}). Fill them in, or give them a "
                    "category of their own."
                ),
                (
                    "Cada unidad necesita un valor de {by}; {units} no lo {units:tiene|tienen} (primero: {first}). Complételos, o "
                    "deles una categoría propia."
                ),
                by=checks.listed(map(repr, by)),
                units=checks.counted(int(lacking.sum()), "unit"),
                first=checks.listed(frame.index[lacking]),
            )
        )
    order = frame.drop_duplicates().sort_values(list(by)).astype(str).agg(_BETWEEN.join, axis=1)
    names = frame.astype(str).agg(_BETWEEN.join, axis=1)
    return names.astype(pd.CategoricalDtype(list(dict.fromkeys(order)), ordered=True))
