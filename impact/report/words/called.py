"""What columns and names are called in a language: at the head of a table, in a cell, in a notebook."""

from __future__ import annotations

from impact.report.words.headings import HEADINGS, OVER, POPULATIONS
from impact.report.words.style import Style


def heading(name: str, style: Style) -> str:
    """Return what a column is called: its own words, or those of the number that it gives for households or for persons."""
    if name in HEADINGS:
        return style.text(HEADINGS[name])
    number, _, population = name.rpartition("_")
    if population in POPULATIONS and number in HEADINGS:
        return style.text(OVER.with_values(number=HEADINGS[number], population=POPULATIONS[population]))
    return style.name(name)


def called(name: str, language: str) -> str:
    """Return what a column is called in a language, without labels of a survey.

    Examples
    --------
    >>> called("conf_low", "es"), called("estimate_persons", "es")
    ('intervalo desde', 'estimación, personas')
    """
    return heading(name, Style.of(language))


def said(name: str, language: str) -> str:
    """Return a name that stands in a cell as a language says it; one that nobody knows stays as it is.

    Examples
    --------
    >>> said("Propensity kernel", "es"), said("after", "es"), said("Norte", "es")
    ('Probabilidad, kernel', 'después', 'Norte')
    """
    return Style.of(language).text(name)
