"""Numbers by outcome as the report shows them: shares in percentage points, outcomes with their unit, as in the strategies' table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from impact.evaluation.findings import Findings
from impact.report.cells import decimals_for
from impact.report.words.style import Style
from impact.survey.shares import is_share


def with_points(frame: pd.DataFrame, columns: Sequence[str], findings: Findings) -> pd.DataFrame:
    """Return a frame with a column ``outcome``, the values in ``columns`` in percentage points where the outcome is a share."""
    shares = frame["outcome"].map(lambda name: is_share(unit_of(str(name), findings))).to_numpy(dtype=bool)
    changed = frame.copy()
    changed.loc[shares, list(columns)] *= 100.0
    return changed


def with_unit(outcome: str, findings: Findings, style: Style) -> str:
    """Return an outcome's name with the unit in which it is shown."""
    shown = shown_unit(outcome, findings, style)
    return f"{style.name(outcome)} ({shown})" if shown else style.name(outcome)


def shown_unit(outcome: str, findings: Findings, style: Style) -> str:
    """Return the unit in which an outcome is shown; empty where none is known."""
    unit = unit_of(outcome, findings)
    return style.word("percentage_points") if is_share(unit) else style.text(unit)


def factor_of(outcome: str, findings: Findings) -> float:
    """Return what an outcome's values are multiplied by to be shown: 100 for shares."""
    return 100.0 if is_share(unit_of(outcome, findings)) else 1.0


def decimals_of(outcome: str, value: float, findings: Findings) -> int:
    """Return the decimals of a published value: one for percentage points, else by its size."""
    return 1 if is_share(unit_of(outcome, findings)) else decimals_for(value)


def unit_of(outcome: str, findings: Findings) -> str:
    """Return an outcome's unit; a column that is no outcome of the evaluation, such as a placebo, has none."""
    known = {one.name: one.unit for one in findings.sample.outcomes}
    return known.get(outcome, "")
