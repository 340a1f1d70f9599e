"""Mechanisms: how outcomes go with what treated groups did. Descriptive, and labelled as not causal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, standardised
from impact.effects.heterogeneity.subgroups import MINIMUM_CELL
from impact.effects.interval import t_test
from impact.errors import DataError, OptionError
from impact.language import Text, joined
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import Exported, frame_of_texts, html_view, text_view

PRACTICES = ("coll_inputs", "ta_hired", "coll_price", "coll_delivery")
MECHANISM_COLUMNS = (
    "mechanism",
    "outcome",
    "share_with",
    "mean_with",
    "mean_without",
    "difference",
    "std_error",
    "degrees_of_freedom",
    "conf_low",
    "conf_high",
    "level",
    "n_with",
    "n_without",
    "groups_with",
    "groups_without",
    "unit",
    "period",
    "adjusted_for",
    "weights",
    "variance",
    "interpretation",
    "reason",
)
NOT_CAUSAL = Text(
    "Not causal: differences among the treated, between those whose group took up a practice and those whose group did "
    "not. The practice followed the programme, and what made a group take it up may also have raised its income.",
    "No es causal: diferencias entre los beneficiarios, de quienes están en un grupo que adoptó una práctica a quienes no. La "
    "práctica siguió "
    "al programa, y lo que llevó a un grupo a adoptarla también pudo aumentar sus ingresos.",
)
_ASSOCIATION = Text(
    "not causal: association among the treated", "no es causal: asociación entre los beneficiarios"
)
_VARIANCE = Text(
    "least squares, clustered by {cluster}, t", "mínimos cuadrados, por grupos de {cluster}, t", cluster=""
)
_UNIT = Text("unit", "unidad")
_NOTHING = Text("nothing", "nada")
_FEW_UNITS = Text(
    "fewer than {minimum} treated units with or without it",
    "menos de {minimum} beneficiarios con ella o sin ella",
    minimum=0,
)
_FEW_GROUPS = Text(
    "fewer than two treated groups with or without it",
    "menos de dos grupos beneficiarios con ella o sin ella",
)
_ONCE = Text("households count once", "cada hogar cuenta una vez")
_PERSONS = Text("persons ({name})", "personas ({name})", name="")
_SAMPLING = Text("sampling weight ({name})", "factor de expansión ({name})", name="")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MechanismTable(Exported):
    """Associations of outcomes with practices among the treated.

    Attributes
    ----------
    frame : DataFrame
        One row per practice and outcome, with fixed columns; ``interpretation`` says "not causal" in every
        row.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "contract": row % 2})
    >>> frame["income"] = 100.0 + row % 11 + 5 * frame["contract"] * frame["treated"]
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> table = im.mechanism_associations(sample, ["income"], mechanisms=["contract"])
    >>> table.frame[["mechanism", "outcome", "n_with", "n_without"]].values.tolist()
    [['contract', 'income', 120, 80]]
    >>> bool(table.frame.loc[0, "conf_low"] < 5 < table.frame.loc[0, "conf_high"])
    True
    """

    TITLE: ClassVar[Text] = Text(
        "Practices and outcomes among the treated", "Prácticas y resultados entre los beneficiarios"
    )

    frame: pd.DataFrame
    notes: tuple[str, ...]
    synthetic: bool

    def __repr__(self) -> str:
        short = [
            "mechanism",
            "outcome",
            "share_with",
            "mean_with",
            "mean_without",
            "difference",
            "conf_low",
            "conf_high",
        ]
        return text_view(self.frame[short], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def mechanism_associations(
    sample: Sample,
    outcomes: Sequence[str | Outcome] | None = None,
    mechanisms: Sequence[str] = PRACTICES,
    adjust: bool = True,
    minimum_cell: int = MINIMUM_CELL,
    level: float = 0.95,
) -> MechanismTable:
    """Describe how outcomes differ among the treated by what their groups did.

    Parameters
    ----------
    sample : Sample
        Only its treated units are used.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    mechanisms : sequence of str
        Columns of 0 and 1 (or False and True), such as collective purchase of inputs.
    adjust : bool
        Whether the difference holds the sample's covariates constant, by least squares.
    minimum_cell : int
        Rows with fewer units with or without the practice have missing numbers and a reason; at least 2.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    MechanismTable

    Raises
    ------
    DataError
        A mechanism is missing for a treated unit or holds other values than 0 and 1.
    OptionError
        A mechanism is a covariate, the treatment or an outcome.

    Notes
    -----
    ``mean_with`` and ``mean_without`` are plain weighted means; ``difference`` is the practice's
    coefficient in least squares weighted by sampling weight (and persons), by statsmodels' WLS with
    standard errors clustered by group. t has the number of groups of the rarer kind less one as degrees of
    freedom: a practice is a group's, so that few groups with it are few observations however many members
    they have.

    Examples
    --------
    >>> import impact as im
    >>> from impact.effects.mechanisms import mechanism_associations
    >>> survey = im.synthetic.rural_alliances(1, groups=60)
    >>> table = mechanism_associations(im.Sample(survey.household, **survey.roles()), ["income_total"])
    >>> table.frame["interpretation"].unique().tolist()
    ['not causal: association among the treated']
    """
    checks.whole("minimum_cell", minimum_cell, minimum=2)
    checks.between("level", level, 0.0, 1.0)
    checks.distinct("mechanisms", list(mechanisms))
    chosen = sample.chosen(outcomes)
    frame = sample.frame.loc[sample.treated]
    rows = [
        _association(
            sample, frame, _practice(sample, frame, mechanism, chosen), outcome, adjust, minimum_cell, level
        )
        for mechanism in mechanisms
        for outcome in chosen
    ]
    table = frame_of_texts(rows, MECHANISM_COLUMNS)
    counts = ["n_with", "n_without", "groups_with", "groups_without"]
    return MechanismTable(table.astype(dict.fromkeys(counts, "Int64")), (NOT_CAUSAL,), sample.synthetic)


def _association(
    sample: Sample,
    frame: pd.DataFrame,
    practice: pd.Series[float],
    outcome: Outcome,
    adjust: bool,
    minimum_cell: int,
    level: float,
) -> dict[str, object]:
    """Return one row: the labels always, the numbers where enough units are with and without the practice."""
    row = _labels(sample, practice.name, outcome, adjust, level)
    if sample.missing == "drop":
        known = sample.has(outcome)[sample.treated]
        frame, practice = frame.loc[known], practice.loc[known]
    having = practice.to_numpy() == 1
    if min(having.sum(), (~having).sum()) < minimum_cell:
        return row | {"reason": _FEW_UNITS.with_values(minimum=minimum_cell)}
    codes = group_codes(frame.index if sample.cluster is None else frame[sample.cluster])
    groups = [len(np.unique(codes[rows])) for rows in (having, ~having)]
    if min(groups) < 2:
        return row | {"reason": _FEW_GROUPS}
    values, weight = outcome.values(frame), _weights(sample, frame, outcome)
    terms = sample.matrix.loc[frame.index] if adjust else pd.DataFrame(index=frame.index)
    standard = standardised(terms.to_numpy(dtype=np.float64), weight)
    varying = standard[:, standard.any(axis=0)]
    difference, error = _clustered_coefficient(values, having, varying, weight, codes)
    freedom = float(min(groups) - 1)
    _, _, low, high = t_test(difference, error, freedom, level)
    return row | {
        "share_with": float(np.average(having, weights=weight)),
        "mean_with": float(np.average(values[having], weights=weight[having])),
        "mean_without": float(np.average(values[~having], weights=weight[~having])),
        "difference": difference,
        "std_error": error,
        "degrees_of_freedom": freedom,
        "conf_low": low,
        "conf_high": high,
        "n_with": int(having.sum()),
        "n_without": int((~having).sum()),
        "groups_with": groups[0],
        "groups_without": groups[1],
    }


def _labels(
    sample: Sample, mechanism: object, outcome: Outcome, adjust: bool, level: float
) -> dict[str, object]:
    return {
        "mechanism": mechanism,
        "outcome": outcome.name,
        "level": level,
        "unit": outcome.unit,
        "period": outcome.period,
        "adjusted_for": ", ".join(sample.covariates) if adjust else _NOTHING,
        "weights": _weights_label(sample, outcome),
        "variance": _VARIANCE.with_values(cluster=sample.cluster or _UNIT),
        "interpretation": _ASSOCIATION,
        "reason": "",
    }


def _clustered_coefficient(
    values: Array, having: NDArray[np.bool_], terms: Array, weight: Array, codes: NDArray[np.intp]
) -> tuple[float, float]:
    """Return the practice's coefficient and its clustered standard error, by statsmodels."""
    from statsmodels.regression.linear_model import WLS

    design = np.column_stack([np.ones(len(values)), having, terms])
    fit = WLS(values, design, weights=weight).fit(cov_type="cluster", cov_kwds={"groups": codes})
    return float(fit.params[1]), float(fit.bse[1])


def _practice(
    sample: Sample, frame: pd.DataFrame, mechanism: str, outcomes: Sequence[Outcome]
) -> pd.Series[float]:
    """Return a practice of the treated units as 0 and 1."""
    checks.columns_present("mechanisms", [mechanism], frame.columns)
    read = {column for outcome in outcomes for column in outcome.columns}
    if mechanism in (sample.treatment, sample.cluster, *sample.covariates) or mechanism in read:
        raise OptionError(
            Text(
                "'{mechanism}' already has another role in the sample; a mechanism has only this one.",
                "'{mechanism}' ya tiene otro rol en la muestra; un mecanismo solo tiene este.",
                mechanism=mechanism,
            )
        )
    column = pd.to_numeric(frame[mechanism].astype(object), errors="coerce").astype(np.float64)
    wrong = frame.index[~column.isin([0.0, 1.0]).to_numpy()]
    if len(wrong):
        raise DataError(
            Text(
                (
                    "Mechanism '{mechanism}' must be 0 or 1 for every treated unit; {units} {verb} not (first: {wrong}). "
                    "Recode them, or leave these units out of the sample."
                ),
                (
                    "El mecanismo '{mechanism}' debe ser 0 o 1 para cada beneficiario; {units} no lo {units:es|son} (primero: {wrong}). "
                    "Recodifíquelos, o deje esas unidades fuera de la muestra."
                ),
                mechanism=mechanism,
                units=checks.counted(len(wrong), "unit"),
                verb="is" if len(wrong) == 1 else "are",
                wrong=checks.listed(wrong),
            )
        )
    return column.rename(mechanism)


def _weights(sample: Sample, frame: pd.DataFrame, outcome: Outcome) -> Array:
    weight = (
        np.ones(len(frame)) if sample.sampling_weight is None else frame[sample.sampling_weight].to_numpy()
    )
    return weight if outcome.persons is None else weight * frame[outcome.persons].to_numpy(dtype=np.float64)


def _weights_label(sample: Sample, outcome: Outcome) -> Text:
    parts = [_SAMPLING.with_values(name=sample.sampling_weight)] if sample.sampling_weight else []
    return joined([*parts, _PERSONS.with_values(name=outcome.persons) if outcome.persons else _ONCE], " × ")
