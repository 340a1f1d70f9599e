"""match(): a strategy proposes, this module certifies; and the matched sample, a value of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.design.match_weights import match_weights
from impact.design.matched_sample import MatchedSample
from impact.design.promises import certify_proposal, certify_weights
from impact.design.proposal import Assignment, Strategy, columns_read
from impact.design.supports.rule import Support
from impact.design.units import TILTED, Units, focal_units, focal_units_counted
from impact.errors import OptionError, OverlapWarning, SupportError
from impact.language import Text
from impact.survey.sample import Sample
from impact.threads import on_one_thread
from impact.warn import warn

_ESTIMANDS = ("ATT", "ATC", "ATE")
_FEW_KEPT = 0.9


@on_one_thread
def match(
    sample: Sample, strategy: Strategy, estimand: str = "ATT", support: Support | None = None
) -> MatchedSample:
    """Match a sample by a strategy and certify the result.

    Parameters
    ----------
    sample : Sample
        The strategy sees its treatment, covariates, cluster, stratum, weights and identifier: never an outcome.
    strategy : Strategy
        Any object with ``assign(units) -> Assignment``.
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
        For whom the effect is asked. The ATO and the ATM are the effects on everybody weighted by e(1 − e) and min(e, 1 − e), with e the
        score: on those who might be in either arm. Strategies that weight by the score define them.
    support : Support, optional
        Rule that discards units off support first, such as ``im.MinMax()``.

    Returns
    -------
    MatchedSample

    Raises
    ------
    SupportError
        Nobody could be matched.
    EstimationError
        The strategy's proposal breaks one of its own rules, or no model could be fitted.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, im.NearestNeighbor(im.Euclidean())).weights.tolist()
    [1.0, 1.0, 1.0, 1.0, 0.0]
    """
    checks.instance("sample", sample, Text("an im.Sample", "un im.Sample"), isinstance(sample, Sample))
    checks.one_of("estimand", estimand, (*_ESTIMANDS, *TILTED))
    checks.instance(
        "strategy",
        strategy,
        Text("an object with assign(units)", "un objeto con assign(units)"),
        isinstance(strategy, Strategy),
    )
    refuse_undefined(strategy, estimand)
    columns = dict.fromkeys([*columns_read(strategy), *columns_read(support)])
    units = Units.of(sample, estimand, tuple(columns))
    discarded = np.zeros(len(units), dtype=np.bool_) if support is None else ~support.on_support(units)
    return matched_on(sample, strategy, units, discarded, getattr(support, "reestimate", False))


def matched_on(
    sample: Sample, strategy: Strategy, units: Units, discarded: NDArray[np.bool_], reestimate: bool
) -> MatchedSample:
    """Match units, some of which a support rule has discarded, and certify the match; a score may be estimated again without them."""
    assignment = _assign(strategy, replace(units, eligible=~discarded), reestimate)
    if assignment.discarded is not None:
        discarded = discarded | assignment.discarded
    on_support = replace(units, eligible=~discarded)
    certify_proposal(strategy, assignment, on_support)
    weights = match_weights(assignment, on_support)
    certify_weights(strategy, assignment, on_support, weights)
    matched = _matched_sample(sample, strategy, units, assignment, weights, discarded)
    _warn_of_lost_units(matched)
    return matched


def refuse_undefined(strategy: Strategy, estimand: str) -> None:
    """Refuse an estimand that the strategy does not define."""
    defined = getattr(strategy, "estimands", _ESTIMANDS)
    if estimand not in defined:
        raise OptionError(
            Text(
                (
                    "estimand='{estimand}' is not defined by {strategy}, which estimates the {defined}. The ATO and the "
                    "ATM weight everybody by the score: use im.InverseProbability(...) or im.SubclassWeights(...)."
                ),
                (
                    "estimand = '{estimand}' no está definido por {strategy}, que estima {defined}. El ATO y el ATM "
                    "ponderan a todos por el puntaje: use InverseProbability o SubclassWeights."
                ),
                estimand=estimand,
                strategy=type(strategy).__name__,
                defined=checks.listed(defined),
            )
        )


def _assign(strategy: Strategy, units: Units, reestimate: bool) -> Assignment:
    if not (units.treatment & units.eligible).any() or not (~units.treatment & units.eligible).any():
        raise SupportError(
            Text(
                (
                    "No unit of one arm lies on the common support. Loosen the support rule, or compare populations that "
                    "overlap."
                ),
                (
                    "Ninguna unidad de un brazo está en el soporte común. Afloje la regla de soporte, o compare "
                    "poblaciones que se traslapen."
                ),
            )
        )
    if not reestimate or units.eligible.all():
        return _checked(strategy.assign(units), strategy)
    inside = np.flatnonzero(units.eligible)
    return _widened(_checked(strategy.assign(units.take(units.eligible)), strategy), inside, len(units))


def _checked(assignment: object, strategy: Strategy) -> Assignment:
    if not isinstance(assignment, Assignment):
        raise OptionError(
            Text(
                "{strategy}.assign must return an im.Assignment; got {assignment}.",
                "{strategy}.assign debe devolver un im.Assignment; devolvió {assignment}.",
                strategy=type(strategy).__name__,
                assignment=type(assignment).__name__,
            )
        )
    return assignment


def _widened(assignment: Assignment, inside: NDArray[np.intp], number: int) -> Assignment:
    """Return an assignment made on some units as one on all units."""

    def spread(values: NDArray[Any] | None, empty: float | bool) -> NDArray[Any] | None:
        if values is None:
            return None
        full = np.full((number, *values.shape[1:]), empty, dtype=values.dtype)
        full[inside] = values
        return full

    pairs, measure, stage = assignment.pairs, assignment.measure, assignment.first_stage
    return replace(
        assignment,
        pairs=None if pairs is None else pairs.placed(inside),
        subclass=spread(assignment.subclass, -1),
        weights=spread(assignment.weights, 0.0),
        discarded=spread(assignment.discarded, False),
        measure=None if measure is None else measure.widened(inside, number),
        first_stage=None if stage is None else stage.widened(inside, number),
    )


def _matched_sample(
    sample: Sample,
    strategy: Strategy,
    units: Units,
    assignment: Assignment,
    weights: NDArray[np.float64],
    discarded: NDArray[np.bool_],
) -> MatchedSample:
    focal = focal_units(units)
    if assignment.pairs is not None and units.estimand == "ATE":
        matched = assignment.pairs.focal_marks(len(units))
    elif assignment.raw_scale is not None:
        matched = ~discarded
    else:
        matched = weights > 0
    return MatchedSample(
        sample=sample,
        strategy=strategy,
        estimand=units.estimand,
        weights=pd.Series(weights, index=units.index, name="match_weight"),
        discarded=units.index.take(np.flatnonzero(discarded)),
        unmatched=units.index.take(np.flatnonzero(focal & ~discarded & ~matched)),
        first_stage=assignment.first_stage,
        measure=assignment.measure,
        rules=assignment.rules,
        raw_scale=assignment.raw_scale,
        pair_positions=assignment.pairs,
        set_numbers=assignment.subclass,
    )


def _warn_of_lost_units(matched: MatchedSample) -> None:
    if matched.share_on_support < _FEW_KEPT:
        lost = int(matched.focal.sum() - matched.kept.sum())
        warn(
            Text(
                (
                    "{lost:,} of {matched} found no comparison ({matched_2:.0%}): the estimate is for the "
                    "others only. Widen the caliper or bandwidth, or name the narrower population."
                ),
                (
                    "{lost:,} de {matched} no encontraron comparación ({matched_2:.0%}): la "
                    "estimación es solo para las demás. Amplíe el caliper o el ancho de banda, o nombre la población más "
                    "estrecha."
                ),
                lost=lost,
                matched=focal_units_counted(int(matched.focal.sum()), matched.estimand),
                matched_2=1 - matched.share_on_support,
            ),
            OverlapWarning,
        )
