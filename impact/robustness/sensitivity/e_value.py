"""The E-value: how strongly a confounder would have to go with both treatment and outcome, as a risk ratio."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from impact import checks
from impact.effects.effect import Effect
from impact.errors import SPOKEN, OptionError
from impact.language import Language, Text, quoted
from impact.views import html_view, kept_texts, text_view

_EN = (
    "To explain the effect{on} away, a confounder would have to go with both the programme and the outcome by a ratio of at least {point} "
    "each, beyond the covariates"
)
_ES = (
    "Para explicar el efecto{on}, un factor oculto tendría que asociarse tanto con el programa como con el resultado por una razón "
    "de al menos "
    "{point} cada una, más allá de las covariables"
)
_RATIO = Text("risk ratio", "razón de riesgos")
_FROM_SD = Text(
    "risk ratio, approximated from SDs of the outcome",
    "razón de riesgos, aproximada desde desviaciones estándar del resultado",
)
_OF_MEANS = Text(
    "ratio of means, with the programme over without", "razón de medias, con el programa sobre sin él"
)
_ON = Text(" on {outcome}", " en {outcome}")
_POINT = Text(f"{_EN}.", f"{_ES}.", point="", interval="", on="")
_BOTH = Text(
    f"{_EN}; {{interval}} would move the interval to no effect.",
    f"{_ES}; con {{interval}} el intervalo alcanzaría la ausencia de efecto.",
    **dict.fromkeys(("point", "interval", "on"), ""),
)
_HOLDS_NONE = Text(
    f"{_EN}; the interval holds no effect as it is.",
    f"{_ES}; el intervalo ya contiene la ausencia de efecto.",
    **dict.fromkeys(("point", "interval", "on"), ""),
)
_ONE_SD = 0.91  # log risk ratio of an effect of one SD (VanderWeele & Ding 2017, table 2)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EValue:
    """E-values of a ratio and of the end of its interval nearer to 1; unpacks as ``point, interval``.

    Attributes
    ----------
    ratio, conf_low, conf_high : float
        Risk ratio, or ratio of means, and its interval (missing where not given).
    point, interval : float
        E-values; that of the interval is 1 where it holds 1, missing where there is none.
    scale : str
        What the ratio is of.
    outcome : str
        The outcome of the effect; empty where a risk ratio was given.

    Examples
    --------
    >>> import impact as im
    >>> found = im.e_value(3.9, 1.8, 8.7)
    >>> round(found.point, 2), round(found.interval, 2)
    (7.26, 3.0)
    """

    ratio: float
    conf_low: float
    conf_high: float
    point: float
    interval: float
    scale: str
    outcome: str = ""

    @property
    def frame(self) -> pd.DataFrame:
        """One row: ratio, conf_low, conf_high, e_value, e_value_interval, scale."""
        return pd.DataFrame(
            {
                "ratio": [self.ratio],
                "conf_low": self.conf_low,
                "conf_high": self.conf_high,
                "e_value": self.point,
                "e_value_interval": self.interval,
                "scale": kept_texts([self.scale]),
            }
        )

    def sentence(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Return what the E-value says, in one plain sentence (a code such as "es"), the outcome by its name."""
        words = Language(language)
        point, interval = (words.number(value, 2) for value in (self.point, self.interval))
        sentence = _POINT if math.isnan(self.interval) else _HOLDS_NONE if self.interval == 1 else _BOTH
        called = (names or {}).get(self.outcome, self.outcome)
        on = _ON.with_values(outcome=quoted(called)) if called else ""
        return sentence.with_values(point=point, interval=interval, on=on).to(language)

    def __iter__(self) -> Iterator[float]:
        return iter((self.point, self.interval))

    def __repr__(self) -> str:
        return text_view(self.frame, (self.sentence(SPOKEN.get()),), False)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.sentence(SPOKEN.get()),), False)


def e_value(
    effect_or_risk_ratio: Effect | float,
    conf_low: float | None = None,
    conf_high: float | None = None,
    sd: float | None = None,
) -> EValue:
    """Return the least strength, as a risk ratio with both treatment and outcome, that could explain an effect away.

    Parameters
    ----------
    effect_or_risk_ratio : Effect or float
        An effect, whose ratio is 1 + percent effect/100 (the mean with the programme over the mean without), or a risk ratio above 0.
    conf_low, conf_high : float, optional
        Interval of the risk ratio; an effect brings its own.
    sd : float, optional
        Standard deviation of the outcome, for an effect without a percentage: its ratio is then about exp(0.91 effect/sd).

    Returns
    -------
    EValue

    Raises
    ------
    OptionError
        A ratio not above 0, an interval without the ratio, an effect without a percentage and without ``sd``.

    Notes
    -----
    E = RR + √(RR (RR − 1)) for RR ≥ 1, of 1/RR below 1. For outcomes never negative the bound holds of ratios of means as of risks.

    References
    ----------
    VanderWeele & Ding (2017), Annals of Internal Medicine 167(4), 268-274, doi:10.7326/M16-2607; Ding & VanderWeele (2016), Epidemiology
    27(3), 368-377, doi:10.1097/EDE.0000000000000457.

    Examples
    --------
    >>> import impact as im
    >>> point, interval = im.e_value(3.9, 1.8, 8.7)
    >>> round(point, 2), round(interval, 2)
    (7.26, 3.0)
    """
    if isinstance(effect_or_risk_ratio, Effect):
        if conf_low is not None or conf_high is not None:
            raise OptionError(
                Text(
                    "conf_low and conf_high are for a risk ratio; an effect brings its own interval. Leave them out.",
                    "conf_low y conf_high son para una razón de riesgos; un efecto trae su propio intervalo. Quítelos.",
                )
            )
        ratio, low, high, scale = _ratio_of(effect_or_risk_ratio, sd)
    else:
        if sd is not None:
            raise OptionError(
                Text(
                    "sd turns an effect into a ratio; a risk ratio needs none. Leave it out, or pass an effect.",
                    "sd convierte un efecto en una razón; una razón de riesgos no lo necesita. Quítelo, o dé un efecto.",
                )
            )
        checks.positive("effect_or_risk_ratio", effect_or_risk_ratio, Text("risk ratio", "razón de riesgos"))
        ratio, scale = float(effect_or_risk_ratio), _RATIO
        low, high = (math.nan if end is None else float(end) for end in (conf_low, conf_high))
    _check_interval(ratio, low, high)
    outcome = effect_or_risk_ratio.outcome if isinstance(effect_or_risk_ratio, Effect) else ""
    return EValue(ratio, low, high, _strength(ratio), _nearer_end(ratio, low, high), scale, outcome)


def _ratio_of(effect: Effect, sd: float | None) -> tuple[float, float, float, str]:
    if sd is not None:
        checks.positive(
            "sd", sd, Text("standard deviation of the outcome", "desviación estándar del resultado")
        )
        ends = (effect.estimate, effect.conf_low, effect.conf_high)
        ratio, low, high = (math.exp(_ONE_SD * value / sd) for value in ends)
        return ratio, low, high, _FROM_SD
    if math.isnan(effect.percent_effect):
        raise OptionError(
            Text(
                (
                    "The effect on '{outcome}' has no percentage ({denominator}), so that there is no ratio. Pass sd=, "
                    "the standard deviation of the outcome."
                ),
                (
                    "El efecto en '{outcome}' no tiene porcentaje ({denominator}), de modo que no hay razón. Dé sd, la "
                    "desviación estándar del resultado."
                ),
                outcome=effect.outcome,
                denominator=effect.denominator,
            )
        )
    ends = (effect.percent_effect, effect.percent_conf_low, effect.percent_conf_high)
    ratio, low, high = (max(1 + value / 100, 1e-9) for value in ends)
    return ratio, low, high, _OF_MEANS


def _check_interval(ratio: float, low: float, high: float) -> None:
    for name, end in (("conf_low", low), ("conf_high", high)):
        if not math.isnan(end) and end < 0:
            raise OptionError(
                Text(
                    "{name} must be at least 0, as a risk ratio is; got {end!r}.",
                    "{name} debe ser al menos 0, como una razón de riesgos; se dio {end!r}.",
                    name=name,
                    end=end,
                )
            )
    if low > ratio or high < ratio:
        raise OptionError(
            Text(
                "The interval must hold the ratio {ratio:g}; got {low:g} to {high:g}.",
                "El intervalo debe contener la razón {ratio:g}; se dio {low:g} a {high:g}.",
                ratio=ratio,
                low=low,
                high=high,
            )
        )


def _strength(ratio: float) -> float:
    above = ratio if ratio >= 1 else 1 / ratio
    return above + math.sqrt(above * (above - 1))


def _nearer_end(ratio: float, low: float, high: float) -> float:
    """Return the E-value of the end of the interval nearer to 1."""
    end = low if ratio >= 1 else high
    if math.isnan(end):
        return math.nan
    beyond = end <= 1 if ratio >= 1 else end >= 1
    return 1.0 if beyond else _strength(end)
