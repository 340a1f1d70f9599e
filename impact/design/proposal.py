"""What a strategy proposes: pairs, matched sets or weights, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from impact.algebra.symmetric import solved_surely
from impact.design.distances.measure import Measure
from impact.design.pairs import Pairs, TiedPairs
from impact.design.units import Units

_ROUNDING = 1e-12
"""Share of the largest number by which those of a symmetric matrix may differ."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FirstStage:
    """What every variance needs to know of an estimated score or weight.

    Attributes
    ----------
    scores : float64 array, shape (n, p)
        Each unit's estimating function of the p first-stage parameters, at the estimate.
    hessian : float64 array, shape (p, p)
        Derivative of the summed estimating function, negated (the information).
    weight_jacobian : float64 array, shape (n, p)
        Derivative of each unit's match weight by the parameters.

    Examples
    --------
    One logit with a constant and a covariate, by weights: two parameters.

    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(60.0) % 20
    >>> frame = pd.DataFrame({"treated": (np.arange(60) * 7 % 20) > 5 + age / 3, "age": age})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> stage = im.match(sample, im.InverseProbability(im.PropensityScore())).first_stage
    >>> stage.scores.shape, stage.hessian.shape
    ((60, 2), (2, 2))
    >>> bool(abs(stage.scores.sum(0)).max() < 1e-6)  # the estimating functions sum to zero at the estimate
    True
    """

    scores: NDArray[np.float64]
    hessian: NDArray[np.float64]
    weight_jacobian: NDArray[np.float64]

    def contribution(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each unit adds to the errors of q means, by the estimation, shape (n, q): see ``EstimationStage``."""
        result: NDArray[np.float64] = self.scores @ loading(self.hessian, self.weight_jacobian.T @ relative)
        return result

    def scaled(self, scale: NDArray[np.float64]) -> FirstStage:
        """Return the stage of weights multiplied by a known scale, shape (n,)."""
        return replace(self, weight_jacobian=self.weight_jacobian * scale[:, None])

    def widened(self, inside: NDArray[np.intp], number: int) -> FirstStage:
        """Return the stage among ``number`` units, of which these positions are its own."""
        scores, jacobian = np.zeros((2, number, self.scores.shape[1]))
        scores[inside], jacobian[inside] = self.scores, self.weight_jacobian
        return replace(self, scores=scores, weight_jacobian=jacobian)


@runtime_checkable
class EstimationStage(Protocol):
    """The first stage of weights: ``FirstStage`` keeps its arrays; one that knows how they arise makes them when asked."""

    @property
    def scores(self) -> NDArray[np.float64]:
        """As in ``FirstStage``."""
        ...

    @property
    def hessian(self) -> NDArray[np.float64]:
        """As in ``FirstStage``."""
        ...

    @property
    def weight_jacobian(self) -> NDArray[np.float64]:
        """As in ``FirstStage``."""
        ...

    def contribution(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return s_i′ H⁻¹ Σ_j (∂w_j/∂γ) r_j, shape (n, q), where r, shape (n, q), is what a unit of weight contributes to q means."""
        ...

    def scaled(self, scale: NDArray[np.float64]) -> EstimationStage:
        """Return the stage of weights multiplied by a known scale, shape (n,)."""
        ...

    def widened(self, inside: NDArray[np.intp], number: int) -> EstimationStage:
        """Return the stage among ``number`` units, of which these positions are its own."""
        ...


def loading(hessian: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return H⁻¹ m; collinear parameters share their estimate: the fitted weights, and so their part in an error, do not depend on how."""
    symmetric = np.abs(hessian - hessian.T).max(initial=0.0) <= _ROUNDING * np.abs(hessian).max(initial=0.0)
    solved = solved_surely(hessian, moved) if symmetric else None
    if solved is not None:
        return solved
    return np.asarray(np.linalg.lstsq(hessian, moved, rcond=1e-12)[0], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rules:
    """What a strategy promised, for ``match()`` to check.

    Attributes
    ----------
    reuse : int or None
        How often a unit may serve as a match; None without limit.
    ratio : int or None
        Matches per focal unit at most, ties apart.
    ties : bool
        Whether tied matches may exceed the ratio.
    caliper : float or None
        Largest distance of a pair, in the distance's published unit.
    exact : tuple of str
        Columns on which the units of a pair agree.
    anti_exact : tuple of str
        Columns on each of which the units of a pair differ.
    score_caliper : float or None
        Largest difference of the score within a pair, on the score's own scale, where the distance is another one.
    column_calipers : tuple of (str, float)
        Columns with the largest difference within a pair, in the column's unit.
    strata : bool
        Whether the sets are strata that the covariates fix, not sets formed around units: errors are then those of units (or groups)
        within them.
    row_order : str
        Why the result depends on the order of the rows; empty if it does not.

    Examples
    --------
    What a strategy promised stands in the matched sample.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0, 20.0, 33.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> near = im.NearestNeighbor(im.Euclidean("none"), replace=False, order="closest", caliper=5.0, caliper_unit="raw")
    >>> rules = im.match(sample, near).rules
    >>> rules.reuse, rules.ratio, rules.caliper
    (1, 1, 5.0)
    """

    reuse: int | None = None
    ratio: int | None = None
    ties: bool = True
    caliper: float | None = None
    exact: tuple[str, ...] = ()
    anti_exact: tuple[str, ...] = ()
    score_caliper: float | None = None
    column_calipers: tuple[tuple[str, float], ...] = ()
    strata: bool = False
    row_order: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assignment:
    """A strategy's proposal. Exactly one of pairs, subclass and weights carries the design.

    Attributes
    ----------
    pairs : Pairs or TiedPairs, optional
        Who is matched to whom; by cells where very many are tied.
    subclass : int array, shape (n,), optional
        Number of each unit's matched set; -1 for none.
    weights : float64 array, shape (n,), optional
        Match weights, zero for units left out.
    discarded : bool array, shape (n,), optional
        Units that the strategy put off support.
    first_stage : FirstStage, optional
        The estimated score or weight, for the variance.
    measure : Measure, optional
        The distance that was used: coordinates and the fitted score.
    rules : Rules
        What the strategy promised.
    raw_scale : (float, float), optional
        By weights that stand for themselves, not for matches: what the weights of the treated and of the controls are multiplied by
        to be those that were estimated, before either arm was scaled to the focal units.

    Examples
    --------
    A strategy of one's own: everybody is compared with everybody, each control with the same weight.

    >>> import numpy as np, pandas as pd, impact as im
    >>> class AllAlike:
    ...     def assign(self, units):
    ...         return im.Assignment(subclass=np.zeros(len(units), dtype=np.intp))
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0], "age": [30.0, 41.0, 31.0, 44.0, 70.0, 50.0]})
    >>> im.match(im.Sample(frame, treatment="treated", covariates=["age"]), AllAlike()).weights.tolist()
    [1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    """

    pairs: Pairs | TiedPairs | None = None
    subclass: NDArray[np.intp] | None = None
    weights: NDArray[np.float64] | None = None
    discarded: NDArray[np.bool_] | None = None
    first_stage: EstimationStage | None = None
    measure: Measure | None = None
    rules: Rules = Rules()
    raw_scale: tuple[float, float] | None = None


@runtime_checkable
class Strategy(Protocol):
    """Any object with ``assign``: from a notebook or from this package.

    A strategy, or a distance or score within it, that reads columns beyond the covariates names them in an attribute
    ``design_columns``. One that defines other estimands than the ATT, the ATC and the ATE names all of its own in ``estimands``.
    """

    def assign(self, units: Units) -> Assignment:
        """Return who is compared with whom."""
        ...


def columns_read(part: object) -> tuple[str, ...]:
    """Return the columns beyond the covariates that a strategy reads, itself or through its distance or score."""
    names = list(getattr(part, "design_columns", ()))
    if is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            if is_dataclass(value):
                names += columns_read(value)
    return tuple(dict.fromkeys(names))
