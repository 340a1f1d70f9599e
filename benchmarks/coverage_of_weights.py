"""The tables of docs/weighting.md: coverage, bias and width of weights and doubly robust estimates, as Markdown.

    python -m benchmarks.coverage_of_weights --folder runs --draws 300 > tables.md

Each draw is one file of the folder; an interrupted run goes on, and a finished one is only read.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
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
    made = {
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
        made[one.name] = Cell(one.strategy, one.bias_adjustment)
    return made


def wrong_models() -> dict[str, Cell]:
    """Return AIPW and IPWRA with one model wrong, then the other, then both."""
    weighted = im.LinearAdjustment(covariates=FEW)
    return {
        "AIPW · both right": Cell(WEIGHTS, BY_ITSELF),
        "AIPW · score wrong": Cell(WRONG_SCORE, BY_ITSELF),
        "AIPW · outcome wrong": Cell(WEIGHTS, WRONG_OUTCOME),
        "AIPW · both wrong": Cell(WRONG_SCORE, WRONG_OUTCOME),
        "IPWRA · both right": Cell(WEIGHTS, "linear"),
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


def one_draw(groups: int, number: int, chosen: dict[str, Cell]) -> pd.DataFrame:
    """Return estimate, interval and truth of every cell and outcome in one survey."""
    trial = im.RuralAlliancesTwin(groups=groups).draw(number)
    rows = []
    for name, cell in chosen.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", im.ImpactWarning)
            try:
                matched = im.match(trial.sample, cell.strategy, cell.estimand)
                table = im.estimate(matched, bias_adjustment=cell.adjustment)
            except im.ImpactError as error:
                rows.append({"cell": name, "outcome": "", "problem": f"{type(error).__name__}: {error}"})
                continue
        for effect, truth in zip(table, truths(trial, population(matched)), strict=True):
            numbers = (effect.estimate, effect.std_error, effect.conf_low, effect.conf_high, truth)
            rows.append(
                {"cell": name, "outcome": effect.outcome, "problem": ""}
                | dict(zip(("estimate", "std_error", "low", "high", "truth"), numbers, strict=True))
            )
    return pd.DataFrame(rows).assign(draw=number)


def drawn(folder: Path, name: str, groups: int, draws: int, chosen: dict[str, Cell]) -> pd.DataFrame:
    """Return the draws of a scenario: read where they are there, else made and kept."""
    parts = []
    for number in range(draws):
        file = folder / f"{name}-{groups}-{number:04d}.csv"
        if not file.exists():
            made = file.with_suffix(".part")
            one_draw(groups, number, chosen).to_csv(made, index=False)
            made.replace(file)
        parts.append(pd.read_csv(file, keep_default_na=False, na_values=[""]))
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
    for number in groups:
        table = summary(drawn(folder, "defaults", number, draws, cells()))
        failed = (
            table.groupby("cell", sort=False)["failed"].first().map("{:.1%}".format).rename("no estimate")
        )
        styles = {"coverage": "{:.3f}", "coverage_own": "{:.3f}", "se_over_sd": "{:.2f}"}
        yield f"### {number} groups, {draws:,} draws: coverage of the population / of the draw / SE over SD\n"
        yield markdown(by_outcome(table, styles).join(failed))
        kernel = table[table["cell"] == "Propensity kernel"].set_index("outcome")["width"]
        relative = table.assign(relative=table["width"] / table["outcome"].map(kernel))
        yield f"\n### {number} groups: median width of the interval, propensity kernel = 1\n"
        yield markdown(by_outcome(relative, {"relative": "{:.2f}"}))
    for number in groups:
        table = summary(drawn(folder, "wrong", number, draws, wrong_models()))
        yield f"\n### {number} groups, {draws:,} draws, models that leave out what selects: bias over SD / coverage\n"
        yield markdown(by_outcome(table, {"bias_over_sd": "{:+.2f}", "coverage": "{:.3f}"}))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage_of_weights", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("weights-runs"))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--groups", type=int, nargs="+", default=list(GROUPS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for text in printed(options.folder, options.draws, tuple(options.groups)):
        print(text, flush=True)


if __name__ == "__main__":
    main()
