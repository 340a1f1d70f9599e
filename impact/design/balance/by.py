"""Balance as a survey's tables show it: both arms side by side, within each region, with tests that respect groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.balance.columns import COVARIATE, BalanceColumn, interactions_of
from impact.design.balance.joint import joint_test
from impact.design.balance.statistics import CovariateValues, weighted_mean, weighted_variance
from impact.design.matched_sample import MatchedSample
from impact.language import Text, joined
from impact.survey.clusters import group_codes
from impact.views import Exported, frame_of_texts, html_view, text_view

ALL = Text("all", "todos")
JOINTLY = Text("all covariates at once", "todas las covariables a la vez")
_LEVELS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
_NOTE = Text(
    "p: the difference of means is zero, by the regression of the covariate on treatment; in the last row of each block, no covariate "
    "predicts "
    "treatment (F). Standard errors: {inference}. Normalised difference: over √((s₁² + s₀²)/2) of the same rows; above 0.25 regression "
    "alone is "
    "not trusted. A large p is no proof of balance.",
    "p: la diferencia de medias es cero, según la regresión de la covariable en el tratamiento; en la última fila de cada bloque, ninguna "
    "covariable predice el tratamiento (F). Errores estándar: {inference}. Diferencia normalizada: sobre √((s₁² + s₀²)/2) de las mismas "
    "filas; "
    "sobre 0,25 no basta la regresión. Un p grande no prueba el balance.",
    inference="",
)
_LEFT_OUT = Text(
    " Left out of the joint test, as the other covariates say the same there: {subgroups}.",
    " Fuera de la prueba conjunta, porque allí las demás covariables dicen lo mismo: {subgroups}.",
)
_CLUSTERED = Text("clustered by {cluster}", "por conglomerados de {cluster}", cluster="")
_ROBUST = Text("heteroskedasticity-robust (HC1)", "robustos a heterocedasticidad (HC1)")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceByGroup(Exported):
    """Both arms' means of every covariate, over all units and within each category.

    Attributes
    ----------
    frame : DataFrame
        One row per subgroup and covariate, and a last one for all covariates at once: ``subgroup``, ``covariate``,
        ``mean_treated``, ``sd_treated``, ``mean_control``, ``sd_control``, ``difference``, ``std_error``, ``p_value``,
        ``normalised_difference``, ``f_statistic`` (last row), ``n_treated``, ``n_control``, ``clusters_treated``,
        ``clusters_control``; ``stars`` where they were asked for.
    note : Text
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(60)
    >>> frame = pd.DataFrame({"treated": row % 3 == 0, "age": row % 17})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> table = im.balance_by(matched, stage="before")
    >>> table.frame[["covariate", "mean_treated", "mean_control"]].round(3).values.tolist()[0]
    ['age', 7.25, 7.475]
    """

    frame: pd.DataFrame
    note: Text
    synthetic: bool

    def __repr__(self) -> str:
        return text_view(self.frame, (self.note,), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.note,), self.synthetic)


def balance_by(
    matched: MatchedSample,
    by: str | None = None,
    stage: str = "before",
    stars: bool = False,
    interactions: bool = False,
) -> BalanceByGroup:
    """Compare both arms covariate by covariate, over all units and within each category of a column.

    Parameters
    ----------
    matched : MatchedSample
    by : str, optional
        Column of categories, such as the region.
    stage : {"before", "after"}
        With the sampling weights, or with match weight × sampling weight.
    stars : bool
        Add a column of one, two or three stars for p below .1, .05, .01.
    interactions : bool
        Also compare squares of covariates and products of two; the joint test is of the covariates.

    Returns
    -------
    BalanceByGroup

    Notes
    -----
    As ``iebaltab`` of the World Bank: the difference is the coefficient of the weighted regression of the covariate on treatment, its error
    clustered by the sample's cluster (else HC1); the joint test regresses treatment on all covariates. The normalised difference is
    (x̄₁ − x̄₀) / √((s₁² + s₀²)/2). A test that cannot be had, as with one group in an arm, is missing.

    References
    ----------
    Imbens & Rubin (2015), Causal Inference, section 14.2, doi:10.1017/CBO9781139025751.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(60)
    >>> frame = pd.DataFrame({"treated": row % 3 == 0, "age": row % 17, "region": np.where(row < 30, "north", "south")})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> table = im.balance_by(im.match(sample, im.NearestNeighbor(im.Euclidean())), "region").frame
    >>> table.loc[table["covariate"] == "age", "normalised_difference"].round(2).tolist()
    [-0.05, -0.14, 0.04]
    """
    checks.one_of("stage", stage, ("before", "after"))
    sample = matched.sample
    weight = matched.sampling_weight if stage == "before" else matched.analysis_weight
    blocks: dict[str, Booleans] = {ALL: weight > 0}
    if by is not None:
        checks.columns_present("by", [by], sample.frame.columns)
        column = sample.frame[by].astype(str).to_numpy()
        blocks |= {str(level): (column == level) & (weight > 0) for level in np.unique(column)}
    columns = _columns(matched, interactions)
    tests = {name: _tested_jointly(inside, weight, matched) for name, inside in blocks.items()}
    rows = [
        row
        for name, inside in blocks.items()
        for row in _block(name, inside, weight, matched, columns, tests[name])
    ]
    frame = frame_of_texts(rows)
    if stars:
        frame["stars"] = [next((mark for below, mark in _LEVELS if p < below), "") for p in frame["p_value"]]
    inference = _CLUSTERED.with_values(cluster=sample.cluster) if sample.cluster else _ROBUST
    note = joined([_NOTE.with_values(inference=inference), *_left_out(tests)], "")
    return BalanceByGroup(frame, note, sample.synthetic)


def _left_out(tests: Mapping[str, Mapping[str, object]]) -> list[Text]:
    """Return the sentence that names what the joint test leaves out in each subgroup; none where it leaves out nothing."""
    alike: dict[str, list[str]] = {}
    terms = {str(test["left_out"]): test["left_out"] for test in tests.values() if test.get("left_out")}
    for name, test in tests.items():
        if test.get("left_out"):
            alike.setdefault(str(test["left_out"]), []).append(name)
    named = [
        Text("{subgroups}: {terms}", subgroups=tuple(names), terms=terms[said])
        for said, names in alike.items()
    ]
    return [_LEFT_OUT.with_values(subgroups=joined(named, "; "))] if named else []


def _tested_jointly(inside: Booleans, weight: Array, matched: MatchedSample) -> dict[str, object]:
    """Return the test of all covariates at once in one subgroup; nothing where it has one arm."""
    sample = matched.sample
    treated = sample.treated[inside]
    if treated.all() or not treated.any():
        return {}
    groups = group_codes(sample.frame.loc[inside, sample.cluster], sample.cluster) if sample.cluster else None
    return joint_test(sample.matrix.loc[inside], treated, weight[inside], groups)


def _columns(matched: MatchedSample, interactions: bool) -> dict[str, Array]:
    """Return what is compared: the covariates as regressions have them and, if asked, squares and products."""
    matrix = matched.sample.matrix
    columns = {str(name): matrix[name].to_numpy(dtype=np.float64) for name in matrix.columns}
    if interactions:
        source = {term.name: term.column for term in matched.sample.terms}
        covariates = [
            BalanceColumn(name, COVARIATE, source[name], "", values) for name, values in columns.items()
        ]
        columns |= {column.name: column.values for column in interactions_of(covariates)}
    return columns


def _block(
    name: str,
    inside: Booleans,
    weight: Array,
    matched: MatchedSample,
    columns: Mapping[str, Array],
    test: Mapping[str, object],
) -> list[dict[str, object]]:
    """Return the rows of one subgroup, the joint test last."""
    sample = matched.sample
    treated, weight = sample.treated[inside], weight[inside]
    groups = group_codes(sample.frame.loc[inside, sample.cluster], sample.cluster) if sample.cluster else None
    counts: dict[str, object] = {"n_treated": int(treated.sum()), "n_control": int((~treated).sum())}
    for arm, here in (("treated", treated), ("control", ~treated)):
        counts[f"clusters_{arm}"] = 0 if groups is None else len(np.unique(groups[here]))
    both = bool(treated.any() and (~treated).any())
    rows = [
        {"subgroup": name, "covariate": covariate}
        | _compared(values[inside], treated, weight, groups, both)
        | counts
        for covariate, values in columns.items()
    ]
    empty = dict.fromkeys(_NUMBERS, np.nan)
    joint = {"p_value": test.get("p_value", np.nan), "f_statistic": test.get("f_statistic", np.nan)}
    return [*rows, {"subgroup": name, "covariate": JOINTLY} | empty | joint | counts]


_NUMBERS = (
    *("mean_treated", "sd_treated", "mean_control", "sd_control"),
    *("difference", "std_error", "p_value", "normalised_difference", "f_statistic"),
)


def _compared(
    values: Array, treated: Booleans, weight: Array, groups: Positions | None, both: bool
) -> dict[str, object]:
    """Return both arms' means and spreads, their difference and its test."""
    found: dict[str, object] = dict.fromkeys(_NUMBERS, np.nan)
    covariate = CovariateValues.unsorted(values)
    means, variances = [], []
    for arm, here in (("treated", treated), ("control", ~treated)):
        if not here.any():
            return found
        share = np.where(here, weight, 0.0) / weight[here].sum()
        means.append(weighted_mean(covariate, share))
        variances.append(weighted_variance(covariate, share))
        found[f"mean_{arm}"], found[f"sd_{arm}"] = means[-1], float(np.sqrt(variances[-1]))
    found["difference"] = means[0] - means[1]
    spread = float(np.sqrt(sum(variances) / 2))
    found["normalised_difference"] = (means[0] - means[1]) / spread if spread > 0 else np.nan
    return found | (_tested(values, treated, weight, groups) if both and spread > 0 else {})


def _tested(values: Array, treated: Booleans, weight: Array, groups: Positions | None) -> dict[str, object]:
    """Return the error and the p-value of the difference; missing where an arm rests on one group."""
    from statsmodels.regression.linear_model import WLS
    from statsmodels.tools.tools import add_constant

    if groups is not None and min(len(np.unique(groups[arm])) for arm in (treated, ~treated)) < 2:
        return {}
    model = WLS(values, add_constant(treated.astype(np.float64)), weights=weight)
    options = (
        {"cov_type": "HC1"} if groups is None else {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    )
    fit = model.fit(use_t=True, **options)
    return {"std_error": float(fit.bse[1]), "p_value": float(fit.pvalues[1])}
