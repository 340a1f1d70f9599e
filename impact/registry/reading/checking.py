"""What a registry must satisfy before it is a sample: the checks of ``im.Sample`` on what the partitions counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.registry.reading.moments import CrossProducts, of_all_parts
from impact.registry.reading.roles import ColumnRoles
from impact.registry.reading.runs import ID
from impact.registry.reading.storage import storage_error
from impact.registry.reading.tally import Tally
from impact.survey.covariates import Term, collinear_in, covariate_terms, prepare_covariate
from impact.survey.sample_checks import check_both_arms, refuse_mixed_groups

_MEMORY = "1GB"
"""What the search for identifiers that come again may hold; the rest of them is on disk."""


def check_complete(tallies: Sequence[Tally], drop: bool) -> None:
    """Refuse rows that lack a value, counted by file; or, where they are left out, refuse a registry without complete rows."""
    rows = sum(tally.rows for tally in tallies)
    if not rows:
        raise DataError(
            Text(
                "The registry has no rows: {files} {files:is|are} empty. Check the folder, or write the files anew.",
                (
                    "El registro no tiene filas: {files} {files:está vacío|están vacíos}. Revise la carpeta, o escriba los "
                    "archivos de nuevo."
                ),
                files=checks.counted(len({tally.name for tally in tallies}), "file"),
            )
        )
    lacking = _by_column(tallies, lambda tally: tally.lacking)
    if lacking and not drop:
        parts = [
            Text(
                "{total:,} of {rows:,} rows {total:lacks|lack} '{name}' ({files})",
                "a {total:,} de {rows:,} filas {total:le|les} falta '{name}' ({files})",
                total=total,
                rows=rows,
                name=name,
                files=files,
            )
            for name, (total, files) in lacking.items()
        ]
        raise DataError(
            Text(
                'Incomplete: {parts}. Pass missing="drop" to exclude them; they are then counted in sample.flow.',
                'Incompletas: {parts}. Escriba missing = "drop" en [roles] para excluirlas; entonces se cuentan en el flujo de la muestra.',
                parts=_joined(parts),
            )
        )
    if not any(tally.kept for tally in tallies):
        raise DataError(
            Text(
                "No row of {rows:,} is complete. Leave out the columns that are empty.",
                "Ninguna de {rows:,} filas está completa. Quite las columnas que están vacías.",
                rows=rows,
            )
        )


def check_counted_values(tallies: Sequence[Tally], roles: ColumnRoles) -> None:
    """Require finite values, a treatment of 0 and 1, and weights and sizes above zero."""
    for name, (total, files) in _by_column(tallies, lambda tally: tally.infinite).items():
        raise DataError(
            Text(
                (
                    "Column '{name}' must be finite; {rows} {rows:holds|hold} an infinite value ({files}). Correct them, or set them "
                    'to missing and pass missing="drop".'
                ),
                (
                    "La columna '{name}' debe ser finita; {rows} {rows:tiene|tienen} un valor infinito ({files}). Corríjalas, o "
                    'déjelas vacías y use missing = "drop".'
                ),
                name=name,
                rows=checks.counted(total, "row"),
                files=files,
            )
        )
    _check_treatment_values(tallies, roles.treatment)
    for name, (total, files) in _by_column(tallies, lambda tally: tally.low).items():
        raise DataError(
            Text(
                (
                    "Column '{name}' ({role}) must be above 0; {rows} {rows:is|are} not ({files}). Correct them or exclude these "
                    "units."
                ),
                (
                    "La columna '{name}' ({role}) debe ser mayor que 0; {rows} no lo {rows:es|son} ({files}). Corríjalas o excluya "
                    "estas unidades."
                ),
                name=name,
                role=roles.role_of(name).replace("_", " "),
                rows=checks.counted(total, "row"),
                files=files,
            )
        )


def _check_treatment_values(tallies: Sequence[Tally], treatment: str) -> None:
    values = sorted({value for tally in tallies for value in tally.treatment_values})
    wrong = [tally.name for tally in tallies if not tally.treatment_values <= {0.0, 1.0}]
    if wrong:
        raise DataError(
            Text(
                (
                    "treatment '{name}' must hold 0 and 1 (or False and True); got {got}, first in '{file}'. Recode it: "
                    "1 for beneficiaries, 0 for the comparison group."
                ),
                (
                    "El tratamiento '{name}' debe tener 0 y 1 (o falso y verdadero); tiene {got}, primero en '{file}'. "
                    "Recodifíquelo: 1 para beneficiarios, 0 para el grupo de comparación."
                ),
                name=treatment,
                got=checks.listed(f"{v:g}" for v in values),
                file=wrong[0],
            )
        )
    check_both_arms(treatment, values, sum(tally.kept for tally in tallies))


def _joined(parts: Sequence[Text]) -> Text:
    """Return the parts one after another, with semicolons."""
    named = {f"part_{number}": part for number, part in enumerate(parts)}
    template = "; ".join(f"{{{name}}}" for name in named)
    return Text(template, template, **named)


def _by_column(
    tallies: Sequence[Tally], counts: Callable[[Tally], Mapping[str, int]]
) -> dict[str, tuple[int, Text]]:
    """Return, for each column with any, the total and the files that it comes from."""
    by_file: dict[str, dict[str, int]] = {}
    for tally in tallies:
        for name, count in counts(tally).items():
            if count:
                files = by_file.setdefault(name, {})
                files[tally.name] = files.get(tally.name, 0) + count
    return {
        name: (sum(files.values()), checks.listed(f"{file}: {count:,}" for file, count in files.items()))
        for name, files in by_file.items()
    }


def categories_of(tallies: Sequence[Tally], texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each covariate of text in all files, sorted; text that is no category is refused as in a sample."""
    found = {}
    for name in texts:
        present = {value for tally in tallies for column, value in tally.terms if column == name}
        found[name] = sorted(present)
        prepare_covariate(pd.Series(found[name], name=name, dtype="str"))
    return found


def check_terms(
    tallies: Sequence[Tally], covariates: Sequence[str], categories: Mapping[str, Sequence[Any]]
) -> tuple[tuple[Term, ...], CrossProducts]:
    """Require covariates that vary and do not follow from each other; return their terms, and the terms' moments."""
    empty = pd.DataFrame(
        {
            name: pd.Categorical([], categories[name]) if name in categories else np.empty(0)
            for name in covariates
        }
    )
    every = covariate_terms(empty, covariates)
    used = tuple(term for term in every if term.code != 0)
    place = {(term.column, _value(term, categories)): k for k, term in enumerate(used)}
    present = [tally for tally in tallies if tally.kept]
    rows = sum(tally.kept for tally in present)
    low, high = _low_high(present, place)
    single = [name for name in covariates if len(categories.get(name, "ab")) < 2]
    single += [term.name for term, a, b in zip(used, low, high, strict=True) if a == b]
    if single:
        raise DataError(
            Text(
                "{covariates} constant over all {rows:,} rows: {names}. Leave out what does not vary.",
                "{covariates} sin variación en {rows:,} filas: {names}. Quite lo que no varía.",
                covariates=checks.counted(len(single), "covariate"),
                rows=rows,
                names=checks.listed(map(repr, single)),
            )
        )
    moments = of_all_parts([_aligned(tally, place) for tally in present])
    for name, parents in collinear_in(moments.products, [term.name for term in used]).items():
        raise DataError(
            Text(
                "Covariate '{name}' is collinear: it follows exactly from {p}. Leave one of them out.",
                "La covariable '{name}' es colineal: se sigue exactamente de {p}. Quite una de ellas.",
                name=name,
                p=checks.listed((repr(p) for p in parents), 8),
            )
        )
    return every, moments


def _value(term: Term, categories: Mapping[str, Sequence[Any]]) -> Any:
    return None if term.code is None else categories[term.column][term.code]


def _aligned(tally: Tally, place: Mapping[tuple[str, Any], int]) -> CrossProducts:
    """Return a partition's moments over all terms: a level that does not occur in it is zero there."""
    here = [k for k, term in enumerate(tally.terms) if term in place]
    there = [place[tally.terms[k]] for k in here]
    mean, products = np.zeros(len(place)), np.zeros((len(place), len(place)))
    mean[there] = tally.moments.mean[here]
    products[np.ix_(there, there)] = tally.moments.products[np.ix_(here, here)]
    return CrossProducts(tally.moments.weight, tally.moments.squares, tally.moments.count, mean, products)


def _low_high(tallies: Sequence[Tally], place: Mapping[tuple[str, Any], int]) -> tuple[Array, Array]:
    low, high = np.full(len(place), np.inf), np.full(len(place), -np.inf)
    for tally in tallies:
        found = {term: tally.low_high[:, k] for k, term in enumerate(tally.terms)}
        for term, k in place.items():
            least, most = found.get(term, (0.0, 0.0))
            low[k], high[k] = min(low[k], least), max(high[k], most)
    return low, high


def check_groups_of_one_arm(
    tallies: Sequence[Tally], places: Sequence[Any], groups: Any, roles: ColumnRoles
) -> None:
    """Require that every cluster was treated or not as a whole, over all files."""
    arms = np.zeros((2, len(groups)), dtype=np.bool_)
    for tally, place in zip(tallies, places, strict=True):
        arms[:, place] |= tally.group_arms
    mixed = groups[arms.all(0)]
    refuse_mixed_groups(mixed, roles.treatment, str(roles.cluster))


def check_identifiers(runs: Sequence[str], names: Sequence[str], identifier: str, scratch: str) -> None:
    """Require that each identifier comes once; DuckDB groups them, on disk where they do not fit into memory."""
    import pyarrow.dataset as ds

    again = _repeated(runs, scratch)
    if not again:
        return
    first = again[0][0]
    files = dict.fromkeys(
        name for run, name in zip(runs, names, strict=True) if _holds(ds.dataset(run, format="ipc"), first)
    )
    raise DataError(
        Text(
            (
                "Each unit must come once; {number} of '{identifier}' {number:comes|come} again (first: {again}; {first!r} is in "
                "{files}): several waves stacked, or records entered twice. Keep one wave, or drop the copies."
            ),
            (
                "Cada unidad debe venir una vez; {number} de '{identifier}' se {number:repite|repiten} (primero: {again}; {first!r} "
                "está en {files}): varias rondas apiladas, o registros digitados dos veces. Deje una ronda, o quite "
                "las copias."
            ),
            number=checks.counted(again[0][1], "identifier"),
            identifier=identifier,
            again=checks.listed(row[0] for row in again),
            first=first,
            files=checks.listed(map(repr, files)),
        )
    )


def _repeated(runs: Sequence[str], scratch: str) -> list[tuple[Any, ...]]:
    """Return the first identifiers that come again, each with the number of all that do."""
    import duckdb
    import pyarrow.dataset as ds

    try:
        with duckdb.connect(config={"temp_directory": scratch, "memory_limit": _MEMORY}) as connection:
            connection.register("rows", ds.dataset(list(runs), format="ipc"))
            return connection.execute(
                f'SELECT "{ID}", count(*) OVER () FROM rows WHERE "{ID}" IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 5'
            ).fetchall()
    except (duckdb.IOException, duckdb.OutOfMemoryException) as refusal:
        raise storage_error(
            Path(scratch), Text("the identifiers", "los identificadores"), refusal
        ) from refusal


def _holds(rows: Any, value: Any) -> bool:
    import pyarrow.dataset as ds

    return bool(rows.count_rows(filter=ds.field(ID) == value))
