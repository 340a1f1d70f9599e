"""Inverse-probability weights of a registry: the odds, or the inverse, of a score that was fitted by sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.distances.links import Link, derivatives
from impact.design.distances.score_stage import observed_curvature
from impact.design.units import TILTED, weights_both_arms
from impact.design.weighting.inverse_probability import InverseProbability
from impact.design.weighting.proposals import weight_of_probability
from impact.errors import EstimationError, SupportError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.runs import Piece
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore, score
from impact.registry.weighting.reading import RowsReader

_EVERYBODY = (0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OddsWeights:
    """The odds, or the inverse, of a fitted score.

    Attributes
    ----------
    link : Link
    coefficients : float64 array, shape (p,)
        The constant first.
    location, scale : float64 arrays, shape (p − 1,)
        What the covariates are standardised by in slopes and scores: it changes no error.
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
    trim, clip : (float, float)
        Bounds of the score, as ``im.InverseProbability`` takes them.
    hessian : float64 array, shape (p, p)
        The observed information.
    """

    link: Link
    coefficients: Array
    location: Array
    scale: Array
    estimand: str
    trim: tuple[float, float]
    clip: tuple[float, float]
    hessian: Array

    def _index(self, matrix: Array) -> Array:
        index: Array = self.coefficients[0] + matrix @ self.coefficients[1:]
        return index

    def _terms(self, matrix: Array) -> Array:
        return np.column_stack([np.ones(len(matrix)), (matrix - self.location) / self.scale])

    def probability(self, matrix: Array) -> Array:
        """Return the score of every unit."""
        return self.link.probability(self._index(matrix))

    def weights(self, matrix: Array, treated: Booleans) -> tuple[Array, Booleans]:
        """Return the weights of the units as ones of a weighted arm, and who has a score within the bounds."""
        probability = self.probability(matrix)
        inside = np.asarray((probability >= self.trim[0]) & (probability <= self.trim[1]))
        return weight_of_probability(self._own(probability, treated), self.estimand)[0], inside

    def infinite(self, probability: Array, treated: Booleans) -> Booleans:
        """Return whose weight would be infinite."""
        if self.estimand in TILTED:
            return np.zeros(len(probability), dtype=np.bool_)
        bounded = np.clip(probability, *self.clip)
        return np.asarray(~(np.where(treated, bounded, 1 - bounded) > 0))

    def _own(self, probability: Array, treated: Booleans) -> Array:
        """Return the probability that each unit had of being in its arm, within the bounds."""
        bounded = np.clip(probability, *self.clip)
        return np.maximum(np.where(treated, bounded, 1 - bounded), np.finfo(np.float64).tiny)

    def slopes(self, matrix: Array, treated: Booleans) -> Array:
        """Return the derivative of the weights' logarithm: zero beyond the bounds of ``clip``."""
        index = self._index(matrix)
        probability = self.link.probability(index)
        weight, slope = weight_of_probability(self._own(probability, treated), self.estimand)
        growth = np.divide(slope, weight, where=weight > 0, out=np.zeros_like(weight))
        moves = np.clip(probability, *self.clip) == probability
        rising = np.where(treated, growth, -growth) * self.link.density(index, probability) * moves
        result: Array = self._terms(matrix) * rising[:, None]
        return result

    def scores(self, matrix: Array, treated: Booleans, survey: Array) -> Array:
        """Return the derivative of each unit's log-likelihood."""
        index = self._index(matrix)
        probability = self.link.probability(index)
        pull, _ = derivatives(self.link, index, probability, treated.astype(np.float64), survey)
        result: Array = self._terms(matrix) * pull[:, None]
        return result

    def information(self, matrix: Array, treated: Booleans, survey: Array) -> Array:
        """Return the rows' part of the observed information."""
        index = self._index(matrix)
        probability = self.link.probability(index)
        density = self.link.density(index, probability)
        terms = self._terms(matrix)
        curvature = observed_curvature(self.link.name, index, probability, density, treated)
        result: Array = (terms * (survey * curvature)[:, None]).T @ terms
        return result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _ScoreRange:
    """Smallest and largest score of the units within the bounds, and how many they are, by arm; and infinite weights."""

    low: Array
    high: Array
    count: Array
    infinite: int


def odds_weights(
    sample: RegistrySample, strategy: InverseProbability, estimand: str, fitted: RegistryScore | None
) -> tuple[OddsWeights, RegistryScore]:
    """Return the weights, and the score behind them on the scale of probabilities.

    Raises
    ------
    SupportError
        Nobody of an arm has a score within the bounds, or the score separates the arms.
    EstimationError
        A score of exactly 0 or 1 asks for an infinite weight.
    """
    known = score(sample, strategy.propensity) if fitted is None else fitted
    known = replace(known, model=replace(known.model, linear=False))
    moments = sample.term_moments
    width = len(known.model.coefficients)
    model = OddsWeights(
        link=known.model.link,
        coefficients=known.model.coefficients,
        location=moments.mean,
        scale=np.sqrt(np.diag(moments.products) / moments.weight),
        estimand=estimand,
        trim=_EVERYBODY if strategy.trim is None else strategy.trim,
        clip=_EVERYBODY if strategy.clip is None else strategy.clip,
        hessian=np.zeros((width, width)),
    )
    reader = RowsReader.of(sample)
    doing = Text("weighing the units", "se ponderaban las unidades")
    tasks = [(piece, reader, model) for piece in sample.whole_runs]
    found = each(_sums_of_run, tasks, sample.n_jobs, doing)
    _require_overlap([part[1] for part in found], model)
    return replace(model, hessian=np.sum([part[0] for part in found], axis=0)), known


def _sums_of_run(piece: Piece, reader: RowsReader, model: OddsWeights) -> tuple[Array, _ScoreRange]:
    information, ranges = np.zeros_like(model.hessian), []
    for rows in reader.bundles([piece]):
        information += model.information(rows.matrix, rows.treated, rows.survey)
        probability = model.probability(rows.matrix)
        inside = (probability >= model.trim[0]) & (probability <= model.trim[1])
        arms = [probability[arm & inside] for arm in (rows.treated, ~rows.treated)]
        weighted = weights_both_arms(model.estimand) | ~rows.focal(model.estimand)
        ranges.append(
            _ScoreRange(
                np.array([arm.min(initial=np.inf) for arm in arms]),
                np.array([arm.max(initial=-np.inf) for arm in arms]),
                np.array([len(arm) for arm in arms]),
                int((model.infinite(probability, rows.treated) & inside & weighted).sum()),
            )
        )
    return information, _joined(ranges)


def _joined(parts: Sequence[_ScoreRange]) -> _ScoreRange:
    return _ScoreRange(
        np.min([part.low for part in parts], axis=0),
        np.max([part.high for part in parts], axis=0),
        np.sum([part.count for part in parts], axis=0),
        sum(part.infinite for part in parts),
    )


def _require_overlap(parts: Sequence[_ScoreRange], model: OddsWeights) -> None:
    whole = _joined(parts)
    low, high = model.trim
    for count, name in zip(
        whole.count, (Text("treated", "beneficiaria"), Text("control", "de control")), strict=True
    ):
        if not count:
            raise SupportError(
                Text(
                    (
                        "No {name} unit has a propensity score in [{low:g}, {high:g}]. Widen trim, or compare populations "
                        "that overlap."
                    ),
                    (
                        "Ninguna unidad ({name}) tiene un puntaje de propensión en [{low:g}, {high:g}]. Amplíe trim, o "
                        "compare poblaciones que se traslapen."
                    ),
                    name=name,
                    low=low,
                    high=high,
                )
            )
    if whole.low[0] > whole.high[1] or whole.low[1] > whole.high[0]:
        raise SupportError(
            Text(
                (
                    "No overlap: the score of every treated unit lies beyond that of every control, so that nobody has a "
                    "counterpart in the other arm. Use fewer covariates, or compare populations that overlap."
                ),
                (
                    "Sin soporte común: el puntaje de cada beneficiario está más allá del de todos los controles: nadie tiene "
                    "contraparte en el otro brazo. Use menos covariables, o compare poblaciones que se traslapen."
                ),
            )
        )
    if whole.infinite:
        raise EstimationError(
            Text(
                (
                    "{units} would have an infinite weight: their propensity score is exactly 0 or 1. Pass trim= or clip=, "
                    "or a score that does not separate the arms."
                ),
                (
                    "{units} {units:tendría|tendrían} un peso infinito: su puntaje de propensión es exactamente 0 o 1. Fije trim o clip, o "
                    "un puntaje que no separe los brazos."
                ),
                units=checks.counted(whole.infinite, "unit"),
            )
        )
