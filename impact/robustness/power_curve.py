"""What simulated surveys tell of a plan: power by size of effect, and the smallest effect that is detected often enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.certification import Certification
from impact.robustness.planning.power_formula import SurveyPlan
from impact.robustness.planning.power_formula import minimum_detectable_effect as by_formula
from impact.views import Exported, html_view, three_decimals

Row = dict[str, Any]

POWER_COLUMNS: tuple[str, ...] = (
    "strategy", "outcome", "effect", "true_effect", "percent", "draws", "failed", "power", "power_error",
    "monotone_power", "coverage", "bias", "sd", "se_over_sd", "share_kept", "variance",
)  # fmt: skip

_KEYS = ["strategy", "outcome"]
_CONFIDENCE = 0.95


_NOTE = Text(
    "SYNTHETIC DATA: {drawn} surveys for each of {effects} effects, with effect {effect:g} from {description}, seed {seed!s}. Detected: "
    "p-value below {level:.2g}.",
    "DATOS SINTÉTICOS: {drawn} encuestas para cada uno de {effects} efectos, con el efecto {effect:g} de {description}, semilla {seed!s}. "
    "Detectado: valor p menor que {level:.2g}.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PowerCurve(Exported):
    """How often each specification detects effects of several sizes, over surveys whose truth is known.

    Parameters
    ----------
    certifications : mapping of float to Certification
        By effect: the knob that was turned, at least 0. At least two, made with one level; ``simulated_power``
        makes them, and so does ``certify`` on a twin of each effect.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37.0, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> made = {effect: im.certify(im.SampleTwin(sample, {"income": effect}), [near], draws=2) for effect in (0.0, 0.5)}
    >>> im.PowerCurve(made).frame[["effect", "percent", "draws"]].values.tolist()
    [[0.0, 0.0, 2.0], [0.5, 50.0, 2.0]]
    """

    TITLE: ClassVar[Text] = Text("Power by size of the effect", "Potencia según el tamaño del efecto")

    certifications: Mapping[float, Certification]

    def __post_init__(self) -> None:
        required = Text(
            "a mapping of effects to an im.Certification each",
            "una tabla de efectos, cada uno con su im.Certification",
        )
        given = self.certifications
        matches = isinstance(given, Mapping) and all(isinstance(one, Certification) for one in given.values())
        checks.instance("certifications", given, required, matches)
        ordered = {effect: self.certifications[effect] for effect in checked_effects(self.certifications)}
        levels = sorted({certification.level for certification in ordered.values()})
        if len(levels) > 1:
            raise OptionError(
                Text(
                    "certifications must have one level; got {levels}. Certify each effect with the same level=.",
                    "certifications debe tener un solo nivel; tiene {levels}. Certifique cada efecto con el mismo level.",
                    levels=checks.listed(levels),
                )
            )
        object.__setattr__(self, "certifications", ordered)

    @property
    def level(self) -> float:
        """Confidence level of the intervals: an effect is detected where the p-value is below one minus it."""
        return next(iter(self.certifications.values())).level

    @property
    def frame(self) -> pd.DataFrame:
        """One row per specification, outcome and effect.

        Columns: strategy, outcome, effect (the knob), true_effect (in the outcome's unit: the mean over the draws of
        the effect on all treated), percent (the same in percent of the treated's mean without the programme, which
        the matched control mean estimates), draws, failed, power (share of the draws that did not fail whose p-value
        is below 1 − level), power_error (its Monte Carlo standard error), monotone_power, coverage (of true_effect),
        bias, sd, se_over_sd, share_kept, variance.

        ``monotone_power`` is the maximum-likelihood estimate of the power under the one condition that it does not
        fall while the effect grows: isotonic regression, weighted by the draws. It moves only what chance put out of
        order, and makes sure that a wanted power is crossed once.
        """
        every = pd.concat([_of_effect(effect, one) for effect, one in self.certifications.items()])
        curves = [part.assign(monotone_power=_monotone(part)) for _, part in every.groupby(_KEYS, sort=False)]
        return pd.concat(curves, ignore_index=True)[list(POWER_COLUMNS)]

    def minimum_detectable_effect(self, power: float = 0.8) -> pd.DataFrame:
        """Return the smallest effect that each specification detects with the wanted probability.

        Parameters
        ----------
        power : float
            Wanted probability, in (0.5, 1).

        Returns
        -------
        DataFrame
            One row per specification and outcome. Columns: strategy, outcome, power; effect, effect_low, effect_high
            (on the knob's scale); true_effect, … (in the outcome's unit); percent, … (of the control mean); size
            (power where the effect is 0, if it was among the effects: it should be about 1 − level, and a power is
            worth nothing where it is not); reason (why a number is missing; empty where none is).

        Notes
        -----
        Between the two effects on whose sides of the wanted power the curve lies, the probit of the power is taken as
        linear in the effect: it would be so exactly for a normal estimate whose mean moves with the effect and whose
        standard error does not. A power of 0 or 1 counts as half a draw away from it, which errs on the large side.
        The effect in the outcome's unit, and in percent, is interpolated linearly.

        low and high are a 95 % Monte Carlo interval: the effects at which Wilson's limits of the power, in place of
        the power, cross the wanted one. The binomial errors at neighbouring effects are thereby taken to go together,
        as they nearly do when each effect is drawn with the same seed; were they independent, the interval would be
        too wide, never too narrow. It says nothing of how well the twin resembles the survey that is planned.

        References
        ----------
        Wilson (1927), JASA 22(158), 209-212, doi:10.1080/01621459.1927.10502953; Barlow, Bartholomew, Bremner & Brunk
        (1972), Statistical Inference under Order Restrictions, for isotonic regression.
        """
        checks.between("power", power, 0.5, 1.0)
        groups = self.frame.groupby(_KEYS, sort=False)
        return pd.DataFrame(
            [
                {"strategy": strategy, "outcome": outcome, "power": power} | _detectable(part, power)
                for (strategy, outcome), part in groups
            ]
        )

    def beside_formula(
        self, plan: SurveyPlan, standard_deviations: Mapping[str, float], power: float = 0.8
    ) -> pd.DataFrame:
        """Return the minimum detectable effects by simulation and by the formula, side by side.

        Parameters
        ----------
        plan : SurveyPlan
            The survey that the twins draw.
        standard_deviations : mapping of str to float
            Of each outcome to be compared, among the controls, in its unit.
        power : float
            Wanted probability, in (0.5, 1).

        Returns
        -------
        DataFrame
            Columns: strategy, outcome, power, simulated, simulated_low, simulated_high, formula (all sizes in the
            outcome's unit, without sign), ratio (simulated over formula), reason (why the simulated is missing).
        """
        table = self.minimum_detectable_effect(power)
        checks.columns_present("standard_deviations", standard_deviations, list(table["outcome"].unique()))
        formula = {
            outcome: by_formula(plan, deviation, power, self.level)
            for outcome, deviation in standard_deviations.items()
        }
        kept = table[table["outcome"].isin(list(formula))].reset_index(drop=True)
        sizes = {
            f"simulated{end}": kept[f"true_effect{end}"].abs().to_numpy() for end in ("", "_low", "_high")
        }
        result = kept[["strategy", "outcome", "power"]].assign(**sizes)
        result["formula"] = [formula[outcome] for outcome in kept["outcome"]]
        result["ratio"] = result["simulated"] / result["formula"]
        return result.assign(reason=kept["reason"])

    @property
    def note(self) -> Text:
        """The line that belongs under the table."""
        numbers = [one.draws["draw"].nunique() for one in self.certifications.values()]
        effect, first = next(iter(self.certifications.items()))
        span = Text("{fewest} to {most}", "{fewest} a {most}", fewest=min(numbers), most=max(numbers))
        return _NOTE.with_values(
            drawn=min(numbers) if min(numbers) == max(numbers) else span,
            effects=len(numbers),
            effect=effect,
            description=first.description,
            seed=first.seed,
            level=1 - self.level,
        )

    def __repr__(self) -> str:
        return f"{self.frame.to_string(index=False, float_format=lambda value: f'{value:,.3f}')}\n{self.note}"

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.note,), number=three_decimals)


def checked_effects(effects: Iterable[float]) -> tuple[float, ...]:
    """Return effects in ascending order; refuse what is no size, and fewer than two different ones.

    Parameters
    ----------
    effects : iterable of float
    """
    given = list(effects)
    for effect in given:
        checks.nonnegative(Text("Each of effects", "Cada valor de effects"), effect)
    if len(given) < 2 or len(set(given)) < len(given):
        raise OptionError(
            Text(
                (
                    "effects must hold at least two different numbers; got [{given}]. Name several, from one that is "
                    "hardly ever detected to one that nearly always is."
                ),
                (
                    "effects debe tener al menos dos números distintos; se dio [{given}]. Nombre varios, desde uno que "
                    "casi nunca se detecte hasta uno que casi siempre."
                ),
                given=checks.listed(given),
            )
        )
    return tuple(sorted(float(effect) for effect in given))


def _of_effect(effect: float, certification: Certification) -> pd.DataFrame:
    """Return the rows of one effect: what is judged against the population's truth."""
    table = certification.frame
    table = table[table["target"] == "population"].rename(columns={"truth": "true_effect"})
    done = certification.draws[certification.draws["problem"] == ""]
    percent = done.groupby(_KEYS)["percent_truth"].mean()
    power = table["power"].to_numpy(dtype=np.float64)
    number = table["draws"].to_numpy(dtype=np.float64)
    return table.assign(
        effect=effect,
        percent=percent.reindex(pd.MultiIndex.from_frame(table[_KEYS])).to_numpy(dtype=np.float64),
        power_error=np.sqrt(power * (1 - power) / np.where(number > 0, number, np.nan)),
    )


def _monotone(part: pd.DataFrame) -> Array:
    """Return the power that does not fall with the effect, missing where no draw succeeded."""
    from sklearn.isotonic import IsotonicRegression

    result = np.full(len(part), np.nan)
    done = part["draws"].to_numpy() > 0
    if done.any():
        effects, power, weight = (
            part[name].to_numpy(dtype=np.float64)[done] for name in ("effect", "power", "draws")
        )
        result[done] = IsotonicRegression(increasing=True).fit_transform(effects, power, sample_weight=weight)
    return result


def _detectable(part: pd.DataFrame, power: float) -> Row:
    """Return where one curve crosses the wanted power, on each scale."""
    done = part[part["draws"] > 0]
    effects, curve, draws = (
        done[name].to_numpy(dtype=np.float64) for name in ("effect", "monotone_power", "draws")
    )
    low, high = _wilson_limits(curve, draws)
    found = {
        "": _crossing(effects, curve, draws, power),
        "_low": _crossing(effects, high, draws, power),
        "_high": _crossing(effects, low, draws, power),
    }
    if np.isnan(found[""]):
        found = dict.fromkeys(found, np.nan)
    row: Row = {f"effect{end}": effect for end, effect in found.items()}
    for column in ("true_effect", "percent"):
        values = done[column].to_numpy(dtype=np.float64)
        row |= {
            f"{column}{end}": float(np.interp(effect, effects, values)) if len(effects) else np.nan
            for end, effect in found.items()
        }
    none = done.loc[done["effect"] == 0, "power"]
    row["size"] = float(none.iloc[0]) if len(none) else np.nan
    row["reason"] = _reason(effects, curve, draws, power) or _open_end(found["_low"], found["_high"])
    return row


def _crossing(effects: Array, curve: Array, draws: Array, power: float) -> float:
    """Return the effect at which a rising curve reaches the wanted power; missing where the effects do not bracket it."""
    from scipy.special import ndtri

    reached = np.flatnonzero(curve >= power)
    if not reached.size or (reached[0] == 0 and curve[0] > power) or _too_high(power, draws):
        return np.nan
    after = int(reached[0])
    if curve[after] == power:
        return float(effects[after])
    ends = slice(after - 1, after + 1)
    probit = ndtri(np.clip(curve[ends], 0.5 / draws[ends], 1 - 0.5 / draws[ends]))
    return float(np.interp(ndtri(power), probit, effects[ends]))


def _too_high(power: float, draws: Array) -> bool:
    """Return whether a power is nearer to 1 than so many draws can tell."""
    return bool(power > 1 - 0.5 / draws.min())


def _wilson_limits(power: Array, draws: Array) -> tuple[Array, Array]:
    """Return Wilson's limits of each power, made to rise as the power does."""
    from scipy.special import ndtri

    square = float(ndtri(0.5 + _CONFIDENCE / 2)) ** 2
    centre = (power + square / (2 * draws)) / (1 + square / draws)
    reach = np.sqrt(square * (power * (1 - power) / draws + square / (4 * draws**2))) / (1 + square / draws)
    low: Array = np.maximum.accumulate(centre - reach)
    high: Array = np.minimum.accumulate((centre + reach)[::-1])[::-1]
    return low, high


def _reason(effects: Array, curve: Array, draws: Array, power: float) -> str:
    """Return why a curve has no minimum detectable effect; empty where it has one."""
    if len(effects) < 2:
        return Text(
            "all draws failed with all effects but one at most: see the problem column of the draws",
            "todos los sorteos fallaron con todos los efectos, salvo a lo sumo uno: vea la columna problem de los sorteos",
        )
    if curve[-1] < power:
        return Text(
            "power is {power:.0%} at the largest effect, {effect:g}: add larger ones",
            "la potencia es {power:.0%} con el mayor efecto, {effect:g}: agregue mayores",
            power=curve[-1],
            effect=effects[-1],
        )
    if curve[0] > power and effects[0] == 0:
        return Text(
            "power is {power:.0%} without any effect: the estimate is biased, or its standard error too small",
            "la potencia es {power:.0%} sin efecto alguno: la estimación está sesgada, o su error estándar es muy pequeño",
            power=curve[0],
        )
    if curve[0] > power:
        return Text(
            "power is {power:.0%} at the smallest effect, {effect:g}, already: add smaller ones",
            "la potencia ya es {power:.0%} con el menor efecto, {effect:g}: agregue menores",
            power=curve[0],
            effect=effects[0],
        )
    if _too_high(power, draws):
        return Text(
            "{draws} draws cannot tell a power of {power:g} from 1: draw more surveys",
            "{draws} sorteos no distinguen una potencia de {power:g} de 1: sortee más encuestas",
            draws=int(draws.min()),
            power=power,
        )
    return ""


def _open_end(low: float, high: float) -> str:
    """Return why the Monte Carlo interval lacks an end; empty where it has both."""
    if np.isnan(low) and np.isnan(high):
        return Text(
            "the Monte Carlo interval reaches beyond the effects on both sides: add effects, or draws",
            "el intervalo de Monte Carlo pasa de los efectos por ambos lados: agregue efectos, o sorteos",
        )
    if np.isnan(high):
        return Text(
            "the Monte Carlo interval reaches beyond the largest effect: add larger ones, or draws",
            "el intervalo de Monte Carlo pasa del mayor efecto: agregue mayores, o sorteos",
        )
    if np.isnan(low):
        return Text(
            "the Monte Carlo interval reaches below the smallest effect: add smaller ones, or draws",
            "el intervalo de Monte Carlo baja del menor efecto: agregue menores, o sorteos",
        )
    return ""
