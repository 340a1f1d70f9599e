"""Who was surveyed and compared: sample flow, participants, response, poverty levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from impact.design.matched_sample import (
    CONTROL_NOT_USED,
    MATCHED_CONTROL,
    MATCHED_TREATED,
    NOT_USED,
    OFF_SUPPORT,
    UNMATCHED,
)
from impact.language import Text
from impact.report.contents import Cell, Interval, Number, Row, Suppressed, Table
from impact.report.suppression import counts_shown
from impact.report.tables.effects import count
from impact.report.words.sentences import begun
from impact.report.words.style import Style
from impact.survey.sample_flow import ANALYSED, ANALYSED_CONTROL, ANALYSED_TREATED, IN_TABLE

if TYPE_CHECKING:
    import pandas as pd

    from impact.design.matched_sample import MatchedSample
    from impact.survey.poverty.table import PovertyTable
    from impact.survey.response.by_arm import ResponseTable
    from impact.survey.sample import Sample

_ADJUSTED_CONTROL = Text("matched control, adjusted", "controles emparejados, ajustados")
_NOTE_ADJUSTED = Text(
    "{note} The level of the controls is adjusted for what matching left, as the effects are: treated less controls is the effect in the "
    "table of strategies.",
    "{note} El nivel de los controles está ajustado por lo que el emparejamiento dejó, como los efectos: beneficiarios menos "
    "controles es el "
    "efecto del cuadro de estrategias.",
    note="",
)
_NOTE_OBSERVED = Text(
    "{note} Levels as observed, without adjustment; where the table of strategies adjusts, its control means differ by that.",
    "{note} Niveles observados, sin ajuste; donde el cuadro de estrategias ajusta, sus medias de controles difieren en eso.",
    note="",
)


def flow_table(flows: Mapping[str, Sequence[tuple[Text, int]]], style: Style, synthetic: bool) -> Table:
    """Return what became of every unit, from the file to each strategy's estimate.

    Parameters
    ----------
    flows : mapping of str to sequence of (Text, int)
        By the strategy's name: the steps of a matched sample, with their units.
    """
    steps = list(dict.fromkeys(step for flow in flows.values() for step, _ in flow))
    columns = [_flow_column(steps, dict(flow), style.minimum) for flow in flows.values()]
    rows = [Row((_step(step, style), *cells)) for step, *cells in zip(steps, *columns, strict=True)]
    headings = (style.word("step"), *(style.name(name) for name in flows))
    notes = (style.word("flow_note"),)
    return Table("flow", style.word("flow_table"), headings, tuple(rows), notes, synthetic)


def _flow_column(steps: list[Text], units: Mapping[Text, int], minimum: int) -> list[Cell]:
    """Return the units of each step, hidden where a small one would follow from what a reader can add up."""
    place = {step: k for k, step in enumerate(steps)}
    counts = [units.get(step, 0) for step in steps]
    excluded = [step for step in steps if "reason" in step.values]
    sums = [
        (IN_TABLE, (*excluded, ANALYSED)),
        (ANALYSED, (ANALYSED_TREATED, ANALYSED_CONTROL)),
        (ANALYSED, (OFF_SUPPORT, UNMATCHED, MATCHED_TREATED, MATCHED_CONTROL, CONTROL_NOT_USED, NOT_USED)),
        (ANALYSED_TREATED, (OFF_SUPPORT, UNMATCHED, MATCHED_TREATED)),
        (ANALYSED_CONTROL, (MATCHED_CONTROL, CONTROL_NOT_USED)),
    ]
    relations = [
        (place[total], tuple(place[part] for part in parts if part in place)) for total, parts in sums
    ]
    holding = [
        (total, parts) for total, parts in relations if counts[total] == sum(counts[part] for part in parts)
    ]
    return counts_shown(counts, holding, minimum)


def _step(step: Text, style: Style) -> str:
    """Return a step's text, with columns called by their labels."""
    reason = step.values.get("reason")
    if isinstance(reason, Text) and "names" in reason.values:
        names = cast("tuple[str, ...]", reason.values["names"])
        step = step.with_values(reason=reason.with_values(columns=tuple(style.name(name) for name in names)))
    if "outcome" in step.values:
        step = step.with_values(outcome=style.name(str(step.values["outcome"])))
    return style.text(step)


def participants_table(sample: Sample, style: Style) -> Table:
    """Return units, groups, and the population they stand for, by arm."""
    arms = {"treated": sample.treated, "control": ~sample.treated}
    frame = sample.frame
    rows = [Row((style.word("units"), *(count(int(rows.sum()), style) for rows in arms.values())))]
    if sample.cluster:
        groups = {arm: frame.loc[rows, sample.cluster] for arm, rows in arms.items()}
        rows.append(
            Row((style.word("groups"), *(count(codes.nunique(), style) for codes in groups.values())))
        )
        sizes = [Number(len(codes) / codes.nunique(), 1) for codes in groups.values()]
        rows.append(Row((style.word("units_per_group"), *sizes)))
    if sample.sampling_weight:
        total = [Number(float(frame.loc[rows, sample.sampling_weight].sum()), 0) for rows in arms.values()]
        rows.append(Row((style.word("weight_sum"), *total)))
    headings = (style.word("arm"), *(style.word(arm) for arm in arms))
    named = sample.comparator != "controls"  # what the controls are, where the sample says more than that
    note = (
        style.word("participants_note", comparator=style.text(sample.comparator))
        if named
        else style.word("counts_note")
    )
    return Table(
        "participants", style.word("participants_table"), headings, tuple(rows), (note,), sample.synthetic
    )


def response_table(response: ResponseTable, style: Style, synthetic: bool) -> Table:
    """Return the outcome of the interviews by arm, and the difference of the response rates."""
    rows = []
    for arm, part in response.frame.groupby("arm", sort=False):
        numbers = part["units"].astype(int).tolist()
        everybody = (
            len(numbers),
            tuple(range(len(numbers))),
        )  # which units and share of any other answer tell
        shown = counts_shown([*numbers, sum(numbers)], [everybody], style.minimum)
        for answer, share, cell in zip(part["response"], part["share"], shown[:-1], strict=True):
            percent = cell if isinstance(cell, Suppressed) else Number(100 * share, 1, " %")
            rows.append(Row((style.word(str(arm)), style.text(str(answer)), cell, percent)))
    note = style.word(
        "response_note",
        difference=_points(response.difference, style),
        low=_points(response.conf_low, style),
        high=_points(response.conf_high, style),
    )
    headings = tuple(style.word(key) for key in ("arm", "response", "units", "share"))
    return Table("response", style.word("response_table"), headings, tuple(rows), (note,), synthetic)


def _points(value: float, style: Style) -> str:
    return style.number(100 * value, 1)


def poverty_table(
    levels: Mapping[str, PovertyTable], matched: MatchedSample, strategy: str, style: Style
) -> Table:
    """Return poverty among the matched treated and controls, counting households and counting persons.

    Parameters
    ----------
    levels : mapping of str to PovertyTable
        Label of each line to its table, with the arms "treated" and "control" as subgroups.
    matched : MatchedSample
        The match whose weights the levels carry.
    strategy : str
        Its name.
    """
    rows: list[Row] = []
    control = _shown_controls(levels)
    adjusted = control != "control"
    hidden = hidden_poverty(levels, style.minimum)
    for label, table in levels.items():
        rows.append(Row((_line_label(label, table, style), "", "", "", ""), opens=True))
        frame = table.frame
        for key, part in frame.groupby(["alpha", "population"], sort=False):
            alpha, population = cast("tuple[float, str]", key)
            who = style.word("persons" if "person" in str(population) else "households")
            cells: list[Cell] = []
            for arm in ("treated", control):
                if (label, population) in hidden:
                    few = hidden[label, population]
                    cells += [Suppressed(style.minimum, secondary=arm not in few)] * 2
                else:
                    cells += _level(part.loc[part["subgroup"] == arm].iloc[0])
            rows.append(Row((f"{_measure(alpha, style)}, {who}", *cells)))
    headings = (
        style.word("line_and_measure"),
        style.word("treated"),
        style.word("interval", level=_level_text(levels)),
        style.text(_ADJUSTED_CONTROL) if adjusted else style.word("matched_control"),
        style.word("interval", level=_level_text(levels)),
    )
    first = next(iter(levels.values()))
    notes = (
        style.text(
            (_NOTE_ADJUSTED if adjusted else _NOTE_OBSERVED).with_values(
                note=style.word("poverty_note", strategy=style.text(strategy))
            )
        ),
        style.word("poor_rule", rule=style.text(str(first.frame.iloc[0]["strictness"]))),
        *((style.word("synthetic_line"),) if (first.frame["line_status"] == "synthetic").any() else ()),
    )
    return Table(
        "poverty", style.word("poverty_table"), headings, tuple(rows), notes, matched.sample.synthetic
    )


def _shown_controls(levels: Mapping[str, PovertyTable]) -> str:
    adjusted = all((table.frame["subgroup"] == "control, adjusted").any() for table in levels.values())
    return "control, adjusted" if adjusted else "control"


def hidden_poverty(levels: Mapping[str, PovertyTable], minimum: int) -> dict[tuple[str, str], set[str]]:
    """Return the lines and populations that are not published, with the arms in which few are poor or few are not.

    Few between two lines follow from the shares below each: the lower one goes with them. Both arms go together, as either follows from
    the other and the effect.
    """
    arms = ("treated", _shown_controls(levels))
    hidden: dict[tuple[str, str], set[str]] = {}
    records = [
        (label, str(record["population"]), str(record["subgroup"]), int(record["n_poor"]), int(record["n"]))
        for label, table in levels.items()
        for record in table.frame[table.frame["alpha"] == 0].to_dict("records")
        if record["subgroup"] in arms
    ]
    for label, population, arm, poor, everybody in records:
        if min(poor, everybody - poor) < minimum:
            hidden.setdefault((label, population), set()).add(arm)
    for arm, population in dict.fromkeys((record[2], record[1]) for record in records):
        shown = sorted(
            (poor, label)
            for label, counted, side, poor, _ in records
            if (counted, side) == (population, arm) and (label, population) not in hidden
        )
        for (fewer, lower), (more, _) in pairwise(shown):
            if 0 < more - fewer < minimum:
                hidden.setdefault((lower, population), set())
    return hidden


def _level(record: pd.Series[Any]) -> Sequence[Cell]:
    estimate, low, high = (100 * float(record[key]) for key in ("estimate", "conf_low", "conf_high"))
    return (Number(estimate, 1, " %"), Interval(low, high, 1, " %"))


def _line_label(label: str, table: PovertyTable, style: Style) -> str:
    first = table.frame.iloc[0]
    value = style.number(float(first["line"]), 2 if float(first["line"]) % 1 else 0)
    described = [str(first[f"line_{part}"]) for part in ("unit", "area", "period", "vintage")]
    detail = ", ".join(style.text(part) for part in dict.fromkeys(described) if part)
    income, below, _ = label.partition(" < ")
    named = f"{style.name(income)} < {value}" if below else f"{label}: {value}"
    return begun(f"{named} {detail}".strip())


def _measure(alpha: float, style: Style) -> str:
    return style.word({0.0: "headcount", 1.0: "gap", 2.0: "severity"}[float(alpha)])


def _level_text(levels: Mapping[str, PovertyTable]) -> str:
    return f"{100 * next(iter(levels.values())).level:g}"
