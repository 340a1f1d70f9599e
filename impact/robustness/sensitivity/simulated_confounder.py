"""A simulated confounder: drawn beside the data, matched on, and the effect estimated again (Ichino, Mealli & Nannicini 2008)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.label_order import label_order
from impact.design.match import match
from impact.design.proposal import Strategy
from impact.design.units import Units
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import Effect
from impact.effects.estimate import estimate
from impact.errors import EstimationError, ImpactError, ImpactWarning, OptionError
from impact.language import Language, Text, quoted
from impact.parallel import Lost, fits
from impact.progress import track
from impact.survey.clusters import group_codes, sums_by_code
from impact.survey.covariates import encode
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.survey.sample import Sample
from impact.survey.shares import shown_scale
from impact.views import html_view, text_view

CONFOUNDER = "simulated_confounder"
_LIKE = Text("distributed like {like}", "distribuido como {like}", like="")
_GIVEN = Text("of the given shares", "con las proporciones dadas")
_SENTENCE = Text(
    "A confounder {who} (odds ratio {odds} with a high outcome among controls, {selection} with the programme) would leave {left} of the "
    "effect of {whole}{unit} on {outcome}.",
    "Un factor oculto {who} (razón de posibilidades {odds} con un resultado alto entre los controles, {selection} con el programa) dejaría "
    "{left} del efecto de {whole}{unit} en {outcome}.",
    **dict.fromkeys(("who", "odds", "selection", "left", "whole", "outcome", "unit"), ""),
)
_CELLS = ("p11", "p10", "p01", "p00")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SimulatedConfounder:
    """The effect with a simulated confounder beside the covariates.

    Attributes
    ----------
    frame : DataFrame
        One row: outcome, like, p11, p10, p01, p00 (share with the confounder by treatment and high outcome), outcome_effect and
        selection_effect (odds ratios), baseline_estimate, baseline_se, estimate, se, replications, failed.
    drawn_by : {"group", "unit"}
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "woman": row % 2, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "woman"], outcomes=["income"], cluster="group")
    >>> near = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    >>> found = im.simulated_confounder(sample, near, like="woman", bias_adjustment="linear", replications=5)
    >>> found.drawn_by, found.frame[["baseline_estimate", "estimate"]].round(1).values.tolist()
    ('group', [[5.0, 5.1]])
    """

    frame: pd.DataFrame
    drawn_by: str
    synthetic: bool

    def sentence(self, language: str = "en", names: Mapping[str, str] | None = None, unit: str = "") -> str:
        """Return what the confounder leaves, in one plain sentence (a code such as "es"), columns by these names."""
        words, called = Language(language), dict(names or {})
        row = self.frame.iloc[0]
        factor, shown_unit = shown_scale(unit, words)
        decimals = 1 if factor > 1 else 0 if abs(row["baseline_estimate"]) >= 100 else 2
        return _SENTENCE.with_values(
            who=_LIKE.with_values(like=quoted(called.get(row["like"], row["like"])))
            if row["like"]
            else _GIVEN,
            outcome=quoted(called.get(row["outcome"], row["outcome"])),
            whole=words.number(factor * row["baseline_estimate"], decimals),
            unit=shown_unit,
            left=words.number(factor * row["estimate"], decimals),
            odds=words.number(row["outcome_effect"], 2),
            selection=words.number(row["selection_effect"], 2),
        ).to(language)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        drawn = Text(
            "Confounder drawn by {drawn_by}; matched anew in every draw.",
            "Factor oculto sorteado por {drawn_by}; emparejado de nuevo en cada sorteo.",
            drawn_by=self.drawn_by,
        )
        return drawn, Text(self.sentence(), self.sentence("es"))

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def simulated_confounder(
    sample: Sample,
    strategy: Strategy,
    outcome: str | Outcome | None = None,
    like: str | None = None,
    shares: Sequence[float] | None = None,
    bias_adjustment: Adjustment | str | None = None,
    estimand: str = "ATT",
    replications: int = 100,
    seed: int = 0,
    n_jobs: int | None = None,
) -> SimulatedConfounder:
    """Draw a binary confounder that goes with treatment and outcome, match on it too, and estimate the effect again.

    Parameters
    ----------
    sample : Sample
    strategy : Strategy
    outcome : str or Outcome, optional
        Needed where the sample has several.
    like : str
        Covariate whose association with treatment and outcome the confounder has: a category's first indicator, a number above its median.
    shares : four floats in [0, 1], instead of ``like``
        p11, p10, p01, p00: share with the confounder among treated of high and of low outcome, controls of high and of low outcome.
    bias_adjustment : Adjustment, "suited", "linear" or None
    estimand : {"ATT", "ATC", "ATE"}
    replications : int
        Draws, at least 2.
    seed : int
        One seed gives one result, whatever the order of the rows and the number of workers.
    n_jobs : int, optional
        Processes; what joblib's active backend says by default.

    Returns
    -------
    SimulatedConfounder

    Raises
    ------
    OptionError
        Neither or both of ``like`` and ``shares``; a name that is not a covariate.
    EstimationError
        The design fails in more than a twentieth of the draws.

    Notes
    -----
    High is above the median of the controls. Where every group lies in one arm, confounder and outcome are the group's. The variance is the
    mean of the draws' variances plus (1 + 1/R) times the variance between draws (Rubin).

    References
    ----------
    Ichino, Mealli & Nannicini (2008), Journal of Applied Econometrics 23(3), 305-327, doi:10.1002/jae.998.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "woman": row % 2, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "woman"], outcomes=["income"], cluster="group")
    >>> near = im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    >>> found = im.simulated_confounder(sample, near, like="woman", bias_adjustment="linear", replications=5).frame
    >>> found[["like", "baseline_estimate", "estimate"]].round(1).values.tolist()  # one as strong as being a woman
    [['woman', 5.0, 5.1]]
    """
    checks.whole("replications", replications, minimum=2)
    checks.whole("seed", seed, minimum=0)
    chosen = only_outcome(sample.outcomes, outcome)
    scene = _Scene.of(sample, chosen)
    cells = scene.shares_like(sample, like) if shares is None else _checked_shares(shares, like)
    baseline = _effect(sample, strategy, chosen, bias_adjustment, estimand)
    options = (strategy, chosen, bias_adjustment, estimand)
    draw = partial(_drawn_effect, sample, scene, cells, options, seed)
    numbers = range(replications)
    done = dict(track(fits(draw, numbers, n_jobs), "Simulated confounder", total=replications))
    found = [done[number] for number in numbers]
    drawn = [pair for pair in found if pair is not None and not isinstance(pair, Lost)]
    _require_enough(len(drawn), replications)
    estimates, errors = np.array(drawn).T
    between = float(estimates.var(ddof=1)) * (1 + 1 / len(drawn))
    frame = pd.DataFrame(
        {
            "outcome": [chosen.name],
            "like": like or "",
            **dict(zip(_CELLS, cells, strict=True)),
            "outcome_effect": _odds(cells[2]) / _odds(cells[3]),
            "selection_effect": scene.selection(cells),
            "baseline_estimate": baseline.estimate,
            "baseline_se": baseline.std_error,
            "estimate": float(estimates.mean()),
            "se": float(np.sqrt((errors**2).mean() + between)),
            "replications": len(drawn),
            "failed": replications - len(drawn),
        }
    )
    return SimulatedConfounder(frame, "group" if scene.by_group else "unit", sample.synthetic)


def _require_enough(drawn: int, replications: int) -> None:
    """Refuse a design that fails in more than a twentieth of the draws."""
    failed = replications - drawn
    if failed > replications / 20:
        raise EstimationError(
            Text(
                (
                    "The design could not be estimated with the confounder in {failed:,} of {replications:,} draws. Use "
                    "shares further from 0 and 1, or a strategy that needs less overlap."
                ),
                (
                    "El diseño no se pudo estimar con el factor de confusión en {failed:,} de {replications:,} sorteos. "
                    "Use proporciones más lejos de 0 y 1, o una estrategia que necesite menos traslape."
                ),
                failed=failed,
                replications=replications,
            )
        )


def _drawn_effect(
    sample: Sample,
    scene: _Scene,
    cells: Array,
    options: tuple[Strategy, Outcome, Adjustment | str | None, str],
    seed: int,
    number: int,
) -> tuple[float, float] | None:
    """Return the effect of one draw and its standard error, or None where the design fails."""
    confounder = scene.draw(cells, np.random.default_rng(np.random.SeedSequence([seed, number])))
    effect = _with_confounder(sample, confounder, *options)
    return None if effect is None else (effect.estimate, effect.std_error)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Scene:
    """Who the confounder is drawn for: the groups that the programme chose, or units; treated or not, of high outcome or not."""

    codes: Positions
    treated: Booleans
    high: Booleans
    by_group: bool

    @classmethod
    def of(cls, sample: Sample, outcome: Outcome) -> _Scene:
        codes, by_group = _whom(sample)
        treated = _means(codes, sample.treated.astype(np.float64)) > 0.5
        means = _means(codes, outcome.values(sample.frame))
        return cls(codes, treated, means > np.median(means[~treated]), by_group)

    def cells(self) -> list[Booleans]:
        """Return who is in each of the four cells, in the order of p11, p10, p01, p00."""
        return [arm & high for arm in (self.treated, ~self.treated) for high in (self.high, ~self.high)]

    def shares_like(self, sample: Sample, like: str | None) -> Array:
        """Return the four shares of a covariate above its median."""
        if like is None:
            raise OptionError(
                Text(
                    "Pass like=, a covariate of the sample, or shares=, four numbers p11, p10, p01, p00.",
                    "Dé like, una covariable de la muestra, o shares, cuatro números p11, p10, p01, p00.",
                )
            )
        if like not in sample.covariates:
            raise OptionError(
                Text(
                    "like must name a covariate of the sample; got {like!r}. It has: {sample}.",
                    "like debe nombrar una covariable de la muestra; se dio {like!r}. Tiene: {sample}.",
                    like=like,
                    sample=checks.listed(map(repr, sample.covariates), 12),
                )
            )
        values = _means(self.codes, encode(sample.frame, [like]).to_numpy(dtype=np.float64)[:, 0])
        cut = 0.5 if set(np.unique(values)) <= {0.0, 1.0} else float(np.median(values))
        # half a unit to either side, so that no share is 0 or 1 exactly
        return np.array([((values[cell] > cut).sum() + 0.5) / (cell.sum() + 1) for cell in self.cells()])

    def draw(self, shares: Array, generator: np.random.Generator) -> Array:
        """Return the confounder of every unit, shape (n,)."""
        chance = np.select(self.cells(), list(shares))
        drawn = (generator.random(len(chance)) < chance).astype(np.float64)
        result: Array = drawn[self.codes]
        return result

    def selection(self, shares: Array) -> float:
        """Return the odds ratio of the confounder with treatment."""
        p11, p10, p01, p00 = (float(share) for share in shares)
        among = [float(self.high[arm].mean()) for arm in (self.treated, ~self.treated)]
        with_it = [
            high * p + (1 - high) * q for high, (p, q) in zip(among, ((p11, p10), (p01, p00)), strict=True)
        ]
        return _odds(with_it[0]) / _odds(with_it[1])


def _whom(sample: Sample) -> tuple[Positions, bool]:
    """Return the groups of the units where each lies in one arm; else each unit by itself, in the order of the labels."""
    if sample.cluster is not None:
        codes = group_codes(sample.frame[sample.cluster], sample.cluster)
        share = np.bincount(codes, sample.treated) / np.bincount(codes)
        if ((share == 0) | (share == 1)).all():
            return codes, True
    ranks = np.empty(len(sample), dtype=np.intp)
    ranks[label_order(Units.of(sample, "ATT"))] = np.arange(len(sample))
    return ranks, False


def _means(codes: Positions, values: Array) -> Array:
    number = int(codes.max()) + 1
    result: Array = sums_by_code(codes, values, number) / np.bincount(codes, minlength=number)
    return result


def _checked_shares(shares: Sequence[float], like: str | None) -> Array:
    if like is not None:
        raise OptionError(
            Text(
                "like and shares say the same thing in two ways. Pass one of them.",
                "like y shares dicen lo mismo de dos maneras. Dé uno de los dos.",
            )
        )
    values = np.asarray(shares, dtype=np.float64)
    if values.shape != (4,) or not ((values >= 0) & (values <= 1)).all():
        raise OptionError(
            Text(
                "shares must be four numbers in [0, 1]: p11, p10, p01, p00; got {shares!r}.",
                "shares debe ser cuatro números en [0, 1]: p11, p10, p01, p00; se dio {shares!r}.",
                shares=shares,
            )
        )
    return values


def _effect(
    sample: Sample, strategy: Strategy, outcome: Outcome, adjustment: Adjustment | str | None, estimand: str
) -> Effect:
    return estimate(match(sample, strategy, estimand), [outcome], bias_adjustment=adjustment).effects[0]


def _with_confounder(
    sample: Sample,
    confounder: Array,
    strategy: Strategy,
    outcome: Outcome,
    adjustment: Adjustment | str | None,
    estimand: str,
) -> Effect | None:
    """Return the effect with the confounder among the covariates; None where the design fails on this draw."""
    if CONFOUNDER in sample.frame:
        raise OptionError(
            Text(
                "The table has a column '{confounder}' of its own. Rename it.",
                "La tabla tiene una columna '{confounder}' propia. Cámbiele el nombre.",
                confounder=CONFOUNDER,
            )
        )
    frame = sample.frame.assign(**{CONFOUNDER: confounder})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)
            with_it = sample.with_frame(frame, covariates=(*sample.covariates, CONFOUNDER))
            return _effect(with_it, strategy, outcome, adjustment, estimand)
    except ImpactError:
        return None


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else np.inf
