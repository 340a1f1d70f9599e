"""The match explained: for one unit its comparisons, how far they are, what differs, what they weigh, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.design.matched_sample import MatchedSample, pair_table
from impact.errors import OptionError
from impact.language import Text
from impact.views import html_view, text_view

_COMPARED = Text(
    "Unit {unit} ({arm}) is compared with {number} of the other arm; its weight is {weight}.",
    "La unidad {unit} ({arm}) se compara con {number} del otro lado; su peso es {weight}.",
)
_WEIGHED = Text(
    "Unit {unit} ({arm}) has weight {weight}; this strategy weighs units and makes no pairs.",
    "La unidad {unit} ({arm}) tiene peso {weight}; esta estrategia pondera unidades y no forma parejas.",
)
_IN_SET = Text(
    "Unit {unit} ({arm}) is in matched set {set} with {number} of the other arm; its weight is {weight}.",
    "La unidad {unit} ({arm}) está en el conjunto emparejado {set} con {number} del otro lado; su peso es {weight}.",
)
_DISCARDED = Text(
    "Unit {unit} ({arm}) was off support and left out before matching.",
    "La unidad {unit} ({arm}) estaba fuera del soporte común y se excluyó antes de emparejar.",
)
_UNMATCHED = Text(
    "Unit {unit} ({arm}) is on support and found no match: nobody of the other arm was near enough, or free, by the strategy's rules.",
    "La unidad {unit} ({arm}) está en el soporte común y no encontró pareja: nadie del otro lado estaba lo bastante cerca, o libre, según "
    "las reglas de la estrategia.",
)
_NOT_USED = Text(
    "Unit {unit} ({arm}) is nobody's comparison: others were nearer.",
    "La unidad {unit} ({arm}) no es comparación de nadie: otras estaban más cerca.",
)
_ARMS = {True: Text("treated", "beneficiaria"), False: Text("control", "control")}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MatchExplanation:
    """Why a unit is compared with whom.

    Attributes
    ----------
    reason : Text
        In a sentence, in every language.
    frame : DataFrame
        The unit first, then its comparisons, the heaviest first: ``unit``, ``arm``, ``distance``, ``weight`` in this comparison, and
        every covariate. For a visit to the field, not for publication: it names units.
    differences : DataFrame
        By covariate: the unit's value, the weighted mean of its comparisons, and the difference in SDs of the sample.
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31.0, 50.0]}, index=["Ana", "Eva", "Luz"])
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean("none")))
    >>> found = im.explain(matched, "Ana")
    >>> found.frame[["unit", "arm", "age", "distance"]].values.tolist()[1]
    ['Eva', 'control', 31.0, 1.0]
    >>> found.differences[["covariate", "unit", "comparisons"]].values.tolist()
    [['age', 30.0, 31.0]]
    """

    reason: Text
    frame: pd.DataFrame
    differences: pd.DataFrame
    synthetic: bool

    def __repr__(self) -> str:
        return text_view(self.frame, (self.reason,), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.reason,), self.synthetic) + html_view(self.differences)


def explain(matched: MatchedSample, unit: Any) -> MatchExplanation:
    """Return why a unit is compared with whom, or why with nobody.

    Parameters
    ----------
    matched : MatchedSample
    unit : label
        Of the sample's index.

    Returns
    -------
    MatchExplanation

    Raises
    ------
    OptionError
        The sample has no such unit.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 31.0, 50.0]}, index=["Ana", "Eva", "Luz"])
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> im.explain(matched, "Ana").frame["unit"].tolist()
    ['Ana', 'Eva']
    >>> im.explain(matched, "Luz").reason.to("es")
    'La unidad Luz (control) no es comparación de nadie: otras estaban más cerca.'
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    index = matched.weights.index
    if unit not in index:
        near = checks.listed(index[:3])
        raise OptionError(
            Text(
                "unit must be one of the sample's {number:,} labels (such as {near}); got {unit!r}.",
                "unit debe ser una de las {number:,} etiquetas de la muestra (como {near}); se dio {unit!r}.",
                number=len(index),
                near=near,
                unit=unit,
            )
        )
    others = _comparisons(matched, unit)
    return MatchExplanation(
        reason=_reason(matched, unit, len(others)),
        frame=_frame(matched, unit, others),
        differences=_differences(matched, unit, others),
        synthetic=matched.sample.synthetic,
    )


def _comparisons(matched: MatchedSample, unit: Any) -> pd.DataFrame:
    """Return the labels, distances and weights of a unit's comparisons, the heaviest first."""
    if matched.pair_positions is not None:
        place = int(np.flatnonzero(matched.weights.index == unit)[0])
        pairs = pair_table(matched, matched.pair_positions.of_unit(place))
        side, other = ("treated", "control") if _is_treated(matched, unit) else ("control", "treated")
        rows = pairs[side] == unit
        found: pd.DataFrame = pairs.loc[rows, [other, "distance", "weight"]].rename(columns={other: "unit"})
        found = found.sort_values(["weight", "distance"], ascending=[False, True], kind="stable")
        found.index = pd.RangeIndex(len(found))
        return found
    sets = matched.subclass
    if sets is None or pd.isna(sets[unit]):
        return pd.DataFrame({"unit": [], "distance": [], "weight": []})
    treated = pd.Series(matched.sample.treated, index=matched.weights.index)
    inside = sets.index[(sets == sets[unit]).fillna(False) & (treated != treated[unit])]
    weight = matched.weights[inside]
    found = pd.DataFrame({"unit": inside, "distance": np.nan, "weight": weight.to_numpy()})
    return found.sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)


def _is_treated(matched: MatchedSample, unit: Any) -> bool:
    return bool(matched.sample.treated[matched.weights.index.get_loc(unit)])


def _reason(matched: MatchedSample, unit: Any, number: int) -> Text:
    values = {
        "unit": str(unit),
        "arm": _ARMS[_is_treated(matched, unit)],
        "number": number,
        "weight": f"{matched.weights[unit]:.4g}",
    }
    if unit in matched.discarded:
        return _DISCARDED.with_values(**values)
    if unit in matched.unmatched:
        return _UNMATCHED.with_values(**values)
    if matched.weights[unit] <= 0:
        return _NOT_USED.with_values(**values)
    if matched.pair_positions is None and matched.subclass is not None:
        return _IN_SET.with_values(set=str(matched.subclass[unit]), **values)
    return (_COMPARED if matched.pair_positions is not None else _WEIGHED).with_values(**values)


def _frame(matched: MatchedSample, unit: Any, others: pd.DataFrame) -> pd.DataFrame:
    labels = [unit, *others["unit"]]
    arms = [str(_ARMS[_is_treated(matched, label)]) for label in labels]
    table = pd.DataFrame(
        {
            "unit": labels,
            "arm": arms,
            "distance": [np.nan, *others["distance"]],
            "weight": [np.nan, *others["weight"]],
        }
    )
    covariates = matched.sample.frame.loc[labels, list(matched.sample.covariates)].reset_index(drop=True)
    return pd.concat([table, covariates], axis=1)


def _differences(matched: MatchedSample, unit: Any, others: pd.DataFrame) -> pd.DataFrame:
    matrix = matched.sample.matrix
    own = matrix.loc[unit].astype(np.float64)
    weight = others["weight"].to_numpy(dtype=np.float64)
    values = matrix.loc[list(others["unit"])].to_numpy(dtype=np.float64)
    mean = weight @ values / weight.sum() if len(others) else np.full(matrix.shape[1], np.nan)
    spread = matrix.std(ddof=1).to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "covariate": matrix.columns.astype(str),
            "unit": own.to_numpy(),
            "comparisons": mean,
            "difference_sd": (own.to_numpy() - mean) / spread,
        }
    )
