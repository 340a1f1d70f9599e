"""The lines of a sample's ledger: what came in, what went out and why, what is analysed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from impact.language import Text

IN_TABLE = Text("in the table", "en el archivo")
EXCLUDED = Text("excluded: {reason}", "excluidas: {reason}", reason="")
ANALYSED = Text("analysed", "analizadas")
ANALYSED_TREATED = Text("analysed, treated", "analizadas, beneficiarios")
ANALYSED_CONTROL = Text("analysed, control", "analizadas, controles")
LACKING = Text(
    "lack {outcome}, left out of it only", "sin {outcome}, fuera solo de este resultado", outcome=""
)


def ledger(
    reasons: Iterable[Text], treated: NDArray[np.bool_], gaps: Mapping[str, int]
) -> tuple[tuple[Text, int], ...]:
    """Return the lines from the table to what is analysed, each reason of an exclusion with its units."""
    left_out = Counter(reasons)
    lines = [
        (IN_TABLE, len(treated) + sum(left_out.values())),
        *((EXCLUDED.with_values(reason=reason), left_out[reason]) for reason in sorted(left_out)),
        (ANALYSED, len(treated)),
        (ANALYSED_TREATED, int(treated.sum())),
        (ANALYSED_CONTROL, len(treated) - int(treated.sum())),
    ]
    return (*lines, *((LACKING.with_values(outcome=name), units) for name, units in gaps.items()))
