"""What a table of ``evaluation.toml`` that asks for an analysis offers, and how the files in ``analyses`` are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from impact.folders import modules_in


@dataclass(frozen=True, slots=True)
class Named:
    """The names that a file gives, which its tables may speak of.

    Attributes
    ----------
    outcomes, strategies : tuple of str
    main_strategy : str
    covariates : tuple of str
    """

    outcomes: tuple[str, ...]
    strategies: tuple[str, ...]
    main_strategy: str
    covariates: tuple[str, ...]


@runtime_checkable
class Analysis(Protocol):
    """A table of the file that asks for an analysis: a frozen dataclass whose fields are the keys, with types and defaults.

    Attributes
    ----------
    TABLE : str
        Its name in the file: ``"quintiles"`` for ``[quintiles]``; written ``[[quintiles]]`` it may stand several times.
    """

    TABLE: ClassVar[str]

    def settled(self, named: Named) -> Self:
        """Return the section with what was left open filled in.

        Raises
        ------
        OptionError
            It speaks of an outcome or strategy that the file does not have; the message begins with the key.
        """
        ...

    def answer(self, findings: Any) -> Any:
        """Return the result from the ``Findings`` so far: strategies, balance and effects; it stands in their ``answers``."""
        ...


def made_unasked(kind: type[Analysis]) -> bool:
    """Return whether an analysis answers in every evaluation, with its defaults where the file has no such table."""
    return bool(getattr(kind, "UNASKED", False))


@cache
def known_analyses() -> dict[str, type[Analysis]]:
    """Return the analyses that stand in ``impact.evaluation.analyses``, by the name of their table."""
    found: dict[str, type[Analysis]] = {}
    for module in modules_in("impact.evaluation.analyses"):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "TABLE"):
                found[value.TABLE] = value
    return found
