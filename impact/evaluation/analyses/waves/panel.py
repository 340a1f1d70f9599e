"""``[panel]``: the waves of the survey, and the effect by cohort and time since entry."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.design.match import match
from impact.effects.effect import EffectTable
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.inverse_probability import InverseProbabilityWeighted
from impact.effects.panel.estimators.outcome_regression import OutcomeRegression
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.estimators.two_way import TwoWayFixedEffects
from impact.effects.panel.staggered.group_time import group_time_effects
from impact.effects.panel.two_wave import two_wave_effects
from impact.errors import EstimationError, ImpactWarning
from impact.evaluation.keys.tables import TableSource
from impact.evaluation.labels.schema_units import with_schema_units
from impact.evaluation.reading.analysis import Named, Reads
from impact.evaluation.reading.named_columns import require_read
from impact.robustness.panel.checks_of_waves import ChecksOfWaves, checks_of_waves
from impact.robustness.panel.pre_trends import PreTrendTest, pre_trend_test
from impact.survey.intake.panel_table import panel_table
from impact.survey.intake.roles_plan import intake_plan
from impact.survey.panel.panel import Panel

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
    wave : str
        Column of the wave.
    entry : str, optional
        Column of the wave of first treatment, 0 or missing for none. With two waves it may be left out: the treatment of ``[roles]`` then
        says who is in the programme, or who receives by each wave.
    outcome : str, optional
        The first outcome by default.
    estimator : {"doubly robust", "outcome regression", "inverse probability"}
    comparison : {"not yet treated", "never treated"}
    anticipation : int
        Waves before entry in which the programme may already act.
    place : str, optional
        Column of the municipality or another place: the effect is shown without comparison households of places in which others enter.
    strategy : str, optional
        A strategy of the file, by which those that enter are matched with those that do not on their first wave; match weights multiply
        the survey's. Without it everybody is compared.
    trend : float, optional
        Rise by wave of those that enter against the others, in the outcome's unit, for which the power of the test of trends is
        given. By default one that would explain the whole effect at entry.
    recalled : tuple of str
        Covariates that were asked later about the time before: the first interview that has the answer counts. Those that the data package
        calls recalled are so without being named.
    relative, smoothness : tuple of float
        Sizes of the departures from parallel trends for which the effect at entry is bounded, as in ``im.honest_bounds``.
    """

    TABLE: ClassVar[str] = "panel"

    file: str
    wave: str
    entry: str = ""
    outcome: str = ""
    estimator: str = "doubly robust"
    comparison: str = "not yet treated"
    anticipation: int = 0
    place: str = ""
    strategy: str = ""
    trend: float | None = None
    recalled: tuple[str, ...] = ()
    relative: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)
    smoothness: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        checks.one_of("estimator", self.estimator, tuple(ESTIMATORS))
        checks.one_of("comparison", self.comparison, ("not yet treated", "never treated"))
        checks.whole("anticipation", self.anticipation, minimum=0)
        for name in ("relative", "smoothness"):
            for size in getattr(self, name):
                checks.nonnegative(name, size)

    def settled(self, named: Named) -> Self:
        """Return the section with the outcome filled in."""
        filled = replace(self, outcome=self.outcome or named.outcomes[0])
        checks.one_of("outcome", filled.outcome, named.outcomes)
        if self.strategy:
            checks.one_of("strategy", self.strategy, named.strategies)
        return filled

    def admit(self, configuration: Configuration) -> None:
        """Refuse waves that break rules which are not accepted, or lack a column, before anything is estimated."""
        outcome = next(one for one in configuration.outcomes if one.name == self.outcome)
        waves, roles = self._waves(configuration, outcome), configuration.roles
        keys = ("wave", "entry", "place", "recalled")
        named = {key: getattr(self, key) for key in keys}
        named |= {
            f"[roles] {role}": roles[role] for role in ("id", "cluster", "sampling_weight", "covariates")
        }
        if not self.entry:
            named["[roles] treatment"] = roles["treatment"]
        reads = [Reads(key, columns, self.file) for key, columns in named.items()]
        split = configuration.analysis("decomposition")
        if split is not None and split.over_waves:
            reads += [
                replace(one, key=f"[decomposition] {one.key}", file=self.file) for one in split.parts_named
            ]
        require_read(f"[{self.TABLE}]", reads, {self.file: waves.columns})

    def _waves(self, configuration: Configuration, outcome: Outcome) -> pd.DataFrame:
        return _waves_of(configuration, TableSource(configuration.data.folder / self.file), outcome)

    def answer(self, findings: Findings) -> PanelAnswer:
        """Return the effects by time since entry, two-way fixed effects beside them, and the test of trends before entry."""
        configuration = findings.configuration
        outcome, panel = findings.sample.outcome(self.outcome), self.panel(findings)
        matched = None
        if self.strategy:
            matched = match(panel.baseline(), configuration.specification(self.strategy).strategy)
        estimator, level = self.difference, configuration.level
        effects = group_time_effects(
            panel, outcome, estimator, self.comparison, "universal", self.anticipation, matched, level=level
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)  # the same few groups are warned of above
            two_way = two_wave_effects(panel, estimator=TwoWayFixedEffects(), matched=matched, level=level)
        try:
            trends = pre_trend_test(effects, self.trend)
        except EstimationError:
            trends = None
        asked = checks_of_waves(
            panel,
            outcome,
            effects,
            estimator,
            self.place or None,
            level,
            matched=matched,
            relative=self.relative,
            smoothness=self.smoothness,
        )
        event = with_schema_units(effects.aggregate("event"), (outcome,), configuration.data.schema)
        return PanelAnswer(panel, event, two_way, trends, asked)

    @property
    def difference(self) -> DifferenceInDifferences:
        """The estimator that the file names."""
        return ESTIMATORS[self.estimator]

    def panel(self, findings: Findings) -> Panel:
        """Return the waves with the roles of the file."""
        configuration, roles = findings.configuration, findings.configuration.roles
        outcome = findings.sample.outcome(self.outcome)
        return Panel(
            self._waves(configuration, outcome),
            id=roles["id"],
            wave=self.wave,
            entry=self.entry or None,
            treatment=None if self.entry else roles["treatment"],
            covariates=roles["covariates"],
            outcomes=[outcome],
            cluster=roles["cluster"],
            sampling_weight=roles["sampling_weight"],
            missing="drop",
            comparator=findings.sample.comparator,
            synthetic=findings.sample.synthetic,
            recalled=self.recalled_of(configuration),
        )

    def recalled_of(self, configuration: Configuration) -> list[str]:
        """Return the covariates named as recalled, and those that the data package calls so."""
        schema, known = configuration.data.schema, configuration.roles["covariates"]
        fields = {} if schema is None else {name: schema.find(name) for name in known}
        said = [name for name, field in fields.items() if field is not None and field.timing == "recall"]
        return list(dict.fromkeys([*self.recalled, *said]))


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
