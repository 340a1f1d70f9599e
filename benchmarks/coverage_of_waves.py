"""The tables of docs/panel.md and docs/decomposition.md: how often intervals from waves, and of parts of income, hold the truth.

    python -m benchmarks.coverage_of_waves --folder runs --draws 1000 > tables.md

Each study is a file of the folder to which every draw is added as it is made; an interrupted run goes on, and a finished one is only
read. A survey is drawn once for every estimator, aggregation and outcome.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from benchmarks.coverage import OUTCOMES, markdown
from tests.simulation.waves.drawn import growing
from tests.simulation.waves.parts import income_parts
from tests.simulation.waves.study import Study, summary
from tests.simulation.waves.twin import ability, regressions, survey

STUDIES = (
    Study("twin", 150, survey),
    Study("growing", 150, growing),
    Study("ability", 150, ability),
    Study("parts", 330, income_parts),
    Study("twin", 40, survey),
    Study("growing", 40, growing),
    Study("ability", 40, ability),
    Study("regressions", 40, regressions),
)


def drawn(study: Study, folder: Path, draws: int) -> pd.DataFrame:
    """Return the rows of so many draws: read as far as they are there, else made and added to the study's file."""
    file = folder / f"{study.name}-{study.groups}.csv"
    finished = _finished(file)
    if len(finished) < draws:
        pd.concat(finished.values()).to_csv(file, index=False) if finished else file.unlink(missing_ok=True)
    for number in range(draws):
        if number not in finished:
            finished[number] = study.draw(number).reindex(columns=COLUMNS)
            with file.open("a") as opened:
                opened.write(finished[number].to_csv(index=False, header=opened.tell() == 0))
    return pd.concat([finished[number] for number in range(draws)], ignore_index=True)


COLUMNS = (
    "draw", "rows", "cell", "outcome", "estimate", "std_error", "low", "high", "percent_low", "percent_high", "truth", "without", "problem",
)  # fmt: skip


def _finished(file: Path) -> dict[int, pd.DataFrame]:
    """Return the draws whose every row is in the file: an interrupted one is made again."""
    if not file.exists():
        return {}
    there = pd.read_csv(file)
    parts = {int(number): part for number, part in there.groupby("draw")}
    return {number: part for number, part in parts.items() if len(part) == part["rows"].iloc[0]}


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell, one column an outcome: bias over SD / SE over SD / coverage of the effect / of its percentage."""
    names = found["outcome"].map(lambda name: OUTCOMES.get(name, name))
    texts = [
        found["bias"].map("{:+.2f}".format),
        found["se_over_sd"].map("{:.2f}".format),
        found["coverage"].map("{:.3f}".format),
        found["percent"].map(lambda share: "–" if pd.isna(share) else f"{share:.3f}"),
    ]
    shown = found.assign(outcome=names, text=texts[0].str.cat(texts[1:], sep=" / "))
    wide = shown.pivot_table(index="cell", columns="outcome", values="text", aggfunc="first", sort=False)
    return wide.fillna("").join(_means(found))


def _means(found: pd.DataFrame) -> pd.DataFrame:
    """Return truth and mean estimate of each cell's first outcome, draws, and those in which it was refused."""
    first = found.groupby("cell", sort=False)[["truth", "mean", "draws", "refused"]].first()
    return first.assign(truth=first["truth"].map("{:,.4g}".format), mean=first["mean"].map("{:,.4g}".format))


def printed(folder: Path, draws: int, chosen: str) -> Iterator[str]:
    """Yield a table a study."""
    for study in STUDIES:
        if chosen in f"{study.name}-{study.groups}":
            found = summary(drawn(study, folder, draws))
            yield f"\n### {study.name}, {study.groups} groups, {draws:,} draws\n\n{markdown(table(found))}"


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage_of_waves", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("waves-runs"))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument(
        "--study", default="", help="only studies whose name and groups (twin-150) hold this text"
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for text in printed(options.folder, options.draws, options.study):
        print(text, flush=True)


if __name__ == "__main__":
    main()
