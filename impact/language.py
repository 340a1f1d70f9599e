"""One text in the two languages of the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impact import checks
from impact.errors import DataError

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A message or label in Spanish and English, of which one is shown.

    Parameters
    ----------
    en, es : str
        The same text in English and in Spanish.

    Examples
    --------
    >>> Text(en="Household", es="Hogar").to("es")
    'Hogar'
    """

    en: str
    es: str

    def to(self, language: Language) -> str:
        """Return the text in one language (``"es"`` or ``"en"``)."""
        checks.one_of("language", language, LANGUAGES)
        return self.es if language == "es" else self.en


def refusal(language: Language, *, en: str, es: str) -> DataError:
    """Return the error that says in one language what is wrong with the data."""
    return DataError(Text(en=en, es=es).to(language))
