"""Groups within which treatment does not vary, where the sample names none."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from impact.language import Text
from impact.survey.quality.concern import Concern

_NAMES = re.compile(
    r"(^|_)(group|grupo|cluster|conglomerado|organi[sz]ation|organizaci[oó]n|asociaci[oó]n|association|alliance|alianza)s?"
    r"(_?(id|code|cod|codigo|código|no|num))?$",
    re.IGNORECASE,
)


def unnamed_groups(
    frame: pd.DataFrame, treated: pd.Series[Any], taken: Collection[str], by_schema: Collection[str]
) -> list[Concern]:
    """Return the columns of groups within which everybody has the same treatment.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
    treated : Series of bool
    taken : collection of str
        Columns that have a role.
    by_schema : collection of str
        Columns that the data package calls groups; besides, those whose name says so.
    """
    named = [str(name) for name in frame if str(name) in by_schema or _NAMES.search(str(name))]
    return [
        _concern(name, frame[name].nunique())
        for name in named
        if name not in taken and _holds_treatment(frame[name], treated)
    ]


def _holds_treatment(groups: pd.Series[Any], treated: pd.Series[Any]) -> bool:
    """Return whether groups of several units, in both arms, are treated or not as wholes."""
    codes, labels = pd.factorize(groups)
    known = codes >= 0
    sizes = np.bincount(codes[known], minlength=len(labels))
    share = np.bincount(codes[known], treated.to_numpy()[known], minlength=len(labels)) / np.maximum(sizes, 1)
    whole = bool(((share == 0) | (share == 1)).all())
    several = sizes >= 2
    arms = [int((several & (share == value)).sum()) for value in (0, 1)]
    return whole and min(arms) >= 2 and sizes.mean() >= 1.5


def _concern(name: str, groups: int) -> Concern:
    return Concern(
        "groups",
        name,
        np.empty(0, dtype=np.intp),
        Text(
            f"No cluster is given, but treatment is the same within each of the {{groups}} groups of '{name}': errors by household "
            "are then too small.",
            f"No se indica conglomerado, pero el tratamiento es igual dentro de cada uno de los {{groups}} grupos de '{name}': los "
            "errores por hogar resultan demasiado pequeños.",
            groups=groups,
        ),
        Text(f'Pass cluster = "{name}".', f'Indique cluster = "{name}".'),
        stops=False,
    )
