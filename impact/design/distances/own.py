"""Distances of the user's own: a table of distances, or a function of the covariates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.units import Units
from impact.errors import DataError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DistanceMatrix:
    """A table of distances between units.

    Parameters
    ----------
    table : DataFrame
        Distances of the row units to the column units, both named by the sample's index: all units by all
        units, or the treated by the controls. At least zero; an infinite distance forbids the pair.

    Raises
    ------
    DataError
        Missing or negative distances, or units that the table does not know.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31.0, 60.0]}, index=["a", "b", "c"])
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> travel = pd.DataFrame([[95.0, 20.0]], index=["a"], columns=["b", "c"])
    >>> im.match(sample, im.NearestNeighbor(DistanceMatrix(travel))).pairs["control"].tolist()
    ['c']
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        checks.instance(
            "table",
            self.table,
            Text("a DataFrame of distances", "un DataFrame de distancias"),
            isinstance(self.table, pd.DataFrame),
        )
        for name, labels in (("rows", self.table.index), ("columns", self.table.columns)):
            if not labels.is_unique:
                twice = labels[labels.duplicated()].unique()
                raise DataError(
                    Text(
                        "The {name} of the distance table must be unique; {twice} repeat.",
                        "Los nombres ({name}) de la tabla de distancias deben ser únicos; se repiten {twice}.",
                        name=name,
                        twice=checks.listed(twice),
                    )
                )
        values = self.table.to_numpy(dtype=np.float64)
        if np.isnan(values).any() or (values < 0).any():
            raise DataError(
                Text(
                    (
                        "Distances must be numbers of at least 0; {cells} {cells:is|are} missing and {values:,} negative. An infinite "
                        "distance forbids a pair."
                    ),
                    (
                        "Las distancias deben ser números de al menos 0; faltan {cells} y {values:,} son negativas. Una "
                        "distancia infinita prohíbe un par."
                    ),
                    cells=checks.counted(int(np.isnan(values).sum()), "cell"),
                    values=int((values < 0).sum()),
                )
            )

    def __repr__(self) -> str:
        return f"DistanceMatrix({self.table.shape[0]:,} × {self.table.shape[1]:,})"

    def measure(self, units: Units) -> Measure:
        """Return the distances, addressed by the units' positions."""
        row, column = self.table.index.get_indexer(units.index), self.table.columns.get_indexer(units.index)
        lost = units.eligible & (row < 0) & (column < 0)
        if lost.any():
            raise DataError(
                Text(
                    (
                        "The distance table lacks {units} of the sample (first: {first}). Name its rows and columns by the "
                        "sample's index."
                    ),
                    (
                        "A la tabla de distancias le faltan {units} de la muestra (primero: {first}). Nombre sus filas y "
                        "columnas con el índice de la muestra."
                    ),
                    units=checks.counted(int(lost.sum()), "unit"),
                    first=checks.listed(units.index[lost]),
                )
            )
        between = _Table(
            self.table.to_numpy(dtype=np.float64), row.astype(np.intp), column.astype(np.intp), units.index
        )
        label = Text("distances of a table", "distancias de una tabla")
        return Measure(np.empty((len(units), 0)), 1.0, None, label, between=between)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CustomDistance:
    """A distance that a function computes from the covariates.

    Parameters
    ----------
    function : callable
        ``function(first, second)`` takes two tables of covariates as numbers (a and b rows, categories as
        indicators) and returns the distances of every row of the first to every row of the second, shape (a,
        b): at least zero; infinite forbids the pair.
    label : str
        What the distance is, for tables.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> from scipy.spatial.distance import cdist
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 33.0, 30.0], "herd": [2.0, 2.0, 6.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "herd"])
    >>> city = CustomDistance(lambda first, second: cdist(first, second, "cityblock"), label="city block")
    >>> im.match(sample, im.NearestNeighbor(city)).pairs[["control", "distance"]].values.tolist()
    [[1.0, 3.0]]
    """

    function: Callable[[pd.DataFrame, pd.DataFrame], Array]
    label: str = Text("distance of the user's own", "distancia propia del usuario")

    def __post_init__(self) -> None:
        checks.instance(
            "function",
            self.function,
            Text("a function of two tables", "una función de dos tablas"),
            callable(self.function),
        )

    def __repr__(self) -> str:
        return f"CustomDistance({self.label!r})"

    def measure(self, units: Units) -> Measure:
        """Return the function's distances, computed when they are asked for."""
        between = _Computed(self.function, units.matrix, self.label)
        return Measure(np.empty((len(units), 0)), 1.0, None, self.label, between=between)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Table:
    values: Array
    row: Positions
    column: Positions
    index: pd.Index[Any]

    def __call__(self, rows: Positions, columns: Positions) -> Array:
        forward = (self.row[rows] >= 0).all() and (self.column[columns] >= 0).all()
        if forward:
            return self.values[np.ix_(self.row[rows], self.column[columns])]
        if (self.row[columns] >= 0).all() and (self.column[rows] >= 0).all():
            return self.values[np.ix_(self.row[columns], self.column[rows])].T
        raise DataError(
            Text(
                (
                    "The distance table lacks distances between some of the units that are compared: a variance by "
                    "neighbours needs those within an arm too. Give all units by all units, or choose another variance."
                ),
                (
                    "A la tabla de distancias le faltan distancias entre unidades que se comparan: una varianza por "
                    "vecinos necesita también las de dentro de un brazo. Dé todas las unidades por todas, o elija otra "
                    "varianza."
                ),
            )
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Computed:
    function: Callable[[pd.DataFrame, pd.DataFrame], Array]
    matrix: pd.DataFrame
    label: str

    def __call__(self, rows: Positions, columns: Positions) -> Array:
        distances = np.asarray(
            self.function(self.matrix.iloc[rows], self.matrix.iloc[columns]), dtype=np.float64
        )
        if distances.shape != (len(rows), len(columns)):
            raise DataError(
                Text(
                    (
                        "The distance {label!r} must have shape ({number}, {number_2}), one row per row of the first table; "
                        "got {shape}."
                    ),
                    (
                        "La distancia {label!r} debe tener forma ({number}, {number_2}), una fila por fila de la primera "
                        "tabla; tiene {shape}."
                    ),
                    label=self.label,
                    number=len(rows),
                    number_2=len(columns),
                    shape=distances.shape,
                )
            )
        if np.isnan(distances).any() or (distances < 0).any():
            raise DataError(
                Text(
                    "The distance {label!r} must be at least 0 everywhere; got missing or negative distances.",
                    "La distancia {label!r} debe ser al menos 0 en todas partes; hay distancias que faltan o negativas.",
                    label=self.label,
                )
            )
        return distances
