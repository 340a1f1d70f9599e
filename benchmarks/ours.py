"""One of our cases in a process of its own: seconds of score and match (best of several), and peak memory a row."""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache

import impact as im
from benchmarks.data import COVARIATES, generate
from impact.design.assignment import Strategy
from impact.design.full import Full
from impact.design.optimal import Optimal

SCORE = im.PropensityScore()


def _matched(strategy: Strategy) -> Callable[[im.Sample], float]:
    def run(sample: im.Sample) -> float:
        return float(len(im.match(sample, strategy).unmatched))

    return run


def _estimated(ratio: int) -> Callable[[im.Sample], float]:
    def run(sample: im.Sample) -> float:
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=ratio))
        table = im.estimate(matched, variance=im.AbadieImbens(), bias_adjustment="linear")
        return float(table.frame["estimate"].iloc[0])

    return run


def _balance(sample: im.Sample) -> float:
    return float(im.balance(_replaced(sample)).max_abs_smd)


@cache
def _replaced(sample: im.Sample) -> im.MatchedSample:
    """Return the match whose balance is timed, made in the first run only: the best of several leaves it out."""
    return im.match(sample, im.NearestNeighbor(SCORE))


CASES: dict[str, Callable[[im.Sample], float]] = {
    "score_replace": _matched(im.NearestNeighbor(SCORE)),
    "score_no_replace": _matched(im.NearestNeighbor(SCORE, replace=False, caliper=0.2)),
    "score_closest": _matched(im.NearestNeighbor(SCORE, replace=False, caliper=0.2, order="closest")),
    "mahalanobis_1": _matched(im.NearestNeighbor(im.Mahalanobis())),
    "mahalanobis_1_estimate": _estimated(1),
    "mahalanobis_4_estimate": _estimated(4),
    "optimal": _matched(Optimal(SCORE)),
    "full": _matched(Full(SCORE)),
    "balance": _balance,
}


def main(case: str, number: int, repetitions: int) -> None:
    """Time one case, and print the result as JSON."""
    warnings.simplefilter("ignore", im.ImpactWarning)
    sample = im.Sample(generate(number), treatment="treated", covariates=COVARIATES, outcomes=["y"])
    before = _peak_bytes()
    seconds, result = [], 0.0
    for _ in range(repetitions):
        start = time.perf_counter()
        result = CASES[case](sample)
        seconds.append(time.perf_counter() - start)
    memory = (_peak_bytes() - before) / number
    print(json.dumps({"seconds": min(seconds), "bytes_per_row": memory, "result": result}))


def _peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
