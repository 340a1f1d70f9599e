"""Whom the programme could have taken: one condition on one column, the same for both arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import DataError, OptionError
from impact.language import Text

_BELOW = Text(
    "not eligible: {column} below {limit}", "no elegible: {column} menor que {limit}", column="", limit=""
)
_ABOVE = Text(
    "not eligible: {column} above {limit}", "no elegible: {column} mayor que {limit}", column="", limit=""
)
_OTHER = Text(
    "not eligible: {column} not among {allowed}",
    "no elegible: {column} no está entre {allowed}",
    column="",
    allowed="",
)
_UNKNOWN = Text(
    "eligibility unknown: {column} missing", "elegibilidad desconocida: falta {column}", column=""
)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """One condition that the programme asked of a group or household before it could take part.

    Parameters
    ----------
    column : str
        Column of the units, or of a table that is joined to them; known before the programme.
    minimum, maximum : float, optional
        Bounds, themselves allowed.
    among : sequence, optional
        The values allowed.

    Raises
    ------
    OptionError
        No condition, bounds and values together, or a minimum above the maximum.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> asked = im.Eligibility("members", minimum=15)
    >>> [str(reason) for reason in asked.reasons(pd.Series([20, 9, None], name="members"))]
    ['', 'not eligible: members below 15', 'eligibility unknown: members missing']
    """

    column: str
    minimum: float | None = None
    maximum: float | None = None
    among: tuple[str | float | bool, ...] = ()

    def __post_init__(self) -> None:
        bounded = self.minimum is not None or self.maximum is not None
        if bounded == bool(self.among):
            raise OptionError(
                Text(
                    "Eligibility by '{column}' needs bounds (minimum, maximum) or the values allowed (among), and not both.",
                    (
                        "La elegibilidad por '{column}' necesita límites (minimum, maximum) o los valores admitidos (among), "
                        "y no ambos."
                    ),
                    column=self.column,
                )
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise OptionError(
                Text(
                    "minimum must be at most maximum ({maximum:g}); got {minimum:g}.",
                    "minimum debe ser a lo sumo maximum ({maximum:g}); se dio {minimum:g}.",
                    maximum=self.maximum,
                    minimum=self.minimum,
                )
            )

    def reasons(self, column: pd.Series[Any]) -> list[Text]:
        """Return why each unit is not eligible, an empty text where it is, in the order of the rows.

        Raises
        ------
        DataError
            Bounds are asked of a column that holds no numbers.
        """
        missing = column.isna().to_numpy()
        reasons = [Text("")] * len(column)
        for broken, reason in ((missing, _UNKNOWN), *self._broken(column, ~missing)):
            said = reason.with_values(column=self.column)
            for place in np.flatnonzero(broken):
                reasons[place] = said
        return reasons

    def _broken(self, column: pd.Series[Any], known: Booleans) -> list[tuple[Booleans, Text]]:
        if self.among:
            outside = known & ~column.isin(self.among).to_numpy()
            return [(outside, _OTHER.with_values(allowed=checks.listed(self.among, 6)))]
        try:
            values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            raise DataError(
                Text(
                    (
                        "Eligibility by '{column}' asks for bounds, and the column holds no numbers. Name the values "
                        "allowed: among = […]."
                    ),
                    (
                        "La elegibilidad por '{column}' pide límites, y la columna no tiene números. Nombre los valores "
                        "admitidos: among = […]."
                    ),
                    column=self.column,
                )
            ) from None
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        return [
            (known & (values < low), _BELOW.with_values(limit=f"{low:g}")),
            (known & (values > high), _ABOVE.with_values(limit=f"{high:g}")),
        ]
