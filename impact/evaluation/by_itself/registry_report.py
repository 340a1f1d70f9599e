"""The report of a registry: its units and cells, balance, effects and poverty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from impact.design.balance.table import BalanceTable
from impact.effects.effect import EffectTable
from impact.evaluation.configuration import Configuration
from impact.language import Language, Text
from impact.registry.registry_match import RegistryMatch
from impact.registry.sample import RegistrySample
from impact.report.contents import Cell, Contents, Number, Row, Section, Suppressed, Table
from impact.report.tables.design import balance_table
from impact.report.tables.effects import quintile_table, tidy_table
from impact.report.tables.strategies import strategy_details, strategy_table
from impact.report.tables.survey import flow_table
from impact.report.words.names import Names
from impact.report.words.style import Style

_UNITS = Text("Units and cells", "Unidades y celdas")
_BALANCE = Text("Balance before and after", "Balance antes y después")
_EFFECTS = Text("Effects", "Efectos")
_POVERTY = Text("Effects on poverty", "Efectos sobre la pobreza")
_QUINTILES = Text("Who gained: effects by fifth", "Quién ganó: efectos por quintil")
_WARNED = Text("What the run warned of", "Advertencias de la corrida")
_CELLS = Text("Cells: {strategy}", "Celdas: {strategy}")
_LEAD = Text(
    "{treated} treated and {control} {comparator} in {files} files and {cells} cells; estimand: {estimand}.",
    "{treated} beneficiarios y {control} {comparator} en {files} archivos y {cells} celdas; estimando: {estimand}.",
)
_CELL_HEADINGS = (
    Text("cell", "celda"),
    Text("treated", "beneficiarios"),
    Text("control", "controles"),
    Text("matched", "emparejadas"),
    Text("comparisons", "comparaciones"),
)


def registry_contents(
    configuration: Configuration,
    sample: RegistrySample,
    matched: Mapping[str, RegistryMatch],
    balance: Mapping[str, BalanceTable],
    effects: Sequence[EffectTable],
    quintiles: Mapping[str, EffectTable],
    warnings: Sequence[str],
) -> Contents:
    """Return what the report of a registry holds, in its language.

    Parameters
    ----------
    configuration : Configuration
    sample : RegistrySample
    matched, balance : mapping
        By the strategy's name.
    effects : sequence of EffectTable
        Of the outcomes, then, where it was asked, of poverty.
    quintiles : mapping of str to EffectTable
        Effects by fifth, by outcome.
    warnings : sequence of str
    """
    labels = Names(dict(configuration.labels))
    style = Style(Language(configuration.language), labels, configuration.minimum_cell)
    cells = sample.frame
    lead = _LEAD.with_values(
        treated=style.number(int(cells["treated"].sum())),
        control=style.number(int(cells["control"].sum())),
        comparator=style.text(sample.comparator),
        files=style.number(len(sample.files)),
        cells=style.number(len(cells)),
        estimand=configuration.estimand,
    )
    return Contents(
        title=configuration.title,
        language=style.language,
        synthetic=sample.synthetic,
        sections=tuple(_sections(sample, matched, balance, effects, quintiles, warnings, style)),
        lead=(style.text(lead),),
        data=tuple(_tidy([*effects, *quintiles.values()], style)),
    )


def _sections(
    sample: RegistrySample,
    matched: Mapping[str, RegistryMatch],
    balance: Mapping[str, BalanceTable],
    effects: Sequence[EffectTable],
    quintiles: Mapping[str, EffectTable],
    warnings: Sequence[str],
    style: Style,
) -> Iterator[Section]:
    flows = {name: one.steps for name, one in matched.items()}
    by_cell = [_cell_table(k, name, one, style) for k, (name, one) in enumerate(matched.items(), start=1)]
    for name, title, table in zip(("effects", "poverty"), (_EFFECTS, _POVERTY), effects, strict=False):
        shown = (strategy_table(table, style), strategy_details(table, style))
        renamed = tuple(replace(one, name=f"{name}_{one.name}"[:31]) for one in shown)
        yield Section(name, style.text(title), items=renamed)
    if quintiles:
        fifths = [
            replace(quintile_table(one, None, style), name=f"quintiles_{k}")
            for k, one in enumerate(quintiles.values(), start=1)
        ]
        yield Section("quintiles", style.text(_QUINTILES), items=tuple(fifths))
    tables = [
        replace(balance_table(one, name, style), name=f"balance_{k}")
        for k, (name, one) in enumerate(balance.items(), start=1)
    ]
    yield Section("balance", style.text(_BALANCE), items=tuple(tables))
    yield Section("units", style.text(_UNITS), items=(flow_table(flows, style, sample.synthetic), *by_cell))
    if warnings:
        yield Section("warnings", style.text(_WARNED), paragraphs=tuple(style.text(one) for one in warnings))


def _cell_table(place: int, strategy: str, matched: RegistryMatch, style: Style) -> Table:
    """Return the cells of one match; counts of fewer units than may be published are hidden."""
    rows = []
    frame = matched.frame
    numbers = frame.drop(columns="cell").to_numpy(dtype=np.int64)
    for cell, counts in zip(frame["cell"], numbers.tolist(), strict=True):
        few = any(0 < count < style.minimum for count in counts)
        shown: list[Cell] = [Suppressed(style.minimum) if few else Number(count, 0) for count in counts]
        rows.append(Row((str(cell), *shown)))
    return Table(
        f"cells_{place}",
        style.text(_CELLS.with_values(strategy=style.name(strategy))),
        tuple(style.text(heading) for heading in _CELL_HEADINGS),
        tuple(rows),
        synthetic=matched.sample.synthetic,
        folded=True,
    )


def _tidy(effects: Sequence[EffectTable], style: Style) -> Iterator[Table]:
    for k, table in enumerate(effects, start=1):
        yield tidy_table(f"effects_{k}_tidy" if k > 1 else "effects_tidy", table, style)
