"""From the surveyed regions to the whole programme: the effect reweighted to all alliances."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import standardised
from impact.design.match import match
from impact.design.proposal import Strategy
from impact.design.weighting.equations.entropy_dual import entropy_weights
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.estimate import estimate
from impact.errors import OptionError, SupportError
from impact.language import Text, quoted
from impact.monitoring import columns
from impact.monitoring.reach.calibrated_variance import CalibratedVariance
from impact.monitoring.reach.target import Target, target_of
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
    extrapolated : float
        Share of the programme whose categories are all surveyed, but not together: there the columns are added up.
    single_group : float
        Share of the programme whose combination of categories one surveyed group alone stands for, where crossed.
    numbers : tuple of str
        Columns of numbers, of which the mean alone is met.
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
    extrapolated: float = 0.0
    single_group: float = 0.0
    numbers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame[list(SHOWN)], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[list(SHOWN)], self.notes, self.synthetic)


def transported_effects(
    sample: Sample,
    strategy: Strategy,
    population: pd.DataFrame,
    on: Sequence[str],
    outcomes: Sequence[str | Outcome] | None = None,
    population_weight: str | None = None,
    bias_adjustment: Adjustment | str | None = "suited",
    level: float = 0.95,
    crossed: bool = False,
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
    crossed : bool, default False
        Weight every combination of the categories (region by product) to its share of the programme: poststratification.
        Combinations that nobody surveyed has leave the target and are counted. Otherwise the shares of each column alone are met,
        and the effects of the columns are taken to add up.

    Returns
    -------
    TransportedEffects

    Raises
    ------
    SupportError
        No weights give the surveyed treated the programme's means.

    Notes
    -----
    Weights by entropy balancing of the treated to the programme's means (shares of categories); crossed, they are the programme's
    share of a combination over the survey's. Assumed: given these columns the effect does not depend on being surveyed. Standard errors
    count that the weights are solved for, the programme's means as known: the effect varies by what it differs within the columns, not
    between them.

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
    target = target_of(treated, population, weight, names, crossed)
    factors, terms = _factors(treated, target, sample)
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
    alone = _single_group(target, treated, sample) if crossed else 0.0
    return TransportedEffects(
        frame, target.supported, target.outside, effective, factors, target.extrapolated, alone, target.numbers,
        _notes(target, effective, len(factors), names, crossed, alone), sample.synthetic or surveyed.synthetic,
    )  # fmt: skip


def _single_group(target: Target, treated: pd.DataFrame, sample: Sample) -> float:
    """Return the share of the whole programme in combinations that one surveyed group alone has."""
    if sample.cluster is None:
        return 0.0
    cell = target.treated.columns[0]
    groups = treated[sample.cluster].groupby(target.treated[cell]).nunique()
    alone = target.population[cell].map(groups).to_numpy() == 1
    return target.supported * float(target.weight[alone].sum() / target.weight.sum())


def _factors(treated: pd.DataFrame, target: Target, sample: Sample) -> tuple[pd.Series, pd.DataFrame]:
    """Return weights of the treated, mean 1, that give them the target's means, and the terms that they balance."""
    own = target.treated
    coded = columns.indicators(pd.concat([own, target.population], ignore_index=True), list(map(str, own)))
    terms = standardised(np.asarray(coded, dtype=np.float64), np.ones(len(coded)))
    here, there = terms[: len(own)], terms[len(own) :]
    kept = np.flatnonzero(terms.any(axis=0))
    mean = np.average(there, axis=0, weights=target.weight)
    base = (
        np.ones(len(own))
        if sample.sampling_weight is None
        else treated[sample.sampling_weight].to_numpy(dtype=np.float64)
    )
    try:
        solved, _ = entropy_weights(
            here[:, kept] - mean[kept],
            base / base.sum(),
            np.zeros(len(kept)),
            [str(k) for k in coded.columns[kept]],
            Text("surveyed treated", "beneficiarios de la encuesta"),
        )
    except SupportError as lost:
        raise SupportError(
            Text(
                "No weights give the surveyed treated units the programme's means of {names} together. Leave a column out of on, or "
                "weight the combinations of categories (crossed).",
                "Ningún peso da a los beneficiarios encuestados las medias del programa de {names} a la vez. Quite una columna de "
                "on, o pondere las combinaciones de categorías (crossed).",
                names=checks.listed(map(str, own), 12),
            )
        ) from lost
    factors = pd.Series(solved / (base / base.sum()), index=treated.index, name="transport_weight")
    return factors, pd.DataFrame(here[:, kept], index=treated.index)


def _reweighted(sample: Sample, factors: pd.Series) -> Sample:
    """Return the sample with the treated units' weights times the factors."""
    frame = sample.frame
    base = 1.0 if sample.sampling_weight is None else frame[sample.sampling_weight].astype(float)
    name = "transported_weight"
    moved = frame.assign(**{name: base * factors.reindex(frame.index).fillna(1.0)})
    return sample.with_frame(moved, sampling_weight=name)


def assumed(names: str, numbers: str, added: bool) -> Text:
    """Return what the transport assumes; ``added`` where the effects of several columns add up."""
    return Text(
        "Assumed: given {names}, the effect does not depend on being surveyed{added}{linear}.",
        "Se supone: dados {names}, el efecto no depende de haber sido encuestado{added}{linear}.",
        names=names,
        added=_ADDED if added else Text(""),
        linear=_LINEAR.with_values(numbers=numbers) if numbers else Text(""),
    )


_ADDED = Text(
    ", and what it differs by in one column is the same whatever the others (they add up)",
    ", y lo que difiere según una columna es igual cualesquiera sean las demás (se suman)",
)
_LINEAR = Text("; it is linear in {numbers}", "; es lineal en {numbers}", numbers="")
EXTRAPOLATED = Text(
    "{share} % of the programme has a combination of these that no surveyed treated unit has: there the columns are added up.",
    "El {share} % del programa tiene una combinación de estas que ningún beneficiario encuestado tiene: allí se suman las columnas.",
    share="",
)
ALONE = Text(
    "{share} % of the programme has combinations that one surveyed group alone has: how groups differ there is taken from the others.",
    "El {share} % del programa tiene combinaciones de un solo grupo encuestado: cuánto difieren allí los grupos se toma de las demás.",
    share="",
)


def in_percent(share: float) -> str:
    """Return a share in whole percent; one that is small is not written as none."""
    return "< 1" if 0 < share < 0.005 else f"{100 * share:.0f}"


def _notes(
    target: Target, effective: float, number: int, names: Sequence[str], crossed: bool, alone: float
) -> tuple[Text, ...]:
    lost = [
        Text(
            "{level} ({share} %)",
            "{level} ({share} %)",
            level=_level(row, target.numbers),
            share=in_percent(row["share"]),
        )
        for row in target.outside.to_dict("records")
    ]
    beyond = Text(
        "; outside it: {lost}. Nothing is said of these.", "; fuera de ella: {lost}. De estas nada se dice.", lost=checks.listed(lost, 12)
    )  # fmt: skip
    categories = len(names) - len(target.numbers)
    notes = [
        assumed(
            quoted(*names),
            quoted(*target.numbers) if target.numbers else "",
            len(names) > 1 and not (crossed and categories == len(names)),
        ),
        Text(
            "{supported} % of the programme has counterparts in the survey{beyond}",
            "{supported} % del programa tiene contraparte en la encuesta{beyond}",
            supported=in_percent(target.supported),
            beyond=beyond if lost else Text("."),
        ),
        Text(
            "{effective:,.0f} effective of {number} treated units after reweighting.",
            "{effective:,.0f} beneficiarios efectivos de {number} tras reponderar.",
            effective=effective,
            number=number,
        ),
    ]
    shares = ((EXTRAPOLATED, target.extrapolated), (ALONE, alone))
    return (*notes, *(text.with_values(share=in_percent(share)) for text, share in shares if share))


def _level(row: dict[Hashable, Any], numbers: Sequence[str]) -> Text:
    """Return a category by itself, a range of numbers with its column."""
    pattern = "{column} {level}" if row["column"] in numbers else "{level}"
    return Text(pattern, pattern, column=row["column"], level=row["level"])
