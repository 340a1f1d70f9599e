"""What the programme's own records hold of each group: buyers, facilities, services, applications, workshops, perceptions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans
from impact.synthetic.tables import labelled

# Share of alliances whose first buyer still buys, by regional unit; of the breaks, those in the first year; of those
# that broke, the ones with a new buyer (the rest sell on the open market).
BUYER_KEPT = {"Norte": 0.75, "Lago": 0.69, "Valles": 0.50, "Salar": 0.33, "Tropico": 0.24, "Chaco": 0.13}
BROKEN_IN_FIRST_YEAR = 0.72
NEW_BUYER = 30 / 53
MEMBERSHIP = {"more": 19 / 63, "same": 15 / 63, "fewer": 29 / 63}
FACILITIES = {"fac_storage": 42 / 64, "fac_processing": 31 / 64, "fac_vehicle": 4 / 64}
SERVICES = {
    "svc_inputs": 0.95, "svc_ta": 1.00, "svc_training": 0.98, "svc_marketing": 0.97, "svc_fund": 0.22,
    "svc_bank": 0.53, "svc_transport": 0.11, "svc_rep": 0.80,
}  # fmt: skip
WITHOUT_PROGRAMME = 0.4  # groups that wait have this part of a facility's or service's share
PERCEIVED = {
    "imp_quality": 0.75, "imp_productivity": 0.71, "imp_organisation": 0.68, "imp_income": 0.57, "imp_market": 0.36,
    "imp_capacity": 0.32,
}  # fmt: skip
DROP_REASONS = {
    "drop_quantity": 0.10, "drop_price": 0.57, "drop_delivery": 0.38, "drop_quality": 0.10, "drop_transport": 0.24,
    "drop_product": 0.38,
}  # fmt: skip
ATTENDED = 64 / 108
REJECTED_FOR_EACH_APPROVED = 1.4


def group_outcomes(group: pd.DataFrame, generator: np.random.Generator) -> dict[str, Any]:
    """Return what became of each group: its buyer, members, facilities and services, one entry a group."""
    number = len(group)
    treated = group["treated"].to_numpy(dtype=bool)
    uniform = generator.random((5, number))
    kept = uniform[0] < group["region"].astype(str).map(BUYER_KEPT).to_numpy(dtype=np.float64)
    elapsed = _days(group["disb1_date"], group["interview_start"])
    early = uniform[1] < BROKEN_IN_FIRST_YEAR
    first_year = np.minimum(365.0, elapsed)
    after = np.where(early, uniform[2] * first_year, first_year + uniform[2] * np.maximum(elapsed - 366, 0))
    broke = treated & ~kept & (elapsed > 30)
    change = group["disb1_date"].to_numpy() + np.where(broke, np.maximum(after, 1), 0).astype(
        "timedelta64[D]"
    )
    status = np.where(broke, np.where(uniform[3] < NEW_BUYER, "new", "free_market"), "original")
    kinds = np.array(list(MEMBERSHIP))
    edges = np.cumsum(list(MEMBERSHIP.values()))[:-1]
    shares = generator.random((len(FACILITIES) + len(SERVICES), number))
    scale = np.where(treated, 1.0, WITHOUT_PROGRAMME)
    return {
        "buyer_status": pd.Series(status, index=group.index, dtype=object).where(treated, None),
        "buyer_change_date": pd.Series(change, index=group.index).where(broke).dt.as_unit("s"),
        "members_change": kinds[np.searchsorted(edges, uniform[4])],
        **{
            name: draw < scale * share
            for draw, (name, share) in zip(shares, (FACILITIES | SERVICES).items(), strict=True)
        },
    }


# Waiting groups that sell to a formal buyer beside the fair.
WAITING_WITH_FORMAL_BUYER = 0.20


def buyer_table(group: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return one row a group and buyer: who bought from when to when, how much, at which premium over the spot price."""
    treated = group[group["treated"] & group["disb1_date"].notna()]
    broke = treated[treated["buyer_status"].ne("original")]
    first = _buyers(treated, "alliance", treated["disb1_date"], treated["buyer_change_date"], generator)
    kind = np.where(broke["buyer_status"].eq("new"), "other_formal", "fair")
    later = _buyers(broke, kind, broke["buyer_change_date"], None, generator)
    waiting = group[~group["treated"]]
    usual = _buyers(waiting, "fair", waiting["call_date"], None, generator)
    further = waiting[generator.random(len(waiting)) < WAITING_WITH_FORMAL_BUYER]
    formal = _buyers(further, "other_formal", further["call_date"], None, generator)
    table = pd.concat([first, later, usual, formal], ignore_index=True)
    table.insert(0, "buyer_id", [f"B{number:05d}" for number in range(1, len(table) + 1)])
    return labelled(table)


def _buyers(
    group: pd.DataFrame, kind: Any, start: pd.Series, end: pd.Series | None, generator: np.random.Generator
) -> pd.DataFrame:
    """Return the buyers of some alliances; reasons are asked where an end is dated."""
    number = len(group)
    kinds = np.broadcast_to(np.asarray(kind, dtype=object), number)
    formal = kinds != "fair"
    ended = np.zeros(number, dtype=bool) if end is None else end.notna().to_numpy()
    never = pd.Series(pd.NaT, index=group.index, dtype="datetime64[s]")
    premium = np.where(formal, generator.normal(0.08, 0.06, number), generator.normal(0, 0.05, number))
    reasons = {
        name: pd.Series(generator.random(number) < share, dtype="boolean").where(ended).array
        for name, share in DROP_REASONS.items()
    }
    return pd.DataFrame(
        {
            "group_id": group["group_id"].to_numpy(),
            "buyer_type": kinds,
            "start_date": start.to_numpy(),
            "end_date": (never if end is None else end).to_numpy(),
            "share_bought": np.round(generator.beta(6, 2, number), 3),
            "export": formal & (generator.random(number) < 0.15),
            "premium": np.round(premium, 3),
            **reasons,
        }
    )


def application_table(group: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return every application to the calls: those of the groups, and those that were not approved."""
    number = len(group)
    others = int(generator.poisson(REJECTED_FOR_EACH_APPROVED * number))
    like = generator.integers(0, number, others)
    fate = generator.choice(["rejected", "ineligible", "withdrawn"], others, p=[0.6, 0.25, 0.15])
    columns = ["call_date", "region", "muni_code", "alliance_product"]
    own = group[[*columns, "score", "group_id"]].assign(fate="approved")
    lost = (
        group[columns]
        .iloc[like]
        .assign(score=np.clip(np.round(generator.normal(55, 9, others), 1), 0, 100), group_id=None, fate=fate)
    )
    table = pd.concat([own, lost], ignore_index=True)
    table["members"] = np.clip(np.round(generator.gamma(4, 9.5, len(table))), 5, 300).astype(np.int64)
    table["amount_asked"] = np.round(table["members"] * generator.uniform(6_000, 14_000, len(table)), -2)
    table.insert(0, "application_id", [f"S{place:05d}" for place in range(1, len(table) + 1)])
    return labelled(table)


def workshop_table(group: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return the frame of the workshops: invited groups, who came, and those that were added there."""
    treated = group[group["treated"]]
    number = len(treated)
    invited = generator.random(number) < 0.8
    came = generator.random(number) < ATTENDED
    added = ~invited & (generator.random(number) < 0.35)
    table = pd.DataFrame(
        {
            "group_id": treated["group_id"].to_numpy(),
            "workshop": treated["region"].astype(str).to_numpy() + generator.choice([" 1", " 2"], number),
            "invited": invited,
            "attended": (invited & came) | added,
            "participants": np.where((invited & came) | added, 1 + generator.poisson(3, number), 0),
        }
    )
    return labelled(table[table["invited"] | table["attended"]].reset_index(drop=True))


def perception_table(workshop: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return what the groups that came said the alliance had changed: several answers each."""
    came = workshop[workshop["attended"]].reset_index(drop=True)
    lean = generator.normal(0, 0.5, len(came))  # a group that sees one change tends to see others
    answers = {name: _leaning(share, lean, generator) for name, share in PERCEIVED.items()}
    return labelled(pd.DataFrame({"group_id": came["group_id"], **answers}))


def _leaning(share: float, lean: Array, generator: np.random.Generator) -> Booleans:
    """Draw yes with this share on average, more often where a group leans to it."""
    from scipy.special import ndtr, ndtri

    chosen: Booleans = generator.random(len(lean)) < ndtr(ndtri(share) * np.sqrt(1.25) + lean)
    return chosen


def _days(start: pd.Series, end: pd.Series) -> Array:
    """Return the days from one date to another, 0 where there is no start."""
    days: Array = np.nan_to_num((end - start).dt.days.to_numpy(dtype=np.float64, na_value=np.nan), nan=0.0)
    return days
