"""Untreated income, and what the programme does to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impact.arrays import Booleans
from impact.synthetic import parameters as programme
from impact.synthetic.groups import Floats, Integers, ProducerGroups
from impact.synthetic.parameters import Parameters


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Members:
    """What drives the income of the interviewed members; every array has one entry a household.

    ``education`` and ``assets`` are standard normal over all households, ``shock`` is the household's own.
    """

    group: Integers
    education: Floats
    assets: Floats
    shock: Floats
    income_shares: Floats


def draw_members(groups: ProducerGroups, generator: np.random.Generator) -> Members:
    """Draw education, assets, income shock and income shares (agricultural, labour, other) of the members."""
    group = np.repeat(np.arange(len(groups.members)), groups.members)
    own = math.sqrt(1 - programme.SHARED_BY_GROUP**2)
    education, assets, shock = generator.standard_normal((3, len(group)))
    return Members(
        group,
        programme.SHARED_BY_GROUP * groups.education[group] + own * education,
        programme.SHARED_BY_GROUP * groups.assets[group] + own * assets,
        shock,
        generator.dirichlet(programme.INCOME_SHARES, len(group)),
    )


def mean_by_group(values: Floats, group: Integers, groups: int) -> Floats:
    """Return the mean of a household value in each group."""
    means: Floats = np.bincount(group, weights=values, minlength=groups) / np.bincount(
        group, minlength=groups
    )
    return means


def log_untreated_income(
    parameters: Parameters, groups: ProducerGroups, members: Members, shock: Floats
) -> Floats:
    """Return the log of income per person and month without programme, given the household shock."""
    observed = (
        programme.REGION_INCOME[groups.region]
        + programme.INCOME_TRAVEL * groups.travel
        + programme.INCOME_UNMET_NEEDS * groups.unmet_needs
    )
    of_members = programme.SHARED_BY_GROUP * (
        programme.INCOME_EDUCATION * groups.education + programme.INCOME_ASSETS * groups.assets
    )
    shared = (
        programme.LOG_INCOME_MEAN
        + parameters.observed_scale * observed
        + (parameters.observed_scale - 1) * of_members  # the whole of it comes with the members below
        + parameters.group_loading * groups.unobserved
    )
    log_income: Floats = (
        shared[members.group]
        + programme.INCOME_EDUCATION * members.education
        + programme.INCOME_ASSETS * members.assets
        + parameters.household_loading * shock
    )
    return log_income


def standardised_income(log_income: Floats) -> Floats:
    """Return log income in standard deviations from its population mean."""
    return (log_income - programme.LOG_INCOME_MEAN) / math.sqrt(programme.LOG_INCOME_VARIANCE)


def shock_of_another_wave(members: Members, generator: np.random.Generator, persistence: float) -> Floats:
    """Return a household shock with the same distribution that persists from the main wave in part."""
    fresh = generator.standard_normal(len(members.shock))
    return persistence * members.shock + math.sqrt(1 - persistence**2) * fresh


def quintile(untreated_income: Floats) -> Integers:
    """Return the fifth (1 to 5) of untreated income per person, at the programme's fixed cuts."""
    return 1 + np.searchsorted(programme.QUINTILE_CUTS, untreated_income, side="right").astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Exposure:
    """What a household gets of the programme: gains in two incomes, a scale for land and hired days."""

    agricultural: Floats
    labour: Floats
    land: Floats


def no_exposure(households: int) -> Exposure:
    """Return the exposure of a world without the programme."""
    return Exposure(np.zeros(households), np.zeros(households), np.zeros(households))


def full_exposure(parameters: Parameters, fifth: Integers) -> Exposure:
    """Return the exposure of beneficiaries, by fifth of untreated income."""
    households = len(fifth)
    return Exposure(
        parameters.effect * programme.QUINTILE_EFFECTS[fifth - 1],
        np.full(households, parameters.effect * programme.LABOUR_EFFECT),
        np.full(households, parameters.effect),
    )


def observed_exposure(
    parameters: Parameters, full: Exposure, treated: Booleans, treated_nearby: Floats
) -> Exposure:
    """Return what households really got: those that wait may anticipate, or gain from their neighbours.

    Parameters
    ----------
    parameters : Parameters
    full : Exposure
        Of a beneficiary.
    treated : ndarray of bool, shape (households,)
    treated_nearby : ndarray, shape (households,)
        Share of treated groups in the household's municipality.
    """
    waiting = parameters.anticipation + parameters.spillover * treated_nearby * full.agricultural
    return Exposure(
        np.where(treated, full.agricultural, waiting),
        np.where(treated, full.labour, 0.0),
        np.where(treated, full.land, 0.0),
    )
