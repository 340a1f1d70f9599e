"""The largest sample whose means keep within tolerances: an integer programme, and why it may have no solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Positions
from impact.design.units import Units
from impact.errors import EstimationError, OverlapWarning, SupportError
from impact.language import Text
from impact.warn import warn

_KEPT = 1e-9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Candidates:
    """Units that are alike, by kind, for an integer programme.

    Attributes
    ----------
    members : tuple of int arrays
        Positions of the units of each kind, in the order of their labels.
    values : float64 array, shape (kinds, p)
        What each kind adds to p sums, each of which must stay within its share of the tolerance.
    allowance : float64 array, shape (kinds, p)
        What each kind adds to the tolerance of each sum.
    size : float64 array, shape (kinds,)
        What a unit of each kind counts for in the size of the sample.
    """

    members: tuple[Positions, ...]
    values: Array
    allowance: Array
    size: Array


def candidates(
    units: Units, order: Positions, rows: NDArray[np.bool_], values: Array, allowance: Array, size: float
) -> Candidates:
    """Return the units marked in ``rows``, those with equal values and allowance as one kind."""
    positions = order[rows[order]]
    weight = units.sampling_weight[positions]
    table = np.column_stack([values[positions] * weight[:, None], np.outer(weight, allowance)])
    kinds, kind = np.unique(table, axis=0, return_inverse=True)
    kind = kind.ravel()
    grouped = positions[np.argsort(kind, kind="stable")]
    members = tuple(np.split(grouped, np.cumsum(np.bincount(kind))[:-1]))
    width = values.shape[1]
    return Candidates(members, kinds[:, :width], kinds[:, width:], np.full(len(kinds), size))


def both_kinds(first: Candidates, second: Candidates) -> Candidates:
    """Return the kinds of both."""
    return Candidates(
        first.members + second.members,
        np.vstack([first.values, second.values]),
        np.vstack([first.allowance, second.allowance]),
        np.concatenate([first.size, second.size]),
    )


def largest_balanced(
    kinds: Candidates, names: list[str], equal: Array | None, time_limit: float
) -> Positions:
    """Return the positions of the largest set of units whose sums keep within their tolerance.

    Parameters
    ----------
    kinds : Candidates
    names : list of str
        What each sum is of, for messages.
    equal : float64 array, shape (kinds,), optional
        Weights of a sum that must be zero, such as treated less controls.
    time_limit : float
        Seconds after which the best set so far is taken, with a warning.

    Raises
    ------
    SupportError
        No set but the empty one will do; the covariates that cannot be balanced are named.

    Notes
    -----
    max Σ size·z over whole numbers 0 ≤ z ≤ units of the kind, subject to |Σ value·z| ≤ Σ allowance·z for each
    sum.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    counts = np.array([len(members) for members in kinds.members], dtype=np.float64)
    rows, ceiling = _rows(kinds, equal)
    floor = np.full(len(ceiling), -np.inf)
    floor[2 * len(names) :] = 0.0
    result = milp(
        -kinds.size,
        constraints=LinearConstraint(rows, floor, ceiling),
        integrality=np.ones(len(counts)),
        bounds=Bounds(0, counts),
        options={"time_limit": time_limit},
    )
    if result.x is None:
        raise _not_found(time_limit, result.message)
    if -result.fun < _KEPT:
        raise SupportError(_why_infeasible(kinds, names, equal))
    if result.status != 0:
        _warn_of_early_end(time_limit, -result.fun, -result.mip_dual_bound)
    taken = np.rint(result.x).astype(np.intp)
    return np.sort(
        np.concatenate([members[:count] for members, count in zip(kinds.members, taken, strict=True)])
    )


def _warn_of_early_end(time_limit: float, size: float, bound: float) -> None:
    warn(
        Text(
            (
                "The search stopped after {time_limit:g} seconds at a size of {result:g}; none above {result_2:g} "
                "exists. How far it gets depends on the machine: allow more time for a result that does not."
            ),
            (
                "La búsqueda se detuvo tras {time_limit:g} segundos en un tamaño de {result:g}; no existe ninguno "
                "por encima de {result_2:g}. Hasta dónde llega depende de la máquina: dé más tiempo para un "
                "resultado que no dependa."
            ),
            time_limit=time_limit,
            result=size,
            result_2=bound,
        ),
        OverlapWarning,
    )


def _not_found(time_limit: float, message: str) -> EstimationError:
    return EstimationError(
        Text(
            (
                "The largest balanced sample was not found within {time_limit:g} seconds: {message} Allow more time, "
                "a larger tolerance or fewer covariates."
            ),
            (
                "No se encontró la mayor muestra equilibrada en {time_limit:g} segundos: {message} Dé más tiempo, "
                "una tolerancia mayor o menos covariables."
            ),
            time_limit=time_limit,
            message=message,
        )
    )


def _rows(kinds: Candidates, equal: Array | None) -> tuple[Array, Array]:
    """Return the constraints rows · z ≤ 0, the last of them = 0 if ``equal`` is given."""
    parts = [(kinds.values - kinds.allowance).T, (-kinds.values - kinds.allowance).T]
    if equal is not None:
        parts.append(equal[None, :])
    rows = np.vstack(parts)
    return rows, np.zeros(len(rows))


def _why_infeasible(kinds: Candidates, names: list[str], equal: Array | None) -> Text:
    """Return which covariates cannot be balanced: each by itself, or those that stand in the way of the rest."""
    columns = np.arange(len(names))
    guilty = [
        names[column] for column in columns if _excess(kinds, columns[column : column + 1], equal).any()
    ]
    if not guilty:
        guilty = [names[column] for column in np.flatnonzero(_excess(kinds, columns, equal))]
    if guilty:
        return Text(
            "No sample is balanced within the tolerance: {guilty} cannot be, even if units could be weighted freely. Raise the tolerance, "
            "leave the covariate out, or compare populations that overlap.",
            "Ninguna muestra queda equilibrada dentro de la tolerancia: {guilty} no puede, ni con pesos libres. "
            "Suba la tolerancia, quite la "
            "covariable, o compare poblaciones que se traslapen.",
            guilty=checks.listed(guilty, 12),
        )
    return Text(
        "No sample of whole units is balanced within the tolerance on {names}, though weighted units would be. Raise the tolerance, or use "
        "weights such as im.EntropyBalancing().",
        "Ninguna muestra de unidades enteras queda equilibrada dentro de la tolerancia en {names}, aunque con "
        "pesos sí. Suba la tolerancia, "
        "o use pesos como EntropyBalancing.",
        names=checks.listed(names, 12),
    )


def _excess(kinds: Candidates, columns: Positions, equal: Array | None) -> NDArray[np.bool_]:
    """Return which sums exceed their tolerance where the excess, in SDs, is least; units count in parts."""
    from scipy.optimize import linprog

    width, number = len(columns), len(kinds.size)
    part = Candidates(kinds.members, kinds.values[:, columns], kinds.allowance[:, columns], kinds.size)
    rows, _ = _rows(part, None)
    scale = np.diag(np.maximum(part.values.std(0), 1e-300))
    whole = np.concatenate([kinds.size, np.zeros(width)])[None, :]
    exact = whole if equal is None else np.vstack([whole, np.concatenate([equal, np.zeros(width)])])
    solution = linprog(
        np.concatenate([np.zeros(number), np.ones(width)]),
        A_ub=np.hstack([rows, -np.vstack([scale, scale])]),
        b_ub=np.zeros(2 * width),
        A_eq=exact,
        b_eq=np.eye(len(exact))[0],
        method="highs",
    )
    if solution.status != 0:
        raise EstimationError(
            Text(
                "Why the sample cannot be balanced was not found out: {message}",
                "No se averiguó por qué la muestra no se puede equilibrar: {message}",
                message=solution.message,
            )
        )
    missed: NDArray[np.bool_] = solution.x[number:] > _KEPT
    return missed


def constrained_columns(units: Units) -> pd.DataFrame:
    """Return the covariates as numbers, categories as indicators of all their levels, shape (n, p)."""
    columns: dict[str, Array] = {}
    for name in units.covariates.columns:
        column = units.covariates[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            for code, level in enumerate(column.cat.categories):
                columns[f"{name}{level}"] = (codes == code).astype(np.float64)
        else:
            columns[str(name)] = column.to_numpy(dtype=np.float64)
    return pd.DataFrame(columns, index=units.index)
