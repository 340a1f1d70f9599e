"""How a page speaks: its language, what it calls columns, and the smallest cell that it publishes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from impact.language import Labelled, Language, Text, quoted
from impact.report.words.known import CALLED, KNOWN
from impact.report.words.names import Names
from impact.report.words.words import WORDS

_POVERTY = re.compile(r"(headcount|gap|severity)_([\d.]+|moderate|extreme)(_persons)?")
_MEASURES = {
    "headcount": Text("poor", "pobres"),
    "gap": Text("poverty gap", "brecha de pobreza"),
    "severity": Text("severity of poverty", "severidad de la pobreza"),
}
_ARMS = ("treated", "control", "controls")
"""Words for the two sides, whatever column of a survey bears such a name."""
_OF_PERSONS = Text("{what}, persons", "{what}, personas")


@dataclass(frozen=True, slots=True)
class Style:
    """A page's language, names and privacy: one argument of everything that writes.

    Parameters
    ----------
    language : Language
    names : Names
        Labels of columns, outcomes, categories and strategies.
    minimum : int
        The fewest units that a published cell rests on.
    hidden_levels : frozenset of str
        Outcomes of which no arm's level is published: few are poor, or few are not. The effect stands; what gives the level away with it
        (the controls' mean, the effect in percent of it) does not.
    few_unused : frozenset of str
        Strategies by which so few controls are not used that the flow does not publish how many are.

    Examples
    --------
    >>> style = Style.of("es")
    >>> style.word("answer_percent", percent=style.number(12.34, 1)), style.name("Propensity kernel")
    (', 12,3 % de la media de los controles emparejados', 'Probabilidad, kernel')
    >>> style.quoted("net_income", "age")
    '«net income», «age»'
    >>> Style.of("en", Names({"treated": "PAR beneficiary (1)"})).name("treated")
    'treated'
    """

    language: Language = field(default_factory=Language)
    names: Names = field(default_factory=Names)
    minimum: int = 5
    hidden_levels: frozenset[str] = frozenset()
    few_unused: frozenset[str] = frozenset()

    @classmethod
    def of(cls, language: str, names: Names | None = None, minimum: int = 5) -> Style:
        """Return the style of a language by its code."""
        return cls(Language(language), names or Names(), minimum)

    def word(self, key: str, **values: object) -> str:
        """Return the words for a key of the table of words, with values filled in."""
        return word(key, self.language, **values)

    def text(self, text: str) -> str:
        """Return a label that a result or a configuration carries; a name that is not known stays as it is."""
        known = text if isinstance(text, Text) else KNOWN.get(text, text)
        arms = {arm: KNOWN[arm] for arm in _ARMS}
        return Labelled(self.language.code, {**CALLED, **self.names.labels, **arms}).text(known)

    def name(self, name: str) -> str:
        """Return what a column, an outcome or a strategy is called: its label, or its own name in the page's language."""
        if name in _ARMS:
            return self.text(name)
        if name in self.names.labels:
            return self.names.labels[name]
        poverty = _POVERTY.fullmatch(name)
        return self._poverty(*poverty.groups()) if poverty else self.names.of(self.text(name))

    def quoted(self, *names: str) -> str:
        """Return what columns, outcomes or categories are called, within a sentence."""
        return quoted(*map(self.name, names)).to(self.language)

    def measured(self, name: str) -> str:
        """Return what a column of amounts is called, with their unit where it is known."""
        unit = self.names.units.get(name)
        return f"{self.name(name)} ({unit})" if unit else self.name(name)

    def _poverty(self, measure: str, line: str, persons: str | None) -> str:
        """Return what an outcome of poverty is called that bears no name of its own."""
        named = self.line(line)
        shown = Text("line {line}", "línea {line}", line=line) if named == line else named
        where = Text("{measure}, {line}", "{measure}, {line}", measure=_MEASURES[measure], line=shown)
        return self.text(where if persons is None else _OF_PERSONS.with_values(what=where))

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it."""
        return self.language.number(value, decimals)

    def level(self, level: float) -> str:
        """Return a confidence level in percent, with the decimals that it has and no more."""
        return self.language.signs_of(f"{100 * level:g}")

    def line(self, name: str) -> str:
        """Return what a poverty line is called."""
        key = f"line_{name}"
        return self.names.labels.get(key) or (self.word(key) if key in WORDS else name)


def word(key: str, language: Language, **values: object) -> str:
    """Return the words for a key of the table of words, with values filled in."""
    english, spanish = WORDS[key]
    return Text(english, spanish, key, **values).to(language)
