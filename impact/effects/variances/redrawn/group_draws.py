"""Whole groups drawn with replacement: the one way in which surveys are redrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from impact.arrays import Array, Booleans, Positions


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupDraws:
    """The groups of a survey, and which of them are drawn among themselves.

    Attributes
    ----------
    codes : int array, shape (n,)
        Group of each unit, from 0.
    strata : tuple of int arrays
        Groups of the treated and of the controls, or all together where groups span the arms.
    """

    codes: Positions
    strata: tuple[Positions, ...]

    @classmethod
    def of(cls, codes: Positions, treated: Booleans) -> Self:
        """Return the draws of a survey's groups.

        Parameters
        ----------
        codes : int array, shape (n,)
        treated : bool array, shape (n,)
        """
        arms = (np.unique(codes[treated]), np.unique(codes[~treated]))
        spanning = len(np.intersect1d(*arms)) > 0
        return cls(codes, (np.unique(codes),) if spanning else arms)

    def groups(self, generator: np.random.Generator, number: int | None = None, least: int = 1) -> Positions:
        """Return the groups of one draw, with repetition.

        Parameters
        ----------
        generator : numpy.random.Generator
        number : int, optional
            Groups to draw, the strata in the survey's proportion; as many as there are by default.
        least : int
            At least so many of each stratum.
        """
        scale = 1.0 if number is None else number / sum(map(len, self.strata))
        return np.concatenate(
            [
                groups[generator.integers(0, len(groups), max(least, round(scale * len(groups))))]
                for groups in self.strata
            ]
        )

    def counts(self, generator: np.random.Generator) -> Array:
        """Return how often each unit is drawn, shape (n,)."""
        number = np.bincount(self.groups(generator), minlength=int(self.codes.max()) + 1)
        return number[self.codes].astype(np.float64)

    def rows(
        self, generator: np.random.Generator, number: int | None = None, least: int = 1
    ) -> tuple[Positions, Positions]:
        """Return the rows of the drawn groups, and the number of the copy that each row belongs to: a group drawn twice is two."""
        chosen = self.groups(generator, number, least)
        order = np.argsort(self.codes, kind="stable")
        starts = np.searchsorted(self.codes[order], np.arange(self.codes.max() + 2))
        members = [order[starts[code] : starts[code + 1]] for code in chosen]
        copies = np.repeat(np.arange(len(chosen)), [len(part) for part in members])
        return np.concatenate(members), copies
