"""The languages of the programme: one text in several of them, and how each writes numbers.

Spanish and English stand beside each other where a text is made. A further language is one file, ``catalogues/<code>.po``: it translates
the English texts, and names in its header the locale whose numbers it writes. A text that it lacks is shown in English.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from numbers import Number
from pathlib import Path
from string import Formatter
from typing import Any

from impact.errors import OF_A_FILE, SPOKEN, DataError, ImpactError, OptionError, in_terms_of_a_file

LANGUAGES = ("es", "en")
"""The languages that every text has."""
_LOCALES = {"en": "en", "es": "es_BO"}
_CATALOGUES = Path(__file__).with_name("catalogues")
_PARTS = Formatter()


class Text(str):
    """A text: a string that reads in English and knows its Spanish.

    Parameters
    ----------
    en : str
        In English, with the names of ``values`` in braces; this is what the string itself reads.
    es : str, optional
        In Spanish; the same as in English by default, as names are.
    code : str
        What kind of thing the text names, for readers that are programs.
    **values
        What stands in the braces: texts, whole numbers (written as the language does), names. ``{share:.0%}`` is written with the signs
        of the language, ``{value!r}`` as it would be typed, and ``{rows:lacks|lack}`` is the word for one or for several.

    Examples
    --------
    >>> label = Text("all {total} treated", "los {total} beneficiarios", total=1203)
    >>> label, label.to("es")
    ('all 1,203 treated', 'los 1.203 beneficiarios')
    >>> [Text("{n} {n:group lacks|groups lack} it", n=number) for number in (1, 2)]
    ['1 group lacks it', '2 groups lack it']
    >>> Text("{low:,.3g} to {high:,.3g}", "{low:,.3g} a {high:,.3g}", low=0.1234, high=13456.7).es
    '0,123 a 13.457'
    """

    __slots__ = ("_en", "_es", "code", "values")
    _en: str
    _es: str
    code: str
    values: Mapping[str, object]

    def __new__(cls, en: str, es: str | None = None, code: str = "", **values: object) -> Text:
        """Return the string in English, with its Spanish beside it."""
        text = super().__new__(cls, _filled(en, values, _ENGLISH))
        text._en, text._es, text.code, text.values = en, en if es is None else es, code, values
        return text

    @property
    def en(self) -> str:
        """The text in English."""
        return str(self)

    @property
    def es(self) -> str:
        """The text in Spanish."""
        return self.to("es")

    def to(self, language: str | Language) -> str:
        """Return the text in one language: ``"es"``, ``"en"`` or that of a catalogue."""
        words = language if isinstance(language, Language) else Language(language)
        if type(words) is Language and words.code == "en":
            return str(self)
        known = {"en": self._en, "es": self._es}
        template = known[words.code] if words.code in known else catalogue(words.code).get(self._en, self._en)
        return _filled(words.wording(template), self.values, words)

    def of_a_file(self) -> str:
        """Return the text in English in the terms of a file; what stands in its braces, such as a cell region=3, stays as it is."""
        return self.to(_OfAFile("en"))

    def with_values(self, **values: object) -> Text:
        """Return the text with other things in its braces."""
        return Text(self._en, self._es, self.code, **{**self.values, **values})

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a text be copied and sent to another process."""
        return _text, (self._en, self._es, self.code, dict(self.values))


def _text(en: str, es: str, code: str, values: Mapping[str, object]) -> Text:
    return Text(en, es, code, **values)


def _filled(template: str, values: Mapping[str, object], language: Language) -> str:
    """Return a template with its braces filled as a language writes values; a name that has none yet stays in its braces."""
    if not values:
        return template
    parts = []
    for literal, name, form, conversion in _PARTS.parse(template):
        parts.append(literal)
        if name is not None:
            known = name in values
            parts.append(_written(values[name], form or "", conversion, language) if known else f"{{{name}}}")
    return "".join(parts)


def _written(value: Any, form: str, conversion: str | None, language: Language) -> str:
    """Return what stands in one pair of braces."""
    if conversion is not None:
        value = repr(language.text(value)) if conversion == "r" else str(value)
    if not form:
        return language.shown(value)
    if "|" in form:
        one, several = form.split("|")
        return one if _number(value) == 1 else several
    written = format(value, _digits(value, form))
    typed = form == "g" or not isinstance(value, Number)  # a bound that is typed keeps its point
    return written if typed or language.code == "en" else language.signs_of(written)


def _digits(value: Any, format_spec: str) -> str:
    """Return how a number is written: an amount that significant digits would make a power of ten, with all its figures."""
    is_amount = format_spec.endswith("g") and format_spec != "g" and isinstance(value, Number)
    return ",.0f" if is_amount and "e+" in format(value, format_spec) and abs(value) < 1e12 else format_spec


def _number(value: object) -> object:
    """Return the number that a word has to agree with: a number itself, or that of a counted noun."""
    return value.values.get("number") if isinstance(value, Text) else value


@dataclass(frozen=True, slots=True)
class Language:
    """A language of publication.

    Parameters
    ----------
    code : str
        "en", "es", or the name of a file in ``catalogues``.

    Examples
    --------
    >>> Language("es").number(-1234.5, 1), Language("en").number(float("nan"))
    ('−1.234,5', '–')
    """

    code: str = "en"

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES and self.code not in languages():
            raise _unknown_language(self.code)

    @property
    def locale(self) -> str:
        """The locale whose numbers the language writes."""
        return _LOCALES.get(self.code) or catalogue(self.code).get("", "en")

    @property
    def tag(self) -> str:
        """The language as documents name it, such as "es-BO"."""
        return "en-GB" if self.code == "en" else self.locale.replace("_", "-")

    @property
    def separator(self) -> str:
        """What stands between two numbers: a comma would be read as a decimal sign in some languages."""
        return ", " if _signs(self.locale)[1] == "." else "; "

    def wording(self, template: str) -> str:
        """Return what the language says where a text, whose braces are still empty, says this."""
        return template

    def text(self, text: str) -> str:
        """Return a text in this language; a plain string, such as a name, as it is."""
        return text.to(self) if isinstance(text, Text) else text

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it; an en dash where there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        digits = f"{abs(value):,.{decimals}f}"
        minus = "−" if value < 0 and digits.strip("0.,") else ""
        return minus + self.signs_of(digits)

    def signs_of(self, digits: str) -> str:
        """Return a number that is written as in English with the signs of this language."""
        group, decimal = _signs(self.locale)
        return digits.translate({ord(","): group, ord("."): decimal, ord("%"): _percent(self.code)})

    def shown(self, value: object) -> str:
        """Return what stands in the braces of a text."""
        if isinstance(value, Text):
            return value.to(self)
        if isinstance(value, (tuple, list)):
            return ", ".join(self.shown(part) for part in value)
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)

    def day(self, day: date) -> str:
        """Return a date as the language writes it: 31/12/2014 in Spanish; in English, where the order is read both ways, 2014-12-31."""
        return day.strftime("%Y-%m-%d" if self.code == "en" else "%d/%m/%Y")


_ENGLISH = Language("en")


@dataclass(frozen=True, slots=True)
class _OfAFile(Language):
    """English in the terms of a file."""

    def wording(self, template: str) -> str:
        """Return the template with the keys of a file for Python's arguments."""
        return in_terms_of_a_file(template)


@dataclass(frozen=True, slots=True)
class Labelled(Language):
    """A language with the labels of a survey: a column that stands in the braces of a text is called by its label.

    One that is quoted, ``{column!r}``, stays as it is typed.

    Parameters
    ----------
    code : str
    labels : mapping of str to str

    Examples
    --------
    >>> note = Text("match weight × sampling weight ({column})", column="weight")
    >>> note.to(Labelled("en", {"weight": "Expansion factor"})), note.to("en")
    ('match weight × sampling weight (Expansion factor)', 'match weight × sampling weight (weight)')
    """

    labels: Mapping[str, str] = field(default_factory=dict)

    def shown(self, value: object) -> str:
        """Return what stands in the braces of a text, a column by its label."""
        if type(value) is str:
            return self.text(self.labels.get(value, value))
        return Language.shown(self, value)


@cache
def _signs(locale: str) -> tuple[str, str]:
    """Return the signs of a locale: between thousands, and before decimals."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str(get_group_symbol(locale)), str(get_decimal_symbol(locale))


@cache
def _percent(code: str) -> str:
    """Return how a language writes the percent sign after a number: Spanish with a space before it."""
    from babel import Locale

    return str(Locale.parse(code).percent_formats[None].suffix[0])


def languages() -> tuple[str, ...]:
    """Return the codes of all languages: Spanish, English, and those of the catalogues."""
    return (*LANGUAGES, *sorted(file.stem for file in _CATALOGUES.glob("*.po")))


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return a catalogue: English text to the language's; the empty text holds its locale."""
    from babel.messages.pofile import read_po

    with (_CATALOGUES / f"{code}.po").open("rb") as file:
        messages = read_po(file)
    texts = {str(message.id): str(message.string) for message in messages if message.id and message.string}
    return texts | {"": str(messages.locale or code)}


def joined(parts: Iterable[str], separator: str) -> Text:
    """Return several texts as one.

    Examples
    --------
    >>> joined([Text("yes", "sí"), Text("no")], "; ").to("es")
    'sí; no'
    """
    named = {f"part{number}": part for number, part in enumerate(parts)}
    template = separator.join(f"{{{name}}}" for name in named)
    return Text(template, template, **named)


def quoted(*names: str) -> Text:
    """Return what columns, outcomes or categories are called as it stands within a sentence: in quotation marks.

    A label keeps the capital that it begins with as a heading or at the start of a sentence, where it stands without marks: only its author
    knows whether that is of a proper name.

    Examples
    --------
    >>> quoted("Net income").en, quoted("Ingreso neto", "Edad").to("es")
    ('“Net income”', '«Ingreso neto», «Edad»')
    """
    return joined((Text("“{name}”", "«{name}»", name=name) for name in names), ", ")


@contextmanager
def speaking(language: str, of_a_file: bool = False) -> Iterator[None]:
    """Say errors and warnings in a language, wherever within they are made; of a file's evaluation in the terms of the file.

    Examples
    --------
    >>> with speaking("es"):
    ...     problem = DataError(Text("{number} rows", "{number} filas", number=1203))
    >>> str(problem), problem.text
    ('1.203 filas', '1,203 rows')
    """
    before = SPOKEN.set(language if language in languages() else "en")
    file_before = OF_A_FILE.set(of_a_file or OF_A_FILE.get())
    try:
        yield
    finally:
        SPOKEN.reset(before)
        OF_A_FILE.reset(file_before)


def speak_in(language: str) -> None:
    """Speak a language from here on: errors, warnings, and how results show themselves; at the head of a notebook, say.

    Examples
    --------
    >>> speak_in("es")
    >>> spoken(Text("all", "todos"))
    'todos'
    >>> speak_in("en")
    """
    SPOKEN.set(Language(language).code)


def spoken(text: str) -> str:
    """Return a text in the language that is spoken."""
    if not isinstance(text, Text):
        return text
    return text.of_a_file() if OF_A_FILE.get() and SPOKEN.get() == "en" else text.to(SPOKEN.get())


def kept_reason(problem: ImpactError) -> Text:
    """Return what an error says as a text that keeps its languages, in the terms of the file where it was made for one.

    Examples
    --------
    >>> with speaking("es", of_a_file=True):
    ...     reason = kept_reason(DataError(Text('Pass missing="drop".', 'Escriba missing = "drop".')))
    >>> reason.en, reason.es
    ('Write missing = "drop".', 'Escriba missing = "drop".')
    """
    text = problem.text if isinstance(problem.text, Text) else Text(str(problem))
    of_the_file = text.of_a_file()
    if not problem.of_a_file or of_the_file == text.en:
        return text
    return Text(of_the_file, text.to("es"))  # without values, braces stay as they are


def _unknown_language(code: str) -> OptionError:
    near = difflib.get_close_matches(code, languages(), n=1, cutoff=0.5)
    meant = Text(" Did you mean {near!r}?", " ¿Quiso decir {near!r}?", near=near[0]) if near else ""
    known = ", ".join(map(repr, languages()))
    return OptionError(
        Text(
            "language must be one of {known}; got {given!r}.{meant}",
            "language debe ser uno de {known}; se dio {given!r}.{meant}",
            known=known,
            given=code,
            meant=meant,
        )
    )


def refusal(language: str, *, en: str, es: str) -> DataError:
    """Return the error that says in one language what is wrong with the data."""
    return DataError(Text(en=en, es=es).to(language))
