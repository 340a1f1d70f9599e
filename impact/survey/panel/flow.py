"""The ledger of a panel: from the rows of the table to the households of each cohort in each wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.arrays import Booleans
from impact.language import Text
from impact.survey.panel.waves import in_wave

EXCLUDED = Text("excluded: {reason}", "excluidas: {reason}", reason="")
ALWAYS = Text("households always treated, not used", "hogares siempre tratados, no usados")
ENTERING = Text("households entering {when}", "hogares que entran {when}", when="")
SEEN_ENTERING = Text("wave {wave}, entering in the panel", "ronda {wave}, entran durante el panel", wave="")
SEEN_WAITING = Text("wave {wave}, not entering", "ronda {wave}, no entran", wave="")


def panel_flow(
    rows: int,
    exclusions: pd.DataFrame,
    observed: Booleans,
    cohort: NDArray[np.int64],
    waves: Sequence[int],
    always: Booleans,
    entering: Booleans,
) -> pd.DataFrame:
    """Return how many rows came in, which reasons took out how many, and how many households answered in each wave.

    Parameters
    ----------
    rows : int
        Analysed rows.
    exclusions : DataFrame
        One row for each excluded, with its ``reason``.
    observed : bool array, shape (n, T)
    cohort, always, entering : arrays, shape (n,)
        Wave of entry; whether the household is always treated; whether it enters in the panel.

    Returns
    -------
    DataFrame
        Columns step, units.
    """
    steps = [(Text("in the table, rows", "en la tabla, filas"), rows + len(exclusions))]
    steps += [
        (EXCLUDED.with_values(reason=reason), number)
        for reason, number in sorted(Counter(exclusions["reason"]).items())
    ]
    steps += [
        (Text("analysed, rows", "analizadas, filas"), rows),
        (Text("households", "hogares"), len(cohort)),
    ]
    if always.any():
        steps.append((ALWAYS, int(always.sum())))
    steps += [
        (ENTERING.with_values(when=in_wave(int(wave))), int((cohort == wave).sum()))
        for wave in np.unique(cohort[entering])
    ]
    steps.append((Text("households not entering", "hogares que no entran"), int((~entering & ~always).sum())))
    for k, wave in enumerate(waves):
        there = observed[:, k]
        steps.append((SEEN_ENTERING.with_values(wave=str(wave)), int((there & entering).sum())))
        steps.append((SEEN_WAITING.with_values(wave=str(wave)), int((there & ~entering & ~always).sum())))
    steps.append((Text("in every wave", "en todas las rondas"), int((observed.all(1) & ~always).sum())))
    texts, units = zip(*steps, strict=True)
    return pd.DataFrame({"step": pd.Series(texts, dtype=object), "units": units})  # texts know their Spanish
