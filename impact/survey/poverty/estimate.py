"""From checked observations to the poverty table: one pass per population and subgroup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.poverty.line import DESCRIPTIONS, Line, LocatedLine
from impact.survey.poverty.table import COLUMNS, PovertyTable
from impact.survey.poverty.words import POOR
from impact.survey.weighted_distribution import DENSITY_ESTIMATOR
from impact.views import frame_of_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from impact.survey.poverty.measure import PovertyMeasure
    from impact.survey.poverty.observations import Observations

# Measures are numbers around one: a standard error this small is the rounding of an exact 0.
_ROUNDING = 1e-13
_VARIANCE = Text(
    "linearised, between clusters within strata", "linealizados, entre conglomerados dentro de los estratos"
)
_VARIANCE_WITH_LINE = Text(
    "{variance}, that of the line included; density: {density}",
    "{variance}, con el de la línea; densidad: {density}",
    variance=_VARIANCE,
    density=DENSITY_ESTIMATOR,
)


def estimate_poverty(
    measures: Sequence[PovertyMeasure],
    observed: Observations,
    line: float | Line,
    *,
    strict: bool,
    rows: str,
    level: float,
    floor: float = 0.0,
) -> PovertyTable:
    """Return the measures for every population and subgroup.

    Parameters
    ----------
    measures : sequence of PovertyMeasure
    observed : Observations
    line, strict, rows, level
        As in :func:`impact.survey.poverty.indices.fgt`.
    floor : float
        Income to which lower ones are raised before gaps are taken; who is poor is decided before.

    Returns
    -------
    PovertyTable
    """
    checks.between("level", level, 0.0, 1.0)
    records: list[dict[str, Any]] = []
    for population, given in _populations(observed, rows).items():
        weights = np.where(observed.known, given, 0.0)
        shares = weights / weights.sum()
        located = located_on(line, observed.income, shares)
        poor = observed.income < located.values if strict else observed.income <= located.values
        relative_income = np.maximum(observed.income, floor) / located.values
        line_error = _line_error(located, shares, observed)
        for subgroup, everyone in observed.subgroups.items():
            members = everyone & observed.known
            if not members.any():
                raise DataError(
                    Text(
                        "No income is known in subgroup {subgroup!r}. Leave it out of by.",
                        "No se conoce ningún ingreso en el subgrupo {subgroup!r}. Quítelo de by.",
                        subgroup=subgroup,
                    )
                )
            shared = _description(located, members) | _counts(observed, poor, members)
            shared["n_missing"] = int((everyone & ~observed.known).sum())
            shared |= {"population": population, "subgroup": subgroup, "line_std_error": line_error}
            shared["variance"] = _VARIANCE if located.log_influence is None else _VARIANCE_WITH_LINE
            shared["strictness"] = POOR[strict]
            estimates, scores = linearized(measures, relative_income, poor, shares, members, located)
            errors = _standard_errors(scores, observed, members)
            for measure, estimate, error in zip(measures, estimates, errors, strict=True):
                labels = {"measure": measure.name, "alpha": measure.alpha}
                numbers = interval(estimate, error, shared["degrees_of_freedom"], level)
                records.append(shared | labels | numbers)
    return PovertyTable(frame_of_texts(records, COLUMNS), level)


def located_on(line: float | Line, income: NDArray[np.float64], shares: NDArray[np.float64]) -> LocatedLine:
    """Return the line of every row, reading a bare number as a line without a description."""
    if isinstance(line, Line):
        return line.locate(income, shares)
    checks.positive(
        "line", line, unit=Text("amount of income, or a PovertyLine", "un monto de ingreso, o un PovertyLine")
    )
    return LocatedLine(np.full(len(income), float(line)))


def linearized(
    measures: Sequence[PovertyMeasure],
    relative_income: NDArray[np.float64],
    poor: NDArray[np.bool_],
    shares: NDArray[np.float64],
    members: NDArray[np.bool_],
    located: LocatedLine,
) -> tuple[list[float], NDArray[np.float64]]:
    """Return the estimates in a subgroup and the score of every row of the survey on each, shape (n, p).

    A row outside the subgroup scores 0, unless it has a part in an estimated line.
    """
    within = shares * members
    within = within / within.sum()
    estimates, columns = [], []
    for measure in measures:
        estimate, influence = measure.linearized(relative_income, poor, within)
        score = within * influence
        if located.log_influence is not None:
            elasticity = measure.line_elasticity(relative_income, poor, within)
            score = score + elasticity * shares * located.log_influence
        estimates.append(estimate)
        columns.append(score)
    return estimates, np.column_stack(columns)


def _populations(observed: Observations, rows: str) -> dict[str, NDArray[np.float64]]:
    if observed.persons is None:
        return {rows: observed.weights}
    if rows == "persons":
        raise OptionError(
            Text(
                (
                    "rows must say what a row is when persons= gives the size of each; got 'persons'. Leave out persons= "
                    "if each row is a person."
                ),
                (
                    "rows debe decir qué es una fila cuando persons da el tamaño de cada una; se dio 'persons'. Quite "
                    "persons si cada fila es una persona."
                ),
            )
        )
    return {rows: observed.weights, "persons": observed.weights * observed.persons}


def _standard_errors(
    scores: NDArray[np.float64], observed: Observations, members: NDArray[np.bool_]
) -> NDArray[np.float64]:
    if observed.design.degrees_of_freedom(members) < 1:
        # One cluster in a stratum shows no variation between clusters: 0 would be a false precision.
        return np.full(scores.shape[1], np.nan)
    errors = np.sqrt(np.diag(observed.design.covariance(scores)))
    return np.where(errors < _ROUNDING, 0.0, errors)


def _line_error(located: LocatedLine, shares: NDArray[np.float64], observed: Observations) -> float:
    if located.log_influence is None:
        return float("nan")
    scores = shares * located.log_influence * located.values
    return float(np.sqrt(observed.design.covariance(scores[:, None])[0, 0]))


def _counts(observed: Observations, poor: NDArray[np.bool_], members: NDArray[np.bool_]) -> dict[str, int]:
    return {
        "n": int(members.sum()),
        "n_poor": int((poor & members).sum()),
        "n_negative": int(((observed.income < 0) & members).sum()),
        "n_clusters": len(np.unique(observed.design.cluster_codes[members])),
        "degrees_of_freedom": observed.design.degrees_of_freedom(members),
    }


def _description(located: LocatedLine, members: NDArray[np.bool_]) -> dict[str, Any]:
    values = np.unique(located.values[members])
    described = {f"line_{trait}": getattr(located, trait) for trait in DESCRIPTIONS}
    return described | {"line": float(values[0]) if len(values) == 1 else float("nan")}


def interval(estimate: float, error: float, degrees_of_freedom: int, level: float) -> dict[str, float]:
    """Return the estimate with its t interval, which a standard error of 0 cannot give."""
    from scipy.special import stdtrit

    half = float(stdtrit(degrees_of_freedom, (1 + level) / 2)) * error if error > 0 else float("nan")
    return {
        "estimate": estimate,
        "std_error": float(error),
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }
