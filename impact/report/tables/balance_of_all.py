"""Balance over all strategies: every covariate's difference side by side, and all covariates at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from impact.design.balance.columns import SCORE
from impact.design.balance.joint import JointBalance
from impact.design.balance.table import BalanceTable
from impact.language import Text
from impact.report.contents import Number, PValue, Row, Suppressed, Table
from impact.report.tables.design import hidden_levels
from impact.report.words.style import Style

_SIDE = Text(
    "Standardised difference of each covariate under each strategy",
    "Diferencia estandarizada de cada covariable según cada estrategia",
)
_SIDE_NOTE = Text(
    "Differences of means over the same standard deviation in every column. After “{strategy}”, KS: largest difference of the "
    "distribution functions; not overlapping: share of the two densities that they do not have in common, 0 where they are the same.",
    "Diferencias de medias sobre la misma desviación estándar en cada columna. Tras «{strategy}», KS: mayor diferencia de las funciones "
    "de distribución; sin superposición: parte de las dos densidades que no tienen en común, 0 donde son iguales.",
)
_BEFORE = Text("before", "antes")
_KS = Text("KS", "KS")
_APART = Text("not overlapping", "sin superposición")
_JOINT = Text("All covariates at once", "Todas las covariables a la vez")
_JOINT_HEADINGS = (
    Text("Strategy", "Estrategia"),
    Text("Rubin's B before, %", "B de Rubin antes, %"),
    Text("Rubin's B after, %", "B de Rubin después, %"),
    Text("Rubin's R before", "R de Rubin antes"),
    Text("Rubin's R after", "R de Rubin después"),
    Text("F after", "F después"),
    Text("p after", "p después"),
)
_JOINT_NOTE = Text(
    "B: difference of the arms' mean logit index over its standard deviation (good below 25). R: ratio of its variances (good from "
    "0.5 to 2). F: no covariate predicts treatment, by group where there are groups. A large p is no proof of balance: it grows as "
    "units are lost.",
    "B: diferencia de las medias del índice logit sobre su desviación estándar (bueno bajo 25). R: razón de sus varianzas (bueno de "
    "0,5 a 2). F: ninguna covariable predice el tratamiento, por grupo donde hay grupos. Un p grande no prueba el balance: crece al "
    "perderse unidades.",
)

_LEFT_OUT = Text(
    "Left out of the joint test of {strategy}, {stage}, as the other covariates say the same there: {terms}.",
    "Fuera de la prueba conjunta de {strategy}, {stage}, porque allí las demás covariables dicen lo mismo: {terms}.",
)
_STAGES = {"before": _BEFORE, "after": Text("after", "después")}


def side_by_side_table(tables: Mapping[str, BalanceTable], main: str, style: Style) -> Table:
    """Return each covariate's standardised difference before matching and after each strategy.

    Parameters
    ----------
    tables : mapping of str to BalanceTable
        By the strategy's name.
    main : str
        The strategy whose largest difference of the distribution functions and densities without overlap are shown; its table has
        ``non_overlap``.
    style : Style
    """
    stages = {name: _stage(table, "after") for name, table in tables.items()}
    before = _stage(next(iter(tables.values())), "before")
    hidden = hidden_levels(before, style.minimum)
    rows = []
    for term in before.index:
        numbers = [
            before.loc[term, "smd"],
            *(stage.loc[term, "smd"] for stage in stages.values()),
            stages[main].loc[term, "ecdf_max"],
            stages[main].loc[term, "non_overlap"],
        ]
        cells = [
            Suppressed(style.minimum, hidden[term]) if term in hidden else Number(float(value), 2)
            for value in numbers
        ]
        rows.append(Row((style.names.term(before.loc[term, "column"], before.loc[term, "level"]), *cells)))
    last = (style.text(_KS), style.text(_APART))
    headings = (style.word("covariate"), style.text(_BEFORE), *map(style.name, tables), *last)
    synthetic = next(iter(tables.values())).synthetic
    return Table(
        "balance_side_by_side",
        style.text(_SIDE),
        headings,
        tuple(rows),
        (style.text(_SIDE_NOTE.with_values(strategy=style.name(main))),),
        synthetic,
        folded=True,
    )


def joint_table(joint: Mapping[str, JointBalance], style: Style) -> Table:
    """Return Rubin's B and R and the joint test of each strategy.

    Parameters
    ----------
    joint : mapping of str to JointBalance
        By the strategy's name.
    style : Style
    """
    rows = []
    for name, one in joint.items():
        stages: Any = one.frame.set_index("stage")
        values = [
            (stages.loc[stage, kind], digits)
            for kind, digits in (("rubin_b", 0), ("rubin_r", 2))
            for stage in ("before", "after")
        ]
        values.append((stages.loc["after", "f_statistic"], 2))
        numbers = [Number(float(value), digits) for value, digits in values]
        rows.append(Row((style.name(name), *numbers, PValue(float(stages.loc["after", "p_value"])))))
    headings = tuple(style.text(heading) for heading in _JOINT_HEADINGS)
    synthetic = any(one.synthetic for one in joint.values())
    notes = (style.text(_JOINT_NOTE), *_left_out(joint, style))
    return Table("balance_joint", style.text(_JOINT), headings, tuple(rows), notes, synthetic)


def _left_out(joint: Mapping[str, JointBalance], style: Style) -> list[str]:
    """Return a note for each stage of a strategy whose test leaves covariates out."""
    return [
        style.text(
            _LEFT_OUT.with_values(strategy=style.name(name), stage=_STAGES[stage], terms=style.text(terms))
        )
        for name, one in joint.items()
        for stage, terms in zip(one.frame["stage"], one.frame["left_out"], strict=True)
        if terms
    ]


def _stage(table: BalanceTable, stage: str) -> pd.DataFrame:
    frame = table.frame
    return frame[(frame["stage"] == stage) & (frame["role"] != SCORE)].set_index("covariate")
