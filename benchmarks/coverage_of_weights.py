"""The tables of docs/weighting.md: coverage, bias and width of weights and doubly robust estimates, as Markdown.

    python -m benchmarks.coverage_of_weights --folder runs --draws 300 > tables.md
    python -m benchmarks.coverage_of_weights --folder others --draws 300 --cells IPW "Propensity kernel"    # some rows alone

Each survey is one file of the folder; an interrupted run goes on, and a finished one is only read. A survey is drawn once for every
cell, and matched once for the cells that differ in their adjustment alone. Draw k is the same survey in every run.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression

import impact as im
from benchmarks.coverage import OUTCOMES, markdown
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import Strategy
from impact.robustness.twins import TwinTrial

GROUPS = (50, 150, 330)
SCORE = im.PropensityScore()
WEIGHTS = im.InverseProbability(SCORE)
FEW = ("unmet_needs",)
"""What a wrong model looks at: neither education, assets, travel nor region, which select and which make income."""
WRONG_SCORE = im.InverseProbability(im.PropensityScore(formula=FEW[0]))
BY_ITSELF = im.LinearAdjustment(weighted=False)
WRONG_OUTCOME = im.LinearAdjustment(covariates=FEW, weighted=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is estimated: a strategy, an adjustment, for whom."""

    strategy: Strategy
    adjustment: object = None
    estimand: str = "ATT"


def cells() -> dict[str, Cell]:
    """Return the defaults that are judged, by name."""
    learnt = im.PropensityScore(model=LogisticRegression(C=1e6, max_iter=1000), folds=5)
    defaults = {
        "IPW": Cell(WEIGHTS),
        "AIPW": Cell(WEIGHTS, BY_ITSELF),
        "AIPW, ATC": Cell(WEIGHTS, BY_ITSELF, "ATC"),
        "AIPW, ATE": Cell(WEIGHTS, BY_ITSELF, "ATE"),
        "IPWRA": Cell(WEIGHTS, "linear"),
        "cross-fitted": Cell(im.InverseProbability(learnt), im.CrossFitted(LinearRegression())),
        "overlap (ATO)": Cell(WEIGHTS, None, "ATO"),
        "matching weights (ATM)": Cell(WEIGHTS, None, "ATM"),
        "CBPS": Cell(im.CovariateBalancing()),
        "CBPS, over-identified": Cell(im.CovariateBalancing(overidentified=True)),
        "tilting": Cell(im.ProbabilityTilting()),
        "stable balancing, .05": Cell(im.StableBalancing(0.05), "linear"),
        "subclass weights": Cell(im.SubclassWeights(SCORE)),
        "entropy balancing": Cell(im.EntropyBalancing()),
        "entropy balancing, .05": Cell(im.EntropyBalancing(tolerance=0.05), "linear"),
        "entropy balancing, augmented": Cell(im.EntropyBalancing(), BY_ITSELF),
    }
    for one in im.FOUR_STRATEGIES:
        defaults[one.name] = Cell(one.strategy, one.bias_adjustment)
    return defaults


def wrong_models() -> dict[str, Cell]:
    """Return AIPW and IPWRA with one model wrong, then the other, then both; with both right they are among the defaults."""
    weighted = im.LinearAdjustment(covariates=FEW)
    return {
        "AIPW · score wrong": Cell(WRONG_SCORE, BY_ITSELF),
        "AIPW · outcome wrong": Cell(WEIGHTS, WRONG_OUTCOME),
        "AIPW · both wrong": Cell(WRONG_SCORE, WRONG_OUTCOME),
        "IPWRA · score wrong": Cell(WRONG_SCORE, "linear"),
        "IPWRA · outcome wrong": Cell(WEIGHTS, weighted),
        "IPWRA · both wrong": Cell(WRONG_SCORE, weighted),
    }


def population(matched: MatchedSample) -> Array:
    """Return how much each unit counts in the population asked for, sampling weights aside, shape (n,)."""
    if matched.estimand not in ("ATO", "ATM"):
        return matched.focal.astype(np.float64)
    score = matched.propensity.probability.to_numpy()
    return score * (1 - score) if matched.estimand == "ATO" else np.minimum(score, 1 - score)


def truths(trial: TwinTrial, counts: Array) -> Array:
    """Return the true effect of each outcome over a population, weighted as the estimate is."""
    frame = trial.sample.frame
    found = []
    for k, outcome in enumerate(trial.sample.outcomes):
        weight = counts.copy()
        for column in (trial.sample.sampling_weight, outcome.persons):
            weight = weight if column is None else weight * frame[column].to_numpy()
        found.append(weight @ (trial.treated[:, k] - trial.untreated[:, k]) / weight.sum())
    return np.array(found)


def one_draw(groups: int, number: int, names: Collection[str] = ()) -> pd.DataFrame:
    """Return estimate, interval and truth of the cells named, or all, in one survey by outcome, and the warnings that a user would see."""
    trial = im.RuralAlliancesTwin(groups=groups).draw(number)
    matches: dict[tuple[Strategy, str], MatchedSample] = {}
    rows: list[dict[str, object]] = []
    for name, cell in (cells() | wrong_models()).items():
        if names and name not in names:
            continue
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always", im.ImpactWarning)
            try:
                rows += estimates(trial, name, cell, matches)
            except im.ImpactError as error:
                rows.append({"cell": name, "outcome": "", "problem": f"{type(error).__name__}: {error}"})
        warned = " ".join(sorted({one.category.__name__ for one in seen}))
        rows[-1]["warned"] = warned
    return pd.DataFrame(rows).assign(draw=number)


def estimates(
    trial: TwinTrial, name: str, cell: Cell, matches: dict[tuple[Strategy, str], MatchedSample]
) -> list[dict[str, object]]:
    """Return a row an outcome of one cell; a strategy that an earlier cell matched by is not matched again."""
    design = (cell.strategy, cell.estimand)
    if design not in matches:
        matches[design] = im.match(trial.sample, cell.strategy, cell.estimand)
    table = im.estimate(matches[design], bias_adjustment=cell.adjustment)
    true = truths(trial, population(matches[design]))
    return [
        {
            "cell": name,
            "outcome": effect.outcome,
            "problem": "",
            "estimate": effect.estimate,
            "std_error": effect.std_error,
            "low": effect.conf_low,
            "high": effect.conf_high,
            "truth": truth,
        }
        for effect, truth in zip(table, true, strict=True)
    ]


def made(folder: Path, draws: int, groups: tuple[int, ...], names: Collection[str] = ()) -> None:
    """Make the surveys that the folder lacks: the first of every number of groups, then the second, so that a run can end anywhere."""
    for number in range(draws):
        for count in groups:
            file = folder / f"{count}-{number:04d}.csv"
            if not file.exists():
                part = file.with_suffix(".part")
                one_draw(count, number, names).to_csv(part, index=False)
                part.replace(file)


def drawn(folder: Path, groups: int, draws: int) -> pd.DataFrame:
    """Return every cell of the surveys of so many groups."""
    files = [folder / f"{groups}-{number:04d}.csv" for number in range(draws)]
    parts = [pd.read_csv(file, keep_default_na=False, na_values=[""]) for file in files]
    return pd.concat(parts, ignore_index=True)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return coverage, bias and width by cell and outcome; the population's truth is the mean of the draws' truths."""
    rows = []
    asked = frame["draw"].nunique()
    for (cell, outcome), part in frame.dropna(subset=["outcome"]).groupby(["cell", "outcome"], sort=False):
        target, spread = part["truth"].mean(), part["estimate"].std()
        covered = (part["low"] <= target) & (target <= part["high"])
        own = (part["low"] <= part["truth"]) & (part["truth"] <= part["high"])
        rows.append(
            {
                "cell": cell,
                "outcome": OUTCOMES[outcome],
                "bias": (part["estimate"] - part["truth"]).mean(),
                "bias_over_sd": (part["estimate"] - part["truth"]).mean() / spread,
                "sd": spread,
                "se_over_sd": np.sqrt((part["std_error"] ** 2).mean()) / spread,
                "coverage": covered.mean(),
                "coverage_own": own.mean(),
                "width": (part["high"] - part["low"]).median(),
                "failed": 1 - part["draw"].nunique() / asked,
            }
        )
    return pd.DataFrame(rows)


def by_outcome(table: pd.DataFrame, styles: dict[str, str]) -> pd.DataFrame:
    """Return one row a cell, one column an outcome; several numbers stand beside each other."""
    texts = [table[column].map(style.format) for column, style in styles.items()]
    joined = texts[0].str.cat(texts[1:], sep=" / ") if len(texts) > 1 else texts[0]
    wide = table.assign(text=joined).pivot_table(
        index="cell", columns="outcome", values="text", aggfunc="first", sort=False
    )
    return wide[list(OUTCOMES.values())]


def printed(folder: Path, draws: int, groups: tuple[int, ...]) -> Iterator[str]:
    """Yield the tables."""
    tables = {number: summary(drawn(folder, number, draws)) for number in groups}
    for number, whole in tables.items():
        table = whole[~whole["cell"].isin(wrong_models())]
        failed = (
            table.groupby("cell", sort=False)["failed"].first().map("{:.1%}".format).rename("no estimate")
        )
        kernel = table[table["cell"] == "Propensity kernel"].set_index("outcome")["width"]
        relative = table.assign(relative=table["width"] / table["outcome"].map(kernel))
        styles = {"coverage": "{:.3f}", "se_over_sd": "{:.2f}", "relative": "{:.2f}"}
        yield f"\n### {number} groups, {draws:,} surveys\n"
        yield "Coverage of the population's effect / SE over SD / width of the interval, propensity kernel = 1.\n"
        yield markdown(by_outcome(relative, styles).join(failed))
    for number, whole in tables.items():
        table = whole[whole["cell"].isin(["AIPW", "IPWRA", *wrong_models()])]
        if table.empty:
            continue
        yield f"\n### One model wrong, the other, both: {number} groups, {draws:,} surveys\n"
        yield "Bias over SD / coverage.\n"
        yield markdown(by_outcome(table, {"bias_over_sd": "{:+.2f}", "coverage": "{:.3f}"}))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage_of_weights", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("weights-runs"))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--groups", type=int, nargs="+", default=list(GROUPS))
    parser.add_argument("--cells", nargs="+", default=[], choices=list(cells() | wrong_models()))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    made(options.folder, options.draws, tuple(options.groups), options.cells)
    for text in printed(options.folder, options.draws, tuple(options.groups)):
        print(text, flush=True)


if __name__ == "__main__":
    main()
