"""De-identified data: only the columns that are used, and new codes for who a unit is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact.evaluation.configuration import Configuration
from impact.evaluation.replication.codes import new_codes, recoded
from impact.evaluation.replication.survey_files import SurveyFile
from impact.evaluation.replication.used_columns import columns_of_analysis, recoded_columns, sounds_personal
from impact.survey.files.read import SurveyTable


@dataclass(frozen=True, slots=True, eq=False)
class Deidentified:
    """The survey as it may leave the house.

    Attributes
    ----------
    files : tuple of SurveyFile
    left_out : tuple of str
        Columns that nothing of the evaluation reads.
    recoded : tuple of str
        Columns with new codes.
    doubtful : tuple of str
        Columns that are used and whose name or contents may tell who a unit is: somebody has to decide.
    alone : int
        Units that are the only ones with their combination of categories, counted over the categorical covariates.
    """

    files: tuple[SurveyFile, ...]
    left_out: tuple[str, ...]
    recoded: tuple[str, ...]
    doubtful: tuple[str, ...]
    alone: int


def deidentified(
    files: list[SurveyFile], configuration: Configuration, values: Mapping[str, Any]
) -> Deidentified:
    """Return the survey without the columns that nothing reads, its units and groups under new codes.

    Parameters
    ----------
    files : list of SurveyFile
    configuration : Configuration
    values : mapping
        The configuration as ``tomllib`` gives it.
    """
    used = columns_of_analysis(configuration, values)
    tables = [table for file in files for table in file.tables.values()]
    columns = list(dict.fromkeys(str(name) for table in tables for name in table.frame.columns))
    kept = frozenset(columns) & used
    hidden = sorted(recoded_columns(configuration, kept) & kept)
    codes = {name: _codes(name, tables, configuration) for name in hidden}
    without = [name for name in columns if name not in kept]
    new = tuple(
        replace(
            file, tables={sheet: _safe(table.without(without), codes) for sheet, table in file.tables.items()}
        )
        for file in files
    )
    shown = [table for file in new for table in file.tables.values()]
    doubtful = [
        name for name in sorted(kept - set(hidden)) if sounds_personal(name) or _tells_who(name, shown)
    ]
    return Deidentified(new, tuple(without), tuple(hidden), tuple(doubtful), _alone(shown, configuration))


def _codes(name: str, tables: list[SurveyTable], configuration: Configuration) -> Mapping[object, object]:
    missing = configuration.data.missing_codes
    stay = missing.get(name, ()) if isinstance(missing, Mapping) else missing
    return new_codes([table.frame[name] for table in tables if name in table.frame], stay)


def _safe(table: SurveyTable, codes: Mapping[str, Mapping[object, object]]) -> SurveyTable:
    """Return a table under new codes; the labels of the old ones, such as a group's name, go."""
    frame = table.frame
    here = [name for name in codes if name in frame]
    for name in here:
        frame[name] = recoded(frame[name], codes[name])
    labels = {name: texts for name, texts in table.value_labels.items() if name not in here}
    return replace(table, _frame=frame, value_labels=labels)


def _tells_who(name: str, tables: list[SurveyTable]) -> bool:
    """Return whether a column of text has nearly as many values as rows, as names do."""
    columns = [table.frame[name] for table in tables if name in table.frame]
    texts = [
        column.dropna()
        for column in columns
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column)
    ]
    return any(len(column) >= 20 and column.nunique() > 0.5 * len(column) for column in texts)


def _alone(tables: list[SurveyTable], configuration: Configuration) -> int:
    covariates = configuration.roles["covariates"]
    frame = max((table.frame for table in tables), key=lambda one: len(set(covariates) & set(one.columns)))
    categories = [name for name in covariates if name in frame and _is_category(frame[name], configuration)]
    if not categories:
        return 0
    sizes = frame.groupby(categories, dropna=False, observed=True).size()
    return int(np.sum(sizes.to_numpy() == 1))


def _is_category(column: pd.Series[Any], configuration: Configuration) -> bool:
    return column.name in configuration.data.categorical or not pd.api.types.is_numeric_dtype(column)
