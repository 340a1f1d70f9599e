"""From the surveyed regions to the whole programme: the effect reweighted to all alliances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, standardised
from impact.design.match import match
from impact.design.proposal import Strategy
from impact.design.weighting.equations.entropy_dual import entropy_weights
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import EffectTable
from impact.effects.estimate import estimate
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.reach.calibrated_variance import CalibratedVariance
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import Exported, html_view, text_view

SHOWN = (
    "population", "outcome", "estimate", "std_error", "conf_low", "conf_high", "percent_effect", "n_treated",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TransportedEffects(Exported):
    """Effects on the surveyed treated, and reweighted to the programme.

    Attributes
    ----------
    frame : DataFrame
        Rows of the effect table, ``population`` "surveyed" or "programme".
    share_supported : float
        Share of the programme that has counterparts in the survey.
    outside : DataFrame
        What of the programme has none: ``column``, ``level``, ``share``.
    effective_n : float
        Kish's effective number of the reweighted treated.
    weights : Series
        Weight of each surveyed treated unit, mean 1.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    Half of the survey is of the south; of the programme three quarters are, where the effect is twice as large.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(800)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> south = row // 10 % 2
    >>> frame["region"] = np.where(south, "south", "north")
    >>> frame["income"] = 100 + frame["age"] + (10 + 10 * south) * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "region"], outcomes=["income"], cluster="group")
    >>> programme = pd.DataFrame({"region": ["south"] * 75 + ["north"] * 25})
    >>> found = im.transported_effects(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2), programme, ["region"])
    >>> found.frame[["population", "estimate"]].round(1).values.tolist()
    [['surveyed', 15.0], ['programme', 17.5]]
    >>> found.share_supported
    1.0
    """

    TITLE: ClassVar[Text] = Text("Effects for the whole programme", "Efectos para todo el programa")

    frame: pd.DataFrame
    share_supported: float
    outside: pd.DataFrame
    effective_n: float
    weights: pd.Series
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame[list(SHOWN)], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def transported_effects(
    sample: Sample,
    strategy: Strategy,
    population: pd.DataFrame,
    on: Sequence[str],
    outcomes: Sequence[str | Outcome] | None = None,
    population_weight: str | None = None,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
) -> TransportedEffects:
    """Reweight the effect on the surveyed treated to the whole programme.

    Parameters
    ----------
    sample : Sample
        The survey.
    strategy : Strategy
        Matched anew with the weights, which the controls then follow.
    population : DataFrame
        One row an alliance (or producer) of the whole programme.
    on : list of str
        Columns that both have and along which effects differ: product, size, year of funds. Region too, where all
        regions are surveyed; those that are not leave the target and are counted.
    outcomes, bias_adjustment, level
        As in ``im.estimate``.
    population_weight : str, optional
        Column of the population that says how many units a row stands for, such as members.

    Returns
    -------
    TransportedEffects

    Raises
    ------
    SupportError
        No weights give the surveyed treated the programme's means.

    Notes
    -----
    Weights by entropy balancing of the treated to the programme's means (shares of categories). Assumed: given these columns the
    effect does not depend on being surveyed. Standard errors count that the weights are solved for, the programme's means as known: the
    effect varies by what it differs within the columns, not between them.

    References
    ----------
    Stuart, Cole, Bradshaw and Leaf (2011), JRSS A 174(2), 369–386, doi:10.1111/j.1467-985X.2010.00673.x. Dahabreh et al.
    (2020), Statistics in Medicine 39(14), 1999–2014, doi:10.1002/sim.8426.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(2, groups=200)
    >>> sample = im.Sample(survey.household, **survey.roles())
    >>> programme = im.synthetic.rural_programme(1)["group"]
    >>> found = im.transported_effects(sample, im.NearestNeighbor(im.Mahalanobis()), programme, ["region"], ["income_agr_net"])
    >>> found.outside["level"].tolist()
    ['Lago', 'Salar']
    """
    names = checks.columns("on", on)
    if not names:
        raise OptionError(
            Text(
                "on must name at least one column that survey and programme have; got none.",
                "on debe nombrar al menos una columna que la encuesta y el programa tengan; no nombra ninguna.",
            )
        )
    treated = sample.frame[sample.treated]
    checks.columns_present("on", names, treated.columns)
    weight = columns.sampling_weights(population, population_weight)
    target, outside = _supported(population, weight, treated, names)
    supported = float(weight[target].sum() / weight.sum())
    factors, terms = _factors(treated, population[target], weight[target], names, sample)
    surveyed = estimate(match(sample, strategy), outcomes, bias_adjustment=bias_adjustment, level=level)
    moved = estimate(
        match(_reweighted(sample, factors), strategy),
        outcomes,
        CalibratedVariance(terms),
        bias_adjustment,
        level,
    )
    frame = pd.concat(
        [
            table.frame.assign(population=label)
            for label, table in (("surveyed", surveyed), ("programme", moved))
        ],
        ignore_index=True,
    )
    effective = float(factors.sum() ** 2 / (factors**2).sum())
    return TransportedEffects(
        frame, supported, outside, effective, factors, tuple(_notes(supported, outside, effective, len(factors), names)),
        sample.synthetic or _synthetic(surveyed),
    )  # fmt: skip


def _supported(
    population: pd.DataFrame, weight: Array, treated: pd.DataFrame, names: Sequence[str]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the rows of the population whose categories are surveyed, and the categories that are not."""
    inside, rows = np.ones(len(population), dtype=bool), []
    for name in names:
        values = columns.column(population, "population", name)
        if pd.api.types.is_numeric_dtype(values):
            low, high = treated[name].min(), treated[name].max()
            absent = ~values.between(low, high).to_numpy()
            levels: dict[str, Booleans] = {
                Text("outside {low:g} to {high:g}", "fuera de {low:g} a {high:g}", low=low, high=high): absent
            }
        else:
            known = set(treated[name].astype(str))
            levels = {
                str(level): (values.astype(str) == level).to_numpy()
                for level in sorted(set(values.astype(str)) - known)
            }
        for level, absent in levels.items():
            if absent.any():
                rows.append(
                    {"column": name, "level": level, "share": float(weight[absent].sum() / weight.sum())}
                )
            inside &= ~absent
    if not inside.any():
        raise SupportError(
            Text(
                "Nothing of the programme is like the surveyed treated in {names}.",
                "Nada del programa se parece a los tratados encuestados en {names}.",
                names=checks.listed(names),
            )
        )
    return inside, pd.DataFrame(rows, columns=["column", "level", "share"])


def _factors(
    treated: pd.DataFrame, target: pd.DataFrame, weight: Array, names: Sequence[str], sample: Sample
) -> tuple[pd.Series, pd.DataFrame]:
    """Return weights of the treated, mean 1, that give them the target's means, and the terms that they balance."""
    own = _plain(treated[list(names)])
    both = pd.concat([own, _plain(target[list(names)])], ignore_index=True)
    terms = standardised(np.asarray(columns.indicators(both, names), dtype=np.float64), np.ones(len(both)))
    here, there = terms[: len(own)], terms[len(own) :]
    kept = np.flatnonzero(terms.any(axis=0))
    mean = np.average(there, axis=0, weights=weight)
    base = (
        np.ones(len(own))
        if sample.sampling_weight is None
        else treated[sample.sampling_weight].to_numpy(dtype=np.float64)
    )
    labels = [str(k) for k in columns.indicators(both, names).columns[kept]]
    solved, _ = entropy_weights(
        here[:, kept] - mean[kept],
        base / base.sum(),
        np.zeros(len(kept)),
        labels,
        Text("surveyed treated", "tratadas de la encuesta"),
    )
    factors = pd.Series(solved / (base / base.sum()), index=treated.index, name="transport_weight")
    return factors, pd.DataFrame(here[:, kept], index=treated.index)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(text, str))


def _reweighted(sample: Sample, factors: pd.Series) -> Sample:
    """Return the sample with the treated units' weights times the factors."""
    frame = sample.frame
    base = 1.0 if sample.sampling_weight is None else frame[sample.sampling_weight].astype(float)
    name = "transported_weight"
    moved = frame.assign(**{name: base * factors.reindex(frame.index).fillna(1.0)})
    return sample.with_frame(moved, sampling_weight=name)


def _notes(
    supported: float, outside: pd.DataFrame, effective: float, number: int, names: Sequence[str]
) -> list[Text]:
    lost = [
        Text("{level} ({share:.0%})", "{level} ({share:.0%})", level=row["level"], share=row["share"])
        for row in outside.to_dict("records")
    ]
    beyond = Text(
        "; outside it: {lost}. Nothing is said of these.", "; fuera de ella: {lost}. De estas nada se dice.", lost=checks.listed(lost, 12)
    )  # fmt: skip
    return [
        Text(
            "Assumed: given {names}, the effect does not depend on being surveyed.",
            "Se supone: dados {names}, el efecto no depende de haber sido encuestado.",
            names=checks.listed(names),
        ),
        Text(
            "{supported:.0%} of the programme has counterparts in the survey{beyond}",
            "{supported:.0%} del programa tiene contraparte en la encuesta{beyond}",
            supported=supported,
            beyond=beyond if lost else Text("."),
        ),
        Text(
            "{effective:,.0f} effective of {number} treated units after reweighting.",
            "{effective:,.0f} unidades tratadas efectivas de {number} tras reponderar.",
            effective=effective,
            number=number,
        ),
    ]


def _synthetic(table: EffectTable) -> bool:
    return table.synthetic
