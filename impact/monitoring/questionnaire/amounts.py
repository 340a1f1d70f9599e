"""Means, totals and ratios of a questionnaire with standard errors of the design that drew it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.answers import Answers
from impact.monitoring.questionnaire.estimation import (
    ANSWERED,
    By,
    estimate_table,
    linearised,
    refuse_unanswered,
)
from impact.monitoring.questionnaire.table import EstimateTable
from impact.survey.outcome import Column
from impact.survey.outcome_kind import outcome_kind

AMOUNT_INTERVALS = ("t", "log", "suited")


def survey_mean(
    frame: pd.DataFrame,
    column: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    level: float = 0.95,
    population_groups: str | None = None,
    interval: str = "t",
) -> EstimateTable:
    """Estimate the mean of an amount; the arguments are those of ``im.share``.

    Parameters
    ----------
    frame, column, weights, cluster, stratum, by, level, population_groups
        As in ``im.share``; the column holds numbers, rows without one leave the mean and stay in the design.

    interval : {"t", "log", "suited"}, default "t"
        "t" is R's. "log" is made on the logarithm and brought back, its degrees of freedom by how unequally the groups carry the
        variance, (ΣS²)²/ΣS⁴: for amounts with a long upper tail, such as incomes, of which the t interval of few groups is too
        low. "suited" takes "log" for a skewed amount and "t" for another number, by the column's own quantiles over the whole
        survey, before any estimate. A sum that is not above 0 keeps the t interval; the column ``interval`` says which it is.

    Returns
    -------
    EstimateTable
        In the unit of the column.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> herd = pd.DataFrame({"cows": [2, 4, 3, 9], "group": ["a", "a", "b", "b"]})
    >>> im.survey_mean(herd, "cows", cluster="group").frame[["estimate", "std_error"]].round(6).loc[0].tolist()
    [4.5, 1.5]
    """
    return _amounts(
        "mean", frame, column, None, weights, cluster, stratum, by, level, population_groups, interval
    )


def survey_total(
    frame: pd.DataFrame,
    column: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    level: float = 0.95,
    population_groups: str | None = None,
    interval: str = "t",
) -> EstimateTable:
    """Estimate the total of an amount over the population; the arguments are those of ``im.share``.

    Parameters
    ----------
    frame, column, weights, cluster, stratum, by, level, population_groups, interval
        As in :func:`survey_mean`. The weights must be those that sum to the population; a row without an
        amount adds nothing, and is counted in ``missing``.

    Returns
    -------
    EstimateTable

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> herd = pd.DataFrame({"cows": [2, 4, 3, 9], "group": list("aabb"), "weight": [10, 10, 5, 5]})
    >>> float(im.survey_total(herd, "cows", "weight", "group").frame.loc[0, "estimate"])
    120.0
    """
    return _amounts(
        "total", frame, column, None, weights, cluster, stratum, by, level, population_groups, interval
    )


def survey_ratio(
    frame: pd.DataFrame,
    numerator: str,
    denominator: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    level: float = 0.95,
    population_groups: str | None = None,
    interval: str = "t",
) -> EstimateTable:
    """Estimate the ratio of two totals, such as what producers paid over what was invested.

    Parameters
    ----------
    frame, weights, cluster, stratum, by, level, population_groups
        As in ``im.share``; ``interval`` as in :func:`survey_mean`.
    numerator, denominator : str
        Columns of amounts. A row that lacks one of them leaves both sums and stays in the design.

    Returns
    -------
    EstimateTable
        The ratio of totals (not the mean of ratios), linearised.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> projects = pd.DataFrame({"paid": [30, 24, 38], "invested": [100, 80, 120]})
    >>> round(float(im.survey_ratio(projects, "paid", "invested").frame.loc[0, "estimate"]), 4)
    0.3067
    """
    return _amounts(
        "ratio",
        frame,
        numerator,
        denominator,
        weights,
        cluster,
        stratum,
        by,
        level,
        population_groups,
        interval,
    )


def _amounts(
    statistic: str,
    frame: pd.DataFrame,
    column: str,
    base: str | None,
    weights: str | None,
    cluster: str | None,
    stratum: str | None,
    by: By,
    level: float,
    population_groups: str | None,
    interval: str,
) -> EstimateTable:
    checks.between("level", level, 0.0, 1.0)
    checks.one_of("interval", interval, AMOUNT_INTERVALS)
    answers = Answers.of(frame, weights, cluster, stratum, by, population_groups)
    values = columns.amounts(frame, "column" if base is None else "numerator", column, missing=True)
    bases = np.ones(len(frame)) if base is None else columns.amounts(frame, "denominator", base, missing=True)
    answered = ~(np.isnan(values) | np.isnan(bases))
    refuse_unanswered(answered, column, len(frame))
    if interval == "suited":
        interval = "log" if _is_skewed(values[answered]) else "t"
    if base is not None and not bases[answered].any():
        raise DataError(
            Text(
                "denominator {base!r} is 0 in every row, so that there is no ratio. Check the column.",
                "denominator {base!r} es 0 en todas las filas, de modo que no hay razón. Revise la columna.",
                base=base,
            )
        )
    values, bases = np.where(answered, values, 0.0), np.where(answered, bases, 0.0)
    records = []
    for label, domain in answers.domains:
        rows = domain & answered
        record = linearised(answers, values, bases, rows, mean=statistic != "total", level=level)
        record |= {"category": "", "subgroup": label, "missing": int((domain & ~answered).sum())}
        record |= {"count": record["n"], "interval": "t"}
        if interval == "log" and record["estimate"] > 0 and record["std_error"] > 0:
            record |= _log_interval(record, level)
        records.append(record)
    named = {"mean": ANSWERED, "total": Text("none (a total)", "ninguno (es un total)"), "ratio": str(base)}
    table = estimate_table(answers, records, statistic, column, named[statistic], weights, level)
    return table if statistic != "total" else table.with_notes(_population(answers))


def _population(answers: Answers) -> Text:
    """Return of how many the total is: nothing else would show weights that do not sum to the population."""
    if not answers.weighted:
        return Text(
            "No weights: the total is that of the {number:,} rows, not of a population.",
            "Sin factores de expansión: el total es el de las {number:,} filas, no el de una población.",
            number=len(answers.weights),
        )
    return Text(
        "The weights sum to {total:,.0f}: the total is that of so many, which must be the population.",
        "Los factores de expansión suman {total:,.0f}: el total es el de esa cantidad, que debe ser la población.",
        total=float(answers.weights.sum()),
    )


def _is_skewed(values: Array) -> bool:
    """Return whether an amount has a long upper tail and no negative value, as incomes and sales do."""
    kind = outcome_kind(Column("amount"), pd.DataFrame({"amount": values}))
    return kind.bends and bool(values.min() >= 0)


def _log_interval(record: dict[str, Any], level: float) -> dict[str, Any]:
    """Return the t interval of the logarithm, brought back: wider above than below, and wider where few groups carry the variance."""
    from scipy.special import stdtrit

    estimate, freedom = record["estimate"], record["tail_freedom"]
    if freedom < 1:
        return {}
    factor = math.exp(float(stdtrit(freedom, 0.5 + level / 2)) * record["std_error"] / estimate)
    return {
        "conf_low": estimate / factor,
        "conf_high": estimate * factor,
        "interval": "log",
        "degrees_of_freedom": freedom,
    }
