"""A questionnaire as one table: several questions, and questions with several answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.amounts import survey_mean, survey_ratio, survey_total
from impact.monitoring.questionnaire.estimation import By
from impact.monitoring.questionnaire.shares import share
from impact.monitoring.questionnaire.table import EstimateTable

_SEVERAL = Text(
    "Several answers were possible: the shares do not add up to 100 %.",
    "Se podía dar varias respuestas: las proporciones no suman 100 %.",
)


def multiple_response(
    frame: pd.DataFrame,
    answers: Sequence[str],
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    interval: str = "logit",
    level: float = 0.95,
    population_groups: str | None = None,
) -> EstimateTable:
    """Estimate the share that gave each answer to a question that takes several.

    Parameters
    ----------
    frame, weights, cluster, stratum, by, interval, level, population_groups
        As in ``im.share``.
    answers : list of str
        Yes/no columns, one an answer. Whoever ticked at least one, or left none missing, has answered.

    Returns
    -------
    EstimateTable
        One row an answer and subgroup, over those that answered; the shares add up to more than 100 %.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> said = pd.DataFrame({"price": [1, 1, 0, None], "quality": [1, 0, 0, None]})
    >>> im.multiple_response(said, ["price", "quality"]).frame["estimate"].round(3).tolist()
    [0.667, 0.333]
    """
    names = checks.columns("answers", answers)
    filled = ticked_answers(frame, names)
    tables = [
        share(filled, name, weights, cluster, stratum, by, interval, level, population_groups)
        for name in names
    ]
    return together(tables, (_SEVERAL,))


def ticked_answers(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the table with the answers of one question as 0 and 1, missing where nobody answered the question at all."""
    ticked = pd.DataFrame(
        {name: columns.amounts(frame, "answers", name, missing=True) for name in names}, index=frame.index
    )
    answered = (ticked == 1).any(axis=1) | ticked.notna().all(axis=1)
    if not answered.any():
        raise DataError(
            Text(
                "Nobody answered any of {names}.",
                "Nadie respondió ninguna de {names}.",
                names=checks.listed(names),
            )
        )
    return frame.assign(**{name: ticked[name].fillna(0.0).where(answered) for name in names})


def questions(
    frame: pd.DataFrame,
    shares: Sequence[str] = (),
    means: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    by: By = None,
    interval: str = "logit",
    level: float = 0.95,
    amounts: str = "suited",
    multiple: Sequence[Sequence[str]] = (),
    totals: Sequence[str] = (),
    ratios: Mapping[str, tuple[str, str]] | None = None,
    population_groups: str | None = None,
) -> EstimateTable:
    """Estimate several questions in one table.

    Parameters
    ----------
    frame, weights, cluster, stratum, by, interval, level, population_groups
        As in ``im.share``.
    shares, means : list of str
        Questions of which shares, and amounts of which means, are given.
    amounts : {"suited", "t", "log"}, default "suited"
        Interval of a mean; see ``im.survey_mean``. By default that of the logarithm for skewed amounts.
    multiple : list of list of str
        Questions that take several answers, each as the yes/no columns of its answers; see ``im.multiple_response``.
    totals : list of str
        Amounts of which the total over the population is given.
    ratios : mapping of str to (str, str)
        What each ratio of two totals is called, with the columns above and below its line.

    Returns
    -------
    EstimateTable

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> groups = pd.DataFrame({"region": ["Lago", "Lago", "Salar"], "members": [20, 30, 40]})
    >>> im.questions(groups, shares=["region"], means=["members"]).frame["statistic"].tolist()
    ['share', 'share', 'mean']
    """
    drawn = (weights, cluster, stratum, by)
    of_shares, of_amounts = (interval, level, population_groups), (level, population_groups, amounts)
    tables = [share(frame, name, *drawn, *of_shares) for name in shares]
    tables += [multiple_response(frame, names, *drawn, *of_shares) for names in multiple]
    tables += [survey_mean(frame, name, *drawn, *of_amounts) for name in means]
    tables += [survey_total(frame, name, *drawn, *of_amounts) for name in totals]
    tables += [
        survey_ratio(frame, above, below, *drawn, *of_amounts).called(name)
        for name, (above, below) in (ratios or {}).items()
    ]
    if not tables:
        raise DataError(
            Text(
                "questions needs at least one question under shares, means, multiple, totals or ratios.",
                "questions necesita al menos una pregunta en shares, means, multiple, totals o ratios.",
            )
        )
    return together(tables)


def together(tables: Sequence[EstimateTable], notes: Sequence[str] = ()) -> EstimateTable:
    """Return several tables of estimates as one, every note once."""
    every = dict.fromkeys([*(note for table in tables for note in table.notes), *notes])
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    return EstimateTable(frame, tuple(every), any(table.synthetic for table in tables))
