"""One text in the two languages of the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impact import checks

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
