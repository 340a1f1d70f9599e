"""What an evaluation found, every result by its name: the report is made of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from impact.design.balance.table import BalanceTable
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import EffectTable
from impact.effects.heterogeneity.comparison import EffectComparison
from impact.evaluation.configuration import Configuration
from impact.robustness.dominant_group import DominantGroup
from impact.robustness.pipeline.gate import PipelineGate
from impact.survey.poverty.table import PovertyTable
from impact.survey.response.by_arm import ResponseTable
from impact.survey.sample import Sample
from impact.synthetic.truth import KnownEffect


@dataclass(frozen=True, slots=True)
class DataFile:
    """Which file was evaluated: its name, the hash of its bytes, the rows read."""

    name: str
    data_hash: str
    rows: int


@dataclass(frozen=True, slots=True)
class KnownTruth:
    """The true effects of synthetic data, for the estimates that aim at them.

    Attributes
    ----------
    effects : mapping of (strategy, outcome) to KnownEffect
    fifths : tuple of float or None
        True percent effect on the matched treated of each fifth.
    """

    effects: Mapping[tuple[str, str], KnownEffect]
    fifths: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Findings:
    """What an evaluation found, from the sample to the effects.

    Attributes
    ----------
    configuration : Configuration
    data : DataFile
    sample : Sample
    matched : dict of str to MatchedSample
        By the strategy's name.
    effects : EffectTable
        Every outcome under every strategy.
    balance : dict of str to BalanceTable
        By the strategy's name.
    poverty : dict of str to PovertyTable
        By the line's name: levels of the matched treated and controls of the main strategy.
    flow : DataFrame
        What became of every unit, by strategy.
    response : ResponseTable or None
    warnings : tuple of str
        What the run warned of, for the report.
    dominant : tuple of DominantGroup
        Groups that carry a main outcome's answer, with the estimate without them.
    gate : PipelineGate or None
        Whether the controls wait for the programme, where its dates are known.
    known : KnownTruth or None
        True effects, where the data are synthetic and their generator tells.
    answers : mapping of str to tuple
        Results of the further analyses, by the name of their table in the configuration.
    """

    configuration: Configuration
    data: DataFile
    sample: Sample
    matched: dict[str, MatchedSample]
    effects: EffectTable
    balance: dict[str, BalanceTable]
    poverty: dict[str, PovertyTable]
    flow: pd.DataFrame
    response: ResponseTable | None = None
    warnings: tuple[str, ...] = field(default=())
    dominant: tuple[DominantGroup, ...] = ()
    gate: PipelineGate | None = None
    known: KnownTruth | None = None
    answers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def answer(self, table: str) -> Any:
        """Return the result of the first table of this name, or None where the configuration has none."""
        return next(iter(self.answers.get(table, ())), None)

    @property
    def comparison(self) -> EffectComparison | None:
        """The fifths held together, for tests."""
        found = self.answer("quintiles")
        return found if isinstance(found, EffectComparison) else None

    @property
    def quintiles(self) -> EffectTable | None:
        """The effect by fifth."""
        return None if self.comparison is None else self.comparison.table
