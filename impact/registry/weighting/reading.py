"""Rows of a registry as weights need them: covariates as numbers, treatment, sampling weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.units import weights_both_arms
from impact.registry.reading.runs import Piece, RunLayout, in_bundles
from impact.registry.sample import RegistrySample
from impact.survey.covariates import encode

_ROWS = 250_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegistryRows:
    """Some rows.

    Attributes
    ----------
    matrix : float64 array, shape (n, p)
    treated : bool array, shape (n,)
    survey : float64 array, shape (n,)
        Sampling weights; ones where the registry has none.
    """

    matrix: Array
    treated: Booleans
    survey: Array

    def focal(self, estimand: str) -> Booleans:
        """Return for whom the effect is asked."""
        if weights_both_arms(estimand):
            return np.ones(len(self.treated), dtype=np.bool_)
        return self.treated if estimand == "ATT" else ~self.treated


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowsReader:
    """How rows are read.

    Attributes
    ----------
    layout : RunLayout
    covariates : tuple of str
    sampling_weight : str or None
    """

    layout: RunLayout
    covariates: tuple[str, ...]
    sampling_weight: str | None

    @classmethod
    def of(cls, sample: RegistrySample) -> RowsReader:
        """Return the reader of a sample's rows."""
        return cls(sample.layout, sample.roles.covariates, sample.roles.sampling_weight)

    def bundles(self, pieces: Sequence[Piece]) -> Iterator[RegistryRows]:
        """Yield the rows of the pieces, so many at a time as a worker holds easily."""
        weight = [self.sampling_weight] if self.sampling_weight else []
        for bundle in in_bundles(pieces, _ROWS):
            frame = self.layout.frame(bundle, [self.layout.treatment, *self.covariates, *weight])
            yield RegistryRows(
                matrix=encode(frame, self.covariates).to_numpy(),
                treated=frame[self.layout.treatment].to_numpy() == 1,
                survey=frame[weight[0]].to_numpy() if weight else np.ones(len(frame)),
            )
