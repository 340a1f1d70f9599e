"""The programme's numbers and a survey's knobs: everything that is chosen, nothing that is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impact import checks

REGIONS = ("Norte", "Tropico", "Valles", "Chaco")
REGION_SHARES = np.array([0.20, 0.30, 0.30, 0.20])
REGION_INCOME = np.array([0.05, 0.28, -0.12, -0.25]) - REGION_SHARES @ np.array([0.05, 0.28, -0.12, -0.25])
REGION_SELECTION = np.array([0.2, 0.1, -0.1, -0.2])

MEMBERS_FEWEST, MEMBERS_MOST, MEMBERS_FRAME = 4, 25, 38.0

# log of untreated income per person and month, in Bs
LOG_INCOME_MEAN = 5.8805
INCOME_EDUCATION, INCOME_ASSETS, INCOME_TRAVEL, INCOME_UNMET_NEEDS = 0.34, 0.34, -0.25, -0.22
INCOME_GROUP, INCOME_HOUSEHOLD = 0.40, 0.89
SHARED_BY_GROUP = 0.35  # loading of a household's education and assets on its group's
PERSISTENCE = 0.70  # correlation of a household's own income shock between two waves

SELECTION_TRAVEL, SELECTION_UNMET_NEEDS, SELECTION_EDUCATION = -0.5, -0.4, 0.6

INCOME_SHARES = np.array([7.0, 2.0, 1.0])  # Dirichlet: agricultural, labour, other
QUINTILE_CUTS = np.array([154.0, 303.0, 543.0, 1064.0])  # of untreated income, among the treated
QUINTILE_EFFECTS = np.array([1.60, 0.40, 0.52, 0.30, 0.25])
LABOUR_EFFECT = 0.28

LAND_MEAN, LAND_EFFECT = 6.0, 3.1  # hectares
WAGE_DAYS_BEFORE, WAGE_DAYS_AFTER = 0.35, 0.50
WAGE_DAYS_WHEN_HIRED = 3.5
DAILY_WAGE = 80.0

MODERATE_LINE, EXTREME_LINE = 580.0, 331.0  # Bs per person and month: synthetic

# Alliance products: effect on the product's net income, and price of the second grade in Bs per unit.
PRODUCTS = ("milk", "cocoa", "coffee", "honey", "beef", "other")
PRODUCT_UNITS = ("litre", "kg", "kg", "kg", "kg", "kg")
PRODUCT_EFFECTS = np.array([1.02, 0.51, 0.57, 0.76, 1.36, 0.56])
PRODUCT_PRICES = np.array([3.0, 16.0, 18.0, 25.0, 12.0, 4.0])
ALLIANCE_SHARE = 0.45
# Part of all alliance income, by region and product. The columns add up to the product shares .20 .15 .12 .10
# .08 .35, the rows to the region shares, and the mixes put the regions in the reported order Norte, Tropico,
# Valles, Chaco.
PRODUCT_INCOME = np.array(
    [
        [0.05, 0.05, 0.04, 0.00, 0.06, 0.00],
        [0.13, 0.10, 0.01, 0.03, 0.02, 0.01],
        [0.02, 0.00, 0.07, 0.06, 0.00, 0.15],
        [0.00, 0.00, 0.00, 0.01, 0.00, 0.19],
    ]
)
PRODUCT_EFFECT_MEAN = float(PRODUCT_INCOME.sum(axis=0) @ PRODUCT_EFFECTS)  # .73

# A household's whole agricultural gain comes through its alliance product, so that a line with a larger
# effect is a smaller part of the farm: share × effect = .45 × .73 = .33 on every line.
ALLIANCE_SHARES = ALLIANCE_SHARE * PRODUCT_EFFECT_MEAN / PRODUCT_EFFECTS
ALLIANCE_SHARE_SPREAD = 0.3  # uniform, up to 30 % around the line's share
# Income shares become household shares: a smaller share of each farm needs more farms.
PRODUCT_MIX = PRODUCT_INCOME * PRODUCT_EFFECTS / (PRODUCT_INCOME @ PRODUCT_EFFECTS)[:, np.newaxis]

# How the growth of the alliance product's net income divides: elasticities of price, of the second-grade
# share and of the cost ratio. Volume takes what is left.
PRICE_ELASTICITY, GRADE_ELASTICITY, COST_ELASTICITY = 0.25, -0.20, 0.04
FIRST_GRADE_PREMIUM = 1.25


def _variance_shared_otherwise() -> float:
    """Return the between-group variance of log income that is not the unobserved group effect."""
    regions = float(REGION_SHARES @ REGION_INCOME**2)
    observed = INCOME_TRAVEL**2 + INCOME_UNMET_NEEDS**2
    return regions + observed + SHARED_BY_GROUP**2 * (INCOME_EDUCATION**2 + INCOME_ASSETS**2)


def _variance_within_otherwise() -> float:
    """Return the within-group variance of log income that is not the household's own shock."""
    return (1 - SHARED_BY_GROUP**2) * (INCOME_EDUCATION**2 + INCOME_ASSETS**2)


UNOBSERVED_VARIANCE = INCOME_GROUP**2 + INCOME_HOUSEHOLD**2
LOG_INCOME_VARIANCE = _variance_shared_otherwise() + _variance_within_otherwise() + UNOBSERVED_VARIANCE
ICC_OF_OBSERVED = _variance_shared_otherwise() / LOG_INCOME_VARIANCE
ICC_HIGHEST = (_variance_shared_otherwise() + UNOBSERVED_VARIANCE) / LOG_INCOME_VARIANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Knobs of a synthetic survey; ``rural_alliances`` says what each does.

    Raises
    ------
    OptionError
        If a knob is outside its range.
    """

    groups: int = 330
    mean_members: float = 11.96
    treated_share: float = 0.5
    icc: float | None = None
    effect: float = 1.0
    ability: float = 0.0
    anticipation: float = 0.0
    spillover: float = 0.0
    attrition: float = 0.0
    attrition_gap: float = 0.0
    contaminated: float = 0.0
    not_yet_approved: float = 0.0
    persistence: float = PERSISTENCE

    def __post_init__(self) -> None:
        checks.whole("groups", self.groups, minimum=20)
        checks.within("groups", self.groups, 20, 25_000)
        checks.between("mean_members", self.mean_members, MEMBERS_FEWEST, MEMBERS_MOST)
        checks.between("treated_share", self.treated_share, 0.02, 0.98)
        if self.icc is not None:
            checks.within("icc", self.icc, 0.0, ICC_HIGHEST)
        checks.within("effect", self.effect, 0.0, 10.0)
        checks.between("ability", self.ability, -math.inf, math.inf)
        checks.between("anticipation", self.anticipation, -0.15, 1.0)
        checks.within("spillover", self.spillover, 0.0, 1.0)
        checks.within("attrition", self.attrition, 0.0, 0.5)
        checks.within("attrition_gap", self.attrition_gap, 0.0, 0.4)
        checks.within("contaminated", self.contaminated, 0.0, 1.0)
        checks.within("not_yet_approved", self.not_yet_approved, 0.0, 1.0 - self.contaminated)
        checks.within("persistence", self.persistence, 0.0, 1.0)

    @property
    def observed_scale(self) -> float:
        """Factor of what the observed traits of groups add to log income: 1 unless the ICC is lower than theirs alone make it."""
        if self.icc is None or self.icc >= ICC_OF_OBSERVED:
            return 1.0
        return math.sqrt(self.icc / ICC_OF_OBSERVED)

    @property
    def group_loading(self) -> float:
        """Standard deviation of the unobserved group effect in log income."""
        if self.icc is None:
            return INCOME_GROUP
        return math.sqrt(max(self.icc * LOG_INCOME_VARIANCE - _variance_shared_otherwise(), 0.0))

    @property
    def household_loading(self) -> float:
        """Standard deviation of the household's shock in log income, with which the total variance stays the same."""
        if self.icc is None:
            return INCOME_HOUSEHOLD
        return math.sqrt(max((1 - self.icc) * LOG_INCOME_VARIANCE - _variance_within_otherwise(), 0.0))

    @property
    def selection_intercept(self) -> float:
        """Intercept of the selection logit that gives the expected share of treated groups."""
        if self.treated_share == 0.5:
            return 0.0  # the index is symmetric around zero
        from scipy.optimize import brentq

        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        education = SHARED_BY_GROUP**2 + (1 - SHARED_BY_GROUP**2) / self.mean_members
        spread = math.sqrt(
            SELECTION_TRAVEL**2
            + SELECTION_UNMET_NEEDS**2
            + SELECTION_EDUCATION**2 * education
            + self.ability**2
        )
        index = REGION_SELECTION[:, np.newaxis] + spread * nodes
        probability = np.outer(REGION_SHARES, weights / weights.sum())

        def excess(intercept: float) -> float:
            return float((probability / (1 + np.exp(-intercept - index))).sum()) - self.treated_share

        return float(brentq(excess, -60.0, 60.0))
