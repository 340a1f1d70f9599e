"""Placebo treatments: groups of the control arm, split by lot, differ by nothing but chance."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans, Positions
from impact.design.label_order import place_by_label
from impact.effects.effect import EffectTable
from impact.effects.estimate import estimate
from impact.errors import SPOKEN, DataError, EstimationError, ImpactWarning, SupportError
from impact.language import Language, Text, quoted
from impact.parallel import Lost, fits
from impact.progress import track
from impact.robustness.four_strategies import Specification
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import html_view, text_view

_FEWEST = 8
_SENTENCE = Text(
    "Among controls split by lot {replications} times, {share} % of the placebo effects on {outcome} were significant at {level} % "
    "(chance alone: up to {most} %).",
    "Entre controles divididos al azar {replications} veces, {share} % de los efectos placebo en {outcome} fueron significativos al "
    "{level} % (por puro azar: hasta {most} %).",
    **dict.fromkeys(("replications", "share", "outcome", "level", "most"), ""),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlaceboTreatment:
    """Effects of treatments that nobody had.

    Attributes
    ----------
    frame : DataFrame
        outcome, mean_estimate, sd_estimate, mean_std_error, share_significant, most_by_chance (97.5 % point of that share), replications,
        failed.
    draws : DataFrame
        replication, outcome, estimate, std_error, p_value.
    level : float
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.placebo_treatment(sample, near, replications=10, seed=1)
    >>> found.frame[["outcome", "replications", "failed"]].values.tolist()
    [['income', 10, 0]]
    >>> len(found.draws)
    10
    """

    frame: pd.DataFrame
    draws: pd.DataFrame
    level: float
    synthetic: bool

    def sentence(self, outcome: str | None = None, language: str = "en", name: str = "") -> str:
        """Return what the placebo treatments say of an outcome (the first by default), called so, in one plain sentence."""
        words = Language(language)
        names = self.frame["outcome"].tolist()
        checks.one_of("outcome", outcome or names[0], names)
        row = self.frame.loc[self.frame["outcome"] == (outcome or names[0])].iloc[0]
        return _SENTENCE.with_values(
            replications=int(row["replications"]),
            share=words.number(100 * row["share_significant"], 0),
            outcome=quoted(name or row["outcome"]),
            level=words.number(100 * (1 - self.level), 0),
            most=words.number(100 * row["most_by_chance"], 0),
        ).to(language)

    def __repr__(self) -> str:
        return text_view(self.frame, (self.sentence(language=SPOKEN.get()),), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.sentence(language=SPOKEN.get()),), self.synthetic)


def placebo_treatment(
    sample: Sample,
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None = None,
    within: str | None = None,
    replications: int = 50,
    level: float = 0.95,
    seed: int = 0,
    n_jobs: int | None = None,
) -> PlaceboTreatment:
    """Give half of the control groups a treatment that nobody had, again and again, and estimate its effect.

    Parameters
    ----------
    sample : Sample
    specification : Specification
        Strategy, adjustment and variance, as for the real effect.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    within : str, optional
        Column, constant within groups, inside whose values the lot is drawn.
    replications : int
    level : float
    seed : int
        One seed gives one result, whatever the order of the rows and the number of workers.
    n_jobs : int, optional
        Processes; what joblib's active backend says by default.

    Returns
    -------
    PlaceboTreatment
        If the standard errors are right, about 1 − level of the effects are significant.

    Raises
    ------
    DataError
        Fewer than eight control groups (or units), or a column that varies within groups.
    EstimationError
        The design fails in more than a fifth of the draws.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.placebo_treatment(sample, near, replications=10, seed=1).frame
    >>> bool(abs(found["mean_estimate"].iloc[0]) < 2 * found["mean_std_error"].iloc[0])  # about nothing, as it should
    True
    """
    checks.whole("replications", replications, minimum=2)
    checks.whole("seed", seed, minimum=0)
    checks.between("level", level, 0.0, 1.0)
    controls = sample.frame.loc[~sample.treated]
    codes, strata = _lots(sample, controls, within)
    draw = partial(_drawn_effects, sample, controls, (codes, strata), specification, outcomes, level, seed)
    numbers = range(replications)
    done = dict(track(fits(draw, numbers, n_jobs), "Placebo treatment", total=replications))
    rows = [
        table.assign(replication=number)
        for number in numbers
        if (table := done[number]) is not None and not isinstance(table, Lost)
    ]
    failed = replications - len(rows)
    if failed > replications / 5 or len(rows) < 2:
        raise EstimationError(
            Text(
                (
                    "The design could not be estimated in {failed:,} of {replications:,} placebo draws among {number:,} "
                    "controls. Use a strategy that needs less overlap, or fewer covariates."
                ),
                (
                    "El diseño no se pudo estimar en {failed:,} de {replications:,} sorteos de placebo entre {number:,} "
                    "controles. Use una estrategia que necesite menos traslape, o menos covariables."
                ),
                failed=failed,
                replications=replications,
                number=len(controls),
            )
        )
    draws = pd.concat(rows, ignore_index=True)
    columns = ["replication", "outcome", "estimate", "std_error", "p_value"]
    return PlaceboTreatment(_summary(draws, level, failed), draws[columns], level, sample.synthetic)


def _drawn_effects(
    sample: Sample,
    controls: pd.DataFrame,
    lots: tuple[Positions, Positions],
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None,
    level: float,
    seed: int,
    number: int,
) -> pd.DataFrame | None:
    """Return the effects of the treatment of one draw, or None where the design fails."""
    codes, strata = lots
    drawn = _half(strata, np.random.default_rng(np.random.SeedSequence([seed, number])))
    effects = _effects(sample, controls, drawn[codes], specification, outcomes, level)
    return None if effects is None else effects.frame[["outcome", "estimate", "std_error", "p_value"]]


def _lots(sample: Sample, controls: pd.DataFrame, within: str | None) -> tuple[Positions, Positions]:
    """Return the group of each control, and the stratum of each group."""
    cluster = sample.cluster
    codes = place_by_label(controls.index) if cluster is None else group_codes(controls[cluster], cluster)
    number = int(codes.max()) + 1
    if number < _FEWEST:
        raise DataError(
            Text(
                "A placebo treatment needs at least {fewest} control groups to split; there are {number}.",
                "Un tratamiento placebo necesita al menos {fewest} grupos de control que dividir; hay {number}.",
                fewest=_FEWEST,
                number=number,
            )
        )
    if within is None:
        return codes, np.zeros(number, dtype=np.intp)
    checks.columns_present("within", [within], controls.columns)
    values = group_codes(controls[within], within)
    strata = np.zeros(number, dtype=np.intp)
    strata[codes] = values
    if (strata[codes] != values).any():
        raise DataError(
            Text(
                "within='{within}' must not vary inside a group; it does. Name a column of the groups.",
                "within = '{within}' no debe variar dentro de un grupo, y varía. Nombre una columna de los grupos.",
                within=within,
            )
        )
    return codes, strata


def _half(strata: Positions, generator: np.random.Generator) -> Booleans:
    """Return half of the groups of each stratum, drawn by lot; of an odd number one more or less, by lot too."""
    chosen = np.zeros(len(strata), dtype=np.bool_)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        half = (len(inside) + int(generator.integers(0, 2))) // 2
        chosen[generator.permutation(inside)[:half]] = True
    return chosen


def _effects(
    sample: Sample,
    controls: pd.DataFrame,
    treated: Booleans,
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None,
    level: float,
) -> EffectTable | None:
    """Return the effects of a placebo; None where the design fails on this draw."""
    frame = controls.assign(**{sample.treatment: treated.astype(np.float64)})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)
            matched = specification.matched(sample.with_frame(frame))
            return estimate(matched, outcomes, specification.variance, specification.bias_adjustment, level)
    except (SupportError, EstimationError):
        return None


def _summary(draws: pd.DataFrame, level: float, failed: int) -> pd.DataFrame:
    from scipy.stats import binom

    rows = []
    for name, part in draws.groupby("outcome", sort=False):
        number = len(part)
        rows.append(
            {
                "outcome": name,
                "mean_estimate": part["estimate"].mean(),
                "sd_estimate": part["estimate"].std(ddof=1),
                "mean_std_error": part["std_error"].mean(),
                "share_significant": float((part["p_value"] < 1 - level).mean()),
                "most_by_chance": float(binom.ppf(0.975, number, 1 - level)) / number,
                "replications": number,
                "failed": failed,
            }
        )
    return pd.DataFrame(rows)
