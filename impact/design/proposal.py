"""What a strategy proposes: pairs, matched sets or weights, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from impact.design.distances.measure import Measure
from impact.design.units import Units


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pairs:
    """Matches as parallel arrays of length m, by position of the units.

    Attributes
    ----------
    focal : int array, shape (m,)
        The unit being matched.
    match : int array, shape (m,)
        The unit of the other arm it was matched to.
    distance : float64 array, shape (m,)
        Unsquared distance, in the distance's published unit.
    weight : float64 array, shape (m,)
        Share of the match in its focal unit's matched set; sums to one for each focal unit.
    """

    focal: NDArray[np.intp]
    match: NDArray[np.intp]
    distance: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.focal)


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
    """

    scores: NDArray[np.float64]
    hessian: NDArray[np.float64]
    weight_jacobian: NDArray[np.float64]


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
    pairs : Pairs, optional
        Who is matched to whom.
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
    """

    pairs: Pairs | None = None
    subclass: NDArray[np.intp] | None = None
    weights: NDArray[np.float64] | None = None
    discarded: NDArray[np.bool_] | None = None
    first_stage: FirstStage | None = None
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
