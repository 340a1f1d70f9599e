"""Access to markets, prices and wages: the project's stated objective, as outcomes with effects."""

from __future__ import annotations

from impact.evaluation.analyses.monitoring.market import MarketResults
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.language import Text
from impact.report.contents import Cell, Number, PValue, Section
from impact.report.tables.effects import Scale
from impact.report.tables.plain import plain_table, unless_few
from impact.report.words.style import Style

PLACE = 76
TITLE = Text("Access to markets", "Acceso a mercados")
CAPTION = Text(
    "Effects on access to markets, prices and wages", "Efectos en el acceso a mercados, precios y salarios"
)
OUTCOME = Text("Outcome", "Resultado")
EFFECT = Text("Effect [interval]", "Efecto [intervalo]")
CONTROLS = Text("Matched controls", "Controles emparejados")
P = Text("p", "p")
TREATED = Text("Treated", "Beneficiarios")
CONTROL = Text("Controls", "Controles")
NOTE = Text(
    "Each outcome on the matched units that have it: a price is known of those that sold.",
    "Cada resultado en las unidades emparejadas que lo tienen: un precio se conoce de quienes vendieron.",
)
NOT = Text("{outcome}: {reason}", "{outcome}: {reason}", outcome="", reason="")
NAMES = {
    "share_sold": Text("share of output sold", "proporción vendida de la producción"),
    "sold_to_formal_buyer": Text("sold to a formal buyer", "venta a un comprador formal"),
    "sold_for_export": Text("sold for export", "venta para exportación"),
    "first_grade_share": Text("first grade among sales", "primera calidad en las ventas"),
    "price_premium": Text("premium over the spot price", "sobreprecio frente al precio de mercado"),
    "number_of_buyers": Text("number of buyers", "número de compradores"),
    "price_received": Text("price received", "precio recibido"),
    "wage_per_day": Text("wage of a hired day", "jornal pagado"),
}


def section(findings: Findings, style: Style) -> Section | None:
    """Return the effect on each outcome."""
    found: MarketResults | None = findings.answer("market")
    if found is None:
        return None
    style = with_record_names(findings, style)
    rows: list[list[Cell | Text]] = []
    for table in found.effects:
        effect = table.effects[0]
        scale = Scale.of([effect], style)
        cells: list[Cell] = [
            scale.estimate(effect), scale.level(effect.control_mean), PValue(effect.p_value),
            Number(effect.n_treated), Number(effect.n_control),
        ]  # fmt: skip
        unit = f" ({scale.unit})" if scale.unit else ""
        rows.append(
            [
                _name(effect.outcome, style) + unit,
                *unless_few(min(effect.n_treated, effect.n_control), cells, style),
            ]
        )
    headings = (OUTCOME, EFFECT, CONTROLS, P, TREATED, CONTROL)
    items = (plain_table("market", CAPTION, headings, rows, style, (NOTE,), findings.sample.synthetic),)
    texts = tuple(
        style.text(NOT.with_values(outcome=_name(name, style), reason=reason))
        for name, reason in found.left_out
    )
    return Section("market", style.text(TITLE), texts, items)


def _name(outcome: str, style: Style) -> str:
    return style.text(NAMES[outcome]) if outcome in NAMES else style.name(outcome)
