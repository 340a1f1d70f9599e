"""Effects by cohort and wave as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.effects.interval import t_test
from impact.effects.panel.counting import CohortCounts
from impact.effects.panel.errors import ErrorSums
from impact.effects.panel.sample import PanelUnits
from impact.effects.panel.staggered.cells import Cell


def cell_frame(
    units: PanelUnits, cells: Sequence[Cell], effects: Array, errors: ErrorSums, level: float
) -> pd.DataFrame:
    """Return one row a cell; households are those seen in one of its two waves."""
    seen: dict[tuple[int, ...], CohortCounts] = {}
    balanced = bool(units.observed.all())
    rows: list[dict[str, Any]] = []
    for k, cell in enumerate(cells):
        pair = () if balanced else (cell.base, cell.wave)
        if pair not in seen:
            columns = [units.waves.index(wave) for wave in pair]
            who = units if balanced else units.take(np.asarray(units.observed[:, columns].any(1)))
            seen[pair] = CohortCounts.of(who, who.weight)
        counts, error, freedom = seen[pair], float(errors.std_error[k]), float(errors.freedom[k])
        statistic, p_value, low, high = t_test(float(effects[k]), error, freedom, level)
        rows.append(
            {
                "group": cell.group,
                "wave": cell.wave,
                "estimate": float(effects[k]),
                "std_error": error if error > 0 else float("nan"),
                "conf_low": low,
                "conf_high": high,
                "n_treated": counts.households([cell.group]),
                "n_control": counts.households(cell.compared),
                "base_wave": cell.base,
                "after": cell.after,
                "statistic": statistic,
                "p_value": p_value,
                "degrees_of_freedom": freedom,
                "n_treated_groups": counts.groups([cell.group]),
                "n_control_groups": counts.groups(cell.compared),
            }
        )
    return pd.DataFrame(rows)
