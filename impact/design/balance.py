"""Balance: are the compared alike, before and after matching?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.design.balance_statistics import STATISTICS, Arms, weighted_mean, weighted_variance
from impact.design.match import MatchedSample, effective_size

Array = NDArray[np.float64]

BALANCE_COLUMNS = (
    "covariate", "stage", "mean_treated", "mean_control", "smd", "variance_ratio", "ecdf_mean", "ecdf_max", "n_treated", "n_control",
)  # fmt: skip
_DENOMINATORS = {"ATT": "treated", "ATC": "control", "ATE": "root mean variance"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceTable:
    """Balance before and after matching.

    Attributes
    ----------
    frame : DataFrame
        One row per covariate and stage ("before", "after"): means, ``smd``, ``variance_ratio`` (missing for two-valued covariates),
        ``ecdf_mean``, ``ecdf_max``, and the numbers of units with weight.
    denominator : str
        What the SMDs are divided by: the SD of this group before matching.
    binary : str
        "std": two-valued covariates divided too; "raw": their plain differences of shares.
    effective_sizes : DataFrame
        Effective sample sizes by stage and arm.
    synthetic : bool
    """

    frame: pd.DataFrame
    denominator: str
    binary: str
    effective_sizes: pd.DataFrame
    synthetic: bool

    @property
    def max_abs_smd(self) -> float:
        """Largest absolute SMD of the covariates after matching (the score itself left out)."""
        after = self.frame[(self.frame["stage"] == "after") & (self.frame["covariate"] != "distance")]
        return float(after["smd"].abs().max())

    @property
    def summary(self) -> pd.DataFrame:
        """Per stage: largest and mean |SMD|, and how many covariates miss each statistic's acceptable interval."""
        rows = []
        for stage, part in self.frame[self.frame["covariate"] != "distance"].groupby("stage", sort=False):
            row: dict[str, object] = {"stage": stage, "max_abs_smd": part["smd"].abs().max(), "mean_abs_smd": part["smd"].abs().mean()}
            for statistic in STATISTICS:
                low, high = statistic.acceptable
                values = part[statistic.name].dropna()
                row[f"{statistic.name}_missed"] = int(((values < low) | (values > high)).sum())
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def note(self) -> str:
        """The line that belongs under the table."""
        shares = "two-valued covariates standardised too" if self.binary == "std" else "two-valued covariates as plain differences"
        return f"SMD: difference of means over the SD of the {self.denominator} before matching; {shares}."

    def __repr__(self) -> str:
        head = ["SYNTHETIC DATA"] if self.synthetic else []
        return "\n".join([*head, self.frame.to_string(index=False, float_format=lambda value: f"{value:,.4f}"), self.note])

    def _repr_html_(self) -> str:
        from html import escape

        head = "<p><strong>SYNTHETIC DATA</strong></p>" if self.synthetic else ""
        return head + self.frame.to_html(index=False, escape=True, border=0, float_format="{:,.4f}".format) + f"<p>{escape(self.note)}</p>"


def balance(matched: MatchedSample, denominator: str | None = None, binary: str = "std") -> BalanceTable:
    """Compare the arms' covariates before and after matching.

    Parameters
    ----------
    matched : MatchedSample
    denominator : {"treated", "control", "root mean variance"}, optional
        Whose SD before matching divides the mean differences: by default that of the units for whom the effect is asked (treated for
        the ATT, controls for the ATC, root mean variance for the ATE).
    binary : {"std", "raw"}
        Whether two-valued covariates are standardised too.

    Returns
    -------
    BalanceTable
        The score, where there is one, as "distance"; every covariate; every level of a category with more than two.

    Notes
    -----
    Before: sampling weights. After: match weight × sampling weight. The denominator is the same in both stages, so that a smaller
    SMD always means closer means. Two-valued covariates have variance p(1 − p).

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40.0, 30.0, 40.0, 80.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean()))).max_abs_smd
    0.0
    """
    checks.instance("matched", matched, "an im.MatchedSample", isinstance(matched, MatchedSample))
    chosen = _DENOMINATORS[matched.estimand] if denominator is None else denominator
    checks.one_of("denominator", chosen, tuple(_DENOMINATORS.values()))
    checks.one_of("binary", binary, ("std", "raw"))
    table = _balance_columns(matched)
    values = table.to_numpy(dtype=np.float64)
    two_valued = np.array([bool(np.isin(column, (column.min(), column.max())).all()) for column in values.T], dtype=np.bool_)
    before = _arms(matched, values, matched.sampling_weight, two_valued)
    scale = np.where(two_valued & (binary == "raw"), 1.0, _denominator(before, chosen))
    stages = {"before": before, "after": _arms(matched, values, matched.analysis_weight, two_valued)}
    frames = [_stage(name, arms, scale, table.columns) for name, arms in stages.items()]
    sizes = pd.DataFrame(
        [{"stage": name, "treated": effective_size(arms.treated), "control": effective_size(arms.control)} for name, arms in stages.items()]
    )
    return BalanceTable(pd.concat(frames, ignore_index=True), chosen, binary, sizes, matched.sample.synthetic)


def _balance_columns(matched: MatchedSample) -> pd.DataFrame:
    """Return the score, the numeric covariates, and every level of categories with more than two levels."""
    sample = matched.sample
    frame, columns = sample.frame, {}
    if matched.measure is not None and matched.measure.score is not None:
        score = matched.measure.score
        columns["distance"] = np.where(np.isfinite(score), score, np.nanmean(score))
    for name in sample.covariates:
        column = frame[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            columns[name] = column.to_numpy()
            continue
        levels, codes = column.cat.categories, column.cat.codes.to_numpy()
        for code in range(1 if len(levels) == 2 else 0, len(levels)):
            columns[f"{name}{levels[code]}"] = (codes == code).astype(np.float64)
    return pd.DataFrame(columns, index=frame.index)


def _arms(matched: MatchedSample, values: Array, weights: Array, binary: NDArray[np.bool_]) -> Arms:
    treated = matched.sample.treated
    return Arms(values, np.where(treated, weights, 0.0), np.where(treated, 0.0, weights), np.ones(values.shape[1]), binary)


def _denominator(arms: Arms, chosen: str) -> Array:
    treated = weighted_variance(arms.values, arms.treated, arms.binary)
    control = weighted_variance(arms.values, arms.control, arms.binary)
    variances = {"treated": treated, "control": control, "root mean variance": (treated + control) / 2}
    result: Array = np.sqrt(variances[chosen])
    return result


def _stage(name: str, arms: Arms, scale: Array, columns: pd.Index[str]) -> pd.DataFrame:
    scaled = Arms(arms.values, arms.treated, arms.control, scale, arms.binary)
    measures = {statistic.name: statistic.function(scaled) for statistic in STATISTICS}
    frame = pd.DataFrame(
        {
            "covariate": list(columns),
            "stage": name,
            "mean_treated": weighted_mean(arms.values, arms.treated),
            "mean_control": weighted_mean(arms.values, arms.control),
            **measures,
            "n_treated": int((arms.treated > 0).sum()),
            "n_control": int((arms.control > 0).sum()),
        }
    )
    return frame[list(BALANCE_COLUMNS)]
