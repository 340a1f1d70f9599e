"""What a configuration may name: every class that keeps a protocol, found where such classes are at home."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, TypeGuard

import impact
from impact.design.distances.coordinates import Distance
from impact.design.proposal import Strategy
from impact.design.supports.rule import Support
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.residuals import Residuals
from impact.effects.heterogeneity.ranking import Ranking
from impact.effects.variances.estimation import Variance
from impact.effects.variances.wild_bootstrap import Multipliers
from impact.language import Text
from impact.survey.derive.derived import Step
from impact.survey.outcome import Outcome
from impact.survey.poverty.line import Line


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of component: the protocol that it keeps, its noun, and where its classes are at home.

    Parameters
    ----------
    protocol : type
        A ``typing.Protocol``; a class is of the kind when it has every member, methods with the same parameters.
    noun : Text
        For messages, with its article.
    homes : tuple of str
        Modules and packages in which a class is found without being listed anywhere.
    """

    protocol: type
    noun: Text
    homes: tuple[str, ...]

    def has(self, value: object) -> TypeGuard[type]:
        """Return whether an object is a class of this kind."""
        return (
            isinstance(value, type)
            and not value.__name__.startswith("_")
            and not getattr(value, "_is_protocol", False)
            and all(_keeps(value, name, member) for name, member in members(self.protocol).items())
        )

    def known(self) -> dict[str, type]:
        """Return the classes of this kind by their name in words, in alphabetical order."""
        found = {
            words(name): value
            for home in self.homes
            for module in _modules(home)
            for name, value in vars(module).items()
            if self.has(value) and value.__module__ == module.__name__
        }
        return dict(sorted(found.items()))

    def find(self, name: str, within: type = object) -> type | None:
        """Return the class of this name, words or the class's own, or None.

        Parameters
        ----------
        name : str
        within : type
            Only this class, its children, or what keeps it where it is a protocol.
        """
        wanted = normal(name)
        public = next((word for word in impact.__all__ if normal(word) == wanted), None)
        exported = None if public is None else getattr(impact, public)
        if self.has(exported) and _fits(exported, within):
            return exported
        return next(
            (kind for word, kind in self.known().items() if normal(word) == wanted and _fits(kind, within)),
            None,
        )

    def refusal(self, name: str, within: type, can_be_chosen: Callable[[type], bool]) -> Text:
        """Return what to say to a name that no class of this kind has: those that can be chosen where it stands."""
        from impact import checks

        known = [word for word, kind in self.known().items() if _fits(kind, within) and can_be_chosen(kind)]
        near = difflib.get_close_matches(normal(name), [normal(word) for word in known], n=1, cutoff=0.5)
        return Text(
            "must name {noun}: {known}; got {name!r}.{hint}",
            "debe nombrar {noun}: {known}; se dio {name!r}.{hint}",
            noun=self.noun,
            known=checks.listed(map(repr, known), 20),
            name=name,
            hint=checks.meant([word for word in known if near and normal(word) == near[0]][:1]),
        )


STRATEGY = Kind(
    Strategy, Text("a strategy", "una estrategia"), ("impact.design.matching", "impact.design.weighting")
)
DISTANCE = Kind(Distance, Text("a distance", "una distancia"), ("impact.design.distances",))
SUPPORT = Kind(Support, Text("a support rule", "una regla de soporte"), ("impact.design.supports",))
OUTCOME = Kind(Outcome, Text("a kind of outcome", "una clase de resultado"), ("impact.survey",))
STEP = Kind(Step, Text("a step", "un paso"), ("impact.survey",))
LINE = Kind(Line, Text("a poverty line", "una línea de pobreza"), ("impact.survey.poverty",))
VARIANCE = Kind(Variance, Text("a variance", "una varianza"), ("impact.effects.variances",))
ADJUSTMENT = Kind(Adjustment, Text("a bias adjustment", "un ajuste por sesgo"), ("impact.effects.arm_means",))
RESIDUALS = Kind(
    Residuals, Text("a rule for residuals", "una regla de residuos"), ("impact.effects.arm_means",)
)
RANKING = Kind(Ranking, Text("a ranking", "un ordenamiento"), ("impact.effects.heterogeneity",))
MULTIPLIERS = Kind(
    Multipliers,
    Text("a distribution of multipliers", "una distribución de multiplicadores"),
    ("impact.effects.variances",),
)

KINDS: tuple[Kind, ...] = (
    STRATEGY, DISTANCE, SUPPORT, OUTCOME, STEP, LINE, VARIANCE, ADJUSTMENT, RESIDUALS, RANKING, MULTIPLIERS,
)  # fmt: skip


def kind_of(annotation: object) -> Kind | None:
    """Return the kind of component that a field annotated so holds, or None for plain values.

    Parameters
    ----------
    annotation : type
        A protocol, a narrower protocol of the package's own, or a class that keeps one.

    Examples
    --------
    >>> from impact.design.distances.propensity import PropensityScore
    >>> kind_of(PropensityScore).noun, kind_of(float)
    ('a distance', None)
    """
    if not isinstance(annotation, type):
        return None
    exact = next((kind for kind in KINDS if kind.protocol is annotation), None)
    if exact is not None:
        return exact
    if getattr(annotation, "_is_protocol", False):
        return next((kind for kind in KINDS if set(members(kind.protocol)) <= set(members(annotation))), None)
    return next((kind for kind in KINDS if kind.has(annotation)), None)


def members(protocol: type) -> dict[str, object]:
    """Return what a protocol asks for: attributes and methods by name."""
    asked: dict[str, object] = {}
    for part in reversed(protocol.__mro__):
        if getattr(part, "_is_protocol", False):
            asked |= dict.fromkeys(getattr(part, "__annotations__", {}))
            asked |= {name: value for name, value in vars(part).items() if not name.startswith("_")}
    return asked


def words(name: str) -> str:
    """Return ``"nearest neighbor"`` for ``"NearestNeighbor"``, and ``"CR2"`` for itself."""
    if name.isupper():
        return name
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def normal(name: str) -> str:
    """Return a name without what spelling may vary: case, spaces, British endings."""
    plain = name.lower().replace(" ", "").replace("_", "").replace("-", "")
    return plain.replace("neighbour", "neighbor").replace("winsoris", "winsoriz")


def _fits(kind: type, within: type) -> bool:
    if getattr(within, "_is_protocol", False):
        return all(_keeps(kind, name, member) for name, member in members(within).items())
    return issubclass(kind, within)


def _keeps(value: type, name: str, asked: object) -> bool:
    """Return whether a class has a member; of a method the parameters must be the protocol's."""
    if not hasattr(value, name) and name not in getattr(value, "__annotations__", {}):
        return False
    if not isinstance(asked, FunctionType):
        return True
    own: Any = inspect.getattr_static(value, name)
    return isinstance(own, FunctionType) and _parameters(own)[: len(_parameters(asked))] == _parameters(asked)


def _parameters(function: FunctionType) -> list[str]:
    return list(inspect.signature(function).parameters)


@cache
def _modules(home: str) -> tuple[ModuleType, ...]:
    """Return a module, and every module under it where it is a package."""
    top = importlib.import_module(home)
    below = pkgutil.walk_packages(getattr(top, "__path__", ()), f"{home}.")
    return (top, *(importlib.import_module(module.name) for module in below))
