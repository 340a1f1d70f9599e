"""One column as its role needs it: codes to missing, labels to categories, text to numbers, spellings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact.language import Text
from impact.survey.files.number_text import numbers_in_text
from impact.survey.intake.answers import NO, YES
from impact.survey.intake.translation import (
    Translation,
    answers,
    labelled_codes,
    missing_code,
    number_text,
    one_spelling,
)
from impact.survey.quality.codes import missing_code_concerns
from impact.survey.quality.concern import Concern, shown_values
from impact.survey.quality.spellings import merged, plain, spelling_concerns
from impact.survey.quality.stray_text import text_as_numbers

_MISSING_WORDS = (
    "ns/nr", "ns / nr", "nsnr", "no sabe", "no responde", "no contesta", "sin dato", "sin informacion", "sin respuesta", "no aplica",
    "don't know", "dont know", "refused", "refusal", "no answer", "missing", "not applicable", "perdido", "se niega",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A column as it was read, with what was translated and what looks wrong."""

    values: pd.Series[Any]
    translations: tuple[Translation, ...] = ()
    concerns: tuple[Concern, ...] = ()

    def then(self, other: Read) -> Read:
        """Return a further reading of the same column, with what both had to say."""
        return Read(other.values, self.translations + other.translations, self.concerns + other.concerns)


def without_codes(column: pd.Series[Any], codes: Sequence[object]) -> Read:
    """Return a column whose missing codes are missing values, whether they stand as numbers or as text."""
    if not codes:
        return Read(column)
    wanted = {_key(code): _written(code) for code in codes}
    places, distinct = pd.factorize(column, use_na_sentinel=True)
    marks = [wanted.get(_key(value)) for value in distinct]
    counts = np.bincount(places[places >= 0], minlength=len(distinct))
    said: dict[str, int] = {}
    for mark, count in zip(marks, counts, strict=True):
        if mark is not None:
            said[mark] = said.get(mark, 0) + int(count)
    if not said:
        return Read(column)
    coded = np.append(np.array([mark is not None for mark in marks], dtype=bool), False)[places]
    lines = tuple(missing_code(str(column.name), mark, count) for mark, count in said.items())
    return Read(column.mask(pd.Series(coded, index=column.index)), lines)


def _written(code: object) -> str:
    """Return a code as people write it: −98 is no −98.0, though a configuration reads every number as one with decimals."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _key(value: object) -> object:
    """Return a number for whatever reads as one, else the plain text."""
    try:
        return float(str(value).strip())
    except ValueError:
        return plain(str(value))


def as_number(column: pd.Series[Any], labels: Mapping[object, str]) -> Read:
    """Return a column of an outcome, a size or a weight as numbers."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return Read(column, (), tuple(_number_concerns(column, labels)))
    values, read, concerns = text_as_numbers(column)
    if values is None:
        binary = None if concerns else _yes_or_no(column)
        return Read(column, (), tuple(concerns)) if binary is None else binary
    said = (number_text(str(column.name), int(values.notna().sum())),) if read is not None else ()
    return Read(values, said, tuple(missing_code_concerns(str(column.name), values.to_numpy())))


def as_covariate(
    column: pd.Series[Any], labels: Mapping[object, str], categorical: bool, numeric: bool, merge: bool
) -> Read:
    """Return a covariate as a number or a category.

    A column with a label for every value that occurs is a category, unless ``numeric``; so is text that is not mostly numbers.
    """
    if labels and not numeric and (categorical or _fully_labelled(column, labels)):
        return _categories(column, labels)
    if categorical:
        return _spelled(column, merge, category=True)
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_datetime64_any_dtype(column):
        return Read(column)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return Read(column, (), tuple(_number_concerns(column, labels)))
    values, _, concerns = text_as_numbers(column)
    if values is not None:
        return Read(
            values,
            (number_text(str(column.name), int(values.notna().sum())),),
            tuple(missing_code_concerns(str(column.name), values.to_numpy())),
        )
    if concerns:
        return Read(column, (), tuple(concerns))
    return _spelled(column, merge, category=_are_codes(column))


def _are_codes(column: pd.Series[Any]) -> bool:
    """Return whether every text is a number with leading zeros or too many digits: a code, not a quantity."""
    texts = column.dropna().unique()
    read = numbers_in_text([str(text) for text in texts])
    return len(texts) > 0 and read.code and not read.stray


def as_label(column: pd.Series[Any], merge: bool) -> Read:
    """Return a column that tells units apart (cluster, stratum), its spellings watched over."""
    if pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return Read(column)
    return _spelled(column, merge, category=False)


def _spelled(column: pd.Series[Any], merge: bool, category: bool) -> Read:
    concerns = spelling_concerns(column)
    if concerns and not merge:
        return Read(column, (), tuple(concerns))
    said: tuple[Translation, ...] = ()
    if concerns:
        column, changed = merged(column)
        said = (one_spelling(str(column.name), changed),)
    return Read(column.astype("category") if category else column, said)


def _fully_labelled(column: pd.Series[Any], labels: Mapping[object, str]) -> bool:
    known = column.dropna().unique()
    return len(known) > 1 and all(value in labels for value in known)


def _categories(column: pd.Series[Any], labels: Mapping[object, str]) -> Read:
    """Return labelled codes as categories in the order of their codes; equal labels keep their codes apart."""
    codes = sorted(column.dropna().unique(), key=lambda value: (str(type(value)), value))
    texts = [str(labels.get(code, code)).strip() for code in codes]
    names = [
        text if texts.count(text) == 1 else f"{text} ({code:g})"
        for text, code in zip(texts, codes, strict=True)
    ]
    by_code = dict(zip(codes, names, strict=True))
    levels = pd.CategoricalDtype(names)
    values = column.map(lambda value: by_code.get(value), na_action="ignore").astype(levels)
    concerns = _labelled_missing(column, labels)
    return Read(
        values, (labelled_codes(str(column.name), len(names), int(column.notna().sum())),), tuple(concerns)
    )


def _number_concerns(column: pd.Series[Any], labels: Mapping[object, str]) -> list[Concern]:
    labelled = _labelled_missing(column, labels)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return labelled or missing_code_concerns(str(column.name), values)


def _labelled_missing(column: pd.Series[Any], labels: Mapping[object, str]) -> list[Concern]:
    """Return the concern that values which occur are labelled as no answer."""
    suspect = [code for code, label in labels.items() if plain(str(label)) in _MISSING_WORDS]
    counts = [(code, int((column == code).sum())) for code in suspect]
    held = [
        (f"{code:g} {labels[code]}" if isinstance(code, float) else f"{code} {labels[code]}", n)
        for code, n in counts
        if n
    ]
    if not held:
        return []
    rows = np.flatnonzero(column.isin(suspect).to_numpy())
    codes = ", ".join(f"{code:g}" if isinstance(code, float) else str(code) for code, n in counts if n)
    return [
        Concern(
            "codes",
            str(column.name),
            rows,
            Text(
                f"'{column.name}' holds values that are labelled as no answer: {shown_values(held, 'en')}.",
                f"'{column.name}' tiene valores cuya etiqueta dice que no hay respuesta: {shown_values(held, 'es')}.",
            ),
            Text(
                f"Name them as missing codes (missing_codes = [{codes}]), or correct the file.",
                f"Indíquelos como códigos de faltante (missing_codes = [{codes}]), o corrija el archivo.",
            ),
        )
    ]


def _yes_or_no(column: pd.Series[Any]) -> Read | None:
    """Return answers of yes and no as 1 and 0, or None where other words occur."""
    words = column.map(lambda value: plain(str(value)), na_action="ignore")
    known = set(words.dropna().unique())
    if not known or not known <= YES | NO:
        return None
    values = words.map(lambda word: float(word in YES), na_action="ignore").astype("float64")
    shown = ", ".join(sorted(map(str, column.dropna().unique())))
    return Read(values, (answers(str(column.name), shown, int(values.notna().sum())),))
