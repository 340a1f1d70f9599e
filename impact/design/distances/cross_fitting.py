"""Folds for cross-fitting: by cluster, balanced over the arms, independent of the order of rows; or a column's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans, Positions
from impact.design.label_order import label_order
from impact.design.units import Units
from impact.errors import DataError, OptionError
from impact.language import Text

Folds = int | str
"""How many folds to draw, or the column that names each unit's fold."""


def check_folds(folds: Folds, seed: int) -> None:
    """Require a number of folds of at least two, with the seed that draws them, or a column."""
    checks.whole("seed", seed, minimum=0)
    if not isinstance(folds, str):
        checks.whole("folds", folds, minimum=2)
    elif seed != 0:
        raise OptionError(
            Text(
                "seed draws the folds, and column '{folds}' names them; got seed={seed!r}. Leave it out.",
                "seed sortea las particiones, y la columna '{folds}' ya las nombra; se dio seed = {seed!r}. Quítelo.",
                folds=folds,
                seed=seed,
            )
        )


def fold_columns(folds: Folds | None) -> tuple[str, ...]:
    """Return the column that holds the folds, if one does."""
    return (folds,) if isinstance(folds, str) else ()


def folds_label(folds: Folds) -> Text:
    """Return the folds in words."""
    if isinstance(folds, str):
        return Text("folds by {column}", "pliegues por {column}", column=folds)
    return Text("{number} folds", "{number} pliegues", number=folds)


def fold_numbers(units: Units, folds: Folds, seed: int) -> Positions:
    """Return each unit's fold, numbered from 0.

    Parameters
    ----------
    units : Units
        Units of a cluster share a fold.
    folds : int or str
        Folds to draw, or the column that names them.
    seed : int
        The groups of each arm (clusters by the arm of most of their units) are dealt out in a random order
        drawn over the sorted labels.

    Raises
    ------
    OptionError
        An arm has fewer groups than folds.
    DataError
        A column splits a cluster, or has a fold without one of the arms or with one group only.
    """
    if isinstance(folds, str):
        return _named_folds(units, folds)
    groups = _groups(units)
    share = np.bincount(groups, units.treatment) / np.bincount(groups)
    generator = np.random.default_rng(seed)
    fold = np.empty(len(share), dtype=np.intp)
    for arm, name in ((share >= 0.5, checks.ARMS[True]), (share < 0.5, checks.ARMS[False])):
        members = np.flatnonzero(arm)
        if len(members) < folds:
            kind = "cluster" if units.cluster is not None else "unit"
            raise OptionError(
                Text(
                    "folds={folds} needs a {name} {kind} at least for each fold; got {members}. Use fewer folds.",
                    "folds = {folds} necesita al menos {needed} {name}; hay {members}. Use menos particiones.",
                    folds=folds,
                    needed=checks.counted(folds, kind),
                    name=name,
                    kind=kind,
                    members=checks.counted(len(members), kind),
                )
            )
        fold[members[generator.permutation(len(members))]] = np.arange(len(members)) % folds
    return fold[groups]


def _named_folds(units: Units, column: str) -> Positions:
    """Return the folds that a column names, each of which must be able to do without the others."""
    codes, names = pd.factorize(units.column(column), sort=True)
    fold = np.asarray(codes, dtype=np.intp)
    if len(names) < 2:
        raise DataError(
            Text(
                "folds='{column}' must name two folds at least; the column has one value. Use another column.",
                (
                    "folds = '{column}' debe nombrar al menos dos particiones; la columna tiene un solo valor. Use otra "
                    "columna."
                ),
                column=column,
            )
        )
    _refuse_split_clusters(units, fold, column)
    groups = _groups(units)
    for number, name in enumerate(names):
        inside = fold == number
        for arm, kind in ((units.treatment, checks.ARMS[True]), (~units.treatment, checks.ARMS[False])):
            if not (inside & arm).any():
                raise DataError(
                    Text(
                        "folds='{column}' must have both arms in every fold; fold {name!r} has no {kind} unit. Merge folds.",
                        (
                            "folds = '{column}' debe tener ambos brazos en cada partición; la partición {name!r} no tiene "
                            "ninguna unidad {kind}. Junte particiones."
                        ),
                        column=column,
                        name=name,
                        kind=kind,
                    )
                )
        if _one_group(groups, inside):
            raise DataError(
                Text(
                    "folds='{column}' must have several groups in every fold; fold {name!r} is one group. Merge folds.",
                    (
                        "folds = '{column}' debe tener varios grupos en cada partición; la partición {name!r} es un solo "
                        "grupo. Junte particiones."
                    ),
                    column=column,
                    name=name,
                )
            )
    return fold


def _refuse_split_clusters(units: Units, fold: Positions, column: str) -> None:
    if units.cluster is None:
        return
    parts = pd.Series(fold).groupby(units.cluster.to_numpy()).nunique()
    split = parts.index[parts > 1]
    if len(split):
        raise DataError(
            Text(
                (
                    "folds='{column}' must keep each group of '{name}' in one fold; {groups} {groups:lies|lie} in several (first: "
                    "{split}). Draw the folds by group: folds=5."
                ),
                (
                    "folds = '{column}' debe dejar cada grupo de '{name}' en una partición; {groups} {groups:está|están} en varias "
                    "(primero: {split}). Sortee las particiones por grupo: folds = 5."
                ),
                column=column,
                name=units.cluster.name,
                groups=checks.counted(len(split), "group"),
                split=checks.listed(split),
            )
        )


def _one_group(groups: Positions, inside: Booleans) -> bool:
    return bool((groups[inside] == groups[inside][0]).all())


def _groups(units: Units) -> Positions:
    """Return the number of each unit's cluster, or its own, in the order of the labels."""
    if units.cluster is not None:
        return pd.factorize(units.cluster, sort=True)[0].astype(np.intp)
    place = np.empty(len(units), dtype=np.intp)
    place[label_order(units)] = np.arange(len(units))
    return place
