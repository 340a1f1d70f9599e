"""Volume, price, quality or costs: what the gain in net income is made of."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from impact.effects.decomposition.income import IncomeDecomposition
from impact.effects.decomposition.rules import OTHER_PRODUCT, PART_NAMES
from impact.effects.labels import population_label
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Cell, Interval, Number, Row, Section, Suppressed, Table
from impact.report.words.style import Style

PLACE = 75
TITLE = Text("Where the income gain comes from", "De dónde viene la ganancia de ingreso")
CAPTION = Text(
    "Effect on net income, split into volume, price, quality and costs",
    "Efecto en el ingreso neto, por volumen, precio, calidad y costos",
)
SHARE = Text("share of the total", "parte del total")
PART = Text("part", "parte")
PAIRS = Text(
    "{share} of the weight lies on pairs with different products.",
    "El {share} del peso está en parejas con productos distintos.",
)
WITHIN = Text(
    "Matched again within {product}, as quantities of two products cannot be compared: the total may differ from that of the main table.",
    "Emparejado otra vez dentro de «{product}», porque no se comparan cantidades de productos distintos: el total puede diferir.",
)
OVER = Text(
    "From the first wave to the last: each household against itself, less what the comparison households changed; {share} of the "
    "households changed their product.",
    "De la primera ronda a la última: cada hogar contra sí mismo, menos lo que cambiaron los hogares de comparación; el {share} de los "
    "hogares cambió de producto.",
)
WHO = Text(
    "Of {population}, against {control} controls.",
    "De {population}, frente a {control} controles.",
)
_MATCHED = Text("the treated who have a match", "los beneficiarios que tienen pareja")


def section(findings: Findings, style: Style) -> Section | None:
    """Return figure and table of the parts."""
    result: IncomeDecomposition | None = findings.answer("decomposition")
    if result is None:
        return None
    whole = result.frame[result.frame["subgroup"] == "all"].iloc[-1]
    kept, everybody = int(whole["n_treated"]), int(whole["n_treated_total"])
    few = 0 < everybody - kept < style.minimum
    population = _MATCHED if few else population_label(whole["estimand"], kept, everybody)
    facts = [style.text(WHO.with_values(control=int(whole["n_control"]), population=population))]
    plan = findings.configuration.analysis("decomposition")
    if plan.over_waves:
        share = style.number(100 * whole["different_products"]) + " %"
        facts.append(style.text(OVER.with_values(share=share)))
    elif plan.product is not None and plan.within_products:
        facts.append(style.text(WITHIN.with_values(product=style.name(plan.product))))
    if whole["different_products"] > 0 and not plan.over_waves:
        share = style.number(100 * whole["different_products"]) + " %"
        facts.append(style.text(PAIRS.with_values(share=share)))
    axes = figures.decomposition(result, style.language.code)
    items = (picture("decomposition", style.text(CAPTION), axes, findings), _table(result, style))
    return Section("decomposition", style.text(TITLE), tuple(facts), items)


def _table(result: IncomeDecomposition, style: Style) -> Table:
    level = f"{100 * result.frame['level'].iloc[0]:g}"
    unit = style.text(str(result.frame["unit"].iloc[0] or ""))
    headings = (
        style.text(PART),
        f"{style.word('effect')} ({unit})" if unit else style.word("effect"),
        *(style.word(key, level=level) for key in ("std_error", "interval")),
        style.text(SHARE),
        style.word("interval", level=level),
    )
    rows = [
        row
        for subgroup, part in result.frame.groupby("subgroup", sort=False)
        for row in _rows(str(subgroup), part, style)
    ]
    return Table(
        name="decomposition",
        caption=style.text(CAPTION),
        headings=headings,
        rows=tuple(rows),
        notes=tuple(
            style.text(note)
            for note in result.notes
            if note != OTHER_PRODUCT or (result.frame["different_products"] > 0).any()
        ),
        synthetic=result.synthetic,
    )


def _rows(subgroup: str, parts: pd.DataFrame, style: Style) -> Iterator[Row]:
    if subgroup != "all":
        yield Row((style.text(subgroup), "", "", "", "", ""), opens=True)
    few = parts[["n_treated", "n_control"]].to_numpy().min() < style.minimum
    for _, part in parts.iterrows():
        cells: tuple[Cell, ...] = (
            Number(part["estimate"]),
            Number(part["std_error"], brackets=True),
            Interval(part["conf_low"], part["conf_high"]),
            Number(100 * part["share"], suffix=" %"),
            Interval(100 * part["share_conf_low"], 100 * part["share_conf_high"], suffix=" %"),
        )
        yield Row(
            (style.text(PART_NAMES[part["part"]]), *((Suppressed(style.minimum),) * 5 if few else cells))
        )
