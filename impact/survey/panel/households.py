"""What each household of a panel is, once: its cohort, group, weight and baseline covariates, by rules that are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import DataError
from impact.language import Text

NEVER = 0
"""The cohort of households that do not enter."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rows:
    """The m rows of a panel in the order of household and wave.

    Attributes
    ----------
    household : int array, shape (m,)
        Number of each row's household, from 0.
    wave : float64 array, shape (m,)
    starts : int array, shape (n,)
        First row of each household.
    """

    household: Positions
    wave: Array
    starts: Positions

    @property
    def ends(self) -> Positions:
        """Last row of each household."""
        ends: Positions = np.append(self.starts[1:], len(self.wave)) - 1
        return ends

    def changes(self, values: Array) -> Booleans:
        """Return the households in which the values differ between rows, shape (n,)."""
        other = np.append(False, values[1:] != values[:-1])
        other[self.starts] = False  # another household's row before it
        differs: Booleans = np.zeros(len(self.starts), dtype=bool)
        differs[self.household[other]] = True
        return differs


def cohorts(entry: Array, group: Positions | None, rows: Rows) -> tuple[Array, tuple[Text, ...]]:
    """Return the wave in which each household enters (0: never), and what was decided where its rows disagree.

    Notes
    -----
    An entry that had happened when it was reported stands. Otherwise the last report counts, so that a group that leaves the pipeline
    is one that does not enter. A household that changed its group keeps the entry of the group it was first seen in.
    """
    found = entry[rows.ends].copy()
    happened = (entry != NEVER) & (entry <= rows.wave)
    order = np.flatnonzero(happened)[::-1]  # the first row of a household is written last
    found[rows.household[order]] = entry[order]
    notes = []
    changed = rows.changes(entry)
    if changed.any():
        left = changed & (found == NEVER)
        notes.append(
            Text(
                "Entry changes between waves in {changed}, of which {left} left the pipeline: an entry that had happened when it was "
                "reported stands, else the last report counts.",
                "La entrada cambia entre rondas en {changed}, de los cuales {left} dejaron la lista de espera: vale una entrada que ya "
                "había ocurrido cuando se informó; si no, la última informada.",
                changed=checks.counted(int(changed.sum()), "household"),
                left=int(left.sum()),
            )
        )
    if group is not None:
        found = _of_first_group(found, group, rows)
    return found, tuple(notes)


def _of_first_group(found: Array, group: Positions, rows: Rows) -> Array:
    """Return the cohorts, those of movers taken from the households that stayed in the group they left."""
    moved = rows.changes(group.astype(np.float64))
    if not moved.any():
        return found
    home = group[rows.starts]
    stayers = pd.Series(found[~moved]).groupby(home[~moved]).agg(lambda entries: entries.mode().iloc[0])
    of_home = stayers.reindex(home[moved]).to_numpy()
    result = found.copy()
    result[moved] = np.where(np.isnan(of_home), found[moved], of_home)
    return result


def entering(cohort: Positions, waves: Sequence[int]) -> tuple[tuple[int, ...], Booleans]:
    """Return the waves of entry after the first wave and not after the last, and the households of these cohorts."""
    present = (int(wave) for wave in np.unique(cohort))
    cohorts = tuple(wave for wave in present if waves[0] < wave <= waves[-1] and wave != NEVER)
    ever_treated: Booleans = np.isin(cohort, cohorts)
    return cohorts, ever_treated


def cohorts_from_treatment(treatment: Array, rows: Rows, waves: Sequence[int], name: str) -> Array:
    """Return the cohorts of a panel of two waves from a column of 0 and 1.

    The column says either who receives by then (0 for all at first), or who is in the programme (the same in both waves).
    """
    if not np.isin(treatment, (0.0, 1.0)).all():
        raise DataError(
            Text(
                "treatment '{name}' must hold 0 and 1 (or False and True). Recode it, or use entry=.",
                "treatment '{name}' debe tener 0 y 1. Recodifíquelo, o use entry.",
                name=name,
            )
        )
    at_first = rows.wave == waves[0]
    changed = rows.changes(treatment)
    if treatment[at_first].any() and changed.any():
        raise DataError(
            Text(
                (
                    "treatment '{name}' is 1 for some households in the first wave and changes between waves for "
                    "{others}: it is not clear when the former entered. Pass entry=, the wave of first treatment."
                ),
                (
                    "treatment '{name}' es 1 para algunos hogares en la primera ronda y cambia entre rondas para "
                    "{others}: no queda claro cuándo entraron los primeros. Dé entry, la ronda del primer tratamiento."
                ),
                name=name,
                others=checks.counted(int(changed.sum()), "other"),
            )
        )
    return np.where(np.maximum.reduceat(treatment, rows.starts) > 0, float(waves[1]), float(NEVER))


def moved_note(group: Positions, labels: Sequence[Any], rows: Rows) -> tuple[Text, ...]:
    """Return what is done with households that change their group."""
    moved = rows.changes(group.astype(np.float64))
    if not moved.any():
        return ()
    left = dict.fromkeys(labels[code] for code in group[rows.starts[moved]])
    return (
        Text(
            "{households} changed group between waves (first seen in: {left}): each stays with the group and the entry of its first "
            "interview.",
            "{households} con cambio de grupo entre rondas (grupo inicial: {left}): cada uno queda con el grupo y la entrada de su "
            "primera entrevista.",
            households=checks.counted(int(moved.sum()), "household"),
            left=checks.listed(left),
        ),
    )


def first_row_note(values: Array, rows: Rows, what: Text) -> tuple[Text, ...]:
    """Return what is done with a quantity that changes over waves."""
    changed = int(rows.changes(values).sum())
    if not changed:
        return ()
    return (
        Text(
            "{what} changes over waves in {households}: that of the first interview counts.",
            "{what} cambia entre rondas en {households}: cuenta el valor de la primera entrevista.",
            what=what,
            households=checks.counted(changed, "household"),
        ),
    )
