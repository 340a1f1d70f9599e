"""A survey table in the types that its schema declares; what cannot be read so is marked, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impact.survey.files.number_text import numbers_in_text
from impact.survey.files.read import SurveyTable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from impact.survey.package.schema import SurveyField, TableSchema

YES = ("1", "1.0", "true", "yes", "sí", "si", "s", "y", "verdadero")
NO = ("0", "0.0", "false", "no", "n", "falso")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TypedTable:
    """A table in its declared types beside the table as it came.

    Attributes
    ----------
    schema : TableSchema
    original : pandas.DataFrame, shape (rows, columns as given)
    frame : pandas.DataFrame, shape (rows, columns of the schema that are present)
        Numbers, whole numbers and yes/no as float64, dates as datetime64, categories by their stored value,
        text as text. Blank cells, missing codes and unreadable cells are missing.
    unreadable : mapping of str to ndarray of bool, shape (rows,)
        By column, the cells that hold something else than the type.
    missing_codes : mapping of str to mapping of str to int
        By column, how many cells hold each missing code.
    first_row : int
        Number of the first record in the file's own program.
    source, data_hash : str
    synthetic : bool
        The records were drawn, not observed.
    """

    schema: TableSchema
    original: pd.DataFrame
    frame: pd.DataFrame
    unreadable: Mapping[str, NDArray[np.bool_]]
    missing_codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first_row: int = 1
    source: str = ""
    data_hash: str = ""
    synthetic: bool = False


def typed_table(table: pd.DataFrame | SurveyTable, schema: TableSchema) -> TypedTable:
    """Return a table in the types that its schema declares.

    Parameters
    ----------
    table : DataFrame or SurveyTable
        Records as read. Of a SurveyTable the value labels decode coded categories.
    schema : TableSchema
        The table's fields. Columns that it does not know are left out of the typed frame.

    Returns
    -------
    TypedTable

    Examples
    --------
    >>> import pandas as pd
    >>> from impact.survey.package.schema import load_schema
    >>> given = pd.DataFrame({"hh_id": ["A"], "head_age": ["41"], "response": ["Completa"]})
    >>> typed_table(given, load_schema().tables["household"]).frame.to_dict("records")
    [{'hh_id': 'A', 'response': 'complete', 'head_age': 41.0}]
    """
    import pandas as pd

    records = table.frame if isinstance(table, SurveyTable) else table
    labels = table.value_labels if isinstance(table, SurveyTable) else {}
    frame = records.reset_index(drop=True)
    columns, unreadable, codes = {}, {}, {}
    for name in [name for name in schema.fields if name in frame.columns]:
        read = _read_column(frame[name], schema.fields[name], labels.get(name, {}))
        columns[name] = read.values
        if read.unreadable.any():
            unreadable[name] = read.unreadable
        if read.missing_codes:
            codes[name] = read.missing_codes
    if isinstance(table, SurveyTable):
        for name, coded in table.missing_codes.items():
            codes[name] = {
                **codes.get(name, {}),
                **{str(key): int(n) for key, n in coded.value_counts().items()},
            }
    return TypedTable(
        schema=schema,
        original=frame,
        frame=pd.DataFrame(columns, index=frame.index),
        unreadable=unreadable,
        missing_codes=codes,
        first_row=table.first_row if isinstance(table, SurveyTable) else 1,
        source=table.source if isinstance(table, SurveyTable) else "",
        data_hash=table.data_hash if isinstance(table, SurveyTable) else "",
        synthetic=bool(records.attrs.get("synthetic", False)),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Column:
    values: pd.Series
    unreadable: NDArray[np.bool_]
    missing_codes: dict[str, int]


def _read_column(column: pd.Series, declared: SurveyField, labels: Mapping[object, str]) -> _Column:
    import pandas as pd

    labelled = declared.type == "boolean" and bool(
        labels
    )  # 1 and 2 with labels sí and no are read by their labels
    if (
        declared.type in ("number", "integer", "boolean")
        and pd.api.types.is_numeric_dtype(column.dtype)
        and not labelled
    ):
        return _numbers(column, declared)
    if declared.type == "date" and pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _Column(column, column.isna().to_numpy() & False, {})
    return _texts(column, declared, labels)


def _numbers(column: pd.Series, declared: SurveyField) -> _Column:
    """Return numbers as float64: missing codes and infinities are no numbers, yes/no is one or zero."""
    import numpy as np
    import pandas as pd

    values = column.to_numpy(dtype="float64", na_value=np.nan, copy=True)
    codes = {}
    for code in declared.missing_codes:
        coded = values == float(code)
        if coded.any():
            codes[code] = int(coded.sum())
            values[coded] = np.nan
    unreadable = np.isinf(values)
    if declared.type == "boolean":
        unreadable |= ~np.isnan(values) & (values != 0) & (values != 1)
    values[unreadable] = np.nan
    return _Column(pd.Series(values, index=column.index), unreadable, codes)


def _texts(column: pd.Series, declared: SurveyField, labels: Mapping[object, str]) -> _Column:
    """Read each distinct cell once, as text, and spread the result over the rows."""
    import numpy as np
    import pandas as pd

    positions, distinct = pd.factorize(column, use_na_sentinel=True)
    cells = [_as_text(labels.get(cell, cell)) for cell in distinct]
    coded = np.array([cell in declared.missing_codes for cell in cells], dtype=bool)
    missing = coded | np.array([not cell for cell in cells], dtype=bool)
    values = READERS[declared.type](cells, declared)
    unreadable = values.isna().to_numpy(dtype=bool) & ~missing
    values = values.mask(missing)

    blank = positions < 0
    spread = values.take(np.where(blank, 0, positions)) if len(values) else values.reindex(positions)
    spread = spread.set_axis(column.index).mask(blank)
    rows = np.bincount(positions[~blank], minlength=len(cells))
    codes: dict[str, int] = {}
    for cell, is_code, number in zip(cells, coded.tolist(), rows.tolist(), strict=True):
        if is_code:
            codes[cell] = codes.get(cell, 0) + number
    wrong = np.zeros(len(column), dtype=bool)
    wrong[~blank] = unreadable[positions[~blank]]
    return _Column(spread, wrong, codes)


def _as_text(cell: object) -> str:
    """Return a cell as text, without the ``.0`` that a whole number stored as a float would show."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _read_strings(cells: list[str], declared: SurveyField) -> pd.Series:
    import pandas as pd

    stored = {
        text: category.value
        for category in declared.categories
        for text in (category.label.es, category.label.en, category.value)
    }
    return pd.Series([stored.get(cell, cell) for cell in cells], dtype="str")


def _read_numbers(cells: list[str], declared: SurveyField) -> pd.Series:
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(cells, dtype="str"), errors="coerce").astype("float64")
    answered = [cell for cell in cells if cell and cell not in declared.missing_codes]
    if numbers[[cell in set(answered) for cell in cells]].isna().any():  # decimal commas, thousands marks
        read = numbers_in_text(cells)
        if read.mark is not None:
            numbers = pd.Series(read.values, dtype="float64")
    return numbers.mask(np.isinf(numbers))


def _read_truths(cells: list[str], declared: SurveyField) -> pd.Series:
    import pandas as pd

    known = dict.fromkeys(YES, 1.0) | dict.fromkeys(NO, 0.0)
    return pd.Series([known.get(cell.lower()) for cell in cells], dtype="float64")


def _read_dates(cells: list[str], declared: SurveyField) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(pd.Series(cells, dtype="str"), format="%Y-%m-%d", errors="coerce")


READERS: Mapping[str, Callable[[list[str], SurveyField], pd.Series]] = {
    "string": _read_strings,
    "number": _read_numbers,
    "integer": _read_numbers,
    "boolean": _read_truths,
    "date": _read_dates,
}
