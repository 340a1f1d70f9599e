"""Every published share of the report's appendices from its counts, with its interval: writes published_shares.md.

python docs/published_shares.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import impact as im

HERE = Path(__file__).parent
TABLES = HERE.parent / "tests" / "reference" / "report" / "report_tables.csv"
HEAD = """# Published shares, recomputed

Every share of the appendices of World Bank (2018), *Bolivia, Rural Alliances Project*, Independent Evaluation Group, Project
Performance Assessment Report 132905, from its counts, with 95 % intervals that hold in small groups: `im.share(...,
interval="wilson")` and `"korn-graubard"` (here Clopper–Pearson at n − 1). Where the report prints a percentage only, the count is
the nearest that gives it; *n* is the stated number of groups, "no count" marks a percentage that no number of groups has. The
intervals take the groups as drawn at random; those of the workshops came by themselves (64 of 108 invited), which no interval
shows: `im.survival_bounds` and `im.share_bounds` do.

This page is written by `python docs/published_shares.py` and held to it by a test.

| Table | What | Group | Count | n | Printed % | Recomputed % | Wilson | Korn–Graubard |
|---|---|---|---|---|---|---|---|---|
"""


def counted(table: pd.DataFrame) -> Iterator[tuple[str, str, str, int, int, str]]:
    """Yield table, what, group, count, n and the printed percentage of every share."""
    cells = {
        (t.split()[0].rstrip(","), r, c): v
        for t, r, c, v in table[["table", "row", "column", "value"]].itertuples(index=False)
    }

    def at(*key: str) -> int:
        return int(cells[key])

    for row in (
        "quality or quantity",
        "labour productivity",
        "organisation",
        "net income",
        "market access",
        "productive capacity",
    ):
        yield "4.1", f"perceived: {row}", "all", *nearest(cells["4.1", row, "percent"], 86)
    for region in ("Lago", "Salar", "Valles", "Tropico", "total"):
        yield (
            "C.1",
            "attended of invited",
            region,
            at("C.1", region, "attended"),
            at("C.1", region, "invited"),
            "–",
        )
    for row in ("under 1 year", "1 to 10 years", "over 10 years"):
        for column in ("Lago", "Salar", "Valles", "Tropico", "all", "milk"):
            count = int(cells.get(("D.2", row, column), 0))
            yield "D.2", f"operated {row}", column, count, at("D.2", "total", column), "–"
    for year in ("2007", "2008", "2009", "2010", "2011", "total"):
        yield (
            "D.3",
            "attending of invited",
            year,
            at("D.3", year, "attending"),
            at("D.3", year, "invited"),
            cells["D.3", year, "printed percent"],
        )
    for column in ("warehouse", "processing", "vehicles"):
        yield (
            "D.4",
            f"have {column}",
            "all",
            at("D.4", "have", column),
            at("D.4", "total", column),
            cells["D.4", "printed percent have", column],
        )
    for (name, row, _), value in list(cells.items()):
        if name in ("D.5", "D.7"):
            yield name, row, "all", *nearest(value, 64 if name == "D.5" else 21)
    for column in ("Lago", "Salar", "Valles", "Tropico", "milk", "quinoa", "2011 start", "all"):
        total = at("D.6", "total", column)
        change = int(
            cells.get(("D.6", "change", column), total - int(cells.get(("D.6", "no change", column), total)))
        )
        yield "D.6", "changed the buyer", column, change, total, "–"
    for row in ("increased", "unchanged", "decreased"):
        for column in ("Lago", "Salar", "Valles", "Tropico", "all", "milk", "quinoa"):
            yield (
                "D.8",
                f"membership {row}",
                column,
                int(cells.get(("D.8", row, column), 0)),
                at("D.8", "total", column),
                "–",
            )
    for what, percent, n in (
        ("5.1 return above 12 %", "74", 140), ("5.1 gain", "90", 535), ("4.3 net loss", "11", 140),
        ("6.3 original buyer", "47", 86), ("6.3 new buyer", "30", 86), ("6.3 free market", "23", 86),
    ):  # fmt: skip
        yield "text", what, "all", *nearest(percent, n)
    yield "text", "5.2 return above 12 % after the price fall", "all", 31, 39, "–"


def nearest(percent: str, n: int) -> tuple[int, int, str]:
    """Return the count of n nearest to a printed percentage, n, and the percentage with a mark where none rounds to it."""
    count = round(float(percent) * n / 100)
    possible = abs(100 * count / n - float(percent)) <= 0.5 + 1e-9
    return count, n, percent if possible else f"{percent} (no count)"


def page() -> str:
    """Return the whole page."""
    lines = []
    for table, what, group, count, n, printed in counted(pd.read_csv(TABLES, dtype=str)):
        answers = pd.DataFrame({"yes": [1] * count + [0] * (n - count)})
        ends = []
        for interval in ("wilson", "korn-graubard"):
            row = im.share(answers, "yes", interval=interval).frame.iloc[0]
            ends.append(f"{100 * row['conf_low']:.0f}–{100 * row['conf_high']:.0f}")
        lines.append(
            f"| {table} | {what} | {group} | {count} | {n} | {printed} | {100 * count / n:.1f} | {ends[0]} | {ends[1]} |"
        )
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "published_shares.md").write_text(page(), encoding="utf-8")
