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


@dataclass(frozen=True, slots=True)
class Reads:
    """Columns that a key of the file names.

    Attributes
    ----------
    key : str
    columns : tuple of str, str or None
    file : str
        The file beside the survey that must have them; "" for the survey itself.
    made : tuple of str
        Names that need not stand in the table: they are made of it.
    or_survey : bool
        Whether the survey may have them in place of the file.
    """

    key: str
    columns: tuple[str, ...] | str | None
    file: str = ""
    made: tuple[str, ...] = ()
    or_survey: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that the table must have."""
        names = (self.columns,) if isinstance(self.columns, str) else self.columns or ()
        return tuple(name for name in names if name and name not in self.made)


@runtime_checkable
class NamesColumns(Protocol):
    """A table of the file that names columns: they are looked for before anything is computed."""

    def columns_named(self) -> tuple[Reads, ...]:
        """Return them, by the key that names them."""
        ...


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
