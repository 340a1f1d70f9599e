"""Where a registry's rows are: Parquet files, cut at their row groups, or the partitions of a Dask DataFrame."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text

MOST_ROWS = 1_000_000
"""Rows of a partition: a file with more is read in several, as its row groups allow."""
_SUFFIXES = (".parquet", ".parq", ".pq")
_HIDDEN = ("_", ".")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_KINDS_OF_FOLDERS = {int: "whole numbers", str: "text", type(None): "nothing"}


FolderValue = int | str | None
"""What a folder's name says of a column."""


class Partition(Protocol):
    """A part of the registry that one worker reads at a time."""

    @property
    def name(self) -> str:
        """The file's name, as errors say it."""
        ...

    @property
    def kinds(self) -> Mapping[str, str]:
        """Every column with the kind of its values: "whole numbers", "decimals", "true/false", "text", "dates" or another."""
        ...

    @property
    def rows(self) -> int | None:
        """Number of rows, where it is known without reading them."""
        ...

    def read(self, columns: Sequence[str]) -> Any:
        """Return some columns as a pyarrow table."""
        ...


@dataclass(frozen=True, slots=True)
class ParquetPartition:
    """Row groups of one Parquet file.

    Attributes
    ----------
    folder_keys : tuple of (str, value)
        Columns that stand in the names of its folders.
    twice : tuple of str
        Those of them that the file has too.
    """

    path: str
    name: str
    groups: tuple[int, ...]
    rows: int
    kinds: Mapping[str, str]
    folder_keys: tuple[tuple[str, FolderValue], ...] = ()
    twice: tuple[str, ...] = ()

    def read(self, columns: Sequence[str]) -> Any:
        """Return some columns, those that stand in the folders' names included."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        keys = {name: value for name, value in self.folder_keys if name in columns}
        try:
            with pq.ParquetFile(self.path) as file:
                stored = [c for c in columns if c not in keys or c in self.twice]
                table = file.read_row_groups(list(self.groups), stored)
        except (pa.ArrowInvalid, pa.ArrowException, OSError) as refusal:
            raise corrupt(self.name, refusal) from refusal
        for name, value in keys.items():
            if name in self.twice:
                _require_same(self.name, name, value, table.column(name))
                table = table.drop_columns(name)
            table = table.append_column(name, pa.array([value] * table.num_rows))
        return table


@dataclass(frozen=True, slots=True)
class DaskPartition:
    """One partition of a Dask DataFrame."""

    part: Any
    name: str
    kinds: Mapping[str, str]
    rows: None = None

    def read(self, columns: Sequence[str]) -> Any:
        """Return some columns, computed where this is called."""
        import pyarrow as pa

        frame = self.part[list(columns)].compute(scheduler="synchronous")
        return pa.Table.from_pandas(frame, preserve_index=False)


def partitions_of(source: object) -> list[Partition]:
    """Return the partitions of a Parquet file, of a folder of them, or of a Dask DataFrame.

    Raises
    ------
    OptionError
        Nothing is there, or it is neither of them.
    DataError
        A file cannot be read as Parquet.
    """
    if hasattr(source, "dask") and hasattr(source, "get_partition"):
        dask: Any = source
        kinds = {str(name): _pandas_kind(dtype) for name, dtype in dask.dtypes.items()}
        return [
            DaskPartition(dask.get_partition(k), f"partition {k}", kinds) for k in range(dask.npartitions)
        ]
    checks.instance(
        "path",
        source,
        Text(
            "a folder of Parquet files or a Dask DataFrame",
            "una carpeta de archivos Parquet o un DataFrame de Dask",
        ),
        isinstance(source, (str, Path)),
    )
    folder = Path(str(source))
    files = [folder] if folder.is_file() else sorted(_parquet_files(folder))
    if not files:
        empty = Text("no Parquet file is in it", "no contiene ningún archivo Parquet")
        there = empty if folder.is_dir() else Text("it is not there", "no existe")
        raise OptionError(
            Text(
                "path must be a folder of Parquet files; {folder}: {there}. Check the path.",
                "path debe ser una carpeta de archivos Parquet; {folder}: {there}. Revise la ruta.",
                folder=str(folder),
                there=there,
            )
        )
    root = (folder.parent if folder.is_file() else folder).absolute()  # workers may stand in another folder
    return [part for file in files for part in _parts_of_file(file.absolute(), root)]


def _parquet_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those within it; what begins with _ or . is unfinished or hidden, as other readers have it."""
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, onerror=_refuse_folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        real = os.path.realpath(place)
        if real in seen:  # a link to a folder above it
            folders.clear()
            continue
        seen.add(real)
        for name in files:
            if name.lower().endswith(_SUFFIXES) and not name.startswith(_HIDDEN):
                yield Path(place, name)


def _refuse_folder(refusal: OSError) -> None:
    """Raise where a folder's files cannot be listed."""
    raise DataError(
        Text(
            "Folder '{folder}' cannot be read: {why}. Ask for the right to read it, or take it out.",
            "La carpeta '{folder}' no se puede leer: {why}. Pida el permiso de lectura, o sáquela.",
            folder=str(refusal.filename),
            why=str(refusal.strerror),
        )
    ) from refusal


def _parts_of_file(file: Path, root: Path) -> Iterator[Partition]:
    """Yield the file's row groups, as many together as make a partition of at most ``MOST_ROWS`` rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = str(file.relative_to(root))
    try:
        metadata = pq.read_metadata(file)
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as refusal:
        raise corrupt(name, refusal) from refusal
    keys = _folder_keys(file.relative_to(root))
    kinds = {field.name: arrow_kind(field.type) for field in schema}
    twice = tuple(key for key, _ in keys if key in kinds)
    kinds |= {key: _KINDS_OF_FOLDERS[type(value)] for key, value in keys}
    together: list[int] = []
    rows = 0
    for group in range(metadata.num_row_groups):
        more = metadata.row_group(group).num_rows
        if together and rows + more > MOST_ROWS:
            yield ParquetPartition(str(file), name, tuple(together), rows, kinds, keys, twice)
            together, rows = [], 0
        together.append(group)
        rows += more
    yield ParquetPartition(str(file), name, tuple(together), rows, kinds, keys, twice)


def _folder_keys(relative: Path) -> tuple[tuple[str, FolderValue], ...]:
    """Return the columns that stand in folders' names, such as region=3."""
    pairs = [part.split("=", 1) for part in relative.parts[:-1] if "=" in part]
    return tuple((unquote(key), _folder_value(value)) for key, value in pairs)


def _folder_value(written: str) -> FolderValue:
    if written == _NO_VALUE:
        return None
    return int(written) if written.isdecimal() else unquote(written)


def _require_same(file: str, name: str, value: FolderValue, column: Any) -> None:
    """Require that a column which stands in a folder's name and in the file is the same in both."""
    held = column.unique().to_pylist()
    other = next((one for one in held if one != value), value)
    if other != value:
        raise DataError(
            Text(
                (
                    "Column '{name}' is {value!r} by the name of the folder of '{file}', and {other!r} in the file. Move the file to "
                    "the folder where it belongs, or take the column out of one of them."
                ),
                (
                    "La columna '{name}' es {value!r} según el nombre de la carpeta de '{file}', y {other!r} en el archivo. Ponga el "
                    "archivo en su carpeta, o quite la columna de una de las dos partes."
                ),
                name=name,
                value=value,
                file=file,
                other=other,
            )
        )


def arrow_kind(dtype: Any) -> str:
    """Return in a user's words what a column of this Arrow type holds."""
    import pyarrow.types as types

    if types.is_dictionary(dtype):
        return arrow_kind(dtype.value_type)
    kinds = {
        "true/false": types.is_boolean,
        "whole numbers": types.is_integer,
        "decimals": lambda t: types.is_floating(t) or types.is_decimal(t),
        "text": lambda t: types.is_string(t) or types.is_large_string(t) or types.is_string_view(t),
        "dates": types.is_temporal,
        "nothing": types.is_null,
    }
    return next((kind for kind, holds in kinds.items() if holds(dtype)), str(dtype))


def _pandas_kind(dtype: Any) -> str:
    import pandas as pd

    if isinstance(dtype, pd.CategoricalDtype):
        return "text" if dtype.categories.dtype.kind in "OU" else _pandas_kind(dtype.categories.dtype)
    kinds = {"b": "true/false", "i": "whole numbers", "u": "whole numbers", "f": "decimals", "M": "dates"}
    return kinds.get(getattr(dtype, "kind", "O"), "text")


def corrupt(name: str, refusal: Exception) -> DataError:
    """Return the error of a file that cannot be read."""
    return DataError(
        Text(
            (
                "File '{name}' cannot be read as Parquet: {why}. It may be cut off or damaged: copy it again, or "
                "take it out of the folder."
            ),
            (
                "El archivo '{name}' no se puede leer como Parquet: puede estar cortado o dañado. Cópielo de nuevo, o sáquelo "
                "de la carpeta."
            ),
            name=name,
            why=str(refusal).splitlines()[0].rstrip(" ."),
        )
    )
