"""Balance: whether the compared are alike, before and after matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.balance.columns import COVARIATE, SCORE, BalanceColumn, balance_columns
from impact.design.balance.denominators import DEFAULT_DENOMINATOR, DENOMINATORS
from impact.design.balance.statistics import (
    BalanceStatistic,
    Comparison,
    CovariateValues,
    weighted_mean,
)
from impact.design.matched_sample import MatchedSample, effective_size
from impact.errors import OptionError
from impact.folders import placed_in
from impact.language import Text, joined
from impact.threads import on_one_thread
from impact.views import Exported, four_decimals, html_view, text_view

STATISTICS: tuple[BalanceStatistic, ...] = tuple(placed_in("impact.design.balance.measured", "STATISTIC"))
"""The columns that compare the arms: every file of the folder ``measured``."""
_NOTE = Text(
    "For the {estimand}. SMD: difference of means over the {spread} before matching ({denominator}), two-valued covariates {shares}. "
    "Weights before: {before}; after: {after}.",
    "Para el {estimand}. SMD: diferencia de medias sobre la {spread} antes del emparejamiento ({denominator}), las covariables de dos "
    "valores {shares}. Pesos antes: {before}; después: {after}.",
)
_NO_WEIGHT = Text("none", "ninguno")
_MATCH_WEIGHT = Text("match weight", "peso de emparejamiento")
_LEFT_OUT = Text(
    "{weight} (sampling weight {name!r} left out)", "{weight} (sin el factor de expansión {name!r})"
)
_DIVIDED = Text("too", "también")
_PLAIN = Text("as plain differences of shares", "como simples diferencias de proporciones")
_STAGES = {"before": Text("before", "antes"), "after": Text("after", "después")}
_SIZE = Text(
    "{stage} {treated:,.1f} treated, {control:,.1f} controls",
    "{stage} {treated:,.1f} beneficiarios, {control:,.1f} controles",
)
_SIZES = Text(
    "Largest |SMD| of a covariate after matching: {largest:.4f}. Effective sizes: {sizes}.",
    "Mayor |SMD| de una covariable después del emparejamiento: {largest:.4f}. Tamaños efectivos: {sizes}.",
)
_MEANS = ("covariate", "stage", "mean_treated", "mean_control")
_NUMBERS = ("n_treated", "n_control")
BALANCE_COLUMNS = (*_MEANS, *(statistic.name for statistic in STATISTICS), *_NUMBERS)
FURTHER_COLUMNS = ("ess_treated", "ess_control", "role", "column", "level", "denominator")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Stage:
    """The weights of a stage.

    Attributes
    ----------
    name : {"before", "after"}
    weight : float64 array, shape (n,)
    treated, control : float64 arrays, shape (n,)
        The arms' weights, each summing to one.
    contrast : float64 array, shape (n,)
        Treated less control.
    arm : bool array, shape (n,)
        Who was treated.
    numbers : dict
        How many units carry weight in the arms, and their effective numbers.
    """

    name: str
    weight: Array
    treated: Array
    control: Array
    contrast: Array
    arm: NDArray[np.bool_]
    numbers: dict[str, object]

    @classmethod
    def of(cls, name: str, weight: Array, arm: NDArray[np.bool_]) -> Stage:
        """Return the stage in which these weights apply."""
        treated, control = np.where(arm, weight, 0.0), np.where(arm, 0.0, weight)
        treated /= treated.sum()
        control /= control.sum()
        numbers: dict[str, object] = {
            "n_treated": int(np.count_nonzero(treated)),
            "n_control": int(np.count_nonzero(control)),
            "ess_treated": effective_size(treated),
            "ess_control": effective_size(control),
        }
        return cls(name, weight, treated, control, treated - control, arm, numbers)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceTable(Exported):
    """Balance before and after matching.

    Attributes
    ----------
    frame : DataFrame
        One row per covariate and stage ("before", "after"): weighted means, ``smd``, ``variance_ratio``
        (missing for two-valued covariates), ``ecdf_mean``, ``ecdf_max`` (Kolmogorov-Smirnov), the numbers
        of units with weight, any further statistics, the effective sizes, the row's ``role`` ("score",
        "covariate", "interaction"), the ``column`` and ``level`` that it encodes, and the ``denominator`` of its SMD.
    denominator : {"treated", "control", "pooled"}
        Whose SD before matching divides the differences of means, in both stages.
    binary : {"std", "raw"}
        "std": two-valued covariates are divided too; "raw": their plain differences of shares.
    estimand : {"ATT", "ATC", "ATE"}
    weights : dict of str
        What weights the units at each stage.
    effective_sizes : DataFrame
        Kish's effective sample sizes (Σw)²/Σw² by stage and arm.
    statistics : tuple of BalanceStatistic
    synthetic : bool
        Whether the data are synthetic; every view then says so.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40.0, 31.0, 41.0, 80.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())))
    >>> table.frame[["covariate", "stage", "mean_treated", "mean_control", "smd"]].round(2).values.tolist()
    [['age', 'before', 35.0, 50.67, -2.22], ['age', 'after', 35.0, 36.0, -0.14]]
    >>> round(table.max_abs_smd, 2)  # after matching
    0.14
    """

    frame: pd.DataFrame
    denominator: str
    binary: str
    estimand: str
    weights: Mapping[str, str]
    effective_sizes: pd.DataFrame
    statistics: tuple[BalanceStatistic, ...]
    synthetic: bool

    @property
    def max_abs_smd(self) -> float:
        """Largest absolute SMD of the covariates after matching (score, squares and products left out)."""
        after, covariates = self.frame["stage"] == "after", self.frame["role"] == COVARIATE
        rows = after.to_numpy() & covariates.to_numpy()
        return float(np.abs(self.frame["smd"].to_numpy()[rows]).max(initial=0.0))

    @property
    def summary(self) -> pd.DataFrame:
        """Per stage: largest and mean |SMD|, how many rows miss each acceptable interval, effective sizes.

        The score is left out; squares and products, where asked for, count as rows of their own.
        """
        rows = []
        for stage, treated, control in self.effective_sizes.itertuples(index=False):
            part = self.frame[(self.frame["stage"] == stage) & (self.frame["role"] != SCORE)]
            smd = np.abs(part["smd"].to_numpy())
            row = {"stage": stage, "rows": len(part), "max_abs_smd": smd.max(), "mean_abs_smd": smd.mean()}
            missed = {
                f"{statistic.name}_missed": statistic.missed(part[statistic.name])
                for statistic in self.statistics
            }
            rows.append(row | missed | {"ess_treated": treated, "ess_control": control})
        return pd.DataFrame(rows)

    @property
    def note(self) -> Text:
        """The lines that belong under the table."""
        return _NOTE.with_values(
            estimand=self.estimand,
            spread=DENOMINATORS[self.denominator].label,
            denominator=self.denominator,
            shares=_DIVIDED if self.binary == "std" else _PLAIN,
            before=self.weights["before"],
            after=self.weights["after"],
        )

    def __repr__(self) -> str:
        return text_view(self._shown(), (self._sizes(), self.note), self.synthetic, four_decimals)

    def _repr_html_(self) -> str:
        return html_view(self._shown(), (self._sizes(), self.note), self.synthetic, four_decimals)

    def _shown(self) -> pd.DataFrame:
        return self.frame.drop(columns=["n_treated", "n_control", *FURTHER_COLUMNS])

    def _sizes(self) -> Text:
        sizes = [
            _SIZE.with_values(stage=_STAGES.get(stage, stage), treated=treated, control=control)
            for stage, treated, control in self.effective_sizes.itertuples(index=False)
        ]
        return _SIZES.with_values(largest=self.max_abs_smd, sizes=joined(sizes, "; "))


@on_one_thread
def balance(
    matched: MatchedSample,
    denominator: str | None = None,
    binary: str = "std",
    interactions: bool = False,
    sampling_weights: bool = True,
    further: Sequence[BalanceStatistic] = (),
) -> BalanceTable:
    """Compare the arms' covariates before and after matching.

    Parameters
    ----------
    matched : MatchedSample
    denominator : {"treated", "control", "pooled"}, optional
        Whose SD before matching divides the mean differences: by default that of the units for whom the
        effect is asked (treated for the ATT, controls for the ATC, the root mean of both variances for the
        ATE).
    binary : {"std", "raw"}
        Whether two-valued covariates are standardised too.
    interactions : bool
        Also compare squares of covariates and products of two.
    sampling_weights : bool
        False leaves the survey weights out everywhere, to see what the match weights do by themselves.
    further : sequence of BalanceStatistic
        Statistics beyond those of the table, one column each.

    Returns
    -------
    BalanceTable
        The score, where there is one, as "distance" (over the units that have one); every covariate; every
        level of a category with more than two.

    Raises
    ------
    OptionError
        An unknown denominator or ``binary``, or a statistic whose name is taken.

    Notes
    -----
    Before: sampling weights. After: match weight × sampling weight. With weights that sum to one in an arm,

    - mean x̄ = Σwx, variance s² = Σw(x − x̄)²/(1 − Σw²), for two values p(1 − p);
    - ``smd`` = (x̄₁ − x̄₀)/d, d the same in both stages, so that a smaller SMD always means closer means;
    - ``variance_ratio`` = s₁²/s₀²; ``ecdf_mean`` and ``ecdf_max`` = mean and maximum of |F₁ − F₀| over the
      values that occur in the sample; for two values both are the difference of shares.

    These are the conventions of R's MatchIt and cobalt. "pooled" is Imbens and Rubin's normalised difference.

    References
    ----------
    Imbens & Rubin (2015), Causal Inference, eq. 14.1, doi:10.1017/CBO9781139025751.
    Stuart, Lee & Leacy (2013), Journal of Clinical Epidemiology 66(8), S84-S90,
    doi:10.1016/j.jclinepi.2013.01.013.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40.0, 30.0, 40.0, 80.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean()))).max_abs_smd
    0.0
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    chosen = DEFAULT_DENOMINATOR[matched.estimand] if denominator is None else denominator
    checks.one_of("denominator", chosen, tuple(DENOMINATORS))
    checks.one_of("binary", binary, ("std", "raw"))
    statistics = _with_further(further)
    survey = matched.sampling_weight if sampling_weights else np.ones(len(matched.sample))
    treated = matched.sample.treated
    stages = [
        Stage.of("before", survey, treated),
        Stage.of("after", matched.weights.to_numpy() * survey, treated),
    ]
    compared = [
        _compare_column(column, treated, stages, chosen, binary, statistics)
        for column in balance_columns(matched, interactions)
    ]
    rows = [row for k in range(len(stages)) for row in (of_stages[k] for of_stages in compared)]
    names = [statistic.name for statistic in statistics]
    columns = [*_MEANS, *names, *_NUMBERS, *FURTHER_COLUMNS]
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in columns})
    return BalanceTable(
        frame=frame,
        denominator=chosen,
        binary=binary,
        estimand=matched.estimand,
        weights=weight_labels(matched.sample.sampling_weight, sampling_weights),
        effective_sizes=pd.DataFrame(
            [(stage.name, stage.numbers["ess_treated"], stage.numbers["ess_control"]) for stage in stages],
            columns=["stage", "treated", "control"],
        ),
        statistics=statistics,
        synthetic=matched.sample.synthetic,
    )


def _with_further(further: Sequence[BalanceStatistic]) -> tuple[BalanceStatistic, ...]:
    taken = {*_MEANS, *(statistic.name for statistic in STATISTICS), *_NUMBERS, *FURTHER_COLUMNS}
    for statistic in further:
        checks.instance(
            "further",
            statistic,
            Text("a sequence of BalanceStatistic", "una lista de BalanceStatistic"),
            isinstance(statistic, BalanceStatistic),
        )
        if statistic.name in taken:
            raise OptionError(
                Text(
                    "further must have new names; the table has a column {name!r} already. Rename it.",
                    "further debe tener nombres nuevos; la tabla ya tiene una columna {name!r}. Cámbiele el nombre.",
                    name=statistic.name,
                )
            )
        taken.add(statistic.name)
    return (*STATISTICS, *further)


def _compare_column(
    column: BalanceColumn,
    treated: NDArray[np.bool_],
    stages: Sequence[Stage],
    chosen: str,
    binary: str,
    statistics: Sequence[BalanceStatistic],
) -> list[dict[str, object]]:
    """Return the column's row of each stage, the first stage giving the denominator of all."""
    known = np.isfinite(column.values)
    values = column.values
    if not known.all():  # a score estimated again on support: units off it have none
        values = values[known]
        stages = [Stage.of(stage.name, stage.weight[known], treated[known]) for stage in stages]
    covariate = CovariateValues.of(values)
    raw = covariate.binary and binary == "raw"
    denominator = 1.0 if raw else DENOMINATORS[chosen].of(covariate, stages[0].treated, stages[0].control)
    labels = {
        "role": column.role,
        "column": column.source,
        "level": column.level,
        "denominator": "none" if raw else chosen,
    }
    return [_row(column.name, stage, covariate, denominator, statistics) | labels for stage in stages]


def _row(
    name: str,
    stage: Stage,
    covariate: CovariateValues,
    denominator: float,
    statistics: Sequence[BalanceStatistic],
) -> dict[str, object]:
    arms = Comparison.of(
        covariate, stage.treated, stage.control, denominator, stage.arm, contrast=stage.contrast
    )
    return {
        "covariate": name,
        "stage": stage.name,
        "mean_treated": weighted_mean(covariate, stage.treated),
        "mean_control": weighted_mean(covariate, stage.control),
        **{statistic.name: statistic.function(arms) for statistic in statistics},
        **stage.numbers,
    }


def weight_labels(name: str | None, sampling_weights: bool) -> dict[str, Text]:
    """Return what weighs the units at each stage: a sampling weight of this name, and whether it is used."""
    if name is None:
        return {"before": _NO_WEIGHT, "after": _MATCH_WEIGHT}
    if not sampling_weights:
        return {
            "before": _LEFT_OUT.with_values(weight=_NO_WEIGHT, name=name),
            "after": _LEFT_OUT.with_values(weight=_MATCH_WEIGHT, name=name),
        }
    return {
        "before": Text("sampling weight {name!r}", "factor de expansión {name!r}", name=name),
        "after": Text(
            "match weight × sampling weight {name!r}",
            "peso de emparejamiento × factor de expansión {name!r}",
            name=name,
        ),
    }
