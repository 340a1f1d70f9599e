"""How strong a hidden confounder would have to be: sentences first, then the bounds by benchmark, then what does not apply and why."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.analyses.sensitivity import OutcomeSensitivity
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.evaluation.published_units import decimals_of, factor_of, unit_of, with_unit
from impact.language import Text
from impact.report import figures
from impact.report.contents import Figure, Interval, Number, PValue, Row, Section, Table
from impact.report.words.style import Style

PLACE = 80
_TITLE = Text("If something was not measured", "Si algo no se midió")
_CONTOUR = Text(
    "What a hidden confounder would leave of the effect on {outcome}",
    "Lo que un factor oculto dejaría del efecto en {outcome}",
    outcome="",
)
_BOUNDS = Text(
    "Hidden confounders measured by known covariates: {outcome}",
    "Factores ocultos medidos por covariables conocidas: {outcome}",
    outcome="",
)
_ROSENBAUM = Text(
    "Bounds under hidden bias within pairs: {outcome}",
    "Cotas bajo sesgo oculto dentro de las parejas: {outcome}",
    outcome="",
)
_OF_REGRESSION = Text(
    "Hidden confounders are measured in a regression on the matched units, whose effect need not be that of the table of strategies.",
    "Los factores ocultos se miden en una regresión de las unidades emparejadas, cuyo efecto no tiene que ser el del cuadro de "
    "estrategias.",
)
_STRENGTH = Text("as strong as", "tan fuerte como")
_WITH_TREATMENT = Text("R² with treatment, %", "R² con la participación, %")
_WITH_OUTCOME = Text("R² with outcome, %", "R² con el resultado, %")
_LEFT = Text("effect left", "efecto que queda")
_INTERVAL = Text("interval", "intervalo")
_GAMMA_HEADINGS = (
    Text("Γ", "Γ"),
    Text("smallest p", "p menor"),
    Text("largest p", "p mayor"),
    Text("estimate between", "estimación entre"),
)
_NOT = Text("Not applicable: {reason}", "No se aplica: {reason}", reason="")
_NOT_TO = Text(
    "Not applicable to {outcomes}: {reason}", "No se aplica a {outcomes}: {reason}", outcomes="", reason=""
)
_REGRESSION = Text("Regression of {label}.", "Regresión de {label}.", label="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return what each outcome's analyses say."""
    found: tuple[OutcomeSensitivity, ...] | None = findings.answer("sensitivity")
    if found is None:
        return None
    paragraphs: list[str] = []
    items: list[Table | Figure] = []
    if not all(isinstance(one.confounder, str) for one in found):
        paragraphs.append(style.text(_OF_REGRESSION))
    for one in found:
        columns = (one.outcome, *findings.sample.covariates)
        unit = unit_of(one.outcome, findings)
        names = {column: style.name(column) for column in columns}
        paragraphs += one.sentences(style.language.code, names, unit)
        items += _items(one, findings, style)
    paragraphs += _refused(found, findings, style)
    return Section("sensitivity", style.text(_TITLE), tuple(dict.fromkeys(paragraphs)), tuple(items))


def _refused(found: tuple[OutcomeSensitivity, ...], findings: Findings, style: Style) -> list[str]:
    """Return why an analysis does not apply, once; to which outcomes, where it is not to all."""
    columns = (*(one.outcome for one in found), *findings.sample.covariates)
    labels = {column: style.name(column) for column in columns}
    called = replace(style, names=replace(style.names, labels={**labels, **style.names.labels}))
    of: dict[str, list[str]] = {}
    for one in found:
        for reason in one.refusals:
            of.setdefault(called.text(reason), []).append(one.outcome)
    return [
        style.text(_NOT.with_values(reason=reason))
        if len(outcomes) == len(found)
        else style.text(_NOT_TO.with_values(reason=reason, outcomes=style.quoted(*outcomes)))
        for reason, outcomes in of.items()
    ]


def _items(one: OutcomeSensitivity, findings: Findings, style: Style) -> list[Table | Figure]:
    items: list[Table | Figure] = []
    if not isinstance(one.confounder, str):
        names = {column: style.name(column) for column in (one.outcome, *findings.sample.covariates)}
        axes = figures.confounder_contour(
            one.confounder, style.language.code, names, unit_of(one.outcome, findings)
        )
        caption = style.text(_CONTOUR.with_values(outcome=style.quoted(one.outcome)))
        items += [
            picture(f"contour_{one.outcome}", caption, axes, findings),
            _bounds_table(one, findings, style),
        ]
    if not isinstance(one.rosenbaum, str):
        factor = factor_of(one.outcome, findings)
        rows = tuple(
            Row(
                (
                    Number(row["gamma"], 2),
                    PValue(row["p_lower"], 4),
                    PValue(row["p_upper"], 4),
                    Interval(
                        factor * row["estimate_lower"],
                        factor * row["estimate_upper"],
                        decimals_of(one.outcome, factor * row["estimate_lower"], findings),
                    ),
                )
            )
            for _, row in one.rosenbaum.frame.iterrows()
        )
        items.append(
            Table(
                f"rosenbaum_{one.outcome}"[:31],
                style.text(_ROSENBAUM.with_values(outcome=with_unit(one.outcome, findings, style))),
                tuple(style.text(heading) for heading in _GAMMA_HEADINGS),
                rows,
                (style.text(one.rosenbaum.notes[0]),),
                findings.sample.synthetic,
            )
        )
    return items


def _bounds_table(one: OutcomeSensitivity, findings: Findings, style: Style) -> Table:
    rows = []
    factor = factor_of(one.outcome, findings)
    largest = factor * float(one.bounds["adjusted_estimate"].abs().max())
    decimals = decimals_of(one.outcome, largest, findings)
    for _, row in one.bounds.iterrows():
        times = style.number(row["kd"], 0 if float(row["kd"]).is_integer() else 1)
        left, low, high = (factor * row[f"adjusted_{end}"] for end in ("estimate", "conf_low", "conf_high"))
        rows.append(
            Row(
                (
                    f"{times} × {style.name(row['benchmark'])}",
                    Number(100 * row["r2dz_x"], 2),
                    Number(100 * row["r2yz_dx"], 2),
                    Number(left, decimals),
                    Interval(low, high, decimals) if row["adjusted_se"] > 0 else "–",
                )
            )
        )
    headings = (_STRENGTH, _WITH_TREATMENT, _WITH_OUTCOME, _LEFT, _INTERVAL)
    label: Text | str = ""
    if not isinstance(one.confounder, str):
        label = one.confounder.regression.label.with_values(
            outcome=style.quoted(one.outcome), covariates=style.quoted(*findings.sample.covariates)
        )
    return Table(
        f"confounders_{one.outcome}"[:31],
        style.text(_BOUNDS.with_values(outcome=with_unit(one.outcome, findings, style))),
        tuple(style.text(heading) for heading in headings),
        tuple(rows),
        (style.text(_REGRESSION.with_values(label=label)),),
        findings.sample.synthetic,
    )
