"""Where no effect can be: placebo outcomes, placebo treatments, reassigned groups."""

from __future__ import annotations

from impact.evaluation.analyses.placebo import Placebos
from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, with_points, with_unit
from impact.language import Text
from impact.report.contents import Number, PValue, Row, Section, Table
from impact.report.words.style import Style
from impact.robustness.placebo.treatment import PlaceboTreatment

PLACE = 79
_TITLE = Text("Where no effect can be", "Donde no puede haber efecto")
_OUTCOMES = Text(
    "Placebo outcomes: measured before the programme", "Resultados placebo: medidos antes del programa"
)
_LOTS = Text("Placebo treatments among the controls", "Tratamientos placebo entre los controles")
_REASSIGNED = Text(
    "The programme given to other groups by lot", "El programa asignado a otros grupos al azar"
)
_OUTCOME, _EFFECT = Text("outcome", "resultado"), Text("effect", "efecto")
_ERROR, _P = Text("std. error", "error est."), Text("p", "p")
_CORRECTED = Text("p, corrected for their number", "p, corregido por su número")
_SHARE, _CHANCE = Text("significant, %", "significativos, %"), Text("by chance up to, %", "por azar hasta, %")
_DRAWS = Text("draws", "sorteos")
_NOT = Text("Not applicable: {reason}", "No se aplica: {reason}", reason="")
_EXACT = Text(
    "Exact where groups were given the programme by lot (within the strata named); a check, not the main inference, where they were not.",
    "Exacto donde el programa se asignó a los grupos al azar (dentro de los estratos); donde no, es una verificación, no la inferencia.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return the placebos that the configuration asks for."""
    found: Placebos | None = findings.answer("placebo")
    if found is None:
        return None
    paragraphs: list[str] = []
    items: list[Table] = []
    if found.outcomes is not None:
        paragraphs.append(found.outcomes.sentence(style.language.code))
        items.append(_outcomes(found, findings, style))
    reasons = [one for one in (found.treatment, found.reassigned) if isinstance(one, str)]
    paragraphs += [style.text(_NOT.with_values(reason=reason)) for reason in reasons]
    if found.treatment is not None and not isinstance(found.treatment, str):
        paragraphs.append(_said(found.treatment, style))
        items.append(_lots(found, findings, style))
    if found.reassigned is not None and not isinstance(found.reassigned, str):
        items.append(_reassigned(found, findings, style))
    return Section("placebo", style.text(_TITLE), tuple(paragraphs), tuple(items))


def _said(found: PlaceboTreatment, style: Style) -> str:
    first = str(found.frame["outcome"].iloc[0])
    return found.sentence(first, style.language.code, style.name(first))


def _outcomes(found: Placebos, findings: Findings, style: Style) -> Table:
    assert found.outcomes is not None
    rows = tuple(
        Row(
            (
                with_unit(row["outcome"], findings, style),
                Number(row["estimate"], decimals_of(row["outcome"], row["std_error"], findings)),
                Number(
                    row["std_error"], decimals_of(row["outcome"], row["std_error"], findings), brackets=True
                ),
                PValue(row["p_value"]),
                PValue(row["romano_wolf"]),
            )
        )
        for _, row in with_points(found.outcomes.frame, ("estimate", "std_error"), findings).iterrows()
    )
    headings = _texts(style, _OUTCOME, _EFFECT, _ERROR, _P, _CORRECTED)
    return Table("placebo_outcomes", style.text(_OUTCOMES), headings, rows, (), found.outcomes.synthetic)


def _lots(found: Placebos, findings: Findings, style: Style) -> Table:
    assert not isinstance(found.treatment, str) and found.treatment is not None
    rows = tuple(
        Row(
            (
                with_unit(row["outcome"], findings, style),
                Number(row["mean_estimate"], decimals_of(row["outcome"], row["mean_std_error"], findings)),
                Number(
                    row["mean_std_error"],
                    decimals_of(row["outcome"], row["mean_std_error"], findings),
                    brackets=True,
                ),
                Number(100 * row["share_significant"]),
                Number(100 * row["most_by_chance"]),
                Number(row["replications"]),
            )
        )
        for _, row in with_points(
            found.treatment.frame, ("mean_estimate", "mean_std_error"), findings
        ).iterrows()
    )
    headings = _texts(style, _OUTCOME, _EFFECT, _ERROR, _SHARE, _CHANCE, _DRAWS)
    return Table("placebo_treatment", style.text(_LOTS), headings, rows, (), found.treatment.synthetic)


def _reassigned(found: Placebos, findings: Findings, style: Style) -> Table:
    assert not isinstance(found.reassigned, str) and found.reassigned is not None
    rows = tuple(
        Row(
            (
                with_unit(row["outcome"], findings, style),
                Number(row["estimate"], decimals_of(row["outcome"], row["estimate"], findings)),
                PValue(row["p_value"]),
                Number(row["replications"]),
            )
        )
        for _, row in with_points(found.reassigned, ("estimate",), findings).iterrows()
    )
    headings = _texts(style, _OUTCOME, _EFFECT, _P, _DRAWS)
    return Table(
        "reassigned",
        style.text(_REASSIGNED),
        headings,
        rows,
        (style.text(_EXACT),),
        findings.sample.synthetic,
    )


def _texts(style: Style, *texts: Text) -> tuple[str, ...]:
    return tuple(style.text(text) for text in texts)
