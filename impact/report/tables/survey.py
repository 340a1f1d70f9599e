"""Who was surveyed and compared: sample flow, participants, response, poverty levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from impact.report.contents import Cell, Interval, Number, Row, Suppressed, Table
from impact.report.tables.effects import count
from impact.report.words.labels import phrase, word
from impact.report.words.names import Names

if TYPE_CHECKING:
    import pandas as pd

    from impact.design.matched_sample import MatchedSample
    from impact.survey.poverty.table import PovertyTable
    from impact.survey.response import ResponseTable
    from impact.survey.sample import Sample


def flow_table(flow: pd.DataFrame, names: Names, language: str, minimum: int, synthetic: bool) -> Table:
    """Return what became of every unit, from the file to each strategy's estimate.

    Parameters
    ----------
    flow : DataFrame
        ``step``, then a column of units per strategy.
    """
    steps = [_step(str(step), names, language) for step in flow["step"]]
    numbers = flow.drop(columns="step")
    rows = [
        Row((step, *(count(int(units), minimum) for units in counts)))
        for step, counts in zip(steps, numbers.itertuples(index=False, name=None), strict=True)
    ]
    headings = (word("step", language), *(names.of(phrase(str(name), language)) for name in numbers.columns))
    return Table(
        "flow", word("flow_table", language), headings, tuple(rows), (word("flow_note", language),), synthetic
    )


def _step(step: str, names: Names, language: str) -> str:
    if step.startswith("excluded: lacks "):
        columns = step.removeprefix("excluded: lacks ").replace("'", "").split(", ")
        return f"{phrase('excluded, lacks', language)} {', '.join(names.of(column) for column in columns)}"
    return phrase(step, language)


def participants_table(sample: Sample, language: str, minimum: int) -> Table:
    """Return units, groups, and the population they stand for, by arm."""
    arms = {"treated": sample.treated, "control": ~sample.treated}
    frame = sample.frame
    rows = [Row((word("units", language), *(count(int(rows.sum()), minimum) for rows in arms.values())))]
    if sample.cluster:
        groups = {arm: frame.loc[rows, sample.cluster] for arm, rows in arms.items()}
        rows.append(
            Row((word("groups", language), *(count(codes.nunique(), minimum) for codes in groups.values())))
        )
        sizes = [Number(len(codes) / codes.nunique(), 1) for codes in groups.values()]
        rows.append(Row((word("units_per_group", language), *sizes)))
    if sample.sampling_weight:
        total = [Number(float(frame.loc[rows, sample.sampling_weight].sum()), 0) for rows in arms.values()]
        rows.append(Row((word("weight_sum", language), *total)))
    headings = (word("arm", language), *(word(arm, language) for arm in arms))
    note = word("participants_note", language, comparator=phrase(sample.comparator, language))
    return Table(
        "participants", word("participants_table", language), headings, tuple(rows), (note,), sample.synthetic
    )


def response_table(response: ResponseTable, language: str, minimum: int, synthetic: bool) -> Table:
    """Return the outcome of the interviews by arm, and the difference of the response rates."""
    frame = response.frame
    rows = [
        Row(
            (
                word(arm, language),
                phrase(str(answer), language),
                count(int(units), minimum),
                _share(share, units, minimum),
            )
        )
        for arm, answer, units, share in frame[["arm", "response", "units", "share"]].itertuples(
            index=False, name=None
        )
    ]
    note = word(
        "response_note",
        language,
        difference=_points(response.difference, language),
        low=_points(response.conf_low, language),
        high=_points(response.conf_high, language),
    )
    headings = tuple(word(key, language) for key in ("arm", "response", "units", "share"))
    return Table("response", word("response_table", language), headings, tuple(rows), (note,), synthetic)


def _points(value: float, language: str) -> str:
    from impact.report.words.language import Language

    return Language(language).number(100 * value, 1)


def _share(share: float, units: float, minimum: int) -> Cell:
    return Suppressed(minimum) if 0 < units < minimum else Number(100 * share, 1, " %")


def poverty_table(
    levels: Mapping[str, PovertyTable], matched: MatchedSample, strategy: str, language: str, minimum: int
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
    for label, table in levels.items():
        rows.append(Row((_line_label(label, table, language), "", "", "", ""), opens=True))
        frame = table.frame
        for key, part in frame.groupby(["alpha", "population"], sort=False):
            alpha, population = cast("tuple[float, str]", key)
            who = word("persons" if "person" in str(population) else "households", language)
            cells: list[Cell] = []
            for arm in ("treated", "control"):
                record = part.loc[part["subgroup"] == arm].iloc[0]
                cells += _level(record, minimum)
            rows.append(Row((f"{_measure(alpha, language)}, {who}", *cells)))
    headings = (
        word("line_and_measure", language),
        word("treated", language),
        word("interval", language, level=_level_text(levels)),
        word("matched_control", language),
        word("interval", language, level=_level_text(levels)),
    )
    first = next(iter(levels.values()))
    notes = (
        word("poverty_note", language, strategy=phrase(strategy, language)),
        word("poor_rule", language, rule=phrase(str(first.frame.iloc[0]["strictness"]), language)),
        *((word("synthetic_line", language),) if (first.frame["line_status"] == "synthetic").any() else ()),
    )
    return Table(
        "poverty", word("poverty_table", language), headings, tuple(rows), notes, matched.sample.synthetic
    )


def _level(record: pd.Series[Any], minimum: int) -> Sequence[Cell]:
    poor = int(record["n_poor"])
    others = int(record["n"]) - poor
    if min(poor, others) < minimum:
        return (Suppressed(minimum), Suppressed(minimum))
    estimate, low, high = (100 * float(record[key]) for key in ("estimate", "conf_low", "conf_high"))
    return (Number(estimate, 1, " %"), Interval(low, high, 1, " %"))


def _line_label(label: str, table: PovertyTable, language: str) -> str:
    from impact.report.words.language import Language

    first = table.frame.iloc[0]
    value = Language(language).number(float(first["line"]), 2 if float(first["line"]) % 1 else 0)
    described = [str(first[f"line_{part}"]) for part in ("unit", "area", "period", "vintage")]
    detail = ", ".join(phrase(part, language) for part in dict.fromkeys(described) if part)
    return f"{label[:1].upper()}{label[1:]}: {value} {detail}".strip()


def _measure(alpha: float, language: str) -> str:
    return word({0.0: "headcount", 1.0: "gap", 2.0: "severity"}[float(alpha)], language)


def _level_text(levels: Mapping[str, PovertyTable]) -> str:
    return f"{100 * next(iter(levels.values())).level:g}"
