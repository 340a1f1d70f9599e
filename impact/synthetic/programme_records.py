"""The programme's own records of a set of groups, and a programme of 768 alliances without a household survey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.synthetic.parameters import PRODUCT_UNITS, PRODUCTS
from impact.synthetic.population import streams
from impact.synthetic.programme.records import (
    application_table,
    buyer_table,
    group_outcomes,
    perception_table,
    workshop_table,
)
from impact.synthetic.programme.subproject_books import (
    books,
    completion_records,
    conversion_table,
    cpi_table,
    price_table,
)
from impact.synthetic.tables import labelled

# The whole programme: alliances by regional unit, its municipalities, and the years of first disbursement.
REGIONS = ("Norte", "Tropico", "Valles", "Chaco", "Lago", "Salar")
REGION_SHARES = np.array([0.15, 0.21, 0.24, 0.12, 0.16, 0.12])
MUNICIPALITIES = 110
FIRST_YEARS, YEAR_SHARES = np.arange(2006, 2014), np.array([0.06, 0.10, 0.13, 0.15, 0.17, 0.16, 0.13, 0.10])
MEMBERS_MEAN = 28_896 / 768


def programme_records(group: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Return the programme's records of some groups, each table from a stream of its own.

    Parameters
    ----------
    group : DataFrame
        Synthetic groups with what became of their buyers.
    seed : int

    Returns
    -------
    dict of str to DataFrame
        ``subproject_finance``, ``subproject_record``, ``buyer``, ``product_price``, ``application``, ``workshop``,
        ``perception``, ``cpi``, ``unit_conversions``.
    """
    stream = streams(seed)
    finance = books(group, stream["books"], stream["instalments"])
    workshop = workshop_table(group, stream["workshops"])
    return {
        "subproject_finance": finance,
        "subproject_record": completion_records(group, finance, stream["completion"]),
        "buyer": buyer_table(group, stream["buyers"]),
        "product_price": price_table(stream["prices"]),
        "application": application_table(group, stream["applications"]),
        "workshop": workshop,
        "perception": perception_table(workshop, stream["perceptions"]),
        "cpi": cpi_table(),
        "unit_conversions": conversion_table(),
    }


def rural_programme(seed: int, *, alliances: int = 768) -> dict[str, pd.DataFrame]:
    """Draw the records of a whole programme: every alliance in six regional units, no household survey.

    Parameters
    ----------
    seed : int
        At least 0.
    alliances : int, default 768
        At least 20.

    Returns
    -------
    dict of str to DataFrame
        ``group`` and ``municipality`` and the tables of :func:`programme_records`, all marked as synthetic.

    Examples
    --------
    >>> from impact.synthetic import rural_programme
    >>> programme = rural_programme(1)
    >>> len(programme["group"]), len(programme["subproject_finance"])
    (768, 8448)
    """
    checks.whole("seed", seed, minimum=0)
    checks.whole("alliances", alliances, minimum=20)
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(768,)))
    municipality = _municipalities(generator)
    group = _alliances(alliances, municipality, generator)
    group = labelled(group.assign(**group_outcomes(group, generator)))
    records = programme_records(group, seed)
    invested = (
        records["subproject_finance"]
        .groupby("group_id")[["grant_bs", "own_cash_bs", "own_inkind_bs"]]
        .sum()
        .sum(axis=1)
    )
    by_municipality = group.assign(funds=group["group_id"].map(invested)).groupby("muni_code")
    code = municipality["muni_code"]
    municipality["funds_invested"] = code.map(by_municipality["funds"].sum()).fillna(0.0)
    municipality["beneficiaries"] = (
        code.map(by_municipality["members_approval"].sum()).fillna(0).astype(np.int64)
    )
    return {"group": group, "municipality": labelled(municipality)} | records


def _municipalities(generator: np.random.Generator) -> pd.DataFrame:
    region = np.sort(generator.choice(len(REGIONS), MUNICIPALITIES, p=REGION_SHARES))
    department = np.array(["Beni", "Santa Cruz", "Chuquisaca", "Tarija", "La Paz", "Potosí"])[region]
    return pd.DataFrame(
        {
            "muni_code": [f"{number:06d}" for number in range(999_000, 999_000 + MUNICIPALITIES)],
            "muni_name": [f"Municipio sintético {number}" for number in range(1, MUNICIPALITIES + 1)],
            "department": department,
            "region": pd.Categorical.from_codes(region.tolist(), categories=pd.Index(REGIONS)),
            "nbs_index": np.round(generator.beta(4, 6, MUNICIPALITIES), 3),
            "rural_pop": generator.integers(2_000, 30_000, MUNICIPALITIES),
        }
    )


def _alliances(number: int, municipality: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Draw alliances; municipalities with a better index have more of them, as the report found."""
    weight = np.exp(2.0 * municipality["nbs_index"].to_numpy())
    place = generator.choice(len(municipality), number, p=weight / weight.sum())
    region = municipality["region"].to_numpy()[place]
    product = generator.choice(len(PRODUCTS), number)
    year = generator.choice(FIRST_YEARS, number, p=YEAR_SHARES)
    paid = pd.Series(pd.to_datetime(year.astype(str))) + pd.to_timedelta(
        generator.integers(0, 365, number), unit="D"
    )
    members = np.clip(generator.poisson(generator.gamma(6, MEMBERS_MEAN / 6, number)), 5, 300)
    code = [f"ALI-{place:04d}-999-99" for place in range(1, number + 1)]
    return pd.DataFrame(
        {
            "group_id": code,
            "phase": "PAR I",
            "treated": True,
            "region": pd.Categorical(region, categories=list(REGIONS)),
            "muni_code": municipality["muni_code"].to_numpy()[place],
            "alliance_product": np.array(PRODUCTS)[product],
            "qty_unit": np.array(PRODUCT_UNITS)[product],
            "call_date": (paid - pd.Timedelta(days=300)).dt.as_unit("s").to_numpy(),
            "approval_date": (paid - pd.Timedelta(days=120)).dt.as_unit("s").to_numpy(),
            "disb1_date": paid.dt.as_unit("s").to_numpy(),
            "interview_start": np.datetime64("2014-06-02", "s"),
            "score": np.clip(np.round(generator.normal(70, 8, number), 1), 0, 100),
            "members_approval": members,
            "women_share": np.round(generator.beta(6, 12, number), 3),
            "still_operating": generator.choice(["yes", "no", "unknown"], number, p=[0.80, 0.12, 0.08]),
        },
        index=pd.Index(code),
    )
