"""Codes of a missing answer that stand among a column's numbers."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array
from impact.language import Text
from impact.survey.quality.concern import Concern, shown_values

NEGATIVE_CODES = (-97, -98, -99, -997, -998, -999, -9997, -9998, -9999)
POSITIVE_CODES = (97, 98, 99, 997, 998, 999, 9997, 9998, 9999, 99997, 99998, 99999, 999999, 9999999)
_FEWEST = 30  # other numbers, to tell what stands out among them
CODES_TOLD = "missing codes told"
"""Mark (``attrs``) of a table whose codes were looked for when its file was read: they are not told again of its rows."""
_REMEDY = Text(
    "Name them as missing codes (missing_codes = [{codes}]), or correct the file.",
    "Indíquelos como códigos de faltante (missing_codes = [{codes}]), o corrija el archivo.",
)


def missing_code_concerns(column: str, values: Array) -> list[Concern]:
    """Return what looks like codes of a missing answer in a column of numbers.

    Parameters
    ----------
    column : str
    values : float64 array, shape (n,)

    Notes
    -----
    −97 … −99 (or −997 …, −9997 …) are suspected where no other number is below zero, or where they stand far more often than
    numbers next to them; 97 … 99 (999 …) where they lie far above every other number or stand far more often than their
    neighbours. The first stop an evaluation, the second are said.
    """
    spikes = code_spikes(values)
    return [
        _concern(
            column,
            values,
            {code: count for code, count in spikes.items() if (code < 0) == negative},
            negative,
        )
        for negative in (True, False)
        if any((code < 0) == negative for code in spikes)
    ]


def code_spikes(values: Array) -> dict[int, int]:
    """Return the suspected codes of a column with how often each stands in it."""
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    counts = {code: int((known == code).sum()) for code in (*NEGATIVE_CODES, *POSITIVE_CODES)}
    counts = {code: count for code, count in counts.items() if count}
    others = known[~np.isin(known, list(counts))]
    if not len(others):
        return {}
    return {code: count for code, count in counts.items() if _stands_out(code, count, others)}


def _stands_out(code: int, count: int, others: Array) -> bool:
    if code < 0 and others.min() >= 0:
        return True
    if count < 3 or len(others) < _FEWEST:
        return False
    if code > 0 and code >= 2 * others.max() > 0:
        return True
    width = max(5.0, 0.1 * abs(code))
    near = (np.abs(others - code) <= width).sum() / (2 * width)
    return bool(count >= 10 * (near + 0.2))


def _concern(column: str, values: Array, spikes: dict[int, int], negative: bool) -> Concern:
    rows = np.flatnonzero(np.isin(values, list(spikes)))
    counted = [(code, spikes[code]) for code in sorted(spikes, key=lambda code: -spikes[code])]
    return Concern(
        "codes",
        column,
        rows,
        Text(
            f"'{column}' holds what looks like codes of a missing answer: {shown_values(counted, 'en')}.",
            f"'{column}' tiene lo que parecen códigos de respuesta faltante: {shown_values(counted, 'es')}.",
        ),
        _REMEDY.with_values(codes=", ".join(str(code) for code, _ in counted)),
        stops=negative,
    )
