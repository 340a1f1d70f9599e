"""``[panel]``: the waves of the survey, and the effect by cohort and time since entry."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.effect import EffectTable
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.inverse_probability import InverseProbabilityWeighted
from impact.effects.panel.estimators.outcome_regression import OutcomeRegression
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.estimators.two_way import TwoWayFixedEffects
from impact.effects.panel.staggered.group_time import group_time_effects
from impact.effects.panel.two_wave import two_wave_effects
from impact.errors import EstimationError
from impact.evaluation.keys.tables import TableSource
from impact.evaluation.labels.schema_units import with_schema_units
from impact.evaluation.reading.analysis import Named
from impact.robustness.panel.checks_of_waves import ChecksOfWaves, checks_of_waves
from impact.robustness.panel.pre_trends import PreTrendTest, pre_trend_test
from impact.survey.intake.panel_table import panel_table
from impact.survey.panel.panel import Panel
from impact.survey.sample import intake_plan

if TYPE_CHECKING:
    import pandas as pd

    from impact.evaluation.configuration import Configuration
    from impact.evaluation.findings import Findings
    from impact.survey.outcome import Outcome

ESTIMATORS: dict[str, DifferenceInDifferences] = {
    "doubly robust": DoublyRobust(),
    "outcome regression": OutcomeRegression(),
    "inverse probability": InverseProbabilityWeighted(),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PanelAnswer:
    """What the waves say.

    Attributes
    ----------
    panel : Panel
    event : EffectTable
        Overall effect, then by time since entry.
    two_way : EffectTable
        What two-way fixed effects give beside it.
    trends : PreTrendTest or None
        None without a second wave before entry.
    checks : ChecksOfWaves
    """

    panel: Panel
    event: EffectTable
    two_way: EffectTable
    trends: PreTrendTest | None
    checks: ChecksOfWaves


@dataclass(frozen=True, slots=True)
class PanelAnalysis:
    """Effects by cohort and wave.

    Parameters
    ----------
    file : str
        Table with one row per household and wave, beside the configuration; columns as in ``[roles]``. Codes, labels, categories and
        numbers as text are understood as ``[data]`` says of the survey.
    wave, entry : str
        Columns: the wave; the wave of first treatment, 0 or missing for none.
    outcome : str, optional
        The first outcome by default.
    estimator : {"doubly robust", "outcome regression", "inverse probability"}
    comparison : {"not yet treated", "never treated"}
    anticipation : int
        Waves before entry in which the programme may already act.
    place : str, optional
        Column of the municipality or another place: the effect is shown without comparison households of places in which others enter.
    """

    TABLE: ClassVar[str] = "panel"

    file: str
    wave: str
    entry: str
    outcome: str = ""
    estimator: str = "doubly robust"
    comparison: str = "not yet treated"
    anticipation: int = 0
    place: str = ""

    def __post_init__(self) -> None:
        checks.one_of("estimator", self.estimator, tuple(ESTIMATORS))
        checks.one_of("comparison", self.comparison, ("not yet treated", "never treated"))
        checks.whole("anticipation", self.anticipation, minimum=0)

    def settled(self, named: Named) -> Self:
        """Return the section with the outcome filled in."""
        filled = replace(self, outcome=self.outcome or named.outcomes[0])
        checks.one_of("outcome", filled.outcome, named.outcomes)
        return filled

    def answer(self, findings: Findings) -> PanelAnswer:
        """Return the effects by time since entry, two-way fixed effects beside them, and the test of trends before entry."""
        configuration, roles = findings.configuration, findings.configuration.roles
        outcome = next(one for one in findings.sample.outcomes if one.name == self.outcome)
        panel = Panel(
            _waves_of(configuration, TableSource(configuration.data.file.parent / self.file), outcome),
            id=roles["id"],
            wave=self.wave,
            entry=self.entry,
            covariates=roles["covariates"],
            outcomes=[outcome],
            cluster=roles["cluster"],
            sampling_weight=roles["sampling_weight"],
            missing="drop",
            comparator=findings.sample.comparator,
            synthetic=findings.sample.synthetic,
        )
        effects = group_time_effects(
            panel,
            outcome,
            ESTIMATORS[self.estimator],
            self.comparison,
            "universal",
            self.anticipation,
            level=configuration.level,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same few groups are warned of above
            two_way = two_wave_effects(panel, estimator=TwoWayFixedEffects(), level=configuration.level)
        try:
            trends = pre_trend_test(effects)
        except EstimationError:
            trends = None
        asked = checks_of_waves(
            panel, outcome, effects, ESTIMATORS[self.estimator], self.place or None, configuration.level
        )
        event = with_schema_units(effects.aggregate("event"), (outcome,), configuration.data.schema)
        return PanelAnswer(panel, event, two_way, trends, asked)


def _waves_of(configuration: Configuration, source: TableSource, outcome: Outcome) -> pd.DataFrame:
    """Return a further table with a row per unit and wave, understood as the survey of the configuration is.

    Raises
    ------
    SurveyRefusedError
        Its columns break rules that are not accepted.
    """
    data, language = configuration.data, configuration.language
    plan = intake_plan(
        configuration.roles,
        (outcome,),
        schema=data.schema,
        missing_codes=data.missing_codes,
        categorical=data.categorical,
        numeric=data.numeric,
        merge_spellings=data.merge_spellings,
        accept=frozenset(data.accept),
    )
    return panel_table(source.read(language), plan, language)
