"""The warnings of a run as a reader finds them: what is said of several things stands once, with those of which it is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from impact.language import Text
from impact.report.words.style import Style
from impact.survey.covariates import Term

_BEGINS = re.compile(r": (?=[A-ZÁÉÍÓÚÑ\d])")
_LONGEST = 80
"""Signs that a subject has at most: a colon further on is the sentence's own."""
_NUMBER = re.compile(r"\d+(?:[.,\u00a0]\d+)*")
_QUOTED = re.compile(r"'[^']*'")
_ALSO = Text(
    "{first} The same{numbers}: {others}.",
    "{first} Lo mismo{numbers}: {others}.",
    first="",
    numbers="",
    others="",
)
_NUMBERS = Text(", with the numbers of each", ", con las cifras de cada uno")


def warned_lines(warnings: Sequence[str], terms: Iterable[Term], style: Style) -> tuple[str, ...]:
    """Return one line for each thing that the run warned of.

    Parameters
    ----------
    warnings : sequence of str
        As the run told them: what each is about, a colon, and what it says.
    terms : iterable of Term
        The covariates' terms: a level of a category is called by its label.
    style : Style

    Examples
    --------
    >>> few = "{}: Weight rests on {} groups."
    >>> warned_lines([few.format("Kernel", 8), few.format("1-NN", 4), "Another."], (), Style.of("en"))
    ('Kernel: Weight rests on 8 groups. The same, with the numbers of each: 1-NN (4).', 'Another.')
    """
    levels = {f"'{term.name}'": f"'{style.names.term(term.column, term.level)}'" for term in terms}
    categories = {
        value: label
        for labels in style.names.levels.values()
        for value, label in labels.items()
        if not value.isdigit()
    }
    alike: dict[str, list[tuple[str, str]]] = {}
    for warning in warnings:
        told = _QUOTED.sub(lambda found: levels.get(found[0], found[0]), warning)
        subject, said = _parts(told)
        subject = ": ".join(categories.get(part, part) for part in subject.split(": "))
        alike.setdefault(_NUMBER.sub("#", said) if subject else told, []).append((subject, said))
    return tuple(_line(kind, style) for kind in alike.values())


def _parts(told: str) -> tuple[str, str]:
    """Return what a warning is about, and what it says of it."""
    subjects = [
        told[: found.start()]
        for found in _BEGINS.finditer(told, 0, _LONGEST)
        if "'" not in told[: found.start()] and ". " not in told[: found.start()]
    ]
    return (subjects[-1], told[len(subjects[-1]) + 2 :]) if subjects else ("", told)


def _line(alike: Sequence[tuple[str, str]], style: Style) -> str:
    """Return what is said of the first, and of which others, with the numbers in which they differ."""
    first = ": ".join(filter(None, alike[0]))
    if len(alike) == 1:
        return first
    numbers = [_NUMBER.findall(said) for _, said in alike]
    differing = [place for place, values in enumerate(zip(*numbers, strict=True)) if len(set(values)) > 1]
    others: dict[str, list[str]] = {}
    for (subject, _), values in zip(alike[1:], numbers[1:], strict=True):
        family, _, called = subject.rpartition(": ")
        found = "; ".join(values[place] for place in differing)
        others.setdefault(family, []).append(f"{called} ({found})" if found else called)
    listed = "; ".join(
        f"{family}: {', '.join(of)}" if family else "; ".join(of) for family, of in others.items()
    )
    of_each = style.text(_NUMBERS) if differing else ""
    return style.text(_ALSO.with_values(first=first, numbers=of_each, others=listed))
