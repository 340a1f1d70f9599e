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
    from impact.design.balance_statistics import BalanceStatistic as BalanceStatistic
    from impact.design.cardinality import Cardinality as Cardinality
    from impact.design.cardinality import Profile as Profile
    from impact.design.covariate_balancing import CovariateBalancing as CovariateBalancing
    from impact.design.distance import Euclidean as Euclidean
    from impact.design.distance import Mahalanobis as Mahalanobis
    from impact.design.distance import RobustMahalanobis as RobustMahalanobis
    from impact.design.entropy_balancing import EntropyBalancing as EntropyBalancing
    from impact.design.exact import CoarsenedExact as CoarsenedExact
    from impact.design.exact import Exact as Exact
    from impact.design.full import Full as Full
    from impact.design.group_first import GroupFirst as GroupFirst
    from impact.design.inverse_probability import InverseProbability as InverseProbability
    from impact.design.joint_balance import JointBalance as JointBalance
    from impact.design.joint_balance import balance_jointly as balance_jointly
    from impact.design.kernel import Kernel as Kernel
    from impact.design.kernel import Radius as Radius
    from impact.design.match import MatchedSample as MatchedSample
    from impact.design.match import match as match
    from impact.design.nearest import NearestNeighbor as NearestNeighbor
    from impact.design.optimal import Optimal as Optimal
    from impact.design.own_distance import CustomDistance as CustomDistance
    from impact.design.own_distance import DistanceMatrix as DistanceMatrix
    from impact.design.propensity import PropensityScore as PropensityScore
    from impact.design.quick_full import QuickFull as QuickFull
    from impact.design.row_order import certify_row_order as certify_row_order
    from impact.design.set_distance import total_distance as total_distance
    from impact.design.subclass import Subclassification as Subclassification
    from impact.design.support import ConvexHull as ConvexHull
    from impact.design.support import Crump as Crump
    from impact.design.support import MinMax as MinMax
    from impact.design.units import Units as Units
    from impact.effects.abadie_imbens import AbadieImbens as AbadieImbens
    from impact.effects.adjustment import LinearAdjustment as LinearAdjustment
    from impact.effects.adjustment import LogLinkAdjustment as LogLinkAdjustment
    from impact.effects.bootstrap import Bootstrap as Bootstrap
    from impact.effects.comparison import EffectComparison as EffectComparison
    from impact.effects.distribution import QuantileEffects as QuantileEffects
    from impact.effects.distribution import quantile_effects as quantile_effects
    from impact.effects.effect import Effect as Effect
    from impact.effects.effect import EffectTable as EffectTable
    from impact.effects.estimate import estimate as estimate
    from impact.effects.heterogeneity import quintile_comparison as quintile_comparison
    from impact.effects.heterogeneity import quintile_effects as quintile_effects
    from impact.effects.joint import JointEffects as JointEffects
    from impact.effects.joint import joint_effects as joint_effects
    from impact.effects.m_estimation import MEstimation as MEstimation
    from impact.effects.mechanisms import MechanismTable as MechanismTable
    from impact.effects.mechanisms import mechanism_associations as mechanism_associations
    from impact.effects.multiplicity import holm as holm
    from impact.effects.multiplicity import romano_wolf as romano_wolf
    from impact.effects.multiplicity import sharpened_q as sharpened_q
    from impact.effects.pair_differences import MatchedDifferences as MatchedDifferences
    from impact.effects.pair_differences import matched_differences as matched_differences
    from impact.effects.poverty_curve import PovertyCurve as PovertyCurve
    from impact.effects.poverty_curve import poverty_curve as poverty_curve
    from impact.effects.poverty_effects import HouseholdsAndPersons as HouseholdsAndPersons
    from impact.effects.poverty_effects import households_and_persons as households_and_persons
    from impact.effects.poverty_effects import poverty_effects as poverty_effects
    from impact.effects.quantile_bootstrap import bootstrap_quantile_effects as bootstrap_quantile_effects
    from impact.effects.randomization import randomization_test as randomization_test
    from impact.effects.ranking import Baseline as Baseline
    from impact.effects.ranking import PredictedOutcome as PredictedOutcome
    from impact.effects.residuals import BiasReduced as BiasReduced
    from impact.effects.residuals import InSample as InSample
    from impact.effects.residuals import LeaveOwnGroupOut as LeaveOwnGroupOut
    from impact.effects.subgroups import SubgroupEffects as SubgroupEffects
    from impact.effects.subgroups import subgroup_effects as subgroup_effects
    from impact.effects.variance import ClusterRobust as ClusterRobust
    from impact.effects.weighted_regression import CR1 as CR1
    from impact.effects.weighted_regression import CR2 as CR2
    from impact.effects.weighted_regression import CR3 as CR3
    from impact.effects.wild_bootstrap import Rademacher as Rademacher
    from impact.effects.wild_bootstrap import Webb as Webb
    from impact.effects.wild_bootstrap import WildBootstrap as WildBootstrap
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
    from impact.evaluation.certified import certify_evaluation as certify_evaluation
    from impact.evaluation.demonstration import demo as demo
    from impact.evaluation.evaluated import Evaluation as Evaluation
    from impact.evaluation.run import evaluate as evaluate
    from impact.report import figures as figures
    from impact.report.codebook import write_codebook as write_codebook
    from impact.report.versions import show_versions as show_versions
    from impact.robustness.certification import Certification as Certification
    from impact.robustness.montecarlo import certify as certify
    from impact.robustness.power import SurveyPlan as SurveyPlan
    from impact.robustness.power import groups_needed as groups_needed
    from impact.robustness.power import minimum_detectable_effect as minimum_detectable_effect
    from impact.robustness.power import power_of as power_of
    from impact.robustness.power_curve import PowerCurve as PowerCurve
    from impact.robustness.sample_twin import SampleTwin as SampleTwin
    from impact.robustness.simulated_power import simulated_power as simulated_power
    from impact.robustness.strategies import FOUR_STRATEGIES as FOUR_STRATEGIES
    from impact.robustness.strategies import OTHER_VARIANCES as OTHER_VARIANCES
    from impact.robustness.strategies import Specification as Specification
    from impact.robustness.strategies import four_strategies as four_strategies
    from impact.robustness.strategies import matched_strategies as matched_strategies
    from impact.robustness.strategies import strategy_effects as strategy_effects
    from impact.robustness.twins import RuralAlliancesTwin as RuralAlliancesTwin
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
    "BalanceStatistic": "design.balance_statistics",
    "BalanceTable": "design.balance",
    "Baseline": "effects.ranking",
    "BiasReduced": "effects.residuals",
    "Bootstrap": "effects.bootstrap",
    "CR1": "effects.weighted_regression",
    "CR2": "effects.weighted_regression",
    "CR3": "effects.weighted_regression",
    "Cardinality": "design.cardinality",
    "Certification": "robustness.certification",
    "ClusterRobust": "effects.variance",
    "CoarsenedExact": "design.exact",
    "Column": "survey.outcome",
    "ConvexHull": "design.support",
    "CovariateBalancing": "design.covariate_balancing",
    "Crump": "design.support",
    "CustomDistance": "design.own_distance",
    "DataError": "errors",
    "Deflated": "survey.derive",
    "Derived": "survey.derive",
    "DistanceMatrix": "design.own_distance",
    "DrawnIn": "survey.derive",
    "Effect": "effects.effect",
    "EffectComparison": "effects.comparison",
    "EffectTable": "effects.effect",
    "EntropyBalancing": "design.entropy_balancing",
    "EstimationError": "errors",
    "Euclidean": "design.distance",
    "Evaluation": "evaluation.evaluated",
    "Exact": "design.exact",
    "FOUR_STRATEGIES": "robustness.strategies",
    "FewClustersWarning": "errors",
    "FirstStage": "design.assignment",
    "Full": "design.full",
    "GroupFirst": "design.group_first",
    "Headcount": "survey.outcome",
    "HouseholdsAndPersons": "effects.poverty_effects",
    "ImpactError": "errors",
    "ImpactWarning": "errors",
    "InSample": "effects.residuals",
    "InStandardUnits": "survey.derive",
    "InverseProbability": "design.inverse_probability",
    "JointBalance": "design.joint_balance",
    "JointEffects": "effects.joint",
    "Kernel": "design.kernel",
    "LeaveOwnGroupOut": "effects.residuals",
    "LeeBounds": "survey.response",
    "LeverageWarning": "errors",
    "LinearAdjustment": "effects.adjustment",
    "LittleBiasRemovedWarning": "errors",
    "LogLinkAdjustment": "effects.adjustment",
    "MEstimation": "effects.m_estimation",
    "Mahalanobis": "design.distance",
    "MatchedDifferences": "effects.pair_differences",
    "MatchedSample": "design.match",
    "MeanLine": "survey.relative_line",
    "MechanismTable": "effects.mechanisms",
    "MinMax": "design.support",
    "NearestNeighbor": "design.nearest",
    "OTHER_VARIANCES": "robustness.strategies",
    "Optimal": "design.optimal",
    "OptionError": "errors",
    "OverlapWarning": "errors",
    "Pairs": "design.assignment",
    "PerAdultEquivalent": "survey.derive",
    "PerCapita": "survey.outcome",
    "PerPeriod": "survey.derive",
    "PerPerson": "survey.derive",
    "PovertyCurve": "effects.poverty_curve",
    "PovertyGap": "survey.outcome",
    "PovertyLine": "survey.poverty_line",
    "PovertyLines": "survey.poverty_line",
    "PovertyTable": "survey.poverty_table",
    "PowerCurve": "robustness.power_curve",
    "PredictedOutcome": "effects.ranking",
    "PriceIndex": "survey.derive",
    "Profile": "design.cardinality",
    "PropensityScore": "design.propensity",
    "QuantileEffects": "effects.distribution",
    "QuantileLine": "survey.relative_line",
    "QuickFull": "design.quick_full",
    "Rademacher": "effects.wild_bootstrap",
    "Radius": "design.kernel",
    "ResponseTable": "survey.response",
    "RobustMahalanobis": "design.distance",
    "RowOrderWarning": "errors",
    "Rules": "design.assignment",
    "RuralAlliancesTwin": "robustness.twins",
    "Sample": "survey.sample",
    "SampleTwin": "robustness.sample_twin",
    "ShareOf": "survey.derive",
    "SingularCovarianceWarning": "errors",
    "Specification": "robustness.strategies",
    "Subclassification": "design.subclass",
    "SubgroupEffects": "effects.subgroups",
    "SupportError": "errors",
    "SurveyPlan": "robustness.power",
    "SurveySchema": "survey.schema",
    "SurveyTable": "survey.read",
    "Units": "design.units",
    "ValidationReport": "survey.validation",
    "Wave": "survey.poverty_change",
    "Webb": "effects.wild_bootstrap",
    "WildBootstrap": "effects.wild_bootstrap",
    "Winsorized": "survey.outcome",
    "balance": "design.balance",
    "balance_jointly": "design.joint_balance",
    "bootstrap_quantile_effects": "effects.quantile_bootstrap",
    "certify": "robustness.montecarlo",
    "certify_evaluation": "evaluation.certified",
    "certify_row_order": "design.row_order",
    "data_hash": "survey.read",
    "data_schema_folder": "survey.schema",
    "demo": "evaluation.demonstration",
    "estimate": "effects.estimate",
    "evaluate": "evaluation.run",
    "fgt": "survey.poverty",
    "four_strategies": "robustness.strategies",
    "groups_needed": "robustness.power",
    "growth_and_redistribution": "survey.poverty_change",
    "holm": "effects.multiplicity",
    "households_and_persons": "effects.poverty_effects",
    "joint_effects": "effects.joint",
    "lee_bounds": "survey.response",
    "load_schema": "survey.schema",
    "match": "design.match",
    "matched_differences": "effects.pair_differences",
    "matched_strategies": "robustness.strategies",
    "mechanism_associations": "effects.mechanisms",
    "minimum_detectable_effect": "robustness.power",
    "poverty_curve": "effects.poverty_curve",
    "poverty_effects": "effects.poverty_effects",
    "power_of": "robustness.power",
    "quantile_effects": "effects.distribution",
    "quintile_comparison": "effects.heterogeneity",
    "quintile_effects": "effects.heterogeneity",
    "randomization_test": "effects.randomization",
    "read_survey": "survey.read",
    "read_tables": "survey.tables",
    "refuse_bad_controls": "survey.covariate_timing",
    "response_by_arm": "survey.response",
    "romano_wolf": "effects.multiplicity",
    "sen_shorrocks_thon": "survey.poverty",
    "sharpened_q": "effects.multiplicity",
    "show_versions": "report.versions",
    "simulated_power": "robustness.simulated_power",
    "strategy_effects": "robustness.strategies",
    "subgroup_effects": "effects.subgroups",
    "total_distance": "design.set_distance",
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
