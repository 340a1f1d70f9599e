"""Producer groups: where they are, what they share, and which of them the programme selected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Booleans
from impact.synthetic import parameters as programme
from impact.synthetic.parameters import Parameters

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GROUPS_PER_MUNICIPALITY = 3


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ProducerGroups:
    """Traits that the members of a group share; every array has one entry a group.

    Travel time and unmet needs are standard normal, as are the group's parts of education and assets and its
    unobserved effect on income.
    """

    region: Integers
    municipality: Integers
    product: Integers
    members: Integers
    travel: Floats
    unmet_needs: Floats
    unobserved: Floats
    education: Floats
    assets: Floats


def draw_groups(parameters: Parameters, generator: np.random.Generator) -> ProducerGroups:
    """Draw the groups of a survey, before anyone is selected."""
    number = parameters.groups
    region = _categories(generator.random(number), np.tile(programme.REGION_SHARES, (number, 1)))
    members = np.clip(
        generator.poisson(parameters.mean_members, number), programme.MEMBERS_FEWEST, programme.MEMBERS_MOST
    )
    travel, unmet_needs, unobserved, education, assets = generator.standard_normal((5, number))
    product = _categories(generator.random(number), programme.PRODUCT_MIX[region])
    return ProducerGroups(
        region, _municipality(region), product, members, travel, unmet_needs, unobserved, education, assets
    )


def select(
    parameters: Parameters, groups: ProducerGroups, mean_education: Floats, generator: np.random.Generator
) -> Booleans:
    """Select groups into the programme by the logit of its calls.

    Parameters
    ----------
    parameters : Parameters
    groups : Groups
    mean_education : ndarray, shape (groups,)
        Mean of the interviewed members' standardised education.
    generator : numpy.random.Generator

    Returns
    -------
    ndarray of bool, shape (groups,)
        Drawn again while either arm is empty, which happens only in very small surveys.
    """
    index = (
        parameters.selection_intercept
        + programme.SELECTION_TRAVEL * groups.travel
        + programme.SELECTION_UNMET_NEEDS * groups.unmet_needs
        + programme.SELECTION_EDUCATION * mean_education
        + programme.REGION_SELECTION[groups.region]
        + parameters.ability * groups.unobserved
    )
    probability = 1 / (1 + np.exp(-index))
    while True:
        treated: Booleans = generator.random(parameters.groups) < probability
        if treated.any() and not treated.all():
            return treated


def _categories(uniform: Floats, shares: Floats) -> Integers:
    """Return for each row the category in whose part of the unit interval its uniform number falls."""
    edges = np.cumsum(shares, axis=1)[:, :-1]
    category: Integers = (uniform[:, np.newaxis] >= edges).sum(axis=1).astype(np.int64)
    return category


def _municipality(region: Integers) -> Integers:
    """Return the municipality of each group, numbered region by region, with up to three groups each."""
    municipality = np.empty(len(region), dtype=np.int64)
    used = 0
    for code in range(len(programme.REGIONS)):
        of_region = np.flatnonzero(region == code)
        municipality[of_region] = used + np.arange(len(of_region)) // GROUPS_PER_MUNICIPALITY
        used += -(-len(of_region) // GROUPS_PER_MUNICIPALITY)
    return municipality
