"""Both arms side by side within each region, as a survey's balance table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from impact.design.balance.by import ALL, JOINTLY, BalanceByGroup
from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Number, PValue, Row, Suppressed, Table
from impact.report.words.style import Style
from impact.survey.covariates import Term

_CAPTION = Text("Balance of the two arms, by group", "Balance de los dos lados, por grupo")
_BY = Text("Balance of the two arms, by {by}", "Balance de los dos lados, por {by}", by="")
_JOINT = Text("{jointly}, F", "{jointly}, F", jointly="")
_HEADINGS = (
    Text("covariate", "covariable"),
    Text("treated: mean", "beneficiarios: media"),
    Text("SD", "DE"),
    Text("controls: mean", "controles: media"),
    Text("SD", "DE"),
    Text("difference", "diferencia"),
    Text("standard error", "error estándar"),
    Text("p", "p"),
    Text("normalised difference", "diferencia normalizada"),
)
_BLOCK = Text(
    "{subgroup}: {treated} treated, {control} controls{groups}",
    "{subgroup}: {treated} beneficiarios, {control} controles{groups}",
    groups="",
)
_GROUPS = Text(
    " in {treated} and {control} producer groups", " en {treated} y {control} grupos", treated=0, control=0
)
_HIDDEN = Text("fewer than {minimum} units in an arm", "menos de {minimum} unidades en un lado", minimum=0)


def balance_by_table(result: BalanceByGroup, style: Style, terms: Sequence[Term] = (), by: str = "") -> Table:
    """Return a block of covariates for all units and each subgroup, the joint test last.

    Parameters
    ----------
    result : BalanceByGroup
    style : Style
        A subgroup with fewer units in an arm than may be published is not shown.
    terms : sequence of Term
        Of the sample: which covariate and level a row is of.
    by : str
        The column of the subgroups: its name stands in the caption, its categories have their labels.
    """
    rows: list[Row] = []
    called = {term.name: style.names.term(term.column, term.level) for term in terms} | {
        JOINTLY: style.text(_JOINT.with_values(jointly=JOINTLY))
    }
    hidden = _hidden(result.frame, style.minimum)
    for _, block in result.frame.groupby("subgroup", sort=False):
        first = block.iloc[0]
        subgroup = style.names.levels.get(by, {}).get(str(first["subgroup"]), first["subgroup"])
        out = hidden.get(str(first["subgroup"]))
        rows.append(Row((_opening(subgroup, first, out, style), *[""] * (len(_HEADINGS) - 1)), opens=True))
        for record in (one for one in block.to_dict("records") if not _same_for_all(one)):
            cells = _cells(record) if out is None else [out] * (len(_HEADINGS) - 1)
            rows.append(Row((called.get(record["covariate"]) or style.name(record["covariate"]), *cells)))
    headings = tuple(style.text(heading) for heading in _HEADINGS)
    notes = (_with_levels(by, style).text(result.note),)
    caption = _BY.with_values(by=style.quoted(by)) if by else _CAPTION
    return Table(
        "balance_by", style.text(caption), headings, tuple(rows), notes, result.synthetic, folded=True
    )


def _same_for_all(record: dict[Any, Any]) -> bool:
    """Return whether a covariate has one value in both arms of a subgroup, as the region within a region: nothing is compared."""
    spread = record["sd_treated"] == 0 == record["sd_control"]
    return bool(spread and record["subgroup"] != ALL and record["mean_treated"] == record["mean_control"])


def _with_levels(by: str, style: Style) -> Style:
    """Return a style that calls the groups of a column by their labels, as the note names some."""
    labels = {**style.names.levels.get(by, {}), **style.names.labels}
    return replace(style, names=replace(style.names, labels=labels))


def _hidden(frame: pd.DataFrame, minimum: int) -> dict[str, Suppressed]:
    """Return the subgroups that are not shown: small ones, and with them as many others as keep them from following from all units."""
    counts = frame.drop_duplicates("subgroup").set_index("subgroup")[["n_treated", "n_control"]]
    parts = counts.drop(index=[name for name in counts.index if name == ALL])
    fewest = parts.min(axis=1)
    out = {str(name): Suppressed(minimum) for name in parts.index[fewest < minimum]}
    shown = list(fewest[fewest >= minimum].sort_values(kind="stable").index)
    while out and shown:
        together = parts.loc[[name for name in parts.index if str(name) in out]]
        sums = together.sum()
        if len(out) > 1 and not ((sums > 0) & (sums < minimum)).any():
            break
        out[str(shown.pop(0))] = Suppressed(minimum, secondary=True)
    return out


def _opening(subgroup: Any, first: pd.Series[Any], out: Suppressed | None, style: Style) -> str:
    subgroup = ALL if subgroup == ALL else subgroup  # a column of text keeps no languages
    if out is not None:
        why = _HIDDEN.with_values(minimum=style.minimum) if not out.secondary else "(c)"
        return f"{style.text(subgroup)}: {style.text(why)}"
    groups: str | Text = ""
    if first["clusters_treated"]:
        groups = _GROUPS.with_values(
            treated=int(first["clusters_treated"]), control=int(first["clusters_control"])
        )
    counts = {"treated": int(first["n_treated"]), "control": int(first["n_control"])}
    return style.text(_BLOCK.with_values(subgroup=subgroup, groups=groups, **counts))


def _cells(record: dict[Any, Any]) -> list[Cell]:
    if record["covariate"] == JOINTLY:
        nothing = Number(math.nan)
        return [*[nothing] * 4, Number(record["f_statistic"], 2), nothing, PValue(record["p_value"]), nothing]
    decimals = max(2, decimals_for(record["sd_treated"]))
    stars = str(record.get("stars", ""))
    return [
        *(
            Number(record[name], decimals)
            for name in ("mean_treated", "sd_treated", "mean_control", "sd_control")
        ),
        Number(record["difference"], decimals, stars=stars),
        Number(record["std_error"], decimals, brackets=True),
        PValue(record["p_value"]),
        Number(record["normalised_difference"], 2),
    ]
