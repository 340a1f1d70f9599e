"""The README of a package, written from the data: the sections that the World Bank and the American Economic Association ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from impact.evaluation.evaluation import Evaluation
from impact.evaluation.findings import DataFile
from impact.evaluation.replication import readme_words as words
from impact.evaluation.replication.deidentified import Deidentified
from impact.evaluation.replication.settings import DATA
from impact.evaluation.report_contents import report_style
from impact.language import Text
from impact.report.words.style import Style


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What a README tells, beside the evaluation itself.

    Attributes
    ----------
    data : Deidentified
    original : DataFile
        The file that the data were made of, which the package does not hold.
    exhibits : DataFrame
    quoted : int
        Numbers of the running text.
    compared : int
        Numbers that are compared when the package is rerun.
    moved : DataFrame
        Numbers that de-identification changed.
    libraries : dict of str to str
    python, machine : str
    seconds : float
        That the evaluation took.
    """

    data: Deidentified
    original: DataFile
    exhibits: pd.DataFrame
    quoted: int
    compared: int
    moved: pd.DataFrame
    libraries: dict[str, str]
    python: str
    machine: str
    seconds: float


def readme(evaluation: Evaluation, facts: Facts) -> str:
    """Return the README in the language of the evaluation, as Markdown."""
    style = report_style(evaluation.findings)
    blocks = [
        f"# {style.text(words.TITLE.with_values(title=evaluation.findings.configuration.title))}",
        *_overview(evaluation, facts, style),
        *_provenance(evaluation, facts, style),
        *_variables(evaluation, facts, style),
        *_computing(facts, style),
        *_exhibits(facts, style),
        *_agreement(facts, style),
    ]
    return "\n\n".join(blocks) + "\n"


def _overview(evaluation: Evaluation, facts: Facts, style: Style) -> Iterator[str]:
    sample, keys = evaluation.sample, evaluation.findings.configuration.package
    if sample.synthetic:
        yield f"**{style.word('synthetic_banner')}**"
    yield f"## {style.text(words.OVERVIEW)}"
    yield style.text(
        words.WHAT.with_values(
            treated=int(sample.treated.sum()),
            control=int((~sample.treated).sum()),
            comparator=sample.comparator,
            strategies=len(evaluation.matched),
            outcomes=len(sample.outcomes),
        )
    )
    for label, value in (
        (words.AUTHORS, ", ".join(keys.authors)),
        (words.PAPER, keys.paper),
        (words.CONTACT, keys.contact),
    ):
        yield _said(label, value, style)
    yield style.text(words.RUN)
    yield "```sh\npython -m venv .venv\n.venv/bin/pip install -r environment/requirements.txt\n.venv/bin/python main.py\n```"
    yield style.text(words.WHAT_RUNS.with_values(compared=facts.compared))


def _provenance(evaluation: Evaluation, facts: Facts, style: Style) -> Iterator[str]:
    found, keys = facts.original, evaluation.findings.configuration.package
    yield f"## {style.text(words.PROVENANCE)}"
    yield style.text(words.SOURCE.with_values(name=found.name, rows=found.rows, hash=found.data_hash))
    for label, value in (
        (words.COLLECTED, keys.provenance),
        (words.ACCESS, keys.access),
        (words.RIGHTS, keys.rights),
    ):
        yield _said(label, value, style)
    yield f"### {style.text(words.IDENTITY)}"
    data = facts.data
    codes = ", ".join(f"`{name}`" for name in data.recoded) or style.word("none")
    left = ", ".join(f"`{name}`" for name in data.left_out) or style.word("none")
    yield style.text(words.RECODED.with_values(columns=codes))
    yield style.text(words.LEFT_OUT.with_values(columns=left))
    yield style.text(words.ALONE.with_values(alone=data.alone))
    if data.doubtful:
        doubtful = ", ".join(f"`{name}`" for name in data.doubtful)
        yield f"**{style.text(words.DOUBTFUL.with_values(columns=doubtful))}**"


def _variables(evaluation: Evaluation, facts: Facts, style: Style) -> Iterator[str]:
    yield f"## {style.text(words.VARIABLES)}"
    roles = _roles(evaluation)
    head = [style.text(text) for text in (words.COLUMN, words.LABEL, words.KIND, words.FILLED, words.ROLE)]
    for file in facts.data.files:
        for sheet, table in file.tables.items():
            yield f"`{DATA}/{file.name}`" + (f" ({sheet})" if sheet else "")
            frame = table.frame
            rows = [
                [
                    f"`{name}`",
                    style.names.labels.get(name) or table.labels.get(name, ""),
                    style.text(_kind(frame[name])),
                    style.number(int(frame[name].notna().sum())),
                    ", ".join(style.text(role) for role in roles.get(name, ())),
                ]
                for name in map(str, frame.columns)
            ]
            yield _markdown(head, rows)


def _roles(evaluation: Evaluation) -> dict[str, list[Text]]:
    configuration = evaluation.findings.configuration
    found: dict[str, list[Text]] = {}
    named = {role: configuration.roles[role] for role in words.ROLES}
    for role, value in named.items():
        for column in [value] if isinstance(value, str) else value or ():
            found.setdefault(column, []).append(words.ROLES[role])
    for outcome in evaluation.sample.outcomes:
        for column in outcome.columns:
            if words.OUTCOME not in found.setdefault(column, []):
                found[column].append(words.OUTCOME)
    return found


def _kind(column: pd.Series) -> Text:
    if pd.api.types.is_datetime64_any_dtype(column):
        return words.DATE
    return words.NUMBER if pd.api.types.is_numeric_dtype(column) else words.CATEGORY


def _computing(facts: Facts, style: Style) -> Iterator[str]:
    yield f"## {style.text(words.COMPUTING)}"
    yield style.text(
        words.MACHINE.with_values(
            python=facts.python, machine=facts.machine, seconds=style.number(max(1.0, facts.seconds))
        )
    )
    yield ", ".join(f"{name} {version}" for name, version in facts.libraries.items())


def _exhibits(facts: Facts, style: Style) -> Iterator[str]:
    yield f"## {style.text(words.EXHIBITS)}"
    yield style.text(words.NUMBERS.with_values(quoted=facts.quoted))
    head = [
        style.text(text) for text in (words.EXHIBIT, words.CAPTION, words.CODE, words.SETTINGS, words.FILES)
    ]
    columns = ("exhibit", "caption", "code", "settings", "files")
    rows = [[str(row[name]) for name in columns] for row in facts.exhibits.to_dict("records")]
    yield _markdown(head, rows)


def _agreement(facts: Facts, style: Style) -> Iterator[str]:
    yield f"## {style.text(words.AGREEMENT)}"
    if facts.moved.empty:
        yield style.text(words.SAME)
        return
    yield style.text(words.MOVED.with_values(moved=len(facts.moved)))
    for row in facts.moved.to_dict("records"):
        place = ", ".join(str(row[name]) for name in ("exhibit", "row", "column") if row[name])
        yield f"- {_cell(place)}: {row['expected'] or '–'} → {row['found'] or '–'}"


def _said(label: Text, value: str, style: Style) -> str:
    """Return what the configuration says, or that it says nothing and where it would."""
    return f"**{style.text(label)}:** {value or style.text(words.NOT_SAID)}"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
