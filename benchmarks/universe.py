"""A universe of six outcomes on some 4,000 households: seconds, processor seconds, memory of all processes, and a run that was killed.

    python -m benchmarks.universe --jobs 2

A whole run is timed; then one is killed when some of its matches are kept in a folder, and the run that goes on from them is timed.
Memory is the largest sum over the process and its workers, looked at twenty times a second (``psutil``): shared pages count in each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import psutil

import impact as im

GROUPS = 332
ENOUGH = 5


def survey() -> im.Sample:
    """Return about 4,000 households with the first six outcomes of their roles."""
    made = im.synthetic.rural_alliances(1, groups=GROUPS)
    roles = made.roles()
    return im.Sample(made.household, **(roles | {"outcomes": roles["outcomes"][:6]}))


def choices() -> im.Choices:
    """Return choices of which 400 and some combinations are feasible."""
    return im.Choices(
        family={
            "nearest": im.NearestFamily(),
            "kernel": im.KernelFamily(),
            "entropy balancing": im.OneStrategy(im.EntropyBalancing()),
        },
        ratio={"1": 1, "2": 2, "3": 3, "4": 4},
        caliper={"none": None, "0.2 SD": 0.2},
        covariates={"all": None, "fewer": ("education_index", "assets_pre", "travel_time_market")},
        adjustment={"none": None, "linear": "linear"},
        winsorised={"none": None, "p99": 0.99},
        support={"none": None, "min-max": im.MinMax()},
        weights={"survey": True, "none": False},
    )


class Memory:
    """The largest memory of this process and its workers together, in bytes, looked at by a thread."""

    def __init__(self) -> None:
        self.largest, self._stopped = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        own = psutil.Process()
        while not self._stopped.wait(0.05):
            total = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:  # it has ended meanwhile
                    continue
            self.largest = max(self.largest, total)


def processor_seconds() -> float:
    """Return what this process and its workers, ended or not, have computed."""
    own, total = psutil.Process(), sum(os.times()[:4])
    for worker in own.children(recursive=True):
        times = worker.cpu_times()
        total += times.user + times.system
    return total


def run(sample: im.Sample, jobs: int, folder: Path | None) -> im.Universe:
    """Return the universe."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return im.universe(
            sample,
            choices=choices(),
            quality=im.QualityRule(max_smd=0.25),
            percent=True,
            n_jobs=jobs,
            folder=folder,
        )


def killed(folder: Path, jobs: int) -> int:
    """Start a run in a process of its own, kill it when some matches are kept, and return how many those are."""
    command = [sys.executable, "-m", "benchmarks.universe", "--into", str(folder), "--jobs", str(jobs)]
    process = subprocess.Popen(command)
    while process.poll() is None and len(list(folder.rglob("*.*"))) < ENOUGH:
        time.sleep(0.1)
    workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    for worker in workers:
        worker.kill()
    return len(list(folder.rglob("*.*")))


def timed(name: str, sample: im.Sample, jobs: int, folder: Path | None = None) -> im.Universe:
    """Run, and print what it took."""
    start, before = time.perf_counter(), processor_seconds()
    with Memory() as memory:
        found = run(sample, jobs, folder)
    seconds, computed = time.perf_counter() - start, processor_seconds() - before
    specifications = len(found.frame) // len(sample.outcomes)
    print(
        f"{name}: {specifications} specifications of {len(sample.outcomes)} outcomes on {len(sample):,} households, {jobs} processes: "
        f"{seconds:.1f} s, {computed:.1f} s of processor, {memory.largest / 2**30:.2f} GB in all processes",
        flush=True,
    )
    return found


def main() -> None:
    """Time a whole run, then kill one and let it go on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.universe", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--into", type=Path, help="only run, keeping matches in this folder")
    options = parser.parse_args()
    sample = survey()
    if options.into:
        run(sample, options.jobs, options.into)
        return
    whole = timed("whole", sample, options.jobs)
    with tempfile.TemporaryDirectory() as name:
        kept = killed(Path(name), options.jobs)
        again = timed(f"killed with {kept} files kept, gone on", sample, options.jobs, Path(name))
    same = whole.frame["estimate"].equals(again.frame["estimate"])
    print(f"the run that went on gives the same estimates: {same}")


if __name__ == "__main__":
    main()
