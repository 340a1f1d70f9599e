"""One of our cases in a process of its own: seconds (best of several), and peak memory a row."""

from __future__ import annotations

import json
import math
import resource
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

import impact as im
from benchmarks import panel
from benchmarks.data import COVARIATES, generate
from impact.design.matching.full import Full
from impact.design.matching.optimal import Optimal
from impact.design.proposal import Strategy
from impact.effects.estimate import estimations
from impact.effects.variances.redrawn.redraws import RedrawnSurveys

SCORE = im.PropensityScore()
HOUSEHOLDS_A_GROUP = 11.96
_ENOUGH = 20.0  # seconds after which a case is not run once more
LARGE = 10_000  # rows beyond which a thousand draws, or a table of distances, are not timed


def _matched(strategy: Strategy) -> Callable[[im.Sample], float]:
    def run(sample: im.Sample) -> float:
        return float(len(im.match(sample, strategy).unmatched))

    return run


def _estimated(ratio: int) -> Callable[[im.Sample], float]:
    def run(sample: im.Sample) -> float:
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=ratio))
        return im.estimate(matched, variance=im.AbadieImbens(), bias_adjustment="linear").one().estimate

    return run


def _estimate_of(strategy: Strategy, adjustment: object = None) -> Callable[[im.Sample], float]:
    def run(sample: im.Sample) -> float:
        return im.estimate(im.match(sample, strategy), bias_adjustment=adjustment).one().estimate

    return run


def _balance(sample: im.Sample) -> float:
    return float(im.balance(_replaced(sample)).max_abs_smd)


@cache
def _replaced(sample: im.Sample) -> im.MatchedSample:
    """Return the match whose balance is timed, made in the first run only: the best of several leaves it out."""
    return im.match(sample, im.NearestNeighbor(SCORE))


def _resampled(cores: int) -> Callable[[im.Sample], float]:
    """Return 1,000 surveys redrawn by group, each with score, 1-NN and ATT anew: their standard deviation.

    Nearest neighbours are refused by ``im.Bootstrap``, whose machinery this times.
    """

    def run(sample: im.Sample) -> float:
        _, estimation = next(estimations(_replaced(sample), None, None))
        means = RedrawnSurveys.of(estimation).draws(1_000, seed=0, n_jobs=cores)
        return float((means[:, 0] - means[:, 1]).std(ddof=1))

    return run


def _wild_four_strategies(sample: im.Sample) -> float:
    wild = im.WildBootstrap(1_000)
    table = im.four_strategies(sample, [replace(one, variance=wild) for one in im.FOUR_STRATEGIES])
    return float(table.frame["std_error"].iloc[0])


def _bootstrap_kernel(sample: im.Sample) -> float:
    matched = im.match(sample, im.Kernel(SCORE))
    table = im.estimate(matched, variance=im.Bootstrap(1_000, n_jobs=2), bias_adjustment="linear")
    return float(table.frame["std_error"].iloc[0])


def _units(number: int) -> im.Sample:
    return im.Sample(generate(number), treatment="treated", covariates=COVARIATES, outcomes=["y"])


def _groups(number: int) -> im.Sample:
    roles = {"treatment": "treated", "covariates": COVARIATES, "outcomes": ["y"], "cluster": "cluster"}
    return im.Sample(generate(number), **roles)


def _alliances(number: int) -> im.Sample:
    """Return about so many households of a synthetic survey, with six outcomes."""
    survey = im.synthetic.rural_alliances(1, groups=round(number / HOUSEHOLDS_A_GROUP))
    roles = survey.roles()
    return im.Sample(survey.household, **(roles | {"outcomes": roles["outcomes"][:6]}))


def _household_waves(number: int) -> pd.DataFrame:
    """Return a panel of so many rows: groups enter in three cohorts over five waves."""
    return panel.draw(3, households=number // panel.WAVES)


@dataclass(frozen=True)
class Case:
    """What is timed, on which sample, and up to how many rows."""

    run: Callable[[Any], float]
    sample: Callable[[int], Any] = _units
    largest: float = math.inf


def table_for_peers(case: str, number: int) -> pd.DataFrame:
    """Return what peers are timed on: the rows of our sample."""
    return _household_waves(number) if CASES[case].sample is _household_waves else generate(number)


CASES: dict[str, Case] = {
    "score_replace": Case(_matched(im.NearestNeighbor(SCORE))),
    "score_no_replace": Case(_matched(im.NearestNeighbor(SCORE, replace=False, caliper=0.2))),
    "score_closest": Case(_matched(im.NearestNeighbor(SCORE, replace=False, caliper=0.2, order="closest"))),
    "mahalanobis_1": Case(_matched(im.NearestNeighbor(im.Mahalanobis()))),
    "mahalanobis_1_estimate": Case(_estimated(1)),
    "mahalanobis_4_estimate": Case(_estimated(4)),
    "score_replace_estimate": Case(_estimate_of(im.NearestNeighbor(SCORE))),
    "score_no_replace_estimate": Case(_estimate_of(im.NearestNeighbor(SCORE, replace=False, caliper=0.2))),
    "optimal": Case(_matched(Optimal(SCORE))),
    "optimal_mahalanobis": Case(_estimate_of(Optimal(im.Mahalanobis())), largest=100_000),
    "full": Case(_matched(Full(SCORE))),
    "full_estimate": Case(_estimate_of(Full(SCORE))),
    "bounded_full_mahalanobis": Case(_matched(Full(im.Mahalanobis(), max_controls=3)), largest=LARGE),
    "quick_full": Case(_matched(im.QuickFull(SCORE))),
    "ipw": Case(_estimate_of(im.InverseProbability(SCORE))),
    "entropy_balancing": Case(_matched(im.EntropyBalancing())),
    "entropy_balancing_estimate": Case(_estimate_of(im.EntropyBalancing())),
    "aipw": Case(_estimate_of(im.InverseProbability(SCORE), im.LinearAdjustment(weighted=False))),
    "balance": Case(_balance),
    "group_time": Case(lambda table: panel.ours(table, ["simple"])[0], _household_waves),
    "group_time_aggregated": Case(lambda table: panel.ours(table)[0], _household_waves),
    "resampled_1000": Case(_resampled(1), _groups, LARGE),
    "resampled_1000_two_cores": Case(_resampled(2), _groups, LARGE),
    "bootstrap_kernel": Case(_bootstrap_kernel, _alliances, LARGE),
    "wild_four_strategies": Case(_wild_four_strategies, _alliances, LARGE),
}


def main(case: str, number: int, repetitions: int) -> None:
    """Time one case, and print the result as JSON."""
    warnings.simplefilter("ignore", im.ImpactWarning)
    sample = CASES[case].sample(number)
    before = _peak_bytes()
    seconds, processor, result = [], [], 0.0
    for _ in range(repetitions):
        start, busy = time.perf_counter(), time.process_time()
        result = CASES[case].run(sample)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
        if sum(seconds) > _ENOUGH:
            break
    peak = _peak_bytes()
    print(
        json.dumps(
            {
                "seconds": min(seconds),
                "processor": min(processor),
                "bytes_per_row": (peak - before) / number,
                "peak_gb": round(peak / 1e9, 3),
                "result": result,
            }
        )
    )


def _peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
