"""Who is compared with whom: the propensity model, and balance before and after matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from impact.design.balance.columns import SCORE
from impact.design.balance.denominators import DENOMINATORS
from impact.design.balance.table import BalanceTable
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Number, Row, Suppressed, Table
from impact.report.words.names import Names
from impact.report.words.style import Style

if TYPE_CHECKING:
    import pandas as pd

    from impact.design.distances.measure import FittedPropensity
    from impact.survey.covariates import Term
    from impact.survey.sample import Sample


def propensity_table(fitted: FittedPropensity, sample: Sample, style: Style) -> Table:
    """Return the coefficients of the propensity model."""
    known = {term.name: term for term in sample.terms}
    rows = []
    if fitted.coefficients is not None:
        for term, value, error in fitted.coefficients.itertuples(index=False, name=None):
            label = (
                style.word("constant") if term == "(Intercept)" else _term_name(str(term), known, style.names)
            )
            rows.append(
                Row((label, Number(value, 3), Number(error, 3, brackets=True), Number(value / error, 1)))
            )
    headings = tuple(style.word(key) for key in ("covariate", "coefficient", "model_std_error", "ratio"))
    score = fitted.probability[sample.treated], fitted.probability[~sample.treated]
    note = style.word(
        "propensity_note",
        link=fitted.link[:1].upper() + fitted.link[1:],
        treated=_range(score[0].to_numpy(), style),
        control=_range(score[1].to_numpy(), style),
    )
    return Table(
        "propensity", style.word("propensity_table"), headings, tuple(rows), (note,), sample.synthetic
    )


def _term_name(name: str, known: Mapping[str, Term], names: Names) -> str:
    """Return the name shown for a term of the model; a formula writes a category's level as ``column[T.level]``."""
    if name in known:
        return names.term(known[name].column, known[name].level)
    column, bracket, level = name.partition("[T.")
    return names.term(column, level.removesuffix("]")) if bracket else names.of(name)


def _range(score: np.ndarray, style: Style) -> str:
    """Return where the middle 98 % of the scores lie: an extreme score belongs to one unit and is not published."""
    low, high = np.quantile(score, [0.01, 0.99])
    return f"{style.number(low, 2)}–{style.number(high, 2)}"


def balance_table(table: BalanceTable, strategy: str, style: Style) -> Table:
    """Return means and standardised differences of every covariate, before and after matching by one strategy."""
    frame = table.frame[table.frame["role"] != SCORE]
    before, after = (frame[frame["stage"] == stage].set_index("covariate") for stage in ("before", "after"))
    rows, few = [], hidden_levels(before, style.minimum)
    for name in before.index:
        first, second = before.loc[name], after.loc[name]
        small = name in few
        decimals = max(2, decimals_for(float(first["mean_treated"])))
        cells: list[Cell] = [
            Number(first["mean_treated"], decimals),
            Number(first["mean_control"], decimals),
            Number(second["mean_control"], decimals),
            Number(first["smd"], 2),
            Number(second["smd"], 2),
            Number(first["variance_ratio"], 2),
            Number(second["variance_ratio"], 2),
        ]
        shown = [Suppressed(style.minimum, few[name]) for _ in cells] if small else cells
        rows.append(Row((style.names.term(first["column"], first["level"]), *shown)))
    keys = (
        "covariate",
        "treated_before",
        "control_before",
        "control_after",
        "smd_before",
        "smd_after",
        "vr_before",
        "vr_after",
    )
    notes = (
        style.word("balance_note", denominator=style.text(DENOMINATORS[table.denominator].label)),
        style.word("balance_strategy", strategy=style.text(strategy)),
    )
    return Table(
        "balance",
        style.word("balance_table"),
        tuple(style.word(key) for key in keys),
        tuple(rows),
        notes,
        table.synthetic,
    )


def hidden_levels(rows: pd.DataFrame, minimum: int) -> dict[object, bool]:
    """Return the levels that are not published, and whether only for another's sake: shares of all levels add up to one."""
    hidden = {name: False for name in rows.index if _rests_on_few(rows.loc[name].to_dict(), minimum)}
    for _, levels in rows[rows["level"] != ""].groupby("column", sort=False):
        out = [name for name in levels.index if name in hidden]
        if len(out) == 1 and len(levels) > 1:
            others = levels.drop(index=out)
            hidden[(others["mean_treated"] + others["mean_control"]).idxmin()] = True
    return hidden


def _rests_on_few(row: Mapping[str, Any], minimum: int) -> bool:
    """Return whether a category's share tells of fewer units than may be published."""
    if not row["level"]:
        return False
    counts = [row["mean_treated"] * row["n_treated"], row["mean_control"] * row["n_control"]]
    return any(0 < number < minimum - 1e-9 for number in counts)


def balance_summary_table(tables: Mapping[str, BalanceTable], style: Style) -> Table:
    """Return the largest and mean |SMD| before and after matching, and the covariates beyond the thresholds, by strategy."""
    rows = []
    for strategy, table in tables.items():
        stages = {str(record["stage"]): record for record in table.summary.to_dict("records")}
        sizes = {str(record["stage"]): record for record in table.effective_sizes.to_dict("records")}
        before, after = stages["before"], stages["after"]
        numbers = [
            (before["max_abs_smd"], 2),
            (after["max_abs_smd"], 2),
            (before["mean_abs_smd"], 2),
            (after["mean_abs_smd"], 2),
            (after["smd_missed"], 0),
            (after["variance_ratio_missed"], 0),
            (sizes["after"]["control"], 0),
        ]
        rows.append(
            Row(
                (
                    style.name(strategy),
                    *(Number(float(value), decimals) for value, decimals in numbers),
                )
            )
        )
    keys = (
        "strategy",
        "max_smd_before",
        "max_smd_after",
        "mean_smd_before",
        "mean_smd_after",
        "smd_missed",
        "vr_missed",
        "ess_control",
    )
    first = next(iter(tables.values()))
    note = style.word("balance_note", denominator=style.text(DENOMINATORS[first.denominator].label))
    headings = tuple(style.word(key) for key in keys)
    return Table(
        "balance_by_strategy",
        style.word("balance_summary"),
        headings,
        tuple(rows),
        (note,),
        first.synthetic,
    )
