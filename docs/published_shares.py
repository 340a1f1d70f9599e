"""Every published share of the report's appendices from its counts, with its interval: writes published_shares.md.

python docs/published_shares.py
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import impact as im

HERE = Path(__file__).parent
REPORT = HERE.parent / "tests" / "reference" / "report"
HEAD = """# Published shares, recomputed

Every share of the appendices of World Bank (2018), *Bolivia, Rural Alliances Project*, Independent Evaluation Group, Project
Performance Assessment Report 132905, from its counts, with 95 % intervals that hold in small groups: `im.share(...,
interval="wilson")` and `"korn-graubard"` (here Clopper–Pearson at n − 1). Where the report prints a percentage only, the count is
the nearest that gives it; *n* is the stated number of groups, "no count" marks a percentage that no number of groups has, "not so" one that
the printed counts do not give. The intervals take the groups as drawn at random; those of the workshops came by themselves (64 of 108
invited), which no interval shows: `im.survival_bounds` and `im.share_bounds` do.

This page is written by `python docs/published_shares.py` and held to it by a test, which also asks that every printed percentage and every
claim stands either here or among what is left out below.

| Table | What | Group | Count | n | Printed % | Recomputed % | Wilson | Korn–Graubard |
|---|---|---|---|---|---|---|---|---|
"""
LEFT_OUT = {
    "3.1, A.1, A.2": "of money planned, not of counted groups; held against their sums by the auditor (two of 3.1 are wrong)",
    "D.1, share paid by producers": "shares of money; the amounts are not printed. Weighted by the printed investment the four "
    "regions give 29.3 %, which may round to the 30 that stands there",
    "D.3, the regions of a year": "counts of groups, of which no share is printed",
    "C01, C02, C06, C08, C10, C14": "changes in percent or hectares, not shares (the 18 % of 4.3 stand above)",
    "C04, C07, C09, C12, C17": "comparisons without a figure of a share",
    "C05": "shares of money and persons over municipalities; their amounts are not printed (the twin's: notebook 09)",
    "C11": "61, 59 and 53 % of groups; of how many is not said",
    "C13": "person-days",
    "C15, C16": "shares of households below the lines, from 3,946 interviews that are not published; the twin's are in published_twin.md",
    "C18, C19": "effects over a control mean, not shares",
    "C25": "rates of return; the 535 of 768 stand above",
    "C27, C37": "amounts",
    "C28, milk and quinoa": "prices of a year over those of another; the 31 of 39 stand above",
    "C29": "a share of cost (8.93 of 79.74), which the auditor finds right",
    "C31": "75, 69, 50, 33, 24 and 13 % of the groups of a region, about 14 each; how many is not said. The twin has them as its truth",
    "C32, milk": "65 %; of how many is not said",
    "C38 to C43": "contradictions for the auditor",
}


class Published(NamedTuple):
    """A share: where it stands, its count and n, and the percentage printed in a cell of the tables or in a claim."""

    table: str
    what: str
    group: str
    count: int
    n: int
    printed: str = ""
    cell: tuple[str, str, str] | None = None
    claim: str = ""

    @property
    def shown(self) -> str:
        """The printed percentage, marked where the counts do not give it or no count can."""
        if not self.printed or abs(100 * self.count / self.n - float(self.printed)) <= 0.5 + 1e-9:
            return self.printed or "–"
        return f"{self.printed} ({'no count' if self.count == nearest(self.printed, self.n) else 'not so'})"


def nearest(percent: str, n: int) -> int:
    """Return the count of n nearest to a printed percentage."""
    return round(float(percent) * n / 100)


@cache
def cells() -> dict[tuple[str, str, str], str]:
    """Return every printed figure by table, row and column."""
    table = pd.read_csv(REPORT / "report_tables.csv", dtype=str)
    return {
        (t.split()[0].rstrip(","), r, c): v
        for t, r, c, v in table[["table", "row", "column", "value"]].itertuples(index=False)
    }


def at(*key: str) -> int:
    """Return a printed count; a dash is none."""
    return int(cells().get((key[0], key[1], key[2]), 0))


def of_percentages(table: str, n: int, what: str, claim: str) -> Iterator[Published]:
    """Yield the shares of a table that prints percentages of a stated number of groups."""
    for cell, printed in cells().items():
        if cell[0] == table:
            yield Published(
                table, what.format(row=cell[1]), "all", nearest(printed, n), n, printed, cell, claim
            )


def of_counts() -> Iterator[Published]:
    """Yield the shares of the tables that print counts."""
    for region in ("Lago", "Salar", "Valles", "Tropico", "total"):
        of = "attended of invited"
        printed = {"printed": "59", "claim": "C21"} if region == "total" else {}
        yield Published(
            "C.1", of, region, at("C.1", region, "attended"), at("C.1", region, "invited"), **printed
        )
    for row, printed in (("under 1 year", "52"), ("1 to 10 years", "34"), ("over 10 years", "14")):
        for column in ("Lago", "Salar", "Valles", "Tropico", "all", "milk", "quinoa"):
            n = at("D.2", "total", column)
            if column == "quinoa":  # 10 is printed; its counts add up to 11
                n = sum(
                    at("D.2", part, column) for part in ("under 1 year", "1 to 10 years", "over 10 years")
                )
            told = {"printed": printed, "claim": "C23"} if column == "all" else {}
            yield Published("D.2", f"operated {row}", column, at("D.2", row, column), n, **told)
    for year in ("2007", "2008", "2009", "2010", "2011", "total"):
        cell = ("D.3", year, "printed percent")
        counts = at("D.3", year, "attending"), at("D.3", year, "invited")
        yield Published("D.3", "attending of invited", year, *counts, cells()[cell], cell, "C22")
    for row in ("have", "do not have"):
        for column in ("warehouse", "processing", "vehicles"):
            cell = ("D.4", f"printed percent {row}", column)
            counts = at("D.4", row, column), at("D.4", "total", column)
            claim = "C44" if (row, column) == ("have", "warehouse") else ""
            yield Published("D.4", f"{row} {column}", "all", *counts, cells()[cell], cell, claim)
    for column in ("Lago", "Salar", "Valles", "Tropico", "milk", "quinoa", "2011 start", "all"):
        told = {"printed": "33", "claim": "C33"} if column == "all" else {}
        counts = at("D.6", "change", column), at("D.6", "total", column)
        yield Published("D.6", "changed the buyer", column, *counts, **told)
    for row in ("increased", "unchanged", "decreased"):
        for column in ("Lago", "Salar", "Valles", "Tropico", "all", "milk", "quinoa"):
            counts = at("D.8", row, column), at("D.8", "total", column)
            yield Published("D.8", f"membership {row}", column, *counts, claim="C36")


def of_the_text() -> Iterator[Published]:
    """Yield the shares that the text states with their number of groups."""
    for claim, what, percent, n in (
        ("C24", "5.1 return above 12 %", "74", 140), ("C26", "5.1 gain", "90", 535), ("C03", "4.3 net loss", "11", 140),
        ("C30", "6.3 original buyer", "47", 86), ("C30", "6.3 new buyer", "30", 86), ("C30", "6.3 free market", "23", 86),
        ("C30", "6.3 breaks within a year", "72", 46),
        ("C32", "6.5 Tropico: active", "75", 32), ("C32", "6.5 Lago: active", "59", 29),
    ):  # fmt: skip
        yield Published("text", what, "all", nearest(percent, n), n, percent, claim=claim)
    yield Published("text", "4.3 completion report, early", "all", 140, 768, "18", claim="C02")
    yield Published("text", "5.1 completion report", "all", 535, 768, "70", claim="C25")
    yield Published("text", "5.2 return above 12 % after the price fall", "all", 31, 39, claim="C28")
    groups = at("D.2", "total", "all")
    for product, printed in (("milk", "52"), ("quinoa", "18")):
        count = sum(at("D.2", part, product) for part in ("under 1 year", "1 to 10 years", "over 10 years"))
        yield Published("text", f"6.10 {product} groups", "all", count, groups, printed, claim="C34")


def counted() -> Iterator[Published]:
    """Yield every share of the report."""
    yield from of_percentages("4.1", 86, "perceived: {row}", "C20")
    yield from of_counts()
    yield from of_percentages("D.5", 64, "{row}", "")
    yield from of_percentages("D.7", 21, "{row}", "C35")
    yield from of_the_text()


@cache
def ends(count: int, n: int) -> tuple[str, ...]:
    """Return the two intervals of a count of n, in percent."""
    answers = pd.DataFrame({"yes": [1] * count + [0] * (n - count)})
    rows = [im.share(answers, "yes", interval=kind).frame.iloc[0] for kind in ("wilson", "korn-graubard")]
    return tuple(f"{100 * row['conf_low']:.0f}–{100 * row['conf_high']:.0f}" for row in rows)


def page() -> str:
    """Return the whole page."""
    lines = [
        f"| {one.table} | {one.what} | {one.group} | {one.count} | {one.n} | {one.shown} | {100 * one.count / one.n:.1f} | "
        f"{' | '.join(ends(one.count, one.n))} |"
        for one in counted()
    ]
    left = [f"| {what} | {why} |" for what, why in LEFT_OUT.items()]
    below = [
        "",
        "## Left out, and why",
        "",
        "C01 to C44 are the claims of `report_claims.csv`.",
        "",
        "| What | Why |",
        "|---|---|",
    ]
    return HEAD + "\n".join([*lines, *below, *left]) + "\n"


if __name__ == "__main__":
    (HERE / "published_shares.md").write_text(page(), encoding="utf-8")
