"""The tables of docs/simulation.md: coverage, bias and spread of every strategy, adjustment and variance, as Markdown.

    python -m benchmarks.coverage --folder runs --jobs 2 > tables.md

Each scenario's draws are appended to a file of the folder; an interrupted run goes on, and a finished one is only read.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

import impact as im

OUTCOMES = {
    "income_agr_pc_month": "agricultural income",
    "income_labour": "labour income",
    "headcount_moderate": "headcount",
    "gap_moderate": "gap",
}
VARIANCES: dict[str, im.ClusterRobust | im.WildBootstrap | im.CR1 | im.CR2 | im.CR3] = {
    "left out": im.ClusterRobust(),
    "left out, slopes": im.ClusterRobust(estimated_slopes=True),
    "wild": im.WildBootstrap(499),
    "CR1": im.CR1(),
    "CR2": im.CR2(estimated_slopes=True),
    "CR3": im.CR3(estimated_slopes=True),
}
SCENARIOS = {
    "330 groups": (im.RuralAlliancesTwin(), 1000),
    "No effect": (im.RuralAlliancesTwin(effect=0.0), 500),
    "ICC 0": (im.RuralAlliancesTwin(icc=0.0), 500),
    "ICC .1": (im.RuralAlliancesTwin(icc=0.1), 500),
    "ICC .4": (im.RuralAlliancesTwin(icc=0.4), 500),
    "30 groups": (im.RuralAlliancesTwin(groups=30), 500),
    "45 groups": (im.RuralAlliancesTwin(groups=45), 500),
    "60 groups": (im.RuralAlliancesTwin(groups=60), 500),
}
SEPARATOR = " · "


def adjustments() -> Iterator[im.Specification]:
    """Yield the four strategies by each adjustment, and unadjusted with the score known and estimated."""
    for one in im.FOUR_STRATEGIES:
        for name, adjustment in (
            ("default", im.SuitedAdjustment()),
            ("linear", im.LinearAdjustment()),
            ("squares", im.LinearAdjustment(squares=True)),
            ("log link", im.LogLinkAdjustment()),
            ("none", None),
        ):
            yield replace(one, name=f"{one.name}{SEPARATOR}{name}", bias_adjustment=adjustment)
        if one.name.startswith("Propensity"):
            yield replace(
                one,
                name=f"{one.name}{SEPARATOR}none, score estimated",
                bias_adjustment=None,
                variance=im.ClusterRobust(estimated_score=True),
            )


def others() -> Iterator[im.Specification]:
    """Yield household-level errors, left-out draws, left-out residuals unadjusted, weights, and matching without replacement."""
    drawn = im.WildBootstrap(499, linearised=im.ClusterRobust(estimated_slopes=True))
    for one in im.FOUR_STRATEGIES:
        yield replace(one, name=f"{one.name}{SEPARATOR}wild, left out, slopes", variance=drawn)
        if one.name != "Propensity kernel":
            name = f"{one.name}{SEPARATOR}Abadie-Imbens by household"
            yield replace(one, name=name, variance=im.AbadieImbens())
        if one.name.startswith("Propensity"):
            name = f"{one.name}{SEPARATOR}left out, unadjusted"
            yield replace(one, name=name, bias_adjustment=None, variance=im.ClusterRobust())
    once = im.NearestNeighbor(im.PropensityScore(scale="linear"), replace=False, order="closest", caliper=0.2)
    for name, strategy in (
        ("Inverse probability", im.InverseProbability(im.PropensityScore())),
        ("Entropy balancing", im.EntropyBalancing()),
        ("Propensity 1-NN once", once),
    ):
        yield im.Specification(f"{name}{SEPARATOR}default, unadjusted", strategy)
        yield im.Specification(f"{name}{SEPARATOR}default", strategy, "suited")


SPECIFICATIONS = {"adjustments": (adjustments, 1000), "others": (others, 500)}


def finished(name: str, path: Path, jobs: int, most: int) -> pd.DataFrame:
    """Run a scenario, or read it, and return its summary with the variant in a column of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        if name in SPECIFICATIONS:
            made, draws = SPECIFICATIONS[name]
            result = im.certify(specifications=tuple(made()), draws=min(draws, most), n_jobs=jobs, path=path)
        else:
            twin, draws = SCENARIOS[name]
            result = im.certify(twin, draws=min(draws, most), n_jobs=jobs, path=path, variances=VARIANCES)
    frame = result.frame
    parts = frame["strategy"].str.split(SEPARATOR, n=1, expand=True)
    return frame.assign(strategy=parts[0], variant=parts[1].fillna("default"))


def rows(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return one target's rows, outcomes by their names."""
    part = frame[frame["target"] == target]
    return part.assign(outcome=part["outcome"].map(OUTCOMES)).set_index(["variant", "strategy", "outcome"])


def detailed(frame: pd.DataFrame, variant: str) -> pd.DataFrame:
    """Return truth, bias, spread, share kept and coverage of one variance."""
    population, drawn, matched = (
        rows(frame, target).loc[variant] for target in ("population", "all treated", "matched treated")
    )
    return pd.DataFrame(
        {
            "truth": population["truth"].map("{:,.4g}".format),
            "bias/SD": population["bias_over_sd"].map("{:+.2f}".format),
            "SE/SD": population["se_over_sd"].map("{:.2f}".format),
            "kept": population["share_kept"].map("{:.1%}".format),
            "population": population["coverage"].map("{:.3f}".format),
            "all treated": drawn["coverage"].map("{:.3f}".format),
            "matched treated": matched["coverage"].map("{:.3f}".format),
            "percent, all treated": drawn["percent_coverage"].map("{:.3f}".format),
            "power": population["power"].map("{:.3f}".format),
        }
    )


def by_variant(frame: pd.DataFrame, column: str, targets: Mapping[str, str]) -> pd.DataFrame:
    """Return a table with one column a variant; several targets stand beside each other in a cell."""
    cells = [rows(frame, target)[column].map(style.format) for target, style in targets.items()]
    joined = cells[0]
    for other in cells[1:]:
        joined = joined + " / " + other
    wide = (
        joined.rename("cell")
        .reset_index()
        .pivot_table(
            index=["strategy", "outcome"], columns="variant", values="cell", aggfunc="first", sort=False
        )
    )
    return wide[[name for name in dict.fromkeys(frame["variant"]) if name in wide]].fillna("")


def markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown, names to the left and numbers to the right."""
    flat = table.reset_index()
    names = list(table.index.names)
    lines = [
        "| " + " | ".join(map(str, flat.columns)) + " |",
        "|" + "|".join("---" if column in names else "---:" for column in flat.columns) + "|",
    ]
    lines += ["| " + " | ".join(map(str, line)) + " |" for line in flat.itertuples(index=False, name=None)]
    return "\n".join(lines)


def printed(name: str, frame: pd.DataFrame) -> Iterator[str]:
    """Yield the headings and tables of a scenario."""
    asked, failed = int((frame["draws"] + frame["failed"]).max()), int(frame["failed"].max())
    yield f"## {name}: {asked:,} draws, {f'{failed:,}' if failed else 'none'} failed"
    both = {"population": "{:.3f}", "all treated": "{:.3f}"}
    ratio = {"population": "{:.2f}"}
    if name == "adjustments":
        for column, style in (("bias_over_sd", "{:+.2f}"), ("sd", "{:,.4g}"), ("se_over_sd", "{:.2f}")):
            yield f"{column}, population\n\n{markdown(by_variant(frame, column, {'population': style}))}"
    elif name not in SPECIFICATIONS:
        yield markdown(detailed(frame, "default"))
    yield f"Coverage, population / all treated\n\n{markdown(by_variant(frame, 'coverage', both))}"
    if name != "adjustments":
        yield f"SE/SD, population\n\n{markdown(by_variant(frame, 'se_over_sd', ratio))}"


def main() -> None:
    """Print every table."""
    names = [*SCENARIOS, *SPECIFICATIONS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("coverage-runs"))
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--draws", type=int, default=1000, help="at most so many of each scenario")
    parser.add_argument("--scenarios", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.scenarios:
        path = options.folder / f"{name.replace(' ', '-').replace('.', '')}.csv"
        for text in printed(name, finished(name, path, options.jobs, options.draws)):
            print(f"{text}\n", flush=True)


if __name__ == "__main__":
    main()
