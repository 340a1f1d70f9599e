"""What the treated groups did, and how outcomes go with it: a description, labelled so."""

from __future__ import annotations

from typing import Any

import pandas as pd

from impact.effects.mechanisms import MechanismTable
from impact.evaluation.analyses.mechanisms import Mechanisms
from impact.evaluation.findings import Findings
from impact.language import Text
from impact.report.contents import Cell, Estimate, Number, Row, Section, Table
from impact.report.suppression import counts_shown
from impact.report.tables.effects import Scale, outcome_label
from impact.report.tables.plain import unless_few
from impact.report.words.style import Style

PLACE = 76
_TITLE = Text(
    "What went with the gain among beneficiaries", "Qué acompaña la ganancia entre los beneficiarios"
)
_NOT_CAUSAL = Text(
    "Not effects: beneficiaries whose group took up a practice are set beside those whose group did not. The practice followed the "
    "programme, and what made a group take it up may also have raised its income.",
    "No son efectos: se comparan los beneficiarios cuya organización adoptó una práctica con aquellos cuya organización no. La práctica "
    "vino después del programa, y lo que llevó a adoptarla pudo también subir el ingreso.",
)
_CAPTION = Text("Practices of the groups and outcomes", "Prácticas de las organizaciones y resultados")
_HEADINGS = (
    Text("practice", "práctica"),
    Text("beneficiaries with it", "beneficiarios que la tienen"),
    Text("mean with it", "media con ella"),
    Text("mean without it", "media sin ella"),
    Text("difference [{level} % interval]", "diferencia [intervalo del {level} %]", level=""),
    Text("units with it", "unidades con ella"),
    Text("groups with it", "grupos con ella"),
)
_ADJUSTED = Text(
    "Difference: covariates held constant, standard errors by group; it need not be the difference of the two means. {positive} of "
    "{all} differences {positive:is|are} beyond chance at {level} %, of which {expected} would be by chance alone.",
    "Diferencia: con las covariables constantes y errores estándar por grupo; no tiene que ser la resta de las dos medias. {positive} de "
    "{all} diferencias {positive:supera|superan} el azar al {level} %, de las que {expected} lo harían solo por azar.",
    positive="", all="", level="", expected="",
)  # fmt: skip
_NOT_SHOWN = Text("{practice}: {reason}.", "{practice}: {reason}.", practice="", reason="")
_FEW = Text(
    "too few beneficiaries or groups with it, or without it",
    "muy pocos beneficiarios o grupos con ella, o sin ella",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return a table of practices by outcome, where it was asked for."""
    found: MechanismTable | None = findings.answer(Mechanisms.TABLE)
    if found is None:
        return None
    return Section(
        "mechanisms", style.text(_TITLE), (style.text(_NOT_CAUSAL),), (_table(found, findings, style),)
    )


def _table(found: MechanismTable, findings: Findings, style: Style) -> Table:
    rows: list[Row] = []
    for outcome, part in found.frame.groupby("outcome", sort=False):
        rows += _of_outcome(str(outcome), part, findings, style)
    headings = [style.text(heading) for heading in _HEADINGS]
    headings[4] = style.text(_HEADINGS[4].with_values(level=style.level(findings.configuration.level)))
    told = found.frame["reason"] == ""
    hidden = dict.fromkeys(found.frame.loc[~told, "mechanism"])
    notes = [_tested(found.frame[told], findings, style)] if told.any() else []
    notes += [
        style.text(_NOT_SHOWN.with_values(practice=style.name(name), reason=style.text(_FEW)))
        for name in hidden
    ]
    return Table(
        "mechanisms", style.text(_CAPTION), tuple(headings), tuple(rows), tuple(notes), found.synthetic
    )


def _of_outcome(outcome: str, part: pd.DataFrame, findings: Findings, style: Style) -> list[Row]:
    """Return the outcome's line and one for each practice that can be shown."""
    shown = part[part["reason"] == ""]
    if shown.empty:
        return []
    effect = findings.effects.one(outcome, findings.configuration.main_strategy)
    scale = Scale.of([effect], style)
    rows = [Row((outcome_label(effect, scale, style), *[""] * (len(_HEADINGS) - 1)), opens=True)]
    return rows + [_row(record, scale, style) for record in shown.to_dict("records")]


def _row(record: dict[Any, Any], scale: Scale, style: Style) -> Row:
    with_it, without = int(record["n_with"]), int(record["n_without"])
    _, units, _ = counts_shown([with_it + without, with_it, without], [(0, (1, 2))], style.minimum)
    value, low, high = (scale.factor * record[key] for key in ("difference", "conf_low", "conf_high"))
    cells: list[Cell] = [
        Number(100 * record["share_with"], 0, " %"),
        scale.level(record["mean_with"]),
        scale.level(record["mean_without"]),
        Estimate(value, low, high, scale.decimals),
        units,
        Number(int(record["groups_with"])),
    ]
    return Row((style.name(str(record["mechanism"])), *unless_few(min(with_it, without), cells, style)))


def _tested(frame: pd.DataFrame, findings: Findings, style: Style) -> str:
    """Return how many of the differences are beyond chance, and how many would be by chance."""
    chance = 1 - findings.configuration.level
    beyond = int(((frame["conf_low"] > 0) | (frame["conf_high"] < 0)).sum())
    numbers = {
        "positive": beyond,
        "all": len(frame),
        "level": style.number(100 * chance, 0 if round(100 * chance, 6) % 1 == 0 else 1),
        "expected": style.number(chance * len(frame), 1),
    }
    return style.text(_ADJUSTED.with_values(**numbers))
