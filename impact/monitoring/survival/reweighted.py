"""Survival where many fates are unknown: those that are known stand for the others with the same traits."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text, quoted
from impact.monitoring import columns
from impact.monitoring.subprojects.reporting import response_weights
from impact.monitoring.survival.kaplan_meier import survival
from impact.monitoring.survival.table import SurvivalTable


def survival_reweighted(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    by: str | Sequence[str] | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    times: Sequence[float] | None = None,
    level: float = 0.95,
) -> SurvivalTable:
    """Estimate survival of all alliances from those whose fate is known, weighted to all.

    Parameters
    ----------
    frame, by, cluster, interval, times, level
        As in ``im.survival``; one row an alliance, known or not.
    duration : str
        Missing, or anything, where the fate is unknown.
    event : str
        Whether the alliance ended at ``duration``; missing where its fate is unknown.
    covariates : list of str
        What is known of all and goes with being known: region, product, year of funds, size.

    Returns
    -------
    SurvivalTable
        With ``n_unknown`` and ``share_unknown``.

    Raises
    ------
    DataError
        Every fate is known, or none is.
    SupportError
        A category has nobody whose fate is known.

    Notes
    -----
    Weights of :func:`impact.response_weights`: entropy balancing of the known to the means of all. Assumed: alliances
    with the same covariates last equally long, known or not. What holds without that lies between the bounds of
    :func:`impact.survival_bounds`. Standard errors hold the weights fixed.

    References
    ----------
    Little and Rubin (2020), Statistical Analysis with Missing Data, 3rd edition, section 3.3.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> seen = pd.DataFrame({"years": [7, 2, 3, None], "ended": [0, 1, 1, None], "milk": [1, 1, 0, 0]})
    >>> im.survival_reweighted(seen, "years", "ended", ["milk"], times=[5]).frame["survival"].round(6).tolist()
    [0.25]
    """
    columns.require_table(frame)
    known = columns.column(frame, "event", event).notna().to_numpy()
    if known.all() or not known.any():
        if known.all():
            text = Text(
                "Every fate is known in {event!r}: there is nothing to weight. Take im.survival.",
                "Todo destino se conoce en {event!r}: no hay nada que ponderar: la curva de supervivencia basta.",
                event=event,
            )
        else:
            text = Text(
                "No fate is known in {event!r}: nobody can stand for the others.",
                "Ningún destino se conoce en {event!r}: nadie puede representar a los demás.",
                event=event,
            )
        raise DataError(text)
    checks.columns("covariates", covariates)
    told = frame.assign(_told=known)
    weighted = told.assign(_weight=response_weights(told, "_told", covariates))[known]
    table = survival(weighted, duration, event, by, "_weight", cluster, interval, times, level)
    labels, subgroup, _ = columns.subgroup_rows(frame, by)
    unknown = {label: int((~known)[subgroup == k].sum()) for k, label in enumerate(labels)}
    found = table.frame
    found = found.assign(n_unknown=found["subgroup"].map(unknown).to_numpy())
    found["share_unknown"] = found["n_unknown"] / (found["n"] + found["n_unknown"])
    note = Text(
        (
            "{unknown} of {total} fates unknown; weighted on {covariates}: assumed that alliances alike in these last equally "
            "long, known or not."
        ),
        (
            "{unknown} de {total} destinos desconocidos; ponderado por {covariates}: se supone que las alianzas parecidas en esto "
            "duran lo mismo, se conozca o no su destino."
        ),
        unknown=int((~known).sum()),
        total=len(frame),
        covariates=quoted(*covariates),
    )
    return SurvivalTable(found, table.medians, (note,), table.synthetic)
