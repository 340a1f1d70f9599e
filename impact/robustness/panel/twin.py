"""The synthetic survey with waves as a twin: its truth is known, wave by wave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.robustness.twins import STANDARD_OUTCOMES, average_effect, outcomes_in_state
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.panel.panel import Panel
from impact.synthetic.parameters import PERSISTENCE
from impact.synthetic.result import CONFOUNDERS


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PanelTrial:
    """One draw of a survey with waves, and both potential outcomes of every row.

    Attributes
    ----------
    sample : Panel
        With m rows and q outcomes.
    untreated, treated : float64 arrays, shape (m, q)
        The outcomes of the panel's rows without and with the programme.
    """

    sample: Panel
    untreated: Array
    treated: Array

    def truth(self, outcome: int, units: Booleans) -> tuple[float, float]:
        """Return the true average effect over some rows, plain and in percent of their untreated mean.

        Parameters
        ----------
        outcome : int
            Position among the panel's outcomes.
        units : bool array, shape (m,)
            Rows. Each counts by the weight of its household, and by persons of the first interview for an outcome of persons.
        """
        panel = self.sample
        household = np.nonzero(panel.observed)[0]
        weight = panel.weight[household] * units
        persons = panel.outcomes[outcome].persons
        if persons is not None:
            first = panel.positions[np.arange(len(panel.households)), panel.observed.argmax(1)]
            weight = weight * panel.frame[persons].to_numpy(dtype=np.float64)[first][household]
        return average_effect(weight, self.untreated[:, outcome], self.treated[:, outcome])


@dataclass(frozen=True, slots=True)
class RuralAlliancesPanelTwin:
    """The synthetic rural-alliances survey with waves as a twin, for ``im.certify`` and ``im.simulated_power``.

    Parameters
    ----------
    groups : int
        Producer groups.
    staggered : bool
        False: one baseline and one follow-up. True: three waves, half the groups enter in the second and half in the third.
    effect : float
        Scale of every effect; 0 for a programme that does nothing.
    trend, differential_trend : float
        As in ``im.synthetic.rural_alliances_panel``.
    icc : float, optional
    attrition, attrition_gap, ability : float
        As in ``im.synthetic.rural_alliances_panel``.
    persistence : float
        Correlation of a household's own shock between waves.
    outcomes : tuple of str or Outcome
    covariates : tuple of str
        All that select groups into the programme by default; fewer where groups are few.

    Examples
    --------
    >>> import impact as im
    >>> twin = im.RuralAlliancesPanelTwin(groups=60, outcomes=("income_labour",), covariates=("assets_pre",))
    >>> table = im.certify(twin, [im.PanelSpecification("change", im.ChangeScore())], draws=2).frame
    >>> table["target"].tolist()
    ['population', 'all treated', 'matched treated']
    """

    groups: int = 330
    staggered: bool = False
    effect: float = 1.0
    trend: float = 10.0
    differential_trend: float = 0.0
    icc: float | None = None
    attrition: float = 0.0
    attrition_gap: float = 0.0
    ability: float = 0.0
    persistence: float = PERSISTENCE
    outcomes: tuple[str | Outcome, ...] = STANDARD_OUTCOMES
    covariates: tuple[str, ...] = tuple(CONFOUNDERS)

    def draw(self, seed: int) -> PanelTrial:
        """Return one survey with its truth."""
        from impact.synthetic.panel import rural_alliances_panel

        survey = rural_alliances_panel(
            seed,
            staggered=self.staggered,
            trend=self.trend,
            differential_trend=self.differential_trend,
            groups=self.groups,
            icc=self.icc,
            effect=self.effect,
            ability=self.ability,
            attrition=self.attrition,
            attrition_gap=self.attrition_gap,
            persistence=self.persistence,
        )
        found = survey.household[survey.household["response"] == "complete"]
        roles = survey.panel_roles() | {"outcomes": self.outcomes, "covariates": list(self.covariates)}
        panel = Panel(found, **roles)
        rows = panel.frame.index
        outcomes = [as_outcome(outcome) for outcome in self.outcomes]
        household = survey.household.loc[rows]
        states = (survey.truth.untreated.loc[rows], survey.truth.treated.loc[rows])
        untreated, treated = (outcomes_in_state(household, survey.truth, state, outcomes) for state in states)
        return PanelTrial(panel, untreated, treated)
