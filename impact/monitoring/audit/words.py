"""What the auditor says, in words: its rules, its headings, and what it found as text in a language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pandas as pd

from impact.language import Language, Text, speaking
from impact.views import text_view

RULE_NAMES = {
    "sum": Text("sum", "suma"),
    "percentage": Text("percentage", "porcentaje"),
    "ratio": Text("ratio", "razón"),
    "shares add up": Text("shares add up", "proporciones que suman"),
    "possible percentage": Text("possible percentage", "porcentaje posible"),
    "order": Text("order", "orden"),
    "same figure": Text("same figure", "misma cifra"),
    "stated in the text": Text("stated in the text", "dicho en el texto"),
    "estimand not stated": Text("estimand not stated", "estimando no declarado"),
    "before–after called attributable": Text(
        "before–after called attributable", "antes–después llamado atribuible"
    ),
    "another estimand": Text("another estimand", "otro estimando"),
    "contradiction": Text("contradiction", "contradicción"),
    "arithmetic": Text("arithmetic", "aritmética"),
}
HEADINGS = {
    "rule": Text("rule", "regla"),
    "table": Text("table", "tabla"),
    "row": Text("row", "fila"),
    "column": Text("column", "columna"),
    "claim": Text("claim", "afirmación"),
    "other": Text("other", "otra"),
    "printed": Text("printed", "impreso"),
    "implied": Text("implied", "implícito"),
    "implied_low": Text("implied_low", "implícito_mín"),
    "implied_high": Text("implied_high", "implícito_máx"),
    "holds": Text("holds", "se_sostiene"),
    "explanation": Text("explanation", "explicación"),
}


_READ = {
    "tabla": "table", "fila": "row", "columna": "column", "valor": "value",
    "afirmacion": "claim", "estimando": "estimand", "estimando_o_metodo": "estimand_or_method", "cantidad": "quantity",
}  # fmt: skip


def in_english_headings(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of figures or of claims with the headings that the auditor reads; those in Spanish say the same."""
    named = [_READ.get(_unaccented(name), name) for name in table.columns]
    long = {"row", "column", "value"} <= set(named) or {"claim", "value"} <= set(named)
    return table.set_axis(named, axis=1) if long and len(set(named)) == len(named) else table


def _unaccented(name: object) -> str:
    letters = unicodedata.normalize("NFKD", str(name).strip().lower())
    return letters.encode("ascii", "ignore").decode().replace(" ", "_")


def in_language(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return what was found with headings, rules and explanations in a language; English is what the results hold."""
    words = Language(language)
    told = frame.assign(
        rule=[words.text(RULE_NAMES.get(rule, rule)) for rule in frame["rule"]],
        explanation=[words.text(text) for text in frame["explanation"]],
    )
    return told.rename(columns={name: words.text(HEADINGS[name]) for name in told.columns})


def audit_text(frame: pd.DataFrame, shown: Iterable[str], note: Text, language: str) -> str:
    """Return what was found as a text to read."""
    with speaking(language):
        return text_view(in_language(frame[list(shown)], language), [note], False, "{:,.10g}".format)
