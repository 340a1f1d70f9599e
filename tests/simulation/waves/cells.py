"""The truth of every cohort in every wave, and what it adds up to: by definition, not by the code that is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.simulation.waves.study import Known


@dataclass(frozen=True, slots=True, eq=False)
class TrueCells:
    """True effects of k cells.

    Attributes
    ----------
    cohort, wave : int arrays, shape (k,)
    size : float64 array, shape (k,)
        Of the cell's cohort.
    means : float64 array, shape (k, 2)
        The effect, and the mean without the programme.
    """

    cohort: np.ndarray
    wave: np.ndarray
    size: np.ndarray
    means: np.ndarray

    @classmethod
    def of(
        cls, cells: Sequence[tuple[int, int]], sizes: Sequence[float], known: Sequence[Known]
    ) -> TrueCells:
        """Return the cells (cohort, wave) with their sizes and truths."""
        cohort, wave = np.array(cells).T
        means = np.array([(one.effect, one.without) for one in known])
        return cls(cohort, wave, np.asarray(sizes, dtype=float), means)

    def aggregated(self, by: str, label: str) -> Known:
        """Return the truth of one line of an aggregation: "event", "event 1" for instance."""
        after = self.wave >= self.cohort
        if by == "simple":
            return self._by_size(after)
        key = {"group": self.cohort, "event": self.wave - self.cohort, "calendar": self.wave}[by]
        mean = self._plain if by == "group" else self._by_size
        if label != "all":
            inside = key == int(label.split()[1])
            return mean(inside if by == "event" else inside & after)
        values = np.unique(key[after])
        each = [mean(after & (key == value)) for value in values]
        sizes = [self.size[key == value][0] for value in values] if by == "group" else np.ones(len(values))
        means = np.average([(one.effect, one.without) for one in each], axis=0, weights=sizes)
        return Known(float(means[0]), float(means[1]))

    def _by_size(self, inside: np.ndarray) -> Known:
        means = np.average(self.means[inside], axis=0, weights=self.size[inside])
        return Known(float(means[0]), float(means[1]))

    def _plain(self, inside: np.ndarray) -> Known:
        means = self.means[inside].mean(axis=0)
        return Known(float(means[0]), float(means[1]))
