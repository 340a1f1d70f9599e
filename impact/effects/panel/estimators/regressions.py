"""Regressions of two waves on the treatment: change score and ANCOVA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans
from impact.effects.panel.estimators.first_stages import inverse
from impact.effects.panel.estimators.two_periods import Changes, CrossSections, Linearised, linearised_mean
from impact.effects.panel.labels import DIFFERENCES
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.covariates import collinear_terms, described_terms

_CELLS = (
    Text("treatment", "tratamiento"),
    Text("follow-up", "seguimiento"),
    Text("treatment × follow-up", "tratamiento × seguimiento"),
)
_BASELINE = Text("baseline outcome", "resultado inicial")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regression:
    """A weighted regression whose last coefficient is the effect.

    Attributes
    ----------
    design : float64 array, shape (n, p)
        The term of the effect last.
    outcome : float64 array, shape (n,)
    weight : float64 array, shape (n,)
    centre : float64 array, shape (n,), optional
        What the effect owes to the means at which the covariates are centred, as influence; None where nothing is centred.
    """

    design: Array
    outcome: Array
    weight: Array
    centre: Array | None = None

    @property
    def inverse_moments(self) -> Array:
        """(X′WX)⁻¹, shape (p, p)."""
        return inverse((self.design * self.weight[:, None]).T @ self.design)

    @property
    def coefficients(self) -> Array:
        """Weighted least squares, shape (p,)."""
        found: Array = self.inverse_moments @ ((self.design * self.weight[:, None]).T @ self.outcome)
        return found

    @property
    def residuals(self) -> Array:
        """Outcome less fit, shape (n,)."""
        left: Array = self.outcome - self.design @ self.coefficients
        return left

    @property
    def linearised(self) -> Linearised:
        """The effect and its influence."""
        direction = self.design @ self.inverse_moments[:, -1]
        influence = len(direction) * self.weight * self.residuals * direction
        if self.centre is not None:
            influence = influence + self.centre
        return Linearised(self.coefficients[-1:], influence[:, None])


@runtime_checkable
class ByRegression(Protocol):
    """An estimator that is a regression, for sandwich variances with small-sample corrections."""

    def regression(self, data: Changes | CrossSections, k: int) -> Regression:
        """Return the regression of outcome k."""
        ...


@dataclass(frozen=True, slots=True)
class ChangeScore:
    """Regression of the change on the treatment and baseline covariates.

    From cross-sections: regression of the outcome on treatment, period, their product and the covariates.

    Parameters
    ----------
    common_slopes : bool
        True: one slope of each covariate for both arms, the usual regression, as R's ``lm``; where effects differ with a covariate it is
        a mean of effects weighted by how mixed the arms are at each value. False: each arm has slopes of its own, and the effect is that
        on the treated.

    Notes
    -----
    ΔY_i = α + τ W_i + X_i′β + W_i (X_i − X̄_1)′γ + ε_i, weighted least squares, X̄_1 the mean of the treated, whose own error counts;
    γ = 0 with common slopes. From cross-sections the deviations from X̄_1 have slopes of their own in each arm and period. Without
    covariates τ̂ is the difference of the arms' mean changes.

    References
    ----------
    Angrist & Pischke (2009), Mostly Harmless Econometrics, section 5.2; Lin (2013), Annals of Applied Statistics 7(1), 295-318,
    doi:10.1214/12-AOAS583, and Słoczyński (2022), Review of Economics and Statistics 104(3), 501-509, doi:10.1162/rest_a_00953, on what
    common slopes estimate.

    Examples
    --------
    >>> import impact as im
    >>> im.ChangeScore().label
    'change score'
    """

    common_slopes: bool = True

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        if self.common_slopes:
            return Text("change score", "cambio")
        return Text("change score, slopes by arm", "cambio, pendientes por brazo")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return DIFFERENCES

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        return _each_outcome(self, data, data.after.shape[1])

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Return the effect from two cross-sections."""
        return _each_outcome(self, data, data.outcome.shape[1])

    def regression(self, data: Changes | CrossSections, k: int) -> Regression:
        """Return the regression of outcome k."""
        if isinstance(data, Changes):
            cells, outcome = [data.treated], data.change[:, k]
        else:
            cells, outcome = [data.treated, data.post, data.treated & data.post], data.outcome[:, k]
        if self.common_slopes:
            names = (*data.names, *_CELLS[: len(cells)])
            return _checked(np.column_stack([data.design, *cells]), outcome, data, names)
        return _at_the_treated(data.design[:, 1:], cells, outcome, data)


@dataclass(frozen=True, slots=True)
class Ancova:
    """Regression of the follow-up outcome on the treatment, the baseline outcome and baseline covariates.

    Parameters
    ----------
    common_slopes : bool
        As in ``im.ChangeScore``; the baseline outcome is one of the covariates.

    Notes
    -----
    Y_i1 = α + τ W_i + ρ Y_i0 + X_i′β + W_i (Z_i − Z̄_1)′γ + ε_i, Z the baseline outcome and the covariates. It is more precise than the
    change score where outcomes are weakly correlated over time (McKenzie 2012). It compares units with the same baseline outcome, and is
    not a difference-in-differences: where the arms' baseline outcomes differ for lasting reasons the two give different answers.

    References
    ----------
    McKenzie (2012), Journal of Development Economics 99(2), 210-221, doi:10.1016/j.jdeveco.2012.01.002.

    Examples
    --------
    >>> import impact as im
    >>> im.Ancova().identification
    'follow-up compared at equal baseline outcome (ANCOVA)'
    """

    common_slopes: bool = True

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        if self.common_slopes:
            return Text("ANCOVA")
        return Text("ANCOVA, slopes by arm", "ANCOVA, pendientes por brazo")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return Text(
            "follow-up compared at equal baseline outcome (ANCOVA)",
            "seguimiento comparado a igual resultado inicial (ANCOVA)",
        )

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        return _each_outcome(self, data, data.after.shape[1])

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Raise an OptionError: cross-sections have no baseline outcome."""
        raise _no_baseline()

    def regression(self, data: Changes | CrossSections, k: int) -> Regression:
        """Return the regression of outcome k."""
        if isinstance(data, CrossSections):
            raise _no_baseline()
        design = np.column_stack([data.design, data.before[:, k]])
        if self.common_slopes:
            design = np.column_stack([design, data.treated])
            return _checked(design, data.after[:, k], data, (*data.names, _BASELINE, _CELLS[0]))
        return _at_the_treated(design[:, 1:], [data.treated], data.after[:, k], data)


def _no_baseline() -> OptionError:
    return OptionError(
        Text(
            (
                "im.Ancova() needs the same households in both waves; repeated cross-sections have no baseline "
                "outcome. Use im.ChangeScore() or im.DoublyRobust()."
            ),
            (
                "Ancova necesita los mismos hogares en ambas rondas; las muestras transversales repetidas no tienen "
                "resultado inicial. Use ChangeScore o DoublyRobust."
            ),
        )
    )


def _each_outcome(estimator: ByRegression, data: Changes | CrossSections, number: int) -> Linearised:
    found = [estimator.regression(data, k).linearised for k in range(number)]
    return Linearised(
        np.concatenate([one.estimate for one in found]), np.hstack([one.influence for one in found])
    )


def _at_the_treated(
    terms: Array, cells: list[Booleans], outcome: Array, data: Changes | CrossSections
) -> Regression:
    """Return the regression on cells, the last that of the effect, each with slopes of its own on terms centred at the treated."""
    of_treated = linearised_mean(data.weight * data.treated, terms)
    centred = terms - of_treated.estimate
    slopes = [centred * cell[:, None] for cell in cells]
    design = np.column_stack([np.ones(len(terms)), centred, *slopes, *cells])
    named, cell_names = (*data.names[1:], _BASELINE)[: terms.shape[1]], _CELLS[: len(cells)]
    by_cell = [
        Text("{name} × {cell}", "{name} × {cell}", name=name, cell=cell)
        for cell in cell_names
        for name in named
    ]
    regression = _checked(design, outcome, data, (data.names[0], *named, *by_cell, *cell_names))
    if not terms.shape[1]:
        return regression
    own = regression.coefficients[-len(cells) - terms.shape[1] : -len(cells)]
    return replace(regression, centre=of_treated.influence @ own)


def _checked(
    design: Array, outcome: Array, data: Changes | CrossSections, names: Sequence[str]
) -> Regression:
    """Return the regression; terms that say nothing beside the others are refused by name."""
    used = data.weight > 0
    scale = np.sqrt((design[used] ** 2).sum(0))
    if (scale == 0).any() or np.linalg.matrix_rank(design[used] / scale) < design.shape[1]:
        found = collinear_terms(pd.DataFrame(design[used, 1:], columns=list(map(str, range(1, len(names))))))
        idle = {names[int(k)]: [names[int(one)] for one in parents] for k, parents in found.items()}
        raise DataError(
            Text(
                (
                    "{where}: the treatment and the covariates are collinear, so that the regression has no single "
                    "answer: {terms}. Leave out a covariate."
                ),
                (
                    "{where}: el tratamiento y las covariables son colineales, de modo que la regresión no tiene una "
                    "respuesta única: {terms}. Quite una covariable."
                ),
                where=data.where,
                terms=described_terms(idle),
            )
        )
    return Regression(design, outcome, data.weight)
