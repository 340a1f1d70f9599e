"""A verdict on one condition of a good comparison: what was found, what was asked for, whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from impact.language import Text


class Grade(Enum):
    """Whether a condition holds."""

    HOLDS = Text("holds", "se cumple")
    DOUBTFUL = Text("doubtful", "dudoso")
    FAILS = Text("fails", "no se cumple")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition that the answer rests on.

    Attributes
    ----------
    name : Text
        Of the condition, in a word or two.
    outcome : Outcome
    found : Text
        The number behind the verdict, in words.
    asked : Text
        The threshold.
    meaning : Text
        What a reader should make of it where it does not hold: one sentence.
    """

    name: Text
    outcome: Grade
    found: Text
    asked: Text
    meaning: Text


def graded(value: float, good: float, bad: float) -> Grade:
    """Return the verdict on a number that should be small: holds up to ``good``, fails above ``bad``, doubtful between.

    Examples
    --------
    >>> [graded(value, 0.1, 0.25).name for value in (0.1, 0.2, 0.3)]
    ['HOLDS', 'DOUBTFUL', 'FAILS']
    """
    if value <= good:
        return Grade.HOLDS
    return Grade.DOUBTFUL if value <= bad else Grade.FAILS
