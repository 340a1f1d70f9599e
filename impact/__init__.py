"""Impact evaluation of rural programmes: matching, valid standard errors, poverty outcomes, the robustness table.

Every public name is here and loads on first use (PEP 562), so that ``import impact`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from impact import registry as registry
    from impact import synthetic as synthetic
    from impact.design.balance.by import BalanceByGroup as BalanceByGroup
    from impact.design.balance.by import balance_by as balance_by
    from impact.design.balance.joint import JointBalance as JointBalance
    from impact.design.balance.joint import balance_jointly as balance_jointly
    from impact.design.balance.overlap_coefficient import NON_OVERLAP as NON_OVERLAP
    from impact.design.balance.statistics import BalanceStatistic as BalanceStatistic
    from impact.design.balance.table import BalanceTable as BalanceTable
    from impact.design.balance.table import balance as balance
    from impact.design.balance.total_distance import total_distance as total_distance
    from impact.design.distances.coordinates import Euclidean as Euclidean
    from impact.design.distances.coordinates import Mahalanobis as Mahalanobis
    from impact.design.distances.coordinates import RobustMahalanobis as RobustMahalanobis
    from impact.design.distances.own import CustomDistance as CustomDistance
    from impact.design.distances.own import DistanceMatrix as DistanceMatrix
    from impact.design.distances.propensity import PropensityScore as PropensityScore
    from impact.design.explain import MatchExplanation as MatchExplanation
    from impact.design.explain import explain as explain
    from impact.design.match import match as match
    from impact.design.matched_sample import MatchedSample as MatchedSample
    from impact.design.matching.cardinality import Cardinality as Cardinality
    from impact.design.matching.cardinality import Profile as Profile
    from impact.design.matching.exact import CoarsenedExact as CoarsenedExact
    from impact.design.matching.exact import Exact as Exact
    from impact.design.matching.full import Full as Full
    from impact.design.matching.group_first import GroupFirst as GroupFirst
    from impact.design.matching.kernel import Kernel as Kernel
    from impact.design.matching.kernel import Radius as Radius
    from impact.design.matching.nearest import NearestNeighbor as NearestNeighbor
    from impact.design.matching.optimal import Optimal as Optimal
    from impact.design.matching.quick_full import QuickFull as QuickFull
    from impact.design.matching.subclassification import Subclassification as Subclassification
    from impact.design.pairs import Pairs as Pairs
    from impact.design.proposal import Assignment as Assignment
    from impact.design.proposal import FirstStage as FirstStage
    from impact.design.proposal import Rules as Rules
    from impact.design.row_order import certify_row_order as certify_row_order
    from impact.design.supports.convex_hull import ConvexHull as ConvexHull
    from impact.design.supports.crump import Crump as Crump
    from impact.design.supports.min_max import MinMax as MinMax
    from impact.design.units import Units as Units
    from impact.design.weighting.covariate_balancing import CovariateBalancing as CovariateBalancing
    from impact.design.weighting.entropy_balancing import EntropyBalancing as EntropyBalancing
    from impact.design.weighting.inverse_probability import InverseProbability as InverseProbability
    from impact.design.weighting.probability_tilting import ProbabilityTilting as ProbabilityTilting
    from impact.design.weighting.stable_balancing import StableBalancing as StableBalancing
    from impact.design.weighting.subclass_weights import SubclassWeights as SubclassWeights
    from impact.effects.arm_means.adjustment import LeastVarianceAdjustment as LeastVarianceAdjustment
    from impact.effects.arm_means.adjustment import LinearAdjustment as LinearAdjustment
    from impact.effects.arm_means.adjustment import LogLinkAdjustment as LogLinkAdjustment
    from impact.effects.arm_means.cross_fitted import CrossFitted as CrossFitted
    from impact.effects.arm_means.residuals import BiasReduced as BiasReduced
    from impact.effects.arm_means.residuals import InSample as InSample
    from impact.effects.arm_means.residuals import LeaveOwnGroupOut as LeaveOwnGroupOut
    from impact.effects.arm_means.suited import SuitedAdjustment as SuitedAdjustment
    from impact.effects.decomposition.income import IncomeDecomposition as IncomeDecomposition
    from impact.effects.decomposition.income import income_decomposition as income_decomposition
    from impact.effects.distribution.dominance import PovertyCurve as PovertyCurve
    from impact.effects.distribution.matched_differences import MatchedDifferences as MatchedDifferences
    from impact.effects.distribution.matched_differences import matched_differences as matched_differences
    from impact.effects.distribution.poverty import HouseholdsAndPersons as HouseholdsAndPersons
    from impact.effects.distribution.poverty import households_and_persons as households_and_persons
    from impact.effects.distribution.poverty import poverty_effects as poverty_effects
    from impact.effects.distribution.poverty_curve import poverty_curve as poverty_curve
    from impact.effects.distribution.quantile_bootstrap import (
        bootstrap_quantile_effects as bootstrap_quantile_effects,
    )
    from impact.effects.distribution.quantiles import QuantileEffects as QuantileEffects
    from impact.effects.distribution.quantiles import quantile_effects as quantile_effects
    from impact.effects.effect import Effect as Effect
    from impact.effects.effect import EffectTable as EffectTable
    from impact.effects.estimate import estimate as estimate
    from impact.effects.heterogeneity.comparison import EffectComparison as EffectComparison
    from impact.effects.heterogeneity.learned.sorted_effects import SortedEffects as SortedEffects
    from impact.effects.heterogeneity.learned.sorted_effects import sorted_effects as sorted_effects
    from impact.effects.heterogeneity.quintiles import quintile_comparison as quintile_comparison
    from impact.effects.heterogeneity.quintiles import quintile_effects as quintile_effects
    from impact.effects.heterogeneity.ranking import Baseline as Baseline
    from impact.effects.heterogeneity.ranking import PredictedOutcome as PredictedOutcome
    from impact.effects.heterogeneity.subgroups import SubgroupEffects as SubgroupEffects
    from impact.effects.heterogeneity.subgroups import subgroup_effects as subgroup_effects
    from impact.effects.joint import JointEffects as JointEffects
    from impact.effects.joint import joint_effects as joint_effects
    from impact.effects.mechanisms import MechanismTable as MechanismTable
    from impact.effects.mechanisms import mechanism_associations as mechanism_associations
    from impact.effects.multiplicity import holm as holm
    from impact.effects.multiplicity import romano_wolf as romano_wolf
    from impact.effects.multiplicity import sharpened_q as sharpened_q
    from impact.effects.panel.estimators.doubly_robust import DoublyRobust as DoublyRobust
    from impact.effects.panel.estimators.inverse_probability import (
        InverseProbabilityWeighted as InverseProbabilityWeighted,
    )
    from impact.effects.panel.estimators.outcome_regression import OutcomeRegression as OutcomeRegression
    from impact.effects.panel.estimators.regressions import Ancova as Ancova
    from impact.effects.panel.estimators.regressions import ChangeScore as ChangeScore
    from impact.effects.panel.estimators.two_way import TwoWayFixedEffects as TwoWayFixedEffects
    from impact.effects.panel.goodman_bacon import GoodmanBacon as GoodmanBacon
    from impact.effects.panel.goodman_bacon import goodman_bacon as goodman_bacon
    from impact.effects.panel.staggered.group_time import group_time_effects as group_time_effects
    from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects as GroupTimeEffects
    from impact.effects.panel.three_estimands import three_estimands as three_estimands
    from impact.effects.panel.two_wave import two_wave_effects as two_wave_effects
    from impact.effects.randomization import randomization_test as randomization_test
    from impact.effects.variances.abadie_imbens import AbadieImbens as AbadieImbens
    from impact.effects.variances.bootstrap import Bootstrap as Bootstrap
    from impact.effects.variances.cluster_robust import ClusterRobust as ClusterRobust
    from impact.effects.variances.m_estimation import MEstimation as MEstimation
    from impact.effects.variances.weighted_regression import CR1 as CR1
    from impact.effects.variances.weighted_regression import CR2 as CR2
    from impact.effects.variances.weighted_regression import CR3 as CR3
    from impact.effects.variances.wild_bootstrap import Rademacher as Rademacher
    from impact.effects.variances.wild_bootstrap import Webb as Webb
    from impact.effects.variances.wild_bootstrap import WildBootstrap as WildBootstrap
    from impact.errors import DataError as DataError
    from impact.errors import DataQualityWarning as DataQualityWarning
    from impact.errors import EditedFileWarning as EditedFileWarning
    from impact.errors import EstimationError as EstimationError
    from impact.errors import FewClustersWarning as FewClustersWarning
    from impact.errors import ImpactError as ImpactError
    from impact.errors import ImpactWarning as ImpactWarning
    from impact.errors import LittleBiasRemovedWarning as LittleBiasRemovedWarning
    from impact.errors import LostDrawWarning as LostDrawWarning
    from impact.errors import OptionError as OptionError
    from impact.errors import OverlapWarning as OverlapWarning
    from impact.errors import RowOrderWarning as RowOrderWarning
    from impact.errors import SingularCovarianceWarning as SingularCovarianceWarning
    from impact.errors import StorageError as StorageError
    from impact.errors import SupportError as SupportError
    from impact.errors import WorkerLostError as WorkerLostError
    from impact.evaluation.by_itself.certify import certify_evaluation as certify_evaluation
    from impact.evaluation.by_itself.registry import RegistryEvaluation as RegistryEvaluation
    from impact.evaluation.by_itself.registry import evaluate_registry as evaluate_registry
    from impact.evaluation.demonstration.demo import demo as demo
    from impact.evaluation.evaluation import Evaluation as Evaluation
    from impact.evaluation.locked_design import LockedDesign as LockedDesign
    from impact.evaluation.locked_design import lock_design as lock_design
    from impact.evaluation.locked_design import read_lock as read_lock
    from impact.evaluation.replication.package import ReproductionPackage as ReproductionPackage
    from impact.evaluation.replication.package import package as package
    from impact.evaluation.replication.reproduce import Reproduction as Reproduction
    from impact.evaluation.replication.reproduce import reproduce as reproduce
    from impact.evaluation.run import evaluate as evaluate
    from impact.monitoring.audit.agreement import InOrder as InOrder
    from impact.monitoring.audit.agreement import Same as Same
    from impact.monitoring.audit.agreement import Stated as Stated
    from impact.monitoring.audit.arithmetic import Percentages as Percentages
    from impact.monitoring.audit.arithmetic import PossiblePercentages as PossiblePercentages
    from impact.monitoring.audit.arithmetic import SharesAddUp as SharesAddUp
    from impact.monitoring.audit.arithmetic import Sums as Sums
    from impact.monitoring.audit.claim import Claim as Claim
    from impact.monitoring.audit.claims import ClaimAudit as ClaimAudit
    from impact.monitoring.audit.claims import audit_claims as audit_claims
    from impact.monitoring.audit.table import Audit as Audit
    from impact.monitoring.audit.table import audit_table as audit_table
    from impact.monitoring.questionnaire.amounts import survey_mean as survey_mean
    from impact.monitoring.questionnaire.amounts import survey_ratio as survey_ratio
    from impact.monitoring.questionnaire.amounts import survey_total as survey_total
    from impact.monitoring.questionnaire.questions import multiple_response as multiple_response
    from impact.monitoring.questionnaire.questions import questions as questions
    from impact.monitoring.questionnaire.rao_scott import AssociationTest as AssociationTest
    from impact.monitoring.questionnaire.rao_scott import difference_of_means as difference_of_means
    from impact.monitoring.questionnaire.rao_scott import rao_scott as rao_scott
    from impact.monitoring.questionnaire.shares import share as share
    from impact.monitoring.questionnaire.subgroup_tests import SubgroupTests as SubgroupTests
    from impact.monitoring.questionnaire.subgroup_tests import subgroup_tests as subgroup_tests
    from impact.monitoring.questionnaire.surveys import SurveyComparison as SurveyComparison
    from impact.monitoring.questionnaire.surveys import compare_surveys as compare_surveys
    from impact.monitoring.questionnaire.table import EstimateTable as EstimateTable
    from impact.monitoring.questionnaire.trend import Trend as Trend
    from impact.monitoring.questionnaire.trend import trend_in_shares as trend_in_shares
    from impact.monitoring.reach.doses import exposures as exposures
    from impact.monitoring.reach.exposure import DoseResponse as DoseResponse
    from impact.monitoring.reach.exposure import dose_response as dose_response
    from impact.monitoring.reach.market import market_access as market_access
    from impact.monitoring.reach.transport import TransportedEffects as TransportedEffects
    from impact.monitoring.reach.transport import transported_effects as transported_effects
    from impact.monitoring.returns.attributable import AttributableReturn as AttributableReturn
    from impact.monitoring.returns.attributable import attributable_return as attributable_return
    from impact.monitoring.returns.economic_return import EconomicReturn as EconomicReturn
    from impact.monitoring.returns.economic_return import economic_return as economic_return
    from impact.monitoring.returns.finance import cost_per_producer as cost_per_producer
    from impact.monitoring.returns.finance import incremental_flows as incremental_flows
    from impact.monitoring.returns.finance import switching_values as switching_values
    from impact.monitoring.subprojects.change import BeforeAfter as BeforeAfter
    from impact.monitoring.subprojects.change import before_after as before_after
    from impact.monitoring.subprojects.intraclass import VarianceShares as VarianceShares
    from impact.monitoring.subprojects.intraclass import variance_shares as variance_shares
    from impact.monitoring.subprojects.reporting import Representativeness as Representativeness
    from impact.monitoring.subprojects.reporting import representativeness as representativeness
    from impact.monitoring.subprojects.reporting import response_weights as response_weights
    from impact.monitoring.subprojects.reporting import share_bounds as share_bounds
    from impact.monitoring.survival.alliances import alliance_spells as alliance_spells
    from impact.monitoring.survival.hazards import HazardTable as HazardTable
    from impact.monitoring.survival.hazards import hazards as hazards
    from impact.monitoring.survival.incidence import cumulative_incidence as cumulative_incidence
    from impact.monitoring.survival.kaplan_meier import survival as survival
    from impact.monitoring.survival.log_rank import LogRank as LogRank
    from impact.monitoring.survival.log_rank import log_rank as log_rank
    from impact.monitoring.survival.reweighted import survival_reweighted as survival_reweighted
    from impact.monitoring.survival.table import SurvivalTable as SurvivalTable
    from impact.monitoring.survival.unknown import survival_bounds as survival_bounds
    from impact.monitoring.targeting.concentration import Concentration as Concentration
    from impact.monitoring.targeting.concentration import concentration as concentration
    from impact.monitoring.targeting.inclusion import InclusionTable as InclusionTable
    from impact.monitoring.targeting.inclusion import inclusion as inclusion
    from impact.registry.registry_match import RegistryMatch as RegistryMatch
    from impact.registry.sample import RegistrySample as RegistrySample
    from impact.registry.score import RegistryScore as RegistryScore
    from impact.report import figures as figures
    from impact.report.codebook import write_codebook as write_codebook
    from impact.report.versions import show_versions as show_versions
    from impact.robustness.certification import Certification as Certification
    from impact.robustness.certify import certify as certify
    from impact.robustness.four_strategies import FOUR_STRATEGIES as FOUR_STRATEGIES
    from impact.robustness.four_strategies import OTHER_VARIANCES as OTHER_VARIANCES
    from impact.robustness.four_strategies import Specification as Specification
    from impact.robustness.four_strategies import four_strategies as four_strategies
    from impact.robustness.four_strategies import matched_strategies as matched_strategies
    from impact.robustness.four_strategies import strategy_effects as strategy_effects
    from impact.robustness.panel.honest_bounds import HonestBounds as HonestBounds
    from impact.robustness.panel.honest_bounds import honest_bounds as honest_bounds
    from impact.robustness.panel.lost_households import panel_lee_bounds as panel_lee_bounds
    from impact.robustness.panel.lost_households import trends_by_covariate as trends_by_covariate
    from impact.robustness.panel.lost_households import with_response_weights as with_response_weights
    from impact.robustness.panel.placebo_dates import placebo_dates as placebo_dates
    from impact.robustness.panel.pre_trends import PreTrendTest as PreTrendTest
    from impact.robustness.panel.pre_trends import pre_trend_test as pre_trend_test
    from impact.robustness.panel.specification import PanelSpecification as PanelSpecification
    from impact.robustness.panel.spillover import without_neighbours as without_neighbours
    from impact.robustness.panel.twin import RuralAlliancesPanelTwin as RuralAlliancesPanelTwin
    from impact.robustness.pipeline.anticipation import AnticipationBounds as AnticipationBounds
    from impact.robustness.pipeline.anticipation import anticipation_bounds as anticipation_bounds
    from impact.robustness.pipeline.gate import PipelineGate as PipelineGate
    from impact.robustness.pipeline.gate import pipeline_gate as pipeline_gate
    from impact.robustness.pipeline.spillover import Spillover as Spillover
    from impact.robustness.pipeline.spillover import spillover as spillover
    from impact.robustness.placebo.outcomes import PlaceboOutcomes as PlaceboOutcomes
    from impact.robustness.placebo.outcomes import placebo_outcomes as placebo_outcomes
    from impact.robustness.placebo.treatment import PlaceboTreatment as PlaceboTreatment
    from impact.robustness.placebo.treatment import placebo_treatment as placebo_treatment
    from impact.robustness.planning.cost import cost_of_designs as cost_of_designs
    from impact.robustness.planning.design_power import DesignPower as DesignPower
    from impact.robustness.planning.design_power import power_of_design as power_of_design
    from impact.robustness.planning.panel_plan import PanelPlan as PanelPlan
    from impact.robustness.planning.power_formula import SurveyPlan as SurveyPlan
    from impact.robustness.planning.power_formula import groups_needed as groups_needed
    from impact.robustness.planning.power_formula import (
        minimum_detectable_effect as minimum_detectable_effect,
    )
    from impact.robustness.planning.power_formula import power_of as power_of
    from impact.robustness.planning.staggered_plan import StaggeredPlan as StaggeredPlan
    from impact.robustness.power_curve import PowerCurve as PowerCurve
    from impact.robustness.response.nonresponse import NonresponseEffects as NonresponseEffects
    from impact.robustness.response.nonresponse import nonresponse_effects as nonresponse_effects
    from impact.robustness.response.weights import ResponseWeights as ResponseWeights
    from impact.robustness.response.weights import weighted_for_response as weighted_for_response
    from impact.robustness.sample_twin import SampleTwin as SampleTwin
    from impact.robustness.sensitivity.confounder import ConfounderSensitivity as ConfounderSensitivity
    from impact.robustness.sensitivity.confounder import confounder_sensitivity as confounder_sensitivity
    from impact.robustness.sensitivity.e_value import EValue as EValue
    from impact.robustness.sensitivity.e_value import e_value as e_value
    from impact.robustness.sensitivity.oster import OsterBounds as OsterBounds
    from impact.robustness.sensitivity.oster import oster as oster
    from impact.robustness.sensitivity.pair_statistics import McNemar as McNemar
    from impact.robustness.sensitivity.pair_statistics import SignedRank as SignedRank
    from impact.robustness.sensitivity.pair_statistics import SignTest as SignTest
    from impact.robustness.sensitivity.rosenbaum import RosenbaumBounds as RosenbaumBounds
    from impact.robustness.sensitivity.rosenbaum import rosenbaum_bounds as rosenbaum_bounds
    from impact.robustness.sensitivity.simulated_confounder import SimulatedConfounder as SimulatedConfounder
    from impact.robustness.sensitivity.simulated_confounder import (
        simulated_confounder as simulated_confounder,
    )
    from impact.robustness.simulated_power import simulated_power as simulated_power
    from impact.robustness.twins import RuralAlliancesTwin as RuralAlliancesTwin
    from impact.robustness.universe.choices import Choices as Choices
    from impact.robustness.universe.choices import KernelFamily as KernelFamily
    from impact.robustness.universe.choices import NearestFamily as NearestFamily
    from impact.robustness.universe.choices import OneStrategy as OneStrategy
    from impact.robustness.universe.choices import default_choices as default_choices
    from impact.robustness.universe.result import QualityRule as QualityRule
    from impact.robustness.universe.result import Universe as Universe
    from impact.robustness.universe.universe import universe as universe
    from impact.survey.derive.derived import Derived as Derived
    from impact.survey.derive.derived import with_derived as with_derived
    from impact.survey.derive.prices import Deflated as Deflated
    from impact.survey.derive.prices import PriceIndex as PriceIndex
    from impact.survey.derive.ready import PerCapita as PerCapita
    from impact.survey.derive.ready import Winsorized as Winsorized
    from impact.survey.derive.standard_units import InStandardUnits as InStandardUnits
    from impact.survey.derive.steps import AnyAbove as AnyAbove
    from impact.survey.derive.steps import DrawnIn as DrawnIn
    from impact.survey.derive.steps import PerAdultEquivalent as PerAdultEquivalent
    from impact.survey.derive.steps import PerPeriod as PerPeriod
    from impact.survey.derive.steps import PerPerson as PerPerson
    from impact.survey.derive.steps import ShareOf as ShareOf
    from impact.survey.files.read import SurveyTable as SurveyTable
    from impact.survey.files.read import data_hash as data_hash
    from impact.survey.files.read import read_survey as read_survey
    from impact.survey.income.parts import IncomeParts as IncomeParts
    from impact.survey.income.parts import NetIncome as NetIncome
    from impact.survey.intake.refusal import SurveyRefusedError as SurveyRefusedError
    from impact.survey.outcome import Change as Change
    from impact.survey.outcome import Column as Column
    from impact.survey.package.covariate_timing import refuse_bad_controls as refuse_bad_controls
    from impact.survey.package.eligibility import Eligibility as Eligibility
    from impact.survey.package.rules import AssignmentRule as AssignmentRule
    from impact.survey.package.schema import SurveySchema as SurveySchema
    from impact.survey.package.schema import data_schema_folder as data_schema_folder
    from impact.survey.package.schema import load_schema as load_schema
    from impact.survey.package.tables import read_tables as read_tables
    from impact.survey.package.template import write_template as write_template
    from impact.survey.panel.attrition import AttritionTable as AttritionTable
    from impact.survey.panel.panel import Panel as Panel
    from impact.survey.poverty.change import Wave as Wave
    from impact.survey.poverty.change import growth_and_redistribution as growth_and_redistribution
    from impact.survey.poverty.indices import fgt as fgt
    from impact.survey.poverty.indices import sen_shorrocks_thon as sen_shorrocks_thon
    from impact.survey.poverty.indices import watts as watts
    from impact.survey.poverty.line import PovertyLine as PovertyLine
    from impact.survey.poverty.line_table import PovertyLines as PovertyLines
    from impact.survey.poverty.outcomes import Headcount as Headcount
    from impact.survey.poverty.outcomes import PovertyGap as PovertyGap
    from impact.survey.poverty.relative_line import MeanLine as MeanLine
    from impact.survey.poverty.relative_line import QuantileLine as QuantileLine
    from impact.survey.poverty.table import PovertyTable as PovertyTable
    from impact.survey.response.by_arm import ResponseTable as ResponseTable
    from impact.survey.response.by_arm import response_by_arm as response_by_arm
    from impact.survey.response.lee import LeeBounds as LeeBounds
    from impact.survey.response.lee import lee_bounds as lee_bounds
    from impact.survey.sample import Sample as Sample
    from impact.survey.validation.cross_rules import treatment_from_dates as treatment_from_dates
    from impact.survey.validation.validate import ValidationReport as ValidationReport
    from impact.survey.validation.validate import validate as validate

_HOMES: dict[str, str] = {
    "BalanceByGroup": "design.balance.by",
    "balance_by": "design.balance.by",
    "AbadieImbens": "effects.variances.abadie_imbens",
    "Ancova": "effects.panel.estimators.regressions",
    "AnyAbove": "survey.derive.steps",
    "Assignment": "design.proposal",
    "AssociationTest": "monitoring.questionnaire.rao_scott",
    "AttributableReturn": "monitoring.returns.attributable",
    "AttritionTable": "survey.panel.attrition",
    "Audit": "monitoring.audit.table",
    "BalanceStatistic": "design.balance.statistics",
    "BalanceTable": "design.balance.table",
    "Baseline": "effects.heterogeneity.ranking",
    "BeforeAfter": "monitoring.subprojects.change",
    "BiasReduced": "effects.arm_means.residuals",
    "Bootstrap": "effects.variances.bootstrap",
    "CR1": "effects.variances.weighted_regression",
    "CR2": "effects.variances.weighted_regression",
    "CR3": "effects.variances.weighted_regression",
    "Cardinality": "design.matching.cardinality",
    "Certification": "robustness.certification",
    "ChangeScore": "effects.panel.estimators.regressions",
    "Choices": "robustness.universe.choices",
    "Claim": "monitoring.audit.claim",
    "ClaimAudit": "monitoring.audit.claims",
    "ClusterRobust": "effects.variances.cluster_robust",
    "CoarsenedExact": "design.matching.exact",
    "Change": "survey.outcome",
    "Column": "survey.outcome",
    "Concentration": "monitoring.targeting.concentration",
    "ConfounderSensitivity": "robustness.sensitivity.confounder",
    "ConvexHull": "design.supports.convex_hull",
    "CovariateBalancing": "design.weighting.covariate_balancing",
    "CrossFitted": "effects.arm_means.cross_fitted",
    "Crump": "design.supports.crump",
    "CustomDistance": "design.distances.own",
    "DataError": "errors",
    "DataQualityWarning": "errors",
    "Deflated": "survey.derive.prices",
    "Derived": "survey.derive.derived",
    "DesignPower": "robustness.planning.design_power",
    "DistanceMatrix": "design.distances.own",
    "DoseResponse": "monitoring.reach.exposure",
    "DoublyRobust": "effects.panel.estimators.doubly_robust",
    "DrawnIn": "survey.derive.steps",
    "EValue": "robustness.sensitivity.e_value",
    "EconomicReturn": "monitoring.returns.economic_return",
    "EditedFileWarning": "errors",
    "Effect": "effects.effect",
    "EffectComparison": "effects.heterogeneity.comparison",
    "EffectTable": "effects.effect",
    "EntropyBalancing": "design.weighting.entropy_balancing",
    "EstimateTable": "monitoring.questionnaire.table",
    "EstimationError": "errors",
    "Euclidean": "design.distances.coordinates",
    "Evaluation": "evaluation.evaluation",
    "Exact": "design.matching.exact",
    "FOUR_STRATEGIES": "robustness.four_strategies",
    "FewClustersWarning": "errors",
    "FirstStage": "design.proposal",
    "Full": "design.matching.full",
    "GoodmanBacon": "effects.panel.goodman_bacon",
    "GroupFirst": "design.matching.group_first",
    "GroupTimeEffects": "effects.panel.staggered.group_time_effects",
    "HazardTable": "monitoring.survival.hazards",
    "Headcount": "survey.poverty.outcomes",
    "HonestBounds": "robustness.panel.honest_bounds",
    "HouseholdsAndPersons": "effects.distribution.poverty",
    "ImpactError": "errors",
    "ImpactWarning": "errors",
    "InOrder": "monitoring.audit.agreement",
    "InSample": "effects.arm_means.residuals",
    "InStandardUnits": "survey.derive.standard_units",
    "InclusionTable": "monitoring.targeting.inclusion",
    "IncomeDecomposition": "effects.decomposition.income",
    "IncomeParts": "survey.income.parts",
    "InverseProbability": "design.weighting.inverse_probability",
    "InverseProbabilityWeighted": "effects.panel.estimators.inverse_probability",
    "JointBalance": "design.balance.joint",
    "JointEffects": "effects.joint",
    "Kernel": "design.matching.kernel",
    "KernelFamily": "robustness.universe.choices",
    "LeastVarianceAdjustment": "effects.arm_means.adjustment",
    "LeaveOwnGroupOut": "effects.arm_means.residuals",
    "LeeBounds": "survey.response.lee",
    "LinearAdjustment": "effects.arm_means.adjustment",
    "LittleBiasRemovedWarning": "errors",
    "LockedDesign": "evaluation.locked_design",
    "LogLinkAdjustment": "effects.arm_means.adjustment",
    "LogRank": "monitoring.survival.log_rank",
    "LostDrawWarning": "errors",
    "MEstimation": "effects.variances.m_estimation",
    "Mahalanobis": "design.distances.coordinates",
    "MatchExplanation": "design.explain",
    "MatchedDifferences": "effects.distribution.matched_differences",
    "MatchedSample": "design.matched_sample",
    "McNemar": "robustness.sensitivity.pair_statistics",
    "MeanLine": "survey.poverty.relative_line",
    "MechanismTable": "effects.mechanisms",
    "NON_OVERLAP": "design.balance.overlap_coefficient",
    "MinMax": "design.supports.min_max",
    "NearestFamily": "robustness.universe.choices",
    "NearestNeighbor": "design.matching.nearest",
    "NetIncome": "survey.income.parts",
    "OTHER_VARIANCES": "robustness.four_strategies",
    "OneStrategy": "robustness.universe.choices",
    "Optimal": "design.matching.optimal",
    "OptionError": "errors",
    "OsterBounds": "robustness.sensitivity.oster",
    "OutcomeRegression": "effects.panel.estimators.outcome_regression",
    "OverlapWarning": "errors",
    "Pairs": "design.pairs",
    "Panel": "survey.panel.panel",
    "PanelPlan": "robustness.planning.panel_plan",
    "PanelSpecification": "robustness.panel.specification",
    "PerAdultEquivalent": "survey.derive.steps",
    "PerCapita": "survey.derive.ready",
    "PerPeriod": "survey.derive.steps",
    "PerPerson": "survey.derive.steps",
    "Percentages": "monitoring.audit.arithmetic",
    "PlaceboOutcomes": "robustness.placebo.outcomes",
    "PlaceboTreatment": "robustness.placebo.treatment",
    "PossiblePercentages": "monitoring.audit.arithmetic",
    "PovertyCurve": "effects.distribution.dominance",
    "PovertyGap": "survey.poverty.outcomes",
    "PovertyLine": "survey.poverty.line",
    "PovertyLines": "survey.poverty.line_table",
    "PovertyTable": "survey.poverty.table",
    "PowerCurve": "robustness.power_curve",
    "PreTrendTest": "robustness.panel.pre_trends",
    "PredictedOutcome": "effects.heterogeneity.ranking",
    "PriceIndex": "survey.derive.prices",
    "ProbabilityTilting": "design.weighting.probability_tilting",
    "Profile": "design.matching.cardinality",
    "PropensityScore": "design.distances.propensity",
    "QualityRule": "robustness.universe.result",
    "QuantileEffects": "effects.distribution.quantiles",
    "QuantileLine": "survey.poverty.relative_line",
    "QuickFull": "design.matching.quick_full",
    "Rademacher": "effects.variances.wild_bootstrap",
    "Radius": "design.matching.kernel",
    "RegistryMatch": "registry.registry_match",
    "RegistrySample": "registry.sample",
    "RegistryScore": "registry.score",
    "Representativeness": "monitoring.subprojects.reporting",
    "ResponseTable": "survey.response.by_arm",
    "RobustMahalanobis": "design.distances.coordinates",
    "RosenbaumBounds": "robustness.sensitivity.rosenbaum",
    "RowOrderWarning": "errors",
    "Rules": "design.proposal",
    "RuralAlliancesPanelTwin": "robustness.panel.twin",
    "RuralAlliancesTwin": "robustness.twins",
    "Same": "monitoring.audit.agreement",
    "Sample": "survey.sample",
    "SampleTwin": "robustness.sample_twin",
    "ShareOf": "survey.derive.steps",
    "SharesAddUp": "monitoring.audit.arithmetic",
    "SignTest": "robustness.sensitivity.pair_statistics",
    "SignedRank": "robustness.sensitivity.pair_statistics",
    "SimulatedConfounder": "robustness.sensitivity.simulated_confounder",
    "SingularCovarianceWarning": "errors",
    "SortedEffects": "effects.heterogeneity.learned.sorted_effects",
    "Specification": "robustness.four_strategies",
    "StaggeredPlan": "robustness.planning.staggered_plan",
    "Stated": "monitoring.audit.agreement",
    "StableBalancing": "design.weighting.stable_balancing",
    "StorageError": "errors",
    "Subclassification": "design.matching.subclassification",
    "SubclassWeights": "design.weighting.subclass_weights",
    "SubgroupEffects": "effects.heterogeneity.subgroups",
    "SuitedAdjustment": "effects.arm_means.suited",
    "Sums": "monitoring.audit.arithmetic",
    "SupportError": "errors",
    "SurveyComparison": "monitoring.questionnaire.surveys",
    "SurveyPlan": "robustness.planning.power_formula",
    "SurveyRefusedError": "survey.intake.refusal",
    "AssignmentRule": "survey.package.rules",
    "Eligibility": "survey.package.eligibility",
    "AnticipationBounds": "robustness.pipeline.anticipation",
    "anticipation_bounds": "robustness.pipeline.anticipation",
    "Spillover": "robustness.pipeline.spillover",
    "spillover": "robustness.pipeline.spillover",
    "PipelineGate": "robustness.pipeline.gate",
    "SurveySchema": "survey.package.schema",
    "SurveyTable": "survey.files.read",
    "SurvivalTable": "monitoring.survival.table",
    "TransportedEffects": "monitoring.reach.transport",
    "Trend": "monitoring.questionnaire.trend",
    "TwoWayFixedEffects": "effects.panel.estimators.two_way",
    "Units": "design.units",
    "Universe": "robustness.universe.result",
    "ValidationReport": "survey.validation.validate",
    "VarianceShares": "monitoring.subprojects.intraclass",
    "Wave": "survey.poverty.change",
    "Webb": "effects.variances.wild_bootstrap",
    "WildBootstrap": "effects.variances.wild_bootstrap",
    "Winsorized": "survey.derive.ready",
    "WorkerLostError": "errors",
    "alliance_spells": "monitoring.survival.alliances",
    "attributable_return": "monitoring.returns.attributable",
    "audit_claims": "monitoring.audit.claims",
    "audit_table": "monitoring.audit.table",
    "balance": "design.balance.table",
    "balance_jointly": "design.balance.joint",
    "before_after": "monitoring.subprojects.change",
    "bootstrap_quantile_effects": "effects.distribution.quantile_bootstrap",
    "certify": "robustness.certify",
    "certify_evaluation": "evaluation.by_itself.certify",
    "certify_row_order": "design.row_order",
    "compare_surveys": "monitoring.questionnaire.surveys",
    "concentration": "monitoring.targeting.concentration",
    "confounder_sensitivity": "robustness.sensitivity.confounder",
    "cost_of_designs": "robustness.planning.cost",
    "cost_per_producer": "monitoring.returns.finance",
    "cumulative_incidence": "monitoring.survival.incidence",
    "data_hash": "survey.files.read",
    "data_schema_folder": "survey.package.schema",
    "default_choices": "robustness.universe.choices",
    "demo": "evaluation.demonstration.demo",
    "exposures": "monitoring.reach.doses",
    "inclusion": "monitoring.targeting.inclusion",
    "lock_design": "evaluation.locked_design",
    "difference_of_means": "monitoring.questionnaire.rao_scott",
    "dose_response": "monitoring.reach.exposure",
    "e_value": "robustness.sensitivity.e_value",
    "economic_return": "monitoring.returns.economic_return",
    "estimate": "effects.estimate",
    "evaluate": "evaluation.run",
    "evaluate_registry": "evaluation.by_itself.registry",
    "RegistryEvaluation": "evaluation.by_itself.registry",
    "explain": "design.explain",
    "fgt": "survey.poverty.indices",
    "four_strategies": "robustness.four_strategies",
    "goodman_bacon": "effects.panel.goodman_bacon",
    "group_time_effects": "effects.panel.staggered.group_time",
    "groups_needed": "robustness.planning.power_formula",
    "growth_and_redistribution": "survey.poverty.change",
    "hazards": "monitoring.survival.hazards",
    "holm": "effects.multiplicity",
    "honest_bounds": "robustness.panel.honest_bounds",
    "households_and_persons": "effects.distribution.poverty",
    "income_decomposition": "effects.decomposition.income",
    "incremental_flows": "monitoring.returns.finance",
    "joint_effects": "effects.joint",
    "lee_bounds": "survey.response.lee",
    "load_schema": "survey.package.schema",
    "log_rank": "monitoring.survival.log_rank",
    "market_access": "monitoring.reach.market",
    "match": "design.match",
    "matched_differences": "effects.distribution.matched_differences",
    "matched_strategies": "robustness.four_strategies",
    "mechanism_associations": "effects.mechanisms",
    "minimum_detectable_effect": "robustness.planning.power_formula",
    "multiple_response": "monitoring.questionnaire.questions",
    "oster": "robustness.sensitivity.oster",
    "panel_lee_bounds": "robustness.panel.lost_households",
    "placebo_dates": "robustness.panel.placebo_dates",
    "placebo_outcomes": "robustness.placebo.outcomes",
    "pipeline_gate": "robustness.pipeline.gate",
    "NonresponseEffects": "robustness.response.nonresponse",
    "nonresponse_effects": "robustness.response.nonresponse",
    "ResponseWeights": "robustness.response.weights",
    "weighted_for_response": "robustness.response.weights",
    "placebo_treatment": "robustness.placebo.treatment",
    "poverty_curve": "effects.distribution.poverty_curve",
    "poverty_effects": "effects.distribution.poverty",
    "power_of": "robustness.planning.power_formula",
    "power_of_design": "robustness.planning.design_power",
    "pre_trend_test": "robustness.panel.pre_trends",
    "quantile_effects": "effects.distribution.quantiles",
    "questions": "monitoring.questionnaire.questions",
    "quintile_comparison": "effects.heterogeneity.quintiles",
    "quintile_effects": "effects.heterogeneity.quintiles",
    "randomization_test": "effects.randomization",
    "rao_scott": "monitoring.questionnaire.rao_scott",
    "read_lock": "evaluation.locked_design",
    "read_survey": "survey.files.read",
    "read_tables": "survey.package.tables",
    "refuse_bad_controls": "survey.package.covariate_timing",
    "representativeness": "monitoring.subprojects.reporting",
    "response_by_arm": "survey.response.by_arm",
    "response_weights": "monitoring.subprojects.reporting",
    "romano_wolf": "effects.multiplicity",
    "rosenbaum_bounds": "robustness.sensitivity.rosenbaum",
    "sen_shorrocks_thon": "survey.poverty.indices",
    "share": "monitoring.questionnaire.shares",
    "share_bounds": "monitoring.subprojects.reporting",
    "sharpened_q": "effects.multiplicity",
    "show_versions": "report.versions",
    "simulated_confounder": "robustness.sensitivity.simulated_confounder",
    "simulated_power": "robustness.simulated_power",
    "sorted_effects": "effects.heterogeneity.learned.sorted_effects",
    "strategy_effects": "robustness.four_strategies",
    "subgroup_tests": "monitoring.questionnaire.subgroup_tests",
    "SubgroupTests": "monitoring.questionnaire.subgroup_tests",
    "subgroup_effects": "effects.heterogeneity.subgroups",
    "survey_mean": "monitoring.questionnaire.amounts",
    "survey_ratio": "monitoring.questionnaire.amounts",
    "survey_total": "monitoring.questionnaire.amounts",
    "survival": "monitoring.survival.kaplan_meier",
    "survival_bounds": "monitoring.survival.unknown",
    "survival_reweighted": "monitoring.survival.reweighted",
    "switching_values": "monitoring.returns.finance",
    "three_estimands": "effects.panel.three_estimands",
    "total_distance": "design.balance.total_distance",
    "transported_effects": "monitoring.reach.transport",
    "treatment_from_dates": "survey.validation.cross_rules",
    "trend_in_shares": "monitoring.questionnaire.trend",
    "trends_by_covariate": "robustness.panel.lost_households",
    "two_wave_effects": "effects.panel.two_wave",
    "universe": "robustness.universe.universe",
    "validate": "survey.validation.validate",
    "variance_shares": "monitoring.subprojects.intraclass",
    "watts": "survey.poverty.indices",
    "with_derived": "survey.derive.derived",
    "with_response_weights": "robustness.panel.lost_households",
    "without_neighbours": "robustness.panel.spillover",
    "write_codebook": "report.codebook",
    "write_template": "survey.package.template",
    "Reproduction": "evaluation.replication.reproduce",
    "ReproductionPackage": "evaluation.replication.package",
    "package": "evaluation.replication.package",
    "reproduce": "evaluation.replication.reproduce",
}
_MODULES: dict[str, str] = {"figures": "report.figures", "registry": "registry", "synthetic": "synthetic"}

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
