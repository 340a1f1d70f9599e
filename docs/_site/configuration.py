"""The reference page of evaluation.toml, written from the classes that read it: every table, key, type, default and an example."""

import dataclasses
import inspect
import json
import re
import types
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Union, get_args, get_origin

from impact.evaluation.keys.data_and_roles import FileKeys, Roles
from impact.evaluation.keys.general import General
from impact.evaluation.keys.package import PackageKeys
from impact.evaluation.keys.tables import TableKeys
from impact.evaluation.keys.treatment import TreatmentKeys
from impact.evaluation.reading.analysis import known_analyses
from impact.evaluation.reading.build import _annotations
from impact.evaluation.reading.kinds import KINDS, OUTCOME, STRATEGY, SUPPORT, Kind, kind_of
from impact.survey.poverty.line import PovertyLine

TABLES: dict[str, type] = {
    "top of the file": General,
    "[data]": FileKeys,
    "[tables.NAME]": TableKeys,
    "[treatment]": TreatmentKeys,
    "[roles]": Roles,
    "[[poverty_lines]]": PovertyLine,
    "[package]": PackageKeys,
}
"""Tables of the file that one class reads; those of the analyses are found by standing in their folder."""
BESIDE = {
    "[[outcomes]]": (
        ("type", "the name of a kind of outcome", '"column"', 'type = "headcount"'),
        ("name", "text", "the column's", 'name = "Income per head"'),
        ("label", "text", "the name", 'label = "Income per head"'),
    ),
    "[[strategies]]": (
        ("name", "text", "needed", 'name = "Kernel"'),
        ("type", "the name of a strategy", "needed", 'type = "kernel"'),
        (
            "bias_adjustment",
            'the name of a bias adjustment, or "none"',
            '"linear"',
            'bias_adjustment = "none"',
        ),
        (
            "variance",
            "the name of a variance, or a table with type and its options",
            "by the strategy",
            'variance = "cluster robust"',
        ),
    ),
    "[support]": (("rule", "the name of a support rule", "needed", 'rule = "min max"'),),
}
EXAMPLES = {
    "title": '"Impact of the second phase"', "main_strategy": '"Kernel"', "figures": '["Income"]', "language": '"es"',
    "file": '"survey.dta"',
    "sheet": '"Hogares"', "separator": '";"', "decimal": '","', "encoding": '"latin-1"', "date_formats": '{ interview_date = "%d/%m/%Y" }',
    "categorical": '["region"]', "numeric": '["years_of_school"]', "missing_codes": '[-98, -99, "NS/NR"]', "wave": "1",
    "accept": '["spellings"]', "schema": "true", "response": '"result_code"', "key": '"group_id"', "treated": '["Sí"]',
    "control": '["No", "Pipeline"]', "rule": "true", "group": '"group_id"', "interview": '"interview_date"', "table": '"group"',
    "date": '"first_disbursement"', "treatment": '"treated"', "covariates": '["age", "region"]', "cluster": '"group_id"',
    "sampling_weight": '"weight"', "stratum": '"region"', "id": '"hh_id"', "column": '"income"', "columns": '["crops", "livestock"]',
    "income": '"income_pc"', "unit": '"Bs/year"', "period": '"2014"', "persons": '"members"', "members": '"members"', "line": '"moderate"',
    "outcome": '"Income"', "outcomes": '["Income"]', "by": '"region"', "strategy": '"Kernel"', "baseline": '"income_pre"',
    "exact": '["region"]', "entry": '"entry_wave"', "name": '"Income per head"', "label": '"Income per head"', "area": '"rural"',
    "vintage": '"2014"', "source": '"INE"', "status": '"official"', "authors": '["Evaluation unit"]',
}  # fmt: skip
"""Values for keys that say little by their type."""
HEAD = """# evaluation.toml, every key

Written from the code that reads the file: what is not here is refused, with the nearest key that exists. `impact init DATA` writes a first
file with its lines explained. Names of components are written in words (`"nearest neighbor"`) or as in Python (`"NearestNeighbor"`); where
one has options it is a table: `distance = { type = "propensity score", link = "probit" }`.

La referencia de cada clave; los mensajes de error y `impact init` la explican en español.
"""


def page() -> str:
    """Return the page in Markdown."""
    parts = [HEAD, *(section(title, kind) for title, kind in TABLES.items()), labels()]
    for title, kind in (("[[outcomes]]", OUTCOME), ("[[strategies]]", STRATEGY), ("[support]", SUPPORT)):
        parts.append(f"## `{title}`\n\n{rows(BESIDE[title])}")
        parts += components(kind)
    for name, analysis in sorted(known_analyses().items()):
        parts.append(section(f"[{name}]", analysis))
    named = (OUTCOME, STRATEGY, SUPPORT)
    for kind in KINDS:
        if kind not in named:
            parts += [f"\n## {str(kind.noun).removeprefix('a ').capitalize()}\n", *components(kind)]
    return "\n".join(parts)


def labels() -> str:
    """Return the section of the names that readers see."""
    return (
        "## `[labels]`\n\nColumns or outcomes, and the names that readers see.\n\n```toml\n[labels]\n"
        'altitude_m = "Altitude (m)"\n```\n'
    )


def components(kind: Kind) -> Iterator[str]:
    """Yield a section for each class of a kind that a file can name."""
    for words, component in kind.known().items():
        try:
            _annotations(component)
        except NameError:  # it takes a data frame, which a file cannot write
            continue
        yield section(f'type = "{words}"', component, level=3)


def section(title: str, kind: type, level: int = 2) -> str:
    """Return the heading, the first sentence and the keys of a table."""
    first = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    return f"{'#' * level} `{title}`\n\n{first}\n\n{rows(keys(kind))}"


def rows(found: Iterable[tuple[str, ...]]) -> str:
    """Return a table of keys: key, type, default, example and, where the code says more, what it means."""
    lines = [f"| `{row[0]}` | {' | '.join(row[1:3])} | `{row[3]}` | {''.join(row[4:])} |" for row in found]
    if not lines:
        return "No keys.\n"
    return "\n".join(["| key | type | default | example | meaning |", "|---|---|---|---|---|", *lines, ""])


def meanings(kind: type) -> dict[str, str]:
    """Return what the docstring says of each parameter."""
    text = (inspect.getdoc(kind) or "").partition("Parameters\n----------\n")[2]
    text = re.split(r"\n\n[A-Z]\w+\n-{3,}", text)[0]
    found = {}
    for names, said in re.findall(r"^(\w[\w, ]*?) ?:[^\n]*\n((?: +[^\n]*\n?)*)", text, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), " ".join(said.split()).replace("|", "\\|"))
    return found


def keys(kind: type) -> Iterator[tuple[str, ...]]:
    """Yield key, type, default, example and meaning of everything that a table may hold."""
    hints, said = _annotations(kind), meanings(kind)
    for name, parameter in inspect.signature(kind).parameters.items():
        needed = parameter.default is inspect.Parameter.empty
        default = "needed" if needed else shown(_default(kind, name, parameter.default))
        yield (
            name,
            written(hints[name]),
            default,
            f"{name} = {example(name, hints[name], parameter.default)}",
            said.get(name, ""),
        )


def _default(kind: type, name: str, default: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        field = next((field for field in dataclasses.fields(kind) if field.name == name), None)
        if field is not None and field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
    return default


def shown(value: Any) -> str:
    """Return a default as the file would write it."""
    if value is None or value in ((), "", {}):
        return "none"
    if isinstance(value, (bool, int, float, str)):
        return f"`{json.dumps(value, ensure_ascii=False)}`"
    if isinstance(value, (tuple, list)):
        return (
            f"`{json.dumps([str(part) if not isinstance(part, (int, float)) else part for part in value])}`"
        )
    plain = re.sub(r"impact\.[a-z_.]+", "", str(value)).replace("|", "\\|")
    return f"`{plain}`"


def parts_of(hint: Any) -> tuple[Any, ...]:
    """Return the types that a key may have."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def written(hint: Any) -> str:
    """Return a type in the words of somebody who writes the file."""
    said = dict.fromkeys(_written(part) for part in parts_of(hint) if part is not type(None))
    return " or ".join(said)


def _written(part: Any) -> str:
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if part in plain:
        return plain[part]
    if get_origin(part) is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in get_args(part))
    if get_origin(part) in (tuple, list):
        inner = get_args(part)
        return f"list of {written(inner[0])}" if inner else "list"
    if get_origin(part) is not None:
        return "table"
    kind = kind_of(part)
    return str(kind.noun) if kind is not None else getattr(part, "__name__", str(part))


def example(name: str, hint: Any, default: Any) -> str:
    """Return a value that the key could have: its default where that says something."""
    part = next((part for part in parts_of(hint) if part is not type(None)), str)
    if name in EXAMPLES and (default is None or not isinstance(default, (int, float))):
        return EXAMPLES[name]
    if isinstance(default, (bool, int, float, str)) and default != "":
        return json.dumps(default, ensure_ascii=False)
    if get_origin(part) is Literal:
        return json.dumps(get_args(part)[0])
    simple = {str: f'"{name}"', int: "2", float: "0.5", bool: "true"}
    if part in simple:
        return simple[part]
    if get_origin(part) in (tuple, list):
        return f"[{example(name, (get_args(part) or (str,))[0], None)}]"
    if get_origin(part) is not None:
        return '{ column = "…" }'
    kind = kind_of(part)
    return f'"{next(iter(kind.known()), name)}"' if kind is not None else f'"{name}"'


def write() -> None:
    """Add the page to the site that is being built."""
    import mkdocs_gen_files

    with mkdocs_gen_files.open("evaluation_toml.md", "w") as file:
        file.write(page())


if __name__ in ("__main__", "<run_path>"):
    write()
