"""When the design was locked, and what was known then."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.locked_design import LockedDesign
from impact.language import Text
from impact.report.contents import Number, Row, Section, Table
from impact.report.words.style import Style

PLACE = 45
_TITLE = Text("A design locked before outcomes were seen", "Un diseño fijado antes de ver los resultados")
_WHEN = Text(
    "Matching and balance were fixed on {when} (UTC), without the outcome columns. Data, roles, strategies, weights and balance of this "
    "evaluation are those of the lock.",
    "El emparejamiento y el balance se fijaron el {when} (UTC), sin las columnas de resultados. Los datos, roles, estrategias, pesos y "
    "balance de esta evaluación son los fijados.",
    when="",
)
_KNOWN = Text(
    "Known then: {treated} treated, {controls} controls{groups}.",
    "Se conocía: {treated} beneficiarios, {controls} controles{groups}.",
    treated=0,
    controls=0,
    groups="",
)
_GROUPS = Text(" in {groups} groups", " en {groups} grupos", groups=0)
_PLANNED = Text("Planned outcomes: {names}.", "Resultados previstos: {names}.", names="")
_POWER = Text(
    "With a correlation of {icc} within groups the main strategy's match could detect {mde} SD of an outcome (80 % power, 5 %).",
    "Con una correlación de {icc} dentro de los grupos, el emparejamiento principal podía detectar {mde} DE de un resultado "
    "(potencia 80 %, 5 %).",
    icc="",
    mde="",
)
_CAPTION = Text("The locked matches", "Los emparejamientos fijados")
_HEADINGS = (
    Text("strategy", "estrategia"),
    Text("treated", "beneficiarios"),
    Text("controls", "controles"),
    Text("ESS of controls", "controles efectivos"),
    Text("largest |SMD|", "|DME| máxima"),
    Text("weights (SHA-256, first 12)", "pesos (SHA-256, primeros 12)"),
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return when the design was locked and what it was, where the evaluation was held to a lock."""
    lock: LockedDesign | None = findings.answer("locked_design")
    if lock is None:
        return None
    contents, sample = lock.contents, lock.contents["sample"]
    groups = style.text(_GROUPS.with_values(groups=sample["groups"])) if sample["groups"] else ""
    names = ", ".join(style.name(name) for name in contents["outcomes"])
    power = contents["power"][0]
    paragraphs = (
        _WHEN.with_values(when=lock.locked_at),
        _KNOWN.with_values(treated=sample["treated"], controls=sample["controls"], groups=groups),
        _PLANNED.with_values(names=names),
        _POWER.with_values(icc=style.number(power["icc"], 1), mde=style.number(power["mde_sd"], 2)),
    )
    rows = tuple(
        Row(
            (
                style.name(one["name"]),
                Number(one["treated"]),
                Number(one["controls"]),
                Number(one["ess_control"], 1),
                Number(one["max_abs_smd"], 3),
                one["weights_sha256"][:12],
            )
        )
        for one in contents["strategies"]
    )
    table = Table(
        "locked_design",
        style.text(_CAPTION),
        tuple(style.text(heading) for heading in _HEADINGS),
        rows,
        (),
        findings.sample.synthetic,
    )
    return Section(
        "locked_design", style.text(_TITLE), tuple(style.text(text) for text in paragraphs), (table,)
    )
