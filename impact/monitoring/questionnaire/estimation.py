"""One linearised estimate of a questionnaire with its design-based error, and the table that holds several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError
from impact.language import Text
from impact.monitoring.questionnaire.answers import Answers
from impact.monitoring.questionnaire.table import ESTIMATE_COLUMNS, EstimateTable
from impact.views import frame_of_texts, with_texts

By = str | Sequence[str] | None
ANSWERED = Text("rows with an answer", "filas con respuesta")
UNWEIGHTED = Text("none", "ninguno")
SAMPLING_WEIGHT = Text("sampling weight {weights!r}", "factor de expansión {weights!r}")


def linearised(
    answers: Answers, values: Array, bases: Array, rows: Booleans, *, mean: bool, level: float
) -> dict[str, Any]:
    """Return Σwy/Σwb over the marked rows, or Σwy, with its linearised standard error and t interval."""
    weights, number = np.where(rows, answers.weights, 0.0), int(rows.sum())
    base = float(weights @ bases) if mean else 1.0
    if number == 0 or base == 0:
        return _empty(number)
    estimate = float(weights @ values) / base
    deviations = values - estimate * bases if mean else values
    scores = weights * deviations / base
    variance = float(answers.design.covariance(scores[:, np.newaxis])[0, 0])
    freedom = answers.design.degrees_of_freedom(rows)
    centred = deviations - (0.0 if mean else float(weights @ values) / float(weights.sum()))
    simple = answers.simple_random_variance(centred, rows) * (float(weights.sum()) / base) ** 2
    error = float(np.sqrt(variance))
    low, high = _t_interval(estimate, error, freedom, level)
    return {
        "estimate": estimate,
        "std_error": error,
        "conf_low": low,
        "conf_high": high,
        "deff": variance / simple if simple > 0 else float("nan"),
        "n": number,
        "groups": answers.groups_in(rows),
        "effective_n": number * simple / variance if variance > 0 else float("nan"),
        "degrees_of_freedom": freedom,
        "tail_freedom": min(answers.design.tail_freedom(scores), float(freedom)),
    }


def _t_interval(estimate: float, error: float, freedom: int, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    if freedom < 1 or error == 0:
        return float("nan"), float("nan")
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    return estimate - reach, estimate + reach


def _empty(number: int) -> dict[str, Any]:
    missing = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "deff", "effective_n"), np.nan)
    return missing | {"n": number, "groups": 0, "degrees_of_freedom": 0, "tail_freedom": 0.0}


def refuse_unanswered(answered: Booleans, column: str, rows: int) -> None:
    """Refuse a question that nobody answered."""
    if not answered.any():
        raise DataError(
            Text(
                (
                    "Nobody answered {column!r}: all {rows} {rows:is|are} missing. Check that the question was asked and read, or "
                    "leave it out."
                ),
                "Nadie respondió {column!r}: faltan las {rows}. Revise que la pregunta se hizo y se leyó, o quítela.",
                column=column,
                rows=checks.counted(rows, "row"),
            )
        )


def estimate_table(
    answers: Answers,
    records: list[dict[str, Any]],
    statistic: str,
    question: str,
    denominator: str,
    weights: str | None,
    level: float,
) -> EstimateTable:
    """Return the table of these estimates, with what was estimated, over what and under which weights."""
    counted = UNWEIGHTED if weights is None else SAMPLING_WEIGHT.with_values(weights=weights)
    frame = with_texts(frame_of_texts(records), denominator=denominator, weights=counted)
    frame = frame.assign(statistic=statistic, question=question, level=level)
    empty = int((frame["n"] == 0).sum())
    notes = answers.notes + (
        (
            Text(
                "{subgroups} without an answer that has weight: no estimate.",
                "{subgroups} sin una respuesta que tenga peso: sin estimación.",
                subgroups=checks.counted(empty, "subgroup"),
            ),
        )
        if empty
        else ()
    )
    return EstimateTable(
        frame[list(ESTIMATE_COLUMNS)], notes, bool(answers.frame.attrs.get("synthetic", False))
    )
