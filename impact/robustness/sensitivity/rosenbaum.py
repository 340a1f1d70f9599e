"""Rosenbaum's bounds: how far hidden bias within matched pairs could move a p-value and an estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Language, Text, quoted
from impact.robustness.sensitivity.pair_differences import pair_differences
from impact.robustness.sensitivity.pair_statistics import PairStatistic, suited_statistic
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.views import html_view, text_view

GAMMAS: tuple[float, ...] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)
_FARTHEST = 1e4
_NOT_SIGNIFICANT = Text(
    "The effect on {outcome} is not significant at {level} % by this test even without hidden bias.",
    "El efecto en {outcome} no es significativo al {level} % con esta prueba, ni siquiera sin sesgo oculto.",
    outcome="",
    level="",
)
_LOST = Text(
    "Only a hidden confounder that makes one of {who} {gamma} times as likely (in odds) to have the programme as the other could take "
    "away the significance at {level} % of the effect on {outcome}.",
    "Solo un factor oculto que multiplique por {gamma} la razón de posibilidades de participar entre {who} podría quitar la "
    "significancia al {level} % del efecto en {outcome}.",
    outcome="",
    level="",
    gamma="",
    who="",
)
_RESTS_ON = Text(
    "{statistic}; {pairs} of {unit}; one-sided, against an effect {side} zero. Sampling weights are not used: the bounds are about "
    "assignment within these pairs.",
    "{statistic}; {pairs} de {unit}; de un lado, contra un efecto {side} de cero. No se usan factores de expansión: las cotas tratan de la "
    "asignación dentro de estas parejas.",
    statistic="",
    pairs="",
    unit="",
    side="",
)
_OF = {"units": Text("units", "unidades"), "groups": Text("groups", "grupos")}
_SIDES = {"greater": Text("above", "por encima"), "less": Text("below", "por debajo")}
_UNITS = {
    "units": Text(en="two matched units", es="dos unidades emparejadas"),
    "groups": Text(en="two matched groups", es="dos grupos emparejados"),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RosenbaumBounds:
    """Bounds of the p-value and of the estimate, for each Γ.

    Attributes
    ----------
    frame : DataFrame
        gamma, p_lower, p_upper (one-sided), estimate_lower, estimate_upper (Hodges-Lehmann; the median for the sign test; missing for
        rates).
    outcome : str
        Name of the outcome; "differences" where plain differences were given.
    statistic : PairStatistic
    alternative : {"greater", "less"}
    pairs : int
    unit : {"units", "groups"}
        Of whom the pairs are.
    alpha : float
    gamma_lost : float
        Γ from which the largest p-value exceeds ``alpha``; below 1 (missing) where there is no significance to lose.
    synthetic : bool

    Examples
    --------
    >>> import impact as im
    >>> bounds = im.rosenbaum_bounds([3.0, 5.0, 1.0, 4.0, 2.0, 6.0, 7.0, 8.0], [1.0, 2.0])
    >>> bounds.frame[["gamma", "p_upper", "estimate_lower"]].round(4).values.tolist()
    [[1.0, 0.0059, 4.5], [2.0, 0.0374, 3.75]]
    >>> round(bounds.gamma_lost, 2)  # a confounder that makes treatment so many times as likely could explain it
    2.35
    """

    frame: pd.DataFrame
    outcome: str
    statistic: PairStatistic
    alternative: str
    pairs: int
    unit: str
    alpha: float
    gamma_lost: float
    synthetic: bool

    def sentence(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Return what the bounds say, in one plain sentence (a code such as "es"), the outcome by its name."""
        words, outcome = Language(language), quoted((names or {}).get(self.outcome, self.outcome))
        level = words.number(100 * self.alpha, 0)
        if not self.gamma_lost >= 1:
            return _NOT_SIGNIFICANT.with_values(outcome=outcome, level=level).to(language)
        gamma = words.number(self.gamma_lost, 2)
        return _LOST.with_values(outcome=outcome, level=level, gamma=gamma, who=_UNITS[self.unit]).to(
            language
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        return (
            _RESTS_ON.with_values(
                statistic=self.statistic.label,
                pairs=checks.counted(self.pairs, "pair"),
                unit=_OF[self.unit],
                side=_SIDES[self.alternative],
            ),
            Text(self.sentence(), self.sentence("es")),
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def rosenbaum_bounds(
    matched_or_differences: MatchedSample | Sequence[float] | Array | pd.Series[Any],
    gammas: Sequence[float] = GAMMAS,
    outcome: str | Outcome | None = None,
    statistic: PairStatistic | None = None,
    alternative: str = "greater",
    alpha: float = 0.05,
) -> RosenbaumBounds:
    r"""Bound the p-value and the estimate where a hidden confounder shifts the odds of treatment within pairs by up to Γ.

    Parameters
    ----------
    matched_or_differences : MatchedSample, or array-like of shape (pairs,)
        A match in disjoint pairs, or treated less control within each pair.
    gammas : sequence of float
        Values of Γ, each at least 1.
    outcome : str or Outcome, optional
        Of the matched sample; needed where it has several.
    statistic : PairStatistic, optional
        ``SignedRank()``, ``SignTest()`` or ``McNemar()``; by default McNemar's where all differences are −1, 0 or 1, signed ranks else.
    alternative : {"greater", "less"}
        The direction in which an effect is looked for: "less" for poverty.
    alpha : float
        Level whose Γ is looked for, in (0, 1).

    Returns
    -------
    RosenbaumBounds

    Raises
    ------
    OptionError
        Γ below 1; pairs with replacement, sets, weights, or, under treatment by group, groups that are not in disjoint pairs.
    DataError
        Missing or infinite differences.
    EstimationError
        No pair differs.

    Notes
    -----
    Within a pair the odds of treatment may differ by Γ: 1/(1 + Γ) ≤ π ≤ Γ/(1 + Γ). Where the programme chose groups, Γ is about the choice
    between two matched groups, and the differences are those of groups.

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd ed., chapter 4; Hansen, Rosenbaum & Small (2014), JASA 109(505), 133-144,
    doi:10.1080/01621459.2013.863157, for groups.

    Examples
    --------
    >>> import impact as im
    >>> bounds = im.rosenbaum_bounds([3.0, 5.0, 1.0, 4.0, 2.0, 6.0, 7.0, 8.0], [1.0, 2.0])
    >>> bounds.frame["p_upper"].round(4).tolist()
    [0.0059, 0.0374]
    >>> round(bounds.gamma_lost, 2)
    2.35
    """
    checks.one_of("alternative", alternative, ("greater", "less"))
    checks.between("alpha", alpha, 0.0, 1.0)
    values = checked_gammas(gammas)
    name, differences, unit, synthetic = _differences(matched_or_differences, outcome)
    forward = differences if alternative == "greater" else -differences
    chosen = suited_statistic(differences) if statistic is None else statistic
    checks.instance(
        "statistic",
        chosen,
        Text("SignedRank(), SignTest() or McNemar()", "SignedRank, SignTest o McNemar"),
        isinstance(chosen, PairStatistic),
    )
    rows = [_row(forward, chosen, gamma, alternative) for gamma in values]
    columns = ["gamma", "p_lower", "p_upper", "estimate_lower", "estimate_upper"]
    return RosenbaumBounds(
        frame=pd.DataFrame(rows, columns=columns),
        outcome=name,
        statistic=chosen,
        alternative=alternative,
        pairs=len(differences),
        unit=unit,
        alpha=alpha,
        gamma_lost=_gamma_lost(forward, chosen, alpha),
        synthetic=synthetic,
    )


def checked_gammas(gammas: Sequence[float]) -> list[float]:
    """Return the values of Γ as numbers, or refuse what bounds no bias."""
    values = [float(gamma) for gamma in np.atleast_1d(np.asarray(gammas, dtype=np.float64))]
    if not values:
        raise OptionError(
            Text(
                "gammas must hold at least one value of Γ; got none.",
                "gammas debe tener al menos un valor de Γ; no tiene ninguno.",
            )
        )
    for gamma in values:
        if not 1 <= gamma < np.inf:
            raise OptionError(
                Text(
                    "gammas must be finite and at least 1 (Γ = 1 is no hidden bias); got {gamma:g}. Γ and 1/Γ mean the same.",
                    (
                        "gammas debe ser finito y de al menos 1 (Γ = 1 es ningún sesgo oculto); se dio {gamma:g}. Γ y 1/Γ "
                        "significan lo mismo."
                    ),
                    gamma=gamma,
                )
            )
    return values


def _differences(given: Any, outcome: str | Outcome | None) -> tuple[str, Array, str, bool]:
    """Return the outcome's name, the differences, of whom they are, and whether the data are synthetic."""
    if isinstance(given, MatchedSample):
        chosen = only_outcome(given.sample.outcomes, outcome)
        found = pair_differences(given, chosen.values(given.sample.frame))
        _require_spread(found.values)
        return chosen.name, found.values, found.unit, given.sample.synthetic
    if outcome is not None:
        raise OptionError(
            Text(
                "outcome is for a matched sample; plain differences are of one outcome already. Leave it out.",
                "outcome es para una muestra emparejada; las diferencias ya son de un resultado. Quítelo.",
            )
        )
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise OptionError(
            Text(
                "matched_or_differences must be an im.MatchedSample or one difference per pair; got shape {shape}.",
                "matched_or_differences debe ser un im.MatchedSample o una diferencia por par; tiene forma {shape}.",
                shape=values.shape,
            )
        )
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise DataError(
            Text(
                "{wrong:,} of {number:,} differences are missing or infinite. Leave out these pairs, or correct them.",
                "{wrong:,} de {number:,} diferencias faltan o son infinitas. Quite esos pares, o corríjalos.",
                wrong=wrong,
                number=len(values),
            )
        )
    _require_spread(values)
    return "differences", values, "units", False


def _require_spread(differences: Array) -> None:
    if not (differences != 0).any():
        raise EstimationError(
            Text(
                "No pair differs in the outcome, so that there is nothing to test. Choose another outcome.",
                "Ningún par difiere en el resultado, de modo que no hay nada que probar. Elija otro resultado.",
            )
        )


def _row(forward: Array, statistic: PairStatistic, gamma: float, alternative: str) -> tuple[float, ...]:
    low, high = statistic.estimate_bounds(forward, gamma)
    if alternative == "less":
        low, high = -high, -low
    return (gamma, *statistic.p_bounds(forward, gamma), low, high)


def _gamma_lost(forward: Array, statistic: PairStatistic, alpha: float) -> float:
    from scipy.optimize import brentq

    def beyond(log_gamma: float) -> float:
        return statistic.p_bounds(forward, float(np.exp(log_gamma)))[1] - alpha

    if beyond(0.0) > 0:
        return float("nan")
    if beyond(np.log(_FARTHEST)) <= 0:
        return float("inf")
    return float(np.exp(brentq(beyond, 0.0, np.log(_FARTHEST), xtol=1e-12)))
