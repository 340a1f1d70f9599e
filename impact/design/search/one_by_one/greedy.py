"""Greedy matching: one focal unit after another takes the nearest unit that is still free."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Protocol

from impact.arrays import Positions


class Seeker(Protocol):
    """Knows which units are free, and finds the nearest of them."""

    tied: bool
    """Whether the order of the rows decided between equally near units."""

    def best(self, focal: int) -> tuple[int, float]:
        """Return the number and scaled distance of the nearest free unit; number -1 if there is none."""
        ...

    def take(self, focal: int, match: int) -> bool:
        """Use a unit once more; return whether that was its last use."""
        ...


@dataclass(slots=True, eq=False, repr=False)
class Taken:
    """Matches in the order in which they were made, by number of the focal unit and of its match."""

    focal: list[int] = field(default_factory=list)
    match: list[int] = field(default_factory=list)
    distance: list[float] = field(default_factory=list)

    def add(self, focal: int, match: int, distance: float) -> None:
        """Add one match."""
        self.focal.append(focal)
        self.match.append(match)
        self.distance.append(distance)


def match_in_order(seeker: Seeker, order: Positions, quota: Positions) -> Taken:
    """Match the focal units in a given order, in rounds: everyone's first match comes before anyone's second.

    Parameters
    ----------
    seeker : Seeker
    order : int array
        Numbers of the focal units.
    quota : int array
        Matches that each focal unit may have.
    """
    taken = Taken()
    waiting: list[int] = order.tolist()
    for turn in range(int(quota.max(initial=0))):
        still = []
        for unit in waiting if turn == 0 else [unit for unit in waiting if quota[unit] > turn]:
            match, distance = seeker.best(unit)
            if match >= 0:
                seeker.take(unit, match)
                taken.add(unit, match, distance)
                still.append(unit)
        waiting = still
    return taken


def match_by_distance(seeker: Seeker, order: Positions, quota: Positions, farthest: bool) -> Taken:
    """Match, at every step, the focal unit nearest to (or farthest from) its nearest free unit, in rounds.

    Parameters
    ----------
    seeker : Seeker
    order : int array
        Numbers of the focal units; the earlier goes first where distances are equal.
    quota : int array
        Matches that each focal unit may have.
    farthest : bool
        Serve the worst-off first.
    """
    taken = Taken()
    for turn in range(int(quota.max(initial=0))):
        _one_round(
            seeker, [unit for unit in order.tolist() if quota[unit] > turn], -1.0 if farthest else 1.0, taken
        )
    return taken


def _one_round(seeker: Seeker, units: list[int], sign: float, taken: Taken) -> None:
    current: dict[int, int] = {}
    watchers: dict[int, list[int]] = {}
    queue: list[tuple[float, int, int]] = []
    rank = {unit: place for place, unit in enumerate(units)}

    def look(unit: int) -> tuple[float, int, int] | None:
        match, distance = seeker.best(unit)
        current[unit] = match
        if match < 0:
            return None
        watchers.setdefault(match, []).append(unit)
        return (sign * distance, rank[unit], match)

    for unit in units:
        entry = look(unit)
        if entry is not None:
            queue.append(entry)
    heapify(queue)
    while queue:
        key, place, match = heappop(queue)
        unit = units[place]
        if current[unit] != match:
            continue
        taken.add(unit, match, sign * key)
        current[unit] = -1
        if seeker.take(unit, match):
            for other in watchers.pop(match):
                if current[other] == match:
                    entry = look(other)
                    if entry is not None:
                        heappush(queue, entry)
