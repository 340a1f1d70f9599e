"""Household, group and municipality tables joined by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.package.schema import SurveySchema
from impact.survey.quality.concern import Concern


def joined_tables(
    units: pd.DataFrame,
    name: str,
    others: Mapping[str, pd.DataFrame],
    keys: Mapping[str, str],
    schema: SurveySchema | None,
) -> tuple[pd.DataFrame, list[Concern]]:
    """Return the unit table with the columns of the others, each joined by one key.

    Parameters
    ----------
    units : DataFrame
        One row per unit.
    name : str
        Name of the unit table.
    others : mapping of str to DataFrame
        One row per group, municipality, …
    keys : mapping of str to str
        By table, the column by which it joins; by default the schema's link from the unit table, or from one that is joined before.
    schema : SurveySchema or None

    Returns
    -------
    DataFrame
        Every row of ``units``, in its order. A column that both have stays the unit table's.
    list of Concern
        Keys that come twice or are not met, columns that disagree, groups without units.
    """
    concerns: list[Concern] = []
    before = [name]
    for table, frame in others.items():
        key, reference = _key(table, before, keys, schema, units, frame)
        before.append(table)
        twice = frame[reference].duplicated(keep=False) & frame[reference].notna()
        if twice.any():
            concerns.append(_repeated(table, reference, frame, twice.to_numpy()))
            continue
        concerns += _unmatched(units, frame, key, reference, table)
        concerns += _disagreeing(units, frame, key, reference, table)
        added = [column for column in frame if column not in units.columns and column != reference]
        found = frame.set_index(reference)[added].reindex(units[key]).set_axis(units.index, axis=0)
        units = pd.concat([units, found], axis=1)
    return units, concerns


def _key(
    table: str,
    before: list[str],
    keys: Mapping[str, str],
    schema: SurveySchema | None,
    units: pd.DataFrame,
    frame: pd.DataFrame,
) -> tuple[str, str]:
    """Return the key's column among the units, and in the other table."""
    if table in keys:
        units_table, other_table = (
            Text("the unit table", "la tabla de las unidades"),
            Text("table {table!r}", "la tabla {table!r}", table=table),
        )
        for place, columns in ((units_table, units.columns), (other_table, frame.columns)):
            checks.columns_present(
                Text(
                    "keys: the key of {table!r}, in {place},",
                    "[tables.{table}] key, en {place},",
                    table=table,
                    place=place,
                ),
                [keys[table]],
                columns,
            )
        return keys[table], keys[table]
    for other in before if schema is not None else ():
        links = schema.tables[other].foreign_keys if schema is not None and other in schema.tables else ()
        for link in links:
            if (
                link.table == table
                and len(link.columns) == 1
                and link.columns[0] in units
                and link.references[0] in frame
            ):
                return link.columns[0], link.references[0]
    raise OptionError(
        Text(
            (
                "Nothing says by which column table {table!r} joins the units. Name it: keys = {{'{table}': "
                "'group_id'}} (in a configuration [tables.{table}] key = \"group_id\")."
            ),
            (
                "Nada dice por qué columna la tabla {table!r} se une a las unidades. Nómbrela: [tables.{table!r}] "
                'key = "codigo_grupo".'
            ),
            table=table,
        )
    )


def _repeated(table: str, key: str, frame: pd.DataFrame, twice: Any) -> Concern:
    again = frame.loc[twice, key].drop_duplicates()
    return Concern(
        "keys",
        key,
        np.flatnonzero(twice),
        Text(
            "{count} values of the key '{key}' come more than once in table {table}.",
            "{count} valores de la clave '{key}' se repiten en la tabla {table}.",
            count=len(again),
            key=key,
            table=table,
        ),
        Text("Leave one row for each.", "Deje una fila por cada uno."),
        table=table,
        where=tuple(map(str, again)),
    )


def _unmatched(
    units: pd.DataFrame, frame: pd.DataFrame, key: str, reference: str, table: str
) -> list[Concern]:
    known = units[key].isin(frame[reference]).to_numpy()
    concerns = []
    if not known.all():
        lost = units.loc[~known, key]
        kinds = Text("", "")
        if not known.any():
            kinds = Text(
                f" None matches: the key is {units[key].dtype} there and {frame[reference].dtype} here.",
                f" Ninguna coincide: la clave es {units[key].dtype} allá y {frame[reference].dtype} aquí.",
            )
        concerns.append(
            Concern(
                "keys",
                key,
                np.flatnonzero(~known),
                Text(
                    f"{{count}} rows have a '{key}' that table {table} does not have.{kinds.en}",
                    f"{{count}} filas tienen un '{key}' que la tabla {table} no tiene.{kinds.es}",
                    count=int((~known).sum()),
                ),
                Text("Correct the key, or add the record.", "Corrija la clave, o agregue el registro."),
                where=tuple(map(str, lost.drop_duplicates())),
            )
        )
    empty = frame.loc[~frame[reference].isin(units[key]), reference]
    if len(empty):
        concerns.append(
            Concern(
                "keys",
                reference,
                np.flatnonzero(~frame[reference].isin(units[key]).to_numpy()),
                Text(
                    "{count} of {all} records of table {table} have no unit.",
                    "{count} de {all} registros de la tabla {table} no tienen ninguna unidad.",
                    count=len(empty),
                    all=len(frame),
                    table=table,
                ),
                Text("See whether they were not interviewed.", "Vea si no fueron entrevistados."),
                stops=False,
                table=table,
                where=tuple(map(str, empty)),
            )
        )
    return concerns


def _disagreeing(
    units: pd.DataFrame, frame: pd.DataFrame, key: str, reference: str, table: str
) -> list[Concern]:
    """Return the columns that both tables have and that differ for some units."""
    both = [column for column in frame if column in units.columns and column not in (key, reference)]
    theirs = frame.set_index(reference)[both].reindex(units[key]).set_axis(units.index, axis=0)
    concerns = []
    for column in both:
        mine, other = units[column].astype(object), theirs[column].astype(object)
        apart = (mine.notna() & other.notna() & (mine != other)).to_numpy(dtype=bool)
        if apart.any():
            concerns.append(
                Concern(
                    "keys",
                    str(column),
                    np.flatnonzero(apart),
                    Text(
                        "'{column}' differs from table {table} in {count} rows; the unit's own is used.",
                        "'{column}' difiere de la tabla {table} en {count} filas; se usa el de la unidad.",
                        column=str(column),
                        table=table,
                        count=int(apart.sum()),
                    ),
                    Text("Correct one of them.", "Corrija uno de los dos."),
                    stops=False,
                )
            )
    return concerns
