"""Economic return: above the hurdle by product and region, under shocks, and on the gain that is attributable."""

from __future__ import annotations

import pandas as pd

from impact.evaluation.analyses.monitoring.returns import ReturnResults
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.evaluation.published_units import with_unit
from impact.language import Text
from impact.monitoring.returns.attributable import AttributableReturn
from impact.monitoring.returns.economic_return import STATUSES
from impact.monitoring.returns.finance import INVESTMENT
from impact.report.contents import Cell, Estimate, Number, Section, Table
from impact.report.tables.plain import amount, in_unit, percent, plain_table, unless_few
from impact.report.words.style import Style

PLACE = 94
TITLE = Text("What the money returns", "Qué rinde el dinero")
WARNING = Text(
    "Before and after: the increment is that of the books, not the effect of the programme; the last table takes the effect instead.",
    "Antes y después: el incremento es el de los libros, no el efecto del programa; la última tabla toma en su lugar el efecto.",
)
ABOVE = Text(
    "Subprojects with a return above {rate} %",
    "Subproyectos con un rendimiento superior al {rate} %",
    rate="",
)
SUBGROUP = Text("Subgroup", "Subgrupo")
SUBPROJECTS = Text("Subprojects", "Subproyectos")
SHARE = Text("Share above [interval]", "Proporción por encima [intervalo]")
ALL = Text("all", "todos")
SUMMARY = Text(
    "Median net present value {npv}{unit}, median rate of return {irr} %, median "
    "payback {payback} years, median investment per producer {cost}{unit}.",
    "Valor actual neto mediano {npv}{unit}, tasa de retorno mediana {irr} %, recuperación "
    "mediana {payback} años, inversión mediana por productor {cost}{unit}.",
    npv="", irr="", payback="", cost="", unit="",
)  # fmt: skip
ROOTS = Text("Rates of return: one, several or none", "Tasas de retorno: una, varias o ninguna")
STATUS = Text("Rate of return", "Tasa de retorno")
ROOTS_NOTE = Text(
    "Where there are several or none, no rule picks one: the net present value at the hurdle decides.",
    "Donde hay varias o ninguna, ninguna regla elige una: decide el valor actual neto a la tasa de corte.",
)
SHOCKS = Text("Under shocks", "Ante choques")
PRICE = Text("Price", "Precio")
BENEFIT = Text("Increment", "Incremento")
MEDIAN_NPV = Text("Median net present value", "Valor actual neto mediano")
SWITCHING = Text("Change that takes the net present value to 0", "Cambio que lleva a 0 el valor actual neto")
OF = Text("Of", "De")
QUARTILES = Text("Median [lower, upper quartile], %", "Mediana [cuartil inferior y superior], %")
WHATS = {"price": PRICE, "benefit": BENEFIT, "investment": Text("Investment", "Inversión")}
EFFECT = Text("Return on the attributable gain", "Rendimiento de la ganancia atribuible")
GAIN = Text("Gain a year: {outcome}", "Ganancia anual: {outcome}", outcome="")
COST = Text("Investment per unit", "Inversión por unidad")
NPV = Text("Net present value [interval]", "Valor actual neto [intervalo]")
IRR = Text("Rate of return [interval]", "Tasa de retorno [intervalo]")
CHANCE = Text("Draws above the hurdle", "Simulaciones sobre la tasa de corte")
EFFECT_NOTE = Text(
    "The effect on the treated in place of before and after, {years} years at {rate} %, effect "
    "and cost of the same groups carried through together; {draws} draws by "
    "group. That the gain lasts is assumed.",
    "El efecto en los beneficiarios en lugar del antes y después, {years} años al {rate} %, con efecto "
    "y costo de los mismos grupos propagados juntos; {draws} simulaciones por "
    "grupo. Que la ganancia dure se supone.",
    years="", rate="", draws="",
)  # fmt: skip
BOUNDS = Text(
    "{lacking} of {all} alliances {lacking:has|have} no books: of all, between {low} and {high} % are above the hurdle, whatever "
    "theirs would say "
    "(interval {conf_low} to {conf_high} %).",
    "{lacking} de {all} alianzas no {lacking:tiene|tienen} libros: de todas, entre {low} y {high} % superan la tasa de corte, digan "
    "lo que digan los "
    "suyos (intervalo de {conf_low} a {conf_high} %).",
    lacking="", all="", low="", high="", conf_low="", conf_high="",
)  # fmt: skip
NOT = Text("Return on the effect: {reason}", "Rendimiento del efecto: {reason}", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return shares above the hurdle, roots, shocks, switching values and the return on the effect."""
    found: ReturnResults | None = findings.answer("returns")
    if found is None:
        return None
    style = with_record_names(findings, style)
    synthetic = findings.sample.synthetic
    summary, texts = found.returns.summary, [style.text(WARNING)]
    texts.append(
        style.text(
            SUMMARY.with_values(
                npv=style.number(summary["median_npv"]), irr=style.number(100 * summary["median_irr"], 1),
                payback=style.number(summary["median_payback"], 1), cost=style.number(float(found.cost.median())),
                unit=f" {_unit(style)}" if _unit(style) else "",
            )
        )
    )  # fmt: skip
    if found.bounds is not None:
        texts.append(style.text(BOUNDS.with_values(**_bounds(found.bounds, style))))
    items = [
        _above(found, style), _roots(found, style, synthetic), _shocks(found, style, synthetic), _switching(found, style, synthetic)
    ]  # fmt: skip
    if isinstance(found.attributable, AttributableReturn):
        items.append(_attributable(found.attributable, findings, style))
    elif found.attributable:
        texts.append(style.text(NOT.with_values(reason=found.attributable)))
    return Section("returns", style.text(TITLE), tuple(texts), tuple(items))


def _unit(style: Style) -> str:
    """Return the currency of the books."""
    return style.names.units.get(INVESTMENT[0], "")


def _bounds(bounds: pd.DataFrame, style: Style) -> dict[str, int | str]:
    row = bounds.iloc[0]
    counts = {"lacking": int(row["n_missing"]), "all": int(row["n"])}
    return counts | {name: style.number(100 * row[name]) for name in ("low", "high", "conf_low", "conf_high")}


def _above(found: ReturnResults, style: Style) -> Table:
    rows: list[list[Cell | Text]] = []
    for _, table in found.above:
        for row in table.published(style.minimum).frame.to_dict("records"):
            label = ALL if row["subgroup"] == "all" else style.text(style.name(str(row["subgroup"])))
            shown: list[Cell] = [
                percent(row["estimate"], row["conf_low"], row["conf_high"]),
                Number(row["n"]),
            ]
            rows.append([label, *unless_few(0 if pd.isna(row["n"]) else row["n"], shown, style)])
    caption = ABOVE.with_values(rate=style.number(100 * found.returns.rate))
    return plain_table(
        "returns", caption, (SUBGROUP, SHARE, SUBPROJECTS), rows, style, (), found.returns.synthetic
    )


def _roots(found: ReturnResults, style: Style, synthetic: bool) -> Table:
    counts = found.returns.frame["irr_status"].value_counts()
    rows: list[list[Cell | Text]] = [
        [STATUSES[str(status)], *unless_few(number, [Number(number)], style)]
        for status, number in counts.to_dict().items()
    ]
    return plain_table("returns_roots", ROOTS, (STATUS, SUBPROJECTS), rows, style, (ROOTS_NOTE,), synthetic)


def _shocks(found: ReturnResults, style: Style, synthetic: bool) -> Table:
    rows: list[list[Cell | Text]] = [
        [
            Number(100 * row["price"], 0, " %"), Number(100 * row["benefit"], 0, " %"),
            percent(row["share_above_hurdle"], row["conf_low"], row["conf_high"]), Number(row["median_npv"]),
        ]
        for row in found.shocks.to_dict("records")
    ]  # fmt: skip
    return plain_table(
        "returns_shocks",
        SHOCKS,
        (PRICE, BENEFIT, SHARE, in_unit(MEDIAN_NPV, _unit(style))),
        rows,
        style,
        (),
        synthetic,
    )


def _switching(found: ReturnResults, style: Style, synthetic: bool) -> Table:
    rows: list[list[Cell | Text]] = []
    for name, label in WHATS.items():
        low, middle, high = (100 * float(found.switching[name].loc[q]) for q in (0.25, 0.5, 0.75))
        rows.append([label, Estimate(middle, low, high, 0)])
    return plain_table("returns_switching", SWITCHING, (OF, QUARTILES), rows, style, (), synthetic)


def _attributable(found: AttributableReturn, findings: Findings, style: Style) -> Table:
    row: list[Cell] = [
        Number(found.effect), Number(found.cost), amount(found.npv, found.npv_conf_low, found.npv_conf_high),
        percent(found.irr, found.irr_conf_low, found.irr_conf_high), Number(100 * found.probability_above_hurdle, 0, " %"),
    ]  # fmt: skip
    note = EFFECT_NOTE.with_values(
        years=found.horizon, rate=style.number(100 * found.rate), draws=style.number(found.replications)
    )
    gain = GAIN.with_values(outcome=with_unit(found.outcome, findings, style))
    cost, npv = (in_unit(heading, _unit(style)) for heading in (COST, NPV))
    headings = (gain, cost, npv, IRR, CHANCE)
    return plain_table("returns_attributable", EFFECT, headings, [row], style, (note,), found.synthetic)
