"""Impact evaluation of rural programmes: matching, valid standard errors, poverty outcomes, the robustness table.

Every public name is here and loads on first use (PEP 562), so that ``import impact`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from impact import synthetic as synthetic
    from impact.design.assignment import Assignment as Assignment
    from impact.design.assignment import FirstStage as FirstStage
    from impact.design.assignment import Pairs as Pairs
    from impact.design.assignment import Rules as Rules
    from impact.design.balance import BalanceTable as BalanceTable
    from impact.design.balance import balance as balance
    from impact.design.distance import Euclidean as Euclidean
    from impact.design.distance import Mahalanobis as Mahalanobis
    from impact.design.kernel import Kernel as Kernel
    from impact.design.kernel import Radius as Radius
    from impact.design.match import MatchedSample as MatchedSample
    from impact.design.match import match as match
    from impact.design.nearest import NearestNeighbor as NearestNeighbor
    from impact.design.propensity import PropensityScore as PropensityScore
    from impact.design.support import Crump as Crump
    from impact.design.support import MinMax as MinMax
    from impact.design.units import Units as Units
    from impact.effects.abadie_imbens import AbadieImbens as AbadieImbens
    from impact.effects.adjustment import LinearAdjustment as LinearAdjustment
    from impact.effects.effect import Effect as Effect
    from impact.effects.effect import EffectTable as EffectTable
    from impact.effects.estimate import estimate as estimate
    from impact.effects.heterogeneity import quintile_effects as quintile_effects
    from impact.effects.ranking import Baseline as Baseline
    from impact.effects.ranking import PredictedOutcome as PredictedOutcome
    from impact.effects.variance import ClusterRobust as ClusterRobust
    from impact.errors import DataError as DataError
    from impact.errors import EstimationError as EstimationError
    from impact.errors import FewClustersWarning as FewClustersWarning
    from impact.errors import ImpactError as ImpactError
    from impact.errors import ImpactWarning as ImpactWarning
    from impact.errors import LeverageWarning as LeverageWarning
    from impact.errors import LittleBiasRemovedWarning as LittleBiasRemovedWarning
    from impact.errors import OptionError as OptionError
    from impact.errors import OverlapWarning as OverlapWarning
    from impact.errors import RowOrderWarning as RowOrderWarning
    from impact.errors import SingularCovarianceWarning as SingularCovarianceWarning
    from impact.errors import SupportError as SupportError
    from impact.report import figures as figures
    from impact.report.codebook import write_codebook as write_codebook
    from impact.robustness.strategies import FOUR_STRATEGIES as FOUR_STRATEGIES
    from impact.robustness.strategies import Specification as Specification
    from impact.robustness.strategies import four_strategies as four_strategies
    from impact.robustness.strategies import matched_strategies as matched_strategies
    from impact.robustness.strategies import strategy_effects as strategy_effects
    from impact.survey.covariate_timing import refuse_bad_controls as refuse_bad_controls
    from impact.survey.cross_rules import treatment_from_dates as treatment_from_dates
    from impact.survey.derive import AnyAbove as AnyAbove
    from impact.survey.derive import Deflated as Deflated
    from impact.survey.derive import Derived as Derived
    from impact.survey.derive import DrawnIn as DrawnIn
    from impact.survey.derive import InStandardUnits as InStandardUnits
    from impact.survey.derive import PerAdultEquivalent as PerAdultEquivalent
    from impact.survey.derive import PerPeriod as PerPeriod
    from impact.survey.derive import PerPerson as PerPerson
    from impact.survey.derive import PriceIndex as PriceIndex
    from impact.survey.derive import ShareOf as ShareOf
    from impact.survey.derive import with_derived as with_derived
    from impact.survey.outcome import Column as Column
    from impact.survey.outcome import Headcount as Headcount
    from impact.survey.outcome import PerCapita as PerCapita
    from impact.survey.outcome import PovertyGap as PovertyGap
    from impact.survey.outcome import Winsorized as Winsorized
    from impact.survey.poverty import fgt as fgt
    from impact.survey.poverty import sen_shorrocks_thon as sen_shorrocks_thon
    from impact.survey.poverty import watts as watts
    from impact.survey.poverty_change import Wave as Wave
    from impact.survey.poverty_change import growth_and_redistribution as growth_and_redistribution
    from impact.survey.poverty_line import PovertyLine as PovertyLine
    from impact.survey.poverty_line import PovertyLines as PovertyLines
    from impact.survey.poverty_table import PovertyTable as PovertyTable
    from impact.survey.read import SurveyTable as SurveyTable
    from impact.survey.read import data_hash as data_hash
    from impact.survey.read import read_survey as read_survey
    from impact.survey.relative_line import MeanLine as MeanLine
    from impact.survey.relative_line import QuantileLine as QuantileLine
    from impact.survey.response import LeeBounds as LeeBounds
    from impact.survey.response import ResponseTable as ResponseTable
    from impact.survey.response import lee_bounds as lee_bounds
    from impact.survey.response import response_by_arm as response_by_arm
    from impact.survey.sample import Sample as Sample
    from impact.survey.schema import SurveySchema as SurveySchema
    from impact.survey.schema import data_schema_folder as data_schema_folder
    from impact.survey.schema import load_schema as load_schema
    from impact.survey.tables import read_tables as read_tables
    from impact.survey.template import write_template as write_template
    from impact.survey.validation import ValidationReport as ValidationReport
    from impact.survey.validation import validate as validate

_HOMES: dict[str, str] = {
    "AbadieImbens": "effects.abadie_imbens",
    "AnyAbove": "survey.derive",
    "Assignment": "design.assignment",
    "BalanceTable": "design.balance",
    "Baseline": "effects.ranking",
    "ClusterRobust": "effects.variance",
    "Column": "survey.outcome",
    "Crump": "design.support",
    "DataError": "errors",
    "Deflated": "survey.derive",
    "Derived": "survey.derive",
    "DrawnIn": "survey.derive",
    "Effect": "effects.effect",
    "EffectTable": "effects.effect",
    "EstimationError": "errors",
    "Euclidean": "design.distance",
    "FOUR_STRATEGIES": "robustness.strategies",
    "FewClustersWarning": "errors",
    "FirstStage": "design.assignment",
    "Headcount": "survey.outcome",
    "ImpactError": "errors",
    "ImpactWarning": "errors",
    "InStandardUnits": "survey.derive",
    "Kernel": "design.kernel",
    "LeeBounds": "survey.response",
    "LeverageWarning": "errors",
    "LinearAdjustment": "effects.adjustment",
    "LittleBiasRemovedWarning": "errors",
    "Mahalanobis": "design.distance",
    "MatchedSample": "design.match",
    "MeanLine": "survey.relative_line",
    "MinMax": "design.support",
    "NearestNeighbor": "design.nearest",
    "OptionError": "errors",
    "OverlapWarning": "errors",
    "Pairs": "design.assignment",
    "PerAdultEquivalent": "survey.derive",
    "PerCapita": "survey.outcome",
    "PerPeriod": "survey.derive",
    "PerPerson": "survey.derive",
    "PovertyGap": "survey.outcome",
    "PovertyLine": "survey.poverty_line",
    "PovertyLines": "survey.poverty_line",
    "PovertyTable": "survey.poverty_table",
    "PredictedOutcome": "effects.ranking",
    "PriceIndex": "survey.derive",
    "PropensityScore": "design.propensity",
    "QuantileLine": "survey.relative_line",
    "Radius": "design.kernel",
    "ResponseTable": "survey.response",
    "RowOrderWarning": "errors",
    "Rules": "design.assignment",
    "Sample": "survey.sample",
    "ShareOf": "survey.derive",
    "SingularCovarianceWarning": "errors",
    "Specification": "robustness.strategies",
    "SupportError": "errors",
    "SurveySchema": "survey.schema",
    "SurveyTable": "survey.read",
    "Units": "design.units",
    "ValidationReport": "survey.validation",
    "Wave": "survey.poverty_change",
    "Winsorized": "survey.outcome",
    "balance": "design.balance",
    "data_hash": "survey.read",
    "data_schema_folder": "survey.schema",
    "estimate": "effects.estimate",
    "fgt": "survey.poverty",
    "four_strategies": "robustness.strategies",
    "growth_and_redistribution": "survey.poverty_change",
    "lee_bounds": "survey.response",
    "load_schema": "survey.schema",
    "match": "design.match",
    "matched_strategies": "robustness.strategies",
    "quintile_effects": "effects.heterogeneity",
    "read_survey": "survey.read",
    "read_tables": "survey.tables",
    "refuse_bad_controls": "survey.covariate_timing",
    "response_by_arm": "survey.response",
    "sen_shorrocks_thon": "survey.poverty",
    "strategy_effects": "robustness.strategies",
    "treatment_from_dates": "survey.cross_rules",
    "validate": "survey.validation",
    "watts": "survey.poverty",
    "with_derived": "survey.derive",
    "write_codebook": "report.codebook",
    "write_template": "survey.template",
}
_MODULES: dict[str, str] = {"figures": "report.figures", "synthetic": "synthetic"}

__all__ = ["__version__", *_HOMES, *_MODULES]

if not TYPE_CHECKING:  # hidden from the type checker, so that im.typo is an error there too

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            value = getattr(import_module(f"impact.{_HOMES[name]}"), name)
        elif name in _MODULES:
            value = import_module(f"impact.{_MODULES[name]}")
        else:
            raise AttributeError(f"module 'impact' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
