"""Distances whose parameters come from all of the registry, so that every cell measures alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.distances.coordinates import Distance, Euclidean, Mahalanobis, whitener
from impact.design.distances.measure import Measure, score_label
from impact.design.distances.propensity import PropensityScore
from impact.design.units import Units
from impact.errors import OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.moments import CrossProducts, of_all_parts
from impact.registry.reading.runs import Piece, RunLayout, in_bundles
from impact.registry.sample import RegistrySample
from impact.registry.score import RegistryScore, ScoreModel, score
from impact.survey.covariates import encode

_ROWS = 250_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreDistance:
    """A score that is fitted, in SDs over the registry."""

    model: ScoreModel
    spread: float
    label: str

    def measure(self, units: Units) -> Measure:
        """Return the score of every unit as a one-dimensional distance."""
        values = self.model.of_matrix(units.matrix.to_numpy())
        return Measure((values / self.spread)[:, None], self.spread, values, self.label)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinearDistance:
    """Covariates less their means, times a matrix: whitened, or divided by their SDs."""

    mean: Array
    matrix: Array
    label: str

    def measure(self, units: Units) -> Measure:
        """Return the units as points."""
        points = np.ascontiguousarray((units.matrix.to_numpy() - self.mean) @ self.matrix)
        return Measure(points, 1.0, None, self.label)


def registry_distance(
    distance: Distance, sample: RegistrySample, fitted: RegistryScore | None
) -> tuple[Distance, RegistryScore | None]:
    """Return a distance with parameters of all units, and the score behind it, if it is one.

    Raises
    ------
    OptionError
        A distance that needs all rows together.
    """
    if isinstance(distance, PropensityScore):
        known = score(sample, distance) if fitted is None else fitted
        scale = "index" if known.model.linear else "probability"
        return ScoreDistance(known.model, known.spread, score_label(known.link, scale)), known
    if isinstance(distance, Mahalanobis):
        arms = arm_moments(sample)
        return _whitened(distance.covariance, arms, sample.names[1:]), None
    if isinstance(distance, Euclidean):
        every = of_all_parts(arm_moments(sample))
        spread = (
            np.sqrt(np.diag(every.covariance)) if distance.scale == "variance" else np.ones(len(every.mean))
        )
        label = Text(
            "Euclidean distance, scaled by the SDs", "distancia euclidiana, en desviaciones estándar"
        )
        if distance.scale != "variance":
            label = Text("Euclidean distance, unscaled", "distancia euclidiana, sin escala")
        mean = every.mean if distance.scale == "variance" else np.zeros(len(every.mean))
        return LinearDistance(mean, np.diag(1 / spread), label), None
    raise OptionError(
        Text(
            (
                "A registry is matched by im.PropensityScore(), im.Mahalanobis() or im.Euclidean(); got {got}, which "
                "needs all rows together. Match a sample of the registry in memory with im.match."
            ),
            (
                "Un registro se empareja por PropensityScore, Mahalanobis o Euclidean; se dio {got}, que necesita "
                "todas las filas juntas. Empareje una muestra del registro que quepa en la memoria."
            ),
            got=type(distance).__name__,
        )
    )


def _whitened(covariance: str, arms: Sequence[CrossProducts], names: Sequence[str]) -> LinearDistance:
    every = of_all_parts(arms)
    if covariance == "pooled":
        freedom = [max(arm.count - 1, 0) for arm in arms]
        parts = [f * arm.covariance for f, arm in zip(freedom, arms, strict=True) if f]
        spread: Array = np.sum(parts, axis=0) / sum(freedom)
    else:
        spread = every.covariance
    label = Text(
        "Mahalanobis distance ({covariance} covariance)",
        "distancia de Mahalanobis (covarianza {covariance})",
        covariance=covariance,
    )
    return LinearDistance(every.mean, whitener(spread, names), label)


def arm_moments(sample: RegistrySample) -> tuple[CrossProducts, CrossProducts]:
    """Return the weighted moments of the covariates of the treated and of the controls."""
    roles = sample.roles
    checks.instance(
        "covariates",
        roles.covariates,
        Text("at least one column", "al menos una columna"),
        bool(roles.covariates),
    )
    tasks = [
        (piece, sample.layout, roles.treatment, roles.sampling_weight, roles.covariates)
        for piece in sample.whole_runs
    ]
    parts = each(
        _moments_by_arm, tasks, sample.n_jobs, Text("measuring the covariates", "se medían las covariables")
    )
    return of_all_parts(part[0] for part in parts), of_all_parts(part[1] for part in parts)


def _moments_by_arm(
    piece: Piece, layout: RunLayout, treatment: str, weight: str | None, covariates: tuple[str, ...]
) -> tuple[CrossProducts, CrossProducts]:
    found = []
    for bundle in in_bundles([piece], _ROWS):
        frame = layout.frame(bundle, [treatment, *covariates, *([weight] if weight else [])])
        matrix, treated = encode(frame, covariates).to_numpy(), frame[treatment].to_numpy() == 1
        survey = frame[weight].to_numpy() if weight else np.ones(len(frame))
        found.append([CrossProducts.of(matrix[arm], survey[arm]) for arm in (treated, ~treated)])
    return of_all_parts(part[0] for part in found), of_all_parts(part[1] for part in found)
