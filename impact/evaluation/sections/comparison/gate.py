"""Whether the controls wait: the gate by standing, cohorts and their balance, eligibility, what became of the treated alliances."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from impact.evaluation.findings import Findings
from impact.language import Text
from impact.report.contents import Cell, Number, PValue, Row, Section, Table
from impact.report.suppression import counts_shown
from impact.report.tables.effects import count
from impact.report.words.style import Style
from impact.robustness.pipeline.gate import PipelineGate

PLACE = 22
_TITLE = Text("Do the controls wait?", "¿Esperan los controles?")
_STANDING = Text("Control groups by their dates", "Grupos de control según sus fechas")
_STANDING_HEADS = (
    Text("standing", "situación"),
    Text("groups", "grupos"),
    Text("interviews", "entrevistas"),
    Text("days since approval, median", "días desde la aprobación, mediana"),
    Text("days to first disbursement, from", "días hasta el primer desembolso, desde"),
    Text("to", "hasta"),
)
_STANDING_NOTE = Text(
    "Rule: approved ≤ interview < first disbursement. Days are counted from the group's first interview; a negative number of days to "
    "disbursement is money before the interview. Groups are named in the list of errors alone.",
    "Regla: aprobación ≤ entrevista < primer desembolso. Los días se cuentan desde la primera entrevista del grupo; un "
    "número negativo hasta "
    "el desembolso es dinero antes de la entrevista. Los grupos se nombran solo en la lista de errores.",
)
_COHORTS = Text("Cohorts: groups by year of their call", "Cohortes: grupos por año de su convocatoria")
_COHORT_HEADS = (
    Text("arm and call", "grupo y convocatoria"),
    Text("groups", "grupos"),
    Text("approved from", "aprobados desde"),
    Text("to", "hasta"),
    Text("paid from", "pagados desde"),
    Text("to", "hasta"),
    Text("score, mean", "puntaje, media"),
    Text("SD", "DE"),
)
_BALANCE = Text("Balance of the cohorts, by group", "Balance de las cohortes, por grupo")
_BALANCE_HEADS = (
    Text("characteristic", "característica"),
    Text("treated", "beneficiarios"),
    Text("controls", "controles"),
    Text("difference", "diferencia"),
    Text("in SDs", "en DE"),
    Text("p", "p"),
)
_MEASURES = {
    "score": Text("appraisal score", "puntaje de evaluación"),
    "days_call_to_approval": Text("days from call to approval", "días de la convocatoria a la aprobación"),
    "days_call_to_interview": Text("days from call to interview", "días de la convocatoria a la entrevista"),
    "interviews": Text("interviews per group", "entrevistas por grupo"),
}
_BALANCE_NOTE = Text(
    "Controls answer later calls by design: the two arms differ in their dates. The score should not differ.",
    "Los controles responden por diseño a convocatorias posteriores: las fechas difieren. El puntaje no debería diferir.",
)
_ELIGIBLE = Text("Not eligible, left out of both arms", "No elegibles, fuera de ambos grupos")
_ELIGIBLE_HEADS = (
    Text("condition on", "condición sobre"),
    Text("arm", "grupo"),
    Text("units", "unidades"),
)
_ARMS = {"treated": Text("treated", "beneficiarios"), "control": Text("controls", "controles")}


def section(findings: Findings, style: Style) -> Section | None:
    """Return the gate, where the programme's dates are known."""
    gate = findings.gate
    if gate is None:
        return None
    said = (gate.sentence(style.language.code), *(style.text(note) for note in gate.notes))
    tables = [_standing(gate, style), _cohorts(gate, style), _balance(gate, style)]
    if len(gate.ineligible):
        tables.append(_ineligible(gate, style))
    return Section("gate", style.text(_TITLE), said, tuple(table for table in tables if table.rows))


def _standing(gate: PipelineGate, style: Style) -> Table:
    rows = []
    for status, part in gate.frame.groupby(gate.frame["status"].map(str), sort=False):
        days = part["days_to_disbursement"].dropna()
        ends = (Number(days.min()), Number(days.max())) if len(days) else ("–", "–")
        rows.append(
            Row(
                (
                    style.text(part["status"].iloc[0]),
                    Number(len(part)),
                    count(int(part["rows"].sum()), style),
                    Number(part["days_since_approval"].median()),
                    *ends,
                )
            )
        )
        del status
    return _table("gate", _STANDING, _STANDING_HEADS, rows, style, gate, _STANDING_NOTE)


def _cohorts(gate: PipelineGate, style: Style) -> Table:
    rows = []
    for record in gate.cohorts.to_dict("records"):
        call = str(record["call"]) if record["call"] else "–"
        rows.append(
            Row(
                (
                    f"{style.text(_ARMS[record['arm']])}, {call}",
                    Number(record["groups"]),
                    *(_day(record[f"{part}_{end}"]) for part in ("approval", "disbursement") for end in ("first", "last")),
                    Number(record["score_mean"], 1),
                    Number(record["score_sd"], 1),
                )
            )
        )  # fmt: skip
    return _table("cohorts", _COHORTS, _COHORT_HEADS, rows, style, gate)


def _balance(gate: PipelineGate, style: Style) -> Table:
    rows = [
        Row(
            (
                style.text(_MEASURES[record["characteristic"]]),
                Number(record["mean_treated"], 1),
                Number(record["mean_control"], 1),
                Number(record["difference"], 1),
                Number(record["smd"], 2),
                PValue(record["p_value"]),
            )
        )
        for record in gate.balance.to_dict("records")
    ]
    return _table("cohort_balance", _BALANCE, _BALANCE_HEADS, rows, style, gate, _BALANCE_NOTE)


def _ineligible(gate: PipelineGate, style: Style) -> Table:
    """Return who is not eligible by arm; a small count hides the other, which the sample flow's total would give away."""
    rows = []
    for column, part in gate.ineligible.groupby("condition", sort=False):
        units = part["rows"].astype(int).tolist()
        cells = counts_shown([*units, sum(units)], [(len(units), tuple(range(len(units))))], style.minimum)
        for arm, cell in zip(part["arm"], cells[:-1], strict=True):
            rows.append(Row((style.name(str(column)), style.text(_ARMS[arm]), cell)))
    return _table("ineligible", _ELIGIBLE, _ELIGIBLE_HEADS, rows, style, gate)


def _table(
    name: str,
    caption: Text,
    heads: Iterable[Text],
    rows: list[Row],
    style: Style,
    gate: PipelineGate,
    note: Text | None = None,
) -> Table:
    notes = () if note is None else (style.text(note),)
    headings = tuple(style.text(head) for head in heads)
    return Table(name, style.text(caption), headings, tuple(rows), notes, gate.synthetic)


def _day(value: pd.Timestamp) -> Cell:
    return "–" if pd.isna(value) else value.date()
