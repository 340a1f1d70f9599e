"""A missing income is a domain: its row leaves the shares and stays in the survey design."""

import numpy as np
import pandas as pd
import pytest

import impact as im


def survey_with_a_silent_cluster():
    generator = np.random.default_rng(8)
    stratum = np.repeat([0, 1], 60)
    cluster = np.arange(120) // 6
    income = generator.gamma(2, 250, 120)
    income[:6] = np.nan  # a whole cluster without an income
    income[[20, 33, 77]] = np.nan
    return pd.DataFrame(
        {"income": income, "weight": generator.uniform(1, 3, 120), "cluster": cluster, "stratum": stratum}
    )


def by_hand(frame, line):
    """Return share and error with missing rows at zero in every cluster of the design."""
    known = frame["income"].notna()
    poor = (frame["income"] < line).astype(float)
    weight = frame["weight"].where(known, 0.0)
    share = (weight * poor).sum() / weight.sum()
    score = weight * (poor - share) / weight.sum()
    variance = 0.0
    for _, part in frame.assign(score=score).groupby("stratum"):
        totals = part.groupby("cluster")["score"].sum()
        variance += len(totals) / (len(totals) - 1) * ((totals - totals.mean()) ** 2).sum()
    return share, np.sqrt(variance)


def test_the_domain_keeps_the_design():
    frame = survey_with_a_silent_cluster()
    table = im.fgt(frame["income"], 400.0, 0, frame["weight"], frame["cluster"], frame["stratum"]).frame
    share, error = by_hand(frame, 400.0)
    assert table.loc[0, "estimate"] == pytest.approx(share, rel=1e-12)
    assert table.loc[0, "std_error"] == pytest.approx(error, rel=1e-12)
    assert (table.loc[0, "n"], table.loc[0, "n_missing"]) == (111, 9)
    kept = frame.dropna()
    dropped = im.fgt(kept["income"], 400.0, 0, kept["weight"], kept["cluster"], kept["stratum"]).frame
    assert dropped.loc[0, "estimate"] == pytest.approx(share, rel=1e-12)
    assert dropped.loc[0, "std_error"] != pytest.approx(error, rel=1e-6)


def test_the_count_is_printed_and_subgroups_count_their_own():
    frame = survey_with_a_silent_cluster()
    table = im.fgt(
        frame["income"],
        400.0,
        [0, 1],
        frame["weight"],
        frame["cluster"],
        frame["stratum"],
        by=frame["stratum"],
    )
    assert "9 rows without an income left out of the shares" in table.note
    counts = table.frame.drop_duplicates("subgroup").set_index("subgroup")["n_missing"].to_dict()
    assert counts == {"all": 9, "0": 8, "1": 1}


def test_a_relative_line_is_that_of_the_known_incomes():
    frame = survey_with_a_silent_cluster()
    line = im.QuantileLine(0.5, 0.6)
    table = im.fgt(frame["income"], line, 0, frame["weight"], frame["cluster"], frame["stratum"]).frame
    kept = frame.dropna()
    alone = im.fgt(kept["income"], line, 0, kept["weight"], kept["cluster"], kept["stratum"]).frame
    assert table.loc[0, ["line", "estimate"]].tolist() == pytest.approx(
        alone.loc[0, ["line", "estimate"]].tolist()
    )


def test_no_income_at_all_and_infinite_ones_are_refused():
    with pytest.raises(im.DataError, match="no finite income"):
        im.fgt([np.nan, np.nan], 400.0)
    with pytest.raises(im.DataError, match="no finite income"):
        im.fgt([np.inf, 3.0, np.nan], 400.0)
    with pytest.raises(im.DataError, match="No income is known in subgroup 'b'"):
        im.fgt([1.0, 2.0, np.nan], 400.0, by=["a", "a", "b"])
