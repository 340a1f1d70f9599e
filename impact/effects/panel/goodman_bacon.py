"""What two-way fixed effects are a mean of: Goodman-Bacon's comparisons and their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans
from impact.effects.panel.sample import PanelUnits, panel_units
from impact.errors import DataError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.survey.panel.panel import Panel
from impact.views import Exported, frame_of_texts, html_view, text_view

NEVER = Text("against those that do not enter", "frente a quienes no entran")
LATER = Text(
    "earlier against later, not yet treated", "los primeros frente a los que entran después, aún sin tratar"
)
EARLIER = Text("later against earlier, already treated", "los últimos frente a los primeros, ya tratados")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GoodmanBacon(Exported):
    """The comparisons of two cohorts that two-way fixed effects are a weighted mean of.

    Attributes
    ----------
    frame : DataFrame
        Columns treated, compared (cohorts; 0 for those that do not enter), kind, weight (sum 1), estimate.
    estimate : float
        Σ weight × estimate: the two-way fixed effect.
    already_treated : float
        Weight of the comparisons with households already treated, which subtract effects that grow.
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(3), 3), np.tile([0, 1, 2], 3)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh, "y": hh + wave + 3.0 * ((hh > 0) & (wave >= hh))})
    >>> found = im.goodman_bacon(im.Panel(frame, "hh", "wave", "entry", outcomes=["y"]))
    >>> round(found.estimate, 6), round(found.already_treated, 3)  # the weight that rests on households already treated
    (3.0, 0.167)
    """

    TITLE: ClassVar[Text] = Text(
        "What two-way fixed effects are a mean of",
        "De qué son un promedio los efectos fijos de hogar y ronda",
    )

    frame: pd.DataFrame
    estimate: float
    already_treated: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the weights say."""
        return (
            Text(
                "Two-way fixed effect {estimate:,.4g}: a mean of these comparisons, {already:.0%} of it with households already treated "
                "as controls. It differs from the mean of effects by cohort and wave where effects grow or differ by cohort.",
                "Efecto fijo de hogar y ronda {estimate:,.4g}: un promedio de estas comparaciones, {already:.0%} de él con hogares ya "
                "tratados como controles. Difiere del promedio de efectos por cohorte y ronda donde los efectos crecen o difieren por "
                "cohorte.",
                estimate=self.estimate,
                already=self.already_treated,
            ),
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def goodman_bacon(panel: Panel, outcome: str | Outcome | None = None) -> GoodmanBacon:
    """Return the comparisons that two-way fixed effects are a mean of, with their weights.

    Parameters
    ----------
    panel : Panel
        Balanced. Always treated households are left out, as everywhere.
    outcome : str or Outcome, optional
        The panel's only outcome by default.

    Returns
    -------
    GoodmanBacon

    Raises
    ------
    DataError
        The panel is not balanced.

    Notes
    -----
    With n_k the share of cohort k and D̄_k its share of waves after entry, the weight of two cohorts is the square of the share of rows that
    they have in the window of the comparison, times the variance of treatment in it; weights add up to one.

    References
    ----------
    Goodman-Bacon (2021), Journal of Econometrics 225(2), 254-277, theorem 1, doi:10.1016/j.jeconom.2021.03.014.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(3), 3), np.tile([0, 1, 2], 3)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh, "y": hh + wave + 3.0 * ((hh > 0) & (wave >= hh))})
    >>> im.goodman_bacon(im.Panel(frame, "hh", "wave", "entry", outcomes=["y"])).frame["estimate"].round(9).tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    units = panel_units(panel, None)
    chosen = only_outcome(panel.outcomes, outcome)
    if not units.observed.all():
        lack = int((~units.observed.all(axis=1)).sum())
        raise DataError(
            Text(
                (
                    "The comparisons behind two-way fixed effects are known for balanced panels; {lack:,} of {number:,} "
                    "households lack a wave. Keep those with every wave, or use im.group_time_effects()."
                ),
                (
                    "Las comparaciones detrás de los efectos fijos de dos vías se conocen para paneles balanceados; a "
                    "{lack:,} de {number:,} hogares les falta una ronda. Conserve los que tienen todas, o use "
                    "group_time_effects."
                ),
                lack=lack,
                number=len(units.used),
            )
        )
    rows = list(_comparisons(units, units.values(chosen), units.weight * units.persons(chosen)))
    frame = frame_of_texts(rows, ["treated", "compared", "kind", "weight", "estimate"])
    weight = frame["weight"].to_numpy() / frame["weight"].sum()
    frame["weight"] = weight
    estimate = float(weight @ frame["estimate"].to_numpy())
    already = float(weight[frame["kind"].to_numpy() == EARLIER].sum())
    return GoodmanBacon(frame, estimate, already, panel.synthetic)


def _comparisons(
    units: PanelUnits, values: Array, weight: Array
) -> Iterator[tuple[int, int, str, float, float]]:
    """Yield the cohorts of every comparison, its kind, its weight before scaling, and its estimate."""
    waves = np.asarray(units.waves)
    cohort = np.where(units.treated, units.cohort, 0.0)
    present = [int(one) for one in np.unique(cohort)]
    share = {one: float(weight[cohort == one].sum() / weight.sum()) for one in present}
    path = {
        one: weight[cohort == one] @ values[cohort == one] / weight[cohort == one].sum() for one in present
    }
    after = {one: float((waves >= one).mean()) if one else 0.0 for one in present}
    entering = [one for one in present if one]

    def row(own: int, other: int, kind: str, window: Booleans) -> tuple[int, int, str, float, float]:
        entered = (waves >= own) & window
        length, treated = window.mean(), entered.sum() / window.sum()
        both = share[own] + share[other]
        own_share = share[own] / both
        size = (both * length) ** 2 * own_share * (1 - own_share) * treated * (1 - treated)
        before = window & ~entered
        gained = [path[one][entered].mean() - path[one][before].mean() for one in (own, other)]
        return own, other, kind, float(size), float(gained[0] - gained[1])

    for one in entering:
        if 0 in share and after[one] < 1:
            yield row(one, 0, NEVER, np.ones(len(waves), dtype=bool))
    for early in entering:
        for late in entering:
            if early < late:
                yield row(early, late, LATER, waves < late)
                yield row(late, early, EARLIER, waves >= early)
