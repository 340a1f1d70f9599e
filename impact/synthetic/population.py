"""Everything that is drawn once for a survey, each subject from a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Booleans
from impact.synthetic import parameters as programme
from impact.synthetic import tables
from impact.synthetic.accounts import Farm, draw_farms
from impact.synthetic.groups import Floats, Integers, ProducerGroups, draw_groups, select
from impact.synthetic.income import (
    Exposure,
    Members,
    draw_members,
    full_exposure,
    log_untreated_income,
    mean_by_group,
    quintile,
    shock_of_another_wave,
    standardised_income,
)
from impact.synthetic.parameters import Parameters
from impact.synthetic.programme.gate_breaches import outside_the_pipeline
from impact.synthetic.programme.records import group_outcomes

# The order is part of the seed's meaning: a new stream goes to the end.
STREAMS = (
    "groups", "members", "selection", "farms", "size", "group_table", "traits", "identity", "mediators",
    "municipality", "response", "baseline", "follow_up", "group_outcomes", "books", "completion", "prices", "buyers",
    "applications", "workshops", "perceptions",
    "gate", "instalments",
)  # fmt: skip


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Return one independent generator a subject, so that no knob moves the others' draws."""
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Population:
    """The interviewed households and their groups, and income in the main wave without the programme.

    ``log_income`` is the log of untreated income per person and month, ``fifth`` its quintile (1 to 5).
    """

    groups: ProducerGroups
    members: Members
    farm: Farm
    treated: Booleans
    log_income: Floats
    fifth: Integers
    full: Exposure
    persons: Integers
    group: pd.DataFrame
    municipality: pd.DataFrame
    traits: dict[str, Any]
    identity: dict[str, Any]
    mediators: dict[str, Any]

    @property
    def treated_household(self) -> Booleans:
        """Whether each household's group was selected."""
        chosen: Booleans = self.treated[self.members.group]
        return chosen

    def treated_nearby(self, treated: Booleans) -> Floats:
        """Return each household's share of treated groups in its municipality."""
        municipality = self.groups.municipality
        share = mean_by_group(treated.astype(np.float64), municipality, int(municipality.max()) + 1)
        nearby: Floats = share[municipality][self.members.group]
        return nearby


def draw_population(parameters: Parameters, stream: dict[str, np.random.Generator]) -> Population:
    """Draw groups, members, selection, farms and everything a survey asks about them."""
    groups = draw_groups(parameters, stream["groups"])
    members = draw_members(groups, stream["members"])
    mean_education = mean_by_group(members.education, members.group, parameters.groups)
    treated = select(parameters, groups, mean_education, stream["selection"])
    farm = draw_farms(groups, members, stream["farms"])
    log_income = log_untreated_income(parameters, groups, members, members.shock)
    fifth = quintile(np.exp(log_income))
    persons = tables.household_size(standardised_income(log_income), stream["size"])
    sampled_share = parameters.mean_members / programme.MEMBERS_FRAME
    group = tables.group_table(groups, sampled_share, treated, mean_education, stream["group_table"])
    group = tables.labelled(group.assign(**group_outcomes(group, stream["group_outcomes"])))
    group = tables.labelled(outside_the_pipeline(group, parameters, stream["gate"]))
    return Population(
        groups=groups,
        members=members,
        farm=farm,
        treated=treated,
        log_income=log_income,
        fifth=fifth,
        full=full_exposure(parameters, fifth),
        persons=persons,
        group=group,
        municipality=tables.municipality_table(group, groups, stream["municipality"]),
        traits=tables.household_traits(groups, members, farm, persons, mean_education, stream["traits"]),
        identity=tables.household_identity(group, groups, members, stream["identity"]),
        mediators=tables.mediators(group, members, stream["mediators"]),
    )


def baseline_income(parameters: Parameters, population: Population, generator: np.random.Generator) -> Floats:
    """Return income per person and month before the programme, whose household shock persists in part."""
    shock = shock_of_another_wave(population.members, generator, parameters.persistence)
    return np.exp(log_untreated_income(parameters, population.groups, population.members, shock))


def lost(
    parameters: Parameters, population: Population, treated: Booleans, generator: np.random.Generator
) -> Booleans:
    """Draw the households without an interview: the poorer, the likelier.

    The expected share is ``attrition`` where treated and ``attrition + attrition_gap`` where waiting, times a
    factor of untreated income z (standardised log) whose mean is one, exp(−.4 z − .08).
    """
    rate = parameters.attrition + np.where(treated, 0.0, parameters.attrition_gap)
    poverty = np.exp(-0.4 * standardised_income(population.log_income) - 0.08)
    missing: Booleans = generator.random(len(treated)) < rate * poverty
    return missing
