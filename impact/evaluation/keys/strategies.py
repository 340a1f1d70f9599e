"""``[[strategies]]`` and ``[support]``: who is compared with whom."""

from __future__ import annotations

from impact import checks
from impact.design.proposal import Strategy
from impact.design.supports.rule import Support
from impact.effects.arm_means.adjustment import Adjustment
from impact.evaluation.reading.build import build, chosen_component, component
from impact.evaluation.reading.kinds import ADJUSTMENT, STRATEGY, SUPPORT, VARIANCE
from impact.evaluation.reading.problems import Problems
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.robustness.four_strategies import FOUR_STRATEGIES, Specification

_BESIDE = ("name", "type", "bias_adjustment", "variance")
STRATEGY_KEYS = ("bias_adjustment", "variance", "distance", "caliper", "ratio")
"""Keys by which a strategy is known; each kind has more of its own."""


def configured_strategies(top: TomlTable, seed: int) -> tuple[Specification, ...]:
    """Return the strategies of a file, the published four where it names none."""
    tables = top.tables("strategies")
    specifications = Problems(top.file).each(_specification, tables, seed) or FOUR_STRATEGIES
    names = [specification.name for specification in specifications]
    if len(set(names)) < len(names):
        raise top.error(
            Text(
                "the names of [[strategies]] must differ; {names}.",
                "los nombres de [[strategies]] deben ser distintos; {names}.",
                names=checks.listed(names, 8),
            ),
            "strategies",
        )
    return specifications


def configured_support(top: TomlTable) -> Support | None:
    """Return the common-support rule of a file, if it has one."""
    table = top.table("support")
    if table is None:
        return None
    support: Support = build(component(table, "rule", SUPPORT), table, beside=("rule",))
    return support


def _specification(table: TomlTable, seed: int) -> Specification:
    name = table.required("name", str)
    kind = component(table, "type", STRATEGY)
    strategy: Strategy = build(kind, table, beside=_BESIDE)
    variance = chosen_component(table, "variance", VARIANCE, seed) if "variance" in table.values else None
    return Specification(name, strategy, _adjustment(table), variance)


def _adjustment(table: TomlTable) -> Adjustment | str | None:
    """Return the bias adjustment: what suits each outcome unless "linear", "none", or a component by name or as a table with options."""
    short = table.values.get("bias_adjustment", "suited")
    if short in ("suited", "linear", "none"):
        return None if short == "none" else str(short)
    adjustment: Adjustment = chosen_component(table, "bias_adjustment", ADJUSTMENT)
    return adjustment
