"""Anticipation: what the effect would be had those who wait earned a little less, or more, in expectation of the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.estimate import estimate
from impact.effects.variances.estimation import Variance
from impact.errors import OptionError
from impact.language import Language, Text
from impact.survey.outcome import Outcome
from impact.views import Exported, html_view, text_view

SHIFTS = (-0.10, -0.05, 0.05, 0.10)
_SENTENCE = Text(
    "{outcome}: {estimate} as observed; from {low} to {high} had the outcomes of those who wait differed by {least} % to {most} % from the "
    "observed.",
    "{outcome}: {estimate} según lo observado; de {low} a {high} si los resultados de quienes esperan hubieran diferido "
    "de {least} % a {most} % de los observados.",
    **dict.fromkeys(("outcome", "estimate", "low", "high", "least", "most"), ""),
)
_VANISHES = Text("It would vanish at {shift} %.", "Desaparecería con {shift} %.", shift="")
_NOTE = Text(
    "Control outcomes are multiplied by 1 + shift, for poverty the income; match, weights and adjustment "
    "as in the effect. A "
    "negative shift: those who wait had invested or borrowed ahead and earned more than they would have; a positive one: "
    "they had waited.",
    "Los resultados de los controles se multiplican por 1 + cambio, en pobreza el ingreso; emparejamiento, pesos y "
    "ajuste como en el efecto. "
    "Un cambio negativo: quienes esperan invirtieron o se endeudaron por adelantado y ganaron más de lo que habrían "
    "ganado; uno positivo: "
    "postergaron.",
)


@dataclass(frozen=True, slots=True)
class ShiftedControls:
    """An outcome whose controls had earned otherwise.

    Parameters
    ----------
    outcome : Outcome
    treatment : str
        Column, 1 where treated.
    shift : float
        Share above -1 by which the outcome of the controls changes; of poverty, the income that it is told by.
    """

    outcome: Outcome
    treatment: str
    shift: float

    @property
    def name(self) -> str:
        """Name of the outcome with its shift."""
        return f"{self.outcome.name} {100 * self.shift:+g} %"

    @property
    def unit(self) -> str:
        """Unit of the outcome."""
        return self.outcome.unit

    @property
    def period(self) -> str:
        """Period of the outcome."""
        return self.outcome.period

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the outcome."""
        return self.outcome.columns

    @property
    def persons(self) -> str | None:
        """Household size of the outcome."""
        return self.outcome.persons

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the outcome with that of the controls shifted, shape (n,)."""
        factor = np.where(frame[self.treatment].to_numpy() == 1, 1.0, 1.0 + self.shift)
        income = getattr(self.outcome, "income", None)
        if income is not None:
            return self.outcome.values(frame.assign(**{income: frame[income] * factor}))
        shifted: NDArray[np.float64] = self.outcome.values(frame) * factor
        return shifted


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnticipationBounds(Exported):
    """Effects under other outcomes of those who wait.

    Attributes
    ----------
    frame : DataFrame
        outcome, shift (0: as observed), estimate, std_error, conf_low, conf_high, control_mean, by outcome and shift.
    vanishes : dict of str to float
        Shift at which the effect would be zero, where the outcome is a mean that moves with it in proportion.
    level : float
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "x": [1, 2, 1, 2], "y": [12.0, 14.0, 10.0, 10.0]})
    >>> matched = im.match(im.Sample(frame, "treated", ["x"], ["y"]), im.Exact())
    >>> bounds = im.anticipation_bounds(matched, shifts=[0.1])
    >>> bounds.frame[["shift", "estimate", "control_mean"]].round(6).values.tolist()
    [[0.0, 3.0, 10.0], [0.1, 2.0, 11.0]]
    >>> round(bounds.vanishes["y"], 6)  # those who wait would have to lose 30 % by waiting
    0.3
    """

    TITLE: ClassVar[Text] = Text("If controls had anticipated", "Si los controles se hubieran anticipado")

    frame: pd.DataFrame
    vanishes: dict[str, float]
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a shift is."""
        return (_NOTE,)

    def of(self, outcome: str) -> pd.DataFrame:
        """Return the rows of an outcome."""
        return self.frame.loc[self.frame["outcome"] == outcome]

    def keeps_sign(self, outcome: str) -> bool:
        """Return whether every shift leaves the effect on the side of zero where it was observed."""
        signs = np.sign(self.of(outcome)["estimate"].to_numpy())
        return bool((signs == signs[0]).all())

    def sentence(self, outcome: str, language: str = "en", name: str | None = None) -> str:
        """Return the range of the effect, in one or two plain sentences."""
        rows, words = self.of(outcome), Language(language)
        estimate_ = float(rows.loc[rows["shift"] == 0, "estimate"].iloc[0])
        decimals = 0 if abs(estimate_) >= 100 else 1 if abs(estimate_) >= 10 else 3

        def signed(shift: float) -> str:
            return ("+" if shift > 0 else "") + words.number(100 * shift, 0)

        said = _SENTENCE.with_values(
            outcome=name or outcome,
            estimate=words.number(estimate_, decimals),
            low=words.number(rows["estimate"].min(), decimals),
            high=words.number(rows["estimate"].max(), decimals),
            least=signed(rows["shift"].min()),
            most=signed(rows["shift"].max()),
        )
        if outcome not in self.vanishes:
            return said.to(language)
        zero = _VANISHES.with_values(shift=signed(self.vanishes[outcome]))
        return f"{said.to(language)} {zero.to(language)}"

    def __repr__(self) -> str:
        return text_view(self.frame, tuple(self.notes), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, tuple(self.notes), self.synthetic)


def anticipation_bounds(
    matched: MatchedSample,
    outcomes: Sequence[str | Outcome] | None = None,
    shifts: Sequence[float] = SHIFTS,
    bias_adjustment: Adjustment | str | None = None,
    variance: Variance | None = None,
    level: float = 0.95,
) -> AnticipationBounds:
    """Estimate each effect with the controls' outcomes shifted: had they not expected the programme, they might have earned otherwise.

    Parameters
    ----------
    matched : MatchedSample
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    shifts : sequence of float
        Shares, above -1: -0.05 is 5 % less than observed.
    bias_adjustment, variance, level
        As in ``estimate``.

    Returns
    -------
    AnticipationBounds

    Raises
    ------
    OptionError
        No shift, one at or below -1, or one that comes twice.

    Notes
    -----
    Of a mean the effect moves by -shift × control mean, so that the shift at which it vanishes is estimate ÷ control mean; a rate is
    counted anew.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "x": [1, 2, 1, 2], "y": [12.0, 14.0, 10.0, 10.0]})
    >>> matched = im.match(im.Sample(frame, "treated", ["x"], ["y"]), im.Exact())
    >>> bounds = im.anticipation_bounds(matched, shifts=[0.1])
    >>> bounds.frame["estimate"].round(9).tolist(), round(bounds.vanishes["y"], 9)
    ([3.0, 2.0], 0.3)
    """
    chosen = _shifts(shifts)
    sample = matched.sample
    rows, vanishes = [], {}
    for outcome in sample.chosen(outcomes):
        shifted = [ShiftedControls(outcome, sample.treatment, shift) for shift in chosen]
        effects = list(estimate(matched, [outcome, *shifted], variance, bias_adjustment, level))
        for shift, effect in zip((0.0, *chosen), effects, strict=True):
            rows.append(
                {
                    "outcome": outcome.name,
                    "shift": shift,
                    **{part: float(getattr(effect, part)) for part in ("estimate", "std_error", "conf_low", "conf_high", "control_mean")},
                }
            )  # fmt: skip
        observed, first = effects[0], effects[1]
        slope = (float(first.estimate) - float(observed.estimate)) / chosen[0]
        if getattr(outcome, "income", None) is None and slope != 0:
            vanishes[outcome.name] = -float(observed.estimate) / slope
    return AnticipationBounds(pd.DataFrame(rows), vanishes, level, sample.synthetic)


def _shifts(shifts: Sequence[float]) -> tuple[float, ...]:
    chosen: tuple[Any, ...] = (
        tuple(shifts) if isinstance(shifts, Sequence) and not isinstance(shifts, str) else (shifts,)
    )
    if not chosen:
        raise OptionError(
            Text(
                "shifts must name at least one share, such as -0.05.",
                "shifts debe nombrar al menos una proporción, como -0.05.",
            )
        )
    for shift in chosen:
        checks.between("shifts", shift, -1.0, np.inf)
        if shift == 0:
            raise OptionError(
                Text(
                    "shifts must differ from 0: the effect as observed stands in the result by itself.",
                    "shifts debe ser distinto de 0: el efecto observado está en el resultado por sí mismo.",
                )
            )
    if len(set(chosen)) < len(chosen):
        raise OptionError(
            Text(
                "shifts must name each share once; got {chosen!r}.",
                "shifts debe nombrar cada proporción una vez; se dio {chosen!r}.",
                chosen=list(chosen),
            )
        )
    return tuple(sorted(map(float, chosen)))
