"""A registry of generated households scored, matched, balanced and estimated, step by step: time and memory against rows.

``python -m benchmarks.registry --rows 1000000 --folder /large/disk`` prints one line of JSON a run and appends it to ``registry.jsonl``;
``python -m benchmarks.registry --figure`` prints slopes and projections and draws docs/scale.svg. The data are synthetic: eight
covariates, 200 cells (20 regions × 10 products), clusters within regions. Files hold a million rows each and are generated one by one.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd

import impact as im

RECORDS = Path(__file__).with_name("registry.jsonl")
FIGURE = Path(__file__).parents[1] / "docs" / "scale.svg"
COVARIATES = ["age", "land", "schooling", "members", "distance", "assets", "herd", "woman"]
REGIONS, PRODUCTS, ROWS_OF_A_FILE = 20, 10, 1_000_000
STEPS = ("read", "score", "match", "balance", "estimate")


def households(rows, seed, groups_of_a_region):
    """Return generated households: the effect of the programme on income is 30."""
    draw = np.random.default_rng([20140801, seed])
    region = draw.integers(0, REGIONS, rows)
    age, land = draw.normal(45, 13, rows), draw.exponential(2.5, rows)
    schooling, members = draw.integers(0, 13, rows), draw.integers(1, 10, rows)
    distance, assets = draw.exponential(20, rows), draw.normal(0, 1, rows)
    herd, woman = draw.poisson(3, rows), draw.integers(0, 2, rows)
    index = -2.3 + 0.01 * (age - 45) + 0.1 * (land - 2.5) + 0.04 * (schooling - 6) - 0.01 * (distance - 20)
    treated = draw.random(rows) < 1 / (1 + np.exp(-index - 0.2 * assets))
    income = (
        400 + 2 * age + 15 * land + 8 * schooling + 40 * assets + 30 * treated + draw.normal(0, 100, rows)
    )
    return pd.DataFrame(
        {
            "treated": treated,
            "age": age,
            "land": land,
            "schooling": schooling.astype(np.int8),
            "members": members.astype(np.int8),
            "distance": distance,
            "assets": assets,
            "herd": herd.astype(np.int16),
            "woman": woman.astype(np.int8),
            "region": region.astype(np.int16),
            "product": draw.integers(0, PRODUCTS, rows).astype(np.int16),
            "group": (region * groups_of_a_region + draw.integers(0, groups_of_a_region, rows)).astype(
                np.int32
            ),
            "income": income,
        }
    )


def write_registry(folder, rows):
    """Write the files of a registry, one at a time."""
    groups = max(min(rows // 1000, 5000), 5)
    for number, start in enumerate(range(0, rows, ROWS_OF_A_FILE)):
        part = households(min(ROWS_OF_A_FILE, rows - start), number, groups)
        part.to_parquet(folder / f"part-{number:05d}.parquet", index=False, compression="snappy")


def peak():
    """Return the largest resident memory so far of this process, and of its largest child, in GB."""
    own, children = (
        resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return round(own, 3), round(children, 3)


class OwnMemory:
    """The largest memory so far that is the process's own, in GB; pages of files that it has mapped, which the system takes back, apart.

    Looked at fifty times a second, where there is /proc.
    """

    def __init__(self):
        self.largest = 0.0
        Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        status = Path("/proc/self/status")
        while status.exists():
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
            self.largest = max(self.largest, int(lines["RssAnon"].split()[0]) / 1e6)
            time.sleep(0.02)


def cpu():
    """Return the processor's seconds of this process and its finished children: a busy machine does not count."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run(rows, folder, n_jobs):
    """Time every step on a registry of so many rows."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = Path(place) / "files"
        source.mkdir()
        clock, memory = Clock(), OwnMemory()
        clock.step("generate", lambda: write_registry(source, rows))
        sample = clock.step(
            "read",
            lambda: im.RegistrySample(
                source, "treated", COVARIATES, ["income"], cluster="group", cells=["region", "product"],
                synthetic=True, n_jobs=n_jobs, scratch=place,
            ),
        )  # fmt: skip
        fitted = clock.step("score", lambda: im.registry.score(sample))
        strategy = im.NearestNeighbor(im.PropensityScore(), exact=("region", "product"))
        matched = clock.step("match", lambda: im.registry.match(sample, strategy, score=fitted))
        balance = clock.step("balance", lambda: im.registry.balance(matched))
        effect = clock.step("estimate", lambda: im.registry.estimate(matched)).one("income")
        on_disk = sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())
        return clock.seconds | {
            "rows": rows,
            "n_jobs": n_jobs or 1,
            "peak_gb": peak(),
            "own_gb": round(memory.largest, 3),
            "disk_gb": round(on_disk / 1e9, 3),
            "largest_cell": int(sample.frame["rows"].max()),
            "passes": fitted.passes,
            "effect": effect.estimate,
            "std_error": effect.std_error,
            "max_abs_smd": balance.max_abs_smd,
        }


class Clock:
    """Processor and clock seconds of named steps."""

    def __init__(self):
        self.seconds = {}

    def step(self, name, action):
        """Time an action, by the clock and by the processor."""
        wall, processor = time.perf_counter(), cpu()
        result = action()
        self.seconds[name] = round(cpu() - processor, 3)
        self.seconds[f"{name}_wall"] = round(time.perf_counter() - wall, 3)
        print(
            f"  {name}: {self.seconds[name]:,.1f} s of processor, {self.seconds[name + '_wall']:,.1f} s, peak {peak()} GB",
            flush=True,
        )
        return result


def slopes(records):
    """Return, by step, the slope of log seconds on log rows between the two largest sizes."""
    few, many = records[-2:]
    between = np.log(many["rows"] / few["rows"])
    return {
        step: float(np.log(seconds_of(many, step) / seconds_of(few, step)) / between)
        for step in (*STEPS, "total")
    }


def projected(records, rows):
    """Return, by step, the seconds of so many rows by a constant and a cost of each row, through the two largest sizes."""
    few, many = records[-2:]
    found = {}
    for step in (*STEPS, "total"):
        each = (seconds_of(many, step) - seconds_of(few, step)) / (many["rows"] - few["rows"])
        found[step] = seconds_of(many, step) + each * (rows - many["rows"])
    return found


def seconds_of(record, step):
    return total(record) if step == "total" else record[step]


def total(record):
    return sum(record[step] for step in STEPS)


def draw(records):
    """Draw the seconds of each step against rows, both logarithmic, with their slopes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    known = slopes(records)
    for step in (*STEPS, "total"):
        seconds = [seconds_of(record, step) for record in records]
        width = 2.5 if step == "total" else 1.2
        axes.loglog(
            [r["rows"] for r in records],
            seconds,
            marker="o",
            lw=width,
            label=f"{step}: slope {known[step]:.2f}",
        )
    axes.set(
        xlabel="rows of the registry",
        ylabel="processor seconds",
        title="A registry on one machine (synthetic data)",
    )
    axes.grid(which="major", alpha=0.3)
    axes.legend()
    figure.savefig(FIGURE, metadata={"Date": None})


def read_records():
    """Return the latest record of each number of rows, by rows."""
    lines = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    return [record for _, record in sorted({line["rows"]: line for line in lines}.items())]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--figure", action="store_true")
    given = parser.parse_args()
    for rows in given.rows:
        print(f"{rows:,} rows", flush=True)
        record = run(rows, given.folder, given.n_jobs)
        with RECORDS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        print(json.dumps(record), flush=True)
    if given.figure:
        records = read_records()
        for step, slope in slopes(records).items():
            ahead = ", ".join(f"{projected(records, rows)[step]:,.0f} s at {rows:.0e}" for rows in (1e8, 1e9))
            print(f"{step}: slope {slope:.2f}; by a cost of each row {ahead}")
        draw(records)


if __name__ == "__main__":
    main()
