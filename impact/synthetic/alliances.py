"""The synthetic rural-alliances survey: one cross-section after the programme, as its evaluation had."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.language import Text
from impact.synthetic import parameters as programme
from impact.synthetic import tables
from impact.synthetic.accounts import OUTCOMES, household_accounts
from impact.synthetic.groups import Floats, Integers
from impact.synthetic.income import Exposure, no_exposure, observed_exposure
from impact.synthetic.parameters import Parameters
from impact.synthetic.population import Population, baseline_income, draw_population, lost, streams
from impact.synthetic.result import RuralAlliances
from impact.synthetic.truth import Truth, poverty

SUBGROUPS = ("quintile", "region", "alliance_product")
NOT_INTERVIEWED = ("refused", "not_found", "moved")


def rural_alliances(
    seed: int,
    *,
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
    contaminated: float = 0.0,
    not_yet_approved: float = 0.0,
    baseline: bool = False,
    persistence: float = programme.PERSISTENCE,
) -> RuralAlliances:
    """Draw a synthetic survey of the rural alliances programme, with its truth.

    Parameters
    ----------
    seed : int
        At least 0. One seed gives one survey; a knob moves only what it is about.
    groups : int, default 330
        Producer groups, 20 to 25,000.
    mean_members : float, default 11.96
        Mean of the Poisson number of interviewed members, in (4, 25); draws are clipped to 4–25.
    treated_share : float, default 0.5
        Expected share of groups in the programme, in (0.02, 0.98).
    icc : float, optional
        Share of the variance of log income that lies between groups, in [0, 0.848]. None: .255.
    effect : float, default 1
        Scale of every effect, 0 to 10. 0: a programme that does nothing.
    ability : float, default 0
        Coefficient of the unobserved group effect in the selection logit.
    anticipation : float, default 0
        Proportional shift of the agricultural income of groups that wait, in (-0.15, 1).
    spillover : float, default 0
        Share of the agricultural effect that reaches waiting households, 0 to 1.
    attrition, attrition_gap : float, default 0
        Expected share without an interview, 0 to 0.5; what those who wait have more, 0 to 0.4.
    contaminated, not_yet_approved : float, default 0
        Shares of the waiting groups that break the pipeline rule, 0 to 1 together.
    baseline : bool, default False
        Add ``income_pre``, income per person and month before the programme.
    persistence : float, default 0.7
        Correlation of a household's own income shocks before and after, 0 to 1.

    Returns
    -------
    RuralAlliances
        Tables ``household``, ``group``, ``municipality`` and ``poverty_lines``, and ``truth``.

    Raises
    ------
    OptionError
        If a knob is outside its range.

    Notes
    -----
    Log untreated income per person and month is 5.8805 + region + .34 education + .34 assets − .25 travel −
    .22 unmet needs + .40 u + .89 e; groups are selected by the logit of −.5 travel − .4 unmet needs + .6 mean
    education + region. The programme multiplies agricultural income by 1 + (1.60, .40, .52, .30, .25) by
    fifth of untreated income and labour income by 1.28. The whole agricultural gain comes through the
    alliance product, 45 % of agricultural income. Shares of incomes are Dirichlet(7, 2, 1).

    True effects on *household* totals exceed those per person, because poor households are larger and gain
    more: about 36 % of agricultural income in Bs per year against 33 % per person.

    Every subject has a stream of random numbers of its own. ``icc`` leaves the total variance as it is; below .135 groups share nothing
    unobserved, and what region, travel, needs and the group's education and assets do to income shrinks; at 0 they do nothing. A spillover
    is whole where every group of the municipality is treated, elsewhere in proportion to the treated groups. The poor are lost more often.
    Contaminated groups are paid 200 days before their first interview, those not yet approved are so 60 days after their last; only the
    dates are wrong, nobody's income moves. The programme's own survey had no baseline; at ``persistence=1`` it is untreated income itself.

    In a household without an interview every outcome, household size and the interview date are missing and
    ``response`` says why; what the group's register and the household listing hold stays.

    References
    ----------
    World Bank Independent Evaluation Group (2018), Project Performance Assessment Report 132905, Bolivia:
    Rural Alliances Project, paragraphs 4.3–4.9 and 6.23, for the pattern of effects. No datum of that survey
    is used.

    Examples
    --------
    >>> from impact.synthetic import rural_alliances
    >>> survey = rural_alliances(1, groups=40)
    >>> survey  # doctest: +ELLIPSIS
    SYNTHETIC rural alliances, seed 1: 4... household rows, 40 groups (... treated), ... municipalities. ...
    >>> round(survey.truth.percent("income_labour"), 6)
    28.0
    """
    checks.whole("seed", seed, minimum=0)
    checks.instance("baseline", baseline, Text("True or False", "true o false"), isinstance(baseline, bool))
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
        contaminated=contaminated,
        not_yet_approved=not_yet_approved,
        persistence=persistence,
    )
    stream = streams(seed)
    population = draw_population(parameters, stream)
    household, truth = _survey(parameters, population, stream)
    if baseline:
        household["income_pre"] = baseline_income(parameters, population, stream["baseline"])
    return RuralAlliances(
        household,
        population.group,
        population.municipality,
        tables.poverty_lines(),
        truth,
        parameters,
        int(seed),
    )


def _survey(
    parameters: Parameters, population: Population, stream: dict[str, np.random.Generator]
) -> tuple[pd.DataFrame, Truth]:
    """Return the household table and the truth of the one survey after the programme."""
    treated = population.treated_household
    nearby = population.treated_nearby(population.treated)
    exposure = observed_exposure(parameters, population.full, treated, nearby)
    income, common = np.exp(population.log_income), np.zeros(len(treated))
    household = household_wave(population, 1, income, population.persons, exposure, common)
    missing = lost(parameters, population, treated, stream["response"])
    household = with_response(household, missing, stream["response"])
    index, traits = (
        household.index,
        household[["treated", "group_id", "region", "alliance_product", "weight"]].copy(),
    )
    traits["hh_size"], traits["quintile"] = population.persons, population.fifth
    untreated, with_programme = potential_outcomes(population, income, population.persons, common, index)
    return household, Truth(untreated, with_programme, traits, SUBGROUPS)


def household_wave(
    population: Population, wave: int, income: Floats, persons: Integers, exposure: Exposure, common: Floats
) -> pd.DataFrame:
    """Return the household table of one wave, before anyone is lost."""
    size = persons.astype(np.float64)
    books = household_accounts(population.farm, population.members, income, size, exposure, common)
    columns = {
        **population.identity,
        "wave": np.full(len(persons), wave, dtype=np.int64),
        "response": np.full(len(persons), "complete"),
        **population.traits,
        "hh_size": persons,
        **books,
        **population.mediators,
        "z_mod": np.full(len(persons), programme.MODERATE_LINE),
        "z_ext": np.full(len(persons), programme.EXTREME_LINE),
    }
    return tables.labelled(pd.DataFrame(columns, index=population.identity["hh_id"]))


def potential_outcomes(
    population: Population, income: Floats, persons: Integers, common: Floats, index: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every household's outcomes without and with the programme."""
    size = persons.astype(np.float64)
    frames = []
    for exposure in (no_exposure(len(persons)), population.full):
        books = household_accounts(population.farm, population.members, income, size, exposure, common)
        frames.append(tables.labelled(pd.DataFrame(books | poverty(books["income_pc_month"]), index=index)))
    return frames[0], frames[1]


def with_response(household: pd.DataFrame, missing: Booleans, generator: np.random.Generator) -> pd.DataFrame:
    """Return the table with everything blank that only the missing interviews could have told."""
    if not missing.any():
        return household
    told = [*OUTCOMES, "hh_size", "interview_date", "buyer_type"]
    reason = np.array(NOT_INTERVIEWED)[generator.integers(0, len(NOT_INTERVIEWED), len(missing))]
    reached = pd.Series(~missing, index=household.index)
    blanked = household.assign(
        response=np.where(missing, reason, "complete"),
        **{name: household[name].where(reached) for name in told},
    )
    return tables.labelled(blanked)
