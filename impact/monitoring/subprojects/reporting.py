"""Who has a completion report: are they like all, weights to all, and bounds for what the others could change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, standardised
from impact.design.weighting.equations.entropy_dual import entropy_weights
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.shares import share
from impact.survey.clusters import SurveyDesign
from impact.views import Exported, html_view, p_said, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Representativeness(Exported):
    """Those that reported beside all.

    Attributes
    ----------
    frame : DataFrame
        One row a covariate or category: ``covariate``, ``mean_all``, ``mean_reported``, ``difference`` in standard
        deviations of all, ``p_value`` of reported against not reported.
    statistic, p_value : float
        F test that no covariate differs, by cluster.
    degrees_of_freedom : tuple of float
    n, n_reported : int
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> all_ = pd.DataFrame({"reported": np.arange(60) % 3 == 0, "members": 20.0 + np.arange(60) % 7})
    >>> found = im.representativeness(all_, "reported", ["members"])
    >>> found.frame[["covariate", "mean_all", "mean_reported"]].round(2).values.tolist()
    [['members', 22.9, 22.95]]
    >>> found.n, found.n_reported, round(found.p_value, 2)
    (60, 20, 0.89)
    """

    TITLE: ClassVar[Text] = Text(
        "Whether those that reported are like all", "Si quienes informaron son como todos"
    )

    frame: pd.DataFrame
    statistic: float
    degrees_of_freedom: tuple[float, float]
    p_value: float
    n: int
    n_reported: int
    synthetic: bool = False

    @property
    def note(self) -> Text:
        """The test in one line."""
        first, second = self.degrees_of_freedom
        return Text(
            "{reported} of {n} reported ({share:.0%}); F({first:g}, {second:g}) = {statistic:.2f}, {p}.",
            "{reported} de {n} informaron ({share:.0%}); F({first:g}, {second:g}) = {statistic:.2f}, {p}.",
            reported=self.n_reported, n=self.n, share=self.n_reported / self.n, first=first, second=second,
            statistic=self.statistic, p=p_said(self.p_value),
        )  # fmt: skip

    def __repr__(self) -> str:
        return text_view(self.frame, [self.note], self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note], self.synthetic)


def representativeness(
    frame: pd.DataFrame, reported: str, covariates: Sequence[str], cluster: str | None = None
) -> Representativeness:
    """Test whether the subprojects that reported are like those that did not.

    Parameters
    ----------
    frame : DataFrame
        One row a subproject, all of them.
    reported : str
        Column yes/no; none may be missing, and both must occur.
    covariates : list of str
        What is known of all: region, product, year of funds, members, grant.
    cluster : str, optional

    Returns
    -------
    Representativeness

    Notes
    -----
    Hotelling's test of the differences of means with the covariance of clusters. That nothing differs in what is
    known says nothing of what is not; the bounds of :func:`share_bounds` assume nothing.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import impact as im
    >>> all_ = pd.DataFrame({"reported": np.arange(60) % 3 == 0, "members": 20.0 + np.arange(60) % 7})
    >>> im.representativeness(all_, "reported", ["members"]).p_value > 0.5
    True
    """
    from scipy.special import stdtr
    from scipy.stats import f

    marked, terms = _read(frame, reported, covariates)
    values = np.asarray(terms, dtype=np.float64)
    groups = None if cluster is None else columns.column(frame, "cluster", cluster)
    design = SurveyDesign.of(len(frame), groups)
    standard = standardised(values, np.ones(len(values)))
    means = [standard[side].mean(axis=0) for side in (marked, ~marked)]
    gap = means[0] - means[1]
    scores = np.where(
        marked[:, np.newaxis], (standard - means[0]) / marked.sum(), -(standard - means[1]) / (~marked).sum()
    )
    covariance = design.covariance(scores)
    count, freedom = int(np.linalg.matrix_rank(covariance)), len(design.stratum_codes) - 1
    if freedom - count + 1 < 1:
        raise EstimationError(
            Text(
                "There are {freedom:,} clusters for {count:,} covariates: too few for a test. Test fewer covariates.",
                (
                    "Hay {freedom:,} conglomerados para {count:,} covariables: muy pocos para una prueba. Pruebe menos "
                    "covariables."
                ),
                freedom=freedom + 1,
                count=count,
            )
        )
    statistic = (
        float(gap @ np.linalg.pinv(covariance, hermitian=True) @ gap)
        * (freedom - count + 1)
        / (freedom * count)
    )
    error = np.sqrt(np.diag(covariance))
    reporting, spread = values[marked].mean(axis=0), values.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame(
            {
                "covariate": terms.columns.astype(str), "mean_all": values.mean(axis=0), "mean_reported": reporting,
                "difference": (reporting - values.mean(axis=0)) / spread,
                "p_value": 2 * stdtr(freedom, -np.abs(gap / error)),
            }
        )  # fmt: skip
    freedoms = (float(count), float(freedom - count + 1))
    return Representativeness(
        table, statistic, freedoms, float(f.sf(statistic, *freedoms)), len(frame), int(marked.sum()),
        bool(frame.attrs.get("synthetic", False)),
    )  # fmt: skip


def response_weights(frame: pd.DataFrame, reported: str, covariates: Sequence[str]) -> pd.Series:
    """Return weights under which those that reported have the covariate means of all.

    Parameters
    ----------
    frame, reported, covariates
        As in :func:`representativeness`.

    Returns
    -------
    Series
        Above 0 for those that reported, adding up to all of them; missing for the others. For ``weights=`` of the
        estimates on those that reported.

    Raises
    ------
    SupportError
        No weights can do it: a category has nobody that reported.

    Notes
    -----
    Entropy balancing to the means of all (Hainmueller 2012; Deville and Särndal 1992, raking). It removes the bias of
    who reported so far as that goes with the covariates.

    References
    ----------
    Deville and Särndal (1992), JASA 87(418), 376–382, doi:10.1080/01621459.1992.10475217.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> all_ = pd.DataFrame({"reported": [True, True, True, False], "milk": [1, 0, 0, 1]})
    >>> im.response_weights(all_, "reported", ["milk"]).round(3).tolist()
    [2.0, 1.0, 1.0, nan]
    """
    marked, terms = _read(frame, reported, covariates)
    values = np.asarray(terms, dtype=np.float64)
    standard = standardised(values, np.ones(len(values)))
    kept = (standard != 0).any(axis=0)
    standard = standard[:, kept]
    names = [str(name) for name, use in zip(terms.columns, kept, strict=True) if use]
    reporting = standard[marked]
    independent = _independent(standard)
    base = np.full(len(reporting), 1 / len(reporting))
    chosen = [names[k] for k in independent]
    weights, _ = entropy_weights(
        reporting[:, independent],
        base,
        np.zeros(len(independent)),
        chosen,
        Text("reporting", "que informaron"),
    )
    result = pd.Series(np.nan, index=frame.index, name="response_weight")
    result[marked] = weights * len(frame)
    return result


def share_bounds(
    frame: pd.DataFrame,
    column: str,
    by: str | Sequence[str] | None = None,
    interval: str = "wilson",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how low and how high a share of all may be, whatever those would say that did not report.

    Parameters
    ----------
    frame : DataFrame
        One row a subproject, all of them.
    column : str
        Yes/no, missing for those that did not report.
    by, interval, level
        As in ``im.share``.

    Returns
    -------
    DataFrame
        ``subgroup``, ``n``, ``n_missing``, ``share_reported`` of those that did, ``low`` (all others no) and ``high``
        (all others yes), and ``conf_low`` of the low one and ``conf_high`` of the high one.

    References
    ----------
    Manski (1989), Journal of Human Resources 24(3), 343–360, doi:10.2307/145818.

    Examples
    --------
    74 % of 140 subprojects are above the hurdle; 768 there are:

    >>> import pandas as pd
    >>> import impact as im
    >>> all_ = pd.DataFrame({"above": pd.array([True] * 104 + [False] * 36 + [None] * 628, dtype="boolean")})
    >>> im.share_bounds(all_, "above")[["share_reported", "low", "high"]].round(2).values.tolist()
    [[0.74, 0.14, 0.95]]
    """
    answers = columns.column(frame, "column", column)
    silent = answers.isna().to_numpy()
    if silent.all():
        raise DataError(
            Text(
                "Nobody reported {column!r}: the share may be anything from 0 to 1.",
                "Nadie informó {column!r}: la proporción puede ser cualquiera de 0 a 1.",
                column=column,
            )
        )
    known = share(frame, column, by=by, interval=interval, level=level).frame
    filled = {
        name: share(
            frame.assign(**{column: np.where(silent, value, answers.astype("Float64").fillna(0)).astype(float)}),
            column, by=by, interval=interval, level=level,
        ).frame
        for name, value in (("low", 0.0), ("high", 1.0))
    }  # fmt: skip
    return pd.DataFrame(
        {
            "subgroup": known["subgroup"], "n": filled["low"]["n"], "n_missing": known["missing"],
            "share_reported": known["estimate"], "low": filled["low"]["estimate"], "high": filled["high"]["estimate"],
            "conf_low": filled["low"]["conf_low"], "conf_high": filled["high"]["conf_high"],
        }
    )  # fmt: skip


def _read(frame: pd.DataFrame, reported: str, covariates: Sequence[str]) -> tuple[Booleans, pd.DataFrame]:
    columns.require_table(frame)
    values = columns.amounts(frame, "reported", reported)
    if not np.isin(values, (0.0, 1.0)).all() or not 0 < values.sum() < len(values):
        raise DataError(
            Text(
                "reported {reported!r} must be yes/no, with some that reported and some that did not.",
                "reported {reported!r} debe ser sí/no, con algunos que informaron y otros que no.",
                reported=reported,
            )
        )
    marked: Booleans = values == 1
    names = checks.columns("covariates", covariates)
    if not names:
        raise OptionError(
            Text(
                "covariates must name at least one column that is known of all; got none.",
                "covariates debe nombrar al menos una columna que se conozca de todos; no nombra ninguna.",
            )
        )
    return marked, columns.indicators(frame, names)


def _independent(terms: Array) -> list[int]:
    """Return the columns that the ones before do not reproduce among all."""
    kept: list[int] = []
    for column in range(terms.shape[1]):
        trial = [*kept, column]
        if np.linalg.matrix_rank(terms[:, trial] - terms[:, trial].mean(axis=0)) == len(trial):
            kept.append(column)
    return kept
