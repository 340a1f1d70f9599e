"""Exposure: the effect by years since the money, grant per producer and share disbursed."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.evaluation.published_units import decimals_of, factor_of, shown_unit
from impact.language import Text
from impact.monitoring.reach.exposure import DoseResponse
from impact.monitoring.returns.finance import INVESTMENT
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Estimate, Interval, Number, Section, Table
from impact.report.tables.plain import in_unit, plain_table
from impact.report.words.style import Style
from impact.views import p_compared

PLACE = 77
TITLE = Text("The effect by exposure", "El efecto según la exposición")
CAPTION = Text("Effect on {outcome} by {dose}", "Efecto en {outcome} según {dose}", outcome="", dose="")
EFFECT = Text("Effect [interval]", "Efecto [intervalo]")
BAND = Text("Band over all doses", "Banda para todas las dosis")
TREATED = Text("Treated nearby", "Beneficiarios cercanos")
NAMES = {
    "years_since_disbursement": Text("years since the disbursement", "años desde el desembolso"),
    "grant_per_producer": Text("grant per producer", "donación por productor"),
    "share_disbursed": Text("share disbursed", "proporción desembolsada"),
}
_UNITS = {"grant_per_producer": INVESTMENT[0]}
"""Columns in whose unit a dose is that is made of several."""
SAME = Text("The same effect at every dose: p {p}.", "El mismo efecto en toda dosis: p {p}.", p="")
WARNING = Text(
    "The dose was not assigned by lot: each curve describes those with each dose, not what a unit would gain by more of it.",
    "La dosis no se asignó por sorteo: cada curva describe a quienes tienen cada dosis, no lo que ganaría una unidad con más.",
)
NOT = Text("{dose}: {reason}", "{dose}: {reason}", dose="", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return a table for each dose, or why there is none."""
    found: tuple[tuple[str, DoseResponse | str], ...] | None = findings.answer("exposure")
    if found is None:
        return None
    style = with_record_names(findings, style)
    outcome = findings.configuration.analysis("exposure").outcome
    texts, items = [style.text(WARNING)], []
    for dose, curve in found:
        if isinstance(curve, str):
            texts.append(style.text(NOT.with_values(dose=_name(dose, style), reason=curve)))
        else:
            items.append(_table(dose, curve, outcome, findings, style))
    return Section("exposure", style.text(TITLE), tuple(texts), tuple(items))


def _table(dose: str, curve: DoseResponse, outcome: str, findings: Findings, style: Style) -> Table:
    doses = curve.frame["dose"]
    decimals = 2 if doses.abs().max() < 10 else decimals_for(float(doses.abs().max()))
    factor = factor_of(outcome, findings)
    digits = decimals_of(outcome, float(curve.frame["effect"].abs().max()), findings)
    rows: list[list[Cell | Text]] = []
    for row in curve.frame.to_dict("records"):
        value, low, high = (factor * row[name] for name in ("effect", "conf_low", "conf_high"))
        effect = Estimate(value, low, high, digits)
        band = Interval(factor * row["band_low"], factor * row["band_high"], digits)
        few = 0 < row["n_treated"] < style.minimum
        number: Cell = f"< {style.minimum}" if few else Number(row["n_treated"])
        rows.append([Number(row["dose"], decimals), effect, band, number])
    name = _name(dose, style)
    unit = style.names.units.get(_UNITS.get(dose, dose), "")
    dose_in_text = name if dose in NAMES else style.quoted(dose)
    caption = CAPTION.with_values(outcome=style.quoted(outcome), dose=dose_in_text)
    effect_in = in_unit(EFFECT, shown_unit(outcome, findings, style))
    headings = (in_unit(Text(name, name), unit), effect_in, BAND, TREATED)
    note = SAME.with_values(p=p_compared(curve.p_value))
    return plain_table(f"exposure_{dose}", caption, headings, rows, style, (note,), curve.synthetic)


def _name(dose: str, style: Style) -> str:
    return style.text(NAMES[dose]) if dose in NAMES else style.name(dose)
