"""What was read as something else, with how many cells: every translation is listed in the sample flow."""

from __future__ import annotations

from dataclasses import dataclass

from impact.language import Text


@dataclass(frozen=True, slots=True)
class Translation:
    """One column's cells read as something else.

    Attributes
    ----------
    column : str
    text : Text
        What was done, with the column's name as the value ``column``.
    cells : int
    """

    column: str
    text: Text
    cells: int


def missing_code(column: str, code: str, cells: int) -> Translation:
    """Return the line for a code that became a missing value."""
    return Translation(
        column,
        Text("{column}: code {mark} read as missing", "{column}: código {mark} leído como faltante", column=column, mark=code),
        cells,
    )  # fmt: skip


def labelled_codes(column: str, levels: int, cells: int) -> Translation:
    """Return the line for codes that became categories."""
    return Translation(
        column,
        Text(
            "{column}: {levels} labelled codes read as categories",
            "{column}: {levels} códigos con etiqueta leídos como categorías",
            column=column,
            levels=levels,
        ),
        cells,
    )


def number_text(column: str, cells: int) -> Translation:
    """Return the line for text that became numbers."""
    return Translation(
        column,
        Text("{column}: text read as numbers", "{column}: texto leído como números", column=column),
        cells,
    )


def answers(column: str, words: str, cells: int) -> Translation:
    """Return the line for answers that became 1 and 0."""
    return Translation(
        column,
        Text("{column}: read as 1 and 0 ({words})", "{column}: leído como 1 y 0 ({words})", column=column, words=words),
        cells,
    )  # fmt: skip


def one_spelling(column: str, cells: int) -> Translation:
    """Return the line for spellings that became one."""
    return Translation(
        column,
        Text("{column}: spellings merged", "{column}: grafías unidas", column=column),
        cells,
    )


def derived_treatment(column: str, date: str, cells: int) -> Translation:
    """Return the line for treatment that follows from dates."""
    return Translation(
        column,
        Text("{column}: derived from {date}", "{column}: derivado de {date}", column=column, date=date),
        cells,
    )
