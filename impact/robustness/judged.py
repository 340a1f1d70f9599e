"""What ``certify`` can judge: a survey with a truth, and a way to answer the question from it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol, runtime_checkable

from impact.arrays import Booleans
from impact.effects.effect import EffectTable


class Compared(Protocol):
    """Who an estimate is about (``focal``) and who of them it rests on (``kept``)."""

    @property
    def focal(self) -> Booleans: ...  # noqa: D102
    @property
    def kept(self) -> Booleans: ...  # noqa: D102


@runtime_checkable
class Judged(Protocol):
    """A named way to estimate: ``im.Specification`` of one survey, ``im.PanelSpecification`` of one with waves."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def match_key(self) -> Hashable:
        """What is equal for two specifications that compare the same units: the match is then made once for both."""
        ...

    def matched(self, sample: Any, /) -> Any:
        """Return who is compared with whom."""
        ...

    def effects(self, matched: Any, level: float, /) -> EffectTable:
        """Return the effects of what ``matched`` gave."""
        ...


class Trial(Protocol):
    """One draw of a twin: what is seen, and the truth of any part of it."""

    @property
    def sample(self) -> Any: ...  # noqa: D102

    def truth(self, outcome: int, units: Booleans) -> tuple[float, float]:
        """Return the true average effect over some units, plain and in percent."""
        ...


@runtime_checkable
class Twin(Protocol):
    """Anything that draws surveys with a known truth."""

    def draw(self, seed: int) -> Trial:
        """Return one survey; the same seed gives the same survey."""
        ...
