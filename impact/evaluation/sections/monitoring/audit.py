"""The auditor: figures of published tables that contradict each other, and claims that cannot be compared."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.language import Text
from impact.monitoring.audit.claims import ClaimAudit
from impact.monitoring.audit.table import Audit
from impact.monitoring.audit.words import RULE_NAMES
from impact.report.contents import Section, Table
from impact.report.tables.plain import plain_table
from impact.report.words.style import Style

PLACE = 96
TITLE = Text("Published tables, audited", "Tablas publicadas, auditadas")
NOTE = Text(
    "A printed figure stands for every number that rounds to it; it is listed only where no numbers behind the printed ones fit.",
    "Una cifra impresa representa todo número que se redondea a ella; se lista solo donde ningún número detrás de las impresas encaja.",
)
CAPTION = Text("Figures of {file} that do not hold", "Cifras de {file} que no se sostienen", file="")
CLAIMS = Text("Claims of {file}", "Afirmaciones de {file}", file="")
RULE = Text("Rule", "Regla")
PLACE_HEADING = Text("Where", "Dónde")
PRINTED = Text("Printed", "Impreso")
IMPLIED = Text("Implied", "Implícito")
WHY = Text("Why", "Por qué")
CLEAN = Text(
    "{file}: {checked} {checked:figure|figures} checked, all hold.",
    "{file}: {checked} {checked:cifra revisada|cifras revisadas}, todas se sostienen.",
    file="",
    checked="",
)
FOUND = Text(
    "{file}: {checked} {checked:figure|figures} checked, {wrong} {wrong:does|do} not hold.",
    "{file}: {checked} {checked:cifra revisada|cifras revisadas}, {wrong} no se {wrong:sostiene|sostienen}.",
    file="",
    checked="",
    wrong="",
)
NOTHING = Text(
    "{file}: {checked} {checked:figure|figures} checked: no label announces a sum, and no rule was given (impact audit --rules).",
    "{file}: {checked} {checked:cifra revisada|cifras revisadas}: ninguna etiqueta anuncia una suma y no se dio ninguna regla "
    "(impact audit --rules).",
    file="",
    checked="",
)
READ = Text(
    "{file}: {read} {read:claim|claims} read, {wrong} {wrong:problem|problems}.",
    "{file}: {read} {read:afirmación leída|afirmaciones leídas}, {wrong} {wrong:problema|problemas}.",
    file="",
    read="",
    wrong="",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return what each file's audit found."""
    found: tuple[tuple[str, Audit | ClaimAudit], ...] | None = findings.answer("audit")
    if found is None:
        return None
    texts, items = [style.text(NOTE)], []
    for number, (file, audit) in enumerate(found, start=1):
        if isinstance(audit, ClaimAudit):
            texts.append(style.text(READ.with_values(file=file, read=len(audit.claims), wrong=len(audit))))
        else:
            text = (CLEAN if audit.clean else FOUND) if len(audit.checked) else NOTHING
            values = {"file": file, "checked": len(audit.checked)} | (
                {} if audit.clean else {"wrong": len(audit)}
            )
            texts.append(style.text(text.with_values(**values)))
        if len(audit):
            items.append(_table(number, file, audit, style))
    return Section("audit", style.text(TITLE), tuple(texts), tuple(items))


def _table(number: int, file: str, audit: Audit | ClaimAudit, style: Style) -> Table:
    claims = isinstance(audit, ClaimAudit)
    rows = []
    for row in audit.frame.to_dict("records"):
        where = (
            f"{row['claim']} {row['other']}".strip()
            if claims
            else f"{row['table']}: {row['row']} × {row['column']}"
        )
        printed, implied = (
            (str(row[name]) or "–") if claims else f"{row[name]:.6g}" for name in ("printed", "implied")
        )
        rows.append(
            [RULE_NAMES.get(row["rule"], str(row["rule"])), where, printed, implied, row["explanation"]]
        )
    caption = (CLAIMS if claims else CAPTION).with_values(file=file)
    return plain_table(f"audit_{number}", caption, (RULE, PLACE_HEADING, PRINTED, IMPLIED, WHY), rows, style)
