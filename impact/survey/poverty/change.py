"""A change in poverty between two surveys, split into growth of the mean and redistribution around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text, joined
from impact.survey.clusters import SurveyDesign, group_codes
from impact.survey.poverty.estimate import interval, located_on
from impact.survey.poverty.line import Line, LocatedLine, refuse_mixed
from impact.survey.poverty.measure import FosterGreerThorbecke
from impact.survey.poverty.observations import Observations, refuse_other_rows
from impact.survey.poverty.words import POOR, SYNTHETIC_LINE
from impact.views import Exported, frame_of_texts, html_view

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from impact.survey.poverty.measure import PovertyMeasure

# Weight of each rate in each component. A rate is named by its mean and its distribution, 0 before and 1
# after: rate (1, 0) is that of the distribution before, with every income scaled to the mean after.
_RATES = ((0, 0), (1, 0), (0, 1), (1, 1))
_COMPONENTS: dict[str, tuple[float, float, float, float]] = {
    "before": (1, 0, 0, 0),
    "after": (0, 0, 0, 1),
    "change": (-1, 0, 0, 1),
    "growth": (-0.5, 0.5, -0.5, 0.5),
    "redistribution": (-0.5, -0.5, 0.5, 0.5),
    "growth, distribution before": (-1, 1, 0, 0),
    "redistribution, mean before": (-1, 0, 1, 0),
    "residual": (1, -1, -1, 1),
}
_NOTE = Text(
    "Poor: {poor}. Intervals: t, {level:.0%}, linearised.",
    "Pobre: {poor}. Intervalos: t, {level:.0%}, linealizados.",
)
COLUMNS = (
    "component",
    "measure",
    "alpha",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "degrees_of_freedom",
    "line_before",
    "line_after",
    "line_name",
    "line_unit",
    "line_vintage",
    "line_status",
    "strictness",
)


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """One survey of the two that are compared.

    Parameters
    ----------
    income : array-like, shape (n,)
        Income per person. The two waves are in the same prices, unless each has the line of its own prices.
    weights, cluster, stratum : array-like, shape (n,), optional
        As in :func:`impact.survey.poverty.indices.fgt`. Multiply the weights by household size for rates of persons.
    line : float, PovertyLine or LinesByRow, optional
        Line in this wave's prices, where the lines of the two waves differ.

    Examples
    --------
    >>> import impact as im
    >>> before, after = im.Wave([100.0, 300.0]), im.Wave([200.0, 600.0])
    >>> change = im.growth_and_redistribution(before, after, line=250.0, alpha=1).frame
    >>> change[["component", "estimate"]].round(3).values.tolist()[:5]  # twice as much for everybody: growth alone
    [['before', 0.3], ['after', 0.1], ['change', -0.2], ['growth', -0.2], ['redistribution', 0.0]]
    """

    income: ArrayLike
    weights: ArrayLike | None = None
    cluster: ArrayLike | None = None
    stratum: ArrayLike | None = None
    line: float | Line | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PovertyChange(Exported):
    """The parts of a change in poverty.

    Attributes
    ----------
    frame : DataFrame
        One row per component with the columns of :data:`COLUMNS`: the rates before and after, their change,
        the Shapley parts growth and redistribution, which add up to the change, and Datt and Ravallion's
        parts with the first wave as reference, which need the residual to add up.
    level : float
        Confidence level.
    """

    TITLE: ClassVar[Text] = Text(
        "Change in poverty: growth and redistribution", "Cambio en la pobreza: crecimiento y redistribución"
    )

    _frame: pd.DataFrame
    level: float

    @property
    def frame(self) -> pd.DataFrame:
        """The components, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def note(self) -> Text:
        """What a reader must know to read these numbers."""
        first = self._frame.iloc[0]
        said = [_NOTE.with_values(poor=first["strictness"], level=self.level)]
        return joined([*said, *([SYNTHETIC_LINE] if first["line_status"] == "synthetic" else [])], " ")

    def __repr__(self) -> str:
        shown = ["component", "measure", "estimate", "std_error", "conf_low", "conf_high"]
        return f"{self._frame[shown].to_string(index=False)}\n{self.note}"

    def _repr_html_(self) -> str:
        return html_view(self._frame, (self.note,))


def growth_and_redistribution(
    before: Wave,
    after: Wave,
    line: float | Line | None = None,
    alpha: float = 0.0,
    *,
    same_clusters: bool = False,
    strict: bool = True,
    level: float = 0.95,
) -> PovertyChange:
    r"""Split a change in poverty into growth of mean income and redistribution around it.

    Parameters
    ----------
    before, after : Wave
        The two surveys.
    line : float, PovertyLine or LinesByRow, optional
        One absolute line for both, where the incomes are in the same prices; otherwise each wave has its own.
    alpha : float
        0 headcount, 1 gap, 2 severity.
    same_clusters : bool
        True for a panel: clusters of one label are the same in both waves, and their covariance counts.
        False: two independent samples.
    strict : bool
        True: poor is income below the line; False: at or below.
    level : float
        Confidence level, in (0, 1).

    Returns
    -------
    PovertyChange

    Raises
    ------
    OptionError
        No line, two lines for a wave, a relative line (it moves with the mean that is to be held apart).
    DataError
        Lines of two vintages, units or status; a mean not above zero; and as in
        :func:`impact.survey.poverty.indices.fgt`.

    Notes
    -----
    Let :math:`P(\mu, L)` be poverty with mean income :math:`\mu` (over the line) and Lorenz curve L. Growth
    is :math:`\tfrac12\{[P(\mu_1,L_0)-P(\mu_0,L_0)] + [P(\mu_1,L_1)-P(\mu_0,L_1)]\}`, redistribution likewise
    with the roles exchanged: the Shapley value, so that the two add up exactly. Incomes are scaled to the
    other mean as they are; negative ones count as 0 in gaps after that. Standard errors are linearised, the
    means' part included; for the headcount it uses the density of log income, as at a relative line.

    References
    ----------
    Datt & Ravallion (1992), Journal of Development Economics 38(2), 275-295,
    doi:10.1016/0304-3878(92)90001-P.
    Shorrocks (2013), Journal of Economic Inequality 11(1), 99-126, doi:10.1007/s10888-011-9214-z.

    Examples
    --------
    >>> from impact.survey.poverty.change import Wave, growth_and_redistribution
    >>> change = growth_and_redistribution(Wave([100.0, 300.0]), Wave([200.0, 600.0]), line=250.0, alpha=1)
    >>> parts = change.frame.set_index("component")["estimate"].round(3)
    >>> parts[["change", "growth", "redistribution"]].tolist()
    [-0.2, -0.2, 0.0]
    """
    checks.between("level", level, 0.0, 1.0)
    measure = FosterGreerThorbecke(alpha)
    waves = [_relative_to_line(before, line, "before"), _relative_to_line(after, line, "after")]
    refuse_mixed(tuple(wave.line for wave in waves))
    estimates, scores = _rates(waves, measure, strict)
    design = _joint_design(before, after, [len(wave.income) for wave in waves], same_clusters)
    covariance = design.covariance(scores)
    labels = _labels(measure, waves, strict) | {"degrees_of_freedom": design.degrees_of_freedom()}
    records: list[dict[str, Any]] = []
    for component, weights in _COMPONENTS.items():
        coefficients = np.array(weights)
        error = float(np.sqrt(max(coefficients @ covariance @ coefficients, 0.0)))
        numbers = interval(float(coefficients @ estimates), error, labels["degrees_of_freedom"], level)
        records.append({"component": component} | labels | numbers)

    return PovertyChange(frame_of_texts(records, COLUMNS), level)


@dataclass(frozen=True, slots=True, eq=False)
class _RelativeIncomes:
    """Incomes over the line, weights as shares, and the influence of each row on the log of their mean."""

    income: NDArray[np.float64]
    shares: NDArray[np.float64]
    line: LocatedLine

    @property
    def mean(self) -> float:
        return float(self.shares @ self.income)

    @property
    def log_mean_influence(self) -> NDArray[np.float64]:
        return self.income / self.mean - 1


def _relative_to_line(wave: Wave, common: float | Line | None, name: str) -> _RelativeIncomes:
    line = common if wave.line is None else wave.line
    if line is None or (common is not None and wave.line is not None):
        raise OptionError(
            Text(
                "The wave {name} must have one line, either line= for both waves or its own; got {line}. Pass one.",
                "La ronda {name} debe tener una línea, sea line para ambas rondas o la suya; tiene {line}. Dé una.",
                name=name,
                line="none" if line is None else "both",
            )
        )
    observed = Observations.of(wave.income, wave.weights, wave.cluster, wave.stratum)
    refuse_other_rows(line, wave.income)
    weights = np.where(observed.known, observed.weights, 0.0)
    shares = weights / weights.sum()
    located = located_on(line, observed.income, shares)
    if located.log_influence is not None:
        raise OptionError(
            Text(
                (
                    "line must be absolute: a relative line moves with the mean whose part is to be told apart. Pass a "
                    "PovertyLine or a number."
                ),
                (
                    "line debe ser absoluta: una línea relativa se mueve con la media cuya parte se quiere separar. Dé "
                    "un PovertyLine o un número."
                ),
            )
        )
    relative = _RelativeIncomes(observed.income / located.values, shares, located)
    if not relative.mean > 0:
        raise DataError(
            Text(
                "The wave {name} must have a mean income above 0 to be scaled; got {mean:g} lines. Check the incomes.",
                (
                    "La ronda {name} debe tener un ingreso medio mayor que 0 para escalarse; tiene {mean:g} líneas. "
                    "Revise los ingresos."
                ),
                name=name,
                mean=relative.mean,
            )
        )
    return relative


def _labels(measure: PovertyMeasure, waves: list[_RelativeIncomes], strict: bool) -> dict[str, Any]:
    line = waves[0].line
    values = [np.unique(wave.line.values) for wave in waves]
    before, after = (float(found[0]) if len(found) == 1 else float("nan") for found in values)
    return {
        "measure": measure.name,
        "alpha": measure.alpha,
        "line_before": before,
        "line_after": after,
        "line_name": line.name,
        "line_unit": line.unit,
        "line_vintage": line.vintage,
        "line_status": line.status,
        "strictness": POOR[strict],
    }


def _rates(
    waves: list[_RelativeIncomes], measure: PovertyMeasure, strict: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the four rates and the scores on them of the rows of both waves, shape (n0 + n1, 4)."""
    ends = np.cumsum([0] + [len(wave.income) for wave in waves])
    scores = np.zeros((ends[-1], len(_RATES)))
    estimates = np.empty(len(_RATES))
    for column, (mean_of, distribution_of) in enumerate(_RATES):
        wave, scale_to = waves[distribution_of], waves[mean_of]
        scaled = wave.income * (scale_to.mean / wave.mean if mean_of != distribution_of else 1.0)
        poor = scaled < 1 if strict else scaled <= 1
        floored = np.maximum(scaled, 0.0)
        estimates[column], influence = measure.linearized(floored, poor, wave.shares)
        scores[ends[distribution_of] : ends[distribution_of + 1], column] += wave.shares * influence
        if mean_of != distribution_of:
            elasticity = measure.line_elasticity(floored, poor, wave.shares)
            for which, sign in ((distribution_of, 1.0), (mean_of, -1.0)):
                part = sign * elasticity * waves[which].shares * waves[which].log_mean_influence
                scores[ends[which] : ends[which + 1], column] += part
    return estimates, scores


def _joint_design(before: Wave, after: Wave, rows: list[int], same_clusters: bool) -> SurveyDesign:
    """Return the design of both waves' rows, one after the other."""
    clusters, strata = (before.cluster, after.cluster), (before.stratum, after.stratum)
    if same_clusters:
        if (
            before.cluster is None
            or after.cluster is None
            or (before.stratum is None) != (after.stratum is None)
        ):
            raise OptionError(
                Text(
                    (
                        "same_clusters=True needs cluster in both waves, and stratum in both or in neither. Pass them, or "
                        "same_clusters=False for two independent samples."
                    ),
                    (
                        "same_clusters = true necesita cluster en ambas rondas, y stratum en ambas o en ninguna. Délos, o "
                        "same_clusters = false para dos muestras independientes."
                    ),
                )
            )
        return SurveyDesign.of(
            sum(rows), _shared(clusters), None if before.stratum is None else _shared(strata)
        )
    alone = [np.arange(count) for count in rows]
    one_stratum = [np.zeros(count, dtype=np.intp) for count in rows]
    return SurveyDesign.of(sum(rows), _apart(clusters, alone), _apart(strata, one_stratum))


def _shared(labels: tuple[ArrayLike | None, ArrayLike | None]) -> NDArray[Any]:
    return np.concatenate([np.asarray(wave, dtype=object) for wave in labels])


def _apart(
    labels: tuple[ArrayLike | None, ArrayLike | None], default: list[NDArray[np.intp]]
) -> NDArray[np.intp]:
    """Return codes of both waves' labels that no label of the other wave has."""
    codes = [own if given is None else group_codes(given) for given, own in zip(labels, default, strict=True)]
    return np.concatenate([codes[0], codes[1] + codes[0].max() + 1])
