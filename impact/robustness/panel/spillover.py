"""Comparison households that live beside the programme, left out."""

from __future__ import annotations

import numpy as np

from impact import checks
from impact.errors import SupportError
from impact.language import Text
from impact.survey.panel.panel import Panel


def without_neighbours(panel: Panel, place: str) -> Panel:
    """Return the panel without the comparison households of places in which others enter.

    Parameters
    ----------
    panel : Panel
    place : str
        Column of the place, such as the municipality; that of the first interview counts.

    Returns
    -------
    Panel
        Households left out have weight zero and take no part in estimates; its rules say how many they are.

    Raises
    ------
    OptionError
        No such column.
    SupportError
        No comparison household is left.

    Notes
    -----
    Where the programme changes prices or work around it, neighbours are no comparison. An effect without them that differs from the effect
    with them says that there is spillover, or that neighbours differ in trend.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(6), 2), np.tile([0, 1], 6)
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": (hh < 2) * 1, "place": hh % 3, "y": hh + wave})
    >>> panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["y"])
    >>> int((im.without_neighbours(panel, "place").weight > 0).sum())
    4
    """
    checks.columns_present("place", [place], panel.frame.columns)
    first = panel.positions[np.arange(len(panel.households)), panel.observed.argmax(1)]
    where = panel.frame[place].iloc[first].to_numpy()
    inside = set(where[panel.ever_treated | panel.always_treated].tolist())
    beside = ~panel.ever_treated & ~panel.always_treated & np.array([one in inside for one in where])
    compared = ~panel.ever_treated & ~panel.always_treated
    if beside.sum() == compared.sum():
        raise SupportError(
            Text(
                (
                    "Every comparison household lives in a '{place}' in which others enter: none is left to compare "
                    "with. Use a smaller place, or distances."
                ),
                (
                    "Todos los hogares de comparación viven en un '{place}' en el que otros entran: no queda ninguno con "
                    "quien comparar. Use un lugar más pequeño, o distancias."
                ),
                place=place,
            )
        )
    rule = Text(
        "{beside} of {compared} {beside:lives|live} in a '{place}' in which others enter, and are left out.",
        "{beside} de {compared} {beside:vive|viven} en un '{place}' en el que otros entran, y se {beside:deja|dejan} fuera.",
        beside=checks.counted(int(beside.sum()), "comparison household"),
        compared=int(compared.sum()),
        place=place,
    )
    return panel.reweighted(np.where(beside, 0.0, 1.0), rule)
