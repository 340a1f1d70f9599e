"""The matched sample: who is compared with whom, certified; a value of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.design.distances.measure import FittedPropensity, Measure
from impact.design.pairs import Pairs, TiedPairs
from impact.design.proposal import EstimationStage, Rules, Strategy
from impact.design.units import weights_both_arms
from impact.language import Text, spoken
from impact.survey.sample import Sample
from impact.views import frame_of_texts, html_view

OFF_SUPPORT = Text("off support, discarded", "fuera del soporte común, descartadas")
UNMATCHED = Text("on support, unmatched", "en el soporte común, sin pareja")
MATCHED_TREATED = Text("matched, treated", "emparejadas, beneficiarios")
MATCHED_CONTROL = Text("matched, control", "emparejadas, controles")
CONTROL_NOT_USED = Text("control not used", "controles no usados")
NOT_USED = Text("not used", "no usadas")
_SHOWN = Text(
    "Matched sample for the {estimand} by {strategy}\n  treated {treated} of {of_treated}, controls used {controls} of {of_controls} "
    "(ESS {ess:,.1f})\n  discarded {discarded}, unmatched {unmatched}; share of the {focal} kept {kept:.1%}",
    "Muestra emparejada para el {estimand} por {strategy}\n  beneficiarios {treated} de {of_treated}, controles usados {controls} de "
    "{of_controls} (TME {ess:,.1f})\n  descartadas {discarded}, sin pareja {unmatched}; proporción conservada de {focal} {kept:.1%}",
)
_THE_TREATED, _FOCAL = Text("treated", "los beneficiarios"), Text("focal units", "las unidades focales")


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, repr=False)
class MatchedSample:
    """Who is compared with whom, certified.

    Attributes
    ----------
    sample : Sample
    strategy : Strategy
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
    weights : Series, shape (n,)
        ``match_weight`` on the sample's index: for the ATT 1 for each matched treated unit, and control weights that sum to the
        number of matched treated.
    discarded : Index
        Units put off support before matching.
    unmatched : Index
        Focal units on support that found no match.
    first_stage : FirstStage, or another EstimationStage, or None
        The estimated score or weight.
    measure : Measure or None
        The distance used: coordinates and the fitted score.
    rules : Rules
        What the strategy promised and ``match()`` checked.
    raw_scale : (float, float) or None
        By weights that do not stand for matches: what those of the treated and of the controls are multiplied by to be as estimated.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean("none")))
    >>> matched.pairs[["treated", "control", "distance"]].values.tolist()
    [[0.0, 2.0, 1.0], [1.0, 3.0, 3.0]]
    >>> matched.share_on_support, float(matched.ess["control"])
    (1.0, 2.0)
    >>> matched.flow.tail(3).values.tolist()
    [['matched, treated', 2], ['matched, control', 2], ['control not used', 1]]
    """

    sample: Sample
    strategy: Strategy
    estimand: str
    weights: pd.Series[float]
    discarded: pd.Index[Any]
    unmatched: pd.Index[Any]
    first_stage: EstimationStage | None
    measure: Measure | None
    rules: Rules
    raw_scale: tuple[float, float] | None
    pair_positions: Pairs | TiedPairs | None
    set_numbers: NDArray[np.intp] | None

    @property
    def pairs(self) -> pd.DataFrame | None:
        """The matches: treated, control, focal (which of the two was being matched), distance (unsquared), weight.

        One row a pair: an OptionError where ties make more than 20 million.
        """
        return None if self.pair_positions is None else pair_table(self, self.pair_positions.one_by_one())

    @property
    def subclass(self) -> pd.Series[Any] | None:
        """Number of each unit's matched set, missing for units in none; None where the strategy forms no sets."""
        if self.set_numbers is None:
            return None
        numbers = pd.array(np.where(self.set_numbers >= 0, self.set_numbers, 0), dtype="Int64")
        return pd.Series(numbers, index=self.weights.index, name="subclass").mask(self.set_numbers < 0)

    @property
    def propensity(self) -> FittedPropensity | None:
        """The fitted propensity score, where the distance is one."""
        return None if self.measure is None else self.measure.propensity

    @property
    def sampling_weight(self) -> NDArray[np.float64]:
        """Survey weights of all units, ones where the sample has none."""
        name = self.sample.sampling_weight
        return np.ones(len(self.sample)) if name is None else self.sample.frame[name].to_numpy()

    @property
    def analysis_weight(self) -> NDArray[np.float64]:
        """match_weight × sampling_weight, shape (n,)."""
        return self.weights.to_numpy() * self.sampling_weight

    @property
    def focal(self) -> NDArray[np.bool_]:
        """The units over whom the estimand averages, before any was lost, shape (n,)."""
        if weights_both_arms(self.estimand):
            return np.ones(len(self.sample), dtype=np.bool_)
        return self.sample.treated if self.estimand == "ATT" else ~self.sample.treated

    @property
    def kept(self) -> NDArray[np.bool_]:
        """The focal units that stay in the estimate, shape (n,)."""
        if not len(self.discarded) and not len(self.unmatched):
            return self.focal
        lost = self.weights.index.isin(self.discarded.union(self.unmatched))
        kept: NDArray[np.bool_] = self.focal & ~lost
        return kept

    @property
    def share_on_support(self) -> float:
        """Share of the focal units that stay in the estimate."""
        return float(self.kept.sum() / self.focal.sum())

    @property
    def ess(self) -> pd.Series[float]:
        """Effective sample sizes (Σw)²/Σw² of the treated and the controls, by the analysis weights."""
        treated, weight = self.sample.treated, self.analysis_weight
        return pd.Series(
            {"treated": effective_size(weight[treated]), "control": effective_size(weight[~treated])}
        )

    @property
    def frame(self) -> pd.DataFrame:
        """Rows with weight above zero, plus match_weight, sampling_weight, weight (their product) and subclass."""
        used = self.weights.to_numpy() > 0
        table = self.sample.frame.loc[used]
        table["match_weight"] = self.weights.to_numpy()[used]
        table["sampling_weight"] = self.sampling_weight[used]
        table["weight"] = self.analysis_weight[used]
        if self.subclass is not None:
            table["subclass"] = self.subclass[used]
        return table

    @property
    def flow(self) -> pd.DataFrame:
        """What became of every unit of the table, from file to estimate."""
        return pd.DataFrame([(str(step), units) for step, units in self.steps], columns=["step", "units"])

    @property
    def steps(self) -> tuple[tuple[Text, int], ...]:
        """The lines of ``flow``, each in every language."""
        treated, used = self.sample.treated, self.weights.to_numpy() > 0
        matched = [
            (OFF_SUPPORT, len(self.discarded)),
            (UNMATCHED, len(self.unmatched)),
            (MATCHED_TREATED, int((used & treated).sum())),
            (MATCHED_CONTROL, int((used & ~treated).sum())),
            (CONTROL_NOT_USED, int((~used & ~treated).sum()))
            if self.estimand == "ATT"
            else (NOT_USED, int((~used).sum())),
        ]
        return (*self.sample.steps, *matched)

    def __repr__(self) -> str:
        used, treated = self.weights.to_numpy() > 0, self.sample.treated
        said = _SHOWN.with_values(
            estimand=self.estimand,
            strategy=repr(self.strategy),
            treated=int((used & treated).sum()),
            of_treated=int(treated.sum()),
            controls=int((used & ~treated).sum()),
            of_controls=int((~treated).sum()),
            ess=self.ess["control"],
            discarded=len(self.discarded),
            unmatched=len(self.unmatched),
            focal=_THE_TREATED if self.estimand == "ATT" else _FOCAL,
            kept=self.share_on_support,
        )
        order = self.rules.row_order
        return "\n".join([spoken(said), *([f"  {spoken(order)}"] if order else [])])

    def _repr_html_(self) -> str:
        return html_view(frame_of_texts(self.steps, ["step", "units"]), (), self.sample.synthetic)


def pair_table(matched: MatchedSample, pairs: Pairs) -> pd.DataFrame:
    """Return pairs by position as the table that ``MatchedSample.pairs`` is."""
    order = np.lexsort((pairs.match, pairs.distance, pairs.focal))
    focal, match = pairs.focal[order], pairs.match[order]
    forward, index = matched.sample.treated[focal], matched.weights.index
    return pd.DataFrame(
        {
            "treated": index[np.where(forward, focal, match)],
            "control": index[np.where(forward, match, focal)],
            "focal": pd.Categorical(np.where(forward, "treated", "control"), ["treated", "control"]),
            "distance": pairs.distance[order],
            "weight": pairs.weight[order],
        }
    )


def effective_size(weights: NDArray[np.float64]) -> float:
    """Return Kish's effective sample size (Σw)²/Σw²; 0 without weight."""
    squares = float(weights @ weights)
    return float(weights.sum() ** 2 / squares) if squares > 0 else 0.0
