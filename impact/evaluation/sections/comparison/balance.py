"""Balance before and after matching."""

from __future__ import annotations

from dataclasses import replace

from impact.design.balance.columns import COVARIATE, SCORE
from impact.design.balance.joint import balance_jointly
from impact.design.balance.table import BalanceTable
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Figure, Section, Table
from impact.report.tables.balance_of_all import joint_table, side_by_side_table
from impact.report.tables.design import balance_summary_table, balance_table
from impact.report.words.style import Style

PLACE = 40
MOST_STRATEGIES = 7
_FEW_VALUES = 5
_OF_ALL = Text(
    "Standardised differences of means, absolute, before matching and after each strategy",
    "Diferencias de medias estandarizadas, en valor absoluto, antes del emparejamiento y después de cada estrategia",
)
_CURVES = Text(
    "{covariate}, the covariate whose distribution is farthest apart after “{strategy}”: share with at most each value",
    "{covariate}, la covariable cuya distribución queda más lejos tras «{strategy}»: proporción con a lo más cada valor",
)


def section(findings: Findings, style: Style) -> Section:
    """Return the summary over strategies, the love plot, and every covariate under the main strategy."""
    main = findings.configuration.main_strategy
    table = findings.balance[main]
    without_score = replace(table, frame=table.frame[table.frame["role"] != SCORE])
    shown = without_score.frame[["covariate", "column", "level"]].itertuples(index=False, name=None)
    labels = {term: style.names.term(column, level) for term, column, level in shown}
    caption = style.word("love_caption", strategy=style.name(main))
    love = figures.love_plot(without_score, language=style.language.code, labels=labels)
    pictures = [picture("balance", caption, love, findings)]
    if 1 < len(findings.balance) <= MOST_STRATEGIES:
        names = {name: style.name(name) for name in findings.balance}
        every = figures.love_plot_of_all(findings.balance, style.language.code, labels | names)
        pictures.append(picture("balance_of_all", style.text(_OF_ALL), every, findings))
    farthest = _farthest(table, findings)
    if farthest is not None:
        curves = figures.ecdf(findings.matched[main], farthest, style.language.code, style.name(farthest))
        caption = style.text(_CURVES.with_values(covariate=style.name(farthest), strategy=style.name(main)))
        pictures.append(picture("balance_curves", caption, curves, findings))
    items: tuple[Table | Figure, ...] = (
        balance_summary_table(findings.balance, style),
        joint_table({name: balance_jointly(matched) for name, matched in findings.matched.items()}, style),
        *pictures,
        balance_table(table, main, style),
        side_by_side_table(findings.balance, main, style),
    )
    return Section("balance", style.word("section_balance"), (), items)


def _farthest(table: BalanceTable, findings: Findings) -> str | None:
    """Return the covariate of numbers whose distribution is farthest apart after matching, or None."""
    rows = table.frame[(table.frame["stage"] == "after") & (table.frame["role"] == COVARIATE)]
    numbers = rows[rows["covariate"].isin(findings.sample.covariates) & rows["ecdf_max"].notna()]
    frame = findings.sample.frame
    many = [name for name in numbers["covariate"] if frame[name].nunique() > _FEW_VALUES]
    if not many:
        return None
    return str(numbers.set_index("covariate").loc[many, "ecdf_max"].idxmax())
