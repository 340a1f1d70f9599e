"""The panel twin: the same households before the programme and after; groups may enter at different dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.synthetic import tables
from impact.synthetic.alliances import SUBGROUPS, household_wave, potential_outcomes, with_response
from impact.synthetic.groups import Floats, Integers
from impact.synthetic.income import (
    log_untreated_income,
    no_exposure,
    observed_exposure,
    shock_of_another_wave,
)
from impact.synthetic.parameters import PERSISTENCE, Parameters
from impact.synthetic.population import Population, baseline_income, draw_population, lost, streams
from impact.synthetic.result import RuralAlliances, Waves
from impact.synthetic.truth import Truth

YEARS_BETWEEN_WAVES = 3
_FIRST_OPENING = 2011
_OPEN = pd.Timedelta(days=900)
"""From the autumn after the wave before entry, when the interviews are done, to the spring before that of entry."""


def rural_alliances_panel(
    seed: int,
    *,
    staggered: bool = False,
    trend: float = 0.0,
    differential_trend: float = 0.0,
    groups: int = 330,
    mean_members: float = 11.96,
    treated_share: float = 0.5,
    icc: float | None = None,
    effect: float = 1.0,
    ability: float = 0.0,
    anticipation: float = 0.0,
    spillover: float = 0.0,
    attrition: float = 0.0,
    attrition_gap: float = 0.0,
    persistence: float = PERSISTENCE,
) -> RuralAlliances:
    """Draw the panel twin of ``rural_alliances``: the same households in two waves, or three.

    Parameters
    ----------
    seed : int
        At least 0; the households are those of ``rural_alliances(seed, ...)`` and, without a trend, so is
        wave 1 when entry is not staggered.
    staggered : bool, default False
        False: waves 0 and 1, every selected group enters in wave 1. True: waves 0, 1 and 2; half the selected
        groups enter in wave 1, half in wave 2.
    trend : float, default 0
        Rise of everyone's agricultural income from one wave to the next, Bs per person and month, at least 0.
    differential_trend : float, default 0
        What selected groups gain from one wave to the next without the programme, Bs per person and month;
        together with the trend at least 0. It breaks parallel trends.
    groups, mean_members, treated_share, icc, effect, ability, anticipation, spillover
        As in ``rural_alliances``; anticipation and spillovers start in wave 1.
    attrition, attrition_gap
        As in ``rural_alliances``, from one wave to the next; who is lost does not come back.
    persistence
        As in ``rural_alliances``: of a household's own shock from one wave to the next.

    Returns
    -------
    RuralAlliances
        ``household`` has one row a household and wave, with the index ``hh_id`` + ``/`` + wave. ``treated``
        says that the group was selected (constant over waves), ``entry_wave`` when it enters (0: never in
        this panel), ``receiving`` whether it has by this wave, ``income_pre`` the household's income per
        person in wave 0. In ``truth``, ``treated`` stands for ``receiving``.

    Raises
    ------
    OptionError
        If a knob is outside its range.

    Notes
    -----
    A household's own income shock has the same distribution in every wave and correlation .7 with that of
    wave 1, so that without a trend untreated incomes are stationary: trends are parallel in levels, as the
    common trend is in Bs. The effect depends on the fifth of untreated income in wave 1 and is complete in
    the wave of entry.

    Examples
    --------
    >>> from impact.synthetic import rural_alliances_panel
    >>> panel = rural_alliances_panel(1, groups=40, staggered=True)
    >>> sorted(panel.household["wave"].unique().tolist())
    [0, 1, 2]
    >>> bool(panel.household.query("wave == 0")["receiving"].any())
    False
    """
    checks.whole("seed", seed, minimum=0)
    waves = Waves(staggered=staggered, trend=trend, differential_trend=differential_trend)
    parameters = Parameters(
        groups=groups,
        mean_members=mean_members,
        treated_share=treated_share,
        icc=icc,
        effect=effect,
        ability=ability,
        anticipation=anticipation,
        spillover=spillover,
        attrition=attrition,
        attrition_gap=attrition_gap,
        persistence=persistence,
    )
    stream = streams(seed)
    population = draw_population(parameters, stream)
    entry = _entry_wave(population, waves, stream["follow_up"])
    incomes = _incomes(parameters, population, waves, stream)
    household, truth = _waves(parameters, population, waves, entry, incomes, stream["response"])
    return RuralAlliances(
        household,
        _dated(population.group, entry, waves).assign(entry_wave=entry),
        population.municipality,
        tables.poverty_lines(),
        truth,
        parameters,
        int(seed),
        waves,
    )


def _dated(group: pd.DataFrame, entry: Integers, waves: Waves) -> pd.DataFrame:
    """Return the groups with dates that fit the waves: paid between the wave before entry and that of entry, or after the last wave.

    What came before the money keeps its distance to it; a change of buyer its place between the money and the last interview.
    """
    later = pd.DateOffset(years=YEARS_BETWEEN_WAVES * (waves.numbers[-1] - 1))
    enters = pd.Series(entry > 0, index=group.index)
    paid, surveyed = group["disb1_date"], group["interview_start"] + later
    first, last = paid[enters].min(), paid[enters].max()
    opens = pd.to_datetime(
        pd.Series(_FIRST_OPENING + YEARS_BETWEEN_WAVES * (entry - 1), group.index).astype(str) + "-10-15"
    )
    money = (opens + (paid - first) / (last - first) * _OPEN).where(enters, paid + later).dt.floor("D")
    elapsed = (group["buyer_change_date"] - paid) / (group["interview_start"] - paid)
    moved = (money - paid).where(enters, pd.Timedelta(0))
    dates = {
        "call_date": group["call_date"] + moved,
        "approval_date": group["approval_date"] + moved,
        "disb1_date": money,
        "interview_start": surveyed,
        "buyer_change_date": (money + elapsed * (surveyed - money)).dt.floor("D"),
    }
    return group.assign(**{name: column.dt.as_unit("s") for name, column in dates.items()})


def _entry_wave(population: Population, waves: Waves, generator: np.random.Generator) -> Integers:
    """Return the wave in which each group enters; 0 for those that only wait."""
    late = generator.random(len(population.treated)) < 0.5
    return np.where(population.treated, np.where(late & waves.staggered, 2, 1), 0).astype(np.int64)


def _incomes(
    parameters: Parameters, population: Population, waves: Waves, stream: dict[str, np.random.Generator]
) -> list[Floats]:
    """Return untreated income per person and month in each wave, before any trend."""
    incomes = [baseline_income(parameters, population, stream["baseline"]), np.exp(population.log_income)]
    if waves.staggered:
        shock = shock_of_another_wave(population.members, stream["follow_up"], parameters.persistence)
        incomes.append(np.exp(log_untreated_income(parameters, population.groups, population.members, shock)))
    return incomes


def _waves(
    parameters: Parameters,
    population: Population,
    waves: Waves,
    entry: Integers,
    incomes: list[Floats],
    response: np.random.Generator,
) -> tuple[pd.DataFrame, Truth]:
    """Return the household table in long form, and its truth."""
    missing = np.zeros(len(population.persons), dtype=bool)
    households, untreated, treated, traits = [], [], [], []
    for wave, income in zip(waves.numbers, incomes, strict=True):
        persons = population.persons if wave else np.asarray(population.traits["hh_size_pre"])
        rise = waves.trend + waves.differential_trend * population.treated_household
        common = np.asarray(wave * rise, dtype=np.float64)
        household = _one_wave(parameters, population, wave, entry, income, persons, common)
        household["income_pre"] = incomes[0]
        y0, y1 = potential_outcomes(population, income, persons, common, household.index)
        if wave:
            missing = missing | lost(parameters, population, population.treated_household, response)
            households.append(with_response(household, missing, response))
        else:
            households.append(household)
        untreated.append(y0)
        treated.append(y1)
        traits.append(_traits(household, population, persons))
    long = tables.labelled(pd.concat(households))
    truth = Truth(
        tables.labelled(pd.concat(untreated)),
        tables.labelled(pd.concat(treated)),
        pd.concat(traits),
        ("wave", "entry_wave", *SUBGROUPS),
    )
    return long, truth


def _one_wave(
    parameters: Parameters,
    population: Population,
    wave: int,
    entry: Integers,
    income: Floats,
    persons: Integers,
    common: Floats,
) -> pd.DataFrame:
    """Return the household table of one wave, with who receives the programme by then."""
    receiving: Booleans = (entry > 0) & (entry <= wave)
    member = population.members.group
    if wave:
        nearby = population.treated_nearby(receiving)
        exposure = observed_exposure(parameters, population.full, receiving[member], nearby)
    else:
        exposure = no_exposure(len(member))
    household = household_wave(population, wave, income, persons, exposure, common)
    household["interview_date"] += pd.DateOffset(years=YEARS_BETWEEN_WAVES * (wave - 1))
    household["entry_wave"] = entry[member]
    household["receiving"] = receiving[member]
    household.index = household["hh_id"].to_numpy() + f"/{wave}"
    return household


def _traits(household: pd.DataFrame, population: Population, persons: Integers) -> pd.DataFrame:
    traits = household[["group_id", "wave", "entry_wave", "region", "alliance_product", "weight"]].copy()
    traits["treated"], traits["hh_size"], traits["quintile"] = (
        household["receiving"],
        persons,
        population.fifth,
    )
    return traits
