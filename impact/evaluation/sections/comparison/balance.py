"""Balance before and after matching."""

from __future__ import annotations

from dataclasses import replace

from impact.design.balance.columns import SCORE
from impact.design.balance.joint import balance_jointly
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.report import figures
from impact.report.contents import Section
from impact.report.tables.balance_of_all import joint_table, side_by_side_table
from impact.report.tables.design import balance_summary_table, balance_table
from impact.report.words.style import Style

PLACE = 40


def section(findings: Findings, style: Style) -> Section:
    """Return the summary over strategies, the love plot, and every covariate under the main strategy."""
    main = findings.configuration.main_strategy
    table = findings.balance[main]
    without_score = replace(table, frame=table.frame[table.frame["role"] != SCORE])
    shown = without_score.frame[["covariate", "column", "level"]].itertuples(index=False, name=None)
    labels = {term: style.names.term(column, level) for term, column, level in shown}
    caption = style.word("love_caption", strategy=style.name(main))
    love = figures.love_plot(without_score, language=style.language.code, labels=labels)
    items = (
        balance_summary_table(findings.balance, style),
        joint_table({name: balance_jointly(matched) for name, matched in findings.matched.items()}, style),
        picture("balance", caption, love, findings),
        balance_table(table, main, style),
        side_by_side_table(findings.balance, main, style),
    )
    return Section("balance", style.word("section_balance"), (), items)
