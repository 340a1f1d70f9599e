"""The table of docs/monitoring_coverage.md: how often the intervals of the monitoring tables hold the truth of the twin.

    python -m benchmarks.coverage_of_monitoring --folder runs --draws 1000 > table.md

Each study's draws are one file of the folder; an interrupted run goes on, and a finished one is only read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tests.simulation.monitoring import alliances, questionnaires, reach
from tests.simulation.monitoring.study import DRAWS, HIGH, LOW, Study

STUDIES = (*questionnaires.STUDIES, *alliances.STUDIES, *reach.STUDIES)


def drawn(study: Study, folder: Path, draws: int) -> pd.DataFrame:
    """Return a row a draw and a column a cell: read as far as they are there, else made and kept."""
    file = folder / f"{'_'.join(study.name.replace(',', '').split())}.csv"
    there = pd.read_csv(file) if file.exists() else pd.DataFrame()
    if len(there) < draws:
        chunk = 50
        for start in range(len(there), draws, chunk):
            made = pd.DataFrame(list(study.hits(range(start, min(start + chunk, draws)))))
            there = pd.concat([there, made], ignore_index=True)
            there.to_csv(file, index=False)
    return there.iloc[:draws]


def printed(folder: Path, draws: int, chosen: str) -> Iterator[str]:
    """Yield the table, a line a cell."""
    yield "| Study | Interval | Covers | |"
    yield "|---|---|---|---|"
    for study in STUDIES:
        if chosen not in study.name:
            continue
        shares = drawn(study, folder, draws).mean()
        for cell, share in shares.items():
            high = 1.0 if study.conservative else HIGH
            mark = "" if LOW <= share <= high else "**outside**"
            yield f"| {study.name} | {cell} | {100 * share:.1f} % | {mark} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage_of_monitoring", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("monitoring-runs"))
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--study", default="", help="only studies whose name holds this text")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for line in printed(options.folder, options.draws, options.study):
        print(line, flush=True)


if __name__ == "__main__":
    main()
