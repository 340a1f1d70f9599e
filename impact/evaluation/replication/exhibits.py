"""Which code makes which exhibit: every table and figure of a report with its files, its section's code and its line of the settings."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from impact.evaluation.findings import Findings
from impact.language import Text
from impact.report.contents import Contents, Table
from impact.report.output import distinct_names

TABLE = Text("Table {number}", "Cuadro {number}")
FIGURE = Text("Figure {number}", "Gráfico {number}")
CODE = "code/"


def exhibit_map(contents: Contents, findings: Findings) -> pd.DataFrame:
    """Return one row per table and figure: number, caption, files, code, and the table of the settings that asks for it.

    Parameters
    ----------
    contents : Contents
        As ``report_contents`` gives them.
    findings : Findings
    """
    files = dict(_files(contents))
    numbers = {"table": 0, "figure": 0}
    rows = []
    for section in contents.sections:
        for item in section.items:
            kind = "table" if isinstance(item, Table) else "figure"
            numbers[kind] += 1
            label = TABLE if kind == "table" else FIGURE
            module = contents.made_by[section.name]
            rows.append(
                {
                    "exhibit": label.with_values(number=numbers[kind]).to(contents.language),
                    "caption": item.caption,
                    "section": section.title,
                    "files": "; ".join(files[id(item)]),
                    "code": f"{CODE}{module.replace('.', '/')}.py",
                    "settings": _asked_by(module, findings),
                }
            )
    return pd.DataFrame(rows)


def _asked_by(module: str, findings: Findings) -> str:
    """Return the table of evaluation.toml that a section's file is named after, where the configuration has it."""
    name = module.rpartition(".")[2]
    return f"[{name}]" if name in findings.answers else ""


def _files(contents: Contents) -> Iterator[tuple[int, list[str]]]:
    """Yield each table and figure with the files of the report that hold it alone."""
    for name, table in distinct_names(contents.tables, lambda table: table.name):
        yield id(table), [f"report/tables/{name}.csv", f"report/latex/{name}.tex"]
    for name, figure in distinct_names(contents.figures, lambda figure: figure.name):
        yield id(figure), [f"report/figures/{name}.{suffix}" for suffix in ("svg", "png")]
