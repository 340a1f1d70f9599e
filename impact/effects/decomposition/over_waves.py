"""The gain in net income between two waves, split: each household against itself, less what the comparison households changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.effects.decomposition.shares import share_interval
from impact.effects.effect import Effect
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.two_wave import two_wave_effects
from impact.errors import OptionError
from impact.language import Text
from impact.survey.income.accounts import PARTS, parts_of_difference
from impact.survey.income.parts import IncomeParts
from impact.survey.outcome import Column
from impact.survey.panel.panel import Panel

_TOTAL = "total"


def products_entering(panel: Panel, column: str) -> list[str]:
    """Return the products with which households that enter were first seen."""
    frame = panel.frame
    first = frame[~frame.duplicated(panel.id)].set_index(panel.id)[column].astype(str)
    return sorted(first[panel.households[panel.ever_treated & (panel.weight > 0)]].unique())


def parts_over_waves(
    panel: Panel,
    parts: IncomeParts,
    estimator: DifferenceInDifferences,
    level: float,
    product: str | None = None,
) -> Iterator[tuple[str, Effect, float, tuple[float, float], float]]:
    """Yield each part with its effect, its share in the total, the share's interval and the weight of changed products.

    Parameters
    ----------
    product : str, optional
        Only households, of both arms, that were first seen with this product.

    Notes
    -----
    A household's change in income is Σ_k φ_k of its own two waves; the effect on each φ_k is the difference-in-differences of it, by an
    estimator that is linear in the outcome, so that the parts add up to the effect on income. The covariance of a part and the total, for
    the share's interval, comes from the effect on their sum.
    """
    values, rows, changed = _changes(panel, parts, product)
    names = [name for name in (*PARTS, _TOTAL) if name == _TOTAL or np.abs(values[name]).max() > 0]
    table = two_wave_effects(_panel_of(panel, rows, values, names, parts), estimator=estimator, level=level)
    total = table.one(_column(_TOTAL))
    for name in names:
        effect, both = table.one(_column(name)), table.one(_column(name, with_total=True))
        covariance = (both.std_error**2 - effect.std_error**2 - total.std_error**2) / 2
        interval = (
            (np.nan, np.nan)
            if name == _TOTAL
            else share_interval(
                effect.estimate, total.estimate, effect.std_error**2, total.std_error**2, covariance, (total.degrees_of_freedom,) * 2, level
            )
        )  # fmt: skip
        yield name, effect, effect.estimate / total.estimate, interval, changed


def _changes(
    panel: Panel, parts: IncomeParts, product: str | None
) -> tuple[dict[str, Array], pd.DataFrame, float]:
    """Return each household's parts of its change, its rows of both waves, and the share of households that changed product."""
    if len(panel.waves) != 2:
        raise OptionError(
            Text(
                (
                    "The decomposition compares two waves; the panel has {number} ({panel}). Take two of them: "
                    "panel.between(first, last)."
                ),
                (
                    "La descomposición compara dos rondas; el panel tiene {number} ({panel}). Tome dos de ellas: "
                    "panel.between(primera, última)."
                ),
                number=len(panel.waves),
                panel=", ".join(map(str, panel.waves)),
            )
        )
    frame = panel.frame
    seen = frame.groupby(panel.id, sort=False)[panel.wave].transform("size") == 2
    rows = frame[seen].sort_values([panel.id, panel.wave], kind="stable")
    if product is not None:
        of_first = rows[parts.product].astype(str).to_numpy()[::2]
        rows = rows[np.repeat(of_first == product, 2)]
    accounts = parts.accounts(rows)
    first, last = accounts.at(np.arange(0, len(rows), 2)), accounts.at(np.arange(1, len(rows), 2))
    shares = parts_of_difference(last, first)
    values = dict(zip(map(str, PARTS), shares.T, strict=True)) | {_TOTAL: shares.sum(1)}
    return values, rows, float(np.mean(first.product != last.product))


def _panel_of(
    panel: Panel, rows: pd.DataFrame, values: dict[str, Array], names: list[str], parts: IncomeParts
) -> Panel:
    """Return the panel whose outcomes are the parts: zero before, the household's own change after."""
    columns = {_column(name): values[name] for name in names}
    columns |= {_column(name, with_total=True): values[name] + values[_TOTAL] for name in names}
    after = {name: np.column_stack([np.zeros(len(value)), value]).ravel() for name, value in columns.items()}
    made = Panel(
        rows.assign(**after),
        id=panel.id,
        wave=panel.wave,
        entry=panel.entry,
        treatment=panel.treatment,
        covariates=panel.covariates,
        outcomes=[Column(name, unit=parts.unit, period=parts.period) for name in after],
        cluster=panel.cluster,
        sampling_weight=panel.sampling_weight,
        comparator=panel.comparator,
        synthetic=panel.synthetic,
    )
    return panel.reweighting(made)


def _column(name: str, with_total: bool = False) -> str:
    return f"change in income: {name}{' and total' if with_total else ''}"
