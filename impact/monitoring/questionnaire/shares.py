"""Shares of a questionnaire, with intervals that hold in small samples under the design that drew it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
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
from impact.monitoring.questionnaire.proportions import INTERVALS, Proportion, interval_named, unanimous
from impact.monitoring.questionnaire.table import EstimateTable

_NO_FREEDOM = Text("none: as many strata as groups", "ninguno: tantos estratos como grupos")


def share(
    frame: pd.DataFrame,
    column: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    interval: str = "logit",
    level: float = 0.95,
    population_groups: str | None = None,
) -> EstimateTable:
    r"""Estimate the share of each answer to a question, with an interval that holds in small samples.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        One row a respondent.
    column : str
        The question: yes/no (boolean or 0/1), of which the share of yes is given, or text or categories, of
        which each gets a row.
    weights : str, optional
        Column of sampling weights, at least 0. Each row counts once by default.
    cluster : str, optional
        Column of the groups that were drawn. Each row is its own by default.
    stratum : str, optional
        Column of the strata within which groups were drawn; one stratum by default.
    by : str or list of str, optional
        Columns whose values, or combinations of values, are subgroups.
    interval : {"logit", "wilson", "korn-graubard", "likelihood", "asin", "mean"}, default "logit"
        How the interval is made; see Notes. ``"beta"`` and ``"xlogit"`` are R's names for Korn–Graubard and
        logit.
    level : float, default 0.95
        Confidence level in (0, 1).
    population_groups : str, optional
        Column with the number of groups that the row's stratum has in the population, for the finite
        population correction. None: very many.

    Returns
    -------
    EstimateTable
        Shares between 0 and 1, one row an answer and subgroup.

    Raises
    ------
    OptionError
        A column or an option is unknown.
    DataError
        Nobody answered, a weight is negative, the column holds other numbers than 0 and 1.

    Notes
    -----
    :math:`\hat p = \sum_i w_i d_i y_i / \sum_i w_i d_i` with :math:`d_i` marking subgroup and answer; a row
    without an answer leaves both sums and stays in the design. The variance sums
    :math:`z_i = w_i d_i (y_i - \hat p) / \sum w d` by group within strata. Degrees of freedom: groups less
    strata, of the subgroup.

    * ``logit``: t interval of the log odds.
    * ``wilson``: score interval at the effective n, :math:`\hat p (1 - \hat p)/\hat V`, with the t quantile of
      the design's degrees of freedom (Dean and Pagano 2015).
    * ``korn-graubard``: Clopper–Pearson at that effective n times the squared ratio of the t quantiles with n − 1
      and with the design's degrees of freedom (Korn and Graubard 1998); never too short on average.
    * ``likelihood``: scaled likelihood ratio (Rao and Scott 1984).
    * ``asin``: t interval of arcsin √p; below an effective n of 40 around Anscombe's (x + 3/8)/(n + 3/4).
    * ``mean``: p ± t SE, which can leave [0, 1].

    Where every answer is alike the standard error is 0 and the interval is Clopper–Pearson's at the number of
    groups, whatever was asked for; the column ``interval`` says so.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24(2), 193–201. Wilson (1927), JASA 22(158),
    doi:10.1080/01621459.1927.10502953. Dean and Pagano (2015), Journal of Survey Statistics and Methodology 3(4),
    484–503, doi:10.1093/jssam/smv024. Anscombe (1948), Biometrika 35(3–4), 246–254,
    doi:10.1093/biomet/35.3-4.246. Rao and Scott (1984), Annals of Statistics 12(1),
    doi:10.1214/aos/1176346391. Lumley (2010), Complex Surveys, section 2.

    Examples
    --------
    Of 64 groups that came to the workshops 21 had changed their buyer:

    >>> import pandas as pd
    >>> import impact as im
    >>> groups = pd.DataFrame({"changed": [True] * 21 + [False] * 43})
    >>> row = im.share(groups, "changed", interval="wilson").frame.iloc[0]
    >>> [round(float(row[name]), 3) for name in ("estimate", "conf_low", "conf_high")]
    [0.328, 0.223, 0.453]
    """
    checks.between("level", level, 0.0, 1.0)
    method = interval_named(interval)
    answers = Answers.of(frame, weights, cluster, stratum, by, population_groups)
    chosen, categories, answered = _categories(columns.column(frame, "column", column))
    refuse_unanswered(answered, column, len(frame))
    records = []
    for label, domain in answers.domains:
        rows = domain & answered
        for category, yes in zip(categories, chosen, strict=True):
            record = linearised(answers, yes, np.ones(len(yes)), rows, mean=True, level=level)
            record |= {"category": category, "subgroup": label, "missing": int((domain & ~answered).sum())}
            record["count"] = int(yes[rows].sum())
            record |= _share_interval(record, method, level)
            records.append(record)
    return estimate_table(answers, records, "share", column, ANSWERED, weights, level)


def _share_interval(record: dict[str, Any], method: str, level: float) -> dict[str, Any]:
    """Return the interval of a share and the name of how it was made."""
    estimate, error, freedom = record["estimate"], record["std_error"], record["degrees_of_freedom"]
    if not record["n"]:
        return {"interval": Text("none: no answers", "ninguno: sin respuestas")}
    if record["count"] in (0, record["n"]):
        low, high = unanimous(estimate, record["groups"], level)
        return {
            "conf_low": low,
            "conf_high": high,
            "interval": Text(
                "Korn–Graubard with the number of groups where all answer alike",
                "Korn–Graubard con el número de grupos donde todos responden igual",
            ),
            "effective_n": np.nan,
        }
    if freedom < 1 or not error > 0:
        return {
            "conf_low": np.nan,
            "conf_high": np.nan,
            "interval": _NO_FREEDOM,
        }
    observed = Proportion(estimate, error, record["n"], freedom)
    low, high = INTERVALS[method](observed, level)
    return {"conf_low": low, "conf_high": high, "interval": method, "effective_n": observed.effective_n}


def _categories(question: pd.Series) -> tuple[list[Array], list[str], Booleans]:
    """Return a 0/1 column for each answer, the answers, and who answered."""
    answered = question.notna().to_numpy()
    numeric = pd.api.types.is_numeric_dtype(question) and not isinstance(question.dtype, pd.CategoricalDtype)
    if numeric:
        values = question.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        other = answered & ~np.isin(values, (0.0, 1.0))
        if other.any():
            raise DataError(
                Text(
                    (
                        "column {name!r} must hold yes/no, 0/1, or categories; it holds other numbers (first: {values}). "
                        "Turn codes into categories with .astype('category'), or take survey_mean."
                    ),
                    (
                        "La columna {name!r} debe tener sí/no, 0/1, o categorías; tiene otros números (primero: {values}). "
                        "Convierta los códigos en categorías, o tome su media (means)."
                    ),
                    name=question.name,
                    values=checks.listed(values[other]),
                )
            )
        return [np.where(answered, values, 0.0)], ["yes"], answered
    if isinstance(question.dtype, pd.CategoricalDtype):
        codes, levels = question.cat.codes.to_numpy(), question.cat.categories
    else:
        codes, levels = pd.factorize(question, sort=True)
    return (
        [(codes == number).astype(np.float64) for number in range(len(levels))],
        [str(value) for value in levels],
        answered,
    )
