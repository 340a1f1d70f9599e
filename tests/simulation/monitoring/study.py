"""One study of coverage: what is drawn a thousand times, and which of its intervals held the truth."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

LOW, HIGH = 0.929, 0.971  # 0.95 within three binomial standard errors of 1,000 draws
DRAWS = 1000

Draw = Callable[[np.random.Generator, int], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Study:
    """A study.

    Attributes
    ----------
    name : str
    prepare : callable
        Makes the population and returns what one draw does: from a generator and the draw's number to whether
        each interval held the truth, by the name of its cell.
    conservative : bool
        Whether it may cover more than asked: bounds that hold whatever the unknown did.
    """

    name: str
    prepare: Callable[[], Draw]
    conservative: bool = False

    def hits(self, numbers: range) -> Iterator[dict[str, bool]]:
        """Yield what each numbered draw covered; a draw is the same whichever ran before it."""
        draw = self.prepare()
        seed = list(self.name.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number in numbers:
                found = draw(np.random.default_rng([*seed, number]), number)
                yield {cell: bool(hit) for cell, hit in found.items()}


def within(low: object, truth: float, high: object) -> bool:
    """Return whether an interval holds the truth."""
    return bool(low <= truth <= high)  # type: ignore[operator]
