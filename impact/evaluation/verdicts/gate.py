"""Whether the controls wait for the programme."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Grade, Verdict
from impact.language import Text
from impact.report.words.style import Style

PLACE = 5
_NAME = Text("Pipeline gate", "Regla de la fila de espera")
_HOLDS = Text(
    "all {groups} control groups were approved by their interview and not paid before it",
    "los {groups} grupos de control estaban aprobados a la fecha de su entrevista y no habían sido pagados",
    groups=0,
)
_LEFT_OUT = Text(
    "{out} of {groups} control groups {out:does|do} not wait, and {out:was|were} left out; the others do",
    "{out} de {groups} grupos de control no {out:espera y se dejó|esperan y se dejaron} fuera; los demás sí",
    out=0,
    groups=0,
)
_BROKEN = Text(
    "of {groups} control groups {paid} had been paid before an interview and {late} {late:was|were} not approved by it ({rows} "
    "{rows:interview|interviews}), accepted by name",
    "de {groups} grupos de control, {paid} {paid:había sido pagado|habían sido pagados} antes de una entrevista y {late} no "
    "{late:estaba aprobado|estaban aprobados} "
    "({rows} {rows:entrevista|entrevistas}), aceptados por su nombre",
    groups=0, paid=0, late=0, rows=0,
)  # fmt: skip
_UNKNOWN = Text(
    "no control group of {groups} was paid before its interview; whether they were approved is not recorded",
    "ninguno de los {groups} grupos de control fue pagado antes de su entrevista; no consta si estaban aprobados",
    groups=0,
)
_ASKED = Text(
    "every control group: approved ≤ interview < first disbursement; it fails where one in the comparison does not wait",
    "todo grupo de control: aprobación ≤ entrevista < primer desembolso; si en la comparación hay uno que no espera, no se cumple",
)
_MEANING = Text(
    "Controls that already had the money, or that nobody had chosen, do not show what beneficiaries would have earned "
    "without the programme.",
    "Controles que ya tenían el dinero, o que nadie había elegido, no muestran lo que los beneficiarios habrían ganado "
    "sin el programa.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on the control groups' dates, where they are known."""
    gate = findings.gate
    if gate is None:
        return None
    inside = gate.in_comparison
    paid, late = (int((inside[column] > 0).sum()) for column in ("rows_paid", "rows_not_approved"))
    groups = len(gate.frame)
    if paid or late:
        rows = int((inside["rows_paid"] + inside["rows_not_approved"]).sum())
        found = _BROKEN.with_values(groups=groups, paid=paid, late=late, rows=rows)
        return Verdict(_NAME, Grade.FAILS, found, _ASKED, _MEANING)
    if not gate.approval_known:
        return Verdict(_NAME, Grade.DOUBTFUL, _UNKNOWN.with_values(groups=groups), _ASKED, _MEANING)
    found = _HOLDS.with_values(groups=groups)
    if len(inside) < groups:
        found = _LEFT_OUT.with_values(out=groups - len(inside), groups=groups)
    return Verdict(_NAME, Grade.HOLDS, found, _ASKED, _MEANING)
