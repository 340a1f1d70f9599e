"""Answers as 1 and 0: sí/no, labels of treatment in both languages, or the values that the analyst names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Booleans
from impact.language import Text
from impact.survey.intake.translation import Translation, answers
from impact.survey.quality.concern import Concern, shown_values
from impact.survey.quality.spellings import plain

YES = frozenset(("1", "si", "yes", "true", "verdadero", "s", "y", "x", "sim"))
NO = frozenset(("0", "no", "false", "falso", "n", "nao"))
ARM_OF_TREATED = frozenset((
    "treated", "treatment", "treatment group", "treat", "beneficiary", "beneficiaries", "with programme", "with program",
    "tratado", "tratada", "tratados", "tratadas", "tratamiento", "grupo tratamiento", "grupo de tratamiento", "grupo tratado",
    "beneficiario", "beneficiaria", "beneficiarios", "beneficiarias", "intervenido", "intervenida", "participante", "participantes",
    "con programa", "con proyecto", "con alianza", "con tratamiento", "con apoyo",
    "tratamento", "grupo de tratamento", "grupo tratamento", "com programa", "com projeto", "com tratamento",
))  # fmt: skip
"""What files call the treated arm in words, in English, Spanish and Portuguese, as ``plain`` writes it."""
ARM_OF_CONTROLS = frozenset((
    "control", "controls", "control group", "comparison", "comparison group", "untreated", "non-beneficiary", "pipeline",
    "not treated", "without programme", "without program", "non beneficiary",
    "controles", "grupo control", "grupo de control", "testigo", "comparacion", "grupo de comparacion", "grupo comparacion",
    "no tratado", "no tratada", "no tratados", "no tratadas", "no beneficiario", "no beneficiaria", "no beneficiarios",
    "no beneficiarias", "no intervenido", "no intervenida", "no participante", "no participantes", "sin programa", "sin proyecto",
    "sin alianza", "sin tratamiento", "sin apoyo", "lista de espera",
    "controle", "grupo controle", "grupo de controle", "comparacao", "grupo de comparacao", "nao tratado", "nao beneficiario",
    "nao beneficiaria", "nao participante", "sem programa", "sem projeto", "sem tratamento",
))  # fmt: skip
TREATED = YES | ARM_OF_TREATED
CONTROL = NO | ARM_OF_CONTROLS


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Who is treated.

    Attributes
    ----------
    values : Series of float64
        1, 0, or missing.
    neither : bool array
        Rows whose value means neither arm.
    translations, concerns : lists
    """

    values: pd.Series[Any]
    neither: Booleans
    translations: list[Translation]
    concerns: list[Concern]


def read_arms(
    column: pd.Series[Any], labels: Mapping[object, str], treated: Sequence[object], control: Sequence[object]
) -> Arms:
    """Return treatment as 1 and 0 from a column of numbers, answers or labels.

    Parameters
    ----------
    column : Series
    labels : mapping
        Value labels of the column.
    treated, control : sequence
        The values or labels that mean each arm; without them, what the words say in either language.
    """
    nobody = np.zeros(len(column), dtype=bool)
    if not treated and not control and _is_binary(column):
        numbers = (
            column.astype("float64") if column.dtype != object else pd.to_numeric(column).astype("float64")
        )
        return Arms(numbers, nobody, [], [])
    places, distinct = pd.factorize(column, use_na_sentinel=True)
    names = [_names(value, labels) for value in distinct]
    counts = np.bincount(places[places >= 0], minlength=len(distinct))
    arm = _by_name(names, treated, control) if treated or control else _by_word(names)
    if arm is None:
        return Arms(column, nobody, [], [_not_understood(column, names, counts, treated, control)])
    values = np.append(np.array(arm, dtype=np.float64), np.nan)[places]
    neither = (places >= 0) & np.isnan(values)
    words = ", ".join(
        f"{name[0]} = {value:g}" for name, value in zip(names, arm, strict=True) if value == value
    )
    said = answers(str(column.name), words, int((~np.isnan(values)).sum()))
    return Arms(pd.Series(values, index=column.index, name=column.name), neither, [said], [])


def _is_binary(column: pd.Series[Any]) -> bool:
    known = column.dropna()
    if pd.api.types.is_bool_dtype(known) or pd.api.types.is_numeric_dtype(known):
        return set(known.astype("float64").unique()) <= {0.0, 1.0}
    return column.dtype == object and all(
        isinstance(value, (bool, int, float)) and value in (0, 1) for value in known
    )


def _names(value: object, labels: Mapping[object, str]) -> tuple[str, ...]:
    """Return a value's label, if it has one, and the value itself as text."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    text = f"{value:g}" if number else str(value).strip()
    label = labels.get(value)
    return (text,) if label is None else (str(label).strip(), text)


def _by_name(
    names: Sequence[tuple[str, ...]], treated: Sequence[object], control: Sequence[object]
) -> list[float] | None:
    """Return each value's arm by the names given; a value that has neither is nobody's, unless it is the only other."""
    wanted = {1.0: {plain(str(name)) for name in treated}, 0.0: {plain(str(name)) for name in control}}
    arm = [
        next((value for value, known in wanted.items() if any(plain(name) in known for name in own)), np.nan)
        for own in names
    ]
    found = {value for value in arm if value == value}
    missing = ({1.0} if treated else set()) | ({0.0} if control else set())
    rest = [k for k, value in enumerate(arm) if value != value]
    if missing - found:
        return None
    if not (treated and control):
        if len(rest) != 1:
            return None
        arm[rest[0]] = 0.0 if treated else 1.0
    return arm


def _by_word(names: Sequence[tuple[str, ...]]) -> list[float] | None:
    """Return each value's arm by what its label says; None unless every value is understood and both arms occur."""
    arm: list[float] = []
    for own in names:
        word = plain(own[0])
        if word not in TREATED and word not in CONTROL:
            return None
        arm.append(1.0 if word in TREATED else 0.0)
    return arm if {0.0, 1.0} <= set(arm) else None


def _not_understood(
    column: pd.Series[Any],
    names: Sequence[tuple[str, ...]],
    counts: Any,
    treated: Sequence[object],
    control: Sequence[object],
) -> Concern:
    order = np.argsort(-counts, kind="stable")
    held = [(names[k][0], int(counts[k])) for k in order]
    asked = ", ".join(repr(name) for name in (*treated, *control))
    extra = Text(f" (named: {asked})", f" (se indicó: {asked})") if asked else Text("", "")
    example = held[0][0] if held else "Sí"
    found_en = shown_values(held, "en") if held else "no value at all"
    found_es = shown_values(held, "es") if held else "todas sus celdas vacías"
    return Concern(
        "treatment",
        str(column.name),
        np.empty(0, dtype=np.intp),
        Text(
            f"'{column.name}' does not say who is treated: it holds {found_en}{extra.en}.",
            f"'{column.name}' no dice quién recibió el programa: tiene {found_es}{extra.es}.",
        ),
        Text(
            f'Name its values: treated = "{example}", control = ["…"].',
            f'Indique sus valores: treated = "{example}", control = ["…"].',
        ),
    )
