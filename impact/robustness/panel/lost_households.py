"""Households that were lost: weights for those found, and bounds without a model of who was lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact.effects.panel.errors import error_sums
from impact.effects.panel.estimators.first_stages import fit_outcome
from impact.effects.panel.sample import compact
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.robustness.response.probability import response_probability, standardised_covariates
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import one_outcome, only_outcome
from impact.survey.panel.panel import Panel
from impact.survey.response.lee import LeeBounds, lee_bounds

TRENDS = Text("trends by covariate", "tendencias por covariable")
WAITING = Text("the households that do not enter", "los hogares que no entran")


def with_response_weights(panel: Panel, outcomes: Sequence[str | Outcome] | None = None) -> Panel:
    """Return the panel with each household of the first wave weighted by the inverse of its probability to be found in every wave.

    Parameters
    ----------
    panel : Panel
    outcomes : sequence of str or Outcome, optional
        Whose values in the first wave predict who is found, with the panel's covariates; all of the panel's by default.

    Returns
    -------
    Panel
        Of the households of the first wave; its weights are sampling weight / probability.

    Raises
    ------
    SupportError
        A probability below .02.

    Notes
    -----
    One logit in each arm, on those of the first wave. Right where, given the covariates and first outcomes, who is lost has nothing to do
    with the later outcome. Estimates take the weights as known.

    References
    ----------
    Wooldridge (2002), Portuguese Economic Journal 1(2), 117-139, doi:10.1007/s10258-002-0008-x.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(400), 2), np.tile([0, 1], 400)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh % 2, "land": hh % 5 * 1.0, "income": 100.0 + hh % 7 + wave})
    >>> lost = (wave == 1) & (hh * 7 % 13 < frame["land"])  # the more land, the oftener a household moved away
    >>> panel = im.Panel(frame[~lost], "hh", "wave", "entry", outcomes=["income"], covariates=["land"])
    >>> im.with_response_weights(panel).weight[:5].round(1).tolist()  # by land, from 0 to 4
    [1.0, 1.1, 1.1, 1.3, 1.5]
    """
    chosen = (
        panel.outcomes
        if outcomes is None
        else tuple(one_outcome(panel.outcomes, entry) for entry in outcomes)
    )
    first = panel.observed[:, 0] & ~panel.always_treated
    found = np.asarray(panel.observed.all(axis=1))
    columns = [panel.matrix.to_numpy(dtype=np.float64), *(panel.values(one)[:, :1] for one in chosen)]
    names = (*map(str, panel.matrix.columns), *(f"first {one.name}" for one in chosen))
    probability = response_probability(
        found, panel.ever_treated, np.hstack(columns), names, panel.weight, first, "im.panel_lee_bounds"
    )
    return panel.reweighted(
        np.where(first, 1 / probability, 0.0),
        Text(
            "Weights are divided by the probability to be found in every wave (logit in each arm on covariates and first outcomes).",
            "Los pesos se dividen por la probabilidad de ser hallado en todas las rondas (logit en cada brazo con covariables y primeros "
            "resultados).",
        ),
    )


def panel_lee_bounds(panel: Panel, outcome: str | Outcome | None = None, level: float = 0.95) -> LeeBounds:
    """Bound the difference-in-differences where the arms lost different shares of households.

    Parameters
    ----------
    panel : Panel
        Of two waves; ``panel.between(first, last)`` takes two of several.
    outcome : str or Outcome, optional
        The panel's only outcome by default.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    LeeBounds
        On the change between the waves, for households that would be found in either arm.

    Notes
    -----
    ``im.lee_bounds`` on the change of those with both waves among the households of the first; covariates are not used.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh % 2})
    >>> frame["income"] = 100.0 + hh % 7 + wave * (1 + hh % 3) + 5 * (frame["entry"] * wave)
    >>> lost = (wave == 1) & (hh % 20 == 0)  # every tenth control is not found again
    >>> panel = im.Panel(frame[~lost], "hh", "wave", "entry", outcomes=["income"])
    >>> bounds = im.panel_lee_bounds(panel)
    >>> round(bounds.lower, 2), round(bounds.upper, 2), bounds.trimmed_arm
    (4.89, 5.11, 'treated')
    """
    if len(panel.waves) != 2:
        raise OptionError(
            Text(
                "panel must have two waves; it has {number}. Take two of them with panel.between(first, last).",
                "panel debe tener dos rondas; tiene {number}. Tome dos de ellas con panel.between(primera, última).",
                number=len(panel.waves),
            )
        )
    chosen = only_outcome(panel.outcomes, outcome)
    who = panel.observed[:, 0] & ~panel.always_treated
    values = panel.values(chosen)[who]
    group = None if panel.group is None else pd.Series(panel.group[who])
    return lee_bounds(
        values[:, 1] - values[:, 0],
        panel.ever_treated[who].astype(int),
        panel.observed[who, 1],
        cluster=group,
        weights=panel.weight[who],
        level=level,
    )


def trends_by_covariate(panel: Panel, outcome: str | Outcome | None = None) -> pd.DataFrame:
    """Return how the change of households that do not enter differs by baseline covariate, beside the arms' difference in it.

    Parameters
    ----------
    panel : Panel
        Of two waves, or of several: the first and the last are compared.
    outcome : str or Outcome, optional
        The panel's only outcome by default.

    Returns
    -------
    DataFrame
        Columns covariate, column and level (None for a number), slope (change per standard deviation), std_error, t, difference (treated
        less others, in standard deviations), bias (slope × difference: what an unadjusted difference-in-differences owes to it).

    Raises
    ------
    SupportError
        One arm alone has both waves.
    DataError
        Covariates that are collinear among those that do not enter.

    Notes
    -----
    One regression of the change on all covariates among those that do not enter, errors by group.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh % 2, "land": hh % 5 * 1.0})
    >>> frame["income"] = 100.0 + hh % 7 + wave * (1 + 2 * frame["land"])  # those with land gain more in any case
    >>> panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["income"], covariates=["land"])
    >>> im.trends_by_covariate(panel)[["covariate", "slope", "difference"]].round(2).values.tolist()
    [['land', 2.83, 0.0]]
    """
    if not len(panel.matrix.columns):
        raise OptionError(
            Text(
                "panel has no covariates. Pass covariates= to im.Panel.",
                "panel no tiene covariables. Nómbrelas en covariates.",
            )
        )
    chosen = only_outcome(panel.outcomes, outcome)
    both = panel.observed[:, 0] & panel.observed[:, -1] & ~panel.always_treated
    values = panel.values(chosen)
    change = (values[:, -1] - values[:, 0])[both]
    design, _ = standardised_covariates(panel.matrix.to_numpy(dtype=np.float64)[both])
    treated, weight = panel.ever_treated[both], panel.weight[both]
    compared = weight * ~treated
    if not compared.any() or treated.sum() == 0:
        raise SupportError(
            Text(
                "Everybody with the first wave and the last enters by then, or nobody does: there are no two arms whose covariates "
                "differ.",
                "Todos los que tienen la primera y la última ronda entran hasta entonces, o ninguno: no hay dos brazos cuyas covariables "
                "difieran.",
            )
        )
    names = ("the constant", *(term.name for term in panel.terms))
    fit = fit_outcome(change[:, None], design, compared, names, TRENDS, WAITING)
    slopes = fit.inverse_moments @ (design.T @ (compared * change)) / len(change)
    influence = fit.weighted_residuals * (design @ fit.inverse_moments)
    group = None if panel.group is None else compact(panel.group[both][~treated])
    errors = error_sums(
        influence[~treated] * (~treated).sum() / len(change), np.zeros((~treated).sum()), group
    ).std_error
    means = [np.average(design[arm], axis=0, weights=weight[arm]) for arm in (treated, ~treated)]
    gap = means[0] - means[1]
    frame = pd.DataFrame(
        {
            "covariate": [term.name for term in panel.terms],
            "column": [term.column for term in panel.terms],
            "level": pd.Series([term.level for term in panel.terms], dtype=object),  # None stays None
            "slope": slopes[1:],
            "std_error": errors[1:],
        }
    )
    return frame.assign(t=frame["slope"] / frame["std_error"], difference=gap[1:], bias=slopes[1:] * gap[1:])
