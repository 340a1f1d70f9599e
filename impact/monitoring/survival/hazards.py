"""What goes with alliances that end sooner: Cox regression with standard errors by cluster."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import standardised
from impact.errors import EstimationError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.survival.spells import read_spells
from impact.survey.covariates import collinear_terms, described_terms
from impact.views import Exported, html_view, text_view, with_texts

_SANDWICH = Text("sandwich by cluster", "sándwich por conglomerado")
_MODEL = Text("model", "la del modelo")


_SHOWN = ["term", "coefficient", "std_error", "p_value", "hazard_ratio", "conf_low", "conf_high"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HazardTable(Exported):
    """Hazard ratios.

    Attributes
    ----------
    frame : DataFrame
        ``term``, ``coefficient`` (log hazard ratio), ``std_error``, ``statistic``, ``p_value``,
        ``hazard_ratio``, ``conf_low`` and ``conf_high`` of the ratio, ``n``, ``n_events``, ``clusters``,
        ``variance``, ``level``.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> spells = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "ended": [1, 1, 0, 1, 1, 1], "milk": [1, 0, 1, 1, 0, 0]})
    >>> table = im.hazards(spells, "years", "ended", ["milk"])
    >>> table.frame[["term", "hazard_ratio", "n_events"]].round(2).values.tolist()
    [['milk', 2.92, 5]]
    """

    TITLE: ClassVar[Text] = Text("Hazard ratios", "Razones de riesgos")

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame[_SHOWN], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[_SHOWN], self.notes, self.synthetic)


def hazards(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    cluster: str | None = None,
    level: float = 0.95,
) -> HazardTable:
    """Estimate hazard ratios by Cox regression, ties after Efron.

    Parameters
    ----------
    frame, duration, event, cluster, level
        As in :func:`impact.monitoring.survival.kaplan_meier.survival`. With ``cluster`` the standard errors
        are the sandwich by cluster without a small-sample factor, as R's ``coxph(cluster =)``.
    covariates : list of str
        Numbers, yes/no, or categories, which become indicators of all levels but the first.

    Returns
    -------
    HazardTable
        Associations, not effects: nothing here makes regions or products comparable.

    Notes
    -----
    The fit is statsmodels' ``PHReg``; normal quantiles.

    References
    ----------
    Cox (1972), JRSS B 34(2), doi:10.1111/j.2517-6161.1972.tb00899.x. Lin and Wei (1989), JASA 84(408),
    doi:10.1080/01621459.1989.10478874.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> spells = pd.DataFrame({"years": [1, 2, 3, 4, 5, 6], "ended": [1, 1, 0, 1, 1, 1], "milk": [1, 0, 1, 1, 0, 0]})
    >>> im.hazards(spells, "years", "ended", ["milk"]).frame["hazard_ratio"].round(3).tolist()
    [2.924]
    """
    checks.between("level", level, 0.0, 1.0)
    names = checks.columns("covariates", covariates)
    spells = read_spells(frame, duration, event, None, cluster)
    design = columns.indicators(frame, names)
    values = np.asarray(design, dtype=np.float64)
    _refuse_collinear(design)
    coefficients, errors = _fitted(spells.duration, spells.cause, values, spells.cluster if cluster else None)
    table = _table(list(map(str, design.columns)), coefficients, errors, level)
    table = table.assign(
        n=len(frame), n_events=int(spells.cause.sum()), clusters=len(np.unique(spells.cluster))
    )
    table = with_texts(table, variance=_SANDWICH if cluster else _MODEL).assign(level=level)
    notes = (
        Text(
            "Associations with the hazard of an end, not effects.",
            "Asociaciones con el riesgo de que la alianza termine, no efectos.",
        ),
    )
    return HazardTable(table, notes, bool(frame.attrs.get("synthetic", False)))


def _refuse_collinear(design: pd.DataFrame) -> None:
    """Refuse covariates that say nothing beside the others, by name."""
    idle = collinear_terms(design.astype(np.float64))
    if idle:
        raise EstimationError(
            Text(
                "covariates are collinear: {terms}. Leave them out.",
                "Las covariables son colineales: {terms}. Quítelas.",
                terms=described_terms(idle),
            )
        )


def _fitted(
    duration: np.ndarray, ended: np.ndarray, values: np.ndarray, cluster: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    from statsmodels.duration.hazard_regression import PHReg

    standard = standardised(values, np.ones(len(values)))
    if not ended.any():
        raise EstimationError(
            Text(
                "No spell ended, so that no hazard can be estimated.",
                "Ningún episodio terminó, de modo que ningún riesgo se puede estimar.",
            )
        )
    scale = values.std(axis=0)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        fit = PHReg(duration, standard, status=ended, ties="efron").fit(groups=cluster, disp=0)
    coefficients, errors = np.asarray(fit.params), np.asarray(fit.bse)
    if raised or not (np.isfinite(errors).all() and errors.max() < 100):
        raise EstimationError(
            Text(
                (
                    "A covariate separates alliances that ended from those that go on: its hazard ratio is without "
                    "bound. Merge its levels or leave it out."
                ),
                (
                    "Una covariable separa las alianzas que terminaron de las que siguen: su razón de riesgos no tiene "
                    "límite. Junte sus niveles o quítela."
                ),
            )
        )
    return coefficients / scale, errors / scale


def _table(terms: list[str], coefficients: np.ndarray, errors: np.ndarray, level: float) -> pd.DataFrame:
    from scipy.special import ndtr, ndtri

    statistic = coefficients / errors
    reach = float(ndtri(0.5 + level / 2)) * errors
    with np.errstate(over="ignore"):  # per unit of a covariate in tiny units a ratio may be beyond any number
        ratios = [np.exp(coefficients + step * reach) for step in (0, -1, 1)]
    return pd.DataFrame(
        {
            "term": terms,
            "coefficient": coefficients,
            "std_error": errors,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
            "hazard_ratio": ratios[0],
            "conf_low": ratios[1],
            "conf_high": ratios[2],
        }
    )
