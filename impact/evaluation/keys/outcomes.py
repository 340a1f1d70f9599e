"""``[[outcomes]]`` and ``[[poverty_lines]]``: what is compared."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from impact import checks
from impact.errors import ImpactError
from impact.evaluation.reading.build import build, component
from impact.evaluation.reading.kinds import OUTCOME
from impact.evaluation.reading.problems import Problems
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.poverty.line import PovertyLine
from impact.survey.poverty.line_table import PovertyLines

OUTCOME_KEYS = ("column", "unit", "persons", "line", "income", "label", "period")
"""Keys by which an outcome is known; each kind has more of its own."""


def configured_outcomes(top: TomlTable, labels: dict[str, str]) -> tuple[Outcome, ...]:
    """Return the outcomes of a file; what it calls them is added to ``labels``."""
    lines = configured_lines(top)
    data = top.values.get("data")
    period = data.get("period", "") if isinstance(data, dict) else ""  # what it may be, [data] itself says
    outcomes = Problems(top.file).each(_outcome, top.tables("outcomes"), lines, labels, period)
    if not outcomes:
        raise top.error(
            Text(
                'the file must name at least one outcome: [[outcomes]] column = "income".',
                'el archivo debe nombrar al menos un resultado: [[outcomes]] column = "ingreso".',
            )
        )
    try:
        checks.distinct("outcomes", [outcome.name for outcome in outcomes])
    except ImpactError as problem:
        raise top.relocated(problem, "outcomes") from None
    return outcomes


def configured_lines(top: TomlTable) -> dict[str, PovertyLine]:
    """Return the poverty lines by name: written out in full, or looked up among the published ones by area and year."""
    lines: dict[str, PovertyLine] = {}
    for table in top.tables("poverty_lines"):
        name = table.required("name", str)
        if name in lines:
            raise table.error(
                Text(
                    "the poverty line {name!r} stands twice. Give each line a name of its own.",
                    "la línea de pobreza {name!r} aparece dos veces. Dé a cada línea su propio nombre.",
                    name=name,
                ),
                "name",
            )
        lines[name] = _line(table, name)
    return lines


def _line(table: TomlTable, name: str) -> PovertyLine:
    if "value" in table.values:
        return build(PovertyLine, table)
    table.refuse_unknown(("name", "area", "year", "vintage", "value"), ("area", "year"))
    try:
        return PovertyLines.published().line(
            name, table.required("area", str), table.required("year", int), table.get("vintage", str)
        )
    except ImpactError as problem:
        raise table.relocated(problem) from None


def _outcome(
    table: TomlTable, lines: Mapping[str, PovertyLine], labels: dict[str, str], period: str
) -> Outcome:
    kind = component(table, "type", OUTCOME, default="column")
    keys, made = inspect.signature(kind).parameters, dict[str, Any]()
    if "name" in table.values:
        made["name" if "name" in keys else "label"] = table.get("name", str)
    elif "label" in keys:
        made["label"] = None  # the label of a configuration is what readers see, not the outcome's name
    if isinstance(table.values.get("line"), str):
        made["line"] = _named_line(table, lines)
    if period and "period" in keys and "period" not in table.values:
        made["period"] = period
    outcome: Outcome = build(kind, table, made=made, beside=("type", "name", "label"))
    if "label" in table.values:
        labels[outcome.name] = table.get("label", str)
    return outcome


def _named_line(table: TomlTable, lines: Mapping[str, PovertyLine]) -> PovertyLine:
    line = table.required("line", str)
    if line not in lines:
        raise table.error(
            Text(
                "key 'line' must be a number or the name of one of [[poverty_lines]] ({lines}); got {line!r}.",
                (
                    "la clave 'line' debe ser un número o el nombre de una de las [[poverty_lines]] ({lines}); se dio "
                    "{line!r}."
                ),
                lines=checks.listed(map(repr, lines)) or Text("none given", "no hay ninguna"),
                line=line,
            ),
            "line",
        )
    return lines[line]
