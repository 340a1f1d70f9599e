"""The only phrasing of argument errors: what, where, required, got, remedy."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from impact.errors import OptionError
from impact.language import Text

_PREVIEW = 5

_PLURALS = {
    "household-wave": "household-waves",
    "entry": "entries",
    "strategy": "strategies",
    "stratum": "strata",
    "municipality": "municipalities",
}
"""Plurals that end in something else than an s."""
_SPANISH = {
    "alliance": ("alianza", "alianzas"), "cell": ("celda", "celdas"), "claim": ("afirmación", "afirmaciones"),
    "cluster": ("conglomerado", "conglomerados"), "cohort": ("cohorte", "cohortes"), "column": ("columna", "columnas"),
    "comparison household": ("hogar de comparación", "hogares de comparación"),
    "comparison": ("comparación", "comparaciones"), "control": ("control", "controles"), "covariate": ("covariable", "covariables"),
    "entry": ("entrada", "entradas"), "figure": ("cifra", "cifras"), "file": ("archivo", "archivos"),
    "group": ("grupo", "grupos"), "household": ("hogar", "hogares"),
    "household row": ("fila de hogar", "filas de hogares"), "household-wave": ("hogar y ronda", "hogares y rondas"),
    "identifier": ("identificador", "identificadores"),
    "label": ("etiqueta", "etiquetas"), "level": ("nivel", "niveles"), "line": ("línea", "líneas"),
    "municipality": ("municipio", "municipios"), "negative income": ("ingreso negativo", "ingresos negativos"),
    "other": ("otro", "otros"), "outcome": ("resultado", "resultados"), "pair": ("par", "pares"), "problem": ("problema", "problemas"),
    "respondent": ("respondiente", "respondientes"), "row": ("fila", "filas"), "spell": ("episodio", "episodios"),
    "split": ("división", "divisiones"), "strategy": ("estrategia", "estrategias"),
    "stratum": ("estrato", "estratos"), "subgroup": ("subgrupo", "subgrupos"),
    "subproject": ("subproyecto", "subproyectos"), "test": ("prueba", "pruebas"), "treated": ("beneficiario", "beneficiarios"),
    "unit": ("unidad", "unidades"),
    "violation": ("incumplimiento", "incumplimientos"), "vintage": ("edición", "ediciones"), "wave": ("ronda", "rondas"),
    "wave number": ("número de ronda", "números de ronda"), "year": ("año", "años"),
}  # fmt: skip
"""What is counted in messages, in Spanish: one and several."""


def listed(values: Iterable[Any], limit: int = _PREVIEW) -> Text:
    """Return the first ``limit`` values as text, with the number that follow."""
    items = [_item(value) for value in values]
    rest = len(items) - limit
    if rest <= 0:
        return Text("{items}", "{items}", items=tuple(items))
    return Text("{items} and {rest} more", "{items} y {rest} más", items=tuple(items[:limit]), rest=rest)


def _item(value: Any) -> str:
    """Return one of several values as text: a day as each language writes it."""
    if isinstance(value, Text):
        return value
    is_day = (
        isinstance(value, date)
        and value == value
        and not str(value).removeprefix(f"{value:%Y-%m-%d}").strip(" :0")
    )
    return Text("{day}", "{day}", day=value) if is_day else str(value)


def counted(number: int, noun: str) -> Text:
    """Return ``number`` with its noun: ``1 row``, ``1,203 rows``; the noun is one of those known in Spanish."""
    several = int(number) != 1
    english = _PLURALS.get(noun, f"{noun}s") if several else noun
    return Text(
        "{number} {noun}",
        "{number} {noun}",
        number=int(number),
        noun=Text(english, _SPANISH.get(noun, (noun, english))[several]),
    )


def meant(near: Sequence[str]) -> Text:
    """Return the question whether one of these was meant, or nothing."""
    return (
        Text(" Did you mean {near}?", " ¿Quiso decir {near}?", near=listed(map(repr, near)))
        if near
        else Text("")
    )


ARMS = {True: Text("treated", "de tratamiento"), False: Text("control", "de control")}
"""The treated and the controls, beside a noun: the treated units, las unidades de tratamiento."""

NUMBER = Text("number", "número")


def positive(name: str, value: float | None, unit: str = NUMBER, optional: bool = False) -> None:
    """Require a finite number above zero (or None where ``optional``)."""
    if optional and value is None:
        return
    if value is None or not _is_number(value) or not math.isfinite(value) or value <= 0:
        raise OptionError(
            Text(
                "{name} must be a positive {unit}; got {value!r}.",
                "{name} debe ser positivo: {unit}; se dio {value!r}.",
                name=name,
                unit=unit,
                value=value,
            )
        )


def between(name: str, value: float, low: float, high: float) -> None:
    """Require a number strictly between two bounds."""
    if not _is_number(value) or not low < value < high:
        raise OptionError(
            Text(
                "{name} must be a number in ({low:g}, {high:g}); got {value!r}.",
                "{name} debe ser un número en ({low:g}, {high:g}); se dio {value!r}.",
                name=name,
                low=low,
                high=high,
                value=value,
            )
        )


def within(name: str, value: float, low: float, high: float) -> None:
    """Require a number between two bounds, either of which it may equal."""
    if not _is_number(value) or not low <= value <= high:
        raise OptionError(
            Text(
                "{name} must be a number in [{low:g}, {high:g}]; got {value!r}.",
                "{name} debe ser un número en [{low:g}, {high:g}]; se dio {value!r}.",
                name=name,
                low=low,
                high=high,
                value=value,
            )
        )


def nonnegative(name: str, value: float) -> None:
    """Require a finite number of at least zero."""
    if not _is_number(value) or not math.isfinite(value) or value < 0:
        raise OptionError(
            Text(
                "{name} must be a number of at least 0; got {value!r}.",
                "{name} debe ser un número de al menos 0; se dio {value!r}.",
                name=name,
                value=value,
            )
        )


def whole(name: str, value: int | None, minimum: int = 1, optional: bool = False) -> None:
    """Require a whole number of at least ``minimum`` (or None where ``optional``)."""
    if optional and value is None:
        return
    if value is None or isinstance(value, bool) or not hasattr(value, "__index__") or value < minimum:
        raise OptionError(
            Text(
                "{name} must be a whole number of at least {minimum}; got {value!r}.",
                "{name} debe ser un número entero de al menos {minimum}; se dio {value!r}.",
                name=name,
                minimum=minimum,
                value=value,
            )
        )


def one_of(name: str, value: object, allowed: Sequence[object]) -> None:
    """Require one of a few values."""
    if value not in allowed:
        near = difflib.get_close_matches(str(value), list(map(str, allowed)), n=1, cutoff=0.5)
        raise OptionError(
            Text(
                "{name} must be one of {allowed}; got {value!r}.{hint}",
                "{name} debe ser uno de {allowed}; se dio {value!r}.{hint}",
                name=name,
                allowed=listed(map(repr, allowed), 20),
                value=value,
                hint=meant(near),
            )
        )


def instance(name: str, value: object, required: str, matches: bool) -> None:
    """Require that ``matches`` holds, else say which kind of object was needed."""
    if not matches:
        raise OptionError(
            Text(
                "{name} must be {required}; got {kind}.",
                "{name} debe ser {required}; se dio {kind}.",
                name=name,
                required=required,
                kind=type(value).__name__,
            )
        )


def switches(given: Any) -> None:
    """Require True or False in every field of a dataclass that is declared so."""
    for field in dataclasses.fields(given):
        if field.type == "bool":
            value = getattr(given, field.name)
            known = type(value).__name__ in (
                "bool",
                "bool_",
            )  # numpy's too, which need not be loaded for that
            instance(field.name, value, Text("True or False", "true o false"), known)


def columns_present(name: str, wanted: Iterable[str], present: Collection[str]) -> None:
    """Require every wanted column; name the absent ones and the nearest that exist."""
    absent = [column for column in wanted if column not in present]
    if not absent:
        return
    near = difflib.get_close_matches(str(absent[0]), [str(column) for column in present], n=3)
    there = Text(" The table has: {present}.", " La tabla tiene: {present}.", present=listed(present, 12))
    raise OptionError(
        Text(
            "{name} names {absent}, which the table does not have.{hint}",
            "{name} nombra {absent}, que la tabla no tiene.{hint}",
            name=name,
            absent=listed(repr(column) for column in absent),
            hint=meant(near) if near else there,
        )
    )


def not_a_text(name: str, value: object) -> None:
    """Refuse a text where a list of columns belongs: it would be read letter by letter."""
    if isinstance(value, str):
        raise OptionError(
            Text(
                "{name} must be a list of columns; got the text {value!r}. Write {name}=[{value!r}].",
                "{name} debe ser una lista de columnas; se dio el texto {value!r}. Escriba {name} = [{value!r}].",
                name=name,
                value=value,
            )
        )


def columns(name: str, value: str | Iterable[str]) -> tuple[str, ...]:
    """Return column names as a tuple, each once; refuse a bare text."""
    not_a_text(name, value)
    names = tuple(value)
    twice = sorted({str(column) for column in names if names.count(column) > 1})
    if twice:
        raise OptionError(
            Text(
                "{name} names {twice} twice. Name each column once.",
                "{name} nombra dos veces {twice}. Nombre cada columna una vez.",
                name=name,
                twice=listed(map(repr, twice)),
            )
        )
    return names


def distinct(name: str, values: Sequence[str]) -> None:
    """Require at least one value and no value twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise OptionError(
            Text(
                "{name} must have different names; {twice} appears twice.",
                "{name} debe tener nombres distintos; {twice} aparece dos veces.",
                name=name,
                twice=listed(repr(value) for value in twice),
            )
        )
    if not values:
        raise OptionError(
            Text(
                "{name} must hold at least one entry; got none.",
                "{name} debe tener al menos una entrada; no tiene ninguna.",
                name=name,
            )
        )


def _is_number(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain or (hasattr(value, "__float__") and hasattr(value, "dtype"))
