"""The tables as a field team would deliver them: households, groups, municipalities, poverty lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.arrays import Booleans
from impact.synthetic import parameters as programme
from impact.synthetic.accounts import Farm
from impact.synthetic.groups import Floats, Integers, ProducerGroups
from impact.synthetic.income import Members, mean_by_group

SYNTHETIC_NOTE = "SYNTHETIC: drawn by a random generator, not observed in Bolivia."

# Two departments a region, by their national statistics code.
DEPARTMENTS = (("08", "Beni"), ("09", "Pando")), (("07", "Santa Cruz"), ("03", "Cochabamba")), \
    (("01", "Chuquisaca"), ("05", "Potosí")), (("06", "Tarija"), ("07", "Santa Cruz"))  # fmt: skip
REGION_CODES = ("NOR", "TRO", "VAL", "CHA")
REGION_CENTRES = np.array([[-11.5, -66.5], [-16.5, -63.5], [-18.5, -65.5], [-20.5, -63.0]])
PEOPLES = ("aymara", "quechua", "guarani", "other", "none")
PEOPLES_BY_REGION = np.array(
    [[0.20, 0.20, 0.00, 0.50], [0.25, 0.50, 0.05, 0.10], [0.10, 0.80, 0.00, 0.00], [0.00, 0.30, 0.50, 0.10]]
)
LANGUAGES = ("aymara", "quechua", "guarani", "other", "spanish")

AGE_SHARES = (0.52, 0.34)  # of groups that had operated less than 1 year, and 1 to 10
COLLECTIVE_INPUTS = (0.61, 0.20)  # share of treated groups, share of waiting groups
HIRED_ASSISTANCE = (0.59, 0.10)
COLLECTIVE_SALES = (0.53, 0.15)  # prices agreed together, and delivery
DELIVERED_AS_PRICED = 0.85  # groups of which the second is what the first is; the others draw it anew


def group_ids(groups: ProducerGroups) -> list[str]:
    """Return codes in the programme's pattern, AAA-9999-999-99."""
    return [
        f"{REGION_CODES[region]}-{number:04d}-{municipality:03d}-{members:02d}"
        for number, (region, municipality, members) in enumerate(
            zip(groups.region.tolist(), groups.municipality.tolist(), groups.members.tolist(), strict=True),
            start=1,
        )
    ]


def municipality_codes(groups: ProducerGroups) -> list[str]:
    """Return one code a municipality: department, number from 9999 down (no real one is so high)."""
    region = _first_in_municipality(groups.region, groups.municipality)
    return [
        f"{DEPARTMENTS[r][number % 2][0]}{9999 - number:04d}"
        for number, r in enumerate(region.tolist(), start=1)
    ]


def household_ids(groups: ProducerGroups, group_id: list[str]) -> list[str]:
    """Return the group's code and the member's number."""
    return [
        f"{code}-{member:02d}"
        for code, members in zip(group_id, groups.members.tolist(), strict=True)
        for member in range(1, members + 1)
    ]


def group_table(
    groups: ProducerGroups,
    sampled_share: float,
    treated: Booleans,
    mean_education: Floats,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Return one row a producer group; about ``sampled_share`` of its members were interviewed."""
    number = len(groups.members)
    members_frame = np.round(groups.members / sampled_share * generator.uniform(0.8, 1.2, number)).astype(
        np.int64
    )
    centre = REGION_CENTRES[groups.region]
    age = group_age(generator.gamma(1.0, 5.0, number))
    operating = np.where(
        treated, generator.choice(["yes", "no", "unknown"], number, p=[0.80, 0.12, 0.08]), "yes"
    )
    code = group_ids(groups)
    columns: dict[str, Any] = {
        "group_id": code,
        "phase": np.where(treated, "PAR I", "PAR II"),
        "treated": treated,
        "region": categorical(groups.region, programme.REGIONS),
        "muni_code": np.array(municipality_codes(groups))[groups.municipality],
        "alliance_product": categorical(groups.product, programme.PRODUCTS),
        "qty_unit": np.array(programme.PRODUCT_UNITS)[groups.product],
        **_calendar(treated, generator),
        "score": np.clip(np.round(generator.normal(70, 8, number), 1), 0, 100),
        "group_age_at_approval": age,
        "members_approval": members_frame,
        "women_share": np.round(generator.beta(6, 12, number), 3),
        "legal_before": generator.random(number) < 0.4 + 0.05 * np.minimum(age, 10),
        "travel_time_market": travel_hours(groups.travel),
        "unmet_needs": unmet_share(groups.unmet_needs),
        "group_mean_education": mean_education,
        "altitude": np.round(
            np.array([200.0, 400.0, 2600.0, 700.0])[groups.region] * generator.uniform(0.7, 1.3, number)
        ),
        "lat": np.round(centre[:, 0] + generator.uniform(-1, 1, number), 4),
        "lon": np.round(centre[:, 1] + generator.uniform(-1, 1, number), 4),
        "n_members_frame": members_frame,
        "n_sampled": groups.members,
        "still_operating": operating,
        **_practices(treated, generator),
    }
    return labelled(pd.DataFrame(columns, index=pd.Index(code)))


def _calendar(treated: Booleans, generator: np.random.Generator) -> dict[str, Any]:
    """Date calls, approvals, disbursements and interviews; who waits is interviewed before the money."""
    number = len(treated)
    call = np.where(treated, np.datetime64("2007-01-15"), np.datetime64("2012-08-01")) + generator.integers(
        0, np.where(treated, 1300, 240), number
    ).astype("timedelta64[D]")
    approval = call + generator.integers(120, 300, number).astype("timedelta64[D]")
    interview = np.datetime64("2014-06-02") + generator.integers(0, 110, number).astype("timedelta64[D]")
    soon = approval + generator.integers(60, 270, number).astype("timedelta64[D]")
    later = interview + generator.integers(30, 300, number).astype("timedelta64[D]")
    unpaid = generator.random(number) < 0.5
    waiting = np.where(unpaid, np.datetime64("NaT", "D"), later)
    return {
        "call_date": call.astype("datetime64[s]"),
        "approval_date": approval.astype("datetime64[s]"),
        "disb1_date": np.where(treated, soon, waiting).astype("datetime64[s]"),
        "interview_start": interview.astype("datetime64[s]"),
    }


def _practices(treated: Booleans, generator: np.random.Generator) -> dict[str, Booleans]:
    """Draw what groups do together: mechanisms that follow treatment, never covariates."""
    uniform = generator.random((3, len(treated)))
    shares = (COLLECTIVE_INPUTS, HIRED_ASSISTANCE, COLLECTIVE_SALES)
    inputs, assistance, sales = (
        draw < np.where(treated, beneficiary, waiting)
        for draw, (beneficiary, waiting) in zip(uniform, shares, strict=True)
    )
    own = generator.spawn(1)[0]  # draws of its own: whatever is drawn next stays as it is
    share = np.where(treated, *COLLECTIVE_SALES)
    delivery = np.where(
        own.random(len(treated)) < DELIVERED_AS_PRICED, sales, own.random(len(treated)) < share
    )
    return {"coll_inputs": inputs, "ta_hired": assistance, "coll_price": sales, "coll_delivery": delivery}


def group_age(exponential: Floats) -> Floats:
    """Return years that groups had operated: 52 % under 1 year, 34 % 1 to 10, 14 % above, from exponential draws of mean 5."""
    rank = -np.expm1(-exponential / 5.0)
    young, middle = AGE_SHARES
    old = 10.0 - 8.0 * np.log(np.maximum(1 - rank, 1e-12) / (1 - young - middle))
    years = np.select(
        [rank < young, rank < young + middle], [rank / young, 1 + 9 * (rank - young) / middle], old
    )
    rounded: Floats = np.minimum(np.floor(10 * years) / 10, 80.0)
    return rounded


def travel_hours(travel: Floats) -> Floats:
    """Return travel time to market in hours: linear in the latent, so that the logit stays the true one."""
    return 4.0 + 0.7 * travel


def unmet_share(unmet_needs: Floats) -> Floats:
    """Return unmet basic needs as a share, linear in the latent."""
    return 0.60 + 0.07 * unmet_needs


def household_size_before(persons: Integers, generator: np.random.Generator) -> Integers:
    """Return household members before the alliance: who was born since is taken off, who left is added."""
    born, left = generator.poisson(0.25, len(persons)), generator.poisson(0.30, len(persons))
    before: Integers = np.clip(persons - born + left, 1, 20)
    return before


def household_size(score: Floats, generator: np.random.Generator) -> Integers:
    """Draw household members: one and a Poisson number that is larger among the poor."""
    persons: Integers = np.minimum(1 + generator.poisson(np.exp(np.log(2.4) - 0.30 * score)), 20)
    return persons


def household_traits(
    groups: ProducerGroups,
    members: Members,
    farm: Farm,
    persons: Integers,
    mean_education: Floats,
    generator: np.random.Generator,
) -> dict[str, Any]:
    """Return what a household is before or apart from the programme, by column.

    ``education_index``, ``assets_pre``, ``travel_time_market``, ``unmet_needs``, ``group_mean_education`` and
    the region are what selection and income depend on; the others carry no confounding.
    """
    households, group = len(members.group), members.group
    before = household_size_before(persons, generator)
    share = PEOPLES_BY_REGION[groups.region[group]].cumsum(axis=1)
    people = (generator.random(households)[:, np.newaxis] >= share).sum(axis=1)
    speaks_own = generator.random(households) < 0.8
    noise = generator.standard_normal((5, households))
    age = np.clip(np.round(46 + 12 * noise[0]), 18, 90).astype(np.int64)
    return {
        "region": categorical(groups.region[group], programme.REGIONS),
        "alliance_product": categorical(groups.product[group], programme.PRODUCTS),
        "qty_unit": np.array(programme.PRODUCT_UNITS)[groups.product][group],
        "resp_is_head": generator.random(households) < 0.85,
        "head_age": age,
        "head_female": generator.random(households) < 1 / 3,
        "head_educ": np.clip(np.round(6 + 3 * members.education), 0, 20).astype(np.int64),
        "education_index": members.education,
        "group_mean_education": mean_education[group],
        "indigenous": categorical(people, PEOPLES),
        "language": categorical(np.where(speaks_own, people, 4), LANGUAGES),
        "hh_size": persons,
        "hh_size_pre": before,
        "children_u15": np.minimum(generator.binomial(before - 1, 0.45), 12),
        "years_in_group": np.round(np.minimum(generator.gamma(1.5, 4.0, households), age - 17), 1),
        "land_owned_pre": np.round(np.minimum(farm.land * np.exp(0.25 + 0.3 * noise[1]), 500), 2),
        "irrigated_pre": np.round(np.where(noise[2] > 0.5, generator.beta(2, 3, households), 0.0), 2),
        "livestock_tlu_pre": np.round(np.exp(0.8 + 0.4 * members.assets + 0.7 * noise[3]), 1),
        "assets_pre": members.assets,
        "travel_time_market": travel_hours(groups.travel)[group],
        "unmet_needs": unmet_share(groups.unmet_needs)[group],
        "prior_project": generator.random(households) < 0.2,
        "prior_credit": noise[4] + 0.3 * members.assets > 0.9,
    }


def household_identity(
    group: pd.DataFrame, groups: ProducerGroups, members: Members, generator: np.random.Generator
) -> dict[str, Any]:
    """Return the columns that say who was interviewed, where, when and with what weight."""
    of_group = members.group
    code = group["group_id"].tolist()
    days = generator.integers(0, 10, len(of_group)).astype("timedelta64[D]")
    return {
        "hh_id": household_ids(groups, code),
        "group_id": _repeated(code, groups.members),
        "muni_code": _repeated(group["muni_code"].tolist(), groups.members),
        "treated": group["treated"].to_numpy()[of_group],
        "weight": (group["n_members_frame"] / group["n_sampled"]).to_numpy()[of_group],
        "interview_date": group["interview_start"].to_numpy()[of_group] + days,
    }


def mediators(group: pd.DataFrame, members: Members, generator: np.random.Generator) -> dict[str, Any]:
    """Return what households do differently once their group is in the programme: descriptive only."""
    practices = {
        name: group[name].to_numpy()[members.group]
        for name in ("coll_inputs", "ta_hired", "coll_price", "coll_delivery")
    }
    treated = group["treated"].to_numpy()[members.group]
    uniform = generator.random((2, len(members.group)))
    buyer = np.where(
        uniform[0] < np.where(treated, 0.75, 0.0),
        0,
        np.select([uniform[1] < 0.2, uniform[1] < 0.5], [1, 2], 3),
    )
    buyers = ("alliance", "other_formal", "fair", "intermediary")
    return {
        **practices,
        "other_program_now": generator.random(len(members.group)) < 0.15,
        "buyer_type": categorical(buyer, buyers),
    }


def municipality_table(
    group: pd.DataFrame, groups: ProducerGroups, generator: np.random.Generator
) -> pd.DataFrame:
    """Return one row a municipality; its basic needs are those of its groups."""
    codes = municipality_codes(groups)
    number = len(codes)
    region = _first_in_municipality(groups.region, groups.municipality)
    needs = mean_by_group(group["unmet_needs"].to_numpy(), groups.municipality, number)
    treated = group["treated"].to_numpy()
    beneficiaries = np.bincount(
        groups.municipality,
        weights=np.where(treated, group["n_members_frame"].to_numpy(), 0),
        minlength=number,
    ).astype(np.int64)
    department = [DEPARTMENTS[r][position % 2][1] for position, r in enumerate(region.tolist(), start=1)]
    columns = {
        "muni_code": codes,
        "muni_name": [f"Municipio sintético {position}" for position in range(1, number + 1)],
        "department": department,
        "region": categorical(region, programme.REGIONS),
        "nbs_index": 1 - needs,
        "nbi_poverty_2001": np.clip(needs + generator.normal(0.1, 0.03, number), 0, 1),
        "rural_pop": generator.integers(2_000, 30_000, number),
        "roads_km": np.round(generator.gamma(4.0, 40.0, number), 1),
        "rain_dev": np.round(generator.standard_normal(number), 2),
        "funds_invested": np.round(beneficiaries * generator.uniform(10_500, 14_000, number)),
        "beneficiaries": beneficiaries,
    }
    return labelled(pd.DataFrame(columns, index=pd.Index(codes)))


def poverty_lines() -> pd.DataFrame:
    """Return the two synthetic lines of 2014, in Bs per person and month."""
    lines = pd.DataFrame(
        {
            "name": ["moderate", "extreme"],
            "area": "rural",
            "year": 2014,
            "vintage": "synthetic 2014",
            "value": [programme.MODERATE_LINE, programme.EXTREME_LINE],
            "unit": "Bs/person/month",
            "status": "synthetic",
            "source": "Set for the synthetic survey; not a published line",
        }
    )
    return labelled(lines)


def categorical(codes: NDArray[np.integer[Any]], names: tuple[str, ...]) -> pd.Categorical[str]:
    """Return codes with their names."""
    return pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(names))


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Mark a table as synthetic in its own attributes."""
    frame.attrs["synthetic"] = True
    frame.attrs["source"] = SYNTHETIC_NOTE
    return frame


def _first_in_municipality(values: Integers, municipality: Integers) -> Integers:
    """Return the value of each municipality's first group."""
    _, first = np.unique(municipality, return_index=True)
    return values[first]


def _repeated(values: list[str], times: Integers) -> list[str]:
    return [value for value, number in zip(values, times.tolist(), strict=True) for _ in range(number)]
