"""One suspicion about one column: which cells, how many, what is wrong and what to do, in Spanish and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from impact.arrays import Positions
from impact.language import Language, Text

RULES: Mapping[str, Text] = {
    "codes": Text("missing codes taken for values", "códigos de faltante tomados por valores"),
    "stray_text": Text("text among numbers", "texto entre números"),
    "spellings": Text("spellings of one thing", "una misma cosa escrita de varias formas"),
    "totals": Text("rows of totals", "filas de totales"),
    "groups": Text("groups not named", "grupos no indicados"),
    "waves": Text("several waves", "varias rondas"),
    "treatment": Text("treatment not understood", "tratamiento no entendido"),
    "keys": Text("tables that do not meet", "tablas que no coinciden"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Concern:
    """What looks wrong in a column.

    Attributes
    ----------
    rule : str
        A key of ``RULES``: what ``accept`` names.
    column : str
    rows : int array
        Places of the cells in the table, from 0; empty where it is about the whole column.
    problem, remedy : Text
        What was found, with counts; what to do.
    stops : bool
        True: nothing is estimated until it is mended or accepted by name. False: it is said, and travels into the report.
    table : str
        Name of the table, where there are several.
    where : tuple of str
        Groups or records concerned, for the list of errors alone: they are never published.
    details : tuple of Text
        More of each entry of ``where`` (its dates, days and rows), for the list of errors alone.
    records : tuple of str
        The group or record of each of ``rows``, where ``where`` names others than the rows.
    """

    rule: str
    column: str
    rows: Positions
    problem: Text
    remedy: Text
    stops: bool = True
    table: str = ""
    where: tuple[str, ...] = ()
    details: tuple[Text, ...] = ()
    records: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """Problem and remedy as one line."""
        return Text("{problem} {remedy}", "{problem} {remedy}", problem=self.problem, remedy=self.remedy)


def shown_values(counts: Iterable[tuple[object, int]], language: str, most: int = 6) -> str:
    """Return values with their counts: ``'NS/NR' (30), '-' (2)``, the rest counted."""
    words, pairs = Language(language), list(counts)
    shown = [f"{value!r} ({words.number(count)})" for value, count in pairs[:most]]
    if len(pairs) > most:
        more = words.number(len(pairs) - most)
        shown.append(f"y {more} más" if language == "es" else f"and {more} more")
    return ", ".join(shown)
