"""Balance of all covariates at once: Rubin's B and R, and a joint test that respects producer groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.balance.statistics import CovariateValues, weighted_mean, weighted_variance
from impact.design.distances.binary_regression import fit_binary
from impact.design.distances.links import Logit
from impact.design.matched_sample import MatchedSample
from impact.errors import EstimationError
from impact.language import Text, joined
from impact.survey.clusters import group_codes
from impact.survey.covariates import collinear_terms, described_terms
from impact.views import Exported, frame_of_texts, html_view, text_view

_NOTE = Text(
    "Rubin's B: difference of the arms' mean logit index over the root mean of its variances, in percent "
    "(acceptable below 25). R: ratio of its variances (acceptable from 0.5 to 2). The index is estimated again at each "
    "stage. F: treatment regressed on all covariates, weights as given. A large p-value is no proof of balance: it also "
    "grows as units are lost.",
    "B de Rubin: diferencia de las medias del índice logit de los grupos sobre la raíz de la media de sus varianzas, en porcentaje "
    "(aceptable bajo 25). R: razón de sus varianzas (aceptable de 0,5 a 2). El índice se estima de nuevo en cada etapa. F: regresión "
    "del tratamiento sobre todas las covariables, con los pesos dados. Un valor p grande no prueba el equilibrio: también crece "
    "cuando se pierden unidades.",
)
_NONE_VARIES = Text("no covariate varies", "ninguna covariable varía")
_INDEX_STILL = Text("B and R: the index does not vary in an arm.", "B y R: el índice no varía en un grupo.")
_NO_INDEX = Text("B and R: {error}", "B y R: {error}", error="")
_TOO_MANY = Text(
    "F: {number} covariates are too many for {units}.",
    "F: {number} covariables son demasiadas para {units}.",
    number=0,
    units="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointBalance(Exported):
    """Balance of all covariates at once, before and after matching.

    Attributes
    ----------
    frame : DataFrame
        One row per stage ("before", "after"): ``rubin_b`` (percent), ``rubin_r``, ``f_statistic``,
        ``df_numerator``, ``df_denominator``, ``p_value``, ``n_covariates`` (columns that vary at that stage
        and do not follow from the others), ``left_out`` (the columns that do not vary there or follow from others, each with
        these), ``n_clusters`` and ``reason``, why a number is missing.
    inference : str
        What the test's standard errors are robust to.
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(60)
    >>> frame = pd.DataFrame({"treated": row % 3 == 0, "age": row % 17.0})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> joint = im.balance_jointly(im.match(sample, im.NearestNeighbor(im.Euclidean()))).frame
    >>> joint[["stage", "rubin_b", "rubin_r"]].round(1).values.tolist()  # B below 25 and R from 0.5 to 2 are acceptable
    [['before', 4.5, 1.1], ['after', 0.0, 1.0]]
    """

    TITLE: ClassVar[Text] = Text(
        "Balance of all covariates at once", "Equilibrio de todas las covariables a la vez"
    )

    frame: pd.DataFrame
    inference: str
    synthetic: bool

    @property
    def note(self) -> Text:
        """The lines that belong under the table."""
        return Text(
            "{note} Standard errors of the test: {inference}.",
            "{note} Errores estándar de la prueba: {inference}.",
            note=_NOTE,
            inference=self.inference,
        )

    def __repr__(self) -> str:
        return text_view(self.frame, (self.note,), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.note,), self.synthetic)


def balance_jointly(matched: MatchedSample) -> JointBalance:
    """Compare all covariates at once, before and after matching.

    Parameters
    ----------
    matched : MatchedSample

    Returns
    -------
    JointBalance

    Notes
    -----
    At each stage the units with weight (before: sampling weight; after: match weight × sampling weight) are
    described by

    - B = 100·|x̄₁ − x̄₀| / √((s₁² + s₀²)/2) and R = s₁²/s₀² of the logit index of treatment on the
      covariates, estimated at that stage, as Stata's ``pstest``;
    - the F test that no covariate predicts treatment in the weighted linear regression of treatment on the
      covariates, clustered by the sample's cluster, else heteroskedasticity-robust (HC1). With G clusters
      it refers to F(p, G − 1) and needs p < G.

    A number that cannot be had is missing, and ``reason`` says why.

    References
    ----------
    Rubin (2001), Health Services and Outcomes Research Methodology 2(3), 169-188,
    doi:10.1023/A:1020363010465. Imai, King & Stuart (2008), JRSS A 171(2), 481-502,
    doi:10.1111/j.1467-985X.2007.00527.x (on tests of balance).

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from impact.design.balance.joint import balance_jointly
    >>> age = np.arange(60.0) % 17
    >>> frame = pd.DataFrame({"treated": np.arange(60) % 3 == 0, "age": age})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> joint = balance_jointly(im.match(sample, im.NearestNeighbor(im.Euclidean()))).frame
    >>> joint["rubin_b"].round(2).tolist()
    [4.53, 0.0]
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    stages = {"before": matched.sampling_weight, "after": matched.analysis_weight}
    cluster = matched.sample.cluster
    inference = (
        Text("clustered by {cluster!r}", "por grupos de {cluster!r}", cluster=cluster)
        if cluster
        else Text("heteroskedasticity-robust (HC1)", "robusta a la heterocedasticidad (HC1)")
    )
    rows = [_stage(name, matched, weight) for name, weight in stages.items()]
    return JointBalance(frame_of_texts(rows), inference, matched.sample.synthetic)


def _stage(name: str, matched: MatchedSample, weight: Array) -> dict[str, object]:
    used = weight > 0
    sample = matched.sample
    matrix, left_out = independent(sample.matrix.loc[used])
    groups = group_codes(sample.frame.loc[used, sample.cluster], sample.cluster) if sample.cluster else None
    row: dict[str, object] = {
        "stage": name,
        "rubin_b": np.nan,
        "rubin_r": np.nan,
        "f_statistic": np.nan,
        "p_value": np.nan,
    }
    row |= {"df_numerator": matrix.shape[1], "df_denominator": np.nan, "n_covariates": matrix.shape[1]}
    row |= {"left_out": left_out}
    row |= {"n_clusters": 0 if groups is None else int(groups.max()) + 1}
    if matrix.shape[1] == 0:
        return row | {"reason": _NONE_VARIES}
    index, no_index = _rubin(matrix, sample.treated[used], weight[used])
    test, no_test = _f_test(matrix, sample.treated[used], weight[used], groups)
    return row | index | test | {"reason": joined([one for one in (no_index, no_test) if one], " ")}


def joint_test(
    matrix: pd.DataFrame, treated: NDArray[np.bool_], weight: Array, groups: NDArray[np.intp] | None
) -> dict[str, object]:
    """Return the F test that no covariate predicts treatment, over the columns that are not ``left_out``; no test where there is none."""
    kept, left_out = independent(matrix)
    test = _f_test(kept, treated, weight, groups)[0] if kept.shape[1] else {}
    return test | {"left_out": left_out}


def independent(matrix: pd.DataFrame) -> tuple[pd.DataFrame, Text]:
    """Return the columns that vary and do not follow from those before them, and the others in words."""
    terms = collinear_terms(matrix)
    return matrix.drop(columns=list(terms)), joined(described_terms(terms), ", ")


def _rubin(matrix: pd.DataFrame, treated: NDArray[np.bool_], weight: Array) -> tuple[dict[str, object], str]:
    """Return Rubin's B and R of the index, or why there are none."""
    try:
        fit = fit_binary(matrix.to_numpy(), treated, weight, Logit(), list(map(str, matrix.columns)))
    except EstimationError as error:
        return {}, _NO_INDEX.with_values(error=error.text)
    index = CovariateValues.of(fit.index)
    shares = [np.where(arm, weight, 0.0) / weight[arm].sum() for arm in (treated, ~treated)]
    difference = weighted_mean(index, shares[0]) - weighted_mean(index, shares[1])
    variances = [weighted_variance(index, share) for share in shares]
    if index.span <= 0 or not sum(variances) > 0 or variances[1] == 0:
        return {}, _INDEX_STILL
    return {
        "rubin_b": 100 * abs(difference) / np.sqrt(sum(variances) / 2),
        "rubin_r": variances[0] / variances[1],
    }, ""


def _f_test(
    matrix: pd.DataFrame, treated: NDArray[np.bool_], weight: Array, groups: NDArray[np.intp] | None
) -> tuple[dict[str, object], str]:
    """Return the F test that no covariate predicts treatment, or why there is none."""
    from statsmodels.regression.linear_model import WLS
    from statsmodels.tools.tools import add_constant

    terms = matrix.shape[1]
    if groups is None and len(matrix) <= terms + 1:
        return {}, _TOO_MANY.with_values(number=terms, units=checks.counted(len(matrix), "unit"))
    if groups is not None and groups.max() < terms:
        return {}, _TOO_MANY.with_values(number=terms, units=checks.counted(int(groups.max()) + 1, "cluster"))
    values = matrix.to_numpy()
    standard = (values - values.mean(0)) / values.std(0)
    model = WLS(treated.astype(np.float64), add_constant(standard), weights=weight)
    fit = (
        model.fit(cov_type="HC1", use_t=True)
        if groups is None
        else model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    )
    test = fit.f_test(np.eye(standard.shape[1] + 1)[1:])
    return {
        "f_statistic": float(test.fvalue),
        "p_value": float(test.pvalue),
        "df_denominator": float(test.df_denom),
    }, ""
