"""``[registry]``: a folder of Parquet files that is larger than memory, and the cells within which it is matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from impact import checks
from impact.errors import OptionError
from impact.evaluation.keys.outcomes import configured_lines
from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.survey.poverty.line import PovertyLine


@dataclass(frozen=True, slots=True)
class RegistryKeys:
    """The keys of ``[registry]``, for ``impact registry``.

    Parameters
    ----------
    cells : list of str
        Columns whose combinations are the exact cells (region, product): strategies name them in ``exact``.
    further : list of str
        Further columns of numbers that a strategy reads.
    largest_cell : int
        Rows that a worker may hold.
    income : str, optional
        Income per person, for effects on poverty at ``lines``; ``persons`` counts its households by their members too.
    lines : list of numbers, or of names of ``[[poverty_lines]]``
    persons : str, optional
    baseline : str, optional
        Column from before the programme, by whose fifths every outcome's effect is estimated under the main strategy.
    scratch : str, optional
        Folder of the working files; the system's temporary folder by default.
    """

    cells: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    largest_cell: int = 2_000_000
    income: str | None = None
    lines: tuple[float | str, ...] = ()
    persons: str | None = None
    baseline: str | None = None
    scratch: str | None = None

    def __post_init__(self) -> None:
        checks.whole("largest_cell", self.largest_cell)
        if bool(self.income) != bool(self.lines):
            raise OptionError(
                Text(
                    "income must stand with lines: effects on poverty need both. Add the other, or leave out both.",
                    "income debe ir con lines: los efectos sobre la pobreza necesitan las dos. Agregue la otra, o quite ambas.",
                )
            )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegistryTable:
    """``[registry]`` with its poverty lines looked up.

    Attributes
    ----------
    keys : RegistryKeys
    lines : tuple of float or PovertyLine
    """

    keys: RegistryKeys = field(default_factory=RegistryKeys)
    lines: tuple[float | PovertyLine, ...] = ()


def registry_table(top: TomlTable) -> RegistryTable | None:
    """Return what a configuration says of its registry, or None."""
    table = top.table("registry")
    if table is None:
        return None
    keys = build(RegistryKeys, table)
    known = configured_lines(top) if any(isinstance(line, str) for line in keys.lines) else {}
    return RegistryTable(keys, tuple(_line(line, known, table) for line in keys.lines))


def _line(line: float | str, known: Mapping[str, PovertyLine], table: TomlTable) -> Any:
    if not isinstance(line, str):
        return line
    if line not in known:
        raise table.error(
            Text(
                "key 'lines' must hold numbers or names of [[poverty_lines]] ({known}); got {line!r}.",
                "la clave 'lines' debe tener números o nombres de [[poverty_lines]] ({known}); se dio {line!r}.",
                known=checks.listed(map(repr, known)) or Text("none given", "no hay ninguna"),
                line=line,
            ),
            "lines",
        )
    return known[line]
