"""The choices that an analyst could have made, declared: each a mapping of names to what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, cast, runtime_checkable

from impact import checks
from impact.design.distances.coordinates import Distance, Mahalanobis
from impact.design.distances.propensity import PropensityScore
from impact.design.matching.kernel import Kernel
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import Strategy
from impact.errors import OptionError
from impact.language import Text
from impact.survey.derive.ready import Winsorized
from impact.survey.outcome import Column, Outcome


@runtime_checkable
class Family(Protocol):
    """How a strategy is made of a distance, a ratio and a caliper; ``reads`` names those of the three that it uses."""

    @property
    def reads(self) -> frozenset[str]:
        """Which of "distance", "ratio" and "caliper" the family uses."""
        ...

    def strategy(self, distance: Distance, ratio: int, caliper: float | None) -> Strategy:
        """Return the strategy, or raise an OptionError that says why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class NearestFamily:
    """Nearest neighbours.

    Parameters
    ----------
    replace : bool
        Whether a control may serve several treated units.

    Examples
    --------
    >>> import impact as im
    >>> choices = im.Choices(family={"again": im.NearestFamily(), "once": im.NearestFamily(replace=False)}, ratio={"1": 1, "2": 2})
    >>> choices.number  # two families × two distances × two ratios
    8
    """

    replace: bool = True

    @property
    def reads(self) -> frozenset[str]:
        """Distance, ratio and caliper."""
        return frozenset({"distance", "ratio", "caliper"})

    def strategy(self, distance: Distance, ratio: int, caliper: float | None) -> Strategy:
        """Return the nearest-neighbour strategy; without replacement units choose from the closest on."""
        order = None if self.replace else "closest"
        return NearestNeighbor(distance, ratio=ratio, replace=self.replace, caliper=caliper, order=order)


@dataclass(frozen=True, slots=True)
class KernelFamily:
    """Kernel weights.

    Parameters
    ----------
    kernel : str
    bandwidth : float or "auto"

    Examples
    --------
    >>> import impact as im
    >>> choices = im.Choices(family={"4-NN": im.NearestFamily(), "kernel": im.KernelFamily()}, ratio={"4": 4})
    >>> choices.family["kernel"].strategy(im.PropensityScore(), ratio=4, caliper=None).bandwidth
    'auto'
    >>> choices.number  # by two distances
    4
    """

    kernel: str = "epanechnikov"
    bandwidth: float | str = "auto"

    @property
    def reads(self) -> frozenset[str]:
        """The distance."""
        return frozenset({"distance"})

    def strategy(self, distance: Distance, ratio: int, caliper: float | None) -> Strategy:
        """Return the kernel strategy."""
        return Kernel(distance, self.kernel, self.bandwidth)


@dataclass(frozen=True, slots=True)
class OneStrategy:
    """A strategy as it is, such as ``im.EntropyBalancing()``: it reads neither distance, ratio nor caliper.

    Parameters
    ----------
    made : Strategy

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> families = {"nearest": im.NearestFamily(), "entropy": im.OneStrategy(im.EntropyBalancing())}
    >>> found = im.universe(sample, choices=im.Choices(family=families), replications=99).frame
    >>> found[["family", "distance", "estimate"]].round(1).values.tolist()  # entropy balancing reads no distance
    [['nearest', 'propensity', 5.0], ['nearest', 'Mahalanobis', 5.0], ['entropy', 'propensity', 5.0]]
    """

    made: Strategy

    @property
    def reads(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def strategy(self, distance: Distance, ratio: int, caliper: float | None) -> Strategy:
        """Return the strategy."""
        return self.made


def _declared(**values: Any) -> Any:
    return field(default_factory=lambda: dict(values))


@dataclass(frozen=True, slots=True)
class Choices:
    """What could have been chosen. Each field maps names, as the figure shows them, to values; one entry is a choice already made.

    Parameters
    ----------
    family : mapping of str to Family
        ``im.NearestFamily()``, ``im.KernelFamily()``, ``im.OneStrategy(im.EntropyBalancing())``.
    distance : mapping of str to Distance
    ratio : mapping of str to int
    caliper : mapping of str to float or None
    covariates : mapping of str to tuple of str, or None for all
        Those that the match, and the adjustment, may use. Balance is judged on all covariates of the sample.
    adjustment : mapping of str to Adjustment, "suited", "linear" or None
    form : mapping of str to callable, or None
        Outcome to outcome: a function that returns another form of it (per person, by household).
    winsorised : mapping of str to float, or None
        Upper quantile to which an outcome that is a plain column is drawn in.
    support : mapping of str to Support, or None
    weights : mapping of str to bool
        Whether the sampling weights are used.

    Examples
    --------
    >>> import impact as im
    >>> choices = im.Choices(ratio={"1": 1, "4": 4}, adjustment={"none": None, "linear": "linear"})
    >>> choices.number
    8
    """

    family: Mapping[str, Family] = _declared(nearest=NearestFamily())
    distance: Mapping[str, Distance] = _declared(
        propensity=PropensityScore(scale="linear"), Mahalanobis=Mahalanobis()
    )
    ratio: Mapping[str, int] = _declared(**{"1": 1})
    caliper: Mapping[str, float | None] = _declared(none=None)
    covariates: Mapping[str, tuple[str, ...] | None] = _declared(all=None)
    adjustment: Mapping[str, Any] = _declared(linear="linear")
    form: Mapping[str, Any] = _declared(**{"as it is": None})
    winsorised: Mapping[str, float | None] = _declared(none=None)
    support: Mapping[str, Any] = _declared(none=None)
    weights: Mapping[str, bool] = _declared(sampling=True)

    def __post_init__(self) -> None:
        for one in fields(self):
            options = getattr(self, one.name)
            required = Text(
                'a mapping of names to values, such as {"none": None}', "una tabla de nombres y valores"
            )
            checks.instance(one.name, options, required, isinstance(options, Mapping))
            if not options:
                raise OptionError(
                    Text(
                        "{name} must hold at least one entry; an empty choice leaves an empty universe.",
                        "{name} debe tener al menos una entrada; una elección vacía deja un universo vacío.",
                        name=one.name,
                    )
                )
        for name, family in self.family.items():
            required = Text(
                "a family such as im.NearestFamily() or im.OneStrategy(strategy)",
                "una familia como NearestFamily u OneStrategy",
            )
            checks.instance(f"family[{name!r}]", family, required, isinstance(family, Family))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the choices, in their order."""
        return tuple(one.name for one in fields(self))

    @property
    def number(self) -> int:
        """Size of the product, before the infeasible are taken out."""
        total = 1
        for name in self.names:
            total *= len(getattr(self, name))
        return total


def default_choices() -> Choices:
    """Return the choices that hardly anyone would quarrel with: 2 distances, 3 ratios, caliper or none, kernel, adjustment or none.

    Examples
    --------
    >>> import impact as im
    >>> choices = im.default_choices()
    >>> choices.number, list(choices.ratio), list(choices.distance)
    (96, ['1', '2', '4'], ['propensity', 'Mahalanobis'])
    """
    return Choices(
        family={"nearest": NearestFamily(), "kernel": KernelFamily()},
        ratio={"1": 1, "2": 2, "4": 4},
        caliper={"none": None, "0.2 SD": 0.2},
        adjustment={"none": None, "linear": "linear"},
        winsorised={"none": None, "p99": 0.99},
    )


def formed(outcome: Outcome, form: Any, winsorised: float | None) -> Outcome:
    """Return an outcome in another form, its upper tail drawn in, under the name that it had."""
    made: Outcome = outcome if form is None else form(outcome)
    if winsorised is None:
        return _named(made, outcome.name)
    if not isinstance(made, Column):
        raise OptionError(
            Text(
                (
                    "winsorised is for outcomes that are a plain column; '{name}' is {made}. It stays as it is in the "
                    "specifications without winsorising."
                ),
                (
                    "winsorised es para resultados que son una sola columna; '{name}' es {made}. Queda igual en las "
                    "especificaciones sin winsorizar."
                ),
                name=outcome.name,
                made=type(made).__name__,
            )
        )
    return Winsorized(
        made.column,
        upper=winsorised,
        unit=made.unit,
        period=made.period,
        persons=made.persons,
        label=outcome.name,
    )


def _named(outcome: Outcome, name: str) -> Outcome:
    named: Outcome = outcome if outcome.name == name else replace(cast(Any, outcome), label=name)
    return named
