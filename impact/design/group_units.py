"""Groups as units: their treatment, and the means of their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Positions
from impact.design.units import Units
from impact.errors import DataError, DataQualityWarning, OptionError
from impact.language import Text
from impact.survey.covariates import collinear_terms, described_terms, encode, prepare_covariate
from impact.warn import warn

_LEFT_OUT = Text(
    "Left out of the match of groups, as the other means say the same: {terms}.",
    "Fuera del emparejamiento de grupos, porque las demás medias dicen lo mismo: {terms}.",
    terms="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Groups:
    """The groups of a sample.

    Attributes
    ----------
    labels : Index
        Labels of the g groups, sorted.
    number : int array, shape (n,)
        Each unit's group.
    treatment : bool array, shape (g,)
        Whether the group is treated.
    """

    labels: pd.Index[Any]
    number: Positions
    treatment: NDArray[np.bool_]

    def members(self, groups: Positions) -> NDArray[np.bool_]:
        """Return True for the units of the given groups, shape (n,)."""
        chosen = np.zeros(len(self.labels), dtype=np.bool_)
        chosen[groups] = True
        result: NDArray[np.bool_] = chosen[self.number]
        return result


def groups_of(units: Units) -> Groups:
    """Return the groups; each must be wholly treated or wholly untreated."""
    if units.cluster is None:
        raise OptionError(
            Text(
                "Matching groups needs the sample's groups: pass cluster= to im.Sample.",
                "Emparejar grupos necesita los grupos de la muestra: nómbrelos en cluster.",
            )
        )
    number, labels = pd.factorize(units.cluster, sort=True)
    treated = np.bincount(number, units.treatment, minlength=len(labels))
    size = np.bincount(number, minlength=len(labels))
    mixed = (treated > 0) & (treated < size)
    if mixed.any():
        raise DataError(
            Text(
                (
                    "Matching groups needs treatment by group; it varies within {groups} of {number:,}. Match households "
                    "directly, or name the group that the programme chose as cluster."
                ),
                (
                    "Emparejar grupos necesita que el tratamiento sea del grupo; varía dentro de {groups} de {number:,}. "
                    "Empareje hogares directamente, o nombre en cluster el grupo que eligió el programa."
                ),
                groups=checks.counted(int(mixed.sum()), "group"),
                number=len(labels),
            )
        )
    return Groups(pd.Index(labels), number.astype(np.intp), treated > 0)


def group_units(groups: Groups, units: Units, columns: tuple[str, ...], kept: tuple[str, ...]) -> Units:
    """Return the groups as units whose covariates are means over their eligible members.

    Parameters
    ----------
    groups : Groups
    units : Units
    columns : tuple of str
        Columns to average, categories as shares; all covariates if empty.
    kept : tuple of str
        Columns handed over as they are; they must not vary within a group.
    """
    weight = units.sampling_weight * units.eligible
    total = np.bincount(groups.number, weight, minlength=len(groups.labels))
    values = _numbers(units, columns)
    sums = {
        name: np.bincount(groups.number, weight * values[name].to_numpy(), minlength=len(total))
        for name in values
    }
    means = pd.DataFrame(
        {name: column / np.where(total > 0, total, 1.0) for name, column in sums.items()}, index=groups.labels
    )
    means = _without_duplicates(means, total > 0)
    return Units(
        treatment=groups.treatment,
        covariates=means,
        matrix=means,
        estimand=units.estimand,
        eligible=total > 0,
        cluster=None,
        stratum=None,
        id=None,
        sampling_weight=np.ones(len(groups.labels)),
        weighted=False,
        declared=pd.DataFrame({name: _constant(groups, units, name) for name in kept}, index=groups.labels),
    )


def _without_duplicates(means: pd.DataFrame, present: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the means without those that others reproduce, as the mean of a household's column does a column of its group; named."""
    terms = collinear_terms(means.loc[present])
    if not terms:
        return means
    if set(terms) >= set(means.columns):
        raise DataError(
            Text(
                "The groups' means do not vary: no covariate tells one group from another.",
                "Las medias de los grupos no varían: ninguna covariable distingue un grupo de otro.",
            )
        )
    warn(_LEFT_OUT.with_values(terms=described_terms(terms)), DataQualityWarning)
    return means.drop(columns=list(terms))


def _numbers(units: Units, columns: tuple[str, ...]) -> pd.DataFrame:
    if not columns:
        return units.matrix
    table = pd.DataFrame({name: prepare_covariate(units.column(name)) for name in columns}, index=units.index)
    lacking = [name for name in columns if table[name].isna().any()]
    if lacking:
        raise DataError(
            Text(
                "A group's means need every value of {lacking}; some are missing. Fill them in.",
                "Las medias de un grupo necesitan todos los valores de {lacking}; faltan algunos. Complételos.",
                lacking=checks.listed(map(repr, lacking)),
            )
        )
    return encode(table, list(columns))


def _constant(groups: Groups, units: Units, name: str) -> pd.Series[Any]:
    """Return a group's value of a column that does not vary within groups."""
    column = units.column(name).reset_index(drop=True)
    by_group = column.groupby(groups.number)
    varies = column.ne(by_group.transform("first")).groupby(groups.number).any()
    if varies.any():
        raise OptionError(
            Text(
                (
                    "Groups are to be matched by {name!r}, which varies within {groups}. Use a column of the group's, or "
                    "let households agree on it."
                ),
                (
                    "Se piden grupos emparejados por {name!r}, que varía dentro de {groups}. Use una columna del grupo, "
                    "o haga que los hogares coincidan en ella."
                ),
                name=name,
                groups=checks.counted(int(varies.sum()), "group"),
            )
        )
    return by_group.first().set_axis(groups.labels)
