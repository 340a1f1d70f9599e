"""Placebo dates: what the estimator finds where nobody had entered."""

from __future__ import annotations

import warnings

import numpy as np

from impact import checks
from impact.effects.effect import EffectTable
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.staggered.group_time import group_time_effects
from impact.errors import OverlapWarning, SupportError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.survey.panel.panel import Panel

_DOUBLY_ROBUST = DoublyRobust()


def placebo_dates(
    panel: Panel,
    outcome: str | Outcome | None = None,
    waves_earlier: int = 1,
    estimator: DifferenceInDifferences = _DOUBLY_ROBUST,
    comparison: str = "not yet treated",
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect of entries moved to earlier waves, on rows from before anybody of the cohort had entered.

    Parameters
    ----------
    panel : Panel
    outcome : str or Outcome, optional
        The panel's only outcome by default.
    waves_earlier : int
        How many waves before its own each cohort is taken to enter, at least 1.
    estimator, comparison, level
        As in ``im.group_time_effects``.

    Returns
    -------
    EffectTable
        The overall effect first, then one for each time since the placebo entry. All should be about zero.

    Raises
    ------
    SupportError
        No cohort has enough waves before its entry.

    Notes
    -----
    Rows of a cohort from its entry on are taken out. As households then lack waves, waves are compared as cross-sections, whose
    errors count the rows of a household together.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(60), 4), np.tile([0, 1, 2, 3], 60)
    >>> entry = np.array([0, 3])[unit % 2]
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": entry})
    >>> frame["income"] = (7 * unit + 5 * wave * unit) % 11 / 10 + wave + 3.0 * ((entry > 0) & (wave >= 3))
    >>> table = im.placebo_dates(im.Panel(frame, "hh", "wave", "entry", outcomes=["income"]))
    >>> table.frame[["subgroup", "estimate"]].round(1).values.tolist()  # the effect of 3 came later
    [['all', 0.1], ['event -1', -0.0], ['event 0', 0.1]]
    """
    checks.whole("waves_earlier", waves_earlier)
    chosen = only_outcome(panel.outcomes, outcome)
    earlier = {wave: _moved(panel.waves, wave, waves_earlier) for wave in panel.cohorts}
    usable = [wave for wave, moved in earlier.items() if moved is not None and moved > panel.waves[0]]
    if not usable:
        raise SupportError(
            Text(
                (
                    "No cohort enters late enough to be moved by {waves}: it takes {waves_earlier} waves before entry. "
                    "Use a smaller waves_earlier."
                ),
                (
                    "Ninguna cohorte entra bastante tarde para moverse {waves}: se necesitan {waves_earlier} rondas "
                    "antes de la entrada. Use un waves_earlier menor."
                ),
                waves=checks.counted(waves_earlier, "wave"),
                waves_earlier=waves_earlier + 1,
            )
        )
    placebo = panel.entering_before(usable, {wave: int(earlier[wave] or 0) for wave in usable})
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", OverlapWarning
        )  # waves from the true entry on are left out on purpose
        effects = group_time_effects(placebo, chosen, estimator, comparison, level=level)
    table = effects.aggregate("event")
    note = Text(
        "Placebo: every cohort is taken to enter {waves} before it did; rows from its entry on are left out.",
        "Placebo: se toma que cada cohorte entra {waves} antes de lo que entró; las filas desde su entrada se dejan fuera.",
        waves=checks.counted(waves_earlier, "wave"),
    )
    return EffectTable(
        table.labelled(strategy=Text("placebo, {label}", "placebo, {label}", label=estimator.label)).effects,
        (*table.notes, note),
        table.synthetic,
        table.influence,
        table.band,
    )


def _moved(waves: tuple[int, ...], entry: int, waves_earlier: int) -> int | None:
    """Return the wave so many waves before the first one at or after entry."""
    place = int(np.searchsorted(waves, entry)) - waves_earlier
    return waves[place] if place >= 0 else None
