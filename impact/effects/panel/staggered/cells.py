"""Which cohort is compared with whom, in which wave, against which wave before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.effects.panel.sample import PanelUnits
from impact.language import Text


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison of a cohort with households that had not entered.

    Attributes
    ----------
    group : int
        Cohort: the wave of its entry.
    wave, base : int
        The two waves that are compared.
    compared : tuple of int
        Cohorts of the comparison households; 0 for those that do not enter.
    """

    group: int
    wave: int
    base: int
    compared: tuple[int, ...]

    @property
    def after(self) -> bool:
        """Whether the cohort had entered by the wave."""
        return self.group <= self.wave

    @property
    def reference(self) -> bool:
        """Whether it is the base wave itself, where the effect is 0 by construction."""
        return self.wave == self.base

    @property
    def name(self) -> Text:
        """Name in messages."""
        return Text(
            "cohort {group!s} in wave {wave!s}",
            "cohorte {group!s} en la ronda {wave!s}",
            group=self.group,
            wave=self.wave,
        )


@dataclass(frozen=True, slots=True)
class CellRules:
    """How cells are made.

    Attributes
    ----------
    never : bool
        Whether only households that never enter compare; else also those that have not yet.
    universal : bool
        Whether every wave is held against the last before entry; else waves before entry against the one before each.
    anticipation : int
        Waves before entry in which the programme may already act.
    """

    never: bool
    universal: bool
    anticipation: int

    def cells(self, units: PanelUnits) -> tuple[list[Cell], list[Text]]:
        """Return the cells that can be estimated, and why others cannot."""
        found, lost = [], []
        seen = households_seen(units)
        for group in units.cohorts:
            before = [wave for wave in units.waves if wave < group - self.anticipation]
            if not before:
                lost.append(
                    Text(
                        "cohort {group!s}: no wave before it that anticipation leaves",
                        "cohorte {group!s}: ninguna ronda anterior que la anticipación deje",
                        group=group,
                    )
                )
                continue
            for place, wave in enumerate(units.waves):
                if place == 0 and not self.universal:
                    continue
                as_before = wave < group and not self.universal
                base = units.waves[place - 1] if as_before else before[-1]
                cell = Cell(group, wave, base, self._compared(units, seen, group, max(wave, base)))
                if cell.reference or _comparable(units, seen, cell):
                    found.append(cell)
                else:
                    lost.append(
                        Text(
                            "{cell}: nobody left to compare with",
                            "{cell}: no queda con quién comparar",
                            cell=cell.name,
                        )
                    )
        return found, lost

    def _compared(
        self, units: PanelUnits, seen: dict[int, Array], group: int, latest: int
    ) -> tuple[int, ...]:
        """Return the cohorts that may stand for what a cohort would have been, seen up to a wave."""
        never = [cohort for cohort in seen if cohort == 0 or cohort > units.waves[-1]]
        if self.never:
            return tuple(never)
        waiting = [cohort for cohort in seen if cohort > latest + self.anticipation and cohort != group]
        return tuple(sorted({*never, *waiting}))


def households_seen(units: PanelUnits) -> dict[int, Array]:
    """Return how many households of each cohort answered in each wave."""
    cohorts, numbers = np.unique(units.cohort, return_inverse=True)
    counts = np.stack(
        [np.bincount(numbers[wave], minlength=len(cohorts)) for wave in units.observed.T], axis=1
    )
    return {int(cohort): row.astype(np.float64) for cohort, row in zip(cohorts, counts, strict=True)}


def _comparable(units: PanelUnits, seen: dict[int, Array], cell: Cell) -> bool:
    """Whether both waves of a cell hold households of its cohort and others to compare with."""
    columns = [units.waves.index(cell.base), units.waves.index(cell.wave)]
    others = sum((seen[cohort] for cohort in cell.compared), np.zeros(len(units.waves)))
    return bool((seen[cell.group][columns] > 0).all() and (others[columns] > 0).all())


def of_cohorts(units: PanelUnits, cohorts: Sequence[int]) -> Booleans:
    """Return the households of these cohorts, shape (n,)."""
    inside: Booleans = np.isin(units.cohort, cohorts)
    return inside
