"""The effect at each tenth of the distribution."""

from __future__ import annotations

from impact.effects.distribution.quantiles import QuantileEffects
from impact.evaluation.analyses.quantiles import Quantiles
from impact.evaluation.findings import Findings
from impact.evaluation.published_units import with_unit
from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Estimate, Interval, Number, Row, Section, Table
from impact.report.words.style import Style

PLACE = 73
_TITLE = Text("The whole distribution", "Toda la distribución")
_CAPTION = Text("{outcome}: the effect at each quantile", "{outcome}: el efecto en cada cuantil", outcome="")
_HEADINGS = (
    Text("quantile", "cuantil"),
    Text("treated", "beneficiarios"),
    Text("without the programme", "sin el programa"),
    Text("effect [interval]", "efecto [intervalo]"),
    Text("band over all quantiles", "banda de todos los cuantiles"),
)
_RANKS = Text(
    "Differences between the quantiles of two distributions, by “{strategy}”: a household's own gain only if the programme left the "
    "ranks as they were.",
    "Diferencias entre los cuantiles de dos distribuciones, con «{strategy}»: la ganancia de un hogar solo si el programa no cambió los "
    "rangos.",
    strategy="",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return the table of the quantiles."""
    found: QuantileEffects | None = findings.answer(Quantiles.TABLE)
    if found is None:
        return None
    plan: Quantiles = findings.configuration.analysis(Quantiles.TABLE)
    paragraph = style.text(_RANKS.with_values(strategy=style.name(plan.strategy)))
    return Section(
        "quantiles",
        style.text(_TITLE),
        (paragraph,),
        (_table(found, with_unit(plan.outcome, findings, style), style),),
    )


def _table(found: QuantileEffects, outcome: str, style: Style) -> Table:
    frame = found.frame
    decimals = decimals_for(float(frame["treated_quantile"].abs().median()))
    rows = tuple(
        Row(
            (
                f"{style.number(100 * row['quantile'], 0)} %",
                Number(row["treated_quantile"], decimals),
                Number(row["control_quantile"], decimals),
                Estimate(row["effect"], row["conf_low"], row["conf_high"], decimals),
                Interval(row["band_low"], row["band_high"], decimals),
            )
        )
        for row in frame.to_dict("records")
    )
    return Table(
        "quantiles",
        style.text(_CAPTION.with_values(outcome=outcome)),
        tuple(style.text(one) for one in _HEADINGS),
        rows,
        (),
        found.synthetic,
    )
