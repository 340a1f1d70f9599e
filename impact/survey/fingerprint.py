"""The fingerprint of a table: the same for the same values, whatever the order of rows and columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd


def table_hash(frame: pd.DataFrame, columns: Iterable[str]) -> str:
    """Return the SHA-256 of some columns of a table, rows taken by their labels.

    Parameters
    ----------
    frame : DataFrame
    columns : iterable of str

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}, index=[7, 8])
    >>> table_hash(table, ["a", "b"]) == table_hash(table.iloc[::-1], ["b", "a"])
    True
    >>> table_hash(table, ["a", "b"]) == table_hash(table, ["a"])
    False
    """
    digest = hashlib.sha256()
    for name in sorted(dict.fromkeys(columns), key=str):
        column = frame[name]
        values = column.astype(str) if isinstance(column.dtype, pd.CategoricalDtype) else column
        rows = pd.util.hash_pandas_object(values, index=True).to_numpy()
        digest.update(str(name).encode())
        digest.update(np.sort(rows).tobytes())
    return digest.hexdigest()
