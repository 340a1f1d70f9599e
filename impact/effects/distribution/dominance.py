"""What the curve of the effect on poverty says: over which lines poverty is lower, or higher, at all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.language import Text, joined, spoken
from impact.views import SYNTHETIC, Exported, html_view

CURVE_COLUMNS = (
    "line",
    "effect",
    "std_error",
    "degrees_of_freedom",
    "conf_low",
    "conf_high",
    "band_low",
    "band_high",
    "control_level",
    "treated_level",
)
_DOMINANCE = Text(
    "By the uniform {level:.0%} band over {tested}, the {subject} {found}.",
    "Según la banda uniforme del {level:.0%} sobre {tested}, {subject} {found}.",
)
_LOWER = Text(
    "is lower with the programme at every one of the lines {lines}",
    "es menor con el programa en cada una de las líneas {lines}",
)
_HIGHER = Text(
    "is higher with the programme at every one of the lines {lines}",
    "es mayor con el programa en cada una de las líneas {lines}",
)
_SUBJECTS = {
    "headcount": Text("headcount", "la incidencia"),
    "gap": Text("gap", "la brecha"),
    "severity": Text("severity", "la severidad"),
    "households": Text("households", "hogares"),
    "persons": Text("persons", "personas"),
}
_SUBJECT = Text("{measure} ({population})", "{measure} ({population})")
_HEAD = Text(
    "{estimand} on the {subject} at {lines} from {low:g} to {high:g}",
    "{estimand} sobre {subject} en {lines}, de {low:g} a {high:g}",
)
_NOWHERE = Text("differs from zero at no line", "no se distingue de cero en ninguna línea")
_AND = Text("{first} and {second}", "{first} y {second}")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PovertyCurve(Exported):
    """The effect on one poverty measure at each of many lines.

    Attributes
    ----------
    frame : DataFrame
        One row a line, with the columns of ``CURVE_COLUMNS``. ``conf_low`` and ``conf_high`` hold at each line by
        itself, ``band_low`` and ``band_high`` at all lines at once. ``control_level`` is the measure without the
        programme, as the match gives it, ``treated_level`` with it. Standard error, interval and band are missing
        at lines where nobody, or everybody, is poor.
    measure : str
        "headcount", "gap", "severity" or "fgt<alpha>".
    population : str
        "households" or "persons".
    estimand : str
    level : float
        Confidence level of the intervals and of the band.
    sup_critical_value : float
        What the largest studentised error stays below, to hold against the normal distribution.
    notes : tuple of str
    synthetic : bool
        Whether the data are synthetic; every view then says so.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(80.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age})
    >>> frame["income"] = 100 + 37 * age % 200 + 90 * frame["treated"]
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> curve = im.poverty_curve(matched, "income", lines=[150.0, 250.0, 350.0])
    >>> curve.frame[["line", "control_level", "treated_level"]].round(2).values.tolist()
    [[150.0, 0.25, 0.0], [250.0, 0.75, 0.3], [350.0, 1.0, 0.8]]
    >>> curve.dominance
    'By the uniform 95% band over 3 lines, the headcount (households) is lower with the programme at every one of the lines 150 to 350.'
    """

    TITLE: ClassVar[Text] = Text("Effect on poverty at every line", "Efecto en la pobreza en cada línea")

    frame: pd.DataFrame
    measure: str
    population: str
    estimand: str
    level: float
    sup_critical_value: float
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def ranges_below_zero(self) -> tuple[tuple[float, float], ...]:
        """First and last line of every run of lines at which the whole uniform band is below zero."""
        return self._ranges((self.frame["band_high"] < 0).to_numpy())

    @property
    def ranges_above_zero(self) -> tuple[tuple[float, float], ...]:
        """First and last line of every run of lines at which the whole uniform band is above zero."""
        return self._ranges((self.frame["band_low"] > 0).to_numpy())

    @property
    def dominance(self) -> Text:
        """Over which of the lines poverty is lower, or higher, with the programme, all of them at once."""
        tested = int(self.frame["std_error"].notna().sum())
        told = [
            words.with_values(lines=_spans(ranges))
            for words, ranges in ((_LOWER, self.ranges_below_zero), (_HIGHER, self.ranges_above_zero))
            if ranges
        ]
        return _DOMINANCE.with_values(
            level=self.level,
            tested=checks.counted(tested, "line"),
            subject=self._subject,
            found=_AND.with_values(first=told[0], second=told[1])
            if len(told) == 2
            else (told or [_NOWHERE])[0],
        )

    @property
    def _subject(self) -> Text:
        measure, population = (_SUBJECTS.get(one, one) for one in (self.measure, self.population))
        return _SUBJECT.with_values(measure=measure, population=population)

    def _ranges(self, marked: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
        lines = self.frame["line"].to_numpy()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
        return tuple((float(lines[a]), float(lines[b - 1])) for a, b in edges.reshape(-1, 2))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        head = _HEAD.with_values(
            estimand=self.estimand,
            subject=self._subject,
            lines=checks.counted(len(self), "line"),
            low=self.frame["line"].iloc[0],
            high=self.frame["line"].iloc[-1],
        )
        said = map(spoken, (head, self.dominance, *self.notes))
        return "\n".join([*([SYNTHETIC] if self.synthetic else []), *said])

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.dominance, *self.notes), self.synthetic)


def _spans(ranges: tuple[tuple[float, float], ...]) -> Text:
    """Return ranges of lines as they are written: 150 to 350; 400."""
    each = [
        Text("{low:g}", "{low:g}", low=low)
        if low == high
        else Text("{low:g} to {high:g}", "{low:g} a {high:g}", low=low, high=high)
        for low, high in ranges
    ]
    return joined(each, ", ")
