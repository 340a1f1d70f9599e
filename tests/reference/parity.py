"""The parity sheet, docs/parity.md: which call of R or Stata is which of ours, and to which digit the reference tests see them agree.

python -m tests.reference.parity

Runs the tests of this folder and listens to every comparison that they make (``pytest.approx``, ``numpy.testing.assert_allclose``): what is
written is what was compared, and a number that no test compares is not on the page.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.reference import cases

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "parity.md"
ApproxScalar = type(pytest.approx(1.0))
"""What pytest compares one number with; arrays, lists and dictionaries compare theirs through it."""
MOST = 15
"""Digits of a double."""
OURS = {
    "aipw": "`im.estimate(…, bias_adjustment=…)` after `im.InverseProbability`",
    "cobalt": "`im.balance(matched, further=[im.NON_OVERLAP])`",
    "doubleml": "`im.estimate` with a cross-fitted adjustment after `im.InverseProbability`",
    "ebal": "`im.match(sample, im.EntropyBalancing())`",
    "glm": "`im.PropensityScore(link=…)`",
    "match": "`im.match(sample, im.NearestNeighbor(…))`, `im.estimate(…, variance=im.AbadieImbens(convention=\"matching\"))`",
    "matchbalance": "`im.balance(matched)`",
    "matchit": "`im.match(sample, im.NearestNeighbor(…) / im.Optimal(…) / im.Full(…) / …)`, `im.balance`, `im.estimate`",
    "ols": "`im.confounder_sensitivity`, regressions",
    "panel": "`im.group_time_effects`, `im.two_wave_effects`",
    "poverty": "`im.fgt`, `im.watts`, `im.sen_shorrocks_thon`",
    "rbounds": "`im.rosenbaum_bounds`",
    "sensemakr": "`im.confounder_sensitivity`",
    "stata_published": "`im.match(…)`, `im.estimate(…, variance=im.AbadieImbens(convention=\"stata\"))`",
    "stata_teffects": "`im.match(sample, im.InverseProbability(…))`, `im.estimate`",
    "survey": "`im.survey_mean`, `im.survey_total`, `im.survey_ratio`, `im.share`",
    "survival": "`im.survival`, `im.hazards`",
    "weightit": "`im.InverseProbability`, `im.EntropyBalancing`, `im.CovariateBalancing`",
}  # fmt: skip
_READ_BY_NAME = ("survey", "survival")
"""Families whose tests read their case by its name, which the test's own name does not carry."""
HEAD = """# Parity with R and Stata

Which call of R, Stata or Python's peers is which of ours, and how far the numbers agree. Written by `python -m tests.reference.parity`
from the comparisons of those reference tests that name their case, and held to them by a test. **Digits**: significant ones, or decimals
for numbers below one; the worst of all numbers compared, then the middle one. What Stata prints has few digits: there the most that print
can show. Where the worst is far from the middle, an optimiser's tolerance, a tie or a peer that rounds what it prints decides;
[Agreement with R and Stata](reference_findings.md) says which.

| Peer | Call | Ours | Cases | Numbers | Worst digit | Middle digit |
|---|---|---|---|---|---|---|
"""


@dataclass(slots=True)
class Line:
    """What the tests compared of one peer's call."""

    cases: set[str] = field(default_factory=set)
    digits: list[float] = field(default_factory=list)


class Listener:
    """Hears every comparison of a number, and which test made it."""

    def __init__(self) -> None:
        self.test = ""
        self.case = ""
        self.heard: dict[str, list[float]] = defaultdict(list)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember whose comparisons follow."""
        self.test, self.case = item.nodeid, ""

    def cases_of(self, load: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
        """Return how a family's cases are loaded, such that a test whose name carries no case tells which one it reads."""

        listener = self

        class Told(dict[str, Any]):
            def __getitem__(self, case: str) -> Any:
                listener.case = case
                return super().__getitem__(case)

        return lambda family: Told(load(family)) if family in _READ_BY_NAME else load(family)

    def hear(self, found: object, expected: object) -> None:
        """Note the digits to which numbers agree."""
        try:
            ours, theirs = np.broadcast_arrays(np.asarray(found, float), np.asarray(expected, float))
        except (TypeError, ValueError):
            return
        known = np.isfinite(ours) & np.isfinite(theirs)
        apart = np.abs(ours[known] - theirs[known]) / np.maximum(np.abs(theirs[known]), 1.0)
        self.heard[f"{self.test} {self.case}".strip()] += [
            MOST if gap == 0 else min(-math.log10(gap), MOST) for gap in apart.tolist()
        ]


def listened() -> dict[str, list[float]]:
    """Run the reference tests; return the digits of every comparison by the test's name."""
    listener, plain, close = Listener(), ApproxScalar.__eq__, np.testing.assert_allclose
    load = cases.load_cases

    def equal(self: ApproxScalar, actual: object) -> bool:
        listener.hear(actual, self.expected)
        return plain(self, actual)

    def allclose(actual: object, desired: object, *rest: object, **options: object) -> None:
        listener.hear(actual, desired)
        close(actual, desired, *rest, **options)

    ApproxScalar.__eq__, np.testing.assert_allclose = equal, allclose
    cases.load_cases = listener.cases_of(load)
    try:
        code = pytest.main(
            [
                "-q",
                "-n",
                "0",
                "-p",
                "no:cacheprovider",
                f"--ignore={HERE}/test_parity_page.py",
                str(HERE),
            ],
            plugins=[listener],
        )
    finally:
        ApproxScalar.__eq__, np.testing.assert_allclose = plain, close
        cases.load_cases = load
    if code != 0:
        raise SystemExit("The reference tests fail: there is no parity to write down.")
    return dict(listener.heard)


def lines(heard: dict[str, list[float]]) -> dict[tuple[str, str, str], Line]:
    """Return the lines of the sheet: peer, call and family, with their cases and digits."""
    known = dict(_cases())
    by_length = sorted(known, key=len, reverse=True)
    found: dict[tuple[str, str, str], Line] = defaultdict(Line)
    for test, digits in heard.items():
        named = next((case for case in by_length if case in test), None)
        family, peer, call = known[named] if named else _of_module(test)
        if family:
            line = found[peer, call, family]
            line.digits += digits
            line.cases.add(named or test)
    return found


def _cases() -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yield each case's id with its family, peer and the function that was called."""
    for path in sorted((HERE / "values").glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        for case in stored if isinstance(stored, list) else ():  # bounds of one example are no list of cases
            called = re.findall(r"([A-Za-z_.]+)\(", str(case["call"]))
            stata = re.match(r"teffects \w+", str(case["call"]))
            call = stata[0] if stata else next((name for name in called if name not in ("c", "f")), "formula")
            peer = "Stata" if stata else str(case.get("package", "Stata"))
            yield case["id"], (path.stem, peer, call)


def _of_module(test: str) -> tuple[str, str, str]:
    """Return the family of a test whose name carries no case."""
    if "test_poverty_reference" in test:
        return "poverty", "R: convey, survey, own formulas", "svyfgt, svymean, …"
    return "", "", ""


def page(found: dict[tuple[str, str, str], Line]) -> str:
    """Return the page."""
    rows = [
        f"| {peer} | `{call}` | {OURS[family]} | {len(line.cases)} | {len(line.digits):,} | {math.floor(min(line.digits))} | "
        f"{math.floor(float(np.median(line.digits)))} |"
        for (peer, call, family), line in sorted(found.items())
        if line.digits
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    where.write_text(page(lines(listened())), encoding="utf-8")
    print(where)
