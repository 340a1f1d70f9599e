"""Units: the whitelist view that a strategy gets. It has no outcome, so no strategy can look at one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Positions
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.sample import Sample

_FOCAL_UNITS = {
    "ATT": Text("{number} treated units", "{number} unidades beneficiarias"),
    "ATC": Text("{number} control units", "{number} unidades de control"),
}
_ALL_UNITS = Text("{number} units", "{number} unidades")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Units:
    """What a strategy may know about n units.

    Attributes
    ----------
    treatment : bool array, shape (n,)
        True for the treated.
    covariates : DataFrame, shape (n, …)
        The covariates as prepared by the sample: float64 or categories; its index names the units.
    matrix : DataFrame, shape (n, p)
        The same as numbers, categories as indicators of all levels but the first.
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
        For whom the effect is asked.
    eligible : bool array, shape (n,)
        False for units discarded before matching; they may inform a score but take no part in a match.
    cluster, stratum, id : Series or None
        Producer group, survey stratum, identifier, on the index of ``covariates``.
    sampling_weight : float64 array, shape (n,)
        Survey weights; ones where the sample has none.
    weighted : bool
        Whether the sample has survey weights.
    declared : DataFrame
        Further columns that the strategy declared in ``design_columns``; never an outcome.

    Examples
    --------
    What a strategy gets to see: no outcome.

    >>> import pandas as pd, impact as im
    >>> class WhatIsSeen:
    ...     def assign(self, units):
    ...         print(units.covariates.columns.tolist(), units.treatment.tolist(), units.estimand)
    ...         return im.NearestNeighbor(im.Euclidean()).assign(units)
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31.0, 50.0], "income": [900.0, 700.0, 800.0]})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"]), WhatIsSeen())
    ['age'] [True, False, False] ATT
    """

    treatment: NDArray[np.bool_]
    covariates: pd.DataFrame
    matrix: pd.DataFrame
    estimand: str
    eligible: NDArray[np.bool_]
    cluster: pd.Series[Any] | None
    stratum: pd.Series[Any] | None
    id: pd.Series[Any] | None
    sampling_weight: NDArray[np.float64]
    weighted: bool
    declared: pd.DataFrame

    @classmethod
    def of(cls, sample: Sample, estimand: str, declared: Sequence[str] = ()) -> Units:
        """Return the view of a sample; ``declared`` columns are handed over unless an outcome reads them."""
        frame, matrix = sample.frame, sample.matrix
        _refuse_outcomes(declared, sample)
        checks.columns_present(
            Text("A strategy's column", "La columna de una estrategia"), declared, frame.columns
        )
        further = frame[list(declared)] if declared else pd.DataFrame(index=frame.index)
        if declared:
            _refuse_missing(further)
        weight = sample.sampling_weight
        numbers_alone = all(term.level is None for term in sample.terms)  # then the two tables are the same
        return cls(
            treatment=sample.treated,
            covariates=matrix if numbers_alone else frame[list(sample.covariates)],
            matrix=matrix,
            estimand=estimand,
            eligible=np.ones(len(sample), dtype=np.bool_),
            cluster=frame[sample.cluster] if sample.cluster else None,
            stratum=frame[sample.stratum] if sample.stratum else None,
            id=frame[sample.id] if sample.id else None,
            sampling_weight=frame[weight].to_numpy(dtype=np.float64) if weight else np.ones(len(sample)),
            weighted=weight is not None,
            declared=further,
        )

    @property
    def index(self) -> pd.Index[Any]:
        """Labels of the units."""
        return self.covariates.index

    def __len__(self) -> int:
        return len(self.treatment)

    def column(self, name: str) -> pd.Series[Any]:
        """Return a covariate, cluster, stratum or declared column by name."""
        for series in (self.cluster, self.stratum):
            if series is not None and series.name == name:
                return series
        for table in (self.covariates, self.declared, self.matrix):
            if name in table.columns:
                return table[name]
        checks.columns_present(
            Text("A design column", "La columna de un diseño"),
            [name],
            [*self.covariates.columns, *self.declared.columns],
        )
        raise OptionError(
            Text(
                "{name!r} is not visible to the design.", "{name!r} no es visible para el diseño.", name=name
            )
        )  # pragma: no cover - columns_present has raised

    def take(self, rows: NDArray[np.bool_]) -> Units:
        """Return the view of the rows marked True."""
        places = np.flatnonzero(rows)
        return replace(
            self,
            treatment=self.treatment[places],
            covariates=self.covariates.take(places),
            matrix=self.matrix.take(places),
            eligible=self.eligible[places],
            cluster=None if self.cluster is None else self.cluster.take(places),
            stratum=None if self.stratum is None else self.stratum.take(places),
            id=None if self.id is None else self.id.take(places),
            sampling_weight=self.sampling_weight[places],
            declared=self.declared.take(places),
        )

    def in_one_piece(self) -> Units:
        """Return the view with its tables copied to one block of memory each: rows are taken faster, again and again."""
        return replace(
            self,
            covariates=self.covariates.copy(),
            matrix=self.matrix.copy(),
            declared=self.declared.copy(),
        )


def _refuse_missing(columns: pd.DataFrame) -> None:
    for name, lacking in columns.isna().items():
        if lacking.any():
            raise DataError(
                Text(
                    (
                        "A strategy reads '{name}', which {units} {units:lacks|lack} (first: {first}). Make it a covariate and pass "
                        'missing="drop" to the sample, or fill it in.'
                    ),
                    (
                        "Una estrategia lee '{name}', que falta en {units} (primero: {first}). Hágala covariable con missing "
                        '= "drop", o complétela.'
                    ),
                    name=name,
                    units=checks.counted(int(lacking.sum()), "unit"),
                    first=checks.listed(columns.index[lacking.to_numpy()]),
                )
            )


def _refuse_outcomes(declared: Sequence[str], sample: Sample) -> None:
    outcomes = [name for name in declared if name in sample.outcome_columns]
    if outcomes:
        raise OptionError(
            Text(
                "A design may not use {outcomes}: an outcome reads it. Use a column measured before the programme.",
                "Un diseño no puede usar {outcomes}: un resultado la lee. Use una columna medida antes del programa.",
                outcomes=checks.listed(map(repr, outcomes)),
            )
        )


def directions(units: Units) -> Iterator[tuple[Positions, Positions]]:
    """Yield the positions of the focal units and of the units they may be matched to.

    The ATT matches the treated to controls, the ATC the controls to treated, the ATE both; discarded units
    take no part.
    """
    treated = np.flatnonzero(units.treatment & units.eligible)
    control = np.flatnonzero(~units.treatment & units.eligible)
    if units.estimand in ("ATT", "ATE"):
        yield treated, control
    if units.estimand in ("ATC", "ATE"):
        yield control, treated


TILTED = ("ATO", "ATM")
"""Estimands whose population is everybody, weighted by a function of the score: e(1 − e), min(e, 1 − e)."""


def weights_both_arms(estimand: str) -> bool:
    """Return whether both arms are weighted towards a population that is neither of them."""
    return estimand not in ("ATT", "ATC")


def focal_units(units: Units) -> NDArray[np.bool_]:
    """Return the units over whom the estimand averages, shape (n,)."""
    if weights_both_arms(units.estimand):
        return np.ones(len(units), dtype=np.bool_)
    return units.treatment if units.estimand == "ATT" else ~units.treatment


def strata_codes(units: Units, exact: tuple[str, ...]) -> Positions:
    """Return one number per unit for its combination of the exact columns; zeros without any."""
    import pandas as pd

    if not exact:
        return np.zeros(len(units), dtype=np.intp)
    columns = pd.concat([units.column(name).reset_index(drop=True) for name in exact], axis=1)
    codes: Positions = (
        columns.groupby(list(columns.columns), sort=True, observed=True).ngroup().to_numpy().astype(np.intp)
    )
    return codes


def focal_units_counted(number: int, estimand: str) -> Text:
    """Return how many units an estimand averages over, with their arm where it is one.

    Examples
    --------
    >>> str(focal_units_counted(1203, "ATT")), focal_units_counted(700, "ATE").to("es")
    ('1,203 treated units', '700 unidades')
    """
    return _FOCAL_UNITS.get(estimand, _ALL_UNITS).with_values(number=number)
