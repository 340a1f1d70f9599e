"""One way to answer the question from a survey with waves: an estimator, and on which households."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Booleans
from impact.described import described
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import Strategy
from impact.effects.effect import EffectTable, combined
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.inverse_probability import InverseProbabilityWeighted
from impact.effects.panel.estimators.outcome_regression import OutcomeRegression
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.sample import panel_units
from impact.effects.panel.staggered.group_time import group_time_effects
from impact.effects.panel.two_wave import two_wave_effects
from impact.effects.variances.weighted_regression import CR1, CR2, CR3
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.panel.lost_households import with_response_weights
from impact.survey.panel.panel import Panel

_DOUBLY_ROBUST = DoublyRobust()


@dataclass(frozen=True, slots=True, repr=False)
class PanelSpecification:
    """One way to estimate an effect from waves, for ``im.certify`` and ``im.simulated_power``.

    Parameters
    ----------
    name : str
        Heading of its rows.
    estimator : DifferenceInDifferences
        ``im.DoublyRobust()`` by default.
    staggered : bool
        False: the first wave against the last (``im.two_wave_effects``). True: the mean over all cohorts and waves after entry (the
        "simple" aggregation of ``im.group_time_effects``).
    strategy : Strategy, optional
        Matches the baseline first.
    response_weights : bool
        Weigh those found again by the inverse of their probability (``im.with_response_weights``).
    variance : CR1, CR2, CR3 or None
        As in ``im.two_wave_effects``.

    Examples
    --------
    >>> import impact as im
    >>> im.PanelSpecification("ANCOVA", im.Ancova(), variance=im.CR2())
    PanelSpecification(name='ANCOVA', estimator=Ancova(), variance=CR2())
    """

    name: str
    estimator: DifferenceInDifferences = _DOUBLY_ROBUST
    staggered: bool = False
    strategy: Strategy | None = None
    response_weights: bool = False
    variance: CR1 | CR2 | CR3 | None = None

    @property
    def match_key(self) -> tuple[int, bool, bool]:
        """What the households that are compared depend on."""
        return id(self.strategy), self.staggered, self.response_weights

    def __post_init__(self) -> None:
        if self.staggered and self.variance is not None:
            raise OptionError(
                Text(
                    "variance= is for estimators that are one regression on two waves. Leave it out, or staggered=True.",
                    "variance es para estimadores que son una regresión en dos rondas. Quítela, o quite staggered.",
                )
            )

    def matched(self, panel: Panel) -> ComparedPanel:
        """Return the households that are compared."""
        waves = panel if self.staggered else panel.between(panel.waves[0], panel.waves[-1])
        if self.response_weights:
            waves = with_response_weights(waves)
        found = None if self.strategy is None else match(waves.baseline(), self.strategy)
        return ComparedPanel(waves, found, _treated_rows(panel, None), _treated_rows(panel, found))

    def effects(self, compared: ComparedPanel, level: float = 0.95) -> EffectTable:
        """Return the effect on each outcome of the panel, under this specification's name."""
        if not self.staggered:
            table = two_wave_effects(
                compared.panel,
                estimator=self.estimator,
                matched=compared.matched,
                variance=self.variance,
                level=level,
            )
            return table.labelled(strategy=self.name)
        each = [
            group_time_effects(
                compared.panel,
                outcome,
                self.estimator,
                matched=compared.matched,
                level=level,
            ).aggregate("simple")
            for outcome in compared.panel.outcomes
        ]
        return combined(each).labelled(strategy=self.name)

    def __repr__(self) -> str:
        return described(self)


WAVE_SPECIFICATIONS: tuple[PanelSpecification, ...] = (
    PanelSpecification("Doubly robust, by cohort and wave", staggered=True),
    PanelSpecification("Regression, by cohort and wave", OutcomeRegression(), staggered=True),
    PanelSpecification("Weighting, by cohort and wave", InverseProbabilityWeighted(), staggered=True),
    PanelSpecification("Doubly robust, first wave against last"),
)
"""What ``impact certify --design par2`` judges."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ComparedPanel:
    """The households that an estimate of waves rests on.

    Attributes
    ----------
    panel : Panel
    matched : MatchedSample or None
    focal, kept : bool arrays
        Rows of the whole panel after entry: of all that enter, and of those that were matched.
    """

    panel: Panel
    matched: MatchedSample | None
    focal: Booleans
    kept: Booleans


def _treated_rows(panel: Panel, matched: MatchedSample | None) -> Booleans:
    """Return the rows after entry of the households that take part, in the order of the panel's frame."""
    units = panel_units(panel, matched)
    inside = np.zeros(len(panel.households), dtype=bool)
    inside[units.used[units.treated]] = True
    after = np.asarray(panel.waves)[None, :] >= np.where(inside, panel.cohort, np.inf)[:, None]
    rows: Booleans = after[panel.observed]
    return rows
