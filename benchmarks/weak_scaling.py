"""Weak scaling of a registry: n rows on one process against 2n rows on two, and two single processes of n rows side by side.

``python -m benchmarks.weak_scaling --rows 8000000 --folder /large/disk`` times the steps of ``benchmarks.registry``, each run in a process
of its own, prints clock and processor seconds and the efficiencies, and appends every run to ``weak_scaling.jsonl``. Two processes side by
side share memory and caches but nothing else: what they lose is the machine's, what two workers lose beyond it is ours. Below 10 million
rows n and 2n take the same number of passes for the score, which begins on a tenth of the runs where there are 20.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import registry

RECORDS = Path(__file__).with_name("weak_scaling.jsonl")
TOTAL = "total"


def one(rows: int, processes: int, folder: Path) -> dict[str, object]:
    """Return the seconds of one run: the clock's by step, the processor's of all processes from beginning to end."""
    record = registry.run(rows, folder, processes)
    if processes > 1:  # finished children are counted, waiting ones are not
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = {step: record[f"{step}_wall"] for step in registry.STEPS}
    processor = sum(each.ru_utime + each.ru_stime for each in used) - record["generate"]
    total = round(sum(seconds.values()), 3)
    return seconds | {
        TOTAL: total,
        "processor": round(processor, 2),
        "rows": rows,
        "passes": record["passes"],
    }


def started(rows: int, processes: int, folder: Path) -> subprocess.Popen[str]:
    """Start one run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.weak_scaling", "--rows", str(rows), "--folder", str(folder)]
    return subprocess.Popen(
        [*command, "--processes", str(processes)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(kind: str, runs: list[subprocess.Popen[str]]) -> None:
    """Append what some runs printed."""
    for run in runs:
        out, problem = run.communicate()
        lines = [line for line in out.splitlines() if line.startswith("{")]
        if not lines:
            raise SystemExit(f"{kind} failed: {problem[-500:]}")
        record = {"kind": kind, **json.loads(lines[-1]), "day": datetime.now(UTC).date().isoformat()}
        with RECORDS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        print(record, flush=True)


def summary(rows: int) -> str:
    """Return the efficiency of every step by the best of all runs of this size, as a table in Markdown."""
    known = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    sizes = {"one": rows, "two": 2 * rows, "beside": rows}
    lines = [
        "| Seconds | n, one process | 2n, two | Efficiency | n, two side by side | Against these |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for step in (*registry.STEPS, TOTAL, "processor"):
        best = {
            kind: min(record[step] for record in known if (record["kind"], record["rows"]) == (kind, size))
            for kind, size in sizes.items()
        }
        shared = 2 if step == "processor" else 1
        lines.append(
            f"| {step} | {best['one']:.1f} | {best['two']:.1f} | {shared * best['one'] / best['two']:.2f} | "
            f"{best['beside']:.1f} | {shared * best['beside'] / best['two']:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run the three kinds so many times, one after another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weak_scaling", description=__doc__)
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--processes", type=int, help="one run of so many processes, printed as JSON")
    given = parser.parse_args()
    if given.processes:
        print(json.dumps(one(given.rows, given.processes, given.folder)))
        return
    for _ in range(given.repetitions):
        finished("one", [started(given.rows, 1, given.folder)])
        finished("two", [started(2 * given.rows, 2, given.folder)])
        finished("beside", [started(given.rows, 1, given.folder) for _ in range(2)])
    print(summary(given.rows))


if __name__ == "__main__":
    main()
