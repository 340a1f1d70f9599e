"""The words for a key, and the labels that results carry, in the page's language."""

from __future__ import annotations

from impact.report.words.label_parts import LABEL_PARTS
from impact.report.words.words import PHRASES, WORDS


def word(key: str, language: str, **values: object) -> str:
    """Return the words for a key of the labels table, with values filled in."""
    return WORDS[key][0 if language == "en" else 1].format(**values)


def phrase(text: str, language: str) -> str:
    """Return a label that a result carries in the page's language; one that is not in the table stays as it is."""
    return text if language == "en" else PHRASES.get(text, text)


def method_text(label: str, language: str) -> str:
    """Return a label that a result puts together from parts, such as that of its variance, in the page's language.

    Examples
    --------
    >>> method_text("linearised by group, leave-own-group-out, t", "es")
    'linealizados por grupo, con residuos sin el propio grupo, t'
    """
    if language == "en" or label in PHRASES:
        return phrase(label, language)
    for english, spanish in LABEL_PARTS:
        label = label.replace(english, spanish)
    return label
