"""One study of waves: what is estimated in each draw, the truth beside it, and what many draws say."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import impact as im

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """A true mean effect, and the mean without the programme that its percentage is of."""

    effect: float
    without: float = np.nan


@dataclass(frozen=True, slots=True)
class Study:
    """A survey that is drawn again and again.

    Attributes
    ----------
    name : str
    groups : int
    rows : callable
        From the number of groups and the draw's number to what was estimated, a row a cell and outcome.
    """

    name: str
    groups: int
    rows: Callable[[int, int], list[Row]]

    def draw(self, number: int) -> pd.DataFrame:
        """Return the rows of one draw."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = self.rows(self.groups, number)
        return pd.DataFrame(rows).assign(draw=number, rows=len(rows))


def judged(cell: str, effect: im.Effect, known: Known) -> Row:
    """Return an effect beside its truth."""
    return {
        "cell": cell,
        "outcome": effect.outcome,
        "estimate": effect.estimate,
        "std_error": effect.std_error,
        "low": effect.conf_low,
        "high": effect.conf_high,
        "percent_low": effect.percent_conf_low,
        "percent_high": effect.percent_conf_high,
        "truth": known.effect,
        "without": known.without,
    }


def attempted(cell: str, outcomes: Sequence[str], rows: Callable[[], list[Row]]) -> list[Row]:
    """Return the rows of a cell, or one an outcome without an estimate where it was refused."""
    try:
        return rows()
    except im.ImpactError as problem:
        return [{"cell": cell, "outcome": name, "problem": type(problem).__name__} for name in outcomes]


def weighted_mean(values: np.ndarray, weight: np.ndarray) -> float:
    """Return a weighted mean."""
    return float(np.average(values, weights=weight))


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return bias, standard errors and coverage by cell and outcome.

    The truth is the population's, the mean over draws; ``percent`` holds the intervals of percentages against the ratio of the two means.
    """
    found = []
    for (cell, outcome), every in frame.groupby(["cell", "outcome"], sort=False):
        part = every[every["estimate"].notna()]
        truth, spread = part["truth"].mean(), (part["estimate"] - part["truth"]).std()
        error = part["estimate"].std()
        percent = 100 * truth / part["without"].mean()
        known = np.isfinite(part["percent_low"]) & np.isfinite(part["percent_high"])
        inside = (part["percent_low"] <= percent) & (percent <= part["percent_high"])
        found.append(
            {
                "cell": cell,
                "outcome": outcome,
                "draws": len(part),
                "refused": len(every) - len(part),
                "truth": truth,
                "mean": part["estimate"].mean(),
                "bias": (part["estimate"] - part["truth"]).mean() / spread,
                "se_over_sd": np.sqrt((part["std_error"] ** 2).mean()) / error,
                "coverage": ((part["low"] <= truth) & (truth <= part["high"])).mean(),
                "percent": inside[known].mean() if known.any() and np.isfinite(percent) else np.nan,
                "percent_known": known.mean(),
            }
        )
    return pd.DataFrame(found)
