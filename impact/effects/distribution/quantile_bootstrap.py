"""Quantile effects with a cluster bootstrap that estimates the match anew in every draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.effects.distribution.quantiles import (
    DECILES,
    QuantileEffects,
    arm_quantiles,
    outcome_for_the_treated,
    quantile_table,
    values_and_weights,
)
from impact.effects.estimate import estimate
from impact.effects.observed import with_values
from impact.effects.variances.redrawn.group_draws import GroupDraws
from impact.effects.variances.redrawn.redraws import draw_blocks
from impact.errors import EstimationError, ImpactError, OptionError, SupportError
from impact.language import Text
from impact.parallel import Lost, fits
from impact.progress import track
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample

_MOST_FAILURES = 0.05


def bootstrap_quantile_effects(
    matched: MatchedSample,
    outcome: str | Outcome,
    quantiles: Sequence[float] = DECILES,
    level: float = 0.95,
    replications: int = 499,
    seed: int = 0,
    n_jobs: int | None = None,
) -> QuantileEffects:
    """Estimate quantile effects on the treated with a bootstrap of whole groups.

    Parameters
    ----------
    matched : MatchedSample
        For the ATT, by a smooth strategy (kernel, inverse probability, entropy balancing): the score or the
        weights are estimated anew in every draw.
    outcome, quantiles, level
        As in ``quantile_effects``.
    replications : int
        Draws, at least 99.
    seed : int
        Each draw has its own numbers: one seed gives one result, whatever the number of workers.
    n_jobs : int, optional
        Processes; what joblib's active backend says by default.

    Returns
    -------
    QuantileEffects
        Percentile intervals, and a band of ± the largest studentised deviation's quantile.

    Raises
    ------
    OptionError
        Pairs or matched sets, for which the bootstrap is not valid (Abadie & Imbens 2008):
        ``quantile_effects`` is. Or units discarded by a support rule, which the draws would not repeat.
    EstimationError
        More than one draw in twenty has no estimate.

    Notes
    -----
    Groups are drawn with replacement within each arm, all together where groups span both arms; without a
    cluster, units are. A draw without an estimate (a category whose units are all of one arm, say) is
    drawn again.

    References
    ----------
    Firpo (2007), Econometrica 75(1), 259-276, doi:10.1111/j.1468-0262.2007.00738.x.
    Abadie & Imbens (2008), Econometrica 76(6), 1537-1557, doi:10.3982/ECTA6474.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> rank = np.arange(100.0)
    >>> frame = pd.DataFrame({"treated": rank % 2 == 0, "x": rank // 2 % 10})
    >>> frame["income"] = rank + 7 * frame["treated"]
    >>> matched = im.match(im.Sample(frame, "treated", ["x"], outcomes=["income"]), im.InverseProbability(im.PropensityScore()))
    >>> found = im.bootstrap_quantile_effects(matched, "income", [0.5], replications=99, seed=1).frame
    >>> found[["quantile", "effect"]].round(1).values.tolist()
    [[0.5, 6.0]]
    """
    chosen = outcome_for_the_treated(matched, outcome, quantiles)
    matched = with_values(matched, [chosen])
    checks.between("level", level, 0.0, 1.0)
    checks.whole("replications", replications, minimum=99)
    checks.whole("seed", seed, minimum=0)
    _refuse_rough_matches(matched)
    labels = estimate(matched, [chosen], level=level).one()
    locations = arm_quantiles(*values_and_weights(matched, chosen), matched.sample.treated, quantiles)
    effect = locations[0] - locations[1]
    draws = _draws(matched, chosen, quantiles, replications, seed, n_jobs)
    errors = draws.std(axis=0, ddof=1)
    _refuse_constant(errors)
    largest = np.quantile((np.abs(draws - effect) / errors).max(axis=1), level)
    tails = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    how = Text("group", "grupo") if matched.sample.cluster else Text("unit", "unidad")
    return quantile_table(
        labels,
        quantiles,
        locations,
        {"std_error": errors, "degrees_of_freedom": np.full(len(errors), np.inf)},
        (tails[0], tails[1]),
        (effect - largest * errors, effect + largest * errors),
        Text(
            "bootstrap by {how}, match estimated anew in each of {replications} draws; percentile",
            "bootstrap por {how}, con el emparejamiento de nuevo en cada uno de {replications} sorteos; percentil",
            how=how,
            replications=replications,
        ),
        seed,
        matched.sample.synthetic,
    )


def _refuse_constant(errors: Array) -> None:
    if not (errors > 0).all():
        raise EstimationError(
            Text(
                (
                    "A quantile is the same in every draw: the outcome has too many equal values around it. Leave this "
                    "quantile out."
                ),
                (
                    "Un cuantil es el mismo en cada sorteo: el resultado tiene demasiados valores iguales a su "
                    "alrededor. Quite este cuantil."
                ),
            )
        )


def _refuse_rough_matches(matched: MatchedSample) -> None:
    if matched.pair_positions is not None or matched.set_numbers is not None:
        raise OptionError(
            Text(
                (
                    "The bootstrap is not valid for {strategy}, whose matches jump from draw to draw (Abadie & Imbens "
                    "2008). Use quantile_effects, whose influence functions are."
                ),
                (
                    "El bootstrap no es válido para {strategy}, cuyos emparejamientos saltan de sorteo en sorteo (Abadie "
                    "e Imbens 2008). Use quantile_effects, cuyas funciones de influencia lo son."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    if len(matched.discarded):
        raise OptionError(
            Text(
                (
                    "{number:,} units were discarded by a support rule, which the draws would not repeat. Leave them out "
                    "of the sample first, or use quantile_effects."
                ),
                (
                    "Una regla de soporte descartó {number:,} unidades, lo que los sorteos no repetirían. Quítelas antes "
                    "de la muestra, o use quantile_effects."
                ),
                number=len(matched.discarded),
            )
        )


def _draws(
    matched: MatchedSample,
    outcome: Outcome,
    quantiles: Sequence[float],
    replications: int,
    seed: int,
    n_jobs: int | None,
) -> Array:
    """Return the quantile effects of every draw, shape (R, K); draws whose worker died are missing from them."""
    most = _MOST_FAILURES * replications
    block = partial(_block, matched, outcome, quantiles, most, seed)
    blocks = draw_blocks(replications)
    done = dict(track(fits(block, blocks, n_jobs), "Bootstrap", total=len(blocks)))
    found = [part for place in range(len(blocks)) if not isinstance(part := done[place], Lost)]
    failures = [failure for _, refused in found for failure in refused]
    if len(failures) > most:
        raise failures[0]
    return np.concatenate([effects for effects, _ in found])


def _block(
    matched: MatchedSample,
    outcome: Outcome,
    quantiles: Sequence[float],
    most: float,
    seed: int,
    numbers: Sequence[int],
) -> tuple[Array, list[ImpactError]]:
    """Return the quantile effects of several draws, and why draws before them had no estimate; no more of them than may fail."""
    groups = _draws_of(matched.sample)
    found: list[Array] = []
    failures: list[ImpactError] = []
    for number in numbers:
        generator = np.random.default_rng(np.random.SeedSequence([seed, number]))
        drawn = None
        while drawn is None:
            try:
                drawn = match(_drawn(matched.sample, groups, generator), matched.strategy, matched.estimand)
            except (EstimationError, SupportError) as refusal:
                failures.append(refusal)
                if len(failures) > most:
                    raise
        values, weight = values_and_weights(drawn, outcome)
        above, below = arm_quantiles(values, weight, drawn.sample.treated, quantiles)
        found.append(above - below)
    return np.array(found), failures


def _draws_of(sample: Sample) -> GroupDraws:
    labels = sample.frame.index if sample.cluster is None else sample.frame[sample.cluster]
    return GroupDraws.of(group_codes(labels), sample.treated)


def _drawn(sample: Sample, groups: GroupDraws, generator: np.random.Generator) -> Sample:
    """Return a sample of groups drawn with replacement; a group drawn twice counts as two."""
    rows, copies = groups.rows(generator)
    frame = sample.frame.iloc[rows].reset_index(drop=True)
    if sample.cluster is not None:
        frame[sample.cluster] = copies
    return sample.with_frame(frame)
